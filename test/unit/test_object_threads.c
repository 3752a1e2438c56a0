/* Objects and their programs in several threads: programs run and are freed in any of them,
 * while one has the object, loads more of it, and lets go of it in the middle. */
#include <pthread.h>

#include "typed_object.h"

enum { THREADS = 6, RUNS = 300, LOADS = 40 };

struct bench {
    struct elf e;
    skep_vm *vm;
    skep_object *object;
};

static int set_up(void **state)
{
    static struct bench b;
    struct skep_object_opts opts = { .size = sizeof(opts), .name = "sample.o" };

    b = (struct bench){ .e = typed_object() };
    assert_int_equal(skep_vm_new(NULL, &b.vm, NULL), SKEP_OK);
    assert_int_equal(
        skep_object_open(b.vm, b.e.file, b.e.file_len, &opts, &b.object, NULL), SKEP_OK);
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    skep_object_free(b->object);
    skep_vm_free(b->vm);
    elf_free(&b->e);
    return 0;
}

static skep_prog *load(struct bench *b, uint32_t index)
{
    skep_prog *prog = NULL;
    struct skep_err err;

    if (skep_object_load(b->object, index, NULL, &prog, &err))
        fail_msg("%s", err.message);
    return prog;
}

/* A thread's own programs, all of one object. */
struct worker {
    pthread_t thread;
    skep_prog *progs[2];
    uint32_t interp;
    int failed;
};

/* Runs one that reads a constant, and looks at what is told of it, which lies in the object. */
static void *work(void *ctx)
{
    struct worker *w = ctx;
    struct skep_run_opts opts = { .size = sizeof(opts),
                                  .flags = w->interp ? SKEP_RUN_INTERP : 0 };

    for (int i = 0; i < RUNS && !w->failed; i++) {
        struct skep_result res = { .size = sizeof(res) };
        struct skep_prog_info info = { .size = sizeof(info) };
        struct skep_err err;

        w->failed =
            skep_run(w->progs[i % 2], &opts, &res, &err) != SKEP_OK || res.r0 != 5;
        skep_prog_info(w->progs[i % 2], &info);
        w->failed |= strcmp(info.license, "GPL") != 0 || strcmp(info.name, "read") != 0;
    }
    skep_prog_free(w->progs[0]);
    skep_prog_free(w->progs[1]);
    return NULL;
}

static void start(struct bench *b, struct worker *workers)
{
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i] =
            (struct worker){ .progs = { load(b, 1), load(b, 1) }, .interp = i % 2 };
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
}

static void join(struct worker *workers)
{
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_false(workers[i].failed);
    }
}

/* Loading makes maps, and links of the object that programs have; the owner goes on to look at
 * variables and to set them. */
static void test_owner_goes_on(void **state)
{
    struct bench *b = *state;
    struct worker workers[THREADS];
    struct skep_variable_info var = { .size = sizeof(var) };

    start(b, workers);
    for (int i = 0; i < LOADS; i++) {
        struct skep_result res = { .size = sizeof(res) };
        skep_prog *bump = load(b, 0);

        assert_int_equal(skep_object_set_text(b->object, "value", "7", NULL), SKEP_OK);
        assert_int_equal(skep_run(bump, NULL, &res, NULL), SKEP_OK);
        assert_int_equal(res.r0, 8);
        skep_prog_free(bump);
        assert_int_equal(skep_object_variable(b->object, 0, &var), SKEP_OK);
        assert_memory_equal(var.data, "\x08\0\0\0", 4);
    }
    join(workers);
}

/* The object's handle goes first, and the last program takes the rest with it. */
static void test_object_goes_first(void **state)
{
    struct bench *b = *state;
    struct worker workers[THREADS];

    start(b, workers);
    skep_object_free(b->object);
    b->object = NULL;
    join(workers);
}

/* One program in all threads at a time. */
static void *run_shared(void *prog)
{
    struct skep_result res = { .size = sizeof(res) };
    intptr_t bad = 0;

    for (int i = 0; i < RUNS; i++)
        bad |= skep_run(prog, NULL, &res, NULL) != SKEP_OK || res.r0 != 5;
    return (void *)bad;
}

static void test_one_program(void **state)
{
    struct bench *b = *state;
    skep_prog *prog = load(b, 1);
    pthread_t threads[THREADS];

    skep_object_free(b->object);
    b->object = NULL;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_shared, prog), 0);
    for (int i = 0; i < THREADS; i++) {
        void *bad;

        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
    skep_prog_free(prog);
}

/* Types are constant: any thread may read them. */
static int drop(void *ctx, const char *text, size_t len)
{
    (void)text;
    *(size_t *)ctx += len;
    return 0;
}

static void *read_types(void *ctx)
{
    const skep_btf *btf = ctx;
    size_t written = 0;

    for (int i = 0; i < RUNS / 10; i++) {
        if (skep_btf_dump(btf, SKEP_BTF_C, drop, &written, NULL) ||
            skep_btf_dump(btf, SKEP_BTF_RAW, drop, &written, NULL) ||
            skep_btf_find(btf, "int", 0) != 1)
            return ctx;
    }
    return NULL;
}

static void test_types(void **state)
{
    struct bench *b = *state;
    struct skep_object_info info = { .size = sizeof(info) };
    pthread_t threads[THREADS];

    skep_object_info(b->object, &info);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, read_types, (void *)(uintptr_t)info.btf),
            0);
    for (int i = 0; i < THREADS; i++) {
        void *bad;

        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_owner_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_object_goes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_program, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_types, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
