#include "libbpf_types.h"

#include <string.h>

#include "canon.h"

/* A type as it is submitted, and as it was in the file. */
struct pair {
    const struct btf *btf;
    uint32_t id;
    const struct btf_type *type, *old;
};

/* bpftool's names. */
static const char *const kinds[] = {
    "VOID", "INT",     "PTR",      "ARRAY",    "STRUCT",   "UNION",  "ENUM",
    "FWD",  "TYPEDEF", "VOLATILE", "CONST",    "RESTRICT", "FUNC",   "FUNC_PROTO",
    "VAR",  "DATASEC", "FLOAT",    "DECL_TAG", "TYPE_TAG", "ENUM64",
};

static const char *name_at(const struct btf *btf, uint32_t offset)
{
    const char *name = btf__name_by_offset(btf, offset);

    return name ? name : "?";
}

static void put_members(const struct pair *p)
{
    const struct btf_member *member = btf_members(p->type);

    canon_number(p->type->size);
    for (uint32_t i = 0; i < btf_vlen(p->type); i++) {
        canon_part(name_at(p->btf, member[i].name_off));
        canon_number(member[i].type);
        canon_number(btf_member_bit_offset(p->type, i));
        canon_number(btf_member_bitfield_size(p->type, i));
    }
}

static void put_enum(const struct pair *p)
{
    const struct btf_enum *value = btf_enum(p->type);

    canon_number(p->type->size);
    for (uint32_t i = 0; i < btf_vlen(p->type); i++) {
        canon_part(name_at(p->btf, value[i].name_off));
        canon_number(btf_kflag(p->type) ? (int64_t)value[i].val : (uint32_t)value[i].val);
    }
}

static void put_enum64(const struct pair *p)
{
    const struct btf_enum64 *value = btf_enum64(p->type);

    canon_number(p->type->size);
    for (uint32_t i = 0; i < btf_vlen(p->type); i++) {
        canon_part(name_at(p->btf, value[i].name_off));
        canon_number((int64_t)btf_enum64_value(&value[i]));
    }
}

static void put_params(const struct pair *p)
{
    const struct btf_param *param = btf_params(p->type), *old = btf_params(p->old);

    canon_number(p->type->type);
    for (uint32_t i = 0; i < btf_vlen(p->type); i++) {
        if (param[i].name_off != old[i].name_off && !old[i].name_off)
            canon_part("?");
        else
            canon_part(name_at(p->btf, param[i].name_off));
        canon_number(param[i].type);
    }
}

static void put_int(const struct pair *p)
{
    canon_number(p->type->size);
    canon_number(btf_int_encoding(p->type));
    canon_number(btf_int_offset(p->type));
    canon_number(btf_int_bits(p->type));
}

static void put_array(const struct pair *p)
{
    canon_number(btf_array(p->type)->type);
    canon_number(btf_array(p->type)->index_type);
    canon_number(btf_array(p->type)->nelems);
}

static void put_var(const struct pair *p)
{
    if (btf_var(p->old)->linkage == BTF_VAR_GLOBAL_EXTERN) {
        canon_unknown();
        canon_unknown();
    } else {
        canon_number(p->type->type);
        /* (Hidden ones have become static.) */
        if (btf_var(p->old)->linkage == BTF_VAR_GLOBAL_ALLOCATED &&
            btf_var(p->type)->linkage == BTF_VAR_STATIC)
            canon_unknown();
        else
            canon_number(btf_var(p->type)->linkage);
    }
}

static void put_func(const struct pair *p)
{
    canon_number(p->type->type);
    if (btf_vlen(p->old) == BTF_FUNC_EXTERN)
        canon_unknown();
    else
        canon_number(btf_vlen(p->type));
}

static void put_numbers(const struct pair *p)
{
    switch (btf_kind(p->type)) {
    case BTF_KIND_INT:
        put_int(p);
        break;
    case BTF_KIND_ARRAY:
        put_array(p);
        break;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
        put_members(p);
        break;
    case BTF_KIND_ENUM:
        put_enum(p);
        break;
    case BTF_KIND_ENUM64:
        put_enum64(p);
        break;
    case BTF_KIND_FUNC_PROTO:
        put_params(p);
        break;
    case BTF_KIND_FWD:
        canon_number(btf_kflag(p->type));
        break;
    case BTF_KIND_FLOAT:
        canon_number(p->type->size);
        break;
    case BTF_KIND_VAR:
        put_var(p);
        break;
    case BTF_KIND_FUNC:
        put_func(p);
        break;
    case BTF_KIND_DECL_TAG:
        canon_number(p->type->type);
        canon_number(btf_decl_tag(p->type)->component_idx);
        break;
    default:
        canon_number(p->type->type);
    }
}

/* A DATASEC with its variables. What stands in that of kernel symbols are not they. */
static void put_datasec(const struct pair *p)
{
    const struct btf_var_secinfo *var = btf_var_secinfos(p->type);
    const char *name = name_at(p->btf, p->type->name_off);
    int is_ksyms = strcmp(name, ".ksyms") == 0;

    if (is_ksyms)
        canon_unknown();
    else
        canon_number(p->type->size);
    canon_end();
    for (uint32_t i = 0; i < btf_vlen(p->type) && !is_ksyms; i++) {
        const struct btf_type *type = btf__type_by_id(p->btf, var[i].type);

        canon_var(name, name_at(p->btf, type->name_off), var[i].offset, var[i].size,
                  var[i].type);
    }
}

void libbpf_types(const struct btf *submitted, const struct btf *original)
{
    struct pair p = { .btf = submitted };

    for (p.id = 1; p.id < btf__type_cnt(original); p.id++) {
        p.type = btf__type_by_id(submitted, p.id);
        p.old = btf__type_by_id(original, p.id);
        canon_type(p.id, kinds[btf_kind(p.type)], name_at(p.btf, p.type->name_off));
        if (btf_kind(p.type) == BTF_KIND_DATASEC) {
            put_datasec(&p);
        } else {
            put_numbers(&p);
            canon_end();
        }
    }
}
