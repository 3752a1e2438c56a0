/* Names of sections: a walk over the table, which is short. */
#include "load/section.h"

#include <string.h>

#include "base/bits.h"

static const struct sk_section_rule rules[] = {
#define SECTION(name, match, type, attach, flags)                                        \
    { name, SK_TYPE_##type, SK_ATTACH_##attach, SK_SECTION_##match | (flags),            \
      sizeof(#attach) != sizeof("NONE") },
#include "load/section.def"
#undef SECTION
};

/* The target in a name that the rule is of; NULL: it is not. */
static const char *match(const struct sk_section_rule *rule, const char *name)
{
    size_t len = strlen(rule->prefix);

    if (strncmp(name, rule->prefix, len))
        return NULL;
    if (!name[len])
        return name + len;
    return rule->flags & SK_SECTION_PLUS && name[len] == '/' ? name + len + 1 : NULL;
}

const struct sk_section_rule *sk_section_rule(const char *name, const char **target)
{
    for (size_t i = 0; i < SK_LEN(rules); i++) {
        const char *found = match(&rules[i], name);

        if (found) {
            *target = found;
            return &rules[i];
        }
    }
    return NULL;
}
