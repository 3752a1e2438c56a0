/* Finding multipliers. With l = ceil(log2 by), the number m = floor(2^w (2^l - by) / by) + 1 + 2^w
 * always does, but has w + 1 bits: the `add` form. A smaller one, floor(2^(w+s) / by) + 1, does
 * too if its error is small enough: e = by - 2^(w+s) mod by must not exceed 2^s. Even divisors
 * leave room by a shift before. */
#include "jit/divide.h"

typedef unsigned __int128 wide;

/* Tries multipliers of w bits for numbers of w - spare bits; returns 1 if there is one. */
static int try_plain(struct sk_divider *d, unsigned w, uint64_t by, unsigned spare)
{
    for (unsigned s = 0; s < w; s++) {
        wide power = (wide)1 << s << (w - 1), m;

        /* 2^(w+s) = 2 * power, kept within 128 bits by s < w */
        m = power / by * 2 + (power % by * 2) / by;
        if (m >> w)
            return 0;
        if ((wide)by - (power % by * 2) % by <= (wide)1 << (s + spare)) {
            m += 1;
            if (m >> w)
                return 0;
            d->magic = (uint64_t)m;
            d->after = (uint8_t)s;
            return 1;
        }
    }
    return 0;
}

/* Signed numbers have w - 1 bits, so that a multiplier of w bits always does. What rounding down
 * leaves of a negative quotient, which the error moves by at most 1 / by, is 1 too little. */
void sk_divider_find_signed(struct sk_divider *divider, unsigned w, uint64_t by)
{
    *divider = (struct sk_divider){ 0, 0, 0, 0 };
    try_plain(divider, w, by, 1);
}

void sk_divider_find(struct sk_divider *divider, unsigned w, uint64_t by)
{
    unsigned even = (unsigned)__builtin_ctzll(by);
    unsigned l = 64 - (unsigned)__builtin_clzll(by - 1);

    *divider = (struct sk_divider){ 0, 0, 0, 0 };
    if (try_plain(divider, w, by, 0))
        return;
    if (even && try_plain(divider, w, by >> even, even)) {
        divider->before = (uint8_t)even;
        return;
    }
    divider->add = 1;
    divider->magic = (uint64_t)((((wide)1 << w) * (((wide)1 << l) - by)) / by + 1);
    divider->after = (uint8_t)(l - 1);
}
