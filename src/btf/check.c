/* Checking the records of a BTF, in four passes, each of which relies on those before:
 *
 * 1. each record alone: reserved bits, names, sizes, encodings, type ids below the count;
 * 2. no type holds itself by value, and none goes deeper than SK_BTF_DEPTH_MAX;
 * 3. the same of declarators: pointers, arrays, prototypes;
 * 4. what records say of each other: functions have prototypes, members lie within.
 *
 * 2 and 3 are walks, depth first, with a stack of their own. */
#include "btf/check.h"

#include "base/bits.h"

enum { HEAD_BYTES = 12, INFO_MASK = 0x1f00ffff };

/* Bytes behind a record's head: fixed ones, and for each of its vlen. */
static const struct {
    uint8_t fixed, each;
} shapes[SK_BTF_KINDS] = {
    [SK_BTF_INT] = { 4, 0 },      [SK_BTF_ARRAY] = { 12, 0 },
    [SK_BTF_STRUCT] = { 0, 12 },  [SK_BTF_UNION] = { 0, 12 },
    [SK_BTF_ENUM] = { 0, 8 },     [SK_BTF_FUNC_PROTO] = { 0, 8 },
    [SK_BTF_VAR] = { 4, 0 },      [SK_BTF_DATASEC] = { 0, 12 },
    [SK_BTF_DECL_TAG] = { 4, 0 }, [SK_BTF_ENUM64] = { 0, 12 },
};

uint64_t sk_btf_record_len(const struct sk_btf *btf, uint64_t at)
{
    uint32_t info = sk_le32(sk_load32(btf->data + at + 4));
    uint32_t kind = info >> 24 & 0x1f;

    if (kind == SK_BTF_VOID || kind >= SK_BTF_KINDS)
        return 0;
    return HEAD_BYTES + shapes[kind].fixed +
           (uint64_t)shapes[kind].each * (info & 0xffff);
}

/* One record under test. */
struct record {
    const struct sk_btf *btf;
    struct sk_btf_type type;
    uint64_t at; /* in the data */
    struct skep_err *err;
};

static enum skep_code fail(const struct record *r, const char *what)
{
    return sk_btf_fail(r->btf, r->type.id, r->at, r->err, "%s: %s",
                       sk_btf_kind_name(r->type.kind), what);
}

/* ---- 1: each alone --------------------------------------------------------------- */

static uint32_t word(const struct record *r, uint64_t i)
{
    return sk_le32(sk_load32(r->btf->data + r->at + 4 * i));
}

/* Whether a record may refer to one of that kind: what is no type of a value has a place
 * in DATASECs only, and tags. */
static int may_refer(enum sk_btf_kind from, enum sk_btf_kind to)
{
    if (to == SK_BTF_DATASEC || to == SK_BTF_DECL_TAG)
        return 0;
    return (to != SK_BTF_VAR && to != SK_BTF_FUNC) || from == SK_BTF_DATASEC ||
           from == SK_BTF_DECL_TAG;
}

static enum skep_code check_id(const struct record *r, uint32_t id)
{
    enum sk_btf_kind kind;

    if (id < r->btf->count) {
        kind = sk_btf_type(r->btf, id).kind;
        if (may_refer(r->type.kind, kind))
            return SKEP_OK;
        return sk_btf_fail(r->btf, r->type.id, r->at, r->err,
                           "%s refers to type %u, a %s, which is no type of C",
                           sk_btf_kind_name(r->type.kind), id, sk_btf_kind_name(kind));
    }
    return sk_btf_fail(r->btf, r->type.id, r->at, r->err,
                       "%s refers to type %u, an id below %u was expected",
                       sk_btf_kind_name(r->type.kind), id, r->btf->count);
}

static enum skep_code check_name(const struct record *r, uint32_t offset)
{
    if (sk_btf_string(r->btf, offset))
        return SKEP_OK;
    return sk_btf_fail(r->btf, r->type.id, r->at, r->err,
                       "%s: a name at 0x%x, the strings have %llu bytes",
                       sk_btf_kind_name(r->type.kind), offset,
                       (unsigned long long)(r->btf->string_first + r->btf->strings_len));
}

/* Kinds whose record has no vlen. */
static int has_no_vlen(enum sk_btf_kind kind)
{
    return !shapes[kind].each && kind != SK_BTF_FUNC;
}

static int is_power_upto(uint32_t size, uint32_t limit)
{
    return size && size <= limit && !(size & (size - 1));
}

