/* Declarations on one line: in C, and functions as bpftool writes them. */
#include "btf/c.h"
#include "btf/print.h"

enum { DECLARATION_MAX = 4096, PROTOTYPE_MAX = 1024 };

void sk_btf_put_declaration(const struct sk_btf *btf, uint32_t id, const char *name,
                            struct sk_out *out)
{
    struct sk_btf_type type = sk_btf_type(btf, id);
    struct sk_c c = { .btf = btf };

    if (type.kind == SK_BTF_VAR || type.kind == SK_BTF_FUNC)
        id = type.type;
    sk_bounded_init(&c.bounded, out, DECLARATION_MAX);
    c.out = &c.bounded.out;
    sk_c_put_declaration(&c, id, name, 0);
    if (c.bounded.over || c.code)
        sk_puts(out, "...");
}

/* ---- bpftool's prototypes -------------------------------------------------------- */

/* The text so far. A blank stands behind every word but a function's closing parenthesis
 * and names; it is put when something follows it. */
struct proto {
    const struct sk_btf *btf;
    struct sk_out *out;
    int blank;
};

static void put(struct proto *p, const char *text)
{
    if (p->blank)
        sk_put(p->out, " ", 1);
    p->blank = 0;
    sk_btf_put_name(p->out, text);
}

static void put_word(struct proto *p, const char *before, const char *text)
{
    put(p, before);
    put(p, text);
    p->blank = 1;
}

/* No more fits, and none is needed. */
static int is_full(const struct proto *p)
{
    return p->out->len >= PROTOTYPE_MAX;
}

static void put_type(struct proto *p, uint32_t id);

static void put_params(struct proto *p, const struct sk_btf_type *proto)
{
    put(p, "(");
    for (uint32_t i = 0; i < proto->vlen && !is_full(p); i++) {
        struct sk_btf_param param = sk_btf_param(p->btf, proto, i);

        if (i) {
            put(p, ",");
            p->blank = 1;
        }
        if (!param.type) {
            put(p, "...");
            continue;
        }
        put_type(p, param.type);
        if (param.name[0])
            put(p, param.name);
        p->blank = 0;
    }
    put(p, ")");
}

static void put_array(struct proto *p, const struct sk_btf_type *type)
{
    char count[16];
    struct sk_out number;

    sk_out_buf(&number, count, sizeof(count));
    sk_printf(&number, "[%u]", sk_btf_array(type).count);
    put_type(p, type->type);
    put(p, count);
}

static void put_qualified(struct proto *p, const char *qualifier, uint32_t id)
{
    put_word(p, "", qualifier);
    put_type(p, id);
}

static void put_type(struct proto *p, uint32_t id)
{
    struct sk_btf_type type = sk_btf_type(p->btf, id);

    if (is_full(p))
        return;
    switch (type.kind) {
    case SK_BTF_VOID:
        put_word(p, "", "void");
        break;
    case SK_BTF_STRUCT:
        put_word(p, "struct ", type.name);
        break;
    case SK_BTF_UNION:
        put_word(p, "union ", type.name);
        break;
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        put_word(p, "enum ", type.name);
        break;
    case SK_BTF_FWD:
        put_word(p, type.flag ? "union " : "struct ", type.name);
        break;
    case SK_BTF_ARRAY:
        put_array(p, &type);
        break;
    case SK_BTF_PTR:
        put_type(p, type.type);
        put_word(p, "", "*");
        break;
    case SK_BTF_VOLATILE:
        put_qualified(p, "volatile", type.type);
        break;
    case SK_BTF_CONST:
        put_qualified(p, "const", type.type);
        break;
    case SK_BTF_RESTRICT:
        put_qualified(p, "restrict", type.type);
        break;
    case SK_BTF_TYPE_TAG:
        put_type(p, type.type);
        break;
    case SK_BTF_FUNC_PROTO:
        put_type(p, type.type);
        put_params(p, &type);
        break;
    default: /* INT, FLOAT, TYPEDEF */
        put_word(p, "", type.name);
    }
}

void sk_btf_put_prototype(const struct sk_btf *btf, uint32_t id, struct sk_out *out)
{
    struct sk_btf_type func = sk_btf_type(btf, id), proto = sk_btf_type(btf, func.type);
    char text[PROTOTYPE_MAX];
    struct sk_out buf;
    struct proto p = { .btf = btf, .out = &buf };

    sk_out_buf(&buf, text, sizeof(text));
    put_type(&p, proto.type);
    put(&p, func.name);
    put_params(&p, &proto);
    sk_puts(out, text);
}
