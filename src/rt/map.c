/* Maps: making them, their storage, and what references to them are. */
#include "rt/map.h"

#include <stdio.h>

enum skep_code sk_map_new(struct sk_map **map, const struct sk_mem *mem,
                          const struct sk_map_def *def, const char *name, uint32_t id,
                          struct skep_err *err)
{
    struct sk_map *fresh = sk_mem_new(mem, 1, sizeof(*fresh));

    if (!fresh)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*fresh));
    fresh->def = *def;
    fresh->id = id;
    fresh->readonly = (def->flags & SK_MAP_RDONLY_PROG) != 0;
    snprintf(fresh->name, sizeof(fresh->name), "%s", name);
    *map = fresh;
    return SKEP_OK;
}

enum skep_code sk_map_allocate(struct sk_map *map, const struct sk_mem *mem,
                               struct skep_err *err)
{
    const struct sk_map_def *def = &map->def;
    uint64_t stride = ((uint64_t)def->value_size + 7) & ~UINT64_C(7);

    if (map->values)
        return SKEP_OK;
    if (def->kind != SK_MAP_ARRAY || !def->value_size || !def->max_entries)
        return sk_fail(err, E_MAP, sk_at_nothing(), map->name, "its values are no array");
    if (stride > SK_MAP_BYTES_MAX / def->max_entries ||
        (size_t)(stride * def->max_entries) != stride * def->max_entries)
        return sk_fail(err, E_MAP, sk_at_nothing(), map->name,
                       "its values would need more than 4 GiB");
    map->values = sk_mem_new(mem, (size_t)def->max_entries, (size_t)stride);
    if (!map->values)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       (size_t)(stride * def->max_entries));
    map->stride = stride;
    map->bytes = (def->max_entries - 1) * stride + def->value_size;
    return SKEP_OK;
}

void sk_map_free(struct sk_map *map, const struct sk_mem *mem)
{
    if (!map)
        return;
    sk_mem_free(mem, map->values, map->def.max_entries, (size_t)map->stride);
    sk_mem_free(mem, map, 1, sizeof(*map));
}

/* ---- References ------------------------------------------------------------------ */

static const struct sk_map *map_of(const struct sk_prog *prog, const struct sk_insn *insn)
{
    uint32_t index = (uint32_t)insn->imm - 1;

    return index < prog->notes.map_count ? prog->notes.maps[index] : NULL;
}

const struct sk_map *sk_map_of_value(const struct sk_prog *prog,
                                     const struct sk_insn *insn)
{
    const struct sk_map *map =
        insn->op == SK_OP_LDDW_MAP_VALUE ? map_of(prog, insn) : NULL;

    return map && map->values ? map : NULL;
}

int sk_map_reference(const struct sk_prog *prog, const struct sk_insn *insn,
                     uint64_t *value)
{
    const struct sk_map *map = sk_map_of_value(prog, insn);

    if (map) {
        *value = (uint64_t)(uintptr_t)map->values + ((uint64_t)insn->imm >> 32);
        return 1;
    }
    map = insn->op == SK_OP_LDDW_MAP_FD ? map_of(prog, insn) : NULL;
    if (map)
        *value = sk_map_handle(map->id);
    return map != NULL;
}
