/* Many threads announce at once, in all ways: lines and records do not mix, the dump
 * begins once, and GDB's list is whole. Runs under ThreadSanitizer too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

#include "announce_sample.h"

enum { THREADS = 8, ROUNDS = 50, SYMBOLS = SK_LEN(sample_symbols) };
enum { ALL = SKEP_NATIVE_PERF_MAP | SKEP_NATIVE_JITDUMP | SKEP_NATIVE_GDB };

static char map_path[40], dump_path[40], folder[] = "/tmp/skep-announce-XXXXXX";

struct task {
    unsigned failures;
    unsigned markers; /* a dump was begun */
};

static void *work(void *arg)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_announce_code code = sample_at(sample_code);
    struct sk_announced kept[ROUNDS], passing;
    struct task *task = arg;

    for (int i = 0; i < ROUNDS; i++) {
        task->failures += sk_announce(&mem, &code, ALL, &kept[i], NULL) != SKEP_OK;
        task->markers += kept[i].marker != NULL;
        task->failures +=
            sk_announce(&mem, &code, SKEP_NATIVE_GDB, &passing, NULL) != SKEP_OK;
        sk_announce_end(&mem, &passing);
    }
    for (int i = 0; i < ROUNDS; i++)
        sk_announce_end(&mem, &kept[i]);
    return NULL;
}

/* The symbol that a line of the map is about; SYMBOLS if none. */
static size_t symbol_of(const char *line)
{
    char want[256];

    for (size_t i = 0; i < SYMBOLS; i++) {
        snprintf(want, sizeof(want), "%lx %x %s\n",
                 (unsigned long)(uintptr_t)sample_code + sample_symbols[i].offset,
                 (unsigned)sample_symbols[i].size, sample_symbols[i].name);
        if (!strcmp(line, want))
            return i;
    }
    return SYMBOLS;
}

static void check_map(void)
{
    unsigned lines[SYMBOLS + 1] = { 0 };
    FILE *file = fopen(map_path, "r");
    char line[256];

    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        lines[symbol_of(line)]++;
    fclose(file);
    assert_int_equal(lines[SYMBOLS], 0);
    for (size_t i = 0; i < SYMBOLS; i++)
        assert_int_equal(lines[i], THREADS * ROUNDS);
}

/* Goes from record to record: kind and length come first (jitdump-specification.txt). */
static void check_dump(void)
{
    FILE *file = fopen(dump_path, "rb");
    unsigned kinds[3] = { 0 };
    uint32_t head[2];

    assert_non_null(file);
    assert_int_equal(fseek(file, 40, SEEK_SET), 0);
    while (fread(head, sizeof(head), 1, file) == 1) {
        assert_in_range(head[0], 0, 2);
        assert_in_range(head[1], 16, 4096);
        kinds[head[0]]++;
        assert_int_equal(fseek(file, (long)head[1] - (long)sizeof(head), SEEK_CUR), 0);
    }
    fclose(file);
    assert_int_equal(kinds[0], THREADS * ROUNDS * SYMBOLS);
    assert_int_equal(kinds[2], THREADS * ROUNDS * SYMBOLS);
}

static void test_all_at_once(void **state)
{
    struct task tasks[THREADS] = { { 0 } };
    pthread_t threads[THREADS];
    unsigned markers = 0;

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &tasks[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(tasks[i].failures, 0);
        markers += tasks[i].markers;
    }
    assert_int_equal(markers, 1);
    check_map();
    check_dump();
}

static int set_up(void **state)
{
    (void)state;
    snprintf(map_path, sizeof(map_path), "/tmp/perf-%ld.map", (long)getpid());
    snprintf(dump_path, sizeof(dump_path), "jit-%ld.dump", (long)getpid());
    unlink(map_path); /* an earlier process of this number may have left it */
    return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int clean_up(void **state)
{
    (void)state;
    unlink(map_path);
    unlink(dump_path);
    return chdir("/") || rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_all_at_once) };

    return cmocka_run_group_tests(tests, set_up, clean_up);
}
