/* Native code as memory and as bytes: where it lies is never writable and executable at once,
 * and blinded code shows no constant of the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "native.h"

/* ---- Memory ------------------------------------------------------------------------ */

/* Reads a line of /proc/self/maps: "LOW-HIGH PERMISSIONS ...". */
static void read_mapping(const char *line, uintptr_t *low, uintptr_t *high,
                         char permissions[5])
{
    char *end;

    *low = (uintptr_t)strtoull(line, &end, 16);
    assert_int_equal(*end, '-');
    *high = (uintptr_t)strtoull(end + 1, &end, 16);
    assert_int_equal(*end, ' ');
    memcpy(permissions, end + 1, 4);
    permissions[4] = 0;
}

/* What /proc/self/maps says of an address: its permissions, such as "r-xp"; "" if it is not
 * mapped. Fails if any mapping is writable and executable. */
static void look_up(const void *at, char permissions[5])
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[4096 + 128], these[5]; /* with a path */
    uintptr_t low, high;

    assert_non_null(maps);
    permissions[0] = 0;
    while (fgets(line, sizeof(line), maps)) {
        read_mapping(line, &low, &high, these);
        if (strchr(these, 'w') && strchr(these, 'x'))
            fail_msg("writable and executable: %s", line);
        if ((uintptr_t)at >= low && (uintptr_t)at < high)
            memcpy(permissions, these, sizeof(these));
    }
    fclose(maps);
}

static void test_code_is_executable_and_not_writable(void **state)
{
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load_native_text(vm, "r0 = 42\nexit\n");
    const void *code[KINDS];
    char permissions[5];

    (void)state;
    assert_int_equal(run_everywhere(prog, 0).r0, 42);
    for (int i = 0; i < KINDS; i++) {
        const skep_native *native =
            skep_prog_native(prog, (enum skep_native_flags)kinds[i].native);
        size_t len;

        assert_non_null(native);
        code[i] = skep_native_code(native, &len);
        assert_true(len > 0);
        look_up(code[i], permissions);
        assert_string_equal(permissions, "r-xp");
        look_up((const char *)code[i] + len - 1, permissions);
        assert_string_equal(permissions, "r-xp");
    }
    skep_prog_free(prog);
    skep_vm_free(vm);
    for (int i = 0; i < KINDS; i++) {
        look_up(code[i], permissions);
        if (strchr(permissions, 'x'))
            fail_msg("%s code stays when its program is gone", kinds[i].name);
    }
}

/* Programs that come and go leave no mappings behind. */
static void test_many_programs(void **state)
{
    enum { PROGRAMS = 200, ROUNDS = 20 };
    static const char text[] = "r0 = *(u64 *)(r1 + 0)\nr0 += 1\nexit\n";
    skep_vm *vm = new_vm(NULL);

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        skep_prog *progs[PROGRAMS];

        for (int i = 0; i < PROGRAMS; i++)
            progs[i] = load_native_text(vm, text);
        for (int i = 0; i < PROGRAMS; i++) {
            assert_int_equal(run_everywhere(progs[i], (uint64_t)i).r0, i + 1);
            skep_prog_free(progs[i]);
        }
    }
    skep_vm_free(vm);
}

/* ---- Blinding ---------------------------------------------------------------------- */

/* Every instruction that has an immediate of 32 bits or more. Constants are of four different
 * bytes, so that they do not come about by chance. */
static const char constants_text[] = "r6 = r1\n"
                                     "r0 = 0x5a17c3e9\n"
                                     "w2 = 0x5b28d4fa\n"
                                     "r3 = 0x1c39e50b2d4af61c ll\n"
                                     "r0 += 0x4e5b072d\n"
                                     "w0 += 0x4f6c183e\n"
                                     "r0 -= 0x507d294f\n"
                                     "r0 *= 0x518e3a61\n"
                                     "w0 *= 0x529f4b72\n"
                                     "r0 |= 0x53a15c83\n"
                                     "r0 ^= 0x54b26d94\n"
                                     "w0 ^= 0x55c37ea5\n"
                                     "r0 &= 0x76d48fb6\n"
                                     "r3 /= 0x57e591c7\n"
                                     "w2 /= 0x58f6a2d8\n"
                                     "r3 %= 0x5907b3e1\n"
                                     "r3 s/= 0x5a18c4f2\n"
                                     "r3 s%= 0x5b29d513\n"
                                     "*(u32 *)(r10 - 8) = 0x5c3ae624\n"
                                     "*(u64 *)(r10 - 16) = 0x5d4bf735\n"
                                     "r4 = *(u64 *)(r10 - 16)\n"
                                     "r0 ^= r4\n"
                                     "if r0 == 0x5e5c0846 goto out\n"
                                     "if w0 != 0x5f6d1957 goto next\n"
                                     "next: if r0 > 0x607e2a68 goto more\n"
                                     "more: if r0 s< 0x618f3b79 goto last\n"
                                     "last: if r0 & 0x62914c8a goto out\n"
                                     "out: r0 ^= r3\n"
                                     "r0 ^= r2\n"
                                     "exit\n";

