/* Bytes by their type as C's initialisers, and the variables of a section as definitions:
 *
 *     struct pair pair = {
 *         .a = 1,
 *         .text = "hello",
 *     };
 *
 * What is 0 is left out, for so does C, unless SK_PRINT_ZEROS: members, the end of an
 * array. Members of members without a name stand as C allows it, among the others. Of a
 * union each member is shown. */
#include "btf/print_forms.h"

enum { INDENT = 4 };

static void put_value(struct sk_print *p, const struct sk_value *v, uint32_t level);

static int is_compact(const struct sk_print *p)
{
    return p->flags & SK_PRINT_COMPACT;
}

/* ---- Braces ---------------------------------------------------------------------- */

/* A list of items between braces. */
struct list {
    uint32_t level; /* of the items */
    int one_line;
    int empty;
};

static void begin_item(struct sk_print *p, struct list *list)
{
    if (list->one_line) {
        sk_puts(p->out, list->empty ? " " : ", ");
    } else {
        sk_puts(p->out, list->empty ? "\n" : ",\n");
        sk_put_blanks(p->out, list->level * INDENT);
    }
    list->empty = 0;
}

static void end_list(struct sk_print *p, const struct list *list)
{
    if (list->empty) {
        sk_puts(p->out, "}");
    } else if (list->one_line) {
        sk_puts(p->out, " }");
    } else {
        sk_puts(p->out, ",\n");
        sk_put_blanks(p->out, (list->level - 1) * INDENT);
        sk_puts(p->out, "}");
    }
}

/* ---- Scalars --------------------------------------------------------------------- */

static void put_number(struct sk_print *p, const struct sk_value *v)
{
    struct sk_bits bits = sk_value_bits(v);

    if (bits.count > 64)
        sk_value_put_hex(p->out, &bits);
    else if (sk_value_is_signed(v))
        sk_printf(p->out, "%lld", (long long)sk_value_number(v));
    else
        sk_printf(p->out, "%llu", (unsigned long long)sk_value_number(v));
}

