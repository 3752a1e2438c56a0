/* Callbacks: helpers that have functions of the program called. Expected values are worked out by
 * hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <skep.h>

#include "calls.h"

static void test_arguments_and_result(void **state)
{
    text_returns(*state,
                 "r1 = subprog[f]\nr2 = 1\nr3 = 20\nr4 = 300\nr5 = 4000\ncall call5\n"
                 "exit\n"
                 "f: r0 = r1\nr0 += r2\nr0 += r3\nr0 += r4\nr0 += r5\nexit\n",
                 1 + 20 + 300 + 4000 + 55);
}

static void test_registers_stay(void **state)
{
    text_returns(*state,
                 "r6 = 6\nr7 = 70\nr8 = 800\nr9 = 9000\n*(u64 *)(r10 - 8) = 50000\n"
                 "r1 = subprog[f]\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall call5\n"
                 "r0 += r6\nr0 += r7\nr0 += r8\nr0 += r9\nr1 = *(u64 *)(r10 - 8)\n"
                 "r0 += r1\nexit\n"
                 "f: r6 = -1\nr7 = -1\nr8 = -1\nr9 = -1\n*(u64 *)(r10 - 8) = -1\n"
                 "r0 = 100000\nexit\n",
                 159876);
}

/* r0 and r6 to r9 hold nothing of the caller's. */
static void test_other_registers_begin_as_0(void **state)
{
    static const char text[] =
        "r6 = 6\nr7 = 7\nr8 = 8\nr9 = 9\nr1 = subprog[f]\nr2 = 0\nr3 = 0\nr4 = 0\n"
        "r5 = 0\ncall call5\nexit\n"
        "f: r0 |= r6\nr0 |= r7\nr0 |= r8\nr0 |= r9\nexit\n"; /* slot 12 */
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, text);

    for (size_t i = 0; i < LEN(kinds); i++) {
        if (kinds[i].flags & SKEP_RUN_STRICT) {
            is_as_expected(b, run(b, &kinds[i], prog), SKEP_E_UNINIT_REG);
            assert_int_equal(b->res.fault.pc, 12);
            continue;
        }
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_OK);
        assert_int_equal(b->res.r0, 0);
        assert_int_equal(b->res.uninit_reads, is_checked(&kinds[i]) ? 4 : 0);
        if (is_checked(&kinds[i]))
            assert_int_equal(b->res.uninit_pc, 12);
    }
    skep_prog_free(prog);
}

/* What the function that calls the helper has not written, is still not written. */
static void test_written_registers_are_the_callers(void **state)
{
    static const char text[] = "r1 = subprog[f]\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\n"
                               "call call5\nr0 = r6\nexit\n" /* 7: reads r6 */
                               "f: r6 = 5\nr0 = 0\nexit\n";
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, text);

    is_as_expected(b, run(b, &kinds[0], prog), SKEP_OK);
    assert_int_equal(b->res.r0, 0);
    assert_int_equal(b->res.uninit_reads, 1);
    assert_int_equal(b->res.uninit_pc, 7);
    is_as_expected(b, run(b, &kinds[1], prog), SKEP_E_UNINIT_REG);
    skep_prog_free(prog);
}

static void test_stack_of_a_callback(void **state)
{
    struct bench *b = *state;

    /* the caller's stack is readable and writable, through an argument */
    text_returns(b,
                 "*(u64 *)(r10 - 8) = 40\nr2 = r10\nr2 += -8\nr1 = subprog[f]\nr3 = 0\n"
                 "r4 = 0\nr5 = 0\ncall call5\nr0 = *(u64 *)(r10 - 8)\nexit\n"
                 "f: r0 = *(u64 *)(r1 + 0)\nr0 += 2\n*(u64 *)(r1 + 0) = r0\nexit\n",
                 42);
    /* its own is gone afterwards */
    assert_faults_if(
        b,
        b->log.targets[0] =
            load(b->vm, "r1 = subprog[f]\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall call5\n"
                        "r0 = *(u64 *)(r0 + 0)\nexit\n"
                        "f: r0 = r10\nr0 += -8\n*(u64 *)(r0 + 0) = 1\nexit\n"),
        0, SKEP_E_ACCESS, 7, 0);
}

