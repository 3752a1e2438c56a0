/* The coarsest partition of a graph's nodes in which nodes of one block cannot be told
 * apart by walking along its edges: minimisation of automata, here without a start (A.
 * Valmari, Fast brief practical DFA minimization, 2012). Time is m log m for m edges and
 * nodes, whatever the graph. */
#ifndef SK_BTF_PARTITION_H
#define SK_BTF_PARTITION_H

#include "base/arena.h"

/* Sets of 0..count-1: set s is items[first[s]] up to items[past[s]]. */
struct sk_partition {
    uint32_t count, sets;
    uint32_t *items, *place; /* place[e] is where e is in items */
    uint32_t *set;           /* of an element */
    uint32_t *first, *past;
    uint32_t *marked; /* of a set, how many of its first items are marked */
    uint32_t *touched, touched_count;
};

/* Edge i goes from tail[i] to head[i], and of each tail no two edges have the same
 * label. */
struct sk_graph {
    uint32_t nodes, edges;
    const uint32_t *tail, *head, *label;
};

/* `order` has all nodes, those of one initial block next to each other, in block number
 * block[node], from 0. Fills *blocks, which lives as long as the arena. */
enum skep_code sk_partition_refine(struct sk_arena *arena, const struct sk_graph *graph,
                                   const uint32_t *order, const uint32_t *block,
                                   struct sk_partition *blocks, struct skep_err *err);

#endif
