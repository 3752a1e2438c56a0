/* Refining a partition of nodes, and with it one of edges: an edge's set says what is
 * known of its label and of where it leads.
 *
 * Invariant: for all sets of edges before `done_edges`, all nodes of one block have as
 * many edges of that set; for all blocks before `done_blocks` but the first, edges of one
 * set lead all into the block or all past it. A set that is split gives its smaller part
 * the new number, so that each element is looked at log n times. */
#include "btf/partition.h"

#include "base/sort.h"

static enum skep_code make(struct sk_arena *arena, struct sk_partition *p, uint32_t count,
                           struct skep_err *err)
{
    uint32_t **const arrays[] = { &p->items, &p->place,  &p->set,    &p->first,
                                  &p->past,  &p->marked, &p->touched };

    *p = (struct sk_partition){ .count = count };
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        SK_TRY(sk_arena_new(arena, arrays[i], (size_t)count + 1, sizeof(uint32_t), err));
    return SKEP_OK;
}

/* Begins with elements in order, and those of one key, which are neighbours, in one
 * set. */
static void begin(struct sk_partition *p, const uint32_t *order, const uint32_t *key)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (!i || key[order[i]] != key[order[i - 1]])
            p->first[p->sets++] = i;
        p->items[i] = order[i];
        p->place[order[i]] = i;
        p->set[order[i]] = p->sets - 1;
        p->past[p->sets - 1] = i + 1;
    }
}

static void mark(struct sk_partition *p, uint32_t element)
{
    uint32_t set = p->set[element], at = p->place[element];
    uint32_t to = p->first[set] + p->marked[set], other;

    if (at < to)
        return;
    if (!p->marked[set]++)
        p->touched[p->touched_count++] = set;
    other = p->items[to];
    p->items[at] = other;
    p->place[other] = at;
    p->items[to] = element;
    p->place[element] = to;
}

static void split_set(struct sk_partition *p, uint32_t set)
{
    uint32_t middle = p->first[set] + p->marked[set], fresh = p->sets;

    p->marked[set] = 0;
    if (middle == p->past[set])
        return;
    p->sets++;
    if (middle - p->first[set] <= p->past[set] - middle) {
        p->first[fresh] = p->first[set];
        p->past[fresh] = p->first[set] = middle;
    } else {
        p->past[fresh] = p->past[set];
        p->first[fresh] = p->past[set] = middle;
    }
    for (uint32_t i = p->first[fresh]; i < p->past[fresh]; i++)
        p->set[p->items[i]] = fresh;
}

/* Parts each set into its marked elements and the others. */
static void split(struct sk_partition *p)
{
    while (p->touched_count)
        split_set(p, p->touched[--p->touched_count]);
}

/* Edges by the node that they lead to: of node n, into[from[n]] up to into[from[n +
 * 1]]. */
struct entering {
    uint32_t *from, *into;
};

static enum skep_code find_entering(struct sk_arena *arena, const struct sk_graph *graph,
                                    struct entering *e, struct skep_err *err)
{
    SK_TRY(
        sk_arena_new(arena, &e->from, (size_t)graph->nodes + 2, sizeof(uint32_t), err));
    SK_TRY(sk_arena_new(arena, &e->into, graph->edges, sizeof(uint32_t), err));
    for (uint32_t i = 0; i < graph->edges; i++)
        e->from[graph->head[i] + 2]++;
    for (uint32_t n = 2; n < graph->nodes + 2; n++)
        e->from[n] += e->from[n - 1];
    for (uint32_t i = 0; i < graph->edges; i++)
        e->into[e->from[graph->head[i] + 1]++] = i;
    return SKEP_OK;
}

static void refine(const struct sk_graph *graph, const struct entering *e,
                   struct sk_partition *blocks, struct sk_partition *edges)
{
    uint32_t done_blocks = 0, done_edges = 0;

    do {
        for (; done_blocks < blocks->sets; done_blocks++) {
            for (uint32_t i = blocks->first[done_blocks]; i < blocks->past[done_blocks];
                 i++) {
                uint32_t node = blocks->items[i];

                for (uint32_t j = e->from[node]; j < e->from[node + 1]; j++)
                    mark(edges, e->into[j]);
            }
            split(edges);
        }
        if (done_edges < edges->sets) {
            for (uint32_t i = edges->first[done_edges]; i < edges->past[done_edges]; i++)
                mark(blocks, graph->tail[edges->items[i]]);
            split(blocks);
            done_edges++;
        }
    } while (done_edges < edges->sets || done_blocks < blocks->sets);
}

static int by_label(const void *ctx, uint32_t a, uint32_t b)
{
    const uint32_t *label = ctx;

    return label[a] < label[b] ? -1 : label[a] > label[b];
}

enum skep_code sk_partition_refine(struct sk_arena *arena, const struct sk_graph *graph,
                                   const uint32_t *order, const uint32_t *block,
                                   struct sk_partition *blocks, struct skep_err *err)
{
    struct sk_partition edges;
    struct entering entering;
    uint32_t *by;

    SK_TRY(make(arena, blocks, graph->nodes, err));
    SK_TRY(make(arena, &edges, graph->edges, err));
    SK_TRY(find_entering(arena, graph, &entering, err));
    SK_TRY(sk_arena_new(arena, &by, graph->edges, sizeof(by[0]), err));
    for (uint32_t i = 0; i < graph->edges; i++)
        by[i] = i;
    sk_sort_numbers(by, graph->edges, by_label, graph->label);
    begin(blocks, order, block);
    begin(&edges, by, graph->label);
    refine(graph, &entering, blocks, &edges);
    return SKEP_OK;
}
