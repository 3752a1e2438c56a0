/* Declarations. BTF says them outside in, "pointer to array of int", and C inside out,
 * "int (*name)[3]": so a chain of types is written from its end, and the name comes when
 * all has been seen that stands before it.
 *
 * Spaces and the order of qualifiers are those of libbpf. */
#include <string.h>

#include "btf/c.h"
#include "btf/print.h"

/* The chain down to the type that stands first in the text; the last one is written
 * next. */
struct chain {
    struct sk_c *c;
    uint32_t ids[SK_BTF_DEPTH_MAX + 1];
    uint32_t len;
    const char *name;
    const struct sk_btf_type *alias; /* whose name it is, or NULL */
    uint32_t level;
    int after_pointer; /* no space is needed: a "*" stands before, or nothing */
};

static int goes_on(enum sk_btf_kind kind)
{
    return sk_btf_is_modifier(kind) || kind == SK_BTF_PTR || kind == SK_BTF_ARRAY ||
           kind == SK_BTF_FUNC_PROTO;
}

static void follow(struct chain *chain, uint32_t id)
{
    for (;;) {
        struct sk_btf_type type = sk_btf_type(chain->c->btf, id);

        if (chain->len < SK_BTF_DEPTH_MAX + 1)
            chain->ids[chain->len++] = id;
        if (!goes_on(type.kind))
            return;
        id = type.type;
    }
}

static struct sk_btf_type last(const struct chain *chain)
{
    return sk_btf_type(chain->c->btf, chain->ids[chain->len - 1]);
}

/* ---- Parts of a chain ------------------------------------------------------------ */

static void put(struct chain *chain, const char *text)
{
    sk_puts(chain->c->out, text);
}

static const char *qualifier(enum sk_btf_kind kind)
{
    return kind == SK_BTF_CONST      ? "const"
           : kind == SK_BTF_VOLATILE ? "volatile"
           : kind == SK_BTF_RESTRICT ? "restrict"
                                     : NULL;
}

/* Qualifiers of the type that comes now stand before it. */
static void put_qualifiers(struct chain *chain)
{
    while (chain->len && qualifier(last(chain).kind)) {
        put(chain, qualifier(last(chain).kind));
        put(chain, " ");
        chain->len--;
    }
}

/* Compilers qualify arrays and functions in their debugging information; C cannot. */
static void drop_modifiers(struct chain *chain)
{
    while (chain->len && sk_btf_is_modifier(last(chain).kind))
        chain->len--;
}

static void put_chain_name(struct chain *chain)
{
    if (chain->name[0] && !chain->after_pointer)
        put(chain, " ");
    if (chain->alias)
        sk_c_put_typedef_name(chain->c, chain->alias);
    else
        sk_btf_put_name(chain->c->out, chain->name);
}

/* What a chain begins with: a type that has a name, or a definition. */
static void put_base(struct chain *chain, const struct sk_btf_type *type)
{
    struct sk_c *c = chain->c;

    put_qualifiers(chain);
    switch (type->kind) {
    case SK_BTF_VOID:
        put(chain, "void");
        break;
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        if (type->name[0])
            sk_c_put_struct_name(c, type);
        else
            sk_c_put_struct(c, type, chain->level);
        break;
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        if (type->name[0]) {
            put(chain, "enum ");
            sk_c_put_tag(c, type);
        } else {
            sk_c_put_enum(c, type, chain->level);
        }
        break;
    case SK_BTF_FWD:
        sk_c_put_struct_name(c, type);
        break;
    case SK_BTF_TYPEDEF:
        sk_c_put_typedef_name(c, type);
        break;
    default: /* INT, FLOAT */
        sk_btf_put_name(c->out, type->name);
    }
}

static void put_chain(struct chain *chain);

