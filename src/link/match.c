/* Whether two files mean the same by a name: by their types for it. Modifiers and
 * typedefs do not count. Types are compared in depth, but behind a pointer their shape is
 * enough: of structs there the name alone counts, as one file may know only that.
 *
 * sk_btf_open has bounded how deep types go, so this recurses; how much is compared in
 * all is bounded by the link's patience. */
#include <string.h>

#include "link/parts.h"

enum depth { WHOLE, SHAPE };

struct match {
    struct sk_link *l;
    const struct sk_btf *a, *b;
    const char *why;
};

static int differ(struct match *m, const char *why)
{
    if (!m->why)
        m->why = why;
    return 0;
}

static int match_types(struct match *m, uint32_t a, uint32_t b, enum depth depth);

/* ---- Kinds ----------------------------------------------------------------------- */

static int match_members(struct match *m, const struct sk_btf_type *a,
                         const struct sk_btf_type *b)
{
    if (a->vlen != b->vlen || a->size != b->size)
        return differ(m, "structs or unions of one name differ");
    for (uint32_t i = 0; i < a->vlen; i++) {
        struct sk_btf_member x = sk_btf_member(m->a, a, i), y = sk_btf_member(m->b, b, i);

        if (strcmp(x.name, y.name) != 0 || x.bit_offset != y.bit_offset ||
            x.bits != y.bits)
            return differ(m, "structs or unions of one name differ");
        if (!match_types(m, x.type, y.type, WHOLE))
            return 0;
    }
    return 1;
}

static int match_values(struct match *m, const struct sk_btf_type *a,
                        const struct sk_btf_type *b)
{
    if (a->vlen != b->vlen || a->size != b->size || a->flag != b->flag)
        return differ(m, "enums of one name differ");
    for (uint32_t i = 0; i < a->vlen; i++) {
        struct sk_btf_value x = sk_btf_value(m->a, a, i), y = sk_btf_value(m->b, b, i);

        if (strcmp(x.name, y.name) != 0 || x.value != y.value)
            return differ(m, "enums of one name differ");
    }
    return 1;
}

static int match_params(struct match *m, const struct sk_btf_type *a,
                        const struct sk_btf_type *b, enum depth depth)
{
    if (a->vlen != b->vlen)
        return differ(m, "the functions have other numbers of parameters");
    for (uint32_t i = 0; i < a->vlen; i++) {
        struct sk_btf_param x = sk_btf_param(m->a, a, i), y = sk_btf_param(m->b, b, i);

        if (!match_types(m, x.type, y.type, depth))
            return 0;
    }
    return match_types(m, a->type, b->type, depth);
}

/* Signed or not, as bpftool has it. */
static int match_ints(struct match *m, const struct sk_btf_type *a,
                      const struct sk_btf_type *b)
{
    struct sk_btf_int x = sk_btf_int(a), y = sk_btf_int(b);

    if (a->size != b->size || x.offset != y.offset || x.bits != y.bits)
        return differ(m, "integers have other sizes");
    return 1;
}

/* An array without a size is what any array is declared as. */
static int match_arrays(struct match *m, const struct sk_btf_type *a,
                        const struct sk_btf_type *b, enum depth depth)
{
    struct sk_btf_array x = sk_btf_array(a), y = sk_btf_array(b);

    if (x.count && y.count && x.count != y.count)
        return differ(m, "arrays have other numbers of elements");
    return match_types(m, x.type, y.type, depth);
}

