/* Basic blocks and edges, against graphs drawn by hand; and what holds of every graph. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/bits.h"
#include "prog/cfg.h"

/* ---- Tools ------------------------------------------------------------------------ */

enum { MAX_SLOTS = 64, NONE = -1 };

/* An allocator that counts, and fails when it is told to. */
struct counter {
    size_t live; /* bytes */
    int fail_in; /* the allocation that fails, 1 for the next; 0: none */
};

static void *counted(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct counter *counter = ctx;
    void *block;

    if (new_size && counter->fail_in && !--counter->fail_in)
        return NULL;
    block = new_size ? realloc(ptr, new_size) : NULL;
    if (!new_size)
        free(ptr);
    counter->live += new_size - old_size;
    return block;
}

struct graph {
    struct counter counter;
    struct sk_env env;
    struct sk_prog prog;
    struct sk_cfg cfg;
};

static enum skep_code open_program(struct graph *g, const struct sk_insn *insns,
                                   uint32_t n)
{
    struct sk_mem mem = { .fn = counted, .ctx = &g->counter };
    uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES];
    uint32_t count = 0;

    *g = (struct graph){ 0 };
    for (uint32_t i = 0; i < n; i++)
        count += sk_encode(slots, count, &insns[i]);
    assert_int_equal(sk_env_init(&g->env, &mem, NULL, NULL), SKEP_OK);
    return sk_prog_init(&g->prog, &g->env, NULL, slots, (size_t)count * SK_SLOT_BYTES,
                        NULL);
}

static void close_program(struct graph *g)
{
    sk_prog_fini(&g->prog);
    sk_env_fini(&g->env);
    assert_int_equal(g->counter.live, 0);
}

/* ---- Graphs drawn by hand --------------------------------------------------------- */

struct expected {
    uint32_t first, last, end;
    int next, jump; /* NONE: no edge */
};

static uint32_t block_number(int number)
{
    return number == NONE ? SK_NO_BLOCK : (uint32_t)number;
}

static void check_graph(const struct sk_insn *insns, uint32_t n,
                        const struct expected *blocks, uint32_t count)
{
    struct graph g;

    assert_int_equal(open_program(&g, insns, n), SKEP_OK);
    assert_int_equal(sk_cfg_init(&g.cfg, &g.prog, NULL), SKEP_OK);
    assert_int_equal(g.cfg.count, count);
    assert_int_equal(g.cfg.slots, g.prog.count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sk_block *block = &g.cfg.blocks[i];

        assert_int_equal(block->first, blocks[i].first);
        assert_int_equal(block->last, blocks[i].last);
        assert_int_equal(block->end, blocks[i].end);
        assert_int_equal(block->next, block_number(blocks[i].next));
        assert_int_equal(block->jump, block_number(blocks[i].jump));
        for (uint32_t pc = block->first; pc < block->end; pc++)
            assert_int_equal(g.cfg.block_of[pc], i);
    }
    sk_cfg_fini(&g.cfg);
    close_program(&g);
}

#define CHECK(insns, blocks) check_graph(insns, SK_LEN(insns), blocks, SK_LEN(blocks))

static const struct sk_insn leave = { .op = SK_OP_EXIT };

static void test_a_straight_line(void **state)
{
    const struct sk_insn insns[] = {
        { .op = SK_OP_CALL, .imm = 5 },
        { .op = SK_OP_LDABSB },
        leave,
    };
    static const struct expected blocks[] = { { 0, 2, 3, NONE, NONE } };

    (void)state;
    CHECK(insns, blocks);
}

static void test_a_loop(void **state)
{
    const struct sk_insn insns[] = {
        { .op = SK_OP_JEQ64_IMM, .dst = SK_R1, .off = 2 },
        { .op = SK_OP_ADD64_IMM, .dst = SK_R1, .imm = -1 },
        { .op = SK_OP_JA, .off = -3 },
        leave,
    };
    static const struct expected blocks[] = {
        { 0, 0, 1, 1, 2 },
        { 1, 2, 3, NONE, 0 },
        { 3, 3, 4, NONE, NONE },
    };

    (void)state;
    CHECK(insns, blocks);
}