static void test_loop(void **state)
{
    struct bench *b = *state;

    text_returns(b,
                 "*(u64 *)(r10 - 8) = 0\nr1 = 10\nr2 = subprog[f]\nr3 = r10\nr3 += -8\n"
                 "call loop_n\nr1 = *(u64 *)(r10 - 8)\nr1 *= 100\nr0 += r1\nexit\n"
                 "f: r3 = *(u64 *)(r2 + 0)\nr3 += r1\n*(u64 *)(r2 + 0) = r3\nr0 = 0\n"
                 "if r1 != 6 goto +1\nr0 = 1\nexit\n",
                 2107);
    text_returns(b,
                 "r1 = 100000\nr2 = subprog[f]\nr3 = 0\ncall loop_n\nexit\n"
                 "f: r0 = 0\nexit\n",
                 100000);
}

/* r1 = what is left; calls itself through the helper. */
#define RECURSION                                                                        \
    "f: if r1 == 0 goto done\nr2 = r1\nr2 += -1\nr6 = r1\nr1 = subprog[f]\nr3 = 0\n"     \
    "r4 = 0\nr5 = 0\ncall call5\nr0 += r6\nexit\ndone: r0 = 0\nexit\n"

static void test_recursion_and_depth(void **state)
{
    struct bench *b = *state;

    text_returns(
        b,
        "r1 = subprog[f]\nr2 = 6\nr3 = 0\nr4 = 0\nr5 = 0\ncall call5\nexit\n" RECURSION,
        21);
    /* one more is too deep, where the eighth frame's function calls its helper */
    text_faults(
        b,
        "r1 = subprog[f]\nr2 = 7\nr3 = 0\nr4 = 0\nr5 = 0\ncall call5\nexit\n" RECURSION,
        SKEP_E_CALL_DEPTH, 17, 7);
    assert_int_equal(b->log.code, SKEP_E_CALL_DEPTH);
    assert_int_equal(b->res.fault.regs[6], 1);
    assert_string_equal(b->err.message, "call at depth 7, at most 8 frames are allowed");
}

/* Local calls and callbacks share the frames. */
static void test_depth_of_both(void **state)
{
    static const char text[] =
        "r1 = %d\ncall g\nexit\n"
        "g: if r1 == 0 goto done\nr2 = r1\nr2 += -1\nr1 = subprog[h]\nr3 = 0\nr4 = 0\n"
        "r5 = 0\ncall call5\nr0 += 1\nexit\ndone: r0 = 0\nexit\n"
        "h: call g\nr0 += 10\nexit\n";
    char full[sizeof(text) + 8];
    struct bench *b = *state;

    snprintf(full, sizeof(full), text, 3); /* main, g, 3 times h and g */
    text_returns(b, full, 33);
    snprintf(full, sizeof(full), text, 4);
    text_faults(b, full, SKEP_E_CALL_DEPTH, 11, 7);
}

static void test_fuel(void **state)
{
    struct bench *b = *state;
    skep_prog *prog =
        load(b->vm, "r1 = 3\nr2 = subprog[f]\nr3 = 0\ncall loop_n\nexit\n" /* 4: call */
                    "f: r1 = 1\ncall note\nr0 = 0\nexit\n");               /* 6 to 9 */

    /* the helper 1; each time the function's 4 slots, and 1 for note */
    assert_costs(b, prog, 1 + 3 * (4 + 1), 7, 1);
    assert_int_equal(b->log.notes, 2);
    for (size_t i = 0; i < LEN(kinds); i++) {
        b->fuel =
            1 + 2 * (4 + 1) + 3; /* not enough for the third call: at the helper's call */
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_E_FUEL);
        assert_int_equal(b->res.fault.pc, 4);
        assert_int_equal(b->res.fault.depth, 0);
        assert_int_equal(b->res.fuel_left, 3);
        assert_string_equal(b->err.message,
                            "out of fuel: 4 slots of work wanted, 3 left");
    }
    skep_prog_free(prog);
}

