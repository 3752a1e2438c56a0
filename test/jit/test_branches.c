/* Jumps and calls over all distances: where the forms of the machine's branches end (x86-64: 127
 * bytes; arm64: 32 KiB), over a million instructions, and as deep as frames go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "native.h"

/* Opcodes by RFC 9669, 4 and 5. */
enum {
    OP_MOV64_IMM = 0xb7,
    OP_MOV64_REG = 0xbf,
    OP_ADD64_REG = 0x0f,
    OP_ADD64_IMM = 0x07,
    OP_XOR64_REG = 0xaf,
    OP_MUL64_REG = 0x2f,
    OP_OR64_IMM = 0x47,
    OP_XOR32_REG = 0xac,
    OP_LDXDW = 0x79,
    OP_STXDW = 0x7b,
    OP_JNE_IMM = 0x55,
    OP_JEQ_IMM = 0x15,
    OP_JGT_REG = 0x2d,
    OP_JSET_IMM = 0x45,
    OP_JA32 = 0x06,
    OP_CALL = 0x85,
    OP_EXIT = 0x95,
    CALL_LOCAL = 1, /* as the source register of a call */
};

enum { R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 };

static struct slot op(uint8_t opcode, int dst, int src, int off, int32_t imm)
{
    return (struct slot){ opcode, (uint8_t)(src << 4 | dst), (int16_t)off, imm };
}

/* ---- Near the ends of what a branch reaches ----------------------------------------- */

enum direction { FORWARD, BACKWARD };

/* A jump over `plain` instructions that are short on x86-64 and `longer` ones that take a byte
 * more: so each number of bytes can be had.
 *
 *     0  r6 = *(u64 *)(r1 + 0)
 *     1  r0 = 1
 *     2  r7 = 3
 *        FORWARD                               BACKWARD
 *     3  if r6 != 0 goto over                  over: ...
 *     4  ...                                   r7 -= 1
 *        over: exit                            if r7 != 0 goto over
 *                                              exit
 */
static uint32_t make_jump(struct slot *out, enum direction direction, uint32_t plain,
                          uint32_t longer)
{
    struct slot *at = out;
    uint32_t count = plain + longer;

    *at++ = op(OP_LDXDW, R6, R1, 0, 0);
    *at++ = op(OP_MOV64_IMM, R0, 0, 0, 1);
    *at++ = op(OP_MOV64_IMM, R7, 0, 0, 3);
    if (direction == FORWARD)
        *at++ = op(OP_JNE_IMM, R6, 0, (int)count, 0);
    for (uint32_t i = 0; i < longer; i++)
        *at++ = op(OP_OR64_IMM, R0, 0, 0, 1);
    for (uint32_t i = 0; i < plain; i++)
        *at++ = i % 2 ? op(OP_ADD64_REG, R0, R7, 0, 0) : op(OP_XOR64_REG, R0, R6, 0, 0);
    if (direction == BACKWARD) {
        *at++ = op(OP_ADD64_IMM, R7, 0, 0, -1);
        *at = op(OP_JNE_IMM, R7, 0, -(int)count - 2, 0);
        at++;
    }
    *at++ = op(OP_EXIT, 0, 0, 0, 0);
    return (uint32_t)(at - out);
}

/* The offset in the code where the instruction at `pc` begins, or the first one after it that
 * has code of its own. */
static uint32_t offset_of(const skep_native *native, uint32_t pc)
{
    size_t count;
    const struct skep_native_line *lines = skep_native_lines(native, &count);

    for (size_t i = 0; i < count; i++) {
        if (lines[i].pc >= pc && lines[i].pc != UINT32_MAX && !lines[i].slow_path)
            return lines[i].offset;
    }
    fail_msg("no code for slot %u", pc);
    return 0;
}

/* The bytes between the jump and its target, in code of the kind. */
static uint32_t distance_of(const skep_prog *prog, const struct kind *kind,
                            enum direction direction, uint32_t count)
{
    const skep_native *native =
        skep_prog_native(prog, (enum skep_native_flags)kind->native);

    assert_non_null(native);
    return offset_of(native, count - 1) - offset_of(native, direction == FORWARD ? 4 : 3);
}

/* Loads and runs the jump, taken or not; returns its distance in code of the kind. */
static uint32_t try_jump(skep_vm *vm, const struct kind *kind, enum direction direction,
                         uint32_t plain, uint32_t longer)
{
    struct slot *slots = calloc(plain + longer + 8, sizeof(*slots));
    uint32_t count, distance;
    skep_prog *prog;

    assert_non_null(slots);
    count = make_jump(slots, direction, plain, longer);
    prog = load_native(vm, SKEP_FORMAT_RAW, slots, count * sizeof(*slots), 0);
    distance = distance_of(prog, kind, direction, count);
    run_everywhere(prog, 0);
    run_everywhere(prog, 5);
    skep_prog_free(prog);
    free(slots);
    return distance;
}

