/* One program on many threads: each run has its own state, atomics are atomic between
 * runs, and a flag stops them all. Runs under ThreadSanitizer too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <skep.h>

#include "host.h"

enum { THREADS = 8, ROUNDS = 2000 };

/* What a thread is given, and what came of it. */
struct task {
    const skep_prog *prog;
    struct skep_run_opts opts;
    uint64_t ctx;
    unsigned runs;
    enum skep_code code; /* of the last run */
    uint64_t sum;        /* of all results */
    uint64_t fuel_left;
};

static void *work(void *arg)
{
    struct task *task = arg;

    for (unsigned i = 0; i < task->runs; i++) {
        struct skep_result res = { .size = sizeof(res) };
        struct skep_err err;

        task->code = skep_run(task->prog, &task->opts, &res, &err);
        task->sum += res.r0;
        task->fuel_left = res.fuel_left;
        if (task->code)
            break;
    }
    return NULL;
}

static void start_all(struct task *tasks, pthread_t *threads)
{
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &tasks[i]), 0);
}

static void wait_for_all(const pthread_t *threads)
{
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* Every thread its own context and flags: checked, strict, unchecked in turn. */
static void test_runs_are_separate(void **state)
{
    static const char text[] = "r3 = *(u64 *)(r1 + 0)\n"
                               "r0 = 0\n"
                               "again: *(u64 *)(r10 - 8) = r3\n"
                               "r4 = *(u64 *)(r10 - 8)\n"
                               "r0 += r4\n"
                               "r3 -= 1\n"
                               "if r3 != 0 goto again\n"
                               "r1 = r0\n"
                               "call same\n"
                               "exit\n"
                               "same: r0 = r1\n"
                               "exit\n";
    static const uint32_t flags[] = { 0, SKEP_RUN_STRICT, SKEP_RUN_UNCHECKED };
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, text);
    struct task tasks[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    for (uint64_t i = 0; i < THREADS; i++) {
        tasks[i] = (struct task){ .prog = prog, .ctx = i + 1, .runs = ROUNDS };
        tasks[i].opts = (struct skep_run_opts){ .size = sizeof(tasks[i].opts),
                                                .flags = flags[i % 3],
                                                .ctx = &tasks[i].ctx,
                                                .ctx_len = 8,
                                                .fuel = 1000 };
    }
    start_all(tasks, threads);
    wait_for_all(threads);
    for (uint64_t i = 0; i < THREADS; i++) {
        assert_int_equal(tasks[i].code, SKEP_OK);
        assert_int_equal(tasks[i].sum, ROUNDS * (i + 1) * (i + 2) / 2);
        assert_int_equal(tasks[i].fuel_left, 1000 - i * 5 - 2);
    }
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* All threads on one context. */
static void run_shared(const char *text, uint32_t flags, uint64_t *cells, size_t size,
                       uint64_t *sum)
{
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, text);
    struct task tasks[THREADS];
    pthread_t threads[THREADS];

    *sum = 0;
    for (int i = 0; i < THREADS; i++) {
        tasks[i] = (struct task){ .prog = prog, .runs = ROUNDS };
        tasks[i].opts = (struct skep_run_opts){
            .size = sizeof(tasks[i].opts), .flags = flags, .ctx = cells, .ctx_len = size
        };
    }
    start_all(tasks, threads);
    wait_for_all(threads);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(tasks[i].code, SKEP_OK);
        *sum += tasks[i].sum;
    }
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* Additions with and without the old value, of both widths. Old values are all
 * different, so their sum is known. */
static void test_additions_are_atomic(void **state)
{
    static const char text[] = "r3 = 1\n"
                               "lock *(u64 *)(r1 + 0) += r3\n"
                               "lock *(u32 *)(r1 + 8) += r3\n"
                               "r4 = 1\n"
                               "r4 = atomic_fetch_add((u32 *)(r1 + 12), r4)\n"
                               "r0 = 1\n"
                               "r0 = atomic64_fetch_add((u64 *)(r1 + 16), r0)\n"
                               "exit\n";
    uint64_t total = (uint64_t)THREADS * ROUNDS;

    (void)state;
    for (uint32_t flags = 0; flags <= SKEP_RUN_UNCHECKED; flags += SKEP_RUN_UNCHECKED) {
        uint64_t cells[3] = { 0, 0, 0 }, sum;

        run_shared(text, flags, cells, sizeof(cells), &sum);
        assert_int_equal(cells[0], total);
        assert_int_equal(cells[1], total << 32 | total);
        assert_int_equal(cells[2], total);
        assert_int_equal(sum, total * (total - 1) / 2);
    }
}

/* Bits flipped an even number of times by each are what they were; what is exchanged is
 * neither lost nor doubled. */
static void test_the_other_operations_are_atomic(void **state)
{
    static const char text[] = "r3 = 0x55555555\n"
                               "lock *(u64 *)(r1 + 0) ^= r3\n"
                               "r4 = 0x55555555\n"
                               "r4 = atomic64_fetch_xor((u64 *)(r1 + 0), r4)\n"
                               "r4 = 1\n"
                               "lock *(u64 *)(r1 + 8) |= r4\n"
                               "r4 = -3\n"
                               "lock *(u64 *)(r1 + 8) &= r4\n"
                               "r0 = 1\n"
                               "r0 = atomic64_xchg((u64 *)(r1 + 16), r0)\n"
                               "exit\n";
    uint64_t cells[3] = { 0, 2, 1000 }, sum;

    (void)state;
    run_shared(text, 0, cells, sizeof(cells), &sum);
    assert_int_equal(cells[0], 0);
    assert_int_equal(cells[1], 1);
    assert_int_equal(cells[2], 1);
    assert_int_equal(sum, (uint64_t)THREADS * ROUNDS - 1 + 1000);
}

/* A lock of compare-exchange and store-release guards a counter that is not atomic. */
static void test_a_lock(void **state)
{
    static const char text[] = "take: r0 = 0\n"
                               "r3 = 1\n"
                               "r0 = atomic64_cmpxchg((u64 *)(r1 + 0), r0, r3)\n"
                               "if r0 != 0 goto take\n"
                               "r4 = *(u64 *)(r1 + 8)\n"
                               "r4 += 1\n"
                               "*(u64 *)(r1 + 8) = r4\n"
                               "r3 = 0\n"
                               "store_release((u64 *)(r1 + 0), r3)\n"
                               "exit\n";
    uint64_t cells[2] = { 0, 0 }, sum;

    (void)state;
    run_shared(text, 0, cells, sizeof(cells), &sum);
    assert_int_equal(cells[0], 0);
    assert_int_equal(cells[1], (uint64_t)THREADS * ROUNDS);
    assert_int_equal(sum, 0);
}

/* Each thread says that it runs, and goes on for ever. */
static void test_stop_from_outside(void **state)
{
    static const char text[] = "r3 = 1\n"
                               "lock *(u64 *)(r1 + 0) += r3\n"
                               "again: r0 += 1\n"
                               "goto again\n";
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, text);
    struct task tasks[THREADS];
    pthread_t threads[THREADS];
    uint64_t running = 0;
    int stop = 0;

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        tasks[i] = (struct task){ .prog = prog, .runs = 1 };
        tasks[i].opts = (struct skep_run_opts){ .size = sizeof(tasks[i].opts),
                                                .flags = i % 2 ? SKEP_RUN_UNCHECKED : 0,
                                                .ctx = &running,
                                                .ctx_len = sizeof(running),
                                                .stop = &stop,
                                                .fuel = UINT64_MAX };
    }
    start_all(tasks, threads);
    while (__atomic_load_n(&running, __ATOMIC_RELAXED) < THREADS)
        sched_yield();
    skep_stop(&stop, 1);
    wait_for_all(threads);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(tasks[i].code, SKEP_E_STOPPED);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_are_separate),
        cmocka_unit_test(test_additions_are_atomic),
        cmocka_unit_test(test_the_other_operations_are_atomic),
        cmocka_unit_test(test_a_lock),
        cmocka_unit_test(test_stop_from_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
