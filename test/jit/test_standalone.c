/* Code that stands alone, as data: what calls out of it, its files, and what is refused. How it
 * runs is for test/cli/compile.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../unit/books.h"
#include "base/bits.h"
#include "native.h"

#include <skep_text.h>

static const char calling[] = "r0 = 1\ncall 5\ncall 7777\ncall f\nexit\n"
                              "f:\n*(u64 *)(r10 - 8) = 1\ncall 5\nexit\n";

static enum skep_code compile(const skep_prog *prog, enum skep_target target,
                              uint32_t flags, skep_native **native, struct skep_err *err)
{
    const struct skep_compile_opts opts = { .size = sizeof(opts),
                                            .target = target,
                                            .flags = flags };

    return skep_compile(prog, &opts, native, err);
}

static void test_calls_are_relocations(void **state)
{
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, calling);

    (void)state;
    for (int target = SKEP_TARGET_X86_64; target <= SKEP_TARGET_ARM64; target++) {
        static const int64_t helpers[] = { 5, 7777, 5 };
        const struct skep_native_reloc *relocs;
        skep_native *native;
        struct skep_err err;
        size_t count, len;

        assert_int_equal(
            compile(prog, (enum skep_target)target, SKEP_NATIVE_OBJECT, &native, &err),
            SKEP_OK);
        relocs = skep_native_relocs(native, &count);
        skep_native_code(native, &len);
        assert_int_equal(count, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(relocs[i].kind, SKEP_RELOC_HELPER);
            assert_int_equal(relocs[i].helper, helpers[i]);
            assert_true(relocs[i].offset + 4 <= len);
        }
        assert_string_equal(relocs[0].name, "bpf_ktime_get_ns");
        assert_null(relocs[1].name);
        assert_null(skep_native_function(native));
        skep_native_free(native);
    }
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* Not from other code, not under other names; the result's place stays as it is. */
static void test_arguments(void **state)
{
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, calling);
    skep_native *object, *other;
    struct skep_err err;
    void *out = vm;
    size_t len = 5;

    (void)state;
    assert_int_equal(compile(prog, SKEP_TARGET_X86_64, SKEP_NATIVE_OBJECT, &object, &err),
                     SKEP_OK);
    assert_int_equal(
        compile(prog, SKEP_TARGET_X86_64, SKEP_NATIVE_UNMETERED, &other, &err), SKEP_OK);
    assert_int_equal(skep_native_object(other, "f", &out, &len, &err), SKEP_E_ARGUMENT);
    assert_int_equal(skep_native_header(other, "f", &out, &len, &err), SKEP_E_ARGUMENT);
    assert_int_equal(skep_native_object(NULL, "f", &out, &len, &err), SKEP_E_ARGUMENT);
    assert_int_equal(skep_native_object(object, NULL, &out, &len, &err), SKEP_E_ARGUMENT);
    assert_int_equal(skep_native_object(object, "f", NULL, &len, &err), SKEP_E_ARGUMENT);
    assert_int_equal(skep_native_object(object, "f g", &out, &len, &err),
                     SKEP_E_ARGUMENT);
    assert_int_equal(skep_native_header(object, "int", &out, &len, NULL),
                     SKEP_E_ARGUMENT);
    assert_ptr_equal(out, vm);
    assert_int_equal(len, 5);
    skep_native_free(other);
    assert_int_equal(compile(prog, SKEP_TARGET_X86_64,
                             SKEP_NATIVE_OBJECT | SKEP_NATIVE_UNMETERED, &other, &err),
                     SKEP_E_ARGUMENT);
    skep_native_free(object);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

static uint64_t nothing(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                        skep_call *call)
{
    (void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)call;
    return 0;
}

/* Helpers that a header could not declare, or that share a symbol. */
static void test_names_of_helpers(void **state)
{
    static const struct {
        const char *name;
        enum skep_code code;
    } cases[] = { { "fine", SKEP_OK },
                  { "int", SKEP_E_ARGUMENT },
                  { "uint8_t", SKEP_E_ARGUMENT },
                  { "main", SKEP_E_ARGUMENT },
                  { "bpf_helper_9", SKEP_OK },
                  { "bpf_helper_200000", SKEP_E_ARGUMENT } };

    (void)state;
    for (size_t i = 0; i < SK_LEN(cases); i++) {
        const struct skep_helper helper = { .id = 9,
                                            .name = cases[i].name,
                                            .fn = nothing };
        const struct skep_vm_opts opts = { .size = sizeof(opts),
                                           .helpers = &helper,
                                           .helper_count = 1 };
        skep_vm *vm = new_vm(&opts);
        skep_prog *prog = load(vm, "call 9\ncall 200000\ncall 9\nexit\n");
        skep_native *native;
        struct skep_err err;
        void *out;
        size_t len;

        assert_int_equal(
            compile(prog, SKEP_TARGET_X86_64, SKEP_NATIVE_OBJECT, &native, &err),
            SKEP_OK);
        assert_int_equal(skep_native_object(native, "f", &out, &len, &err),
                         cases[i].code);
        if (!cases[i].code)
            skep_release(vm, out, len);
        assert_int_equal(skep_native_header(native, "f", &out, &len, &err),
                         cases[i].code);
        if (!cases[i].code)
            skep_release(vm, out, len);
        skep_native_free(native);
        skep_prog_free(prog);
        skep_vm_free(vm);
    }
}

