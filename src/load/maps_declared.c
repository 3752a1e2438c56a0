/* Maps declared in .maps, and the templates of their inner maps.
 *
 * A declaration is a variable. What the map is its type says (maps_decl.c); what its value
 * points to in `values`, relocations say (maps_slots.c). */
#include "base/sort.h"
#include "load/maps.h"

static int place_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_maps_place *x = a, *y = b;

    (void)ctx;
    return x->offset != y->offset ? x->offset < y->offset : x->i < y->i;
}

/* ---- Variables -------------------------------------------------------------------- */

static enum skep_code find_place(const struct sk_maps_maker *maker,
                                 const struct sk_elf_section *section,
                                 const struct sk_btf_type *datasec, uint32_t i,
                                 struct sk_maps_place *to)
{
    const struct sk_btf *btf = &maker->object->btf;
    struct sk_btf_type var = sk_btf_type(btf, sk_btf_secvar(datasec, i).type);

    *to = (struct sk_maps_place){ .i = i, .name = var.name, .type = var.type };
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
    if (!sk_obj_var_place(maker->object, datasec, i, &to->offset, &to->size))
        return sk_maps_fail(var.name, maker->err, "the symbol table does not have it");
    if (to->offset > section->size || to->size > section->size - to->offset)
        return sk_maps_fail(var.name, maker->err,
                            "its %llu bytes at 0x%llx do not lie in its section of "
                            "0x%llx bytes",
                            (unsigned long long)to->size, (unsigned long long)to->offset,
                            (unsigned long long)section->size);
    return SKEP_OK;
}

enum skep_code sk_maps_find_places(const struct sk_maps_maker *maker,
                                   const struct sk_elf_section *section,
                                   const struct sk_btf_type *datasec,
                                   struct sk_maps_place **places)
{
    const struct sk_mem *mem = &maker->object->mem;
    uint32_t count = datasec->vlen;
    enum skep_code code = SKEP_OK;
    struct sk_maps_place *found;

    SK_TRY(sk_maps_check_section(maker, section));
    if (count > maker->object->elf.symbol_count)
        return sk_elf_fail(section, section->header, maker->err,
                           "it has %u maps, but there are %u symbols only", count,
                           maker->object->elf.symbol_count);
    found = sk_mem_new(mem, count, sizeof(found[0]));
    if (!found)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                       count * sizeof(found[0]));
    for (uint32_t i = 0; i < count && !code; i++)
        code = find_place(maker, section, datasec, i, &found[i]);
    if (code) {
        sk_mem_free(mem, found, count, sizeof(found[0]));
        return code;
    }
    sk_sort(found, count, sizeof(found[0]), place_before, NULL);
    *places = found;
    return SKEP_OK;
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

static enum skep_code add_map(struct sk_maps_maker *maker, uint32_t section,
                              const struct sk_maps_place *place)
{
    struct sk_maps_decl decl;

    SK_TRY(sk_maps_read_decl(&maker->object->btf, place->name, place->type, SK_MAPS_OUTER,
                             &decl, maker->err));
    if (decl.size > place->size)
        return sk_maps_fail(
            place->name, maker->err, "its type has %llu bytes, the variable %llu",
            (unsigned long long)decl.size, (unsigned long long)place->size);
    maker->decls[maker->object->map_count - maker->first_decl] = decl;
    return sk_maps_add(maker, &(struct sk_obj_map){ .name = place->name,
                                                    .role = SK_OBJ_MAP_BTF,
                                                    .def = decl.def,
                                                    .key_type = decl.key_type,
                                                    .value_type = decl.value_type,
                                                    .section = section,
                                                    .offset = place->offset,
                                                    .pinning = decl.pinning,
                                                    .inner = -1 });
}

static enum skep_code add_maps(struct sk_maps_maker *maker,
                               const struct sk_elf_section *section,
                               const struct sk_maps_place *places, uint32_t count)
{
    maker->first_decl = maker->object->map_count;
    maker->decls = sk_mem_new(&maker->object->mem, count, sizeof(maker->decls[0]));
    if (!maker->decls)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                       count * sizeof(maker->decls[0]));
    maker->decl_count = count;
    for (uint32_t i = 0; places && i < count; i++)
        SK_TRY(add_map(maker, section->index, &places[i]));
    return SKEP_OK;
}

enum skep_code sk_maps_add_declared(struct sk_maps_maker *maker)
{
    struct sk_object *o = maker->object;
    struct sk_elf_section section;
    struct sk_btf_type datasec;
    struct sk_maps_place *places = NULL;
    uint32_t id = sk_obj_datasec_named(o, ".maps");
    enum skep_code code;

    SK_TRY(find_section(maker, &section));
    if (!section.index)
        return SKEP_OK;
    if (!id)
        return sk_elf_fail(&section, section.header, maker->err,
                           "it declares maps, but the object has no types of them: a "
                           "DATASEC '.maps' in section '.BTF' was expected");
    datasec = sk_btf_type(&o->btf, id);
    SK_TRY(sk_maps_find_places(maker, &section, &datasec, &places));
    code = add_maps(maker, &section, places, datasec.vlen);
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
        SK_TRY(sk_maps_read_decl(&o->btf, outer->name, maker->decls[i].inner,
                                 SK_MAPS_INNER, &decl, maker->err));
        map.def = decl.def;
        map.key_type = decl.key_type;
        map.value_type = decl.value_type;
        outer->inner = (int32_t)o->map_count;
        SK_TRY(sk_maps_add(maker, &map));
    }
    return SKEP_OK;
}