/* Goes through the distances from below `low` to above `high`. */
static void sweep(skep_vm *vm, const struct kind *kind, enum direction direction,
                  uint32_t low, uint32_t high)
{
    uint32_t at_100 = try_jump(vm, kind, direction, 100, 0);
    uint32_t at_200 = try_jump(vm, kind, direction, 200, 0);
    uint32_t size = (at_200 - at_100) / 100, shortest = UINT32_MAX, longest = 0,
             inside = 0;
    uint32_t plain, distance = 0, last = 0;

    if (!size) {
        fail_msg("%s: instructions without code", kind->name);
        return;
    }
    plain = low > at_100 ? 100 + (low - at_100) * 100 / (at_200 - at_100)
                         : 100 * low / at_100;
    plain = plain > 8 ? plain - 8 : 0;
    for (; distance <= high + 8; plain++) {
        for (uint32_t longer = 0; longer < size; longer++) {
            distance = try_jump(vm, kind, direction, plain, longer);
            shortest = distance < shortest ? distance : shortest;
            longest = distance > longest ? distance : longest;
            inside += distance >= low && distance <= high && distance != last;
            last = distance;
        }
    }
    if (shortest > low || longest < high || inside < (high - low) / 8)
        fail_msg("%s: distances from %u to %u, %u of them from %u to %u", kind->name,
                 shortest, longest, inside, low, high);
}

static void sweep_all(uint32_t low, uint32_t high)
{
    skep_vm *vm = new_vm(NULL);

    for (int i = 0; i < KINDS; i++) {
        sweep(vm, &kinds[i], FORWARD, low, high);
        sweep(vm, &kinds[i], BACKWARD, low, high);
    }
    skep_vm_free(vm);
}

static void test_jumps_of_a_byte(void **state)
{
    (void)state;
    sweep_all(120, 135);
}

static void test_jumps_of_32_kilobytes(void **state)
{
    (void)state;
    sweep_all(32760, 32775);
}

/* ---- Short loops ------------------------------------------------------------------- */

/* Wherever it comes to be, a loop of up to 32 bytes does not cross a line of 64; on x86-64, in
 * code that counts no fuel, as counting takes more bytes than that. */
static void test_short_loops_lie_in_one_line(void **state)
{
    const struct kind *kind = &kinds[KINDS - 1];
    uint32_t crossed = 0;
    skep_vm *vm;

    (void)state;
#if !defined(__x86_64__)
    skip();
#endif
    assert_int_equal(skep_vm_new(NULL, &vm, NULL), SKEP_OK);
    for (uint32_t before = 0; before < 64; before++) {
        struct slot slots[128], *at = slots;
        uint32_t head, first, last;
        skep_prog *prog;

        *at++ = op(OP_LDXDW, R6, R1, 0, 0);
        *at++ = op(OP_MOV64_IMM, R0, 0, 0, 1);
        *at++ = op(OP_MOV64_IMM, R7, 0, 0, 9);
        for (uint32_t i = 0; i < before; i++)
            *at++ = i % 3 ? op(OP_XOR64_REG, R0, R6, 0, 0) : op(OP_OR64_IMM, R0, 0, 0, 1);
        head = (uint32_t)(at - slots);
        *at++ = op(OP_MUL64_REG, R0, R7, 0, 0);
        *at++ = op(OP_XOR64_REG, R0, R6, 0, 0);
        *at++ = op(OP_ADD64_IMM, R7, 0, 0, -1);
        *at++ = op(OP_JNE_IMM, R7, 0, -4, 0);
        *at++ = op(OP_EXIT, 0, 0, 0, 0);
        prog = load_native(vm, SKEP_FORMAT_RAW, slots,
                           (size_t)(at - slots) * sizeof(*slots), 0);
        run_everywhere(prog, 5);
        first =
            offset_of(skep_prog_native(prog, (enum skep_native_flags)kind->native), head);
        last = offset_of(skep_prog_native(prog, (enum skep_native_flags)kind->native),
                         head + 4) -
               1;
        crossed += first / 64 != last / 64;
        skep_prog_free(prog);
    }
    skep_vm_free(vm);
    assert_int_equal(crossed, 0);
}

