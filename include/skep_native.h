/* skep: native code as data, for listing it and for writing it to files.
 *
 * skep_load makes the code that runs. The functions here show that code, and make code for
 * other machines too:
 *
 *     skep_native *native;
 *     size_t len;
 *
 *     skep_compile(prog, &(struct skep_compile_opts){ .size = sizeof(...),
 *                                                     .target = SKEP_TARGET_ARM64 },
 *                  &native, &err);
 *     const void *code = skep_native_code(native, &len);
 *     skep_native_free(native);
 *
 * The rules of skep.h hold. An skep_native never changes: any thread may read it, and what is
 * read lives until it is freed. What makes one or writes a file of one (skep_compile,
 * skep_native_object, skep_native_header) and skep_native_free use the vm's allocator and count
 * as loading: one thread at a time for a vm. Unless something else is said, pointers to an
 * skep_native must not be NULL. */
#ifndef SKEP_NATIVE_H
#define SKEP_NATIVE_H

#include <skep.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct skep_native skep_native;

enum skep_target {
    SKEP_TARGET_HOST,
    SKEP_TARGET_X86_64, /* System V calling convention */
    SKEP_TARGET_ARM64,  /* AAPCS64 */
};

/* Features of a CPU that code may use beyond the target's baseline. */
enum skep_cpu_features {
    SKEP_CPU_BMI1 = 1,                   /* x86-64 */
    SKEP_CPU_BMI2 = 2,                   /* x86-64: shlx, rorx, mulx */
    SKEP_CPU_MOVBE = 4,                  /* x86-64 */
    SKEP_CPU_LSE = 8,                    /* arm64: atomics */
    SKEP_CPU_NATIVE = 0x40000000,        /* this machine's, which must be the target */
    SKEP_CPU_BASELINE = (int)0x80000000, /* no more than what else is named */
};

struct skep_compile_opts {
    size_t size;
    enum skep_target target;
    /* enum skep_native_flags: one of CHECKED (if none is named), UNCHECKED, UNMETERED and
     * OBJECT; and BLIND, PADS, NO_PADS. */
    uint32_t flags;
    /* enum skep_cpu_features. 0: of OBJECT code SKEP_CPU_BASELINE, since it may run
     * anywhere; of other code this machine's if it is the target, else all that the target
     * may have. */
    uint32_t features;
};

/* Compiles a program. *native is the caller's, for skep_native_free; it holds on to the
 * program, which must live as long. The bytes are as for an address not yet known: calls out of
 * the code are blank and listed as relocations.
 *
 * SKEP_E_ARGUMENT: NULL, flags or features that do not go together, or an unknown target;
 * SKEP_E_NO_JIT: there is no compiler for this machine, or the code would be larger than the
 * target's jumps reach; SKEP_E_STANDALONE: see below; SKEP_E_NO_MEMORY. *native is then left
 * alone. */
SKEP_API enum skep_code skep_compile(const skep_prog *prog,
                                     const struct skep_compile_opts *opts,
                                     skep_native **native, struct skep_err *err);
/* NULL does nothing. */
SKEP_API void skep_native_free(skep_native *native);

/* The code that skep_load made of a program for runs of that kind (CHECKED, UNCHECKED or
 * UNMETERED), or NULL. Lives as long as the program. */
SKEP_API const skep_native *skep_prog_native(const skep_prog *prog,
                                             enum skep_native_flags kind);

/* Why loaded code could not be announced (PERF_MAP, JITDUMP, GDB) in all the ways asked for:
 * the first failure, SKEP_E_ANNOUNCE or SKEP_E_NO_MEMORY. NULL: it was, or nothing was asked
 * for. The code runs all the same. */
SKEP_API const struct skep_err *skep_native_announce_err(const skep_native *native);

/* Loaded UNMETERED code as a C function, if it is one: if it calls no helpers and needs nothing
 * else of a run. NULL if not, or of NULL. `len` is what r2 begins with, 0 for programs of a type.
 * Any thread may call it while the program lives, with 6 KiB of its stack free; it is as safe as
 * SKEP_RUN_UNCHECKED. */
typedef uint64_t (*skep_native_fn)(void *ctx, uint64_t len);
SKEP_API skep_native_fn skep_native_function(const skep_native *native);