/* 0 is the baseline, for files go elsewhere; this machine's only for this machine. */
static void test_features(void **state)
{
    enum { CHOICES = 3 };
    static const char shifts[] = "r0 = r1\nr0 <<= r2\nr0 >>= r1\nr1 = 1\n"
                                 "lock *(u64 *)(r10 - 8) += r1\nexit\n";
    static const uint32_t features[CHOICES] = { 0, (uint32_t)SKEP_CPU_BASELINE,
                                                SKEP_CPU_BMI2 | SKEP_CPU_LSE };
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, shifts);
    enum skep_target host;
    skep_native *own;

    (void)state;
    assert_int_equal(
        skep_compile(prog,
                     &(struct skep_compile_opts){
                         .size = sizeof(struct skep_compile_opts), .features = 0x40 },
                     &own, NULL),
        SKEP_E_ARGUMENT);
    assert_int_equal(compile(prog, SKEP_TARGET_HOST, 0, &own, NULL), SKEP_OK);
    host = skep_native_target(own);
    skep_native_free(own);
    for (int target = SKEP_TARGET_X86_64; target <= SKEP_TARGET_ARM64; target++) {
        struct skep_compile_opts opts = { .size = sizeof(opts),
                                          .target = (enum skep_target)target,
                                          .flags = SKEP_NATIVE_OBJECT };
        skep_native *native[CHOICES], *other = NULL;
        size_t len[CHOICES];
        const void *code[CHOICES];

        for (size_t i = 0; i < CHOICES; i++) {
            opts.features = features[i];
            assert_int_equal(skep_compile(prog, &opts, &native[i], NULL), SKEP_OK);
            code[i] = skep_native_code(native[i], &len[i]);
        }
        assert_int_equal(len[0], len[1]);
        assert_memory_equal(code[0], code[1], len[0]);
        assert_true(len[0] != len[2] || memcmp(code[0], code[2], len[0]) != 0);
        opts.features = SKEP_CPU_NATIVE;
        assert_int_equal(skep_compile(prog, &opts, &other, NULL),
                         opts.target == host ? SKEP_OK : SKEP_E_ARGUMENT);
        skep_native_free(other);
        for (size_t i = 0; i < CHOICES; i++)
            skep_native_free(native[i]);
    }
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* It is compiled, never loaded. */
static void test_is_not_loaded(void **state)
{
    const struct skep_load_opts opts = { .size = sizeof(opts),
                                         .format = SKEP_FORMAT_ASM,
                                         .native = SKEP_NATIVE_OBJECT };
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = NULL;

    (void)state;
    assert_int_equal(skep_load(vm, calling, strlen(calling), &opts, &prog, NULL),
                     SKEP_E_ARGUMENT);
    assert_null(prog);
    skep_vm_free(vm);
}

static enum skep_code make_all(const skep_prog *prog, skep_vm *vm, struct skep_err *err)
{
    skep_native *native;
    void *out;
    size_t len;
    enum skep_code code = compile(prog, SKEP_TARGET_ARM64,
                                  SKEP_NATIVE_OBJECT | SKEP_NATIVE_PADS, &native, err);

    if (code)
        return code;
    code = skep_native_object(native, "f", &out, &len, err);
    if (!code) {
        skep_release(vm, out, len);
        code = skep_native_header(native, "f", &out, &len, err);
    }
    if (!code)
        skep_release(vm, out, len);
    skep_native_free(native);
    return code;
}

static void test_memory_runs_out(void **state)
{
    struct books books = { 0 };
    const struct skep_vm_opts opts = { .size = sizeof(opts),
                                       .alloc = books_alloc,
                                       .alloc_ctx = &books };
    skep_vm *vm = new_vm(&opts);
    skep_prog *prog = load(vm, calling);
    size_t live = books.live, failures = 0;
    enum skep_code code = SKEP_E_NO_MEMORY;

    (void)state;
    while (code) {
        struct skep_err err;

        books.calls = 0;
        books.fail_at = failures + 1;
        code = make_all(prog, vm, &err);
        assert_int_equal(code != SKEP_OK, books.calls >= books.fail_at);
        if (code) {
            assert_int_equal(code, SKEP_E_NO_MEMORY);
            failures++;
        }
        assert_int_equal(books.live, live);
    }
    assert_true(failures > 10);
    assert_false(books.wrong);
    books.fail_at = 0;
    skep_prog_free(prog);
    skep_vm_free(vm);
    assert_int_equal(books.blocks, 0);
}

/* On every machine: a program with a stack, and with functions, is a plain C function. */
static void test_stack_needs_no_gate(void **state)
{
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load_native_text(vm, "r6 = r1\n*(u64 *)(r10 - 512) = r6\n"
                                           "r1 = r10\nr1 += -512\ncall f\n"
                                           "r2 = *(u64 *)(r10 - 512)\nr0 += r2\nexit\n"
                                           "f:\nr6 = *(u64 *)(r1 + 0)\n"
                                           "*(u64 *)(r10 - 512) = 5\n"
                                           "r0 = r6\nr0 += 1\nexit\n");
    skep_native_fn function =
        skep_native_function(skep_prog_native(prog, SKEP_NATIVE_UNMETERED));
    uint64_t ctx = 0;

    (void)state;
    assert_non_null(function);
    assert_int_equal(function(&ctx, 0), 2 * (uint64_t)(uintptr_t)&ctx + 1);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_are_relocations),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_is_not_loaded),
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_names_of_helpers),
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_stack_needs_no_gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