/* The same of functions of up to 64 bytes that call nobody. */
static void test_short_functions_lie_in_one_line(void **state)
{
    const struct kind *kind = &kinds[KINDS - 1];
    uint32_t crossed = 0;
    skep_vm *vm;

    (void)state;
#if !defined(__x86_64__)
    skip();
#endif
    assert_int_equal(skep_vm_new(NULL, &vm, NULL), SKEP_OK);
    for (uint32_t before = 0; before < 64; before++) {
        const struct skep_native_symbol *symbols;
        struct slot slots[128], *at = slots;
        skep_prog *prog;
        size_t count;

        *at++ = op(OP_MOV64_IMM, R1, 0, 0, 5);
        *at++ = op(OP_MOV64_IMM, R0, 0, 0, 7);
        for (uint32_t i = 0; i < before; i++)
            *at++ = i % 3 ? op(OP_XOR64_REG, R0, R1, 0, 0) : op(OP_OR64_IMM, R0, 0, 0, 1);
        *at++ = op(OP_CALL, 0, CALL_LOCAL, 0, 1);
        *at++ = op(OP_EXIT, 0, 0, 0, 0);
        for (int i = 0; i < 6; i++)
            *at++ = op(OP_MUL64_REG, R1, R1, 0, 0);
        *at++ = op(OP_MOV64_REG, R0, R1, 0, 0);
        *at++ = op(OP_EXIT, 0, 0, 0, 0);
        prog = load_native(vm, SKEP_FORMAT_RAW, slots,
                           (size_t)(at - slots) * sizeof(*slots), 0);
        run_everywhere(prog, 5);
        symbols = skep_native_symbols(
            skep_prog_native(prog, (enum skep_native_flags)kind->native), &count);
        assert_int_equal(count, 2);
        assert_in_range(symbols[1].size, 20, 64);
        crossed +=
            symbols[1].offset / 64 != (symbols[1].offset + symbols[1].size - 1) / 64;
        skep_prog_free(prog);
    }
    skep_vm_free(vm);
    assert_int_equal(crossed, 0);
}

/* ---- A long program ----------------------------------------------------------------- */

static uint32_t random_below(uint64_t *state, uint32_t n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    return (uint32_t)(*state >> 33) % n;
}

/* One instruction of the long program; `left` more follow that it may jump over. */
static struct slot any_instruction(uint64_t *state, uint32_t left)
{
    uint32_t reach = left < 32000 ? left : 32000;
    int off =
        reach ? (int)random_below(state, random_below(state, 50) ? 40 % reach + 1 : reach)
              : 0;

    switch (random_below(state, 10)) {
    case 0:
        return op(OP_XOR64_REG, R0, R6, 0, 0);
    case 1:
        return op(OP_ADD64_IMM, R0, 0, 0, (int32_t)random_below(state, 1u << 30));
    case 2:
        return op(OP_MUL64_REG, R0, R8, 0, 0);
    case 3:
        return op(OP_XOR32_REG, R6, R0, 0, 0);
    case 4:
        return op(OP_STXDW, R10, R0, -8, 0);
    case 5:
        return op(OP_LDXDW, R6, R10, -8, 0);
    case 6:
        return op(OP_JSET_IMM, R0, 0, off, 1 << random_below(state, 30));
    case 7:
        return op(OP_JGT_REG, R6, R0, off, 0);
    default:
        return op(OP_ADD64_REG, R0, R6, 0, 0);
    }
}

/* Two rounds over a million instructions, with jumps back and calls across all of them. */
static void test_a_million_instructions(void **state)
{
    enum { BODY = 1000000, TOP = 6 };
    struct slot *slots = calloc(BODY + 32, sizeof(*slots)), *at = slots;
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog;
    uint64_t seed = 1;

    (void)state;
    assert_non_null(slots);
    *at++ = op(OP_LDXDW, R6, R1, 0, 0);
    *at++ = op(OP_MOV64_IMM, R0, 0, 0, 1);
    *at++ = op(OP_MOV64_IMM, R7, 0, 0, 2);
    *at++ = op(OP_MOV64_IMM, R8, 0, 0, 0x10dcd);
    *at++ = op(OP_STXDW, R10, R0, -8, 0);
    *at++ = op(OP_CALL, 0, CALL_LOCAL, 0, BODY + 5); /* the function, from r1 */
    for (uint32_t i = 0; i < BODY; i++)
        *at++ = any_instruction(&seed, BODY - i - 1);
    *at++ = op(OP_ADD64_IMM, R7, 0, 0, -1);
    *at++ = op(OP_JEQ_IMM, R7, 0, 1, 0);
    *at++ = op(OP_JA32, 0, 0, 0, -BODY - 3); /* to TOP */
    *at++ = op(OP_MOV64_REG, R1, R10, 0, 0);
    *at++ = op(OP_EXIT, 0, 0, 0, 0);
    *at++ = op(OP_LDXDW, R0, R1, 0, 0);
    *at++ = op(OP_MUL64_REG, R0, R0, 0, 0);
    *at++ = op(OP_EXIT, 0, 0, 0, 0);
    assert_int_equal((at - slots) - 8, TOP + BODY);
    prog =
        load_native(vm, SKEP_FORMAT_RAW, slots, (size_t)(at - slots) * sizeof(*slots), 0);
    for (uint64_t ctx = 0; ctx < 3; ctx++)
        assert_int_equal(run_everywhere(prog, ctx * 0x9e3779b97f4a7c15u).fault.code,
                         SKEP_OK);
    skep_prog_free(prog);
    skep_vm_free(vm);
    free(slots);
}

