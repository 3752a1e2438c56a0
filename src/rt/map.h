/* Maps with their contents. So far arrays, which hold the global data of objects.
 *
 * A map belongs to the object that declares it and outlives the programs that use it. Values
 * may be read and written by any number of threads at a time, with no more order between them
 * than the machine gives. */
#ifndef SK_RT_MAP_H
#define SK_RT_MAP_H

#include "base/mem.h"
#include "env/map.h"

struct sk_map {
    struct sk_map_def def;
    char name[SK_MAP_NAME_MAX];
    uint32_t id; /* from 1 on in its object */
    uint8_t
        *values; /* of an array: max_entries of `stride` bytes, aligned to 8; else NULL */
    uint64_t stride;  /* value_size, rounded up to a multiple of 8 */
    uint64_t bytes;   /* of values: what programs may use */
    uint8_t readonly; /* programs may not write */
};

/* Makes a map of a declaration; values are all 0. An array's storage is max_entries * stride
 * bytes: E_MAP if that is more than 2^32. Maps of other kinds have no storage yet. */
enum skep_code sk_map_new(struct sk_map **map, const struct sk_mem *mem,
                          const struct sk_map_def *def, const char *name, uint32_t id,
                          struct skep_err *err);
void sk_map_free(struct sk_map *map, const struct sk_mem *mem);

/* The value that a reference to a map has in registers: opaque, the same on every engine. */
static inline uint64_t sk_map_handle(uint32_t id)
{
    return UINT64_C(0x736d000000000000) | id;
}

#endif
