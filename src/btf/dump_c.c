/* The types of a BTF as a header in C, as `bpftool btf dump ... format c` prints it.
 *
 * C wants a type defined before it is used by value, and declared before it is pointed
 * to. So for each type in turn:
 *
 * 1. order: what it needs by value is queued before it. A struct that is only pointed to is
 *    no such need, unless it has no name and so must be defined on the spot.
 * 2. emit, for each in the queue: structs that are pointed to and not known yet are declared
 *    first, typedefs on the way are defined, then the type itself. */
#include <string.h>

#include "base/bits.h"
#include "btf/c.h"
#include "btf/print.h"

/* ---- 1: order -------------------------------------------------------------------- */

/* How a type is needed; and the answer, whether it is complete from here on: a type that
 * is only pointed to need not be. */
enum need { BY_VALUE, BY_POINTER };

static int order(struct sk_c *c, uint32_t id, enum need need);

static void enqueue(struct sk_c *c, uint32_t id)
{
    enum skep_code code;

    if (sk_c_stopped(c))
        return;
    code = sk_mem_grow(&c->btf->mem, &c->queue, &c->queue_cap, c->queue_len, 1,
                       sizeof(c->queue[0]), c->err);
    if (code)
        sk_c_stop(c, code);
    else
        c->queue[c->queue_len++] = id;
}

static int order_struct(struct sk_c *c, const struct sk_btf_type *type, enum need need)
{
    if (need == BY_POINTER && type->name[0])
        return 0;
    c->types[type->id].order = SK_C_ORDERING;
    for (uint32_t i = 0; i < type->vlen && !sk_c_stopped(c); i++)
        order(c, sk_btf_member(c->btf, type, i).type, BY_VALUE);
    if (type->name[0])
        enqueue(c, type->id);
    c->types[type->id].order = SK_C_ORDERED;
    return 1;
}

static int order_function(struct sk_c *c, const struct sk_btf_type *type, enum need need)
{
    int complete = order(c, type->type, need);

    for (uint32_t i = 0; i < type->vlen && !sk_c_stopped(c); i++)
        complete |= order(c, sk_btf_param(c->btf, type, i).type, need);
    return complete;
}

static int order_typedef(struct sk_c *c, const struct sk_btf_type *type, enum need need)
{
    if (!order(c, type->type, need) && need == BY_POINTER)
        return 0;
    enqueue(c, type->id);
    c->types[type->id].order = SK_C_ORDERED;
    return 1;
}

static int order_kind(struct sk_c *c, const struct sk_btf_type *type, enum need need)
{
    struct sk_c_type *state = &c->types[type->id];
    int complete = 0;

    switch (type->kind) {
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        return order_struct(c, type, need);
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
    case SK_BTF_FWD:
        /* one without a name, which others have within themselves, is defined there */
        if (type->name[0] || !state->referenced)
            enqueue(c, type->id);
        complete = 1;
        break;
    case SK_BTF_TYPEDEF:
        return order_typedef(c, type, need);
    case SK_BTF_PTR:
        complete = order(c, type->type, BY_POINTER);
        break;
    case SK_BTF_ARRAY:
        return order(c, type->type, BY_VALUE);
    case SK_BTF_FUNC_PROTO:
        return order_function(c, type, need);
    case SK_BTF_VOLATILE:
    case SK_BTF_CONST:
    case SK_BTF_RESTRICT:
    case SK_BTF_TYPE_TAG:
        return order(c, type->type, need);
    default: /* INT, FLOAT; FUNC, VAR and others are no types of C */
        break;
    }
    state->order = SK_C_ORDERED;
    return complete;
}

static int order(struct sk_c *c, uint32_t id, enum need need)
{
    struct sk_btf_type type;
    int complete;

    if (c->types[id].order == SK_C_ORDERED)
        return 1;
    if (sk_c_stopped(c))
        return 0;
    type = sk_btf_type(c->btf, id);
    if (c->types[id].order == SK_C_ORDERING) {
        if (!type.name[0])
            sk_c_stop(c, sk_btf_fail_type(c->btf, id,
                                          "it has no name, and needs one to "
                                          "point to itself",
                                          c->err));
        return 0;
    }
    if (!sk_c_enter(c, id))
        return 0;
    complete = order_kind(c, &type, need);
    sk_c_leave(c);
    return complete;
}