/* The machine code, *len bytes. Of loaded code, where it runs; of compiled code, with its
 * relocations blank. */
SKEP_API const void *skep_native_code(const skep_native *native, size_t *len);

SKEP_API enum skep_target skep_native_target(const skep_native *native);

/* Which instruction a piece of code belongs to: from `offset` to the next line's. Sorted by
 * offset; the first is at 0. Instructions without a line have no code of their own: what they
 * do is done by the code of a later one, or needs no code.
 *
 * A function's code comes in the order of its instructions; behind it are slow paths, which are
 * taken when a check fails. */
struct skep_native_line {
    uint32_t offset;
    uint32_t pc;        /* UINT32_MAX: to none: entry, what calls share */
    uint32_t slow_path; /* 1: a slow path of that instruction, else 0 */
};
SKEP_API const struct skep_native_line *skep_native_lines(const skep_native *native,
                                                          size_t *count);

/* Named parts of the code, sorted by offset, without gaps: functions of the program, and what
 * they share. */
struct skep_native_symbol {
    uint32_t offset, size;
    uint32_t function; /* index as in skep_prog_function; UINT32_MAX: shared code */
    char
        name[64]; /* of functions their own if it is known, else "main" or "subprog_N"; of
                      shared code what it is */
};
SKEP_API const struct skep_native_symbol *skep_native_symbols(const skep_native *native,
                                                              size_t *count);

/* Places that depend on where the code, or something outside of it, lies. In loaded code they
 * are filled in.
 *
 * Code calls helpers itself: each that it calls has one relocation, in a piece of shared code that
 * all calls of it go through. But CHECKED code has the library call those with memory arguments or
 * results, which are looked at first. */
enum skep_native_reloc_kind {
    SKEP_RELOC_CALL,   /* 12 bytes (x86-64) or 20 (arm64) that call `name` in any way */
    SKEP_RELOC_ABS64,  /* 8 bytes: an address */
    SKEP_RELOC_JUMP,   /* 12 bytes (x86-64) that jump there; it returns to their caller */
    SKEP_RELOC_HELPER, /* OBJECT code: a call of a helper; x86-64: the 4 bytes of its
                          displacement, arm64: the instruction */
};
struct skep_native_reloc {
    uint32_t offset;
    enum skep_native_reloc_kind kind;
    const char *
        name; /* of what is outside: a helper's (NULL: it has none), or "skep:..." for the
                  library's own */
    int64_t helper; /* the helper's id; -1: no helper */
};
SKEP_API const struct skep_native_reloc *skep_native_relocs(const skep_native *native,
                                                            size_t *count);

/* ---- Object files ----------------------------------------------------------------- */

/* OBJECT code as an ELF relocatable object that C programs are linked with, and the C header
 * that declares what is in it. It needs nothing of this library. The function is
 *
 *     uint64_t NAME(void *ctx, uint64_t len);
 *
 * as skep_native_function has it: the program is trusted. Stack that the program never wrote
 * holds anything. `name` is an identifier that C and C++ leave to programs, and none of
 * <stdint.h>'s: else SKEP_E_ARGUMENT. Helpers are called by their names, those without one as
 * bpf_helper_ID, and are functions of five uint64_t that return one; addresses of the program's
 * functions, which it may hand to them, are C functions of that kind too.
 *
 * Without features named (skep_compile_opts), the code runs on every CPU of the target.
 *
 * Programs that need a run (packet loads, maps, kernel functions, tail calls, calls nested more
 * than 8 deep) are refused by skep_compile, with the slot: SKEP_E_STANDALONE. */

/* Both: *out has *out_len bytes, for skep_release (skep_text.h) with the program's vm.
 * SKEP_E_ARGUMENT: NULL, code that is not OBJECT code, or a name (of at most 255 characters; a
 * helper's that is called too) that a header cannot declare; SKEP_E_NO_MEMORY. *out and *out_len
 * are then left alone. */
SKEP_API enum skep_code skep_native_object(const skep_native *native, const char *name,
                                           void **out, size_t *out_len,
                                           struct skep_err *err);
SKEP_API enum skep_code skep_native_header(const skep_native *native, const char *name,
                                           void **out, size_t *out_len,
                                           struct skep_err *err);

#ifdef __cplusplus
}
#endif
#endif
