/* What the arm64 encoders compute: logical immediates, constants in few instructions,
 * and displacements set later.  The other side of each comparison is written from the
 * manual's definition, by trying everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "jit/a64_branch.h"
#include "jit/a64_enc.h"
#include "jit/a64_mem.h"

enum { IMMS_64 = 5334, IMMS_32 = 1302 };

/* A generator of random numbers: splitmix64. */
static uint64_t random_value(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* ---- Logical immediates ---------------------------------------------------------- */

static uint64_t ones(unsigned n)
{
    return n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

/* DecodeBitMasks of the manual, for logical immediates.  False: a reserved field. */
static bool decode(unsigned width, uint32_t field, uint64_t *value)
{
    unsigned n = field >> 12 & 1, immr = field >> 6 & 63, imms = field & 63;
    unsigned selector = n << 6 | (~imms & 63), len = 6, size, s, r;
    uint64_t element;

    while (len > 0 && !(selector >> len & 1))
        len--;
    if (len < 1 || (width == 32 && n))
        return false;
    size = 1u << len;
    s = imms & (size - 1);
    r = immr & (size - 1);
    if (s == size - 1)
        return false;
    element = ones(s + 1);
    if (r)
        element = (element >> r | element << (size - r)) & ones(size);
    *value = 0;
    for (unsigned at = 0; at < width; at += size)
        *value |= element << at;
    return true;
}

static int compare_values(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* All values that some field decodes to, sorted, each once; their number. */
static size_t all_immediates(unsigned width, uint64_t values[IMMS_64])
{
    uint64_t *all = malloc(8192 * sizeof(*all));
    size_t len = 0, unique = 0;

    assert_non_null(all);
    for (uint32_t field = 0; field < 8192; field++)
        len += decode(width, field, &all[len]);
    qsort(all, len, sizeof(*all), compare_values);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && all[i] == all[i - 1])
            continue;
        assert_true(unique < IMMS_64);
        values[unique++] = all[i];
    }
    free(all);
    return unique;
}

static void test_every_logical_immediate(void **state)
{
    uint64_t values[IMMS_64], back;
    uint32_t field;

    (void)state;
    for (unsigned width = 32; width <= 64; width += 32) {
        size_t len = all_immediates(width, values);

        assert_int_equal(len, width == 64 ? IMMS_64 : IMMS_32);
        for (size_t i = 0; i < len; i++) {
            assert_true(a64_logical_imm(width, values[i], &field));
            assert_true(decode(width, field, &back));
            assert_true(back == values[i]);
        }
    }
}

/* Whether the encoder takes `value` exactly when a field decodes to it. */
static void check_logical(unsigned width, const uint64_t *values, size_t len,
                          uint64_t value)
{
    bool is = bsearch(&value, values, len, sizeof(*values), compare_values) != NULL;
    uint32_t field = UINT32_MAX;

    assert_int_equal(a64_logical_imm(width, value, &field), is);
    if (!is)
        assert_true(field == UINT32_MAX);
}

/* Values near immediates, and any. */
static void test_other_values_are_refused(void **state)
{
    uint64_t values[IMMS_64], seed = 1;

    (void)state;
    for (unsigned width = 32; width <= 64; width += 32) {
        size_t len = all_immediates(width, values);

        check_logical(width, values, len, 0);
        check_logical(width, values, len, ones(width));
        for (size_t i = 0; i < len; i++) {
            for (unsigned bit = 0; bit < width; bit++)
                check_logical(width, values, len, values[i] ^ UINT64_C(1) << bit);
        }
        for (unsigned i = 0; i < 1000000; i++)
            check_logical(width, values, len, random_value(&seed) & ones(width));
        for (uint64_t i = 0; i < 0x10000; i++) {
            check_logical(width, values, len, i);
            check_logical(width, values, len,
                          i * UINT64_C(0x0001000100010001) & ones(width));
        }
    }
}

/* ---- Constants ------------------------------------------------------------------- */

/* What register `rd` has after one instruction of a constant: MOVN, MOVZ, MOVK or ORR. */
static uint64_t execute(uint32_t insn, unsigned rd, uint64_t before)
{
    bool x = insn >> 31;
    unsigned lsl = (insn >> 21 & 3) * 16;
    uint64_t imm = (uint64_t)(insn >> 5 & 0xffff) << lsl, value = 0;

    assert_int_equal(insn & 31, rd);
    if ((insn & 0x7f800000) == 0x32000000) {
        assert_int_equal(insn >> 5 & 31, A64_ZR);
        assert_true(decode(x ? 64 : 32, insn >> 10 & 0x1fff, &value));
        return value;
    }
    switch (insn & 0x7f800000) {
    case 0x12800000:
        return x ? ~imm : (uint32_t)~imm;
    case 0x52800000:
        return imm;
    case 0x72800000:
        assert_true(x);
        return (before & ~(UINT64_C(0xffff) << lsl)) | imm;
    default:
        fail_msg("%08x makes no constant", insn);
        return 0;
    }
}

/* How many halfwords differ from each other. */
static unsigned differing(uint64_t a, uint64_t b)
{
    unsigned n = 0;

    for (unsigned at = 0; at < 64; at += 16)
        n += ((a ^ b) >> at & 0xffff) != 0;
    return n;
}

/* The fewest MOVKs that turn a value of one of the lists into `value`. */
static unsigned fewest_movks(const uint64_t *bases, size_t len, uint64_t value)
{
    unsigned least = 4;

    for (size_t i = 0; i < len && least > 0; i++) {
        unsigned n = differing(bases[i], value);

        least = n < least ? n : least;
    }
    return least;
}

/* All values of an ORR, and 0 and all ones of which MOVZ and MOVN change one halfword. */
struct bases {
    uint64_t at[IMMS_64 + IMMS_32];
    size_t len;
};

static void find_bases(struct bases *bases)
{
    bases->len = all_immediates(64, bases->at);
    bases->len += all_immediates(32, bases->at + bases->len);
    assert_int_equal(bases->len, SK_LEN(bases->at));
}

/* The fewest instructions for `value`, by trying all first ones. */
static unsigned fewest(const struct bases *bases, uint64_t value)
{
    const uint64_t flat[] = { 0, UINT64_MAX, UINT32_MAX };
    unsigned least = 1 + fewest_movks(bases->at, bases->len, value);

    for (unsigned i = 0; i < SK_LEN(flat); i++) {
        unsigned n = differing(flat[i], value);

        n = n ? n : 1;
        /* A MOVN of 32 bits changes a lower halfword; so one must be there to be
         * changed. */
        if (flat[i] == UINT32_MAX &&
            differing(flat[i] & ~ones(32), value & ~ones(32)) == n)
            n++;
        least = n < least ? n : least;
    }
    return least;
}

static void check_constant(const struct bases *bases, uint64_t value)
{
    uint32_t insns[A64_CONST_MAX];
    unsigned len = a64_mov_const(17, value, insns);
    uint64_t got = UINT64_C(0xdeadbeefdeadbeef);

    for (unsigned i = 0; i < len; i++)
        got = execute(insns[i], 17, got);
    if (got != value || len != fewest(bases, value))
        fail_msg("%016llx: got %016llx in %u instructions of %u",
                 (unsigned long long)value, (unsigned long long)got, len,
                 fewest(bases, value));
}

/* A value whose halfwords are drawn from few, so that every shape comes up. */
static uint64_t shaped_value(uint64_t *seed)
{
    static const uint16_t shapes[] = { 0,      0xffff, 0x00ff, 0xff00, 0x5555, 0x3ffc,
                                       0xc003, 0x8000, 0x0001, 0x1234, 0x7fff, 0xfffe };
    uint64_t value = 0;

    for (unsigned at = 0; at < 64; at += 16)
        value |= (uint64_t)shapes[random_value(seed) % SK_LEN(shapes)] << at;
    return value;
}

static void test_constants_are_right_and_short(void **state)
{
    struct bases *bases = malloc(sizeof(*bases));
    uint64_t seed = 2;

    (void)state;
    assert_non_null(bases);
    find_bases(bases);
    for (size_t i = 0; i < bases->len; i++) {
        check_constant(bases, bases->at[i]);
        check_constant(bases, (bases->at[i] & ~UINT64_C(0xffff0000)) | 0x12340000);
    }
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t value = random_value(&seed);

        check_constant(bases, shaped_value(&seed));
        check_constant(bases, value >> (value & 63));
        check_constant(bases, (uint64_t)(int64_t)(int32_t)value);
    }
    free(bases);
}