static enum skep_code check_int(const struct record *r)
{
    struct sk_btf_int i = sk_btf_int(&r->type);

    if (!is_power_upto(r->type.size, 16))
        return fail(r, "the size must be 1, 2, 4, 8 or 16");
    if (!i.bits || i.bits > 128 || i.offset + i.bits > r->type.size * 8)
        return fail(r, "its bits do not lie within its bytes");
    if (word(r, 3) >> 28 || i.encoding > 7)
        return fail(r, "an unknown encoding");
    return SKEP_OK;
}

static enum skep_code check_members(const struct record *r)
{
    uint32_t last = 0;

    for (uint32_t i = 0; i < r->type.vlen; i++) {
        struct sk_btf_member m = sk_btf_member(r->btf, &r->type, i);

        SK_TRY(check_name(r, word(r, 3 + 3 * (uint64_t)i)));
        SK_TRY(check_id(r, m.type));
        if (r->type.kind == SK_BTF_UNION && m.bit_offset)
            return fail(r, "a member that does not begin at 0");
        if (m.bit_offset < last)
            return fail(r, "members are not in order");
        last = m.bit_offset;
    }
    return SKEP_OK;
}

static enum skep_code check_values(const struct record *r)
{
    uint64_t step = r->type.kind == SK_BTF_ENUM ? 2 : 3;

    /* clang's enums that are only declared have neither values nor a size */
    if (!is_power_upto(r->type.size, 8) && (r->type.size || r->type.vlen))
        return fail(r, "the size must be 1, 2, 4 or 8");
    for (uint32_t i = 0; i < r->type.vlen; i++)
        SK_TRY(check_name(r, word(r, 3 + step * i)));
    return SKEP_OK;
}

static enum skep_code check_params(const struct record *r)
{
    for (uint32_t i = 0; i < r->type.vlen; i++) {
        SK_TRY(check_name(r, word(r, 3 + 2 * (uint64_t)i)));
        SK_TRY(check_id(r, sk_btf_param(r->btf, &r->type, i).type));
        if (!sk_btf_param(r->btf, &r->type, i).type && i + 1 < r->type.vlen)
            return fail(r, "a void parameter that is not the last");
    }
    return SKEP_OK;
}

static enum skep_code check_secvars(const struct record *r)
{
    for (uint32_t i = 0; i < r->type.vlen; i++) {
        struct sk_btf_secvar v = sk_btf_secvar(&r->type, i);

        SK_TRY(check_id(r, v.type));
        /* clang leaves the section's size and the offsets to the loader */
        if (r->type.size && (uint64_t)v.offset + v.size > r->type.size)
            return fail(r, "a variable that is not within the section");
    }
    return SKEP_OK;
}

static enum skep_code check_float(const struct record *r)
{
    uint32_t size = r->type.size;

    if (size == 12 || (size > 1 && is_power_upto(size, 16)))
        return SKEP_OK;
    return fail(r, "the size must be 2, 4, 8, 12 or 16");
}

static enum skep_code check_array(const struct record *r)
{
    struct sk_btf_array a = sk_btf_array(&r->type);

    SK_TRY(check_id(r, a.type));
    return check_id(r, a.index_type);
}

static enum skep_code check_parts(const struct record *r)
{
    switch (r->type.kind) {
    case SK_BTF_INT:
        return check_int(r);
    case SK_BTF_ARRAY:
        return check_array(r);
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        return check_members(r);
    case SK_BTF_ENUM:
    case SK_BTF_ENUM64:
        return check_values(r);
    case SK_BTF_FUNC_PROTO:
        return check_params(r);
    case SK_BTF_DATASEC:
        return check_secvars(r);
    case SK_BTF_FLOAT:
        return check_float(r);
    case SK_BTF_VAR:
        if (word(r, 3) > SK_BTF_EXTERN)
            return fail(r, "an unknown linkage");
        return SKEP_OK;
    case SK_BTF_FUNC:
        if (r->type.vlen > SK_BTF_EXTERN)
            return fail(r, "an unknown linkage");
        return SKEP_OK;
    default:
        return SKEP_OK;
    }
}

static enum skep_code check_record(const struct record *r)
{
    if (word(r, 1) & ~(UINT32_C(1) << 31 | INFO_MASK))
        return fail(r, "reserved bits are set");
    SK_TRY(check_name(r, word(r, 0)));
    if (has_no_vlen(r->type.kind) && r->type.vlen)
        return fail(r, "a number of parts, but it has none");
    SK_TRY(check_id(r, r->type.type));
    return check_parts(r);
}

