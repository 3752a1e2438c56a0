/* A program on the builds of the interpreter and as native code, and what came of it, to the
 * last byte.
 *
 * Runs take place in memory of their own that is the same for every build, so that
 * addresses that programs compute with are the same too. One arena may be used by one
 * thread at a time. */
#ifndef RANDOM_MACHINE_H
#define RANDOM_MACHINE_H

#include "interp/interp.h"
#include "jit/jit.h"
#include "rt/map.h"

/* What runs a program: the first is the measure of the others. */
enum build {
    BUILD_CHECKED,
    BUILD_FAST,
    BUILD_TRACED,
    BUILD_NATIVE,
    BUILD_NATIVE_FAST,
    BUILD_NATIVE_UNMETERED,
    BUILD_COUNT
};

/* What a build leaves behind besides memory, the code and place of a fault, and r0. */
enum build_tells {
    BUILD_TELLS_REGS = 1,       /* all registers at the end */
    BUILD_TELLS_FAULT_REGS = 2, /* all registers at a fault */
    BUILD_TELLS_FUEL = 4,
    BUILD_TELLS_UNINIT = 8, /* how often what was never written is read */
    BUILD_TELLS_STACK = 16, /* the bytes of the stack that were written */
    BUILD_TELLS_ALL = 31,
};

struct build_info {
    const char *name;
    enum sk_code_kind kind;
    uint32_t tells;                                            /* enum build_tells */
    enum skep_code (*interp)(struct sk_run *run, uint32_t pc); /* NULL: native code */
};
extern const struct build_info build_infos[BUILD_COUNT];

/* Whether it checks accesses: else it may run only programs whose accesses are good. */
int build_is_checked(enum build build);
/* Whether it counts fuel: else it may run only programs that end without it. */
int build_is_metered(enum build build);

/* The memory of runs. */
enum { MACHINE_CTX = 256, MACHINE_USER = 64, MACHINE_MAP = 40 };

struct arena {
    struct sk_run run;
    _Alignas(16) uint8_t ctx[MACHINE_CTX];
    _Alignas(16) uint8_t user[MACHINE_USER]; /* for helpers */
};

/* A program ready to run. Native code knows its address. References to map 1 find one value of
 * MACHINE_MAP bytes, in which a run begins with the bytes 0, 1, 2 and so on. */
struct machine {
    struct sk_image image;
    struct sk_map *map;
    struct sk_code code;
    struct sk_native *native[SK_CODE_KINDS]; /* by kind; NULL: there is none */
    uint32_t builds;                         /* bit n: build n can be run */
};

/* Why this machine has no native code, or NULL: it has. */
const char *machine_no_native(const struct sk_env *env);

/* Makes one of `count` slots; env is borrowed. `native` is how native code is made, if there is
 * any: of enum skep_native_flags BLIND, PADS and NO_PADS. On failure *machine holds nothing. */
enum skep_code machine_init(struct machine *machine, const struct sk_env *env,
                            const void *slots, uint32_t count, uint32_t native,
                            struct skep_err *err);
/* Leaves out builds whose stack is not the arena's: of programs that compute with addresses, or
 * loop by them, they have other results. */
void machine_keep_addresses(struct machine *machine);

void machine_fini(struct machine *machine);

/* What a run starts with, besides a context. */
struct start {
    uint64_t fuel;
    uint32_t strict;
};

/* What it left. */
struct outcome {
    enum build build;
    enum skep_code code;
    uint64_t regs[SK_REGS]; /* at the end, or before the instruction that faulted */
    uint64_t fuel_left, uninit_reads;
    uint32_t uninit_pc;
    uint32_t region_count;
    struct skep_fault fault;
    uint8_t ctx[MACHINE_CTX];
    uint8_t user[MACHINE_USER];
    uint8_t map[MACHINE_MAP];
    uint8_t stack[SK_STACK_TOTAL];
    uint8_t unwritten[SK_STACK_TOTAL / 8]; /* one bit a stack byte; of checked runs */
    /* what is wrong with it, or "": a write outside of the context; of a traced run
     * what its events contradict */
    char complaint[160];
    uint64_t executed;
};

/* Runs the program on one of its builds with a copy of `ctx_len` bytes as context (at most
 * MACHINE_CTX, also the packet of packet loads). */
void machine_run(const struct machine *machine, struct arena *arena, enum build build,
                 const struct start *start, const void *ctx, size_t ctx_len,
                 struct outcome *out);

/* The first thing in which two outcomes differ that both builds tell, or NULL. */
const char *outcome_difference(const struct outcome *a, const struct outcome *b);

#endif
