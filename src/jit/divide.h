/* Division by a constant as multiplication (Granlund and Montgomery, "Division by invariant
 * integers using multiplication", 1994; Warren, "Hacker's Delight", chapter 10).
 *
 *     q = high(magic * (n >> before))
 *     if add: q = q + ((n - q) >> 1)
 *     n / by = q >> after
 *
 * where high() are the upper `w` bits of the product. */
#ifndef SK_JIT_DIVIDE_H
#define SK_JIT_DIVIDE_H

#include <stdint.h>

struct sk_divider {
    uint64_t magic;
    uint8_t before, after, add;
};

/* For unsigned numbers of w bits (32 or 64); `by` is no power of two and not 0. */
void sk_divider_find(struct sk_divider *divider, unsigned w, uint64_t by);

/* For signed numbers, and `by` from 2 to 2^(w - 1): n / by, towards 0, is
 *
 *     (high(magic * n) + (magic is negative ? n : 0) >> after) + (n is negative ? 1 : 0)
 *
 * with products and the shift signed, and `magic` as a signed number of w bits. */
void sk_divider_find_signed(struct sk_divider *divider, unsigned w, uint64_t by);

#endif
