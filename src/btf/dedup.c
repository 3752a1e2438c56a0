/* Finding equal types: types are nodes of a graph, and word i of a record that is a
 * type's id is an edge with label i. Types whose other words are equal begin in one
 * block, and refining the partition parts those that lead to different types: what stays
 * together is the same, cycles through pointers included.
 *
 * A forward declaration stands in the graph for the first type that it may mean. If the
 * types that it may mean turn out to differ, it means none, and the partition is made
 * again; if that does not end soon, forward declarations are left as they are. */
#include "btf/dedup.h"

#include "base/sort.h"
#include "btf/partition.h"
#include "btf/words.h"

enum { HEAD_WORDS = 3, ROUNDS_MAX = 4, NAME = 0, INFO = 1 };

/* A forward declaration that is taken for a type. */
struct forward {
    uint32_t id;
    uint32_t first, past; /* what it may mean: ids[first] up to ids[past] */
};

struct dedup {
    struct sk_arena arena; /* for all rounds */
    const struct sk_btf *btf;
    uint32_t count;
    uint32_t *map; /* what a type is taken for */
    uint32_t *ids; /* types with names of their own, by kind and name */
    uint32_t id_count;
    struct forward *forwards;
    uint32_t forward_count;
    uint32_t *order, *spare, *block; /* of all types */
};

static enum sk_btf_kind kind_of(const uint8_t *record)
{
    return (enum sk_btf_kind)(sk_btf_word_at(record, INFO) >> 24 & 0x1f);
}

/* ---- Forward declarations -------------------------------------------------------- */

/* The kind that a forward declaration declares, or is like; VOID for others. */
static enum sk_btf_kind declared_kind(const struct sk_btf_type *type)
{
    switch (type->kind) {
    case SK_BTF_FWD:
        return type->flag ? SK_BTF_UNION : SK_BTF_STRUCT;
    case SK_BTF_STRUCT:
    case SK_BTF_UNION:
    case SK_BTF_ENUM:
        return type->kind;
    case SK_BTF_ENUM64:
        return SK_BTF_ENUM;
    default:
        return SK_BTF_VOID;
    }
}

/* By kind, name and, since enums are declared with their size, that; forward ones
 * first. */
static int by_declaration(const void *ctx, uint32_t a, uint32_t b)
{
    const struct sk_btf *btf = ctx;
    struct sk_btf_type x = sk_btf_type(btf, a), y = sk_btf_type(btf, b);
    uint32_t words;
    uint32_t of_x[] = { (uint32_t)declared_kind(&x), 0, 0 };
    uint32_t of_y[] = { (uint32_t)declared_kind(&y), 0, 0 };

    of_x[1] = sk_btf_word_at(sk_btf_record(btf, a, &words), NAME);
    of_y[1] = sk_btf_word_at(sk_btf_record(btf, b, &words), NAME);
    of_x[2] = of_x[0] == SK_BTF_ENUM ? x.size : 0;
    of_y[2] = of_y[0] == SK_BTF_ENUM ? y.size : 0;
    for (int i = 0; i < 3; i++) {
        if (of_x[i] != of_y[i])
            return of_x[i] < of_y[i] ? -1 : 1;
    }
    return 0;
}

/* Sorts what has a name that can be declared. */
static void find_named(struct dedup *d)
{
    for (uint32_t id = 1; id < d->count; id++) {
        struct sk_btf_type type = sk_btf_type(d->btf, id);

        if (declared_kind(&type) != SK_BTF_VOID && *type.name && d->map[id] == id)
            d->ids[d->id_count++] = id;
    }
    sk_sort_numbers(d->ids, d->id_count, by_declaration, d->btf);
}

/* Of the types ids[first] up to ids[past], which are declared alike, takes the forward
 * ones for the first other one. */
static void resolve(struct dedup *d, uint32_t first, uint32_t past)
{
    uint32_t meant = 0;

    for (uint32_t i = past; i-- > first;) {
        struct sk_btf_type type = sk_btf_type(d->btf, d->ids[i]);

        if (!sk_btf_is_forward(&type))
            meant = d->ids[i];
    }
    for (uint32_t i = first; i < past && meant; i++) {
        struct sk_btf_type type = sk_btf_type(d->btf, d->ids[i]);

        if (!sk_btf_is_forward(&type))
            continue;
        d->map[d->ids[i]] = meant;
        d->forwards[d->forward_count++] = (struct forward){ d->ids[i], first, past };
    }
}

