/* Programs and the engines that run them.
 *
 * A program is compiled into this binary in four forms.  An engine opens a program
 * (everything that is done once: load, compile), runs it any number of times on the
 * frame, and closes it. The time of a run is all that the engine's caller pays: the call,
 * the run, the result. */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"

typedef uint64_t (*bench_fn)(const uint8_t *mem, uint64_t len);

/* BPF instructions as they stand in the object's section. */
struct bench_code {
    const uint8_t *start, *end; /* a whole number of 8-byte slots */
};

static inline size_t bench_code_len(const struct bench_code *code)
{
    return (size_t)(code->end - code->start);
}

struct bench_prog {
    const char *name;
    struct bench_code mem; /* r1 = memory, r2 = length */
    struct bench_code xdp; /* r1 = Linux's XDP context */
    bench_fn o2, o3;       /* host code: -O2, and -O3 for this very CPU */
};

/* Room for the reason why an engine cannot run a program. */
#define BENCH_WHY 200

struct bench_engine {
    const char *name;
    /* Makes the program ready.  Returns a handle, or NULL and the reason. */
    void *(*open)(const struct bench_prog *prog, char why[BENCH_WHY]);
    /* Runs it `reps` times; returns the ns that took, and the last run's result. */
    uint64_t (*run)(void *handle, uint64_t reps, uint32_t *result);
    void (*close)(void *handle);
};

/* programs.c */
extern const struct bench_prog bench_progs[];
extern const size_t bench_prog_count;
/* Whether the program calls anything (such programs stay out of the means). */
bool bench_has_calls(const struct bench_prog *prog);
/* Instructions; wide ones have two slots. */
size_t bench_insns(const struct bench_code *code);

/* The frame, filled by main. */
extern uint8_t bench_frame[FRAME_LEN];

/* native.c: what Linux's helper 42 is to programs in this process. */
uint64_t bench_numa_node_id(void);

/* native.c, kernel.c, engine_skep.c */
extern const struct bench_engine bench_native_o2, bench_native_o3;
extern const struct bench_engine bench_kernel;
extern const struct bench_engine bench_skep_fast, bench_skep_checked;
extern const struct bench_engine bench_jit_unmetered, bench_jit_checked;

/* kernel.c: bytes of the machine code that the kernel makes of the XDP form; 0 if it does not
 * say. */
uint32_t bench_kernel_code_len(const struct bench_prog *prog);

/* engine_skep.c: bytes of the machine code that skep makes of a form, for a machine (of enum
 * skep_target) and runs of the kind (of enum skep_native_flags); 0 if there is none. */
size_t bench_code_size(const struct bench_code *code, uint32_t target, uint32_t kind);

/* engine_skep.c: how many instructions one run of the program executes; 0 if it fails. */
uint64_t bench_count_insns(const struct bench_prog *prog);

#endif
