/* What the tests of native code share: programs as slots, loaded with native code, and run on
 * every kind of it beside the interpreter. */
#ifndef JIT_NATIVE_H
#define JIT_NATIVE_H

#include <skep_native.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/host.h"

/* RFC 9669, 3. */
struct slot {
    uint8_t opcode;
    uint8_t regs; /* source above destination, four bits each */
    int16_t off;
    int32_t imm;
};

/* The kinds of native code, and the runs that they are for. */
struct kind {
    const char *name;
    uint32_t native; /* enum skep_native_flags */
    uint32_t flags;  /* enum skep_run_flags */
};

enum { KINDS = 3 };

static const struct kind kinds[KINDS] = {
    { "checked", SKEP_NATIVE_CHECKED, 0 },
    { "unchecked", SKEP_NATIVE_UNCHECKED, SKEP_RUN_UNCHECKED },
    { "unmetered", SKEP_NATIVE_UNMETERED, SKEP_RUN_UNCHECKED | SKEP_RUN_UNMETERED },
};

enum { ALL_KINDS = SKEP_NATIVE_CHECKED | SKEP_NATIVE_UNCHECKED | SKEP_NATIVE_UNMETERED };

/* Loads `len` bytes with native code of all kinds; `native` adds flags. */
static inline skep_prog *load_native(skep_vm *vm, enum skep_format format,
                                     const void *data, size_t len, uint32_t native)
{
    struct skep_load_opts opts = { .size = sizeof(opts),
                                   .format = format,
                                   .engine = SKEP_ENGINE_JIT,
                                   .native = ALL_KINDS | native };
    struct skep_err err;
    skep_prog *prog = NULL;

    if (skep_load(vm, data, len, &opts, &prog, &err))
        fail_msg("%s: %s", skep_code_name(err.code), err.message);
    return prog;
}

static inline skep_prog *load_native_text(skep_vm *vm, const char *text)
{
    return load_native(vm, SKEP_FORMAT_ASM, text, strlen(text), 0);
}

/* Runs it with 8 bytes of context; `flags` choose the engine, which must be `engine`. */
static inline struct skep_result run_as(const skep_prog *prog, uint32_t flags,
                                        uint64_t ctx, enum skep_engine engine)
{
    struct skep_result res = { .size = sizeof(res) };
    struct skep_run_opts opts = {
        .size = sizeof(opts), .flags = flags, .ctx = &ctx, .ctx_len = sizeof(ctx)
    };

    skep_run(prog, &opts, &res, NULL);
    assert_int_equal(res.engine, engine);
    return res;
}

/* Runs it on the interpreter and on every kind of native code: all must end alike. Returns
 * how. */
static inline struct skep_result run_everywhere(const skep_prog *prog, uint64_t ctx)
{
    struct skep_result want = run_as(prog, SKEP_RUN_INTERP, ctx, SKEP_ENGINE_INTERP);

    for (int i = 0; i < KINDS; i++) {
        struct skep_result got = run_as(prog, kinds[i].flags, ctx, SKEP_ENGINE_JIT);

        if (got.fault.code != want.fault.code || got.r0 != want.r0)
            fail_msg("%s: %s, r0 0x%llx, the interpreter: %s, r0 0x%llx", kinds[i].name,
                     skep_code_name(got.fault.code), (unsigned long long)got.r0,
                     skep_code_name(want.fault.code), (unsigned long long)want.r0);
        if (want.fault.code) {
            assert_int_equal(got.fault.pc, want.fault.pc);
            assert_int_equal(got.fault.depth, want.fault.depth);
            for (int r = 0; r < 9; r++) /* r9 and r10 may point to the stack */
                assert_int_equal(got.fault.regs[r], want.fault.regs[r]);
        }
        if (!(kinds[i].flags & SKEP_RUN_UNMETERED))
            assert_int_equal(got.fuel_left, want.fuel_left);
    }
    return want;
}

/* For main: whether the library compiles for this machine; else says why not, and the test is
 * skipped with status 77. */
static inline int native_is_here(void)
{
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, "r0 = 0\nexit\n");
    skep_native *native = NULL;
    struct skep_err err;
    int here = !skep_compile(prog, NULL, &native, &err);

    if (!here)
        printf("%s\n", err.message);
    skep_native_free(native);
    skep_prog_free(prog);
    skep_vm_free(vm);
    return here;
}

enum { SKIPPED = 77 };

#endif
