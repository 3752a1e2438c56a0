/* Maps declared in .maps, the templates of their inner maps, and the slots that their
 * initialisers fill.
 *
 * A declaration is a variable. What the map is its type says (maps_decl.c); what its value
 * points to in `values`, relocations say. */
#include <string.h>

#include "base/escape.h"
#include "base/sort.h"
#include "load/maps.h"

enum {
    SHOWN_MAX = 64,
    POINTER_BYTES = 8,
    SLOT_BYTES = 8, /* of an instruction */
    R_BPF_64_64 = 1,
    R_BPF_64_ABS64 = 2,
};

/* A variable of the DATASEC, to be sorted. */
struct place {
    uint64_t offset;
    uint32_t i;
};

static int place_before(const void *a, const void *b, const void *ctx)
{
    const struct place *x = a, *y = b;

    (void)ctx;
    return x->offset != y->offset ? x->offset < y->offset : x->i < y->i;
}

/* ---- Declarations ----------------------------------------------------------------- */

/* The one section .maps; index 0: there is none. */
static enum skep_code find_section(const struct sk_maps_maker *maker,
                                   struct sk_elf_section *found)
{
    found->index = 0;
    for (uint32_t i = 1; i < maker->object->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&maker->object->elf, i);

        if (sk_maps_use_of(&section) != SK_USE_DECLARED)
            continue;
        if (found->index)
            return sk_elf_fail(&section, section.header, maker->err,
                               "it is a second section of maps, the first has index %u",
                               found->index);
        *found = section;
    }
    return SKEP_OK;
}

static enum skep_code find_place(const struct sk_maps_maker *maker,
                                 const struct sk_elf_section *section,
                                 const struct sk_btf_type *datasec, uint32_t i,
                                 struct place *to)
{
    const struct sk_btf *btf = &maker->object->btf;
    struct sk_btf_type var = sk_btf_type(btf, sk_btf_secvar(datasec, i).type);
    uint64_t size;

    to->i = i;
    if (var.kind != SK_BTF_VAR)
        return sk_maps_fail(var.name, maker->err, "it is no variable");
    if (!var.name[0] || sk_obj_name_len(var.name) == SK_OBJ_NAME_MAX)
        return sk_maps_fail(var.name, maker->err,
                            "a name of 1 to %d characters was expected",
                            SK_OBJ_NAME_MAX - 1);
    if (sk_btf_var_linkage(&var) != SK_BTF_GLOBAL)
        return sk_maps_fail(var.name, maker->err, "it is %s, a map must be global",
                            sk_btf_var_linkage(&var) == SK_BTF_STATIC ? "static"
                                                                      : "extern");
    if (!sk_obj_var_place(maker->object, datasec, i, &to->offset, &size))
        return sk_maps_fail(var.name, maker->err, "the symbol table does not have it");
    if (to->offset > section->size || size > section->size - to->offset)
        return sk_maps_fail(var.name, maker->err,
                            "its %llu bytes at 0x%llx do not lie in its section of "
                            "0x%llx bytes",
                            (unsigned long long)size, (unsigned long long)to->offset,
                            (unsigned long long)section->size);
    return SKEP_OK;
}

static enum skep_code add_map(struct sk_maps_maker *maker, uint32_t section,
                              const struct sk_btf_type *datasec,
                              const struct place *place)
{
    const struct sk_btf *btf = &maker->object->btf;
    struct sk_btf_secvar record = sk_btf_secvar(datasec, place->i);
    struct sk_btf_type var = sk_btf_type(btf, record.type);
    struct sk_maps_decl decl;

    SK_TRY(sk_maps_read_decl(btf, var.name, var.type, 0, &decl, maker->err));
    if (record.size && decl.size > record.size)
        return sk_maps_fail(var.name, maker->err,
                            "its type has %llu bytes, the variable %u",
                            (unsigned long long)decl.size, record.size);
    maker->decls[maker->object->map_count - maker->first_decl] = decl;
    return sk_maps_add(maker, &(struct sk_obj_map){ .name = var.name,
                                                    .role = SK_OBJ_MAP_BTF,
                                                    .def = decl.def,
                                                    .key_type = decl.key_type,
                                                    .value_type = decl.value_type,
                                                    .section = section,
                                                    .offset = place->offset,
                                                    .pinning = decl.pinning,
                                                    .inner = -1 });
}

