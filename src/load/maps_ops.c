/* struct_ops: structs of functions and values that the kernel calls and looks at, each a map.
 *
 * An object has them as a struct of its own. The map's value is the kernel's
 * bpf_struct_ops_NAME around its own struct NAME; where the kernel's types do not have it,
 * the object's size stands. The object's may have a flavour, NAME___old. Programs are in
 * slots, by the member of the object's struct. */
#include <string.h>

#include "base/sort.h"
#include "load/maps.h"

enum { KEY_BYTES = 4 };

static enum skep_code add_operations(struct sk_maps_maker *maker,
                                     const struct sk_elf_section *section,
                                     const struct sk_maps_place *place)
{
    struct sk_btf_type type = sk_btf_skip_aliases(&maker->object->btf, place->type);
    int is_link = sk_maps_use_of(section) == SK_USE_STRUCT_OPS_LINK;

    if (type.kind != SK_BTF_STRUCT || type.size > place->size)
        return sk_maps_fail(place->name, maker->err,
                            "its type is no struct of at most its %llu bytes",
                            (unsigned long long)place->size);
    SK_TRY(sk_maps_reserve(maker, section, type.size));
    return sk_maps_add(maker, &(struct sk_obj_map){
                                  .name = place->name,
                                  .role = SK_OBJ_MAP_STRUCT_OPS,
                                  .def = { .kind = SK_MAP_STRUCT_OPS,
                                           .key_size = KEY_BYTES,
                                           .value_size = type.size,
                                           .max_entries = 1,
                                           .flags = is_link ? SK_MAP_LINK : 0 },
                                  .ops_type = type.id,
                                  .section = section->index,
                                  .offset = place->offset,
                                  .inner = -1,
                                  .data_size = type.size,
                              });
}

static enum skep_code add_struct_ops(struct sk_maps_maker *maker,
                                     const struct sk_elf_section *section)
{
    struct sk_object *o = maker->object;
    struct sk_maps_place *places;
    struct sk_btf_type datasec;
    enum skep_code code = SKEP_OK;
    uint32_t id;

    SK_TRY(sk_maps_find_datasec(maker, section, &id));
    if (!id)
        return sk_elf_fail(section, section->header, maker->err,
                           "it holds operations, but the object has no types of them: a "
                           "DATASEC of its name in section '.BTF' was expected");
    datasec = sk_btf_type(&o->btf, id);
    SK_TRY(sk_maps_find_places(maker, section, &datasec, &places));
    for (uint32_t i = 0; i < datasec.vlen && !code; i++)
        code = add_operations(maker, section, &places[i]);
    sk_mem_free(&o->mem, places, datasec.vlen, sizeof(places[0]));
    return code;
}

/* ---- The kernel's values ---------------------------------------------------------- */

static const char prefix[] = "bpf_struct_ops_";

/* Maps of struct_ops, sorted by the names of their structs. */
struct sorted {
    struct sk_object *object;
    uint32_t *at;
    uint32_t count;
};

/* How the name of a map's struct, without a flavour, compares with another's. */
static int compare_name(const struct sk_object *object, uint32_t map, const char *name)
{
    const char *own = sk_btf_type(&object->btf, object->maps[map].ops_type).name;
    size_t len = sk_obj_essential_len(own), other = sk_obj_essential_len(name);
    int order = memcmp(own, name, len < other ? len : other);

    return order ? order : len < other ? -1 : len > other;
}

static int name_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_object *object = ctx;
    uint32_t other = *(const uint32_t *)b;

    return compare_name(object, *(const uint32_t *)a,
                        sk_btf_type(&object->btf, object->maps[other].ops_type).name) < 0;
}

/* The operations in the kernel's value: its member that is a struct of that name; 0: none. */
static uint32_t operations_in(const struct sk_btf *kernel,
                              const struct sk_btf_type *value, const char *name)
{
    for (uint32_t i = 0; i < value->vlen; i++) {
        struct sk_btf_type type =
            sk_btf_type(kernel, sk_btf_member(kernel, value, i).type);

        if (type.kind == SK_BTF_STRUCT && !sk_obj_name_cmp(type.name, name))
            return type.id;
    }
    return 0;
}

