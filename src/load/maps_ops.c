/* struct_ops: structs of functions and values that the kernel calls and looks at, each a map.
 *
 * An object has them as a struct of its own. The map's value is the kernel's
 * bpf_struct_ops_NAME around its own struct NAME; where the kernel's types do not have it,
 * the object's size stands. The
 * object's may have a flavour, NAME___old. Programs are in slots, by the member of the object's struct. */
#include <string.h>

#include "base/sort.h"
#include "load/maps.h"

enum { KEY_BYTES = 4, MAP_LINK = 1 << 13 };

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
                                           .flags = is_link ? MAP_LINK : 0 },
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

/* Gives maps of struct `name` the size of the kernel's value, if they have none yet. */
static void set_size(const struct sorted *s, const char *name, uint32_t size)
{
    uint32_t low = 0, high = s->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (compare_name(s->object, s->at[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < s->count; low++) {
        struct sk_obj_map *map = &s->object->maps[s->at[low]];

        if (map->is_in_kernel || compare_name(s->object, s->at[low], name))
            break;
        map->is_in_kernel = 1;
        map->def.value_size = size;
    }
}

static void search(const struct sorted *s, const struct sk_btf *kernel)
{
    static const char prefix[] = "bpf_struct_ops_";

    for (uint32_t id = kernel->first; id < sk_btf_count(kernel); id++) {
        struct sk_btf_type type = sk_btf_type(kernel, id);

        if (type.kind == SK_BTF_STRUCT && !strncmp(type.name, prefix, sizeof(prefix) - 1))
            set_size(s, type.name + sizeof(prefix) - 1, type.size);
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
        search(&s, o->kernel.btf[i]);
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