static int match_kinds(struct match *m, const struct sk_btf_type *a,
                       const struct sk_btf_type *b, enum depth depth)
{
    switch (a->kind) {
    case SK_BTF_INT:
        return match_ints(m, a, b);
    case SK_BTF_FLOAT:
        return a->size == b->size ? 1 : differ(m, "floating-point types differ");
    case SK_BTF_FWD:
        return a->flag == b->flag ? 1 : differ(m, "one is a struct, one a union");
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        return depth == SHAPE ? 1 : match_values(m, a, b);
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        return depth == SHAPE ? 1 : match_members(m, a, b);
    case SK_BTF_PTR:
        return match_types(m, a->type, b->type, SHAPE);
    case SK_BTF_ARRAY:
        return match_arrays(m, a, b, depth);
    case SK_BTF_FUNC_PROTO:
        return match_params(m, a, b, depth);
    case SK_BTF_VOID:
        return 1;
    default:
        return match_types(m, a->type, b->type, depth);
    }
}

/* ---- Types ----------------------------------------------------------------------- */

/* The kind that counts where the shape is enough: a declaration is as good as what it
 * declares. */
static enum sk_btf_kind shape_kind(const struct sk_btf_type *type)
{
    if (type->kind == SK_BTF_FWD)
        return type->flag ? SK_BTF_UNION : SK_BTF_STRUCT;
    return type->kind == SK_BTF_ENUM64 ? SK_BTF_ENUM : type->kind;
}

static int can_be_declared(const struct sk_btf_type *type)
{
    enum sk_btf_kind kind = shape_kind(type);

    return kind == SK_BTF_STRUCT || kind == SK_BTF_UNION || kind == SK_BTF_ENUM;
}

static int match_types(struct match *m, uint32_t id_a, uint32_t id_b, enum depth depth)
{
    struct sk_btf_type a = sk_btf_skip_aliases(m->a, id_a);
    struct sk_btf_type b = sk_btf_skip_aliases(m->b, id_b);

    if (!m->l->patience)
        return differ(m, "the types are too large to compare");
    m->l->patience--;
    if (a.kind != b.kind &&
        (depth == WHOLE || shape_kind(&a) != shape_kind(&b) || !can_be_declared(&a)))
        return differ(m, "the types are of other kinds");
    if (strcmp(a.name, b.name) != 0 && a.kind != SK_BTF_INT)
        return differ(m, "the types have other names");
    return a.kind == b.kind ? match_kinds(m, &a, &b, depth) : 1;
}

int sk_link_match(struct sk_link *l, struct sk_link_typed a, struct sk_link_typed b,
                  const char **why)
{
    struct match m = { .l = l, .a = a.btf, .b = b.btf };
    int good = match_types(&m, a.id, b.id, WHOLE);

    *why = m.why;
    return good;
}

/* ---- Maps ------------------------------------------------------------------------ */

enum number {
    TYPE,
    KEY_SIZE,
    VALUE_SIZE,
    MAX_ENTRIES,
    FLAGS,
    NUMA,
    PINNING,
    EXTRA,
    NUMBERS
};

static const struct {
    const char *member, *differs;
} numbers[NUMBERS] = {
    { "type", "the maps have other types" },
    { "key_size", "the maps have other sizes of keys" },
    { "value_size", "the maps have other sizes of values" },
    { "max_entries", "the maps have other numbers of entries" },
    { "map_flags", "the maps have other flags" },
    { "numa_node", "the maps are of other NUMA nodes" },
    { "pinning", "the maps are pinned otherwise" },
    { "map_extra", "the maps have other map_extra" },
};

/* A declaration in .maps (libbpf's bpf_helpers.h): struct { __uint(type, ...); ... }. */
struct declaration {
    uint64_t number[NUMBERS];
    uint32_t key, value, inner; /* types; 0: none */
};

/* __uint(name, n) is int (*name)[n], and __ulong an enum with that value. */
static uint64_t number_of(const struct sk_btf *btf, uint32_t id)
{
    struct sk_btf_type type = sk_btf_skip_aliases(btf, id);

    if ((type.kind == SK_BTF_ENUM || type.kind == SK_BTF_ENUM64) && type.vlen)
        return sk_btf_value(btf, &type, 0).value;
    type = sk_btf_skip_aliases(btf, type.kind == SK_BTF_PTR ? type.type : 0);
    return type.kind == SK_BTF_ARRAY ? sk_btf_array(&type).count : 0;
}