static enum skep_code add_sorted(struct sk_maps_maker *maker,
                                 const struct sk_elf_section *section,
                                 const struct sk_btf_type *datasec, struct place *places)
{
    for (uint32_t i = 0; i < datasec->vlen; i++)
        SK_TRY(find_place(maker, section, datasec, i, &places[i]));
    sk_sort(places, datasec->vlen, sizeof(places[0]), place_before, NULL);
    for (uint32_t i = 0; i < datasec->vlen; i++)
        SK_TRY(add_map(maker, section->index, datasec, &places[i]));
    return SKEP_OK;
}

enum skep_code sk_maps_add_declared(struct sk_maps_maker *maker)
{
    struct sk_object *o = maker->object;
    struct sk_elf_section section;
    struct sk_btf_type datasec;
    struct place *places;
    uint32_t id = sk_obj_datasec_named(o, ".maps");
    enum skep_code code;

    SK_TRY(find_section(maker, &section));
    if (!section.index)
        return SKEP_OK;
    if (!id)
        return sk_elf_fail(&section, section.header, maker->err,
                           "it declares maps, but the object has no types of them: a "
                           "DATASEC '.maps' in section '.BTF' was expected");
    SK_TRY(sk_maps_check_section(maker, &section));
    datasec = sk_btf_type(&o->btf, id);
    if (datasec.vlen > o->elf.symbol_count)
        return sk_elf_fail(&section, section.header, maker->err,
                           "it has %u maps, but there are %u symbols only", datasec.vlen,
                           o->elf.symbol_count);
    maker->first_decl = o->map_count;
    maker->decls = sk_mem_new(&o->mem, datasec.vlen, sizeof(maker->decls[0]));
    maker->decl_count = datasec.vlen;
    places = sk_mem_new(&o->mem, datasec.vlen, sizeof(places[0]));
    code = maker->decls && places
               ? add_sorted(maker, &section, &datasec, places)
               : sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                         datasec.vlen * sizeof(maker->decls[0]));
    sk_mem_free(&o->mem, places, datasec.vlen, sizeof(places[0]));
    return code;
}

/* ---- Inner maps ------------------------------------------------------------------- */

enum skep_code sk_maps_add_inner(struct sk_maps_maker *maker)
{
    struct sk_object *o = maker->object;

    for (uint32_t i = 0; i < maker->decl_count; i++) {
        struct sk_obj_map *outer = &o->maps[maker->first_decl + i];
        struct sk_obj_map map = { .name = outer->name,
                                  .role = SK_OBJ_MAP_INNER,
                                  .section = outer->section,
                                  .offset = outer->offset,
                                  .inner = -1 };
        struct sk_maps_decl decl;

        if (!maker->decls[i].inner)
            continue;
        SK_TRY(sk_maps_read_decl(&o->btf, outer->name, maker->decls[i].inner, 1, &decl,
                                 maker->err));
        map.def = decl.def;
        map.key_type = decl.key_type;
        map.value_type = decl.value_type;
        outer->inner = (int32_t)o->map_count;
        SK_TRY(sk_maps_add(maker, &map));
    }
    return SKEP_OK;
}

/* ---- Slots ------------------------------------------------------------------------ */

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