static void resolve_all(struct dedup *d)
{
    uint32_t first = 0;

    find_named(d);
    for (uint32_t i = 1; i <= d->id_count; i++) {
        if (i < d->id_count && !by_declaration(d->btf, d->ids[first], d->ids[i]))
            continue;
        resolve(d, first, i);
        first = i;
    }
}

/* Whether all that the forward declaration may mean is in one block. */
static int is_clear(const struct dedup *d, const struct sk_partition *blocks,
                    const struct forward *forward)
{
    uint32_t meant = d->map[forward->id];

    for (uint32_t i = forward->first; i < forward->past; i++) {
        struct sk_btf_type type = sk_btf_type(d->btf, d->ids[i]);

        if (!sk_btf_is_forward(&type) && blocks->set[d->ids[i]] != blocks->set[meant])
            return 0;
    }
    return 1;
}

enum taken_back { WHAT_IS_UNCLEAR, EVERYTHING };

/* Takes forward declarations back. Returns whether there was anything to take back. */
static int unresolve(struct dedup *d, const struct sk_partition *blocks,
                     enum taken_back what)
{
    uint32_t kept = 0, before = d->forward_count;

    for (uint32_t i = 0; i < before;) {
        uint32_t end = i + 1;
        int keeps = is_clear(d, blocks, &d->forwards[i]);

        /* those of one name stand together, and are judged once */
        while (end < before && d->forwards[end].first == d->forwards[i].first)
            end++;
        for (; i < end; i++) {
            if (keeps && what == WHAT_IS_UNCLEAR)
                d->forwards[kept++] = d->forwards[i];
            else
                d->map[d->forwards[i].id] = d->forwards[i].id;
        }
    }
    d->forward_count = kept;
    return kept != before;
}

/* ---- The graph ------------------------------------------------------------------- */

