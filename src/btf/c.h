/* Types as C, for dump_c.c, c_def.c and c_decl.c: the texts that libbpf makes of BTF.
 *
 * A struct sk_c writes declarations. With `types` it also remembers what it did with each
 * type, and gives types that share a name different ones: the second `foo` is foo___2.
 * Tags have one space of names, typedefs and enumerators another.
 *
 * What goes wrong is remembered: after that nothing is written. */
#ifndef SK_BTF_C_H
#define SK_BTF_C_H

#include "base/names.h"
#include "btf/check.h"
#include "btf/text.h"

/* Functions here call each other along a way through types: so deep, so that the stack of
 * a small thread is enough. It takes two calls to go into a type without a name, by value
 * or by declarator. What is deeper than that is refused, though it is valid BTF. */
enum { SK_C_DEPTH_MAX = 160 };

enum sk_c_order { SK_C_NOT_ORDERED, SK_C_ORDERING, SK_C_ORDERED };
enum sk_c_emit { SK_C_NOT_EMITTED, SK_C_EMITTING, SK_C_EMITTED };

struct sk_c_type {
    uint8_t order; /* enum sk_c_order */
    uint8_t emit;  /* enum sk_c_emit */
    uint8_t forward_emitted;
    uint8_t referenced;
    uint8_t align; /* 0: not computed yet */
    uint8_t named;
    uint32_t suffix; /* of its name, once it is named: from 2 on it is shown */
};

struct sk_c {
    const struct sk_btf *btf;
    struct sk_bounded bounded;
    struct sk_out *out;           /* of bounded */
    struct sk_c_type *types;      /* NULL: types are only declared, not defined */
    struct sk_names tags, idents; /* how often a name was given */
    uint32_t *queue;              /* types to emit, in this order */
    size_t queue_len, queue_cap;
    uint32_t depth;
    uint32_t current; /* the type that is in hand, for errors */
    enum skep_code code;
    struct skep_err *err;
};

/* Whether something went wrong. */
int sk_c_stopped(const struct sk_c *c);

/* Remembers an error, once. */
void sk_c_stop(struct sk_c *c, enum skep_code code);

/* Goes one level down, which may be too deep: 0, and nothing is to be done. */
int sk_c_enter(struct sk_c *c, uint32_t id);
void sk_c_leave(struct sk_c *c);

/* The names of a struct, union or enum, and of a typedef. */
void sk_c_put_tag(struct sk_c *c, const struct sk_btf_type *type);
void sk_c_put_typedef_name(struct sk_c *c, const struct sk_btf_type *type);
/* Of an enumerator. */
void sk_c_put_enumerator(struct sk_c *c, const char *name);

/* What a value's address must be a multiple of, as far as BTF tells: 1, 2, 4 or 8; 0:
 * there is no value. */
uint32_t sk_c_align(struct sk_c *c, uint32_t id);

void sk_c_put_indent(struct sk_c *c, uint32_t level);

/* "struct foo", "enum foo"; "struct foo { ... }" at a level of indentation. */
void sk_c_put_struct_name(struct sk_c *c, const struct sk_btf_type *type);
void sk_c_put_struct(struct sk_c *c, const struct sk_btf_type *type, uint32_t level);
void sk_c_put_enum(struct sk_c *c, const struct sk_btf_type *type, uint32_t level);

/* A declaration of `name` ("": the type alone). */
void sk_c_put_declaration(struct sk_c *c, uint32_t id, const char *name, uint32_t level);
/* The same of the typedef's name. */
void sk_c_put_typedef(struct sk_c *c, const struct sk_btf_type *type);

#endif