/* ---- 2 and 3: no circles --------------------------------------------------------- */

/* The graph of a walk: which types a type has within itself. */
enum graph { BY_VALUE, DECLARATORS };

/* A walk's stack: types on the way down, and which edge of each is next. */
struct walk {
    enum graph graph;
    const struct sk_btf *btf;
    uint8_t *seen; /* of each type: 0, ON_WAY, or DEEPEST and how deep it is below it */
    uint32_t depth;
    struct {
        struct sk_btf_type type;
        uint32_t edge;
        uint32_t below; /* the deepest way found below it */
    } way[SK_BTF_DEPTH_MAX];
};

enum { ON_WAY = 1, DEEPEST = 2 };

/* How many edges a type has in the graph. */
static uint32_t edge_count(const struct walk *w, const struct sk_btf_type *type)
{
    if (sk_btf_is_alias(type->kind) || type->kind == SK_BTF_VAR ||
        type->kind == SK_BTF_ARRAY)
        return 1;
    if (w->graph == BY_VALUE)
        return type->kind == SK_BTF_STRUCT || type->kind == SK_BTF_UNION ? type->vlen : 0;
    if (type->kind == SK_BTF_PTR || type->kind == SK_BTF_FUNC)
        return 1;
    return type->kind == SK_BTF_FUNC_PROTO ? 1 + type->vlen : 0;
}

static uint32_t edge(const struct walk *w, const struct sk_btf_type *type, uint32_t i)
{
    if (w->graph == BY_VALUE &&
        (type->kind == SK_BTF_STRUCT || type->kind == SK_BTF_UNION))
        return sk_btf_member(w->btf, type, i).type;
    if (type->kind == SK_BTF_FUNC_PROTO && i)
        return sk_btf_param(w->btf, type, i - 1).type;
    return type->type;
}

/* A type of the base cannot be at fault alone: it is the type that led there. */
static enum skep_code too_deep(const struct walk *w, uint32_t id, const char *what,
                               struct skep_err *err)
{
    if (id < w->btf->first && w->depth)
        id = w->way[0].type.id;
    return sk_btf_fail(w->btf, id, w->btf->at[id - w->btf->first], err, "%s", what);
}

/* Steps down to type `id`, unless it is done. Ways go on in the base, whose types are
 * walked as far as they are reached. */
static enum skep_code enter(struct walk *w, uint32_t id, struct skep_err *err)
{
    uint32_t *below = w->depth ? &w->way[w->depth - 1].below : NULL;
    uint8_t *seen = &w->seen[id];

    if (*seen == ON_WAY)
        return too_deep(w, id, "it contains itself", err);
    if (*seen >= DEEPEST) {
        if (below && *below < (uint32_t)*seen - DEEPEST + 1)
            *below = (uint32_t)*seen - DEEPEST + 1;
        if (w->depth + *seen - DEEPEST < SK_BTF_DEPTH_MAX)
            return SKEP_OK;
    } else if (w->depth < SK_BTF_DEPTH_MAX) {
        *seen = ON_WAY;
        w->way[w->depth].type = sk_btf_type(w->btf, id);
        w->way[w->depth].edge = 0;
        w->way[w->depth++].below = 0;
        return SKEP_OK;
    }
    return too_deep(w, id, "it is nested too deeply", err);
}

/* Leaves the type at the end of the way: all below it is known. */
static void leave(struct walk *w)
{
    uint32_t below = w->way[--w->depth].below, id = w->way[w->depth].type.id;

    w->seen[id] = (uint8_t)(DEEPEST + below);
    if (w->depth && w->way[w->depth - 1].below < below + 1)
        w->way[w->depth - 1].below = below + 1;
}

static enum skep_code walk_all(struct walk *w, struct skep_err *err)
{
    for (uint32_t id = w->btf->first; id < w->btf->count; id++) {
        SK_TRY(enter(w, id, err));
        while (w->depth) {
            uint32_t top = w->depth - 1, i = w->way[top].edge++;

            if (i < edge_count(w, &w->way[top].type))
                SK_TRY(enter(w, edge(w, &w->way[top].type, i), err));
            else
                leave(w);
        }
    }
    return SKEP_OK;
}

