/* One program's native code on 64 threads: each run has its own state, helpers and all, and a
 * flag stops them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "native.h"

enum { THREADS = 64, ROUNDS = 500 };

struct task {
    const skep_prog *prog;
    uint32_t flags;
    const int *stop;
    uint64_t number;
    uint64_t *shared;
    unsigned runs;
    /* what came of it */
    enum skep_code code;
    enum skep_engine engine;
    unsigned wrong; /* runs with another result than `number` stands for */
};

static uint64_t give_user(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                          skep_call *call)
{
    (void)a2, (void)a3, (void)a4, (void)a5;
    return a1 + *(const uint64_t *)skep_call_user(call);
}

static const struct skep_helper helpers[] = {
    { .id = 1, .name = "give_user", .fn = give_user, .arg = { SKEP_ARG_ANY } },
};

static void *work(void *arg)
{
    struct task *task = arg;

    for (unsigned i = 0; i < task->runs && !task->code; i++) {
        uint64_t ctx[2] = { task->number, 0 };
        struct skep_result res = { .size = sizeof(res) };
        struct skep_run_opts opts = { .size = sizeof(opts),
                                      .flags = task->flags,
                                      .ctx = task->shared ? task->shared : ctx,
                                      .ctx_len = sizeof(ctx),
                                      .fuel = UINT64_MAX,
                                      .stop = task->stop,
                                      .user = &task->number };

        task->code = skep_run(task->prog, &opts, &res, NULL);
        task->engine = res.engine;
        task->wrong += res.r0 != task->number * 11 || ctx[1] != task->number * 10;
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

static skep_vm *new_helper_vm(void)
{
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = helpers,
                                 .helper_count = 1 };

    return new_vm(&opts);
}

/* The sum of the number ten times, through the stack, a function and a helper. */
static void test_runs_are_separate(void **state)
{
    static const char text[] = "r6 = r1\n"
                               "r7 = *(u64 *)(r1 + 0)\n"
                               "r8 = 10\n"
                               "*(u64 *)(r10 - 8) = 0\n"
                               "again: r1 = r7\n"
                               "r2 = *(u64 *)(r10 - 8)\n"
                               "call add\n"
                               "*(u64 *)(r10 - 8) = r0\n"
                               "r8 -= 1\n"
                               "if r8 != 0 goto again\n"
                               "*(u64 *)(r6 + 8) = r0\n"
                               "r1 = r0\n"
                               "call give_user\n"
                               "exit\n"
                               "add: r0 = r1\n"
                               "r0 += r2\n"
                               "exit\n";
    skep_vm *vm = new_helper_vm();
    skep_prog *prog = load_native_text(vm, text);
    struct task tasks[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    for (uint32_t i = 0; i < THREADS; i++)
        tasks[i] = (struct task){ .prog = prog,
                                  .flags = kinds[i % KINDS].flags,
                                  .number = i * 0x123456789u + 1,
                                  .runs = ROUNDS };
    start_all(tasks, threads);
    wait_for_all(threads);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(tasks[i].code, SKEP_OK);
        assert_int_equal(tasks[i].engine, SKEP_ENGINE_JIT);
        assert_int_equal(tasks[i].wrong, 0);
    }
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* All on one context. */
static void test_additions_are_atomic(void **state)
{
    static const char text[] = "r3 = 1\n"
                               "lock *(u64 *)(r1 + 0) += r3\n"
                               "r4 = 3\n"
                               "r4 = atomic64_fetch_add((u64 *)(r1 + 8), r4)\n"
                               "exit\n";
    skep_vm *vm = new_helper_vm();
    skep_prog *prog = load_native(vm, SKEP_FORMAT_ASM, text, strlen(text), 0);
    struct task tasks[THREADS];
    pthread_t threads[THREADS];
    uint64_t shared[2] = { 0, 0 };

    (void)state;
    for (int i = 0; i < THREADS; i++)
        tasks[i] = (struct task){ .prog = prog,
                                  .flags = kinds[i % KINDS].flags,
                                  .shared = shared,
                                  .runs = ROUNDS };
    start_all(tasks, threads);
    wait_for_all(threads);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(tasks[i].code, SKEP_OK);
    assert_int_equal(shared[0], THREADS * ROUNDS);
    assert_int_equal(shared[1], 3 * THREADS * ROUNDS);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* Each says that it runs, and goes on for ever; in code that looks at the flag. */
static void test_stop_from_outside(void **state)
{
    static const char text[] = "r3 = 1\n"
                               "lock *(u64 *)(r1 + 0) += r3\n"
                               "again: r0 += 1\n"
                               "goto again\n";
    skep_vm *vm = new_helper_vm();
    skep_prog *prog = load_native_text(vm, text);
    struct task tasks[THREADS];
    pthread_t threads[THREADS];
    uint64_t shared[2] = { 0, 0 };
    int stop = 0;

    (void)state;
    for (int i = 0; i < THREADS; i++)
        tasks[i] = (struct task){ .prog = prog,
                                  .flags = kinds[i % 2].flags,
                                  .stop = &stop,
                                  .shared = shared,
                                  .runs = 1 };
    start_all(tasks, threads);
    while (__atomic_load_n(&shared[0], __ATOMIC_RELAXED) < THREADS)
        sched_yield();
    skep_stop(&stop, 1);
    wait_for_all(threads);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(tasks[i].code, SKEP_E_STOPPED);
        assert_int_equal(tasks[i].engine, SKEP_ENGINE_JIT);
    }
    skep_prog_free(prog);
    skep_vm_free(vm);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_are_separate),
        cmocka_unit_test(test_additions_are_atomic),
        cmocka_unit_test(test_stop_from_outside),
    };

    return native_is_here() ? cmocka_run_group_tests(tests, NULL, NULL) : SKIPPED;
}
