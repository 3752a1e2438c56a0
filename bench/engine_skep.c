/* skep's interpreter, with and without checks, through the public API. */
#include "engine.h"
#include "timing.h"

#include <skep.h>
#include <stdio.h>

struct machine {
    skep_vm *vm;
    skep_prog *prog;
    struct skep_run_opts opts;
};

static void machine_close(void *handle)
{
    struct machine *machine = handle;

    skep_prog_free(machine->prog);
    skep_vm_free(machine->vm);
    free(machine);
}

static enum skep_code load(struct machine *machine, const struct bench_prog *prog,
                           struct skep_err *err)
{
    const struct skep_load_opts opts = {
        .size = sizeof(opts),
        .format = SKEP_FORMAT_RAW,
        .name = prog->name,
    };
    enum skep_code code = skep_vm_new(NULL, &machine->vm, err);

    if (code != SKEP_OK)
        return code;
    return skep_load(machine->vm, prog->mem.start, bench_code_len(&prog->mem), &opts,
                     &machine->prog, err);
}

static struct machine *machine_open(const struct bench_prog *prog, uint32_t flags,
                                    char why[BENCH_WHY])
{
    struct machine *machine = calloc(1, sizeof(*machine));
    struct skep_err err;

    if (machine == NULL)
        abort();
    machine->opts = (struct skep_run_opts){
        .size = sizeof(struct skep_run_opts),
        .flags = flags,
        .ctx = bench_frame,
        .ctx_len = sizeof(bench_frame),
    };
    if (load(machine, prog, &err) == SKEP_OK)
        return machine;
    snprintf(why, BENCH_WHY, "%s: %.150s", skep_code_name(err.code), err.message);
    machine_close(machine);
    return NULL;
}

static void *open_fast(const struct bench_prog *prog, char why[BENCH_WHY])
{
    return machine_open(prog, SKEP_RUN_UNCHECKED, why);
}

static void *open_checked(const struct bench_prog *prog, char why[BENCH_WHY])
{
    return machine_open(prog, 0, why);
}

static uint64_t machine_run(void *handle, uint64_t reps, uint32_t *result)
{
    const struct machine *machine = handle;
    struct skep_result res = { .size = sizeof(res) };
    struct skep_err err;
    uint64_t start = time_now_ns();

    for (uint64_t i = 0; i < reps; i++) {
        if (skep_run(machine->prog, &machine->opts, &res, &err) != SKEP_OK) {
            fprintf(stderr, "skep-bench: skep: at %llu: %s\n",
                    (unsigned long long)err.where, err.message);
            exit(EXIT_FAILURE);
        }
    }
    *result = (uint32_t)res.r0;
    return time_now_ns() - start;
}

static int count_one(void *ctx, const struct skep_trace_event *event)
{
    *(uint64_t *)ctx += event->phase == SKEP_TRACE_BEFORE;
    return 0;
}

uint64_t bench_count_insns(const struct bench_prog *prog)
{
    struct skep_result res = { .size = sizeof(res) };
    char why[BENCH_WHY];
    struct machine *machine = machine_open(prog, 0, why);
    uint64_t count = 0;

    if (machine == NULL)
        return 0;
    machine->opts.trace = count_one;
    machine->opts.trace_ctx = &count;
    if (skep_run(machine->prog, &machine->opts, &res, NULL) != SKEP_OK)
        count = 0;
    machine_close(machine);
    return count;
}

const struct bench_engine bench_skep_fast = { "skep-fast", open_fast, machine_run,
                                              machine_close };
const struct bench_engine bench_skep_checked = { "skep-checked", open_checked,
                                                 machine_run, machine_close };