/* Loops and local calls in callbacks cost what they cost elsewhere; what is left goes on. */
static void test_fuel_of_loops(void **state)
{
    struct bench *b = *state;
    skep_prog *prog = load(
        b->vm, "r1 = 2\nr2 = subprog[f]\nr3 = 0\ncall loop_n\nr6 = 5\n"
               "back: r6 += -1\nif r6 != 0 goto back\nr0 = 0\nexit\n" /* 6, 7 */
               "f: r6 = 3\nagain: r6 += -1\nif r6 != 0 goto again\ncall g\nr0 = 0\nexit\n"
               "g: r0 = 0\nexit\n");

    assert_costs(b, prog, 1 + 2 * (6 + 2 * 2 + 2) + 4 * 2, 7, 0);
    skep_prog_free(prog);
}

static void test_stop_in_a_callback(void **state)
{
    struct bench *b = *state;

    /* the flag is seen at the jump back */
    text_faults(b,
                "r1 = 9\nr2 = subprog[f]\nr3 = 0\ncall loop_n\nr0 = 0\nexit\n"
                "f: call stop_it\nback: goto back\n",
                SKEP_E_STOPPED, 8, 1);
    /* and before a callback begins */
    text_faults(b,
                "r1 = 9\nr2 = subprog[f]\nr3 = 0\ncall loop_n\nr0 = 0\nexit\n"
                "f: call stop_it\nr0 = 0\nexit\n",
                SKEP_E_STOPPED, 4, 0);
}

/* The position is the callback's; the helper can change nothing. */
static void test_fault_in_a_callback(void **state)
{
    static const char text[] =
        "r6 = 66\nr1 = subprog[f]\nr2 = 5\nr3 = 0\nr4 = 0\nr5 = 0\ncall stubborn\n" /* 7 */
        "r0 = 0\nexit\n"
        "f: r6 = r1\nr6 += 1\ncall g\nr0 = 0\nexit\n"        /* 10 */
        "g: r1 = 0\nr2 = 77\nr0 = *(u32 *)(r1 + 4)\nexit\n"; /* 15, fault at 17 */
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, text);

    b->log.targets[0] = prog;
    for (size_t i = 0; i < LEN(kinds); i++) {
        if (!is_checked(&kinds[i]))
            continue;
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_E_ACCESS);
        assert_int_equal(b->res.fault.pc, 17);
        assert_int_equal(b->res.fault.depth, 2);
        assert_int_equal(b->res.fault.addr, 4);
        assert_int_equal(b->res.fault.len, 4);
        assert_int_equal(b->res.fault.regs[1], 0);
        assert_int_equal(b->res.fault.regs[2], 77);
        assert_int_equal(b->res.fault.regs[6], 6);
        assert_ptr_equal(b->res.fault.prog, prog);
        assert_string_equal(b->err.message, "read of 4 bytes at 0x4: a null pointer");
        assert_int_equal(b->log.code, SKEP_E_ACCESS);
    }
}

static void test_abort_in_a_callback(void **state)
{
    text_faults(*state,
                "r1 = 9\nr2 = subprog[f]\nr3 = 0\ncall loop_n\nr0 = 0\nexit\n"
                "f: r1 = 0\nr2 = 0\ncall give_up\nr0 = 0\nexit\n",
                SKEP_E_HELPER_ABORT, 9, 1);
    /* after an abort nothing is called any more */
    text_faults(*state,
                "r1 = 1\nr2 = subprog[f]\ncall give_up\nr0 = 0\nexit\n"
                "f: r1 = 1\ncall note\nr0 = 0\nexit\n",
                SKEP_E_HELPER_ABORT, 3, 0);
    assert_int_equal(((struct bench *)*state)->log.notes, 0);
}