/* ---- 2: emit --------------------------------------------------------------------- */

static void end_declaration(struct sk_c *c)
{
    sk_puts(c->out, ";\n\n");
}

/* Types of GCC's for arm64 that Clang does not have. */
static void put_missing(struct sk_c *c, const struct sk_btf_type *type)
{
    static const char *const missing[][2] = {
        { "__Poly8_t", "unsigned char" },
        { "__Poly16_t", "unsigned short" },
        { "__Poly64_t", "unsigned long long" },
        { "__Poly128_t", "unsigned __int128" },
    };

    for (size_t i = 0; i < SK_LEN(missing); i++) {
        if (strcmp(type->name, missing[i][0]) == 0) {
            sk_printf(c->out, "typedef %s ", missing[i][1]);
            sk_c_put_tag(c, type);
            end_declaration(c);
        }
    }
}

/* Compilers know it. */
static int is_builtin(const struct sk_btf_type *type)
{
    return strcmp(type->name, "__builtin_va_list") == 0;
}

static void put_typedef_once(struct sk_c *c, const struct sk_btf_type *type)
{
    if (c->types[type->id].forward_emitted || is_builtin(type))
        return;
    sk_c_put_typedef(c, type);
    end_declaration(c);
}

static void put_forward(struct sk_c *c, const struct sk_btf_type *type)
{
    sk_c_put_struct_name(c, type);
    end_declaration(c);
    c->types[type->id].forward_emitted = 1;
}

/* Emits what type `id` needs where it is used within `within`; with `within` 0 the type
 * itself. */
static void emit(struct sk_c *c, uint32_t id, uint32_t within);

/* A type that is being emitted is met again, behind a pointer. */
static void emit_again(struct sk_c *c, const struct sk_btf_type *type, uint32_t within)
{
    struct sk_c_type *state = &c->types[type->id];

    if (state->forward_emitted)
        return;
    if (type->kind == SK_BTF_TYPEDEF) {
        put_typedef_once(c, type);
        state->forward_emitted = 1;
    } else if (type->id != within && type->name[0]) {
        put_forward(c, type);
    }
}

static void emit_struct(struct sk_c *c, const struct sk_btf_type *type, uint32_t within)
{
    struct sk_c_type *state = &c->types[type->id];

    state->emit = SK_C_EMITTING;
    if (!within || !type->name[0]) {
        for (uint32_t i = 0; i < type->vlen && !sk_c_stopped(c); i++)
            emit(c, sk_btf_member(c->btf, type, i).type,
                 type->name[0] ? type->id : within);
    } else if (!state->forward_emitted && type->id != within) {
        put_forward(c, type);
    }
    state->emit = SK_C_NOT_EMITTED;
    if (!within) {
        sk_c_put_struct(c, type, 0);
        end_declaration(c);
        state->emit = SK_C_EMITTED;
    }
}

static void emit_function(struct sk_c *c, const struct sk_btf_type *type, uint32_t within)
{
    emit(c, type->type, within);
    for (uint32_t i = 0; i < type->vlen && !sk_c_stopped(c); i++)
        emit(c, sk_btf_param(c->btf, type, i).type, within);
}

static void emit_kind(struct sk_c *c, const struct sk_btf_type *type, uint32_t within)
{
    struct sk_c_type *state = &c->types[type->id];

    switch (type->kind) {
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        emit_struct(c, type, within);
        return;
    case SK_BTF_TYPEDEF:
        state->emit = SK_C_EMITTING;
        emit(c, type->type, type->id);
        put_typedef_once(c, type);
        break;
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        if (!within) {
            sk_c_put_enum(c, type, 0);
            end_declaration(c);
        }
        break;
    case SK_BTF_FWD:
        sk_c_put_struct_name(c, type);
        end_declaration(c);
        break;
    case SK_BTF_INT:
        put_missing(c, type);
        break;
    case SK_BTF_FUNC_PROTO:
        emit_function(c, type, within);
        return;
    case SK_BTF_PTR:
    case SK_BTF_ARRAY:
    case SK_BTF_VOLATILE:
    case SK_BTF_CONST:
    case SK_BTF_RESTRICT:
    case SK_BTF_TYPE_TAG:
        emit(c, type->type, within);
        return;
    default:
        return;
    }
    state->emit = SK_C_EMITTED;
}

