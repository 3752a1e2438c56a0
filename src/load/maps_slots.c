/* What initialisers of maps point to, which relocations say:
 *
 *     .values = { [2] = &inner_map }          of maps of maps
 *     .values = { [0] = (void *)&prog }       of arrays of programs
 *     .member = (void *)prog                  of struct_ops
 *
 * Slots are kept sorted by map and index. */
#include <string.h>

#include "base/escape.h"
#include "base/sort.h"
#include "isa/isa.h"
#include "load/maps.h"

enum {
    POINTER_BYTES = 8,
};

/* A slot, and whose it is; `order` is that of relocations, the last one counts. */
struct filled {
    uint32_t map, index, target, order;
};

static int filled_before(const void *a, const void *b, const void *ctx)
{
    const struct filled *x = a, *y = b;

    (void)ctx;
    if (x->map != y->map)
        return x->map < y->map;
    return x->index != y->index ? x->index < y->index : x->order < y->order;
}

static enum skep_code find_map_target(const struct sk_maps_maker *maker,
                                      const struct sk_obj_map *map,
                                      const struct sk_elf_symbol *symbol,
                                      uint32_t *target)
{
    char buf[SK_SHOWN_MAX];
    uint64_t offset;
    int32_t found = sk_obj_map_of_symbol(maker->object, symbol, &offset);

    if (found < 0 || maker->object->maps[found].role != SK_OBJ_MAP_BTF)
        return sk_maps_fail(map->name, maker->err,
                            "'%s', which a slot of values points to, is no map",
                            sk_shown(buf, symbol->name));
    *target = (uint32_t)found;
    return SKEP_OK;
}

static enum skep_code find_prog_target(const struct sk_maps_maker *maker,
                                       const struct sk_obj_map *map,
                                       const struct sk_elf_symbol *symbol,
                                       uint32_t *target)
{
    const struct sk_object *o = maker->object;
    char buf[SK_SHOWN_MAX];
    int32_t found = -1;

    if (symbol->type == SK_STT_FUNC && symbol->section != SK_SHN_UNDEF)
        found =
            sk_obj_func_at(o, symbol->section, (uint32_t)(symbol->value / SK_SLOT_BYTES));
    if (found < 0 || !o->funcs[found].is_program)
        return sk_maps_fail(map->name, maker->err,
                            "'%s', which a slot of values points to, is no program",
                            sk_shown(buf, symbol->name));
    *target = (uint32_t)found;
    return SKEP_OK;
}

/* The slot of a declared map that is `at` bytes from its beginning. */
static enum skep_code find_element(const struct sk_maps_maker *maker, uint32_t map,
                                   uint64_t at, uint32_t *index)
{
    const struct sk_obj_map *m = &maker->object->maps[map];
    uint64_t first = maker->decls[map - maker->first_decl].values_at;

    if (!first || at < first || (at - first) % POINTER_BYTES)
        return sk_maps_fail(m->name, maker->err,
                            "the pointer at 0x%llx of it is in no slot of its values",
                            (unsigned long long)at);
    at = (at - first) / POINTER_BYTES;
    if (at >= m->def.max_entries)
        return sk_maps_fail(m->name, maker->err, "slot %llu is filled, it has %u",
                            (unsigned long long)at, m->def.max_entries);
    *index = (uint32_t)at;
    return SKEP_OK;
}

enum { MEMBER_BYTES = 12 };

/* A place in a struct of operations, which a member is looked for at. */
struct wanted {
    const struct sk_btf *btf;
    struct sk_btf_type type;
    uint64_t bit_offset;
};

/* `item` is the record of a member. */
static int is_before_wanted(const void *item, const void *key)
{
    const struct wanted *wanted = key;
    struct sk_btf_type from_item = wanted->type;

    from_item.more = item;
    return sk_btf_member(wanted->btf, &from_item, 0).bit_offset < wanted->bit_offset;
}

/* The member of a struct of operations that is `at` bytes from its beginning. Compilers write
 * members in order. */
static enum skep_code find_operation(const struct sk_maps_maker *maker, uint32_t map,
                                     uint64_t at, uint32_t *index)
{
    const struct sk_btf *btf = &maker->object->btf;
    const struct sk_obj_map *m = &maker->object->maps[map];
    const struct wanted wanted = { btf, sk_btf_type(btf, m->ops_type), at * 8 };
    const struct sk_btf_type *type = &wanted.type;
    uint32_t i = (uint32_t)sk_lower_bound(type->more, type->vlen, MEMBER_BYTES,
                                          is_before_wanted, &wanted);

    if (at >= m->data_size || i == type->vlen ||
        sk_btf_member(btf, type, i).bit_offset != at * 8)
        return sk_maps_fail(m->name, maker->err,
                            "the pointer at 0x%llx of it is in no member",
                            (unsigned long long)at);
    *index = i;
    return SKEP_OK;
}

static enum skep_code read_slot(const struct sk_maps_maker *maker,
                                const struct sk_elf_section *section,
                                enum sk_obj_map_role role, uint32_t i,
                                struct filled *slot)
{
    const struct sk_object *o = maker->object;
    struct sk_elf_reloc reloc = sk_elf_reloc(&o->elf, section, i);
    int32_t map = sk_maps_covering(o, role, section->info, reloc.offset);
    struct sk_elf_symbol symbol;

