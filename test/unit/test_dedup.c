/* What finding equal types is made of: sorting, names, and the partition of a graph, each beside a
 * slow way to the same answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/names.h"
#include "base/sort.h"
#include "btf/partition.h"

enum { ROUNDS = 3000, NODES_MAX = 24, EDGES_MAX = 3 * NODES_MAX };

/* xorshift64 (Marsaglia 2003) */
static uint64_t state = 88172645463325252u;

static uint32_t below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 20) % limit;
}

/* ---- Sorting ---------------------------------------------------------------------------- */

static int by_key(const void *ctx, uint32_t a, uint32_t b)
{
    const uint32_t *keys = ctx;

    return keys[a] < keys[b] ? -1 : keys[a] > keys[b];
}

static void sort_keeps_order(void **unused)
{
    (void)unused;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t keys[40], items[40], count = below(41);

        for (uint32_t i = 0; i < count; i++) {
            keys[i] = below(10);
            items[i] = i;
        }
        sk_sort_numbers(items, count, by_key, keys);
        for (uint32_t i = 1; i < count; i++) {
            assert_true(keys[items[i - 1]] <= keys[items[i]]);
            if (keys[items[i - 1]] == keys[items[i]])
                assert_true(items[i - 1] < items[i]);
        }
    }
}

static int is_below(const void *item, const void *key)
{
    return *(const uint32_t *)item < *(const uint32_t *)key;
}

static void lower_bound_is_where_a_walk_ends(void **unused)
{
    (void)unused;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t items[20] = { below(3) }, count = below(21), key = below(40), at = 0;

        for (uint32_t i = 1; i < count; i++)
            items[i] = items[i - 1] + below(4);
        while (at < count && items[at] < key)
            at++;
        assert_int_equal(sk_lower_bound(items, count, sizeof(items[0]), is_below, &key),
                         at);
    }
}

/* ---- Names ------------------------------------------------------------------------------ */

/* Short names of few letters, the highest byte among them, so that many begin alike. */
static void make_name(char name[8])
{
    static const char letters[] = { 'a', 'b', '\x01', '\xff' };
    uint32_t len = below(7);

    for (uint32_t i = 0; i < len; i++)
        name[i] = letters[below(sizeof(letters))];
    name[len] = 0;
}

static void names_are_found(void **unused)
{
    enum { COUNT = 600 };
    static char all[COUNT][8];
    struct sk_mem mem = sk_mem_default();
    struct sk_names names;

    (void)unused;
    sk_names_init(&names, &mem);
    assert_null(sk_names_find(&names, "a"));
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t first = 0;

        make_name(all[i]);
        while (strcmp(all[first], all[i]) != 0)
            first++;
        if (first == i)
            assert_null(sk_names_find(&names, all[i]));
        assert_int_equal(*sk_names_add(&names, all[i], i), first);
        for (uint32_t k = 0; k <= i; k += 1 + below(20))
            assert_string_equal(all[*sk_names_find(&names, all[k])], all[k]);
    }
    sk_names_fini(&names);
}

/* ---- Partitions --------------------------------------------------------------------------- */

struct random_graph {
    struct sk_graph graph;
    uint32_t tail[EDGES_MAX], head[EDGES_MAX], label[EDGES_MAX];
    uint32_t block[NODES_MAX]; /* at first */
};

static void make_graph(struct random_graph *g)
{
    uint32_t labels = 1 + below(3), blocks = 1 + below(3), degree = below(100);

    g->graph = (struct sk_graph){
        .nodes = 1 + below(NODES_MAX), .tail = g->tail, .head = g->head, .label = g->label
    };
    for (uint32_t n = 0; n < g->graph.nodes; n++) {
        g->block[n] = below(blocks);
        for (uint32_t l = 0; l < labels; l++) {
            uint32_t e = g->graph.edges;

            if (below(100) < degree)
                continue;
            g->tail[e] = n;
            g->head[e] = below(below(2) ? 2 : g->graph.nodes) % g->graph.nodes;
            g->label[e] = l;
            g->graph.edges++;
        }
    }
}

