/* What it costs to get a program ready. */
#include "cost.h"

#include <skep_native.h>
#include <stdlib.h>

#include "clock.h"
#include "fault.h"
#include "report.h"
#include "stop.h"

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct timing timing_of(double *samples, size_t n)
{
    qsort(samples, n, sizeof(*samples), compare);
    return (struct timing){ samples[0], (samples[(n - 1) / 2] + samples[n / 2]) / 2 };
}

/* *ns is how long it took. */
static enum skep_code load_once(const struct program *program, uint32_t flags,
                                uint64_t *ns, struct skep_err *err)
{
    const struct skep_load_opts opts = {
        .size = sizeof(opts),
        .format = SKEP_FORMAT_RAW,
        .engine = SKEP_ENGINE_INTERP,
    };
    const void *slots = skep_prog_bytes(program->prog);
    uint64_t start = now_ns();
    skep_prog *prog;
    enum skep_code code =
        skep_load(program->vm, slots, (size_t)program->info.slots * 8, &opts, &prog, err);

    (void)flags;
    *ns = now_ns() - start;
    if (code == SKEP_OK)
        skep_prog_free(prog);
    return code;
}

static enum skep_code compile_once(const struct program *program, uint32_t flags,
                                   uint64_t *ns, struct skep_err *err)
{
    const struct skep_compile_opts opts = { .size = sizeof(opts), .flags = flags };
    uint64_t start = now_ns();
    skep_native *native;
    enum skep_code code = skep_compile(program->prog, &opts, &native, err);

    *ns = now_ns() - start;
    if (code == SKEP_OK)
        skep_native_free(native);
    return code;
}

typedef enum skep_code (*once_fn)(const struct program *program, uint32_t flags,
                                  uint64_t *ns, struct skep_err *err);

static int sample(const struct program *program, once_fn once, uint32_t flags,
                  size_t samples, struct timing *timing)
{
    const int *stop = stop_flag();
    double taken[COST_SAMPLES_MAX] = { 0 };
    struct skep_err err;

    for (size_t i = 0; i < samples; i++) {
        uint64_t ns;

        if (stop_is_set(stop))
            return fail_stopped(program);
        if (once(program, flags, &ns, &err) != SKEP_OK)
            return fail_library(program->input.name, &err, NULL);
        taken[i] = (double)ns;
    }
    *timing = timing_of(taken, samples);
    return 0;
}

int cost_load(const struct program *program, size_t samples, struct timing *timing)
{
    return sample(program, load_once, 0, samples, timing);
}

int cost_compile(const struct program *program, uint32_t flags, size_t samples,
                 struct timing *timing)
{
    return sample(program, compile_once, flags, samples, timing);
}
