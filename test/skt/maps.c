/* Maps of a case: arrays of one value, as those behind global data.
 *
 * All loads of a program share them; a run begins with what its inputs put there. Each
 * lies in memory of exactly its size, so that a sanitizer sees what leaves it; with
 * `@ adjacent` they follow each other in one piece, at multiples of 8. */
#include <stdlib.h>
#include <string.h>

#include "api/vm.h"
#include "base/bits.h"
#include "engine.h"
#include "rt/map.h"

int skt_maps_same(const struct skt_program *program, const struct skt_run *run)
{
    const struct skt_maps *have = &program->maps, *want = &run->maps;

    if (have->count != want->count || have->adjacent != want->adjacent)
        return 0;
    for (uint32_t i = 0; i < have->count; i++) {
        if (strcmp(have->map[i].name, want->map[i].name) != 0 ||
            have->map[i].size != want->map[i].size ||
            have->map[i].readonly != want->map[i].readonly)
            return 0;
    }
    return 1;
}

static void *take_memory(size_t size)
{
    void *memory = calloc(1, size + !size);

    if (!memory)
        abort();
    return memory;
}

static uint32_t stride_of(const struct skt_map *map)
{
    return (map->size + 7) & ~7u;
}

static void make_one(struct skt_program *p, uint32_t index, uint8_t *values)
{
    const struct skt_map *declared = &p->maps.map[index];
    struct sk_map_def def = { .kind = SK_MAP_ARRAY,
                              .key_size = 4,
                              .value_size = declared->size,
                              .max_entries = 1,
                              .flags = declared->readonly ? SK_MAP_RDONLY_PROG : 0 };
    struct sk_map *map = NULL;

    if (sk_map_new(&map, &p->vm->mem, &def, declared->name, index + 1, NULL))
        abort();
    map->values = values;
    map->stride = stride_of(declared);
    map->bytes = declared->size;
    p->map[index] = map;
}

void skt_maps_make(struct skt_program *p, const struct skt_run *run)
{
    size_t size = 0;

    p->maps = run->maps;
    for (uint32_t i = 0; i < p->maps.count; i++)
        size += stride_of(&p->maps.map[i]);
    if (p->maps.adjacent)
        p->values[0] = take_memory(size);
    size = 0;
    for (uint32_t i = 0; i < p->maps.count; i++) {
        if (!p->maps.adjacent)
            p->values[i] = take_memory(p->maps.map[i].size);
        make_one(p, i, p->maps.adjacent ? p->values[0] + size : p->values[i]);
        size += stride_of(&p->maps.map[i]);
    }
}

void skt_maps_free(struct skt_program *p)
{
    for (uint32_t i = 0; i < p->maps.count; i++) {
        p->map[i]->values = NULL; /* ours */
        sk_map_free(p->map[i], &p->vm->mem);
        free(p->values[i]);
        oracle_close(p->map_fd[i]);
    }
}

enum skep_code skt_maps_load(struct skt_program *p, const struct skep_type *type,
                             const struct skep_load_opts *opts, skep_prog **prog,
                             struct skep_err *err)
{
    struct skep_prog *fresh = sk_mem_new(&p->vm->mem, 1, sizeof(*fresh));
    enum skep_code code;

    if (!fresh)
        abort();
    code = sk_prog_init(&fresh->image.prog, &p->vm->env, type, p->slots,
                        (size_t)p->count * SK_SLOT_BYTES, err);
    if (!code) {
        fresh->image.prog.notes.maps = p->map;
        fresh->image.prog.notes.map_count = p->maps.count;
        code = sk_api_make_code(fresh, opts, err);
    }
    if (!code) {
        *prog = fresh;
        return SKEP_OK;
    }
    fresh->image.prog.mem = p->vm->mem;
    skep_prog_free(fresh);
    return code;
}

void skt_maps_fill(const struct skt_program *p, const struct skt_run *run)
{
    for (uint32_t i = 0; i < p->maps.count; i++)
        memcpy(p->map[i]->values, run->map[i].bytes, p->maps.map[i].size);
}

void skt_maps_take(const struct skt_program *p, struct skt_outcome *out)
{
    for (uint32_t i = 0; i < p->maps.count; i++) {
        out->map_at[i] = (uint64_t)(uintptr_t)p->map[i]->values;
        out->map[i].len = p->maps.map[i].size;
        memcpy(out->map[i].bytes, p->map[i]->values, out->map[i].len);
    }
}

/* ---- In the kernel ------------------------------------------------------------------ */

enum { PSEUDO_MAP_FD = 1, PSEUDO_MAP_VALUE = 2, LDDW = 0x18 };

int skt_maps_create(struct skt_program *p)
{
    for (uint32_t i = 0; i < p->maps.count; i++) {
        struct oracle_map map = { .type = SK_MAP_ARRAY,
                                  .key_size = 4,
                                  .value_size = p->maps.map[i].size,
                                  .max_entries = 1,
                                  .flags =
                                      p->maps.map[i].readonly ? SK_MAP_RDONLY_PROG : 0 };

        if (p->map_fd[i] < 0)
            p->map_fd[i] = oracle_map(&map);
        if (p->map_fd[i] < 0)
            return p->map_fd[i];
    }
    return 0;
}

void skt_maps_patch(const struct skt_program *p, uint8_t *slots)
{
    for (uint32_t pc = 0; pc < p->count; pc++) {
        struct sk_slot slot = sk_slot_read(slots, pc);
        uint32_t index = (uint32_t)slot.imm - 1;

        if (slot.opcode != LDDW)
            continue;
        if ((slot.src == PSEUDO_MAP_FD || slot.src == PSEUDO_MAP_VALUE) &&
            index < p->maps.count) {
            slot.imm = p->map_fd[index];
            sk_slot_write(slots, pc, slot);
        }
        pc++;
    }
}

int skt_maps_update(const struct skt_program *p, const struct skt_run *run)
{
    int error = 0;

    for (uint32_t i = 0; i < p->maps.count && !error; i++)
        error = oracle_map_write(p->map_fd[i], run->map[i].bytes);
    return error;
}

int skt_maps_lookup(const struct skt_program *p, struct skt_outcome *out)
{
    int error = 0;

    for (uint32_t i = 0; i < p->maps.count && !error; i++) {
        out->map[i].len = p->maps.map[i].size;
        error = oracle_map_read(p->map_fd[i], out->map[i].bytes);
    }
    return error;
}