static void test_a_block_that_jumps_to_itself(void **state)
{
    const struct sk_insn insns[] = {
        { .op = SK_OP_ADD64_IMM, .dst = SK_R1, .imm = -1 },
        { .op = SK_OP_JNE32_IMM, .dst = SK_R1, .off = -2 },
        leave,
    };
    static const struct expected blocks[] = {
        { 0, 1, 2, 1, 0 },
        { 2, 2, 3, NONE, NONE },
    };

    (void)state;
    CHECK(insns, blocks);
}

static void test_jumps_to_the_next_slot(void **state)
{
    const struct sk_insn insns[] = {
        { .op = SK_OP_JEQ64_REG, .dst = SK_R1, .src = SK_R1 },
        { .op = SK_OP_JA },
        { .op = SK_OP_JA32 },
        { .op = SK_OP_MAY_GOTO },
        leave,
    };
    static const struct expected blocks[] = {
        { 0, 0, 1, 1, 1 }, { 1, 1, 2, NONE, 2 },    { 2, 2, 3, NONE, 3 },
        { 3, 3, 4, 4, 4 }, { 4, 4, 5, NONE, NONE },
    };

    (void)state;
    CHECK(insns, blocks);
}

/* What follows an exit or goto begins a block even if nothing leads there. */
static void test_code_that_nothing_leads_to(void **state)
{
    const struct sk_insn insns[] = {
        leave,
        { .op = SK_OP_MOV64_IMM },
        { .op = SK_OP_JA32, .imm = -3 },
        { .op = SK_OP_MOV64_IMM },
        leave,
    };
    static const struct expected blocks[] = {
        { 0, 0, 1, NONE, NONE },
        { 1, 2, 3, NONE, 0 },
        { 3, 4, 5, NONE, NONE },
    };

    (void)state;
    CHECK(insns, blocks);
}

/* A wide load is one instruction: it may be a block's first, last, or only one. */
static void test_wide_loads(void **state)
{
    const struct sk_insn insns[] = {
        { .op = SK_OP_LDDW, .dst = SK_R1, .imm = 1 },        /* 0 */
        { .op = SK_OP_MAY_GOTO, .off = 6 },                  /* 2 */
        { .op = SK_OP_MOV64_IMM },                           /* 3 */
        { .op = SK_OP_LDDW, .imm = (int64_t)1 << 40 },       /* 4 */
        { .op = SK_OP_LDDW, .dst = SK_R2, .imm = -1 },       /* 6 */
        { .op = SK_OP_JSET64_IMM, .dst = SK_R1, .off = -3 }, /* 8 */
        leave,                                               /* 9 */
    };
    static const struct expected blocks[] = {
        { 0, 2, 3, 1, 3 },
        { 3, 4, 6, 2, NONE },
        { 6, 8, 9, 3, 2 },
        { 9, 9, 10, NONE, NONE },
    };

    (void)state;
    CHECK(insns, blocks);
}

/* Functions begin blocks; calls and addresses of functions are no edges. */
static void test_functions(void **state)
{
    const struct sk_insn insns[] = {
        { .op = SK_OP_CALL_LOCAL, .imm = 4 },                /* 0: calls 5 */
        { .op = SK_OP_LDDW_CODE, .dst = SK_R2, .imm = 5 },   /* 1: 7 */
        { .op = SK_OP_JSGT32_IMM, .dst = SK_R0, .off = -4 }, /* 3 */
        leave,                                               /* 4 */
        { .op = SK_OP_MOV64_IMM },                           /* 5 */
        leave,                                               /* 6 */
        leave,                                               /* 7 */
    };
    static const struct expected blocks[] = {
        { 0, 3, 4, 1, 0 },
        { 4, 4, 5, NONE, NONE },
        { 5, 6, 7, NONE, NONE },
        { 7, 7, 8, NONE, NONE },
    };

    (void)state;
    CHECK(insns, blocks);
}

/* ---- What holds of every graph ---------------------------------------------------- */

static uint32_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 16);
}

