/* The types of a BTF one by one, as `bpftool btf dump ... format raw`, as text or as
 * JSON:
 *
 *     [3] STRUCT 'pair' size=8 vlen=2            {"id":3,"kind":"STRUCT","name":"pair",
 *             'a' type_id=2 bits_offset=0         "size":8,"vlen":2,"members":[{"name":"a",
 *             'b' type_id=2 bits_offset=32        "type_id":2,"bits_offset":0}, ...]}
 *
 * Both have the same fields in the same order; what differs is in the functions
 * put_... */
#include "base/json.h"
#include "btf/print.h"
#include "btf/text.h"

struct raw {
    const struct sk_btf *btf;
    struct sk_out *out;
    int is_json;
    struct sk_json json;
};

/* ---- The two forms --------------------------------------------------------------- */

static const char *shown(const char *name)
{
    return name[0] ? name : "(anon)";
}

static void put_u32(struct raw *r, const char *key, uint32_t value)
{
    if (r->is_json)
        sk_json_u64(&r->json, key, value);
    else
        sk_printf(r->out, " %s=%u", key, value);
}

static void put_word(struct raw *r, const char *key, const char *word)
{
    if (r->is_json)
        sk_json_name(&r->json, key, word);
    else
        sk_printf(r->out, " %s=%s", key, word);
}

static void put_quoted(struct raw *r, const char *name)
{
    sk_put(r->out, "'", 1);
    sk_btf_put_name(r->out, shown(name));
    sk_put(r->out, "'", 1);
}

static void begin_type(struct raw *r, const struct sk_btf_type *type)
{
    const char *kind = sk_btf_kind_name(type->kind);

    if (r->is_json) {
        sk_json_open(&r->json, NULL, '{');
        sk_json_u64(&r->json, "id", type->id);
        sk_json_name(&r->json, "kind", kind);
        sk_json_name(&r->json, "name", shown(type->name));
    } else {
        sk_printf(r->out, "[%u] %s ", type->id, kind);
        put_quoted(r, type->name);
    }
}

static void end_type(struct raw *r)
{
    if (r->is_json)
        sk_json_close(&r->json, '}');
    else
        sk_put(r->out, "\n", 1);
}

static void begin_parts(struct raw *r, const struct sk_btf_type *type, const char *key)
{
    put_u32(r, "vlen", type->vlen);
    if (r->is_json)
        sk_json_open(&r->json, key, '[');
}

static void end_parts(struct raw *r)
{
    if (r->is_json)
        sk_json_close(&r->json, ']');
}

/* A part's name comes first; variables of a section have none. */
static void begin_part(struct raw *r, const char *name)
{
    if (r->is_json) {
        sk_json_open(&r->json, NULL, '{');
        if (name)
            sk_json_name(&r->json, "name", shown(name));
        return;
    }
    sk_put(r->out, "\n\t", 2);
    if (name)
        put_quoted(r, name);
}

static void end_part(struct raw *r)
{
    if (r->is_json)
        sk_json_close(&r->json, '}');
}

/* ---- Kinds ----------------------------------------------------------------------- */

static void put_int(struct raw *r, const struct sk_btf_type *type)
{
    static const char *const names[] = { "(none)", "SIGNED", "CHAR", "UNKN", "BOOL" };
    struct sk_btf_int i = sk_btf_int(type);

    put_u32(r, "size", type->size);
    put_u32(r, "bits_offset", i.offset);
    put_u32(r, "nr_bits", i.bits);
    put_word(r, "encoding", i.encoding <= SK_BTF_BOOL ? names[i.encoding] : "UNKN");
}

static void put_array(struct raw *r, const struct sk_btf_type *type)
{
    struct sk_btf_array a = sk_btf_array(type);

    put_u32(r, "type_id", a.type);
    put_u32(r, "index_type_id", a.index_type);
    put_u32(r, "nr_elems", a.count);
}

static void put_members(struct raw *r, const struct sk_btf_type *type)
{
    put_u32(r, "size", type->size);
    begin_parts(r, type, "members");
    for (uint32_t i = 0; i < type->vlen; i++) {
        struct sk_btf_member m = sk_btf_member(r->btf, type, i);

        begin_part(r, m.name);
        put_u32(r, "type_id", m.type);
        put_u32(r, "bits_offset", m.bit_offset);
        if (m.bits)
            put_u32(r, "bitfield_size", m.bits);
        end_part(r);
    }
    end_parts(r);
}

/* The text of 64-bit values has C's suffix. */
static void put_value(struct raw *r, const struct sk_btf_type *type, uint64_t value)
{
    const char *suffix = type->kind == SK_BTF_ENUM ? "" : type->flag ? "LL" : "ULL";

    if (r->is_json)
        sk_json_key(&r->json, "val");
    else
        sk_puts(r->out, " val=");
    if (type->flag)
        sk_printf(r->out, "%lld", (long long)value);
    else
        sk_printf(r->out, "%llu", (unsigned long long)value);
    if (!r->is_json)
        sk_puts(r->out, suffix);
}

