/* Calls between functions of the program: 120 rounds, two deep, six calls a round. */
#include "adapter.h"

CALLED u64 blend(u64 a, u64 b);
CALLED u64 stir(u64 a, u64 b, u64 c);

BODY(p, end)
{
    u64 sum;

    if (p + FRAME_LEN > end)
        return 0;
    sum = GET64(p, FRAME_NOISE);
    AS_LOOP
    for (u32 round = 0; round < 120; round++) {
        u64 left = stir(sum, round, sum >> 9);

        sum ^= stir(left, sum, round);
    }
    return sum;
}

CALLED u64 stir(u64 a, u64 b, u64 c)
{
    u64 first = blend(a, c);

    HIDE(first);
    return blend(first, b) + c;
}

CALLED u64 blend(u64 a, u64 b)
{
    HIDE(a);
    return (a << 7) + (b ^ a >> 3) + 77;
}
