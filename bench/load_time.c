/* How long skep takes to load (decode and check) a long program.
 *
 * The program is made of the benchmark programs without calls, one copy after the other
 * and over again until it is long enough:
 *
 *     *(u64 *)(r10 - 512) = r1        the memory and its length, kept where no
 *     *(u64 *)(r10 - 504) = r2        benchmark program has its stack
 *
 *     r1 = *(u64 *)(r10 - 512)        for each copy
 *     r2 = *(u64 *)(r10 - 504)
 *     ...                             its code, `exit` changed to a jump to the next copy
 *
 * So it is a mix as compilers make it, and it can be run: what it returns must be what
 * the last copy returns by itself.
 *
 * Like all times here this one is warm: memory that a load has freed stays with the
 * process for the next one.  Otherwise a third of it would be page faults. */
#include "load_time.h"

#include "timing.h"

#include <inttypes.h>
#include <malloc.h>
#include <skep.h>
#include <stdio.h>
#include <string.h>

/* Opcodes by RFC 9669: 5.1 (memory), 4.3 (jumps). */
enum { OP_LDXDW = 0x79, OP_STXDW = 0x7b, OP_LDDW = 0x18, OP_JA = 0x05, OP_EXIT = 0x95 };
enum { R1 = 1, R2 = 2, R10 = 10 };

struct slot {
    uint8_t opcode;
    uint8_t regs; /* source above destination, four bits each */
    int16_t off;
    int32_t imm;
};

struct chain {
    struct slot *slots;
    size_t count;
    const struct bench_prog *last; /* whose copy is the last one; NULL: there is none */
};

static struct slot keep(int16_t off, int reg)
{
    return (struct slot){ OP_STXDW, (uint8_t)(reg << 4 | R10), off, 0 };
}

static struct slot restore(int reg, int16_t off)
{
    return (struct slot){ OP_LDXDW, (uint8_t)(R10 << 4 | reg), off, 0 };
}

/* Lets each exit of the copy in [first, end) jump to `end`. */
static void link_exits(struct slot *slots, size_t first, size_t end)
{
    for (size_t pc = first; pc < end; pc++) {
        if (slots[pc].opcode == OP_EXIT)
            slots[pc] = (struct slot){ OP_JA, 0, (int16_t)(end - pc - 1), 0 };
        else if (slots[pc].opcode == OP_LDDW)
            pc++;
    }
}

/* Adds a copy of `prog`; the copy before it, which began at `before`, now leads here. */
static size_t add_copy(struct chain *chain, const struct bench_prog *prog, size_t before)
{
    size_t len = bench_code_len(&prog->mem), first = chain->count;

    link_exits(chain->slots, before, first);
    chain->slots[chain->count++] = restore(R1, -512);
    chain->slots[chain->count++] = restore(R2, -504);
    memcpy(&chain->slots[chain->count], prog->mem.start, len);
    chain->count += len / sizeof(struct slot);
    chain->last = prog;
    return first;
}

static size_t longest_copy(void)
{
    size_t longest = 0;

    for (size_t i = 0; i < bench_prog_count; i++) {
        size_t len = bench_code_len(&bench_progs[i].mem);

        if (len > longest)
            longest = len;
    }
    return longest / sizeof(struct slot) + 2;
}

static void chain_init(struct chain *chain, size_t slots_wanted)
{
    size_t before = 0;

    *chain = (struct chain){ 0 };
    chain->slots = calloc(slots_wanted + longest_copy() + 2, sizeof(*chain->slots));
    if (chain->slots == NULL)
        abort();
    chain->slots[chain->count++] = keep(-512, R1);
    chain->slots[chain->count++] = keep(-504, R2);
    do {
        for (size_t i = 0; i < bench_prog_count && chain->count < slots_wanted; i++)
            if (!bench_has_calls(&bench_progs[i]))
                before = add_copy(chain, &bench_progs[i], before);
    } while (chain->last != NULL && chain->count < slots_wanted);
}

static enum skep_code load_once(skep_vm *vm, const struct chain *chain, skep_prog **prog,
                                struct skep_err *err)
{
    const struct skep_load_opts opts = {
        .size = sizeof(opts),
        .format = SKEP_FORMAT_RAW,
        .name = "chain",
    };

    return skep_load(vm, chain->slots, chain->count * sizeof(struct slot), &opts, prog,
                     err);
}

/* Runs the chain and compares its result with that of the host's code. */
static bool check_result(const skep_prog *prog, const struct chain *chain)
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

static bool measure(skep_vm *vm, const struct chain *chain, const struct bench_plan *plan,
                    struct bench_load *load)
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

/* Lets free(3) keep what it gets; nothing to do for C libraries that cannot be told. */
static void keep_freed_memory(void)
{
#if defined(M_TRIM_THRESHOLD) && defined(M_MMAP_THRESHOLD)
    mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    mallopt(M_MMAP_THRESHOLD, 1 << 25);
#endif
}

bool bench_load_time(size_t slots_wanted, const struct bench_plan *plan,
                     struct bench_load *load)
{
    struct chain chain;
    struct skep_err err;
    skep_vm *vm;
    bool fine;

    if (skep_vm_new(NULL, &vm, &err) != SKEP_OK) {
        fprintf(stderr, "skep-bench: %s\n", err.message);
        return false;
    }
    keep_freed_memory();
    chain_init(&chain, slots_wanted);
    if (chain.last == NULL)
        fprintf(stderr, "skep-bench: there is no program without calls\n");
    fine = chain.last != NULL && measure(vm, &chain, plan, load);
    free(chain.slots);
    skep_vm_free(vm);
    return fine;
}