/* Of the text above. */
static const uint32_t constants[] = {
    0x5a17c3e9, 0x5b28d4fa, 0x1c39e50b, 0x2d4af61c, 0x4e5b072d, 0x4f6c183e, 0x507d294f,
    0x518e3a61, 0x529f4b72, 0x53a15c83, 0x54b26d94, 0x55c37ea5, 0x76d48fb6, 0x57e591c7,
    0x58f6a2d8, 0x5907b3e1, 0x5a18c4f2, 0x5b29d513, 0x5c3ae624, 0x5d4bf735, 0x5e5c0846,
    0x5f6d1957, 0x607e2a68, 0x618f3b79, 0x62914c8a,
};

enum { CONSTANTS = sizeof(constants) / sizeof(constants[0]) };

/* How many of the constants, or their negatives, which stand for them in subtractions, are
 * found at any offset of the code. */
static int count_constants(const void *code, size_t len, int print)
{
    int found = 0;

    for (int i = 0; i < CONSTANTS; i++) {
        uint32_t forms[] = { constants[i], 0 - constants[i], ~constants[i] };

        for (int form = 0; form < 3; form++) {
            uint8_t bytes[4] = { (uint8_t)forms[form], (uint8_t)(forms[form] >> 8),
                                 (uint8_t)(forms[form] >> 16),
                                 (uint8_t)(forms[form] >> 24) };

            if (!memmem(code, len, bytes, sizeof(bytes)))
                continue;
            if (print)
                printf("0x%08x stands in the code as 0x%08x\n", constants[i],
                       forms[form]);
            found++;
        }
    }
    return found;
}

static skep_native *compile(const skep_prog *prog, enum skep_target target,
                            uint32_t flags)
{
    struct skep_compile_opts opts = { .size = sizeof(opts),
                                      .target = target,
                                      .flags = flags };
    skep_native *native = NULL;
    struct skep_err err;

    if (skep_compile(prog, &opts, &native, &err))
        fail_msg("%s", err.message);
    return native;
}

static void check_blinded(const skep_prog *prog, enum skep_target target, uint32_t kind)
{
    skep_native *a = compile(prog, target, kind | SKEP_NATIVE_BLIND);
    skep_native *b = compile(prog, target, kind | SKEP_NATIVE_BLIND);
    size_t len, b_len;
    const void *code = skep_native_code(a, &len), *again = skep_native_code(b, &b_len);

    assert_int_equal(count_constants(code, len, 1), 0);
    if (len == b_len)
        assert_memory_not_equal(code, again, len);
    skep_native_free(a);
    skep_native_free(b);
}

/* Without blinding they do stand there on x86-64, or this test could not find them; with it
 * none does, and no two compilations are the same. */
static void test_blinded_code_has_no_constants(void **state)
{
    static const enum skep_target targets[] = { SKEP_TARGET_X86_64, SKEP_TARGET_ARM64 };
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, constants_text);

    (void)state;
    for (int i = 0; i < KINDS; i++) {
        skep_native *plain = compile(prog, SKEP_TARGET_X86_64, kinds[i].native);
        size_t len;
        const void *code = skep_native_code(plain, &len);

        assert_true(count_constants(code, len, 0) > CONSTANTS / 2);
        skep_native_free(plain);
        for (int t = 0; t < 2; t++)
            check_blinded(prog, targets[t], kinds[i].native);
    }
    skep_prog_free(prog);
    skep_vm_free(vm);
}

static void test_blinded_code_runs(void **state)
{
    skep_vm *vm = new_vm(NULL);

    (void)state;
    for (int i = 0; i < 100; i++) {
        skep_prog *prog = load_native(vm, SKEP_FORMAT_ASM, constants_text,
                                      strlen(constants_text), SKEP_NATIVE_BLIND);

        run_everywhere(prog, 0);
        skep_prog_free(prog);
    }
    skep_vm_free(vm);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_is_executable_and_not_writable),
        cmocka_unit_test(test_many_programs),
        cmocka_unit_test(test_blinded_code_has_no_constants),
        cmocka_unit_test(test_blinded_code_runs),
    };

    return native_is_here() ? cmocka_run_group_tests(tests, NULL, NULL) : SKIPPED;
}