/* The name of a struct, and the object whose maps it is looked for among. */
struct wanted {
    const struct sk_object *object;
    const char *name;
};

static int is_before_wanted(const void *item, const void *key)
{
    const struct wanted *wanted = key;

    return compare_name(wanted->object, *(const uint32_t *)item, wanted->name) < 0;
}

/* Gives maps of the struct that the value is around its size, if they have none yet. */
static void set_value(const struct sorted *s, uint32_t btf,
                      const struct sk_btf_type *value)
{
    const char *name = value->name + sizeof(prefix) - 1;
    struct sk_obj_ops ops = { .btf = btf, .value_type = value->id };
    const struct wanted wanted = { s->object, name };
    size_t i =
        sk_lower_bound(s->at, s->count, sizeof(s->at[0]), is_before_wanted, &wanted);

    for (; i < s->count; i++) {
        struct sk_obj_map *map = &s->object->maps[s->at[i]];

        if (map->is_in_kernel || compare_name(s->object, s->at[i], name))
            break;
        if (!ops.operations)
            ops.operations = operations_in(s->object->kernel.btf[btf], value, name);
        map->is_in_kernel = 1;
        map->def.value_size = value->size;
        map->kernel_ops = ops;
    }
}

static void search(const struct sorted *s, uint32_t btf)
{
    const struct sk_btf *kernel = s->object->kernel.btf[btf];

    for (uint32_t id = kernel->first; id < sk_btf_count(kernel); id++) {
        struct sk_btf_type type = sk_btf_type(kernel, id);

        if (type.kind == SK_BTF_STRUCT && !strncmp(type.name, prefix, sizeof(prefix) - 1))
            set_value(s, btf, &type);
    }
}

/* Looks at the kernel's types for the maps from `first` on. */
static enum skep_code find_values(const struct sk_maps_maker *maker, uint32_t first)
{
    struct sk_object *o = maker->object;
    struct sorted s = { .object = o, .count = o->map_count - first };

    if (!s.count || !o->kernel.btf_count)
        return SKEP_OK;
    s.at = sk_mem_new(&o->mem, s.count, sizeof(s.at[0]));
    if (!s.at)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                       s.count * sizeof(s.at[0]));
    for (uint32_t i = 0; i < s.count; i++)
        s.at[i] = first + i;
    sk_sort(s.at, s.count, sizeof(s.at[0]), name_before, o);
    for (uint32_t i = 0; i < o->kernel.btf_count; i++)
        search(&s, i);
    sk_mem_free(&o->mem, s.at, s.count, sizeof(s.at[0]));
    return SKEP_OK;
}

enum skep_code sk_maps_add_struct_ops(struct sk_maps_maker *maker)
{
    uint32_t first = maker->object->map_count;

    for (uint32_t i = 1; i < maker->object->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&maker->object->elf, i);
        enum sk_maps_use use = sk_maps_use_of(&section);

        if (use == SK_USE_STRUCT_OPS || use == SK_USE_STRUCT_OPS_LINK)
            SK_TRY(add_struct_ops(maker, &section));
    }
    return find_values(maker, first);
}

/* ---- Programs --------------------------------------------------------------------- */

/* The members of a struct of the kernel, by name. */
struct members {
    const struct sk_btf *btf;
    struct sk_btf_type type;
    uint32_t *at; /* of type.vlen */
};

static int member_before(const void *a, const void *b, const void *ctx)
{
    const struct members *m = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = sk_obj_name_cmp(sk_btf_member(m->btf, &m->type, x).name,
                                sk_btf_member(m->btf, &m->type, y).name);

    return order ? order < 0 : x < y;
}

/* A name, and the members that it is looked for among. */
struct wanted_member {
    const struct members *members;
    const char *name;
};

