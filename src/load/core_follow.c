/* The object's path in the target.
 *
 * Members are found by name, through anonymous structs and unions, wherever they are now;
 * elements by index. A member fits if its type is of the same kind: integers of any size,
 * pointers to anything, structs and unions of any name. */
#include <string.h>

#include "load/core_parts.h"

/* ---- Members -------------------------------------------------------------------------- */

/* Enums and declarations with names need the same one. */
static int names_allow(const struct sk_core_pair *pair, const struct sk_btf_type *lt,
                       const struct sk_btf_type *tt)
{
    struct sk_core_name name = sk_core_name(lt->name);

    return !name.len || !*tt->name ||
           (sk_core_spend(pair->work, name.whole / 32) &&
            sk_core_same_name(&name, tt->name, pair->work));
}

static int field_fits(const struct sk_core_pair *pair, uint32_t l, uint32_t t)
{
    for (;;) {
        struct sk_btf_type lt = sk_btf_skip_aliases(pair->l, l);
        struct sk_btf_type tt = sk_btf_skip_aliases(pair->t, t);

        if (!sk_core_spend(pair->work, 1))
            return 0;
        if (sk_core_is_composite(lt.kind) && sk_core_is_composite(tt.kind))
            return 1;
        if (!sk_core_same_kind(lt.kind, tt.kind))
            return 0;
        switch (lt.kind) {
        case SK_BTF_PTR:
        case SK_BTF_FLOAT:
            return 1;
        case SK_BTF_FWD:
        case SK_BTF_ENUM:
        case SK_BTF_ENUM64:
            return names_allow(pair, &lt, &tt);
        case SK_BTF_INT:
            return !sk_btf_int(&lt).offset && !sk_btf_int(&tt).offset;
        case SK_BTF_ARRAY:
            break;
        default:
            return 0;
        }
        l = lt.type;
        t = tt.type;
    }
}

/* Where the search is in one struct or union. */
struct level {
    struct sk_btf_type type;
    uint32_t next; /* member */
    uint64_t bits; /* of the type from the root */
};

struct search {
    const struct sk_core_pair *pair;
    const char *name;
    size_t name_len;
    uint32_t l; /* the type of the object's member */
    struct level levels[SK_CORE_PATH_MAX];
    uint32_t depth;
};

static void enter(struct search *s, uint32_t type, uint64_t bits)
{
    struct sk_btf_type behind = sk_btf_skip_aliases(s->pair->t, type);

    if (sk_core_is_composite(behind.kind))
        s->levels[s->depth++] = (struct level){ behind, 0, bits };
}

/* The member was found at the top level: the path goes there. */
static void take(struct search *s, const struct sk_btf_member *member, uint64_t bits,
                 struct sk_core_path *to)
{
    const struct level *top = &s->levels[s->depth - 1];

    for (uint32_t i = 0; i < s->depth; i++)
        to->raw[to->raw_len++] = s->levels[i].next - 1;
    to->steps[to->len++] =
        (struct sk_core_step){ member->name, top->type.id, top->next - 1 };
    to->bits = bits;
}

/* Looks at one member of the top level. */
static enum sk_core_fit look(struct search *s, struct sk_core_path *to, uint32_t *next)
{
    struct level *top = &s->levels[s->depth - 1];
    struct sk_btf_member member = sk_btf_member(s->pair->t, &top->type, top->next++);
    uint64_t bits = top->bits + member.bit_offset;

    if (!*member.name) {
        if (to->raw_len + s->depth == SK_CORE_PATH_MAX)
            return SK_CORE_TOO_DEEP;
        enter(s, member.type, bits);
    } else if (!strcmp(member.name, s->name)) {
        if (field_fits(s->pair, s->l, member.type)) {
            take(s, &member, bits, to);
            *next = member.type;
            return SK_CORE_FITS;
        }
        s->depth--; /* no other of that name here */
    }
    return SK_CORE_DIFFERS;
}

/* Finds the member that `step` is of, in `*at`, and sets *at to its type. */
static enum sk_core_fit find_member(const struct sk_core_pair *pair,
                                    const struct sk_core_step *step,
                                    struct sk_core_path *to, uint32_t *at)
{
    struct sk_btf_type lt = sk_btf_type(pair->l, step->type);
    struct search s = { .pair = pair,
                        .name = step->name,
                        .name_len = strlen(step->name),
                        .l = sk_btf_member(pair->l, &lt, step->index).type };