/* "name[3]", "(*name)[3]" */
static void put_array(struct chain *chain, const struct sk_btf_type *type)
{
    int is_inner;

    drop_modifiers(chain);
    if (!chain->len) {
        put_chain_name(chain);
        sk_printf(chain->c->out, "[%u]", sk_btf_array(type).count);
        return;
    }
    is_inner = last(chain).kind == SK_BTF_ARRAY;
    if (chain->name[0] && !chain->after_pointer)
        put(chain, " ");
    put(chain, is_inner ? "" : "(");
    chain->after_pointer = 1;
    put_chain(chain);
    put(chain, is_inner ? "" : ")");
    sk_printf(chain->c->out, "[%u]", sk_btf_array(type).count);
}

static void put_params(struct sk_c *c, const struct sk_btf_type *type, uint32_t level)
{
    sk_puts(c->out, "(");
    if (!type->vlen || (type->vlen == 1 && !sk_btf_param(c->btf, type, 0).type))
        sk_puts(c->out, "void");
    else
        for (uint32_t i = 0; i < type->vlen && !sk_c_stopped(c); i++) {
            struct sk_btf_param p = sk_btf_param(c->btf, type, i);

            if (i)
                sk_puts(c->out, ", ");
            if (p.type || i + 1 < type->vlen)
                sk_c_put_declaration(c, p.type, p.name, level);
            else
                sk_puts(c->out, "...");
        }
    sk_puts(c->out, ")");
}

/* "name(int)", "(*name)(int)" */
static void put_function(struct chain *chain, const struct sk_btf_type *type)
{
    drop_modifiers(chain);
    if (chain->len) {
        put(chain, " (");
        chain->after_pointer = 1;
        put_chain(chain);
        put(chain, ")");
    } else {
        put_chain_name(chain);
    }
    put_params(chain->c, type, chain->level);
}

/* Writes what is left of the chain, and the name. */
static void put_rest(struct chain *chain)
{
    while (chain->len && !sk_c_stopped(chain->c)) {
        struct sk_btf_type type = last(chain);

        chain->len--;
        if (type.kind == SK_BTF_ARRAY) {
            put_array(chain, &type);
            return;
        }
        if (type.kind == SK_BTF_FUNC_PROTO) {
            put_function(chain, &type);
            return;
        }
        if (type.kind == SK_BTF_PTR) {
            put(chain, chain->after_pointer ? "*" : " *");
        } else if (qualifier(type.kind)) {
            put(chain, " ");
            put(chain, qualifier(type.kind));
        } else if (type.kind == SK_BTF_TYPE_TAG) {
            put_qualifiers(chain);
            put(chain, " __attribute__((btf_type_tag(\"");
            sk_btf_put_name(chain->c->out, type.name);
            put(chain, "\")))");
        } else {
            put_base(chain, &type);
        }
        chain->after_pointer = type.kind == SK_BTF_PTR;
    }
    put_chain_name(chain);
}

static void put_chain(struct chain *chain)
{
    uint32_t id = chain->len ? chain->ids[chain->len - 1] : 0;

    if (!sk_c_enter(chain->c, id))
        return;
    put_rest(chain);
    sk_c_leave(chain->c);
}

static void declare(struct sk_c *c, uint32_t id, const char *name,
                    const struct sk_btf_type *alias, uint32_t level)
{
    struct chain chain = {
        .c = c, .name = name, .alias = alias, .level = level, .after_pointer = 1
    };

    follow(&chain, id);
    put_chain(&chain);
}

void sk_c_put_declaration(struct sk_c *c, uint32_t id, const char *name, uint32_t level)
{
    declare(c, id, name, NULL, level);
}

void sk_c_put_typedef(struct sk_c *c, const struct sk_btf_type *type)
{
    /* old compilers' list of variable arguments, and what they meant */
    if (!type->type && !strcmp(type->name, "__gnuc_va_list")) {
        sk_puts(c->out, "typedef __builtin_va_list __gnuc_va_list");
        return;
    }
    sk_puts(c->out, "typedef ");
    declare(c, type->type, type->name, type, 0);
}