/* What a pointer, or an array of them, points to. */
static uint32_t pointee(const struct sk_btf *btf, uint32_t id)
{
    struct sk_btf_type type = sk_btf_skip_aliases(btf, id);

    if (type.kind == SK_BTF_ARRAY)
        type = sk_btf_skip_aliases(btf, type.type);
    return type.kind == SK_BTF_PTR ? type.type : 0;
}

/* With a type the size is that type's. */
static void note_type(const struct sk_btf *btf, uint32_t id, uint32_t *type,
                      uint64_t *size)
{
    *type = pointee(btf, id);
    sk_btf_size(btf, *type, size);
}

static void read_declaration(const struct sk_btf *btf, const struct sk_btf_type *map,
                             struct declaration *d)
{
    *d = (struct declaration){ .key = 0 };
    for (uint32_t i = 0; i < map->vlen; i++) {
        struct sk_btf_member m = sk_btf_member(btf, map, i);

        for (int n = 0; n < NUMBERS; n++) {
            if (!strcmp(m.name, numbers[n].member))
                d->number[n] = number_of(btf, m.type);
        }
        if (!strcmp(m.name, "key"))
            note_type(btf, m.type, &d->key, &d->number[KEY_SIZE]);
        if (!strcmp(m.name, "value"))
            note_type(btf, m.type, &d->value, &d->number[VALUE_SIZE]);
        if (!strcmp(m.name, "values"))
            d->inner = pointee(btf, m.type);
    }
}

/* Two types of which both may be missing. */
static int match_optional(struct match *m, uint32_t a, uint32_t b, const char *why)
{
    if ((!a && !b) || (a && b && match_types(m, a, b, WHOLE)))
        return 1;
    m->why = why; /* which says more than what differs in them */
    return 0;
}

enum nesting { OUTER, INNER };

/* Maps nest once: what inner ones hold is compared as any types are. */
static int match_maps(struct match *m, uint32_t id_a, uint32_t id_b, enum nesting nesting)
{
    struct sk_btf_type a = sk_btf_skip_aliases(m->a, id_a);
    struct sk_btf_type b = sk_btf_skip_aliases(m->b, id_b);
    struct declaration x, y;

    if (a.kind != SK_BTF_STRUCT || b.kind != SK_BTF_STRUCT)
        return match_types(m, id_a, id_b, WHOLE);
    if (m->l->patience < (uint64_t)a.vlen + b.vlen)
        return differ(m, "the types are too large to compare");
    m->l->patience -= (uint64_t)a.vlen + b.vlen;
    read_declaration(m->a, &a, &x);
    read_declaration(m->b, &b, &y);
    for (int n = 0; n < NUMBERS; n++) {
        if (x.number[n] != y.number[n])
            return differ(m, numbers[n].differs);
    }
    if (!match_optional(m, x.key, y.key, "the maps have other types of keys") ||
        !match_optional(m, x.value, y.value, "the maps have other types of values"))
        return 0;
    if (nesting == INNER || !x.inner || !y.inner)
        return match_optional(m, x.inner, y.inner, "the maps hold other maps");
    return match_maps(m, x.inner, y.inner, INNER);
}

int sk_link_match_maps(struct sk_link *l, struct sk_link_typed a, struct sk_link_typed b,
                       const char **why)
{
    struct match m = { .l = l, .a = a.btf, .b = b.btf };
    struct sk_btf_type x = sk_btf_type(a.btf, a.id), y = sk_btf_type(b.btf, b.id);
    int good = x.kind == SK_BTF_VAR && y.kind == SK_BTF_VAR
                   ? match_maps(&m, x.type, y.type, OUTER)
                   : differ(&m, "one is no map");

    *why = m.why;
    return good;
}