static void test_what_is_no_function(void **state)
{
    static const char *const calls[] = {
        "r1 = 0\n",                                       /* a null pointer */
        "r1 = 1\n",                                       /* no address at all */
        "r1 = r10\n",                                     /* memory */
        "r1 = subprog[f]\nr1 += 1\n",                     /* between slots */
        "r1 = subprog[f]\nr1 += 8\n",                     /* within a function */
        "r1 = subprog[f]\nr1 += 16\n",                    /* behind the last slot */
        "r1 = subprog[f]\nr1 += -8\n",                    /* the function before */
        "r1 = subprog[f]\nr2 = 1\nr2 <<= 40\nr1 += r2\n", /* far away */
        "r1 = subprog[f]\nr2 = 1\nr2 <<= 35\nr1 += r2\n", /* 2^32 slots away */
    };
    struct bench *b = *state;
    char text[200];

    for (size_t i = 0; i < LEN(calls); i++) {
        skep_prog *prog;

        snprintf(text, sizeof(text),
                 "r0 = subprog[f]\n%sr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\n"
                 "call call5\nexit\nf: r0 = 0\nexit\n",
                 calls[i]);
        prog = load(b->vm, text);
        for (size_t k = 0; k < LEN(kinds); k++) {
            is_as_expected(b, run(b, &kinds[k], prog), SKEP_E_CALLBACK);
            assert_int_equal(b->res.fault.depth, 0);
            assert_int_equal(b->log.code, SKEP_E_CALLBACK);
            assert_non_null(strstr(b->err.message, "helper call5: 0x"));
            assert_non_null(strstr(b->err.message, " is no function of the program"));
        }
        skep_prog_free(prog);
    }
}

/* The entry function is one too, and so is one that nothing but an address leads to. */
static void test_any_function_will_do(void **state)
{
    struct bench *b = *state;

    text_returns(b,
                 "if r1 == 1 goto inner\nr1 = subprog[f]\nr1 += -120\nr2 = 1\nr3 = 0\n"
                 "r4 = 0\nr5 = 0\ncall call5\nr0 += 1\nexit\n"
                 "inner: r0 = 5\nexit\nr0 = 0\nexit\nf: r0 = 0\nexit\n",
                 6);
    /* strictly, too: an unreached function's reads are found */
    text_returns(b,
                 "r1 = 0x736b000000000070 ll\nr2 = 1\nr3 = 0\nr4 = 0\nr5 = 0\n"
                 "call call5\nexit\n"
                 "dead: r1 = subprog[f]\nr0 = 0\nexit\nr0 = 0\nexit\n"
                 "f: r0 = r1\nexit\n",
                 1);
}

static void test_unreached_functions_are_tracked(void **state)
{
    static const char text[] =
        "r1 = 0x736b000000000058 ll\nr2 = 1\nr3 = 0\nr4 = 0\nr5 = 0\n"
        "call call5\nexit\n"
        "r1 = subprog[f]\nexit\n"
        "f: r0 = r7\nexit\n"; /* slot 11 */
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, text);

    is_as_expected(b, run(b, &kinds[0], prog), SKEP_OK);
    assert_int_equal(b->res.uninit_reads, 1);
    assert_int_equal(b->res.uninit_pc, 11);
    is_as_expected(b, run(b, &kinds[1], prog), SKEP_E_UNINIT_REG);
    skep_prog_free(prog);
}

/* A helper in a callback has its callback called while the outer helper goes on. */
static void test_nested_helpers(void **state)
{
    struct bench *b = *state;
    static const uint64_t order[] = { 0, 0, 1, 100, 1, 0, 1, 100 };

    text_returns(b,
                 "r1 = 2\nr2 = subprog[outer]\nr3 = 0\ncall loop_n\nr0 += 10\nexit\n"
                 "outer: r6 = r1\ncall note\nr1 = 2\nr2 = subprog[inner]\nr3 = r6\n"
                 "call loop_n\nr1 = r0\nr1 += 98\ncall note\nr0 = 0\nexit\n"
                 "inner: call note\nr0 = 0\nexit\n",
                 12);
    assert_int_equal(b->log.notes, LEN(order));
    assert_memory_equal(b->log.order, order, sizeof(order));
}

/* Helpers of a callback may write the outer function's stack. */
static void test_memory_of_helpers(void **state)
{
    text_returns(*state,
                 "r2 = r10\nr2 += -16\nr1 = subprog[f]\nr3 = 0\nr4 = 0\nr5 = 0\n"
                 "call call5\nr1 = *(u64 *)(r10 - 16)\nr0 += r1\nexit\n"
                 "f: r2 = 123\ncall put\nexit\n",
                 124);
}

