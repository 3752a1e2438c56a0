/* Ones in 71 words of noise: in parallel within a word, by masks and one multiplication;
 * and which words have odd parity. */
#include "adapter.h"

INLINE u64 count_ones(u64 x)
{
    x -= x >> 1 & 0x5555555555555555ull;
    x = (x & 0x3333333333333333ull) + (x >> 2 & 0x3333333333333333ull);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
    return x * 0x0101010101010101ull >> 56;
}

BODY(p, end)
{
    u64 ones = 0, odd = 0;

    if (p + FRAME_LEN > end)
        return 0;
    AS_LOOP
    for (u32 at = 72; at < 640; at += 8) {
        u64 n = count_ones(GET64(p, at));

        HIDE(n);
        ones += n;
        odd = (odd << 1 | odd >> 63) ^ (n & 1);
    }
    return ones ^ odd;
}
