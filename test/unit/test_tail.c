/* Tail calls: helpers that have the run go on in another program; and unmetered runs. Expected
 * values are worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <skep.h>

#include "calls.h"

/* Loads a target; freed by tear_down. */
static const skep_prog *target(struct bench *b, int index, const char *text)
{
    b->log.targets[index] = load(b->vm, text);
    return b->log.targets[index];
}

static void test_tail_call(void **state)
{
    struct bench *b = *state;

    /* r1 and r2 as at the start, nothing else; memory of the context stays */
    target(b, 1, "r3 = *(u64 *)(r1 + 8)\nr0 = r2\nr0 += r3\nexit\n");
    text_returns(b, "*(u64 *)(r1 + 8) = 100\nr6 = 6\nr1 = 1\ncall tail\nr0 = 99\nexit\n",
                 132);
}

/* Beyond the limit the helper returns 0, and the run goes on. */
static void test_limit(void **state)
{
    static const char text[] = "r6 = *(u64 *)(r1 + 0)\nr6 += 1\n*(u64 *)(r1 + 0) = r6\n"
                               "r7 = r1\nr1 = 0\ncall tail\nr0 <<= 32\n" /* 5: the call */
                               "r1 = *(u64 *)(r7 + 0)\nr0 |= r1\nexit\n";
    struct bench *b = *state;
    const skep_prog *prog = target(b, 0, text);

    assert_returns(b, prog, 34); /* the first, and 33 more */
    /* helpers and 10 slots each; the last asks in vain */
    assert_costs(b, prog, 34 + 33 * 10, 5, 0);
}

/* Exactly `n` programs, one after the other. */
static void run_chain(struct bench *b, int n)
{
    char text[200];

    for (int i = 0; i < n; i++) {
        snprintf(text, sizeof(text),
                 "r6 = *(u64 *)(r1 + 0)\nr6 += %d\n*(u64 *)(r1 + 0) = r6\n"
                 "r1 = %d\n%sr0 = r6\nexit\n",
                 i + 1, i + 1, i + 1 < n ? "call tail\n" : "");
        target(b, i, text);
    }
    assert_returns(b, b->log.targets[0], (uint64_t)(n * (n + 1) / 2));
}

static void test_chain(void **state)
{
    run_chain(*state, 34);
}

static void test_chain_of_one_too_many(void **state)
{
    struct bench *b = *state;

    run_chain(b, 33);
    for (int i = 0; i < 33; i++)
        skep_prog_free((skep_prog *)(uintptr_t)b->log.targets[i]);
    memset(b->log.targets, 0, sizeof(b->log.targets));
    /* of 35 the last is not reached: the one before returns what it has */
    for (int i = 0; i < 35; i++)
        target(b, i,
               "r6 = *(u64 *)(r1 + 0)\nr6 += 1\n*(u64 *)(r1 + 0) = r6\n"
               "r1 = r6\ncall tail\nr0 = r6\nexit\n");
    assert_returns(b, b->log.targets[0], 34);
}

/* From a local function: what the target returns is what the function returns, and it
 * returns to the program that called it. */
static void test_tail_call_from_a_function(void **state)
{
    struct bench *b = *state;

    target(b, 1, "r6 = 1\nr7 = 1\ncall g\nr0 += 5\nexit\ng: r9 = 0\nr0 = 100\nexit\n");
    text_returns(b,
                 "r6 = 1000\nr7 = 20000\ncall f\nr0 += r6\nr0 += r7\nexit\n"
                 "f: r6 = 1\nr1 = 1\ncall tail\nr0 = 99\nexit\n",
                 21105);
    /* and on to a third one, from a function of the second */
    target(b, 2, "r0 = 7\nexit\n");
    target(b, 3, "call g\nr0 += 50\nexit\ng: r1 = 2\ncall tail\nr0 = 0\nexit\n");
    text_returns(
        b, "r6 = 100\ncall f\nr0 += r6\nexit\nf: r1 = 3\ncall tail\nr0 = 0\nexit\n", 157);
}

static void test_tail_call_from_a_callback(void **state)
{
    struct bench *b = *state;

    target(b, 1, "r1 = 5\ncall note\nr0 = 1\nexit\n");
    text_returns(b,
                 "r6 = 60\nr1 = 3\nr2 = subprog[f]\nr3 = 0\ncall loop_n\nr0 += r6\nexit\n"
                 "f: r1 = 1\ncall tail\nr0 = 0\nexit\n",
                 61);
    assert_int_equal(b->log.notes, 1);
}

