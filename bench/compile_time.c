/* How long skep takes to make native code, by the length of the program.
 *
 * Long programs are chains of the benchmark programs (chain.h); short ones are additions and
 * an exit, for a chain cannot be shorter than a link. A sample is as many compilations as fill
 * a batch. The fixed cost is where the line through the two shortest programs, which are of
 * one make, meets length 0. */
#include "compile_time.h"

#include "chain.h"
#include "load_time.h"
#include "timing.h"

#include <skep_native.h>
#include <stdio.h>

/* Opcodes by RFC 9669, 4: r0 = 0; r0 += r1; exit. */
enum { OP_MOV_IMM = 0xb7, OP_ADD_REG = 0x0f, OP_EXIT = 0x95, R1 = 1 };

enum { SHORT_MAX = 100 };

static const uint32_t sizes[BENCH_COMPILE_SIZES] = { 10, 100, 1000, 10000, 100000 };
static const uint32_t kinds[BENCH_COMPILE_KINDS] = {
    [BENCH_COMPILE_UNMETERED] = SKEP_NATIVE_UNMETERED,
    [BENCH_COMPILE_CHECKED] = SKEP_NATIVE_CHECKED,
};

static void make_short(struct bench_chain *program, size_t count)
{
    program->slots = calloc(count, sizeof(*program->slots));
    if (program->slots == NULL)
        abort();
    program->count = count;
    for (size_t i = 0; i < count; i++)
        program->slots[i] = (struct bench_slot){ OP_ADD_REG, R1 << 4, 0, 0 };
    program->slots[0] = (struct bench_slot){ OP_MOV_IMM, 0, 0, 0 };
    program->slots[count - 1] = (struct bench_slot){ OP_EXIT, 0, 0, 0 };
}

/* The ns that `reps` compilations took; *code_len is the length of what they made. */
static bool compile(const skep_prog *prog, uint32_t kind, uint64_t reps, uint64_t *ns,
                    size_t *code_len)
{
    const struct skep_compile_opts opts = { .size = sizeof(opts), .flags = kind };
    uint64_t start = time_now_ns();
    struct skep_err err;

    for (uint64_t i = 0; i < reps; i++) {
        skep_native *native;

        if (skep_compile(prog, &opts, &native, &err) != SKEP_OK) {
            fprintf(stderr, "skep-bench: compiling: %s\n", err.message);
            return false;
        }
        skep_native_code(native, code_len);
        skep_native_free(native);
    }
    *ns = time_now_ns() - start;
    return true;
}

static bool measure(const skep_prog *prog, size_t size, uint32_t kind,
                    const struct bench_plan *plan, struct bench_compile *result)
{
    static double samples[BENCH_BATCHES_MAX];
    struct skep_prog_info info = { .size = sizeof(info) };
    uint64_t ns, reps = 1;
    size_t code_len;

    do {
        reps *= 2;
        if (!compile(prog, kind, reps / 2, &ns, &code_len))
            return false;
    } while (ns < plan->batch_ns / 2);
    for (size_t i = 0; i < plan->batches; i++) {
        if (!compile(prog, kind, reps, &ns, &code_len))
            return false;
        samples[i] = (double)ns / (double)reps;
    }
    skep_prog_info(prog, &info);
    result->at[size].insns = info.insns;
    result->at[size].code_len = code_len;
    result->at[size].ns = time_median(samples, plan->batches);
    result->at[size].min_ns = samples[0];
    return true;
}

static bool measure_size(skep_vm *vm, size_t size, const struct bench_plan *plan,
                         struct bench_compile compile_times[BENCH_COMPILE_KINDS])
{
    const struct skep_load_opts opts = { .size = sizeof(opts),
                                         .format = SKEP_FORMAT_RAW,
                                         .engine = SKEP_ENGINE_INTERP };
    struct bench_chain program;
    struct skep_err err;
    skep_prog *prog;
    bool fine = true;

    if (sizes[size] <= SHORT_MAX)
        make_short(&program, sizes[size]);
    else
        bench_chain_init(&program, sizes[size]);
    if (skep_load(vm, program.slots, program.count * sizeof(*program.slots), &opts, &prog,
                  &err) != SKEP_OK) {
        fprintf(stderr, "skep-bench: %s\n", err.message);
        free(program.slots);
        return false;
    }
    for (size_t kind = 0; kind < BENCH_COMPILE_KINDS && fine; kind++)
        fine = measure(prog, size, kinds[kind], plan, &compile_times[kind]);
    skep_prog_free(prog);
    free(program.slots);
    return fine;
}

static double fixed_cost(const struct bench_compile *c)
{
    double per_insn =
        (c->at[1].ns - c->at[0].ns) / (double)(c->at[1].insns - c->at[0].insns);

    return c->at[0].ns - per_insn * (double)c->at[0].insns;
}

bool bench_compile_time(const struct bench_plan *plan,
                        struct bench_compile compile_times[BENCH_COMPILE_KINDS])
{
    struct skep_err err;
    skep_vm *vm;
    bool fine = true;

    if (skep_vm_new(NULL, &vm, &err) != SKEP_OK) {
        fprintf(stderr, "skep-bench: %s\n", err.message);
        return false;
    }
    bench_keep_freed_memory();
    for (size_t size = 0; size < BENCH_COMPILE_SIZES && fine; size++)
        fine = measure_size(vm, size, plan, compile_times);
    for (size_t kind = 0; kind < BENCH_COMPILE_KINDS && fine; kind++)
        compile_times[kind].fixed_ns = fixed_cost(&compile_times[kind]);
    skep_vm_free(vm);
    return fine;
}
