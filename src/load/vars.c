/* Variables of global data: where they are, and the list of all. */
#include <string.h>

#include "base/escape.h"
#include "base/sort.h"
#include "load/maps.h"

int sk_obj_var_place(const struct sk_object *object, const struct sk_btf_type *datasec,
                     uint32_t i, uint64_t *offset, uint64_t *size)
{
    struct sk_btf_secvar record = sk_btf_secvar(datasec, i);
    struct sk_btf_type var = sk_btf_type(&object->btf, record.type);
    struct sk_elf_symbol symbol;
    uint32_t index;

    if (var.kind != SK_BTF_VAR || sk_btf_var_linkage(&var) == SK_BTF_EXTERN)
        return 0;
    symbol.value = record.offset;
    if (!datasec->size && sk_btf_var_linkage(&var) == SK_BTF_GLOBAL) {
        index = sk_obj_symbol_named(object, var.name, datasec->name);
        if (!index || sk_elf_symbol(&object->elf, index, &symbol, NULL))
            return 0;
    }
    *offset = symbol.value;
    *size = record.size;
    if (!*size)
        sk_btf_size(&object->btf, record.type, size);
    return 1;
}

/* ---- The list --------------------------------------------------------------------- */

struct lister {
    struct sk_object *object;
    struct sk_obj_var *to; /* NULL: count only */
    uint32_t count;
    struct skep_err *err;
};

static int var_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_obj_var *x = a, *y = b;

    (void)ctx;
    if (x->map != y->map)
        return x->map < y->map;
    return x->offset != y->offset ? x->offset < y->offset : x->btf_id < y->btf_id;
}

/* The place of a variable, which lies in its map. */
static enum skep_code place_in_map(const struct lister *l, uint32_t map,
                                   const struct sk_btf_type *datasec, uint32_t i,
                                   struct sk_obj_var *to)
{
    const struct sk_object *o = l->object;
    uint32_t room = o->maps[map].data_size;
    uint64_t offset, size;
    char buf[SK_SHOWN_MAX];

    to->map = map;
    to->btf_id = sk_btf_secvar(datasec, i).type;
    to->name = sk_btf_type(&o->btf, to->btf_id).name;
    if (!sk_obj_var_place(o, datasec, i, &offset, &size))
        return sk_maps_fail(o->maps[map].name, l->err,
                            "the symbol table does not have its variable '%s'",
                            sk_shown(buf, to->name));
    if (offset > room || size > room - offset)
        return sk_maps_fail(
            o->maps[map].name, l->err,
            "its variable '%s', %llu bytes at 0x%llx, does not lie in its "
            "0x%x bytes",
            sk_shown(buf, to->name), (unsigned long long)size, (unsigned long long)offset,
            room);
    to->offset = (uint32_t)offset;
    to->size = (uint32_t)size;
    return SKEP_OK;
}

static enum skep_code list_datasec(struct lister *l, uint32_t map, uint32_t id)
{
    const struct sk_btf *btf = &l->object->btf;
    struct sk_btf_type datasec = sk_btf_type(btf, id);

    for (uint32_t i = 0; i < datasec.vlen; i++) {
        struct sk_btf_type var = sk_btf_type(btf, sk_btf_secvar(&datasec, i).type);
        struct sk_obj_var place;

        if (var.kind != SK_BTF_VAR || sk_btf_var_linkage(&var) == SK_BTF_EXTERN)
            continue;
        SK_TRY(place_in_map(l, map, &datasec, i, &place));
        if (l->to)
            l->to[l->count] = place;
        l->count++;
    }
    return SKEP_OK;
}

/* Without types, the variables that other objects could see are known by their symbols.
 * Those that do not lie in their map are left out: nothing else vouches for them. */
static enum skep_code list_symbols(struct lister *l)
{
    const struct sk_object *o = l->object;

    for (uint32_t i = 0; i < o->names.symbol_count; i++) {
        struct sk_elf_symbol symbol;
        uint64_t offset;
        int32_t map;

        SK_TRY(sk_elf_symbol(&o->elf, o->names.symbols[i].symbol, &symbol, l->err));
        map = sk_obj_map_of_symbol(o, &symbol, &offset);
        if (map < 0 || symbol.type != SK_STT_OBJECT ||
            o->maps[map].role != SK_OBJ_MAP_DATA || o->maps[map].value_type)
            continue;
        if (offset > o->maps[map].data_size ||
            symbol.size > o->maps[map].data_size - offset)
            continue;
        if (l->to)
            l->to[l->count] = (struct sk_obj_var){ .name = symbol.name,
                                                   .map = (uint32_t)map,
                                                   .offset = (uint32_t)offset,
                                                   .size = (uint32_t)symbol.size };
        l->count++;
    }
    return SKEP_OK;
}

static enum skep_code list(struct lister *l)
{
    const struct sk_object *o = l->object;
    uint32_t arena_id = o->arena_map ? sk_obj_datasec_named(o, SK_ARENA_SECTION) : 0;

    l->count = 0;
    for (uint32_t i = 0; i < o->map_count; i++) {
        if (o->maps[i].role == SK_OBJ_MAP_DATA && o->maps[i].value_type)
            SK_TRY(list_datasec(l, i, o->maps[i].value_type));
        else if (arena_id && o->arena_map - 1 == i)
            SK_TRY(list_datasec(l, i, arena_id));
    }
    return list_symbols(l);
}

enum skep_code sk_obj_find_vars(struct sk_object *object, struct skep_err *err)
{
    struct lister l = { .object = object, .err = err };

    SK_TRY(list(&l));
    object->vars = sk_mem_new(&object->mem, l.count, sizeof(object->vars[0]));
    if (!object->vars)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       l.count * sizeof(object->vars[0]));
    object->var_count = l.count;
    l.to = object->vars;
    SK_TRY(list(&l));
    sk_sort(object->vars, object->var_count, sizeof(object->vars[0]), var_before, NULL);
    return SKEP_OK;
}

int sk_object_var(const struct sk_object *object, uint32_t index, struct sk_obj_var *var)
{
    if (index >= object->var_count)
        return 0;
    *var = object->vars[index];
    return 1;
}