/* Where the edge with a label leads, as a block; UINT32_MAX: there is none. */
static uint32_t leads_to(const struct random_graph *g, const uint32_t *block,
                         uint32_t node, uint32_t label)
{
    for (uint32_t e = 0; e < g->graph.edges; e++) {
        if (g->tail[e] == node && g->label[e] == label)
            return block[g->head[e]];
    }
    return UINT32_MAX;
}

static int is_alike(const struct random_graph *g, const uint32_t *block, uint32_t a,
                    uint32_t b)
{
    if (block[a] != block[b])
        return 0;
    for (uint32_t label = 0; label < 3; label++) {
        if (leads_to(g, block, a, label) != leads_to(g, block, b, label))
            return 0;
    }
    return 1;
}

/* Parts blocks until nothing changes, each block's number being its first node's. */
static void refine_slowly(const struct random_graph *g, uint32_t block[NODES_MAX])
{
    uint32_t next[NODES_MAX] = { 0 };

    memcpy(block, g->block, sizeof(next));
    for (uint32_t round = 0; round <= g->graph.nodes; round++) {
        for (uint32_t n = 0; n < g->graph.nodes; n++) {
            next[n] = 0;
            while (!is_alike(g, block, next[n], n))
                next[n]++;
        }
        memcpy(block, next, sizeof(next));
    }
}

/* Orders nodes by block, and numbers blocks without gaps. */
static void number_blocks(const struct random_graph *g, uint32_t *order, uint32_t *block)
{
    uint32_t count = 0, number = 0;

    for (uint32_t b = 0; b < 3; b++) {
        uint32_t before = count;

        for (uint32_t n = 0; n < g->graph.nodes; n++) {
            if (g->block[n] == b) {
                order[count++] = n;
                block[n] = number;
            }
        }
        number += count != before;
    }
}

static void partitions_are_coarsest(void **unused)
{
    struct sk_mem mem = sk_mem_default();

    (void)unused;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t slow[NODES_MAX], order[NODES_MAX], block[NODES_MAX];
        struct sk_partition blocks;
        struct random_graph g;
        struct sk_arena arena;

        make_graph(&g);
        refine_slowly(&g, slow);
        number_blocks(&g, order, block);
        sk_arena_init(&arena, &mem);
        assert_int_equal(
            sk_partition_refine(&arena, &g.graph, order, block, &blocks, NULL), SKEP_OK);
        for (uint32_t a = 0; a < g.graph.nodes; a++) {
            for (uint32_t b = 0; b < a; b++)
                assert_int_equal(blocks.set[a] == blocks.set[b], slow[a] == slow[b]);
        }
        sk_arena_fini(&arena);
    }
}

/* A chain is parted node by node: who looks at all nodes for each takes minutes. */
static void long_chains_are_no_trouble(void **unused)
{
    enum { COUNT = 1 << 17 };
    struct sk_mem mem = sk_mem_default();
    struct sk_graph graph = { .nodes = COUNT, .edges = COUNT - 1 };
    struct sk_partition blocks;
    struct sk_arena arena;
    uint32_t *tail, *head, *zeros, *order;

    (void)unused;
    sk_arena_init(&arena, &mem);
    assert_int_equal(sk_arena_new(&arena, &tail, COUNT, sizeof(uint32_t), NULL), SKEP_OK);
    assert_int_equal(sk_arena_new(&arena, &head, COUNT, sizeof(uint32_t), NULL), SKEP_OK);
    assert_int_equal(sk_arena_new(&arena, &zeros, COUNT, sizeof(uint32_t), NULL),
                     SKEP_OK);
    assert_int_equal(sk_arena_new(&arena, &order, COUNT, sizeof(uint32_t), NULL),
                     SKEP_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        tail[i] = order[i] = i;
        head[i] = i + 1;
    }
    graph.tail = tail;
    graph.head = head;
    graph.label = zeros;
    assert_int_equal(sk_partition_refine(&arena, &graph, order, zeros, &blocks, NULL),
                     SKEP_OK);
    assert_int_equal(blocks.sets, COUNT);
    sk_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sort_keeps_order),
        cmocka_unit_test(lower_bound_is_where_a_walk_ends),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(partitions_are_coarsest),
        cmocka_unit_test(long_chains_are_no_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