/* The addresses of functions are those of the program that runs. */
static void test_callbacks_after_a_tail_call(void **state)
{
    struct bench *b = *state;

    target(b, 1,
           "r1 = 4\nr2 = subprog[f]\nr3 = 0\ncall loop_n\nexit\n"
           "f: r1 = 9\ncall note\nr0 = 0\nexit\n");
    text_returns(b, "r1 = 1\ncall tail\nr0 = 99\nexit\n", 4);
    assert_int_equal(b->log.notes, 4);
    target(b, 2,
           "r1 = 0x736b000000000020 ll\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall call5\n"
           "exit\n");
    text_faults(b, "r1 = 2\ncall tail\nexit\nr1 = subprog[f]\nexit\nf: r0 = 0\nexit\n",
                SKEP_E_CALLBACK, 6, 0);
}

static void test_the_last_request_counts(void **state)
{
    struct bench *b = *state;

    target(b, 1, "r0 = 1\nexit\n");
    target(b, 2, "r0 = 2\nexit\n");
    text_returns(b, "r1 = 1\nr2 = 0\nr3 = 2\nr4 = 0\ncall tail_twice\nr0 = 0\nexit\n", 2);
    /* a callback, and a tail call of its own, in between */
    text_returns(b,
                 "r1 = 1\nr2 = subprog[f]\nr3 = 1\nr4 = 0\ncall tail_twice\nr0 = 0\n"
                 "exit\nf: r1 = 2\ncall tail\nr0 = 0\nexit\n",
                 1);
    text_faults(b, "r1 = 1\nr2 = 0\nr3 = 1\nr4 = 1\ncall tail_twice\nr0 = 0\nexit\n",
                SKEP_E_HELPER_ABORT, 4, 0);
    /* a callback that faults wins */
    text_faults(b, "r1 = 1\nr2 = 5\nr3 = 1\nr4 = 0\ncall tail_twice\nr0 = 0\nexit\n",
                SKEP_E_CALLBACK, 4, 0);
}

static void test_tail_calls_that_are_refused(void **state)
{
    struct bench *b = *state;

    b->log.targets[1] = load_typed(b->vm, "cgroup_device", "r0 = 1\nexit\n");
    text_returns(b, "r1 = 1\ncall tail\nr0 += 70\nexit\n", 70); /* another type */
    text_returns(b, "r1 = 2\ncall tail\nr0 += 70\nexit\n", 70); /* NULL */
}

/* Between programs of a type; r2 is then not written. */
static void test_types(void **state)
{
    struct bench *b = *state;
    skep_prog *prog = load_typed(b->vm, "cgroup_device", "r1 = 1\ncall tail\nexit\n");

    b->log.targets[1] = load_typed(b->vm, "cgroup_device", "r0 = r2\nr0 += 4\nexit\n");
    is_as_expected(b, run(b, &kinds[0], prog), SKEP_OK);
    assert_int_equal(b->res.r0, 4);
    assert_int_equal(b->res.uninit_reads, 1);
    skep_prog_free(prog);
}

/* It costs the first function's slots, taken at the call. */
static void test_fuel_of_a_tail_call(void **state)
{
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, "r6 = 1\nr1 = 1\ncall tail\nexit\n");

    target(b, 1, "r0 = 0\nr0 = 0\nr0 = 0\nexit\nr1 = subprog[f]\nexit\nf: exit\n");
    for (size_t i = 0; i < LEN(kinds); i++) {
        b->fuel = 8;
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_OK);
        assert_int_equal(b->res.fuel_left, 0);
        b->fuel = 7;
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_E_FUEL);
        assert_int_equal(b->res.fuel_left, 6);
        assert_int_equal(b->res.fault.pc, 2);
        assert_int_equal(b->res.fault.regs[1], 1);
        assert_int_equal(b->res.fault.regs[6], 1);
        assert_ptr_equal(b->res.fault.prog, prog);
    }
    skep_prog_free(prog);
}

static void test_fault_after_a_tail_call(void **state)
{
    static const char main_text[] = "r1 = 1\ncall f\nr1 = 0\nr0 = *(u8 *)(r1 + 0)\nexit\n"
                                    "f: r1 = %d\ncall tail\nexit\n";
    struct bench *b = *state;
    char text[200];

    target(b, 1, "call g\nexit\ng: r1 = 0\nr0 = *(u8 *)(r1 + 3)\nexit\n");
    target(b, 2, "r0 = 0\nexit\n");
    for (int which = 1; which <= 2; which++) {
        skep_prog *prog;

        snprintf(text, sizeof(text), main_text, which);
        prog = load(b->vm, text);
        for (size_t i = 0; i < LEN(kinds); i++) {
            if (!is_checked(&kinds[i]))
                continue;
            is_as_expected(b, run(b, &kinds[i], prog), SKEP_E_ACCESS);
            /* in the target, or again in the program that called the function */
            assert_ptr_equal(b->res.fault.prog, which == 1 ? b->log.targets[1] : prog);
            assert_int_equal(b->res.fault.pc, 3);
            assert_int_equal(b->res.fault.depth, which == 1 ? 2 : 0);
        }
        skep_prog_free(prog);
    }
}

