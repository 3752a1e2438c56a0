/* Maps behind global data: an array of one element for each section of data, and for .kconfig.
 *
 * Linux lets user space map such an array (SK_MAP_MMAPABLE), which libbpf asks for where a
 * variable is visible to other objects: neither static nor hidden. */
#include <string.h>

#include "load/maps.h"

enum { KEY_BYTES = 4 };

/* Whether a variable is one that its section must be mapped for. */
static int is_visible(const struct sk_object *object, const struct sk_btf_type *datasec,
                      const struct sk_btf_type *var)
{
    struct sk_elf_symbol symbol = { .visibility = 0 };
    uint32_t index;

    if (var->kind != SK_BTF_VAR || sk_btf_var_linkage(var) == SK_BTF_STATIC)
        return 0;
    index = sk_obj_symbol_named(object, var->name, datasec->name);
    if (index && sk_elf_symbol(&object->elf, index, &symbol, NULL))
        return 0;
    return symbol.visibility != SK_STV_HIDDEN && symbol.visibility != SK_STV_INTERNAL;
}

static uint32_t mappable(const struct sk_object *object, uint32_t datasec_id)
{
    struct sk_btf_type datasec;

    if (!datasec_id)
        return 0;
    datasec = sk_btf_type(&object->btf, datasec_id);
    for (uint32_t i = 0; i < datasec.vlen; i++) {
        struct sk_btf_type var =
            sk_btf_type(&object->btf, sk_btf_secvar(&datasec, i).type);

        if (is_visible(object, &datasec, &var))
            return SK_MAP_MMAPABLE;
    }
    return 0;
}

/* ---- Sections of data ------------------------------------------------------------- */

static enum skep_code add_section(struct sk_maps_maker *maker,
                                  const struct sk_elf_section *section,
                                  enum sk_maps_use use)
{
    struct sk_obj_map map = {
        .name = section->name,
        .role = SK_OBJ_MAP_DATA,
        .def = { .kind = SK_MAP_ARRAY, .key_size = KEY_BYTES, .max_entries = 1 },
        .section = section->index,
        .inner = -1,
    };

    SK_TRY(sk_maps_reserve(maker, section, section->size));
    map.def.value_size = map.data_size = (uint32_t)section->size;
    SK_TRY(sk_maps_find_datasec(maker, section, &map.value_type));
    map.def.flags = mappable(maker->object, map.value_type);
    if (use == SK_USE_RODATA)
        map.def.flags |= SK_MAP_RDONLY_PROG;
    return sk_maps_add(maker, &map);
}

/* The globals of an arena lie at its start. */
static enum skep_code add_arena(struct sk_maps_maker *maker,
                                const struct sk_elf_section *section)
{
    struct sk_object *o = maker->object;
    struct sk_obj_map *arena = NULL;

    for (uint32_t i = 0; i < o->map_count; i++) {
        if (o->maps[i].def.kind != SK_MAP_ARENA)
            continue;
        if (arena)
            return sk_maps_fail(o->maps[i].name, maker->err,
                                "it is a second arena: which one globals are in is open");
        arena = &o->maps[i];
        o->arena_map = 1 + i;
    }
    if (!arena || arena->role != SK_OBJ_MAP_BTF)
        return sk_elf_fail(section, section->header, maker->err,
                           "its globals are in an arena, but no map is one");
    if (maker->arena_section)
        return sk_elf_fail(section, section->header, maker->err,
                           "it is a second section of an arena, the first has index %u",
                           maker->arena_section);
    SK_TRY(sk_maps_reserve(maker, section, section->size));
    if (section->size > (uint64_t)arena->def.max_entries * SK_MAPS_PAGE_BYTES)
        return sk_maps_fail(arena->name, maker->err,
                            "it has %u pages of %d bytes, its globals need 0x%llx bytes",
                            arena->def.max_entries, SK_MAPS_PAGE_BYTES,
                            (unsigned long long)section->size);
    maker->arena_section = section->index;
    arena->data_size = (uint32_t)section->size;
    return SKEP_OK;
}

enum skep_code sk_maps_add_data(struct sk_maps_maker *maker)
{
    for (uint32_t i = 1; i < maker->object->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&maker->object->elf, i);
        enum sk_maps_use use = sk_maps_use_of(&section);

        if (use == SK_USE_ARENA)
            SK_TRY(add_arena(maker, &section));
        if (use == SK_USE_DATA || use == SK_USE_RODATA || use == SK_USE_BSS)
            SK_TRY(add_section(maker, &section, use));
    }
    return SKEP_OK;
}

/* ---- .kconfig --------------------------------------------------------------------- */

enum skep_code sk_maps_add_kconfig(struct sk_maps_maker *maker)
{
    const struct sk_object *o = maker->object;
    struct sk_elf_section nowhere = { .name = ".kconfig", .type = SK_SHT_NOBITS };
    struct sk_obj_map map = {
        .name = ".kconfig",
        .role = SK_OBJ_MAP_KCONFIG,
        .def = { .kind = SK_MAP_ARRAY,
                 .key_size = KEY_BYTES,
                 .max_entries = 1,
                 .flags = SK_MAP_RDONLY_PROG | SK_MAP_MMAPABLE },
        .inner = -1,
    };
    uint64_t size = 0;

    for (uint32_t i = 0; i < o->extern_count; i++) {
        const struct sk_obj_extern *e = &o->externs[i];

        if (e->is_kconfig && e->offset + e->size > size)
            size = e->offset + e->size;
    }
    if (!size)
        return SKEP_OK;
    SK_TRY(sk_maps_reserve(maker, &nowhere, size));
    map.def.value_size = map.data_size = (uint32_t)size;
    map.value_type = sk_obj_datasec_named(o, ".kconfig");
    return sk_maps_add(maker, &map);
}
