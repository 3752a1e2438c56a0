/* Names of the kinds of programs. */
#include "env/progkind.h"

#include <stddef.h>

#include "base/bits.h"

const char *sk_prog_kind_name(uint32_t number)
{
    static const char *const names[] = {
#define PROGKIND(number, name) [number] = name,
#include "env/progkind.def"
#undef PROGKIND
    };

    return number < SK_LEN(names) ? names[number] : NULL;
}