/* A program of jumps, wide loads and exits; not all are well-formed. */
static uint32_t random_program(struct sk_insn *insns, uint64_t *random)
{
    static const uint16_t ops[] = { SK_OP_MOV64_IMM, SK_OP_LDDW,      SK_OP_JEQ64_IMM,
                                    SK_OP_MAY_GOTO,  SK_OP_JA,        SK_OP_JA32,
                                    SK_OP_EXIT,      SK_OP_CALL_LOCAL };
    uint32_t n = 1 + next_random(random) % 12;

    for (uint32_t i = 0; i < n; i++) {
        struct sk_insn *insn = &insns[i];
        int distance = (int)(next_random(random) % 9) - 4;

        *insn = (struct sk_insn){ .op = ops[next_random(random) % SK_LEN(ops)] };
        if (sk_isa[insn->op].uses & SKEP_USES_OFF)
            insn->off = (int16_t)distance;
        else if (sk_isa[insn->op].uses & SKEP_USES_IMM)
            insn->imm = insn->op == SK_OP_LDDW ? 7 : distance;
    }
    insns[n] = leave;
    return n + 1;
}

/* Each instruction's successors by sk_insn_target are those that the blocks tell. */
static void check_successors(const struct sk_prog *prog, const struct sk_cfg *cfg)
{
    for (uint32_t pc = 0; pc < prog->count; pc++) {
        const struct sk_insn *insn = &prog->insns[pc];
        const struct sk_block *block = &cfg->blocks[cfg->block_of[pc]];
        uint8_t role;
        int jumps;

        if (insn->op == SK_OP_SECOND)
            continue;
        role = sk_isa[insn->op].role;
        jumps = role == SK_ROLE_JCOND || role == SK_ROLE_JMAY || role == SK_ROLE_JUMP;
        assert_in_range(pc, block->first, block->last);
        if (pc != block->last) {
            assert_false(jumps || role == SK_ROLE_EXIT);
            continue;
        }
        assert_int_equal(block->end, pc + sk_insn_slots(insn));
        if (role == SK_ROLE_EXIT || role == SK_ROLE_JUMP)
            assert_int_equal(block->next, SK_NO_BLOCK);
        else
            assert_int_equal(cfg->blocks[block->next].first, block->end);
        if (jumps)
            assert_int_equal(cfg->blocks[block->jump].first, sk_insn_target(insn, pc));
        else
            assert_int_equal(block->jump, SK_NO_BLOCK);
    }
}

static void test_random_programs(void **state)
{
    uint64_t random = 88172645463325252u;
    uint32_t well_formed = 0;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct sk_insn insns[MAX_SLOTS / 2];
        uint32_t n = random_program(insns, &random);
        struct graph g;

        if (open_program(&g, insns, n) == SKEP_OK) {
            assert_int_equal(sk_cfg_init(&g.cfg, &g.prog, NULL), SKEP_OK);
            check_successors(&g.prog, &g.cfg);
            for (uint32_t i = 0; i < g.prog.function_count; i++) {
                uint32_t first = g.prog.functions[i].first;

                assert_int_equal(g.cfg.blocks[g.cfg.block_of[first]].first, first);
            }
            sk_cfg_fini(&g.cfg);
            well_formed++;
            close_program(&g);
        } else {
            sk_env_fini(&g.env);
        }
    }
    assert_true(well_formed > 1000);
}

static void test_without_memory_nothing_is_held(void **state)
{
    struct graph g;

    (void)state;
    assert_int_equal(open_program(&g, &leave, 1), SKEP_OK);
    for (int fail_in = 1; fail_in <= 2; fail_in++) {
        size_t live = g.counter.live;

        g.counter.fail_in = fail_in;
        g.cfg.count = 77;
        assert_int_equal(sk_cfg_init(&g.cfg, &g.prog, NULL), SKEP_E_NO_MEMORY);
        assert_int_equal(g.cfg.count, 77);
        assert_int_equal(g.counter.live, live);
    }
    assert_int_equal(sk_cfg_init(&g.cfg, &g.prog, NULL), SKEP_OK);
    sk_cfg_fini(&g.cfg);
    close_program(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_straight_line),
        cmocka_unit_test(test_a_loop),
        cmocka_unit_test(test_a_block_that_jumps_to_itself),
        cmocka_unit_test(test_jumps_to_the_next_slot),
        cmocka_unit_test(test_code_that_nothing_leads_to),
        cmocka_unit_test(test_wide_loads),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_random_programs),
        cmocka_unit_test(test_without_memory_nothing_is_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
