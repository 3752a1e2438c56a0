/* Maps with their contents. So far arrays, which hold the global data of objects.
 *
 * A map belongs to the object that declares it and outlives the programs that use it.
 * Values may be read and written by any number of threads at a time, with no more order
 * between them than the machine gives. */
#ifndef SK_RT_MAP_H
#define SK_RT_MAP_H

#include "env/map.h"
#include "prog/prog.h"

#define SK_MAP_BYTES_MAX (UINT64_C(1) << 32)

struct sk_map {
    struct sk_map_def def;
    char name[SK_MAP_NAME_MAX];
    uint32_t id; /* from 1 on in its object */
    /* Of an array: max_entries of `stride` bytes, aligned to 8; NULL: no storage. */
    uint8_t *values;
    uint64_t stride;  /* value_size, rounded up to a multiple of 8 */
    uint64_t bytes;   /* of values: what programs may use */
    uint8_t readonly; /* programs may not write */
};

/* Makes a map of a declaration, without storage. */
enum skep_code sk_map_new(struct sk_map **map, const struct sk_mem *mem,
                          const struct sk_map_def *def, const char *name, uint32_t id,
                          struct skep_err *err);
void sk_map_free(struct sk_map *map, const struct sk_mem *mem);

/* Gives an array its storage, all 0, unless it has it. E_MAP if it is no array, or one of
 * more than SK_MAP_BYTES_MAX. */
enum skep_code sk_map_allocate(struct sk_map *map, const struct sk_mem *mem,
                               struct skep_err *err);

/* The value that a reference to a map has in registers: opaque, the same on every
 * engine. */
static inline uint64_t sk_map_handle(uint32_t id)
{
    return UINT64_C(0x736d000000000000) | id;
}

/* The map whose values the instruction refers to (LDDW_MAP_VALUE), or NULL if it does
 * not, or there is no such map in the program's notes, or it has no storage. */
const struct sk_map *sk_map_of_value(const struct sk_prog *prog,
                                     const struct sk_insn *insn);

/* What the instruction loads if it refers to a map: 1 and *value; 0: it does not, or
 * there is nothing to refer to. */
int sk_map_reference(const struct sk_prog *prog, const struct sk_insn *insn,
                     uint64_t *value);

#endif
