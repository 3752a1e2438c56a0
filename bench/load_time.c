/* How long skep takes to load (decode and check) a long program.
 *
 * Like all times here this one is warm: memory that a load has freed stays with the
 * process for the next one.  Otherwise a third of it would be page faults. */
#include "load_time.h"

#include "chain.h"
#include "timing.h"

#include <inttypes.h>
#include <malloc.h>
#include <skep.h>
#include <stdio.h>

static enum skep_code load_once(skep_vm *vm, const struct bench_chain *chain,
                                skep_prog **prog, struct skep_err *err)
{
    const struct skep_load_opts opts = {
        .size = sizeof(opts),
        .format = SKEP_FORMAT_RAW,
        .name = "chain",
        .engine = SKEP_ENGINE_INTERP,
    };

    return skep_load(vm, chain->slots, chain->count * sizeof(struct bench_slot), &opts,
                     prog, err);
}

/* Runs the chain and compares its result with that of the host's code. */
static bool check_result(const skep_prog *prog, const struct bench_chain *chain)
{
    struct skep_result res = { .size = sizeof(res) };
    const struct skep_run_opts opts = {
        .size = sizeof(opts),
        .ctx = bench_frame,
        .ctx_len = sizeof(bench_frame),
    };
    uint64_t want = chain->last->o2(bench_frame, sizeof(bench_frame));
    struct skep_err err;

    if (skep_run(prog, &opts, &res, &err) != SKEP_OK) {
        fprintf(stderr, "skep-bench: slot %" PRIu64 ": %s\n", err.where, err.message);
        return false;
    }
    if (res.r0 == want)
        return true;
    fprintf(stderr,
            "skep-bench: the long program returned %" PRIx64 ", not %" PRIx64 "\n",
            res.r0, want);
    return false;
}

static bool measure(skep_vm *vm, const struct bench_chain *chain,
                    const struct bench_plan *plan, struct bench_load *load)
{
    static double samples[BENCH_BATCHES_MAX];
    struct skep_prog_info info = { .size = sizeof(info) };
    struct skep_err err;
    skep_prog *prog;
    bool fine = true;

    for (size_t i = 0; i < plan->batches && fine; i++) {
        uint64_t start = time_now_ns();

        if (load_once(vm, chain, &prog, &err) != SKEP_OK) {
            fprintf(stderr, "skep-bench: slot %" PRIu64 ": %s\n", err.where, err.message);
            return false;
        }
        samples[i] = (double)(time_now_ns() - start);
        if (i == 0) {
            skep_prog_info(prog, &info);
            fine = check_result(prog, chain);
        }
        skep_prog_free(prog);
    }
    *load = (struct bench_load){ .slots = info.slots, .insns = info.insns };
    load->median_ns = time_median(samples, plan->batches);
    load->min_ns = samples[0];
    return fine;
}

void bench_keep_freed_memory(void)
{
#if defined(M_TRIM_THRESHOLD) && defined(M_MMAP_THRESHOLD)
    mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    mallopt(M_MMAP_THRESHOLD, 1 << 25);
#endif
}

bool bench_load_time(size_t slots_wanted, const struct bench_plan *plan,
                     struct bench_load *load)
{
    struct bench_chain chain;
    struct skep_err err;
    skep_vm *vm;
    bool fine;

    if (skep_vm_new(NULL, &vm, &err) != SKEP_OK) {
        fprintf(stderr, "skep-bench: %s\n", err.message);
        return false;
    }
    bench_keep_freed_memory();
    bench_chain_init(&chain, slots_wanted);
    if (chain.last == NULL)
        fprintf(stderr, "skep-bench: there is no program without calls\n");
    fine = chain.last != NULL && measure(vm, &chain, plan, load);
    free(chain.slots);
    skep_vm_free(vm);
    return fine;
}
