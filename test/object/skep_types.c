#include "skep_types.h"

#include <stdlib.h>
#include <string.h>

#include "canon.h"
#include "load/object_parts.h"

/* ---- Variables ---------------------------------------------------------------------- */

struct place {
    uint64_t offset, size;
    uint32_t id;
};

static int by_offset(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return x->offset != y->offset ? (x->offset < y->offset ? -1 : 1)
                                  : (x->id > y->id) - (x->id < y->id);
}

/* The map that a DATASEC is the value of; -1: none is. */
static int32_t map_of(const struct sk_object *object, const struct sk_btf_type *datasec)
{
    if (strcmp(datasec->name, ".addr_space.1") == 0 && object->arena_map)
        return (int32_t)object->arena_map - 1;
    for (uint32_t i = 0; i < object->map_count; i++)
        if (object->maps[i].role == SK_OBJ_MAP_DATA &&
            object->maps[i].value_type == datasec->id)
            return (int32_t)i;
    return -1;
}

/* Variables of global data. */
static uint32_t find_in_map(const struct sk_object *object, uint32_t map,
                            struct place *places, uint32_t room)
{
    struct sk_obj_var var;
    uint32_t count = 0;

    for (uint32_t i = 0; sk_object_var(object, i, &var); i++)
        if (var.map == map && var.btf_id && count < room)
            places[count++] = (struct place){ var.offset, var.size, var.btf_id };
    return count;
}

/* Those of .kconfig. */
static uint32_t find_externs(const struct sk_object *object, uint32_t datasec,
                             struct place *places, uint32_t room)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < object->extern_count; i++) {
        const struct sk_obj_extern *ext = &object->externs[i];

        if (ext->is_kconfig && ext->section_id == datasec && count < room)
            places[count++] = (struct place){ ext->offset, ext->size, ext->btf_id };
    }
    return count;
}

/* Those of other sections. */
static uint32_t find_others(const struct sk_object *object,
                            const struct sk_btf_type *datasec, struct place *places)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < datasec->vlen; i++) {
        struct place *place = &places[count];

        place->id = sk_btf_secvar(datasec, i).type;
        count += sk_obj_var_place(object, datasec, i, &place->offset, &place->size) != 0;
    }
    return count;
}

static uint64_t size_of(const struct sk_object *object, const struct sk_btf_type *datasec,
                        int32_t map)
{
    if (map >= 0)
        return object->maps[map].data_size;
    for (uint32_t i = 0; i < object->map_count; i++)
        if (object->maps[i].role == SK_OBJ_MAP_KCONFIG &&
            strcmp(datasec->name, ".kconfig") == 0)
            return object->maps[i].data_size;
    for (uint32_t i = 1; i < object->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&object->elf, i);

        if (strcmp(section.name, datasec->name) == 0)
            return section.size;
    }
    return 0;
}

static void put_datasec(const struct sk_object *object, const struct sk_btf_type *datasec)
{
    struct place *places = calloc(datasec->vlen + 1, sizeof(*places));
    int32_t map = map_of(object, datasec);
    uint32_t count;

    if (!places)
        abort();
    canon_number((int64_t)size_of(object, datasec, map));
    canon_end();
    if (map >= 0)
        count = find_in_map(object, (uint32_t)map, places, datasec->vlen);
    else if (strcmp(datasec->name, ".kconfig") == 0)
        count = find_externs(object, datasec->id, places, datasec->vlen);
    else
        count = find_others(object, datasec, places);
    qsort(places, count, sizeof(*places), by_offset);
    for (uint32_t i = 0; i < count; i++)
        canon_var(datasec->name, sk_btf_type(&object->btf, places[i].id).name,
                  places[i].offset, places[i].size, places[i].id);
    free(places);
}

/* ---- Records ------------------------------------------------------------------------ */

/* As Linux is told: functions that only the object's own files see are static. */
static uint32_t linkage_of(const struct sk_object *object, const struct sk_btf_type *func)
{
    for (uint32_t i = 0; i < object->func_count; i++)
        if (object->funcs[i].is_hidden && strcmp(object->funcs[i].name, func->name) == 0)
            return SK_BTF_STATIC;
    return func->vlen;
}

static void put_parts(const struct sk_btf *btf, const struct sk_btf_type *type)
{
    for (uint32_t i = 0; i < type->vlen; i++) {
        if (type->kind == SK_BTF_FUNC_PROTO) {
            canon_part(sk_btf_param(btf, type, i).name);
            canon_number(sk_btf_param(btf, type, i).type);
        } else if (type->kind == SK_BTF_ENUM || type->kind == SK_BTF_ENUM64) {
            canon_part(sk_btf_value(btf, type, i).name);
            canon_number((int64_t)sk_btf_value(btf, type, i).value);
        } else {
            struct sk_btf_member member = sk_btf_member(btf, type, i);

            canon_part(member.name);
            canon_number(member.type);
            canon_number(member.bit_offset);
            canon_number(member.bits);
        }
    }
}

static void put_int(const struct sk_btf_type *type)
{
    struct sk_btf_int i = sk_btf_int(type);

    canon_number(i.encoding);
    canon_number(i.offset);
    canon_number(i.bits);
}

static void put_array(const struct sk_btf_type *type)
{
    struct sk_btf_array array = sk_btf_array(type);

    canon_number(array.type);
    canon_number(array.index_type);
    canon_number(array.count);
}

static void put_numbers(const struct sk_object *object, const struct sk_btf_type *type)
{
    switch (type->kind) {
    case SK_BTF_INT:
        canon_number(type->size);
        put_int(type);
        break;
    case SK_BTF_ARRAY:
        put_array(type);
        break;
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        canon_number(type->size);
        put_parts(&object->btf, type);
        break;
    case SK_BTF_FUNC_PROTO:
        canon_number(type->type);
        put_parts(&object->btf, type);
        break;
    case SK_BTF_FWD:
        canon_number(type->flag);
        break;
    case SK_BTF_FLOAT:
        canon_number(type->size);
        break;
    case SK_BTF_VAR:
        canon_number(type->type);
        canon_number(sk_btf_var_linkage(type));
        break;
    case SK_BTF_FUNC:
        canon_number(type->type);
        canon_number(linkage_of(object, type));
        break;
    case SK_BTF_DECL_TAG:
        canon_number(type->type);
        canon_number(sk_btf_component(type));
        break;
    default:
        canon_number(type->type);
    }
}

void skep_types(const struct sk_object *object)
{
    for (uint32_t id = 1; object->has_btf && id < sk_btf_count(&object->btf); id++) {
        struct sk_btf_type type = sk_btf_type(&object->btf, id);

        canon_type(id, sk_btf_kind_name(type.kind), type.name);
        if (type.kind == SK_BTF_DATASEC) {
            put_datasec(object, &type);
        } else {
            put_numbers(object, &type);
            canon_end();
        }
    }
}