/* Nothing that the former program wrote to the frame counts as written. */
static void test_the_frame_is_fresh(void **state)
{
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, "*(u64 *)(r10 - 8) = 5\nr1 = 1\ncall tail\nexit\n");

    target(b, 1, "r0 = *(u64 *)(r10 - 8)\nexit\n");
    for (size_t i = 0; i < LEN(kinds); i++) {
        if (!is_checked(&kinds[i]))
            continue;
        if (kinds[i].flags & SKEP_RUN_STRICT) {
            is_as_expected(b, run(b, &kinds[i], prog), SKEP_E_UNINIT_STACK);
            assert_ptr_equal(b->res.fault.prog, b->log.targets[1]);
            continue;
        }
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_OK);
        assert_int_equal(b->res.r0, 0);
        assert_int_equal(b->res.uninit_reads, 1);
        assert_int_equal(b->res.uninit_pc, 0);
    }
    skep_prog_free(prog);
}

/* Registers too; and the stack of frames above is untouched. */
static void test_registers_are_fresh(void **state)
{
    static const char text[] = "r6 = 5\nr7 = 5\n*(u64 *)(r10 - 8) = 9\ncall f\nr1 = r0\n"
                               "r0 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n"
                               "f: r0 = 5\nr8 = 5\nr1 = 1\ncall tail\nexit\n";
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, text);

    target(b, 1, "r0 |= r3\nr0 |= r4\nr0 |= r6\nr0 |= r7\nr0 |= r8\nexit\n");
    for (size_t i = 0; i < LEN(kinds); i++) {
        if (kinds[i].flags & SKEP_RUN_STRICT)
            continue;
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_OK);
        assert_int_equal(b->res.r0, 9);
        assert_int_equal(b->res.uninit_reads, is_checked(&kinds[i]) ? 5 : 0);
    }
    skep_prog_free(prog);
}

static void test_may_goto_is_fresh(void **state)
{
    static const char text[] = "r6 = *(u64 *)(r1 + 0)\nback: may_goto +2\nr6 += 1\n"
                               "goto back\n*(u64 *)(r1 + 0) = r6\n";
    struct bench *b = *state;
    char first[200], second[200];

    snprintf(first, sizeof(first), "%sr1 = 1\ncall tail\nexit\n", text);
    snprintf(second, sizeof(second), "%sr0 = r6\nexit\n", text);
    target(b, 1, second);
    text_returns(b, first, 2 * 8388608);
}

static void test_trace_of_a_tail_call(void **state)
{
    static const struct step steps[] = {
        { 'B', 0, 0, 0 }, { 'A', 0, 0, 1 }, { 'B', 1, 0, 0 }, { 'A', 1, 0, 0 },
        { 'B', 0, 0, 0 }, { 'A', 0, 0, 1 }, { 'B', 1, 0, 0 }, { 'A', 1, 0, END },
    };
    struct bench *b = *state;
    struct path path = { .stop_at = 0 };
    skep_prog *prog = load(b->vm, "r1 = 1\ncall tail\nexit\n");

    target(b, 1, "r0 = 4\nexit\n");
    assert_int_equal(trace(b, prog, &path), SKEP_OK);
    assert_int_equal(b->res.r0, 4);
    assert_path(&path, steps, LEN(steps));
    assert_ptr_equal(path.events[3].prog, prog);
    assert_ptr_equal(path.events[4].prog, b->log.targets[1]);
    skep_prog_free(prog);
}

/* ---- The host's stack ---------------------------------------------------------------- */

enum { SMALL_STACK = 64 * 1024, BIG_PROGRAM = 4000 };

static void *run_all_kinds(void *arg)
{
    struct bench *b = arg;

    assert_returns(b, b->log.targets[0], 34);
    return NULL;
}

/* A chain of big programs, each with a frame in use, on a stack that has room for a run
 * and not for many. */
