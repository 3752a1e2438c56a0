/* Names of the kinds of programs, and of where they attach. */
#include "env/progkind.h"

#include <stddef.h>
#include <string.h>

#include "base/bits.h"

static const char *const names[] = {
#define PROGKIND(id, number, name) [number] = name,
#include "env/progkind.def"
#undef PROGKIND
};

const char *sk_prog_kind_name(uint32_t number)
{
    return number < SK_LEN(names) ? names[number] : NULL;
}

int sk_prog_kind_number(const char *name)
{
    for (size_t i = 0; i < SK_LEN(names); i++)
        if (!strcmp(names[i], name))
            return (int)i;
    return -1;
}

const char *sk_attach_name(uint32_t number)
{
    static const char *const attach_names[] = {
#define ATTACH(number, name) [number] = name,
#include "env/attach.def"
#undef ATTACH
    };

    return number < SK_LEN(attach_names) ? attach_names[number] : NULL;
}
