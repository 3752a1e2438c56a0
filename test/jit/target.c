/* A program with native code in it, for perf and GDB to look at.
 *
 *     target gdb|map|dump [SECONDS]
 *
 * Announces the sample's code in that way. For GDB the code calls back, reached() being
 * the place for a breakpoint; for perf it spins for so many seconds (2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jit/execmem.h"
#include "sample.h"

static volatile int calls;

__attribute__((noinline)) static void reached(void)
{
    calls++;
}

static const void *part(const struct sk_exec *exec, const char *name)
{
    for (size_t i = 0; i < SK_LEN(sample_symbols); i++) {
        if (!strcmp(sample_symbols[i].name, name))
            return exec->code + sample_symbols[i].offset;
    }
    return NULL;
}

static void call_back(const struct sk_exec *exec)
{
    void (*outer)(void (*)(void));
    const void *at = part(exec, "sample/outer");

    memcpy(&outer, &at, sizeof(outer));
    outer(reached);
}

static void spin(const struct sk_exec *exec, long seconds)
{
    time_t end = time(NULL) + seconds;
    uint64_t (*function)(uint64_t);
    const void *at = part(exec, "sample/spin");

    memcpy(&function, &at, sizeof(function));
    while (time(NULL) < end)
        function(1000000);
}

int main(int argc, char **argv)
{
    uint32_t way = argc < 2                   ? 0
                   : !strcmp(argv[1], "gdb")  ? SKEP_NATIVE_GDB
                   : !strcmp(argv[1], "map")  ? SKEP_NATIVE_PERF_MAP
                   : !strcmp(argv[1], "dump") ? SKEP_NATIVE_JITDUMP
                                              : 0;
    struct sk_mem mem = sk_mem_default();
    struct sk_exec exec;
    struct sk_announced announced;
    struct sk_announce_code code;
    struct skep_err err;

    if (!way || sk_exec_map(&exec, sizeof(sample_code), main, &err))
        return 2;
    memcpy(exec.code, sample_code, sizeof(sample_code));
    if (sk_exec_seal(&exec, &err))
        return 2;
    code = sample_at(exec.code);
    if (sk_announce(&mem, &code, way, &announced, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    if (way == SKEP_NATIVE_GDB)
        call_back(&exec);
    else
        spin(&exec, argc > 2 ? strtol(argv[2], NULL, 10) : 2);
    sk_announce_end(&mem, &announced);
    reached();
    sk_exec_unmap(&exec);
    return 0;
}
