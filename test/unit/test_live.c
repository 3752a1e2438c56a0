/* Liveness against its definition: the least sets that satisfy the equations, found by going
 * over all instructions until nothing changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/bits.h"
#include "jit/live.h"

enum { MAX_SLOTS = 256 };

static uint32_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 16);
}

/* ---- The definition --------------------------------------------------------------- */

/* What the instruction needs of what is live after it, when nothing can fault. */
static uint32_t before_of(const struct sk_insn *insn, uint32_t after)
{
    switch (insn->op) {
    case SK_OP_EXIT:
        return 1;
    case SK_OP_CALL_LOCAL: /* r1 to r5 in, r0 out, r1 to r5 lost */
        return (after & ~0x3fu) | 0x3e;
    default:
        return (after & ~sk_insn_writes(insn)) | sk_insn_reads(insn);
    }
}

static uint32_t after_of(const struct sk_prog *prog, uint32_t pc, const uint32_t *before)
{
    const struct sk_insn *insn = &prog->insns[pc];
    uint8_t role = sk_isa[insn->op].role;
    uint32_t after = 0;

    if (role != SK_ROLE_EXIT && role != SK_ROLE_JUMP)
        after = before[pc + sk_insn_slots(insn)];
    if (role == SK_ROLE_JUMP || role == SK_ROLE_JCOND || role == SK_ROLE_JMAY)
        after |= before[sk_insn_target(insn, pc)];
    return after;
}

static void define(const struct sk_prog *prog, uint32_t *after)
{
    uint32_t before[MAX_SLOTS + 1] = { 0 };
    int changed = 1;

    while (changed) {
        changed = 0;
        for (uint32_t pc = 0; pc < prog->count; pc++) {
            uint32_t old = before[pc];

            if (prog->insns[pc].op == SK_OP_SECOND)
                continue;
            after[pc] = after_of(prog, pc, before);
            before[pc] = before_of(&prog->insns[pc], after[pc]);
            changed |= before[pc] != old;
        }
    }
}

/* ---- Programs --------------------------------------------------------------------- */

/* The offset of a jump at slot pc that stays within n slots. */
static int16_t jump_from(uint32_t pc, uint32_t n, int reach, uint64_t *random)
{
    int to = (int)pc + 1 - reach + (int)(next_random(random) % (2u * (unsigned)reach));

    to = to < 0 ? 0 : to >= (int)n ? (int)n - 1 : to;
    return (int16_t)(to - (int)pc - 1);
}

/* Arithmetic, accesses, and jumps that reach up to `reach` slots either way. */
static uint32_t random_program(uint8_t *slots, uint32_t n, int reach, uint64_t *random)
{
    static const uint16_t ops[] = { SK_OP_ADD64_REG,  SK_OP_MOV64_REG,  SK_OP_MOV64_IMM,
                                    SK_OP_LDXDW,      SK_OP_STXDW,      SK_OP_LDDW,
                                    SK_OP_JLT64_REG,  SK_OP_JSGT32_IMM, SK_OP_JA,
                                    SK_OP_CALL_LOCAL, SK_OP_JSET64_REG, SK_OP_EXIT };
    uint32_t count = 0;

    while (count + 1 < n) {
        struct sk_insn insn = { .op = ops[next_random(random) % SK_LEN(ops)] };
        uint8_t role = sk_isa[insn.op].role;

        if (sk_isa[insn.op].uses & SKEP_USES_DST)
            insn.dst = (uint8_t)(next_random(random) % 10);
        if (sk_isa[insn.op].uses & SKEP_USES_SRC)
            insn.src = (uint8_t)(next_random(random) % 10);
        if (role == SK_ROLE_JCOND || role == SK_ROLE_JUMP)
            insn.off = jump_from(count, n, reach, random);
        if (insn.op == SK_OP_CALL_LOCAL)
            insn.imm = -(int64_t)count - 1; /* function 0 */
        count += sk_encode(slots, count, &insn);
    }
    return count + sk_encode(slots, count, &(struct sk_insn){ .op = SK_OP_EXIT });
}

/* Whether it was a program; then *precise grows if its answer is exact. */
static int check_program(const uint8_t *slots, uint32_t count, uint32_t *precise)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_live live[MAX_SLOTS];
    uint32_t after[MAX_SLOTS] = { 0 }, more = 0;
    struct sk_prog prog;
    struct sk_env env;

    assert_int_equal(sk_env_init(&env, &mem, NULL, NULL), SKEP_OK);
    if (sk_prog_init(&prog, &env, NULL, slots, (size_t)count * SK_SLOT_BYTES, NULL)) {
        sk_env_fini(&env);
        return 0;
    }
    define(&prog, after);
    sk_live_find(&prog, 0, live);
    for (uint32_t pc = 0; pc < count; pc++) {
        if (prog.insns[pc].op == SK_OP_SECOND)
            continue;
        assert_int_equal(after[pc] & ~(uint32_t)live[pc].after, 0);
    }
    *precise += !more;
    sk_prog_fini(&prog);
    sk_env_fini(&env);
    return 1;
}

/* ---- Tests ------------------------------------------------------------------------ */

static void test_random_programs(void **state)
{
    static const struct {
        uint32_t slots;
        int reach;
    } kinds[] = { { 6, 4 }, { 12, 6 }, { 30, 6 }, { 30, 30 }, { 100, 10 } };
    uint64_t random = 88172645463325252u;

    (void)state;
    for (size_t i = 0; i < SK_LEN(kinds); i++) {
        uint32_t programs = 0, precise = 0;

        for (int round = 0; round < 10000; round++) {
            uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES];
            uint32_t count =
                random_program(slots, kinds[i].slots, kinds[i].reach, &random);

            programs += (uint32_t)check_program(slots, count, &precise);
        }
        print_message("%u programs of %u slots, %u exact\n", programs, kinds[i].slots,
                      precise);
        assert_true(programs > 1000);
        assert_true(precise > programs / 100 * 99);
    }
}

/* As many loops in each other as that; what the innermost one reads is live in all. */
static void test_nested_loops(void **state)
{
    static const uint32_t depths[] = { 1, 2, 4, 8, 31, 32, 33, 100 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(depths); i++) {
        uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES];
        uint32_t count = 0, depth = depths[i], precise = 0;

        for (uint32_t n = 0; n < depth; n++)
            count += sk_encode(slots, count, &(struct sk_insn){ .op = SK_OP_MOV64_IMM });
        count += sk_encode(
            slots, count,
            &(struct sk_insn){ .op = SK_OP_MOV64_REG, .dst = SK_R3, .src = SK_R7 });
        for (uint32_t n = 0; n < depth; n++)
            count += sk_encode(slots, count,
                               &(struct sk_insn){ .op = SK_OP_JEQ64_IMM,
                                                  .dst = SK_R3,
                                                  .imm = 9,
                                                  .off = (int16_t)(-2 * (int)n - 2) });
        count += sk_encode(slots, count, &(struct sk_insn){ .op = SK_OP_EXIT });
        assert_true(check_program(slots, count, &precise));
        if (depth <= 8)
            assert_int_equal(precise, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_programs),
        cmocka_unit_test(test_nested_loops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