/* A printable character, or one that has an escape. */
static void put_char(struct sk_print *p, uint8_t c, char quote)
{
    if (c == '\n' || c == '\t' || c == '\r')
        sk_puts(p->out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
    else if (c == (uint8_t)quote || c == '\\')
        sk_printf(p->out, "\\%c", c);
    else
        sk_put(p->out, (const char *)&c, 1);
}

static int is_text_char(uint8_t c)
{
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\t' || c == '\r';
}

static void put_int(struct sk_print *p, const struct sk_value *v)
{
    uint64_t number = sk_value_number(v);

    if (sk_btf_int(&v->type).encoding == SK_BTF_BOOL) {
        sk_puts(p->out, number ? "true" : "false");
    } else if (sk_value_is_char(v) && is_text_char(v->at[0])) {
        sk_puts(p->out, "'");
        put_char(p, v->at[0], '\'');
        sk_puts(p->out, "'");
    } else {
        put_number(p, v);
    }
}

static void put_hex(struct sk_print *p, const struct sk_value *v)
{
    struct sk_bits bits = sk_value_bits(v);

    sk_value_put_hex(p->out, &bits);
}

static void put_enum(struct sk_print *p, const struct sk_value *v)
{
    const char *name = sk_value_enumerator(v, &p->bounded);

    if (name && name[0])
        sk_btf_put_name(p->out, name);
    else
        put_number(p, v);
}

static void put_real(struct sk_print *p, const struct sk_value *v)
{
    const char *special = sk_value_special(v);

    if (special)
        sk_puts(p->out, special);
    else if (!sk_value_put_real(p->out, v))
        put_hex(p, v);
}

static int is_struct(const struct sk_value *v)
{
    return v->type.kind == SK_BTF_STRUCT || v->type.kind == SK_BTF_UNION;
}

static int has_parts(const struct sk_value *v)
{
    return is_struct(v) || v->type.kind == SK_BTF_ARRAY;
}

/* ---- Arrays ---------------------------------------------------------------------- */

/* How long the string in an array of chars is; 0: the array is none, since there are
 * other bytes. Behind the first NUL there may only be more of them. */
static uint32_t string_len(const struct sk_value *v, uint32_t count)
{
    uint32_t len = 0, end;

    while (len < count && is_text_char(v->at[len]))
        len++;
    for (end = len; end < count && !v->at[end]; end++)
        ;
    return end == count ? len : 0;
}

static void put_string(struct sk_print *p, const struct sk_value *v, uint32_t len)
{
    sk_puts(p->out, "\"");
    for (uint32_t i = 0; i < len && !p->out->failed; i++)
        put_char(p, v->at[i], '"');
    sk_puts(p->out, "\"");
}

/* How many elements are shown. */
static uint32_t shown_count(struct sk_print *p, const struct sk_value *v, uint64_t size)
{
    uint32_t count = sk_btf_array(&v->type).count;
    uint64_t end = count * size;

    if (p->flags & SK_PRINT_ZEROS)
        return count;
    if (!size)
        return 0;
    while (end && !v->at[end - 1])
        end--;
    sk_bounded_step(&p->bounded, (count * size - end) / 64);
    return (uint32_t)((end + size - 1) / size);
}

static void put_array(struct sk_print *p, const struct sk_value *v, uint32_t level)
{
    struct sk_value first = sk_value_of(v->btf, v->type.type, v->at);
    struct list list = { .level = level + 1,
                         .one_line = is_compact(p) || !has_parts(&first),
                         .empty = 1 };
    uint32_t count, len;
    uint64_t size = 0;

    sk_btf_size(v->btf, v->type.type, &size);
    len = sk_value_is_text(v) ? string_len(v, sk_btf_array(&v->type).count) : 0;
    if (len) {
        put_string(p, v, len);
        return;
    }
    count = shown_count(p, v, size);
    sk_puts(p->out, "{");
    for (uint32_t i = 0; i < count && !p->out->failed; i++) {
        struct sk_value element = sk_value_of(v->btf, v->type.type, v->at + i * size);

        begin_item(p, &list);
        put_value(p, &element, level + 1);
    }
    end_list(p, &list);
}

/* ---- Structs and unions ---------------------------------------------------------- */

static void put_members(struct sk_print *p, const struct sk_value *v, struct list *list)
{
    int named = !(p->flags & SK_PRINT_NO_NAMES);

    for (uint32_t i = 0; i < v->type.vlen && !p->out->failed; i++) {
        struct sk_btf_member m = sk_btf_member(v->btf, &v->type, i);
        struct sk_value member = sk_value_member(v, &m);

        sk_bounded_step(&p->bounded, 1);
        /* without names every place counts */
        if (named && !(p->flags & SK_PRINT_ZEROS) &&
            sk_value_is_zero(&member, &p->bounded))
            continue;
        if (named && !m.name[0] && is_struct(&member)) {
            put_members(p, &member, list);
            continue;
        }
        begin_item(p, list);
        if (named && m.name[0]) {
            sk_puts(p->out, ".");
            sk_btf_put_name(p->out, m.name);
            sk_puts(p->out, " = ");
        }
        put_value(p, &member, list->level);
    }
}

static void put_struct(struct sk_print *p, const struct sk_value *v, uint32_t level)
{
    struct list list = { .level = level + 1, .one_line = is_compact(p), .empty = 1 };

    sk_puts(p->out, "{");
    put_members(p, v, &list);
    end_list(p, &list);
}

static void put_value(struct sk_print *p, const struct sk_value *v, uint32_t level)
{
    switch (v->type.kind) {
    case SK_BTF_INT:
        put_int(p, v);
        break;
    case SK_BTF_PTR:
        put_hex(p, v);
        break;
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        put_enum(p, v);
        break;
    case SK_BTF_FLOAT:
        put_real(p, v);
        break;
    case SK_BTF_ARRAY:
        put_array(p, v, level);
        break;
    default:
        put_struct(p, v, level);
    }
}

/* ---- Variables ------------------------------------------------------------------- */

static void put_var(struct sk_print *p, const struct sk_btf_type *var, const uint8_t *at)
{
    struct sk_value v = sk_value_of(p->btf, var->type, at);

    sk_btf_put_declaration(p->btf, var->type, var->name, p->out);
    sk_puts(p->out, " = ");
    put_value(p, &v, 0);
    sk_puts(p->out, ";");
}

static void put_section(struct sk_print *p, const struct sk_btf_type *type,
                        const uint8_t *data)
{
    int first = 1;

    for (uint32_t i = 0; i < type->vlen && !p->out->failed; i++) {
        struct sk_btf_secvar v = sk_btf_secvar(type, i);
        struct sk_btf_type var = sk_btf_type(p->btf, v.type);
        uint64_t size;

        if (!sk_btf_size(p->btf, v.type, &size))
            continue;
        if (!first)
            sk_puts(p->out, is_compact(p) ? " " : "\n");
        put_var(p, &var, data + v.offset);
        first = 0;
    }
}

void sk_print_text(struct sk_print *p, uint32_t id, const uint8_t *data)
{
    struct sk_btf_type type = sk_btf_type(p->btf, id);
    struct sk_value v;

    if (type.kind == SK_BTF_DATASEC) {
        put_section(p, &type, data);
    } else if (type.kind == SK_BTF_VAR) {
        put_var(p, &type, data);
    } else {
        v = sk_value_of(p->btf, id, data);
        put_value(p, &v, 0);
    }
}
