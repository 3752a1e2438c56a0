/* skep's interpreter and native code, with and without checks, through the public API. */
#include "engine.h"
#include "timing.h"

#include <skep_native.h>
#include <stdio.h>

struct machine {
    skep_vm *vm;
    skep_prog *prog;
    struct skep_run_opts opts;
    enum skep_engine engine; /* that must be what ran */
};

/* How a program is loaded and run. */
struct way {
    enum skep_engine engine;
    uint32_t native; /* enum skep_native_flags */
    uint32_t flags;  /* enum skep_run_flags */
};

static void machine_close(void *handle)
{
    struct machine *machine = handle;

    skep_prog_free(machine->prog);
    skep_vm_free(machine->vm);
    free(machine);
}

static uint64_t numa_node_id(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                             uint64_t a5, skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return bench_numa_node_id();
}

static const struct skep_helper helpers[] = {
    { .id = 42, .name = "bpf_get_numa_node_id", .fn = numa_node_id },
};

static const struct skep_vm_opts vm_opts = {
    .size = sizeof(vm_opts),
    .helpers = helpers,
    .helper_count = sizeof(helpers) / sizeof(helpers[0]),
};

static enum skep_code load(struct machine *machine, const struct bench_code *slots,
                           const struct way *way, struct skep_err *err)
{
    const struct skep_load_opts opts = {
        .size = sizeof(opts),
        .format = SKEP_FORMAT_RAW,
        .engine = way->engine,
        .native = way->native,
    };
    enum skep_code code = skep_vm_new(&vm_opts, &machine->vm, err);

    if (code != SKEP_OK)
        return code;
    return skep_load(machine->vm, slots->start, bench_code_len(slots), &opts,
                     &machine->prog, err);
}

static struct machine *machine_open(const struct bench_code *slots, const struct way *way,
                                    char why[BENCH_WHY])
{
    struct machine *machine = calloc(1, sizeof(*machine));
    struct skep_err err;

    if (machine == NULL)
        abort();
    machine->engine = way->engine;
    machine->opts = (struct skep_run_opts){
        .size = sizeof(struct skep_run_opts),
        .flags = way->flags,
        .ctx = bench_frame,
        .ctx_len = sizeof(bench_frame),
    };
    if (load(machine, slots, way, &err) == SKEP_OK)
        return machine;
    snprintf(why, BENCH_WHY, "%s: %.150s", skep_code_name(err.code), err.message);
    machine_close(machine);
    return NULL;
}

static const struct way interp_fast = { SKEP_ENGINE_INTERP, 0,
                                        SKEP_RUN_INTERP | SKEP_RUN_UNCHECKED };
static const struct way interp_checked = { SKEP_ENGINE_INTERP, 0, SKEP_RUN_INTERP };
static const struct way jit_unmetered = { SKEP_ENGINE_JIT, SKEP_NATIVE_UNMETERED,
                                          SKEP_RUN_UNCHECKED | SKEP_RUN_UNMETERED };
static const struct way jit_checked = { SKEP_ENGINE_JIT, SKEP_NATIVE_CHECKED, 0 };

static void *open_fast(const struct bench_prog *prog, char why[BENCH_WHY])
{
    return machine_open(&prog->mem, &interp_fast, why);
}

static void *open_checked(const struct bench_prog *prog, char why[BENCH_WHY])
{
    return machine_open(&prog->mem, &interp_checked, why);
}

static void *open_jit_unmetered(const struct bench_prog *prog, char why[BENCH_WHY])
{
    return machine_open(&prog->mem, &jit_unmetered, why);
}

static void *open_jit_checked(const struct bench_prog *prog, char why[BENCH_WHY])
{
    return machine_open(&prog->mem, &jit_checked, why);
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
    if (res.engine != machine->engine) {
        fprintf(stderr, "skep-bench: skep ran the program on another engine\n");
        exit(EXIT_FAILURE);
    }
    *result = (uint32_t)res.r0;
    return time_now_ns() - start;
}

/* As native code is called, through a function pointer, if the code is a function. */
static uint64_t function_run(void *handle, uint64_t reps, uint32_t *result)
{
    const struct machine *machine = handle;
    skep_native_fn function =
        skep_native_function(skep_prog_native(machine->prog, SKEP_NATIVE_UNMETERED));
    uint64_t r0 = 0, start;

    if (function == NULL)
        return machine_run(handle, reps, result);
    start = time_now_ns();
    for (uint64_t i = 0; i < reps; i++)
        r0 = function(machine->opts.ctx, machine->opts.ctx_len);
    *result = (uint32_t)r0;
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
    struct machine *machine = machine_open(&prog->mem, &interp_checked, why);
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

size_t bench_code_size(const struct bench_code *code, uint32_t target, uint32_t kind)
{
    const struct skep_compile_opts opts = { .size = sizeof(opts),
                                            .target = (enum skep_target)target,
                                            .flags = kind };
    char why[BENCH_WHY];
    struct machine *machine = machine_open(code, &interp_checked, why);
    skep_native *native;
    size_t len = 0;

    if (machine == NULL)
        return 0;
    if (skep_compile(machine->prog, &opts, &native, NULL) == SKEP_OK) {
        skep_native_code(native, &len);
        skep_native_free(native);
    }
    machine_close(machine);
    return len;
}

const struct bench_engine bench_skep_fast = { "skep-fast", open_fast, machine_run,
                                              machine_close };
const struct bench_engine bench_skep_checked = { "skep-checked", open_checked,
                                                 machine_run, machine_close };
const struct bench_engine bench_jit_unmetered = { "jit-unmetered", open_jit_unmetered,
                                                  function_run, machine_close };
const struct bench_engine bench_jit_checked = { "jit-checked", open_jit_checked,
                                                machine_run, machine_close };