static void put_values(struct raw *r, const struct sk_btf_type *type)
{
    put_word(r, "encoding", type->flag ? "SIGNED" : "UNSIGNED");
    put_u32(r, "size", type->size);
    begin_parts(r, type, "values");
    for (uint32_t i = 0; i < type->vlen; i++) {
        struct sk_btf_value v = sk_btf_value(r->btf, type, i);

        begin_part(r, v.name);
        put_value(r, type, v.value);
        end_part(r);
    }
    end_parts(r);
}

static void put_params(struct raw *r, const struct sk_btf_type *type)
{
    put_u32(r, "ret_type_id", type->type);
    begin_parts(r, type, "params");
    for (uint32_t i = 0; i < type->vlen; i++) {
        struct sk_btf_param p = sk_btf_param(r->btf, type, i);

        begin_part(r, p.name);
        put_u32(r, "type_id", p.type);
        end_part(r);
    }
    end_parts(r);
}

static const char *linkage_name(uint32_t linkage)
{
    static const char *const names[] = { "static", "global", "extern" };

    return linkage <= SK_BTF_EXTERN ? names[linkage] : "(unknown)";
}

static void put_var(struct raw *r, const struct sk_btf_type *type)
{
    put_u32(r, "type_id", type->type);
    if (!r->is_json)
        sk_put(r->out, ",", 1);
    put_word(r, "linkage", linkage_name(sk_btf_var_linkage(type)));
}

/* The first key of a text line has no blank in front. */
static void put_secvar(struct raw *r, const struct sk_btf_secvar *v)
{
    struct sk_btf_type var = sk_btf_type(r->btf, v->type);

    begin_part(r, NULL);
    if (r->is_json)
        put_u32(r, "type_id", v->type);
    else
        sk_printf(r->out, "type_id=%u", v->type);
    put_u32(r, "offset", v->offset);
    put_u32(r, "size", v->size);
    if (!r->is_json) {
        sk_printf(r->out, " (%s ", sk_btf_kind_name(var.kind));
        put_quoted(r, var.name);
        sk_put(r->out, ")", 1);
    }
    end_part(r);
}

static void put_section(struct raw *r, const struct sk_btf_type *type)
{
    put_u32(r, "size", type->size);
    begin_parts(r, type, "vars");
    for (uint32_t i = 0; i < type->vlen; i++) {
        struct sk_btf_secvar v = sk_btf_secvar(type, i);

        put_secvar(r, &v);
    }
    end_parts(r);
}

static void put_tag(struct raw *r, const struct sk_btf_type *type)
{
    int32_t component = sk_btf_component(type);

    put_u32(r, "type_id", type->type);
    if (r->is_json)
        sk_json_i64(&r->json, "component_idx", component);
    else
        sk_printf(r->out, " component_idx=%d", component);
}

static void put_fields(struct raw *r, const struct sk_btf_type *type)
{
    switch (type->kind) {
    case SK_BTF_INT:
        put_int(r, type);
        break;
    case SK_BTF_ARRAY:
        put_array(r, type);
        break;
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        put_members(r, type);
        break;
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        put_values(r, type);
        break;
    case SK_BTF_FWD:
        put_word(r, "fwd_kind", type->flag ? "union" : "struct");
        break;
    case SK_BTF_FUNC:
        put_u32(r, "type_id", type->type);
        put_word(r, "linkage", linkage_name(type->vlen));
        break;
    case SK_BTF_FUNC_PROTO:
        put_params(r, type);
        break;
    case SK_BTF_VAR:
        put_var(r, type);
        break;
    case SK_BTF_DATASEC:
        put_section(r, type);
        break;
    case SK_BTF_FLOAT:
        put_u32(r, "size", type->size);
        break;
    case SK_BTF_DECL_TAG:
        put_tag(r, type);
        break;
    default: /* pointers, typedefs, modifiers */
        put_u32(r, "type_id", type->type);
    }
}

/* ---- All ------------------------------------------------------------------------- */

enum skep_code sk_btf_dump_raw(const struct sk_btf *btf, uint32_t flags,
                               struct sk_out *out, struct skep_err *err)
{
    uint32_t id = btf->first;
    struct sk_bounded bounded;
    struct raw r = { .btf = btf, .is_json = (flags & SK_PRINT_JSON) != 0 };

    sk_bounded_init(&bounded, out, sk_btf_text_max(btf));
    r.out = &bounded.out;
    r.json = (struct sk_json){ .out = r.out,
                               .pretty = !(flags & SK_PRINT_COMPACT),
                               .empty = 1 };
    if (r.is_json) {
        sk_json_open(&r.json, NULL, '{');
        sk_json_open(&r.json, "types", '[');
    }
    for (; id < btf->count && !r.out->failed; id++) {
        struct sk_btf_type type = sk_btf_type(btf, id);

        begin_type(&r, &type);
        put_fields(&r, &type);
        end_type(&r);
    }
    if (r.is_json) {
        sk_json_close(&r.json, ']');
        sk_json_close(&r.json, '}');
        sk_put(r.out, "\n", 1);
    }
    return sk_bounded_end(&bounded, btf, id - 1, err);
}
