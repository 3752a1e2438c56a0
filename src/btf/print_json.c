/* Bytes by their type as JSON, in the form of bpftool map dump:
 *
 *     {"a":1,"pointer":18446744073709551615,"bits":"0x3","text":"hello","colour":"RED"}
 *
 * Bit fields, and numbers of more than 64 bits, are strings in hexadecimal; members
 * without a name have the key "". Where bpftool's text is wrong or no JSON (reals,
 * backslashes, unsigned enums) this is right. */
#include "base/json.h"
#include "btf/print_forms.h"

static void put_value(struct sk_print *p, struct sk_json *j, const char *key,
                      const struct sk_value *v);

static void put_hex(struct sk_json *j, const char *key, const struct sk_value *v)
{
    struct sk_bits bits = sk_value_bits(v);

    sk_json_key(j, key);
    sk_put(j->out, "\"", 1);
    sk_value_put_hex(j->out, &bits);
    sk_put(j->out, "\"", 1);
}

static void put_number(struct sk_json *j, const char *key, const struct sk_value *v)
{
    if (sk_value_is_signed(v))
        sk_json_i64(j, key, (int64_t)sk_value_number(v));
    else
        sk_json_u64(j, key, sk_value_number(v));
}

static void put_int(struct sk_json *j, const char *key, const struct sk_value *v)
{
    uint32_t encoding = sk_btf_int(&v->type).encoding;
    char c = (char)sk_value_number(v);

    if (sk_value_is_partial(v) || v->type.size > 8) {
        put_hex(j, key, v);
    } else if (encoding == SK_BTF_CHAR) {
        sk_json_str(j, key, &c, 1);
    } else if (encoding == SK_BTF_BOOL) {
        sk_json_key(j, key);
        sk_puts(j->out, sk_value_number(v) ? "true" : "false");
    } else {
        put_number(j, key, v);
    }
}

static void put_enum(struct sk_print *p, struct sk_json *j, const char *key,
                     const struct sk_value *v)
{
    const char *name;

    if (v->bits) {
        put_hex(j, key, v);
        return;
    }
    name = sk_value_enumerator(v, &p->bounded);
    if (name)
        sk_json_name(j, key, name);
    else
        put_number(j, key, v);
}

static void put_real(struct sk_json *j, const char *key, const struct sk_value *v)
{
    const char *special = sk_value_special(v);

    if (special) {
        sk_json_name(j, key, special);
    } else if (v->bits ||
               (v->type.size != sizeof(float) && v->type.size != sizeof(double))) {
        put_hex(j, key, v);
    } else {
        sk_json_key(j, key);
        sk_value_put_real(j->out, v);
    }
}

/* The length of the text in an array of chars: what stands before a NUL and is printable;
 * or count if it is no such text. */
static uint32_t text_len(const struct sk_value *v, uint32_t count)
{
    uint32_t len = 0;

    while (len < count && v->at[len] >= ' ' && v->at[len] <= '~')
        len++;
    return len < count && !v->at[len] ? len : count;
}

static void put_array(struct sk_print *p, struct sk_json *j, const char *key,
                      const struct sk_value *v)
{
    uint32_t count = sk_btf_array(&v->type).count;
    uint64_t size = 0;

    if (sk_value_is_text(v) && text_len(v, count) < count) {
        sk_json_str(j, key, (const char *)v->at, text_len(v, count));
        return;
    }
    sk_btf_size(v->btf, v->type.type, &size);
    sk_json_open(j, key, '[');
    for (uint32_t i = 0; i < count && !p->out->failed; i++) {
        struct sk_value element = sk_value_of(v->btf, v->type.type, v->at + i * size);

        put_value(p, j, NULL, &element);
    }
    sk_json_close(j, ']');
}

static void put_members(struct sk_print *p, struct sk_json *j, const char *key,
                        const struct sk_value *v)
{
    sk_json_open(j, key, '{');
    for (uint32_t i = 0; i < v->type.vlen && !p->out->failed; i++) {
        struct sk_btf_member m = sk_btf_member(v->btf, &v->type, i);
        struct sk_value member = sk_value_member(v, &m);

        put_value(p, j, m.name, &member);
    }
    sk_json_close(j, '}');
}

static void put_value(struct sk_print *p, struct sk_json *j, const char *key,
                      const struct sk_value *v)
{
    switch (v->type.kind) {
    case SK_BTF_INT:
        put_int(j, key, v);
        break;
    case SK_BTF_PTR:
        if (v->bits)
            put_hex(j, key, v);
        else
            sk_json_u64(j, key, sk_value_number(v));
        break;
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        put_enum(p, j, key, v);
        break;
    case SK_BTF_FLOAT:
        put_real(j, key, v);
        break;
    case SK_BTF_ARRAY:
        put_array(p, j, key, v);
        break;
    default: /* STRUCT, UNION */
        put_members(p, j, key, v);
    }
}

/* {"name":value} */
static void put_var(struct sk_print *p, struct sk_json *j, const struct sk_btf_type *var,
                    const uint8_t *at)
{
    struct sk_value v = sk_value_of(p->btf, var->type, at);

    sk_json_open(j, NULL, '{');
    put_value(p, j, var->name, &v);
    sk_json_close(j, '}');
}

static void put_section(struct sk_print *p, struct sk_json *j,
                        const struct sk_btf_type *type, const uint8_t *data)
{
    sk_json_open(j, NULL, '{');
    sk_json_open(j, type->name, '[');
    for (uint32_t i = 0; i < type->vlen && !p->out->failed; i++) {
        struct sk_btf_secvar v = sk_btf_secvar(type, i);
        struct sk_btf_type var = sk_btf_type(p->btf, v.type);
        uint64_t size;

        if (sk_btf_size(p->btf, v.type, &size))
            put_var(p, j, &var, data + v.offset);
    }
    sk_json_close(j, ']');
    sk_json_close(j, '}');
}

void sk_print_json(struct sk_print *p, uint32_t id, const uint8_t *data)
{
    struct sk_btf_type type = sk_btf_type(p->btf, id);
    struct sk_json j = { .out = p->out,
                         .pretty = !(p->flags & SK_PRINT_COMPACT),
                         .empty = 1 };
    struct sk_value v;

    if (type.kind == SK_BTF_DATASEC) {
        put_section(p, &j, &type, data);
    } else if (type.kind == SK_BTF_VAR) {
        put_var(p, &j, &type, data);
    } else {
        v = sk_value_of(p->btf, id, data);
        put_value(p, &j, NULL, &v);
    }
}