/* ---- Displacements --------------------------------------------------------------- */

static void check_set(uint32_t insn, int64_t disp, bool fits, uint32_t expected)
{
    uint32_t before = insn;

    assert_int_equal(a64_set_disp(&insn, disp), fits);
    assert_int_equal(insn, fits ? expected : before);
}

/* Set on an instruction of another displacement; one beyond either limit is refused. */
#define CHECK_DISP(encode, width, unit)                                                  \
    do {                                                                                 \
        int64_t limit_ = (INT64_C(1) << ((width)-1)) * (unit), disp;                     \
        const uint32_t of_ = (disp = -5 * (unit), (encode));                             \
        const int64_t fit_[] = { 0, unit, -(unit), limit_ - (unit), -limit_ };           \
        for (unsigned i_ = 0; i_ < SK_LEN(fit_); i_++) {                                 \
            disp = fit_[i_];                                                             \
            check_set(of_, disp, true, (encode));                                        \
        }                                                                                \
        check_set(of_, limit_, false, 0);                                                \
        check_set(of_, -limit_ - (unit), false, 0);                                      \
        if ((unit) > 1)                                                                  \
            check_set(of_, 2, false, 0);                                                 \
    } while (0)

static void test_displacements_set_later(void **state)
{
    (void)state;
    CHECK_DISP(a64_b(disp), 26, 4);
    CHECK_DISP(a64_bl(disp), 26, 4);
    CHECK_DISP(a64_adr(30, disp), 21, 1);
    for (int x = 0; x < 2; x++) {
        CHECK_DISP(a64_cbz(x, 31, disp), 19, 4);
        CHECK_DISP(a64_cbnz(x, 0, disp), 19, 4);
        CHECK_DISP(a64_ldr_literal(x, 21, disp), 19, 4);
    }
    for (unsigned cond = 0; cond <= A64_AL; cond++)
        CHECK_DISP(a64_bcond(cond, disp), 19, 4);
    for (unsigned bit = 0; bit < 64; bit++) {
        CHECK_DISP(a64_tbz(7, bit, disp), 14, 4);
        CHECK_DISP(a64_tbnz(31, bit, disp), 14, 4);
    }
}