static enum skep_code check_circles(const struct sk_btf *btf, enum graph graph,
                                    struct skep_err *err)
{
    struct walk w = { .graph = graph, .btf = btf };
    enum skep_code code;

    w.seen = sk_mem_new(&btf->mem, btf->count, 1);
    if (!w.seen)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), (size_t)btf->count);
    w.seen[0] = DEEPEST; /* void */
    code = walk_all(&w, err);
    sk_mem_free(&btf->mem, w.seen, btf->count, 1);
    return code;
}

/* ---- 4: of each other ------------------------------------------------------------ */

/* Whether the bits of a member lie within a value of its type, or the type has no
 * size. */
static enum skep_code check_member(const struct record *r, const struct sk_btf_member *m)
{
    uint64_t size, end;

    if (!sk_btf_size(r->btf, m->type, &size))
        return fail(r, "a member without a size");
    if (size > UINT32_MAX)
        return fail(r, "a member of more than 4 GiB");
    if (m->bits > size * 8)
        return fail(r, "a bit field wider than its type");
    end = m->bit_offset + (m->bits ? m->bits : size * 8);
    if (end > (uint64_t)r->type.size * 8)
        return fail(r, "a member that is not within it");
    return SKEP_OK;
}

/* What a DECL_TAG's component counts in; UINT32_MAX: nothing may have a tag here. */
static uint32_t component_count(const struct sk_btf *btf, uint32_t id)
{
    struct sk_btf_type target = sk_btf_type(btf, id);

    switch (target.kind) {
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        return target.vlen;
    case SK_BTF_FUNC:
        return sk_btf_type(btf, target.type).vlen;
    case SK_BTF_VAR:
    case SK_BTF_TYPEDEF:
        return 0;
    default:
        return UINT32_MAX;
    }
}

static enum skep_code check_tag(const struct record *r)
{
    int32_t component = sk_btf_component(&r->type);
    uint32_t count = component_count(r->btf, r->type.type);

    if (count == UINT32_MAX)
        return fail(r, "a tag of a type that can have none");
    if (component < -1 || (component >= 0 && (uint32_t)component >= count))
        return fail(r, "a tag of a part that is not there");
    return SKEP_OK;
}

static enum skep_code check_relations(const struct record *r)
{
    uint64_t size;

    switch (r->type.kind) {
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
        for (uint32_t i = 0; i < r->type.vlen; i++) {
            struct sk_btf_member m = sk_btf_member(r->btf, &r->type, i);

            SK_TRY(check_member(r, &m));
        }
        return SKEP_OK;
    case SK_BTF_ARRAY:
        /* (any number of them: libbpf's __uint(name, NUMBER) is an array of int) */
        return sk_btf_size(r->btf, r->type.id, &size)
                   ? SKEP_OK
                   : fail(r, "elements without a size");
    case SK_BTF_FUNC:
        if (sk_btf_type(r->btf, r->type.type).kind != SK_BTF_FUNC_PROTO)
            return fail(r, "its type is no FUNC_PROTO");
        return SKEP_OK;
    case SK_BTF_DATASEC:
        for (uint32_t i = 0; i < r->type.vlen; i++) {
            enum sk_btf_kind kind =
                sk_btf_type(r->btf, sk_btf_secvar(&r->type, i).type).kind;

            if (kind != SK_BTF_VAR && kind != SK_BTF_FUNC)
                return fail(r, "something that is no VAR or FUNC");
        }
        return SKEP_OK;
    case SK_BTF_DECL_TAG:
        return check_tag(r);
    default:
        return SKEP_OK;
    }
}

/* ---- All ------------------------------------------------------------------------- */

static enum skep_code check_each(const struct sk_btf *btf,
                                 enum skep_code (*check)(const struct record *),
                                 struct skep_err *err)
{
    for (uint32_t id = btf->first; id < btf->count; id++) {
        const struct record r = { .btf = btf,
                                  .type = sk_btf_type(btf, id),
                                  .at = btf->at[id - btf->first],
                                  .err = err };

        SK_TRY(check(&r));
    }
    return SKEP_OK;
}

enum skep_code sk_btf_check(const struct sk_btf *btf, struct skep_err *err)
{
    SK_TRY(check_each(btf, check_record, err));
    SK_TRY(check_circles(btf, BY_VALUE, err));
    SK_TRY(check_circles(btf, DECLARATORS, err));
    return check_each(btf, check_relations, err);
}