static int is_member_before(const void *item, const void *key)
{
    const struct wanted_member *wanted = key;
    const struct members *m = wanted->members;

    return sk_obj_name_cmp(sk_btf_member(m->btf, &m->type, *(const uint32_t *)item).name,
                           wanted->name) < 0;
}

/* The index of the first member of that name; -1: there is none. */
static int64_t find_member(const struct members *m, const char *name)
{
    const struct wanted_member wanted = { m, name };
    size_t i =
        sk_lower_bound(m->at, m->type.vlen, sizeof(m->at[0]), is_member_before, &wanted);

    if (i == m->type.vlen ||
        sk_obj_name_cmp(sk_btf_member(m->btf, &m->type, m->at[i]).name, name) != 0)
        return -1;
    return m->at[i];
}

/* A program that is in several maps is what the first one says. */
static void number_programs(const struct sk_object *o, const struct sk_obj_map *map,
                            const struct members *members)
{
    struct sk_btf_type own = sk_btf_type(&o->btf, map->ops_type);

    for (uint32_t i = 0; i < map->slot_count; i++) {
        struct sk_btf_member m = sk_btf_member(&o->btf, &own, map->slots[i].index);
        int32_t prog = sk_obj_prog_of(o, map->slots[i].target);
        int64_t index = find_member(members, m.name);

        if (prog < 0 || o->progs[prog].is_operation || index < 0)
            continue;
        o->progs[prog].attach_type = (uint32_t)index;
        o->progs[prog].is_operation = 1;
    }
}

/* Whether the maps' operations are of the same struct of the kernel. */
static int is_same(const struct sk_obj_ops *a, const struct sk_obj_ops *b)
{
    return a->btf == b->btf && a->operations == b->operations;
}

static int operations_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_obj_map *maps = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct sk_obj_ops *f = &maps[x].kernel_ops, *g = &maps[y].kernel_ops;

    if (f->btf != g->btf)
        return f->btf < g->btf;
    return f->operations != g->operations ? f->operations < g->operations : x < y;
}

/* Numbers the programs of maps at[0] and behind, as long as they are of the same struct.
 * Returns how many maps that were in *done. */
static enum skep_code number_same(const struct sk_maps_maker *maker, const uint32_t *at,
                                  uint32_t count, uint32_t *done)
{
    struct sk_object *o = maker->object;
    const struct sk_obj_ops *ops = &o->maps[at[0]].kernel_ops;
    struct members m = { .btf = o->kernel.btf[ops->btf] };
    uint32_t n = 0;

    m.type = sk_btf_type(m.btf, ops->operations);
    m.at = sk_mem_new(&o->mem, m.type.vlen, sizeof(m.at[0]));
    if (!m.at)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                       m.type.vlen * sizeof(m.at[0]));
    for (uint32_t i = 0; i < m.type.vlen; i++)
        m.at[i] = i;
    sk_sort(m.at, m.type.vlen, sizeof(m.at[0]), member_before, &m);
    for (; n < count && is_same(&o->maps[at[n]].kernel_ops, ops); n++)
        number_programs(o, &o->maps[at[n]], &m);
    sk_mem_free(&o->mem, m.at, m.type.vlen, sizeof(m.at[0]));
    *done = n;
    return SKEP_OK;
}

enum skep_code sk_maps_number_operations(const struct sk_maps_maker *maker)
{
    struct sk_object *o = maker->object;
    enum skep_code code = SKEP_OK;
    uint32_t *at, count = 0;

    at = sk_mem_new(&o->mem, o->map_count, sizeof(at[0]));
    if (!at)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                       o->map_count * sizeof(at[0]));
    for (uint32_t i = 0; i < o->map_count; i++)
        if (o->maps[i].kernel_ops.operations)
            at[count++] = i;
    sk_sort(at, count, sizeof(at[0]), operations_before, o->maps);
    for (uint32_t i = 0, done = 0; i < count && !code; i += done)
        code = number_same(maker, at + i, count - i, &done);
    sk_mem_free(&o->mem, at, o->map_count, sizeof(at[0]));
    return code;
}