/* Each frame has its own budget of may_goto. */
static void test_may_goto(void **state)
{
    text_returns(*state,
                 "r6 = 0\nr1 = subprog[f]\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall call5\n"
                 "r6 = r0\nback: may_goto +2\nr6 += 1\ngoto back\nr0 = r6\nexit\n"
                 "f: r0 = 0\nagain: may_goto +2\nr0 += 1\ngoto again\nexit\n",
                 2 * 8388608);
}

/* ---- Traces of callbacks ------------------------------------------------------------ */

static void test_trace(void **state)
{
    static const struct step steps[] = {
        { 'B', 0, 0, 0 }, { 'A', 0, 0, 2 },                     /* r1 = subprog[f] */
        { 'B', 2, 0, 0 }, { 'B', 4, 1, 0 },   { 'A', 4, 1, 5 }, /* call, f: r0 = 1 */
        { 'B', 5, 1, 0 }, { 'A', 5, 1, END },                   /* exit */
        { 'A', 2, 0, 3 }, { 'B', 3, 0, 0 },   { 'A', 3, 0, END },
    };
    struct bench *b = *state;
    struct path path = { .stop_at = 0 };
    skep_prog *prog =
        load(b->vm, "r1 = subprog[f]\ncall stubborn\nexit\nf: r0 = 1\nexit\n");

    is_as_expected((b->kind = &kinds[0], b), trace(b, prog, &path), SKEP_OK);
    assert_path(&path, steps, LEN(steps));
    for (int i = 0; i < path.count; i++)
        assert_ptr_equal(path.events[i].prog, prog);
    skep_prog_free(prog);
}

static void test_trace_of_a_fault(void **state)
{
    static const struct step steps[] = {
        { 'B', 0, 0, 0 }, { 'A', 0, 0, 2 },   { 'B', 2, 0, 0 },
        { 'B', 4, 1, 0 }, { 'A', 4, 1, END }, { 'A', 2, 0, END },
    };
    struct bench *b = *state;
    struct path path = { .stop_at = 0 };
    skep_prog *prog = load(b->vm, "r1 = subprog[f]\ncall stubborn\nexit\n"
                                  "f: r0 = *(u8 *)(r1 + 0)\nexit\n");

    assert_int_equal(trace(b, prog, &path), SKEP_E_ACCESS);
    assert_path(&path, steps, LEN(steps));
    assert_int_equal(path.events[4].fault, SKEP_E_ACCESS);
    assert_int_equal(path.events[5].fault, SKEP_E_ACCESS);
    skep_prog_free(prog);
}

/* When the trace function ends the run, it is not called again. */
static void test_trace_stops(void **state)
{
    struct bench *b = *state;
    struct path path = { .stop_at = 0 };
    skep_prog *prog =
        load(b->vm, "r1 = subprog[f]\ncall stubborn\nexit\nf: r0 = 1\nexit\n");

    for (path.stop_at = 4; path.stop_at <= 7; path.stop_at++) {
        b->log.code = SKEP_OK;
        assert_int_equal(trace(b, prog, &path), SKEP_E_STOPPED);
        assert_int_equal(path.count, path.stop_at);
        assert_int_equal(b->res.fault.depth, 1);
        assert_int_equal(b->res.fault.pc, path.stop_at == 4 ? 4 : 5);
    }
    skep_prog_free(prog);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_arguments_and_result),
        TEST(test_registers_stay),
        TEST(test_other_registers_begin_as_0),
        TEST(test_written_registers_are_the_callers),
        TEST(test_stack_of_a_callback),
        TEST(test_loop),
        TEST(test_recursion_and_depth),
        TEST(test_depth_of_both),
        TEST(test_fuel),
        TEST(test_fuel_of_loops),
        TEST(test_stop_in_a_callback),
        TEST(test_fault_in_a_callback),
        TEST(test_abort_in_a_callback),
        TEST(test_what_is_no_function),
        TEST(test_any_function_will_do),
        TEST(test_unreached_functions_are_tracked),
        TEST(test_nested_helpers),
        TEST(test_memory_of_helpers),
        TEST(test_may_goto),
        TEST(test_trace),
        TEST(test_trace_of_a_fault),
        TEST(test_trace_stops),
    };

    return cmocka_run_group_tests_name("callback", tests, NULL, NULL);
}
