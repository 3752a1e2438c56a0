/* The host's own code: what the same C source costs without a virtual machine. */
#include "engine.h"
#include "timing.h"

struct native {
    bench_fn fn;
};

static volatile uint32_t numa_node;

uint64_t bench_numa_node_id(void)
{
    return numa_node;
}

static void *native_open(bench_fn fn, char why[BENCH_WHY])
{
    struct native *native = malloc(sizeof(*native));

    if (native == NULL)
        abort();
    native->fn = fn;
    why[0] = 0;
    return native;
}

static void *open_o2(const struct bench_prog *prog, char why[BENCH_WHY])
{
    return native_open(prog->o2, why);
}

static void *open_o3(const struct bench_prog *prog, char why[BENCH_WHY])
{
    return native_open(prog->o3, why);
}

static uint64_t native_run(void *handle, uint64_t reps, uint32_t *result)
{
    const struct native *native = handle;
    bench_fn fn = native->fn;
    uint64_t start = time_now_ns(), r0 = 0;

    for (uint64_t i = 0; i < reps; i++)
        r0 = fn(bench_frame, sizeof(bench_frame));
    *result = (uint32_t)r0;
    return time_now_ns() - start;
}

const struct bench_engine bench_native_o2 = { "native-O2", open_o2, native_run, free };
const struct bench_engine bench_native_o3 = { "native-O3", open_o3, native_run, free };