    if (reloc.type != SK_R_BPF_64_ABS64 && reloc.type != SK_R_BPF_64_64 &&
        reloc.type != SK_R_BPF_DATA_64)
        return sk_elf_fail(section, reloc.at, maker->err,
                           "relocation %u has type %u, 1 or 2 (64 bits) was expected", i,
                           reloc.type);
    if (reloc.symbol >= o->elf.symbol_count)
        return sk_elf_fail(
            section, reloc.at, maker->err,
            "relocation %u names symbol %u, an index below %u was expected", i,
            reloc.symbol, o->elf.symbol_count);
    if (map < 0)
        return sk_elf_fail(section, reloc.at, maker->err,
                           "relocation %u at 0x%llx is of no map", i,
                           (unsigned long long)reloc.offset);
    SK_TRY(sk_elf_symbol(&o->elf, reloc.symbol, &symbol, maker->err));
    slot->map = (uint32_t)map;
    slot->order = i;
    reloc.offset -= o->maps[map].offset;
    if (role == SK_OBJ_MAP_STRUCT_OPS)
        SK_TRY(find_operation(maker, slot->map, reloc.offset, &slot->index));
    else
        SK_TRY(find_element(maker, slot->map, reloc.offset, &slot->index));
    if (role == SK_OBJ_MAP_STRUCT_OPS || o->maps[map].def.kind == SK_MAP_PROG_ARRAY)
        return find_prog_target(maker, &o->maps[map], &symbol, &slot->target);
    return find_map_target(maker, &o->maps[map], &symbol, &slot->target);
}

/* Moves sorted slots to the object, and each map's pointer to its own. */
static enum skep_code keep_slots(const struct sk_maps_maker *maker,
                                 const struct filled *slots, uint32_t count)
{
    struct sk_object *o = maker->object;
    uint32_t n = 0;

    o->slots = sk_mem_new(&o->mem, count, sizeof(o->slots[0]));
    if (!o->slots)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                       count * sizeof(o->slots[0]));
    o->slot_count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct sk_obj_map *map = &o->maps[slots[i].map];

        if (i + 1 < count && slots[i].map == slots[i + 1].map &&
            slots[i].index == slots[i + 1].index)
            continue;
        if (!map->slot_count++)
            map->slots = o->slots + n;
        o->slots[n++] =
            (struct sk_obj_slot){ .index = slots[i].index, .target = slots[i].target };
    }
    return SKEP_OK;
}

/* Whether relocations of a section fill slots, and of which maps. Those of other data are
 * left alone, as libbpf leaves them: a pointer in .data stays what the compiler stored, an
 * offset, and to a verifier it is a number. */
static int fills_slots(const struct sk_maps_maker *maker,
                       const struct sk_elf_section *section, enum sk_obj_map_role *role)
{
    struct sk_elf_section target;

    if (section->type != SK_SHT_REL)
        return 0;
    target = sk_elf_section(&maker->object->elf, section->info);
    switch (sk_maps_use_of(&target)) {
    case SK_USE_DECLARED:
        *role = SK_OBJ_MAP_BTF;
        return 1;
    case SK_USE_STRUCT_OPS:
    case SK_USE_STRUCT_OPS_LINK:
        *role = SK_OBJ_MAP_STRUCT_OPS;
        return 1;
    default:
        return 0;
    }
}

/* Counts relocations, and reads them if `to` is not NULL. */
static enum skep_code each_slot(const struct sk_maps_maker *maker, struct filled *to,
                                uint32_t *count)
{
    const struct sk_elf *elf = &maker->object->elf;
    uint64_t n = 0;

    for (uint32_t i = 1; i < elf->section_count; i++) {
        struct sk_elf_section section = sk_elf_section(elf, i);
        enum sk_obj_map_role role = SK_OBJ_MAP_BTF;
        uint64_t relocs =
            fills_slots(maker, &section, &role) ? section.size / section.entsize : 0;

        if (n + relocs > elf->len / sizeof(struct filled))
            return sk_elf_fail(&section, section.header, maker->err,
                               "it overlaps with other sections of relocations");
        for (uint32_t k = 0; to && k < relocs; k++)
            SK_TRY(read_slot(maker, &section, role, k, &to[n + k]));
        n += relocs;
    }
    *count = (uint32_t)n;
    return SKEP_OK;
}

enum skep_code sk_maps_fill_slots(struct sk_maps_maker *maker)
{
    const struct sk_mem *mem = &maker->object->mem;
    struct filled *slots;
    enum skep_code code;
    uint32_t count = 0;

    SK_TRY(each_slot(maker, NULL, &count));
    if (!count)
        return SKEP_OK;
    slots = sk_mem_new(mem, count, sizeof(slots[0]));
    if (!slots)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                       count * sizeof(slots[0]));
    code = each_slot(maker, slots, &count);
    if (!code) {
        sk_sort(slots, count, sizeof(slots[0]), filled_before, NULL);
        code = keep_slots(maker, slots, count);
    }
    sk_mem_free(mem, slots, count, sizeof(slots[0]));
    return code;
}