/* ---- What fits ------------------------------------------------------------------- */

static void test_limits(void **state)
{
    (void)state;
    assert_true(a64_fits_imm12(0) && a64_fits_imm12(0xfff) && a64_fits_imm12(0x1000));
    assert_true(a64_fits_imm12(0xfff000));
    assert_false(a64_fits_imm12(0x1001) || a64_fits_imm12(0x1000000));
    assert_false(a64_fits_imm12(UINT64_C(0x100000001)) || a64_fits_imm12((uint64_t)-1));

    assert_true(a64_fits_imm9(-256) && a64_fits_imm9(255));
    assert_false(a64_fits_imm9(-257) || a64_fits_imm9(256));

    for (unsigned size = A64_B; size <= A64_X; size++) {
        int64_t unit = 1 << size;

        assert_true(a64_fits_scaled(size, 0) && a64_fits_scaled(size, 4095 * unit));
        assert_false(a64_fits_scaled(size, 4096 * unit) || a64_fits_scaled(size, -unit));
        assert_true(size == A64_B || !a64_fits_scaled(size, unit / 2));
    }
    assert_true(a64_fits_pair(true, 504) && a64_fits_pair(true, -512));
    assert_false(a64_fits_pair(true, 512) || a64_fits_pair(true, 4));
    assert_true(a64_fits_pair(false, 252) && a64_fits_pair(false, -256));
    assert_false(a64_fits_pair(false, 256) || a64_fits_pair(false, 2));

    assert_true(a64_fits_b((1 << 27) - 4) && a64_fits_b(-(1 << 27)));
    assert_false(a64_fits_b(1 << 27) || a64_fits_b(-(1 << 27) - 4) || a64_fits_b(2));
    assert_true(a64_fits_bcond((1 << 20) - 4) && a64_fits_bcond(-(1 << 20)));
    assert_false(a64_fits_bcond(1 << 20) || a64_fits_bcond(-(1 << 20) - 4));
    assert_true(a64_fits_tbz((1 << 15) - 4) && a64_fits_tbz(-(1 << 15)));
    assert_false(a64_fits_tbz(1 << 15) || a64_fits_tbz(-(1 << 15) - 4));
    assert_true(a64_fits_adr((1 << 20) - 1) && a64_fits_adr(-(1 << 20)));
    assert_false(a64_fits_adr(1 << 20) || a64_fits_adr(-(1 << 20) - 1));
    assert_true(a64_fits_adrp(INT64_C(0xfffff000)) &&
                a64_fits_adrp(-INT64_C(0x100000000)));
    assert_false(a64_fits_adrp(INT64_C(0x100000000)) || a64_fits_adrp(0x800));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_logical_immediate),
        cmocka_unit_test(test_other_values_are_refused),
        cmocka_unit_test(test_constants_are_right_and_short),
        cmocka_unit_test(test_displacements_set_later),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
