/* Whether types of the object and of a target fit.
 *
 * Two relations. Compatible types are of the same kind, behind pointers and arrays too;
 * members are not looked at. A type matches if all that the object's declares is in the
 * target's as well, members and values by name; what is behind a pointer needs the same name
 * and kind only.
 *
 * Depth is bounded as libbpf bounds it: a chain of pointers, arrays and returned types, and how
 * often members and parameters are gone into. Work is bounded by the budget. */
#include "load/core_parts.h"

enum { CHAIN_MAX = 32, DEPTH_MAX = 32 };

int sk_core_same_kind(enum sk_btf_kind a, enum sk_btf_kind b)
{
    return a == b || (sk_core_is_enum(a) && sk_core_is_enum(b));
}

static enum sk_core_fit fits_if(int condition)
{
    return condition ? SK_CORE_FITS : SK_CORE_DIFFERS;
}

static int is_plain_int(const struct sk_btf_type *type)
{
    return sk_btf_int(type).offset == 0;
}

/* ---- Compatible -------------------------------------------------------------------------- */

static enum sk_core_fit compatible(const struct sk_core_pair *pair, uint32_t l,
                                   uint32_t t, uint32_t depth);

static enum sk_core_fit params_compatible(const struct sk_core_pair *pair,
                                          const struct sk_btf_type *lt,
                                          const struct sk_btf_type *tt, uint32_t depth)
{
    if (lt->vlen != tt->vlen)
        return SK_CORE_DIFFERS;
    if (lt->vlen && !depth)
        return SK_CORE_TOO_DEEP;
    for (uint32_t i = 0; i < lt->vlen; i++) {
        enum sk_core_fit fit = compatible(pair, sk_btf_param(pair->l, lt, i).type,
                                          sk_btf_param(pair->t, tt, i).type, depth - 1);

        if (fit != SK_CORE_FITS)
            return fit;
    }
    return SK_CORE_FITS;
}

static enum sk_core_fit compatible(const struct sk_core_pair *pair, uint32_t l,
                                   uint32_t t, uint32_t depth)
{
    for (int i = 0; i < CHAIN_MAX; i++) {
        struct sk_btf_type lt = sk_btf_skip_aliases(pair->l, l);
        struct sk_btf_type tt = sk_btf_skip_aliases(pair->t, t);
        enum sk_core_fit fit;

        if (!sk_core_spend(pair->work, 1))
            return SK_CORE_TOO_LONG;
        if (!sk_core_same_kind(lt.kind, tt.kind))
            return SK_CORE_DIFFERS;
        switch (lt.kind) {
        case SK_BTF_VOID:
        case SK_BTF_STRUCT:
        case SK_BTF_UNION:
        case SK_BTF_ENUM:
        case SK_BTF_ENUM64:
        case SK_BTF_FWD:
            return SK_CORE_FITS;
        case SK_BTF_INT:
            return fits_if(is_plain_int(&lt) && is_plain_int(&tt));
        case SK_BTF_PTR:
        case SK_BTF_ARRAY:
            break;
        case SK_BTF_FUNC_PROTO:
            fit = params_compatible(pair, &lt, &tt, depth);
            if (fit != SK_CORE_FITS)
                return fit;
            break;
        default:
            return SK_CORE_DIFFERS;
        }
        l = lt.type;
        t = tt.type;
    }
    return SK_CORE_TOO_DEEP;
}

enum sk_core_fit sk_core_compatible(const struct sk_core_pair *pair, uint32_t l,
                                    uint32_t t)
{
    if (!sk_core_same_kind(sk_btf_type(pair->l, l).kind, sk_btf_type(pair->t, t).kind))
        return SK_CORE_DIFFERS;
    return compatible(pair, l, t, DEPTH_MAX);
}

/* ---- Matches ------------------------------------------------------------------------------ */

/* How a type is come to: what is behind a pointer needs the name only. */
enum reach { DIRECT, BEHIND_POINTER };

static enum sk_core_fit match(const struct sk_core_pair *pair, uint32_t l, uint32_t t,
                              enum reach reach, uint32_t depth);

/* A struct or union against a declaration of one, in either order. */
static int is_declared_as(const struct sk_btf_type *fwd, const struct sk_btf_type *type)
{
    return type->kind == (fwd->flag ? SK_BTF_UNION : SK_BTF_STRUCT);
}

static int fwd_matches(const struct sk_btf_type *lt, const struct sk_btf_type *tt,
                       enum reach reach)
{
    if (tt->kind == SK_BTF_FWD)
        return lt->flag == tt->flag;
    return reach == BEHIND_POINTER && is_declared_as(lt, tt);
}

static enum sk_core_fit enum_matches(const struct sk_core_pair *pair,
                                     const struct sk_btf_type *lt,
                                     const struct sk_btf_type *tt)
{
    if (!sk_core_is_enum(tt->kind) || lt->size != tt->size || lt->vlen > tt->vlen)
        return SK_CORE_DIFFERS;
    for (uint32_t i = 0; i < lt->vlen; i++) {
        struct sk_core_name name = sk_core_name(sk_btf_value(pair->l, lt, i).name);
        uint32_t j = 0;

        if (!sk_core_spend(pair->work, 1 + name.whole / 32))
            return SK_CORE_TOO_LONG;
        while (j < tt->vlen &&
               !sk_core_same_name(&name, sk_btf_value(pair->t, tt, j).name, pair->work))
            j++;
        if (j == tt->vlen)
            return pair->work->left ? SK_CORE_DIFFERS : SK_CORE_TOO_LONG;
    }
    return SK_CORE_FITS;
}