    if (to->raw_len == SK_CORE_PATH_MAX)
        return SK_CORE_TOO_DEEP;
    enter(&s, *at, to->bits);
    while (s.depth) {
        struct level *top = &s.levels[s.depth - 1];

        if (!sk_core_spend(pair->work, 1 + s.name_len / 32))
            return SK_CORE_TOO_LONG;
        if (top->next == top->type.vlen) {
            s.depth--;
        } else {
            enum sk_core_fit fit = look(&s, to, at);

            if (fit != SK_CORE_DIFFERS)
                return fit;
        }
    }
    return pair->work->left ? SK_CORE_DIFFERS : SK_CORE_TOO_LONG;
}

/* ---- Elements --------------------------------------------------------------------------- */

/* Element `index` of the array *at, which becomes the element's type; of the root, which is
 * its own element, at the path's beginning. */
static enum sk_core_fit find_element(uint32_t index, struct sk_core_path *to,
                                     uint32_t *at)
{
    struct sk_btf_type type = sk_btf_skip_aliases(to->btf, *at);
    uint64_t size;

    if (to->len) {
        struct sk_btf_array array;

        if (type.kind != SK_BTF_ARRAY)
            return SK_CORE_DIFFERS;
        array = sk_btf_array(&type);
        if (index >= array.count && !sk_core_is_flexible(to, &array))
            return SK_CORE_DIFFERS;
        type = sk_btf_skip_aliases(to->btf, array.type);
        *at = array.type;
    }
    if (to->raw_len == SK_CORE_PATH_MAX)
        return SK_CORE_TOO_DEEP;
    if (!sk_btf_size(to->btf, *at, &size) || size > UINT32_MAX ||
        !sk_core_add_elements(to, index, size))
        return SK_CORE_NO_SIZE;
    to->raw[to->raw_len++] = index;
    to->steps[to->len++] = (struct sk_core_step){ NULL, type.id, index };
    return SK_CORE_FITS;
}

static enum sk_core_fit follow_field(const struct sk_core_pair *pair,
                                     const struct sk_core_path *from,
                                     struct sk_core_path *to)
{
    uint32_t at = to->root;

    for (uint32_t i = 0; i < from->len; i++) {
        const struct sk_core_step *step = &from->steps[i];
        enum sk_core_fit fit = step->name ? find_member(pair, step, to, &at)
                                          : find_element(step->index, to, &at);

        if (fit != SK_CORE_FITS)
            return fit;
        if (to->bits / 8 > UINT32_MAX)
            return SK_CORE_NO_SIZE;
    }
    return SK_CORE_FITS;
}

/* ---- Values of enums ---------------------------------------------------------------------- */

static enum sk_core_fit follow_enumval(const struct sk_core_pair *pair,
                                       const struct sk_core_path *from,
                                       struct sk_core_path *to)
{
    struct sk_btf_type type = sk_btf_skip_aliases(to->btf, to->root);
    struct sk_core_name name = sk_core_name(from->steps[0].name);

    if (!sk_core_is_enum(type.kind))
        return SK_CORE_DIFFERS;
    if (!sk_core_spend(pair->work, 1 + name.whole / 32))
        return SK_CORE_TOO_LONG;
    for (uint32_t i = 0; i < type.vlen; i++) {
        const char *other = sk_btf_value(to->btf, &type, i).name;

        if (!sk_core_same_name(&name, other, pair->work))
            continue;
        to->raw[to->raw_len++] = i;
        to->steps[to->len++] = (struct sk_core_step){ other, type.id, i };
        return SK_CORE_FITS;
    }
    return pair->work->left ? SK_CORE_DIFFERS : SK_CORE_TOO_LONG;
}

enum sk_core_fit sk_core_follow(const struct sk_core_pair *pair,
                                const struct sk_core_path *from, uint32_t kind,
                                uint32_t root, struct sk_core_path *to)
{
    to->btf = pair->t;
    to->root = root;
    to->raw_len = to->len = 0;
    to->bits = 0;
    if (sk_core_is_field(kind))
        return follow_field(pair, from, to);
    if (sk_core_is_enumval(kind))
        return follow_enumval(pair, from, to);
    if (kind == SK_CORE_TYPE_MATCHES)
        return sk_core_matches(pair, from->root, root);
    return sk_core_compatible(pair, from->root, root);
}
