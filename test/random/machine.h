/* A program on the builds of the interpreter, and what came of it, to the last byte.
 *
 * Runs take place in memory of their own that is the same for every build, so that
 * addresses that programs compute with are the same too. One arena may be used by one
 * thread at a time. */
#ifndef RANDOM_MACHINE_H
#define RANDOM_MACHINE_H

#include "interp/interp.h"

enum build { BUILD_CHECKED, BUILD_FAST, BUILD_TRACED, BUILD_COUNT };
extern const char *const build_names[BUILD_COUNT];

/* The memory of runs. */
enum { MACHINE_CTX = 256, MACHINE_USER = 64 };

struct arena {
    struct sk_run run;
    _Alignas(16) uint8_t ctx[MACHINE_CTX];
    _Alignas(16) uint8_t user[MACHINE_USER]; /* for helpers */
};

/* A program ready to run. */
struct machine {
    struct sk_image image;
    struct sk_code code;
};

/* Makes one of `count` slots; env is borrowed. On failure *machine holds nothing. */
enum skep_code machine_init(struct machine *machine, const struct sk_env *env,
                            const void *slots, uint32_t count, struct skep_err *err);
void machine_fini(struct machine *machine);

/* What a run starts with, besides a context. */
struct start {
    uint64_t fuel;
    uint32_t strict;
};

/* What it left. */
struct outcome {
    enum skep_code code;
    uint64_t regs[SK_REGS]; /* at the end, or before the instruction that faulted */
    uint64_t fuel_left, uninit_reads;
    uint32_t uninit_pc;
    uint32_t region_count;
    struct skep_fault fault;
    uint8_t ctx[MACHINE_CTX];
    uint8_t user[MACHINE_USER];
    uint8_t stack[SK_STACK_TOTAL];
    /* what is wrong with it, or "": a write outside of the context; of a traced run
     * what its events contradict */
    char complaint[160];
    uint64_t executed;
};

/* Runs the program on a build with a copy of `ctx_len` bytes as context (at most
 * MACHINE_CTX, also the packet of packet loads). BUILD_FAST only for programs whose
 * accesses are good. */
void machine_run(const struct machine *machine, struct arena *arena, enum build build,
                 const struct start *start, const void *ctx, size_t ctx_len,
                 struct outcome *out);

/* The first thing in which two outcomes differ, or NULL. */
const char *outcome_difference(const struct outcome *a, const struct outcome *b);

#endif