/* The map of .maps whose variable the pointer at `offset` lies in; -1: none. */
static int32_t owner_of(const struct sk_maps_maker *maker, uint64_t offset)
{
    const struct sk_obj_map *maps = maker->object->maps + maker->first_decl;
    uint32_t low = 0, high = maker->decl_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (maps[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? (int32_t)(maker->first_decl + low - 1) : -1;
}

static enum skep_code find_map_target(const struct sk_maps_maker *maker,
                                      const struct sk_obj_map *map,
                                      const struct sk_elf_symbol *symbol,
                                      uint32_t *target)
{
    char buf[SHOWN_MAX];
    uint64_t offset;
    int32_t found = sk_obj_map_of_symbol(maker->object, symbol, &offset);

    if (found < 0 || maker->object->maps[found].role != SK_OBJ_MAP_BTF)
        return sk_maps_fail(map->name, maker->err,
                            "'%s', which a slot of values points to, is no map",
                            sk_escape(buf, sizeof(buf), symbol->name,
                                      strlen(symbol->name)));
    *target = (uint32_t)found;
    return SKEP_OK;
}

static enum skep_code find_prog_target(const struct sk_maps_maker *maker,
                                       const struct sk_obj_map *map,
                                       const struct sk_elf_symbol *symbol,
                                       uint32_t *target)
{
    const struct sk_object *o = maker->object;
    char buf[SHOWN_MAX];
    int32_t found = -1;

    if (symbol->type == SK_STT_FUNC && symbol->section != SK_SHN_UNDEF)
        found = sk_obj_func_at(o, symbol->section, (uint32_t)(symbol->value / SLOT_BYTES));
    if (found < 0 || !o->funcs[found].is_program)
        return sk_maps_fail(map->name, maker->err,
                            "'%s', which a slot of values points to, is no program",
                            sk_escape(buf, sizeof(buf), symbol->name,
                                      strlen(symbol->name)));
    *target = (uint32_t)found;
    return SKEP_OK;
}

/* The slot of a relocation's place in a map's variable. */
static enum skep_code find_index(const struct sk_maps_maker *maker, uint32_t map,
                                 uint64_t offset, uint32_t *index)
{
    const struct sk_obj_map *m = &maker->object->maps[map];
    const struct sk_maps_decl *decl = &maker->decls[map - maker->first_decl];
    uint64_t at = offset - m->offset - decl->values_at;

    if (!decl->values_at || offset - m->offset < decl->values_at || at % POINTER_BYTES)
        return sk_maps_fail(m->name, maker->err,
                            "a relocation at 0x%llx of its section is of no slot of its "
                            "values",
                            (unsigned long long)offset);
    if (at / POINTER_BYTES >= m->def.max_entries)
        return sk_maps_fail(m->name, maker->err, "slot %llu is filled, it has %u",
                            (unsigned long long)(at / POINTER_BYTES),
                            m->def.max_entries);
    *index = (uint32_t)(at / POINTER_BYTES);
    return SKEP_OK;
}

static enum skep_code read_slot(const struct sk_maps_maker *maker,
                                const struct sk_elf_section *section, uint32_t i,
                                struct filled *slot)
{
    const struct sk_object *o = maker->object;
    struct sk_elf_reloc reloc = sk_elf_reloc(&o->elf, section, i);
    int32_t map = owner_of(maker, reloc.offset);
    struct sk_elf_symbol symbol;

    if (reloc.type != R_BPF_64_ABS64 && reloc.type != R_BPF_64_64)
        return sk_elf_fail(section, reloc.at, maker->err,
                           "relocation %u has type %u, 1 or 2 (64 bits) was expected", i,
                           reloc.type);
    if (reloc.symbol >= o->elf.symbol_count)
        return sk_elf_fail(section, reloc.at, maker->err,
                           "relocation %u names symbol %u, an index below %u was expected",
                           i, reloc.symbol, o->elf.symbol_count);
    if (map < 0)
        return sk_elf_fail(section, reloc.at, maker->err,
                           "relocation %u at 0x%llx is of no map", i,
                           (unsigned long long)reloc.offset);
    SK_TRY(sk_elf_symbol(&o->elf, reloc.symbol, &symbol, maker->err));
    slot->map = (uint32_t)map;
    slot->order = i;
    SK_TRY(find_index(maker, slot->map, reloc.offset, &slot->index));
    if (o->maps[map].def.kind == SK_MAP_PROG_ARRAY)
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

/* Relocations of the sections that maps are declared in; those of other data are left as
 * they are, as libbpf leaves them: a pointer in .data stays what the compiler stored, an
 * offset, and no pointer to the verifier. */
static int fills_slots(const struct sk_maps_maker *maker,
                       const struct sk_elf_section *section)
{
    struct sk_elf_section target;

    if (section->type != SK_SHT_REL)
        return 0;
    target = sk_elf_section(&maker->object->elf, section->info);
    return sk_maps_use_of(&target) == SK_USE_DECLARED;
}

/* Counts relocations, and reads them if `to` is not NULL. */
static enum skep_code each_slot(const struct sk_maps_maker *maker, struct filled *to,
                                uint32_t *count)
{
    const struct sk_elf *elf = &maker->object->elf;
    uint64_t n = 0;

    for (uint32_t i = 1; i < elf->section_count; i++) {
        struct sk_elf_section section = sk_elf_section(elf, i);
        uint64_t relocs = fills_slots(maker, &section) ? section.size / section.entsize : 0;

        if (n + relocs > elf->len / sizeof(struct filled))
            return sk_elf_fail(&section, section.header, maker->err,
                               "it overlaps with other sections of relocations");
        for (uint32_t k = 0; to && k < relocs; k++)
            SK_TRY(read_slot(maker, &section, k, &to[n + k]));
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
    uint32_t count;

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
