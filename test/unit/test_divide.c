/* Multipliers for division by constants: what divide.h says of them, carried out, beside C's
 * division, for divisors small, large, random and near powers of two, and numbers where quotients
 * change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"
#include "jit/divide.h"

typedef unsigned __int128 wide;
typedef __int128 wide_signed;

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint64_t low(uint64_t value, unsigned w)
{
    return w == 64 ? value : (uint32_t)value;
}

static int64_t as_signed(uint64_t value, unsigned w)
{
    return w == 64 ? (int64_t)value : (int32_t)value;
}

static uint64_t divide(const struct sk_divider *how, unsigned w, uint64_t n)
{
    uint64_t q = (uint64_t)((wide)how->magic * (n >> how->before) >> w);

    if (how->add)
        q = low(q + (low(n - q, w) >> 1), w);
    return q >> how->after;
}

static int64_t divide_signed(const struct sk_divider *how, unsigned w, int64_t n)
{
    int64_t magic = as_signed(how->magic, w);
    int64_t q = (int64_t)((wide_signed)magic * n >> w);

    if (magic < 0)
        q = as_signed((uint64_t)q + (uint64_t)n, w);
    return (q >> how->after) + (n < 0);
}

static void check(unsigned w, uint64_t by, uint64_t n)
{
    struct sk_divider how;
    int64_t n_signed = as_signed(n, w);

    n = low(n, w);
    if (by & (by - 1)) {
        sk_divider_find(&how, w, by);
        if (divide(&how, w, n) != n / by)
            fail_msg("%u bits: %llu / %llu", w, (unsigned long long)n,
                     (unsigned long long)by);
    }
    if (by >= 2 && by <= (uint64_t)1 << (w - 1)) {
        sk_divider_find_signed(&how, w, by);
        if (divide_signed(&how, w, n_signed) != (wide_signed)n_signed / (wide_signed)by)
            fail_msg("%u bits: %lld / %llu", w, (long long)n_signed,
                     (unsigned long long)by);
    }
}

/* Numbers around multiples of the divisor, and at the ends. */
static void check_divisor(unsigned w, uint64_t by, uint64_t *random)
{
    by = low(by, w);
    if (!by)
        return;
    for (int round = 0; round < 20; round++) {
        uint64_t multiple = (next_random(random) >> next_random(random) % w) / by * by;

        for (int near = -2; near <= 2; near++) {
            check(w, by, (uint64_t)near);
            check(w, by, ((uint64_t)1 << (w - 1)) + (uint64_t)near);
            check(w, by, by + (uint64_t)near);
            check(w, by, multiple + (uint64_t)near);
            check(w, by, 0 - multiple + (uint64_t)near);
        }
    }
}

static void test_quotients(void **state)
{
    uint64_t random = 88172645463325252u;

    (void)state;
    for (unsigned w = 32; w <= 64; w += 32) {
        for (uint64_t by = 1; by <= 1000; by++)
            check_divisor(w, by, &random);
        for (unsigned power = 0; power < w; power++) {
            for (int near = -3; near <= 3; near++)
                check_divisor(w, ((uint64_t)1 << power) + (uint64_t)near, &random);
        }
        for (int round = 0; round < 2000; round++)
            check_divisor(w, next_random(&random) >> next_random(&random) % w, &random);
    }
}

/* All numbers of 16 bits, and as many at the other end. */
static void test_all_small_numbers(void **state)
{
    static const uint64_t divisors[] = { 2, 3, 5, 6, 7, 9, 10, 12, 25, 60, 641, 1000 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(divisors); i++) {
        for (uint32_t n = 0; n < 1 << 16; n++) {
            check(32, divisors[i], n);
            check(32, divisors[i], ~n);
            check(64, divisors[i], ~(uint64_t)n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotients),
        cmocka_unit_test(test_all_small_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