static int is_unique(const struct dedup *d, uint32_t id, enum sk_btf_kind kind)
{
    return kind == SK_BTF_VAR || kind == SK_BTF_DATASEC || d->map[id] != id;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

/* By what records say, ids of other types left out. Unlike ones go by their id. */
static int by_content(const void *ctx, uint32_t a, uint32_t b)
{
    const struct dedup *d = ctx;
    uint32_t of_a, of_b;
    const uint8_t *x, *y;
    enum sk_btf_kind kind;
    int unique;

    if (!a || !b)
        return compare_numbers(a, b);
    x = sk_btf_record(d->btf, a, &of_a);
    y = sk_btf_record(d->btf, b, &of_b);
    kind = kind_of(x);
    unique = is_unique(d, a, kind) - is_unique(d, b, kind_of(y));
    if (unique || is_unique(d, a, kind))
        return unique ? unique : compare_numbers(a, b);
    if (sk_btf_word_at(x, INFO) != sk_btf_word_at(y, INFO))
        return compare_numbers(sk_btf_word_at(x, INFO), sk_btf_word_at(y, INFO));
    for (uint32_t i = 0; i < of_a; i++) {
        uint32_t of_x = sk_btf_word_at(x, i), of_y = sk_btf_word_at(y, i);

        if (of_x != of_y && sk_btf_word_role(kind, i) != SK_WORD_TYPE)
            return compare_numbers(of_x, of_y);
    }
    return 0;
}

/* Numbers the first blocks. */
static void find_blocks(struct dedup *d)
{
    for (uint32_t id = 0; id < d->count; id++)
        d->order[id] = id;
    sk_sort_numbers(d->order, d->count, by_content, d);
    d->block[d->order[0]] = 0;
    for (uint32_t i = 1; i < d->count; i++)
        d->block[d->order[i]] = d->block[d->order[i - 1]] +
                                (by_content(d, d->order[i - 1], d->order[i]) != 0);
}

/* Arrays of a graph on their way; NULL while edges are only counted. */
struct edges {
    uint32_t count;
    uint32_t *tail, *head, *label;
};

static void add_edges(const struct dedup *d, uint32_t id, struct edges *edges)
{
    uint32_t words;
    const uint8_t *record = sk_btf_record(d->btf, id, &words);
    enum sk_btf_kind kind = kind_of(record);

    for (uint32_t i = HEAD_WORDS - 1; i < words; i++) {
        if (sk_btf_word_role(kind, i) != SK_WORD_TYPE)
            continue;
        if (edges->tail) {
            edges->tail[edges->count] = id;
            edges->head[edges->count] = d->map[sk_btf_word_at(record, i)];
            edges->label[edges->count] = i;
        }
        edges->count++;
    }
}

/* Types that are like nothing else, or are taken for others, need none. */
static void add_all_edges(const struct dedup *d, struct edges *edges)
{
    edges->count = 0;
    for (uint32_t id = 1; id < d->count; id++) {
        if (!is_unique(d, id, sk_btf_type(d->btf, id).kind))
            add_edges(d, id, edges);
    }
}

static enum skep_code partition(struct dedup *d, struct sk_arena *arena,
                                struct sk_partition *blocks, struct skep_err *err)
{
    struct edges edges = { 0 };
    struct sk_graph graph = { .nodes = d->count };

    add_all_edges(d, &edges);
    graph.edges = edges.count;
    SK_TRY(sk_arena_new(arena, &edges.tail, graph.edges, sizeof(uint32_t), err));
    SK_TRY(sk_arena_new(arena, &edges.head, graph.edges, sizeof(uint32_t), err));
    SK_TRY(sk_arena_new(arena, &edges.label, graph.edges, sizeof(uint32_t), err));
    add_all_edges(d, &edges);
    graph.tail = edges.tail;
    graph.head = edges.head;
    graph.label = edges.label;
    find_blocks(d);
    return sk_partition_refine(arena, &graph, d->order, d->block, blocks, err);
}

/* ---- All ------------------------------------------------------------------------- */

/* Maps each type to the first of its block. */
static void map_all(struct dedup *d, const struct sk_partition *blocks)
{
    uint32_t *first = d->spare;

    for (uint32_t id = d->count; id--;)
        first[blocks->set[id]] = id;
    for (uint32_t id = 0; id < d->count; id++)
        d->block[id] = first[blocks->set[d->map[id]]];
    for (uint32_t id = 0; id < d->count; id++)
        d->map[id] = d->block[id];
}

/* One partition; *again says whether forward declarations were taken back. */
static enum skep_code round_of(struct dedup *d, enum taken_back what, int *again,
                               struct skep_err *err)
{
    struct sk_partition blocks;
    struct sk_arena arena;
    enum skep_code code;

    sk_arena_init(&arena, d->arena.mem);
    code = partition(d, &arena, &blocks, err);
    if (!code) {
        *again = unresolve(d, &blocks, what);
        if (!*again)
            map_all(d, &blocks);
    }
    sk_arena_fini(&arena);
    return code;
}

static enum skep_code run(struct dedup *d, struct skep_err *err)
{
    uint32_t **const arrays[] = { &d->ids, &d->order, &d->spare, &d->block };
    int again = 1;

    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        SK_TRY(sk_arena_new(&d->arena, arrays[i], d->count, sizeof(uint32_t), err));
    SK_TRY(sk_arena_new(&d->arena, &d->forwards, d->count, sizeof(struct forward), err));
    resolve_all(d);
    for (int round = 1; again; round++)
        SK_TRY(
            round_of(d, round == ROUNDS_MAX ? EVERYTHING : WHAT_IS_UNCLEAR, &again, err));
    return SKEP_OK;
}

enum skep_code sk_btf_dedup(const struct sk_btf *btf, uint32_t *map, struct skep_err *err)
{
    struct dedup d = { .btf = btf, .count = sk_btf_count(btf), .map = map };
    enum skep_code code;

    sk_arena_init(&d.arena, &btf->mem);
    code = run(&d, err);
    sk_arena_fini(&d.arena);
    return code;
}
