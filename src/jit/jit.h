/* Native code of a program: compiled, mapped, run.
 *
 * Storeys, from below: encoders (x64_enc.h, a64_enc.h: no eBPF), the code buffer (code.h),
 * lowering (x64*.c: one function a row of isa.def), executable memory (execmem.h); and this
 * on top. A sk_native never changes once made; any number of threads may run it. */
#ifndef SK_JIT_JIT_H
#define SK_JIT_JIT_H

#include <skep_native.h>

#include "jit/announce.h"
#include "jit/execmem.h"
#include "rt/frame.h"

enum sk_jit_mode {
    SK_JIT_CHECKED = 1, /* accesses are checked */
    SK_JIT_METERED = 2, /* fuel is counted */
    SK_JIT_PADS = 4,
    SK_JIT_BLIND = 8,
    SK_JIT_OBJECT = 16, /* for object.h: no run, helpers are C functions */
};

/* What the machine code calls, as its relocations' symbols; the helpers follow, in the order
 * of the environment. */
enum sk_jit_symbol { SK_SYM_SLOW, SK_SYM_PROG, SK_SYM_HELPER };

struct sk_native {
    struct sk_mem mem;
    const struct sk_prog *prog;
    enum skep_target target;
    uint32_t mode;
    uint8_t *bytes; /* as compiled; relocations blank */
    size_t len;
    uint32_t gate; /* offset of the gate; UINT32_MAX: none, functions[0] is called */
    uint32_t tail; /* offset of where tail calls arrive */
    uint32_t *functions; /* offset of each function */
    struct skep_native_line *lines;
    size_t line_count, line_cap;
    struct skep_native_symbol *symbols;
    size_t symbol_count, symbol_cap;
    struct sk_cfi *rows; /* those of all symbols; offsets from their symbol's start */
    size_t row_cap;
    uint32_t *row_end; /* of each symbol, in `rows` */
    struct skep_native_reloc *relocs;
    size_t reloc_count;
    struct sk_exec exec; /* of loaded code */
    struct sk_announced announced;
    struct skep_err announce_err; /* its code is SKEP_OK unless that failed */
};

struct sk_jit_opts {
    enum skep_target target;
    uint32_t mode;     /* enum sk_jit_mode */
    uint32_t features; /* enum skep_cpu_features */
};

/* Compiles a program to bytes. `prog` is borrowed for the life of *native. */
enum skep_code sk_native_compile(const struct sk_prog *prog,
                                 const struct sk_jit_opts *opts,
                                 struct sk_native **native, struct skep_err *err);

/* Maps compiled code of this machine, so that it can run. */
enum skep_code sk_native_map(struct sk_native *native, struct skep_err *err);

/* Compiles and maps code for this machine: `kind` is one of the native ones, `flags` are
 * enum skep_native_flags. */
enum skep_code sk_native_load(const struct sk_prog *prog, enum sk_code_kind kind,
                              uint32_t flags, struct sk_native **native,
                              struct skep_err *err);

void sk_native_free(struct sk_native *native);

/* The engine's run->enter (frame.h): runs the function at slot pc of run->prog, an image's
 * program with code of run->kind. */
enum skep_code sk_native_enter(struct sk_run *run, uint32_t pc);

/* skep_native_function. */
skep_native_fn sk_native_function(const struct sk_native *native);

/* This machine's; 0 without a compiler for it. */
enum skep_target sk_native_host(void);
uint32_t sk_native_features(void);

/* What slow paths of machine code call: the instruction at pc of `prog`, with what it is about
 * in `addr`. The run's registers are up to date. Returns 0 to go on, else what happened. */
enum sk_slow {
    SK_SLOW_ACCESS,
    SK_SLOW_FAULT,
    SK_SLOW_TRACK,
    SK_SLOW_CALL,
    SK_SLOW_AFTER_CALL,
    SK_SLOW_PACKET,
    SK_SLOW_ENTER,
    SK_SLOW_LEAVE /* the last one: x64_slow.c has three bits for them */
};
enum sk_slow_answer { SK_GO_ON, SK_END, SK_GO_TAIL, SK_LEAVE };
uint32_t sk_jit_slow(struct sk_run *run, uint32_t pc, uint64_t addr, uint32_t what,
                     const struct sk_prog *prog);

#endif