static void test_chain_on_a_small_stack(void **state)
{
    static char text[BIG_PROGRAM * 8 + 400];
    struct bench *b = *state;
    pthread_attr_t attr;
    pthread_t thread;
    size_t len;

    len = (size_t)snprintf(text, sizeof(text),
                           "r6 = *(u64 *)(r1 + 0)\nr6 += 1\n*(u64 *)(r1 + 0) = r6\n");
    for (int i = 0; i < BIG_PROGRAM; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "r0 = 7\n");
    snprintf(text + len, sizeof(text) - len,
             "*(u64 *)(r10 - 512) = r6\nr1 = r6\ncall tail\nr0 = r6\nexit\n");
    for (int i = 0; i < 34; i++)
        target(b, i, text);
    b->log.targets[34] = b->log.targets[0];
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstacksize(&attr, SMALL_STACK), 0);
    assert_int_equal(pthread_create(&thread, &attr, run_all_kinds, b), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attr);
}

/* Where the C stack stands when a helper is called does not change along a chain. */
static const char *lowest;

static uint64_t mark_stack(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                           uint64_t a5, skep_call *call)
{
    struct log *log = skep_call_user(call);
    volatile char here = 0;
    const char *at = (const char *)&here;

    (void)a2, (void)a3, (void)a4, (void)a5;
    if (log->notes++ && at != lowest)
        fail_msg("call %d: the stack moved by %td bytes", log->notes, lowest - at);
    lowest = at;
    return (uint64_t)skep_call_tail(call, log->targets[a1]);
}

static void test_the_stack_stands_still(void **state)
{
    static const struct skep_helper marking = {
        .id = 1, .name = "mark_stack", .fn = mark_stack, .arg = { SKEP_ARG_ANY }
    };
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = &marking,
                                 .helper_count = 1 };
    struct bench *b = *state;
    skep_vm *other = new_vm(&opts);
    skep_prog *prog = load(other, "r1 = 0\ncall mark_stack\nexit\n");

    b->log.targets[0] = prog;
    assert_returns(b, prog, 0);
    assert_int_equal(b->log.notes, 34);
    b->log.targets[0] = NULL;
    skep_prog_free(prog);
    skep_vm_free(other);
}

/* ---- Unmetered runs ------------------------------------------------------------------ */

static void test_unmetered(void **state)
{
    static const struct kind unmetered = { "unmetered",
                                           SKEP_RUN_UNCHECKED | SKEP_RUN_UNMETERED,
                                           NULL };
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, "r1 = 1000\nr2 = subprog[f]\nr3 = 0\ncall loop_n\n"
                                  "r6 = r0\ncall stop_it\nr1 = 1\ncall tail\nexit\n"
                                  "f: r0 = 0\nexit\n");

    target(b, 1, "r6 = 100\nback: r6 += -1\nif r6 != 0 goto back\nr0 = 3\nexit\n");
    b->fuel = 5;
    is_as_expected(b, run(b, &unmetered, prog), SKEP_OK);
    assert_int_equal(b->res.r0, 3);
    assert_int_equal(b->res.fuel_left, 5);
    b->fuel = 0;
    is_as_expected(b, run(b, &unmetered, prog), SKEP_OK);
    assert_int_equal(b->res.fuel_left, SKEP_FUEL_DEFAULT);
    skep_prog_free(prog);
}

static void test_unmetered_needs_unchecked(void **state)
{
    struct skep_run_opts opts = { .size = sizeof(opts), .flags = SKEP_RUN_UNMETERED };
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, "r0 = 0\nexit\n");

    assert_int_equal(skep_run(prog, &opts, &b->res, &b->err), SKEP_E_ARGUMENT);
    opts.flags |= SKEP_RUN_INTERP;
    assert_int_equal(skep_run(prog, &opts, &b->res, &b->err), SKEP_E_ARGUMENT);
    opts.flags |= SKEP_RUN_UNCHECKED;
    assert_int_equal(skep_run(prog, &opts, &b->res, &b->err), SKEP_OK);
    skep_prog_free(prog);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tail_call),
        TEST(test_limit),
        TEST(test_chain),
        TEST(test_chain_of_one_too_many),
        TEST(test_tail_call_from_a_function),
        TEST(test_tail_call_from_a_callback),
        TEST(test_callbacks_after_a_tail_call),
        TEST(test_the_last_request_counts),
        TEST(test_tail_calls_that_are_refused),
        TEST(test_types),
        TEST(test_fuel_of_a_tail_call),
        TEST(test_fault_after_a_tail_call),
        TEST(test_the_frame_is_fresh),
        TEST(test_registers_are_fresh),
        TEST(test_may_goto_is_fresh),
        TEST(test_trace_of_a_tail_call),
        TEST(test_chain_on_a_small_stack),
        TEST(test_the_stack_stands_still),
        TEST(test_unmetered),
        TEST(test_unmetered_needs_unchecked),
    };

    return cmocka_run_group_tests_name("tail", tests, NULL, NULL);
}