/* Whether one of the target's members of that name matches. */
static enum sk_core_fit member_matches(const struct sk_core_pair *pair,
                                       const struct sk_btf_member *member,
                                       const struct sk_btf_type *tt, enum reach reach,
                                       uint32_t depth)
{
    struct sk_core_name name = sk_core_name(member->name);

    if (!sk_core_spend(pair->work, 1 + name.whole / 32))
        return SK_CORE_TOO_LONG;
    for (uint32_t i = 0; i < tt->vlen; i++) {
        struct sk_btf_member other = sk_btf_member(pair->t, tt, i);
        enum sk_core_fit fit;

        if (!sk_core_same_name(&name, other.name, pair->work))
            continue;
        fit = match(pair, member->type, other.type, reach, depth);
        if (fit != SK_CORE_DIFFERS)
            return fit;
    }
    return pair->work->left ? SK_CORE_DIFFERS : SK_CORE_TOO_LONG;
}

static enum sk_core_fit composite_matches(const struct sk_core_pair *pair,
                                          const struct sk_btf_type *lt,
                                          const struct sk_btf_type *tt, enum reach reach,
                                          uint32_t depth)
{
    if (reach == BEHIND_POINTER && tt->kind == SK_BTF_FWD)
        return fits_if(is_declared_as(tt, lt));
    if (lt->kind != tt->kind)
        return SK_CORE_DIFFERS;
    if (reach == BEHIND_POINTER)
        return SK_CORE_FITS;
    if (lt->vlen > tt->vlen)
        return SK_CORE_DIFFERS;
    for (uint32_t i = 0; i < lt->vlen; i++) {
        struct sk_btf_member member = sk_btf_member(pair->l, lt, i);
        enum sk_core_fit fit = member_matches(pair, &member, tt, reach, depth);

        if (fit != SK_CORE_FITS)
            return fit;
    }
    return SK_CORE_FITS;
}

static int int_matches(const struct sk_btf_type *lt, const struct sk_btf_type *tt)
{
    return tt->kind == SK_BTF_INT && lt->size == tt->size &&
           !((sk_btf_int(lt).encoding ^ sk_btf_int(tt).encoding) & SK_BTF_SIGNED);
}

static enum sk_core_fit params_match(const struct sk_core_pair *pair,
                                     const struct sk_btf_type *lt,
                                     const struct sk_btf_type *tt, enum reach reach,
                                     uint32_t depth)
{
    if (lt->vlen != tt->vlen)
        return SK_CORE_DIFFERS;
    for (uint32_t i = 0; i < lt->vlen; i++) {
        enum sk_core_fit fit = match(pair, sk_btf_param(pair->l, lt, i).type,
                                     sk_btf_param(pair->t, tt, i).type, reach, depth);

        if (fit != SK_CORE_FITS)
            return fit;
    }
    return SK_CORE_FITS;
}

/* Pointers, arrays and prototypes, as far as they say something themselves: what they are of
 * (or return) is for the caller. */
static enum sk_core_fit derived_matches(const struct sk_core_pair *pair,
                                        const struct sk_btf_type *lt,
                                        const struct sk_btf_type *tt, enum reach reach,
                                        uint32_t depth)
{
    if (lt->kind != tt->kind)
        return SK_CORE_DIFFERS;
    if (lt->kind == SK_BTF_ARRAY)
        return fits_if(sk_btf_array(lt).count == sk_btf_array(tt).count);
    if (lt->kind == SK_BTF_FUNC_PROTO)
        return params_match(pair, lt, tt, reach, depth);
    return SK_CORE_FITS;
}

static enum sk_core_fit match(const struct sk_core_pair *pair, uint32_t l, uint32_t t,
                              enum reach reach, uint32_t depth)
{
    for (int i = 0; depth && i < CHAIN_MAX; i++) {
        struct sk_btf_type lt = sk_btf_skip_aliases(pair->l, l);
        struct sk_btf_type tt = sk_btf_skip_aliases(pair->t, t);
        struct sk_core_name name = sk_core_name(lt.name);
        enum sk_core_fit fit;

        if (!sk_core_spend(pair->work, 1 + name.whole / 32))
            return SK_CORE_TOO_LONG;
        if (!sk_core_same_name(&name, tt.name, pair->work))
            return SK_CORE_DIFFERS;
        switch (lt.kind) {
        case SK_BTF_VOID:
            return fits_if(tt.kind == SK_BTF_VOID);
        case SK_BTF_FWD:
            return fits_if(fwd_matches(&lt, &tt, reach));
        case SK_BTF_ENUM:
        case SK_BTF_ENUM64:
            return enum_matches(pair, &lt, &tt);
        case SK_BTF_STRUCT:
        case SK_BTF_UNION:
            return composite_matches(pair, &lt, &tt, reach, depth - 1);
        case SK_BTF_INT:
            return fits_if(int_matches(&lt, &tt));
        case SK_BTF_PTR:
        case SK_BTF_ARRAY:
        case SK_BTF_FUNC_PROTO:
            fit = derived_matches(pair, &lt, &tt, reach, depth - 1);
            if (fit != SK_CORE_FITS)
                return fit;
            break;
        default:
            return SK_CORE_DIFFERS;
        }
        if (lt.kind == SK_BTF_PTR)
            reach = BEHIND_POINTER;
        l = lt.type;
        t = tt.type;
    }
    return SK_CORE_TOO_DEEP;
}

enum sk_core_fit sk_core_matches(const struct sk_core_pair *pair, uint32_t l, uint32_t t)
{
    return match(pair, l, t, DIRECT, DEPTH_MAX);
}
