/* Names of sections: for each one of ours and for each one of libbpf's, and names near them,
 * libbpf says the same of the type and the attach type.
 *
 * An older libbpf knows fewer names; which ones it knows it says itself, in a message about
 * an unknown one. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "load/section.h"

enum { NAME_MAX_LEN = 64, KNOWN_MAX = 256 };

/* What libbpf knows. */
struct known {
    char names[KNOWN_MAX][NAME_MAX_LEN];
    size_t count;
};

static struct known known; /* libbpf's callback has no context */

static int listen_to(enum libbpf_print_level level, const char *format, va_list args)
{
    static const char begin[] = "supported section(type) names are:";
    char text[16384], *at;
    char *rest;

    (void)level;
    vsnprintf(text, sizeof(text), format, args);
    at = strstr(text, begin);
    if (!at)
        return 0;
    for (at = strtok_r(at + strlen(begin), " \n", &rest); at;
         at = strtok_r(NULL, " \n", &rest))
        if (known.count < KNOWN_MAX)
            snprintf(known.names[known.count++], NAME_MAX_LEN, "%s", at);
    return 0;
}

static int is_known(const char *prefix)
{
    size_t len = strlen(prefix);

    for (size_t i = 0; i < known.count; i++)
        if (!strncmp(known.names[i], prefix, len) &&
            (!known.names[i][len] || !strcmp(known.names[i] + len, "+")))
            return 1;
    return 0;
}

/* Compares one name; returns the number of faults. */
static int compare(const char *name)
{
    enum bpf_prog_type type = BPF_PROG_TYPE_UNSPEC;
    enum bpf_attach_type attach = (enum bpf_attach_type)0;
    const char *target;
    const struct sk_section_rule *rule = sk_section_rule(name, &target);
    int found = !libbpf_prog_type_by_name(name, &type, &attach);

    if (!found && !rule)
        return 0;
    if (found && rule && rule->type == (uint32_t)type &&
        rule->attach_type == (uint32_t)attach)
        return 0;
    printf("%s: libbpf %s type %d attach %d, here %s type %u attach %u\n", name,
           found ? "knows it" : "does not", (int)type, (int)attach,
           rule ? "known" : "not", rule ? rule->type : 0, rule ? rule->attach_type : 0);
    return 1;
}

/* Compares a name and those near it. */
static int compare_near(const char *prefix)
{
    static const char *const behind[] = { "", "/", "/x", "/x/y", "x", ".", ".s", "+" };
    int faults = 0;

    for (size_t i = 0; i < sizeof(behind) / sizeof(*behind); i++) {
        char name[NAME_MAX_LEN + 8];

        snprintf(name, sizeof(name), "%s%s", prefix, behind[i]);
        /* What is near a name may be one that this libbpf does not have. */
        if (i && !is_known(name) && sk_section_rule(name, &(const char *){ NULL }) &&
            behind[i][0] == '.')
            continue;
        faults += compare(name);
    }
    return faults;
}

static const char *const ours[] = {
#define SECTION(name, match, type, attach, flags) name,
#include "load/section.def"
#undef SECTION
};

int main(void)
{
    int faults = 0, compared = 0;

    libbpf_set_print(listen_to);
    libbpf_prog_type_by_name("no such name", &(enum bpf_prog_type){ 0 },
                             &(enum bpf_attach_type){ 0 });
    libbpf_set_print(NULL);
    if (!known.count) {
        printf("libbpf does not say which names it knows\n");
        return 77;
    }
    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
        if (is_known(ours[i])) {
            faults += compare_near(ours[i]);
            compared++;
        }
    for (size_t i = 0; i < known.count; i++) {
        known.names[i][strcspn(known.names[i], "+")] = 0;
        faults += compare(known.names[i]);
    }
    printf("%d names compared with libbpf %s's %zu, %d faults\n", compared,
           libbpf_version_string(), known.count, faults);
    return faults || compared < 60;
}
