/* Names of the kinds of maps. */
#include "env/map.h"

#include <stddef.h>

#include "base/bits.h"

const char *sk_map_kind_name(uint32_t kind)
{
    static const char *const names[] = {
#define MAP(id, number, name) [number] = name,
#include "env/map.def"
#undef MAP
    };

    return kind < SK_LEN(names) ? names[kind] : NULL;
}