static void emit(struct sk_c *c, uint32_t id, uint32_t within)
{
    struct sk_btf_type type = sk_btf_type(c->btf, id);

    if (c->types[id].emit == SK_C_EMITTED || !sk_c_enter(c, id))
        return;
    if (c->types[id].emit == SK_C_EMITTING)
        emit_again(c, &type, within);
    else
        emit_kind(c, &type, within);
    sk_c_leave(c);
}

/* ---- All ------------------------------------------------------------------------- */

static void refer(struct sk_c *c, uint32_t id)
{
    c->types[id].referenced = 1;
}

/* Notes which types others have within themselves. */
static void mark_referenced(struct sk_c *c)
{
    for (uint32_t id = 1; id < c->btf->count; id++) {
        struct sk_btf_type type = sk_btf_type(c->btf, id);

        if (type.kind == SK_BTF_STRUCT || type.kind == SK_BTF_UNION)
            for (uint32_t i = 0; i < type.vlen; i++)
                refer(c, sk_btf_member(c->btf, &type, i).type);
        else if (type.kind == SK_BTF_DATASEC)
            for (uint32_t i = 0; i < type.vlen; i++)
                refer(c, sk_btf_secvar(&type, i).type);
        else if (type.kind == SK_BTF_FUNC_PROTO)
            for (uint32_t i = 0; i < type.vlen; i++)
                refer(c, sk_btf_param(c->btf, &type, i).type);
        else
            refer(c, type.type);
        if (type.kind == SK_BTF_ARRAY)
            refer(c, sk_btf_array(&type).index_type);
    }
}

static void put_all(struct sk_c *c)
{
    mark_referenced(c);
    c->types[0].order = SK_C_ORDERED;
    c->types[0].emit = SK_C_EMITTED;
    for (uint32_t id = 1; id < c->btf->count && !sk_c_stopped(c); id++) {
        c->current = id;
        c->queue_len = 0;
        order(c, id, BY_VALUE);
        for (size_t i = 0; i < c->queue_len && !sk_c_stopped(c); i++)
            emit(c, c->queue[i], 0);
    }
}

static void put_file(struct sk_c *c)
{
    sk_puts(c->out,
            "#ifndef __VMLINUX_H__\n"
            "#define __VMLINUX_H__\n"
            "\n"
            "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
            "#pragma clang attribute push (__attribute__((preserve_access_index)), "
            "apply_to = record)\n"
            "#endif\n"
            "\n");
    put_all(c);
    if (sk_c_stopped(c))
        return;
    sk_puts(c->out, "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
                    "#pragma clang attribute pop\n"
                    "#endif\n"
                    "\n"
                    "#endif /* __VMLINUX_H__ */\n");
}

enum skep_code sk_btf_dump_c(const struct sk_btf *btf, struct sk_out *out,
                             struct skep_err *err)
{
    struct sk_c c = { .btf = btf, .err = err };

    c.types = sk_mem_new(&btf->mem, btf->count, sizeof(c.types[0]));
    if (!c.types)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       btf->count * sizeof(c.types[0]));
    sk_bounded_init(&c.bounded, out, sk_btf_text_max(btf));
    c.out = &c.bounded.out;
    sk_names_init(&c.tags, &btf->mem);
    sk_names_init(&c.idents, &btf->mem);
    put_file(&c);
    sk_mem_free(&btf->mem, c.types, btf->count, sizeof(c.types[0]));
    sk_mem_free(&btf->mem, c.queue, c.queue_cap, sizeof(c.queue[0]));
    sk_names_fini(&c.tags);
    sk_names_fini(&c.idents);
    return c.code ? c.code : sk_bounded_end(&c.bounded, btf, c.current, err);
}