/* ---- Deep calls --------------------------------------------------------------------- */

/* Nobody reads r6 and r7 again, but the fault shows them. */
static void test_a_call_too_deep_reports_registers(void **state)
{
    static const char text[] = "r1 = 3\n"
                               "r2 = 7\n"
                               "call f\n"
                               "exit\n"
                               "f: r6 = r2\n"
                               "r2 = 5\n"
                               "r7 = 9\n"
                               "r7 += r2\n"
                               "call f\n"
                               "r0 = 1\n"
                               "exit\n";
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load_native_text(vm, text);
    struct skep_result res = run_everywhere(prog, 0);

    (void)state;
    assert_int_equal(res.fault.code, SKEP_E_CALL_DEPTH);
    assert_int_equal(res.fault.regs[6], 5);
    assert_int_equal(res.fault.regs[7], 14);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* As many frames as r1 says: each keeps numbers in r6 to r9 and on its stack over the call. */
static void test_deep_calls(void **state)
{
    static const char text[] = "r1 = *(u64 *)(r1 + 0)\n"
                               "call down\n"
                               "exit\n"
                               "down: r6 = r1\n"
                               "r7 = r1\n"
                               "r7 *= 3\n"
                               "r8 = r7\n"
                               "r8 ^= 0x55\n"
                               "r9 = r10\n"
                               "*(u64 *)(r10 - 8) = r7\n"
                               "*(u64 *)(r10 - 512) = r8\n"
                               "r0 = 1\n"
                               "if r1 == 0 goto out\n"
                               "r1 -= 1\n"
                               "call down\n"
                               "out: r0 *= 7\n"
                               "r0 += r6\n"
                               "r0 ^= r7\n"
                               "r0 += r8\n"
                               "r1 = *(u64 *)(r10 - 8)\n"
                               "r0 += r1\n"
                               "r1 = *(u64 *)(r9 - 512)\n"
                               "r0 ^= r1\n"
                               "exit\n";
    enum { DEEPEST = 6 }; /* with main and the last call: 8 frames */
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load_native_text(vm, text);

    (void)state;
    for (uint64_t depth = 0; depth < 20; depth++) {
        struct skep_result res = run_everywhere(prog, depth);

        assert_int_equal(res.fault.code, depth > DEEPEST ? SKEP_E_CALL_DEPTH : SKEP_OK);
    }
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* A chain of functions, each of its own code; as calls and back again a hundred times. */
static void test_a_chain_of_functions(void **state)
{
    enum { LINKS = 7 };
    char text[4096] = "r6 = *(u64 *)(r1 + 0)\nr7 = 100\nr0 = 0\nagain: r1 = r6\nr2 = r0\n"
                      "call f1\nr7 -= 1\nif r7 != 0 goto again\nexit\n";
    size_t len = strlen(text);
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog;

    (void)state;
    for (int i = 1; i <= LINKS; i++) {
        char call[32] = "r0 = r2";

        if (i < LINKS)
            snprintf(call, sizeof(call), "call f%d", i + 1);
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "f%d: r6 = r1\nr7 = %d\nr1 += r2\nr2 ^= %d\n%s\n"
                                "r0 *= r7\nr0 += r6\nexit\n",
                                i, i * 11 + 2, i * 1000003, call);
    }
    prog = load_native_text(vm, text);
    for (uint64_t ctx = 0; ctx < 10; ctx++)
        assert_int_equal(run_everywhere(prog, ctx * ctx * 12345).fault.code, SKEP_OK);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jumps_of_a_byte),
        cmocka_unit_test(test_jumps_of_32_kilobytes),
        cmocka_unit_test(test_short_loops_lie_in_one_line),
        cmocka_unit_test(test_short_functions_lie_in_one_line),
        cmocka_unit_test(test_a_million_instructions),
        cmocka_unit_test(test_deep_calls),
        cmocka_unit_test(test_a_call_too_deep_reports_registers),
        cmocka_unit_test(test_a_chain_of_functions),
    };

    return native_is_here() ? cmocka_run_group_tests(tests, NULL, NULL) : SKIPPED;
}
