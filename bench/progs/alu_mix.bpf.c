/* Adds, subtractions, logic and shifts in both widths, 900 rounds; no memory in the loop.
 * */
#include "adapter.h"

BODY(p, end)
{
    u64 x, y, z;
    u32 n, m;

    if (p + FRAME_LEN > end)
        return 0;
    x = GET64(p, 80);
    y = GET64(p, 88);
    z = GET64(p, 96);
    n = GET32(p, 104);
    m = GET32(p, 108);
    AS_LOOP
    for (u32 round = 0; round < 900; round++) {
        x = (x << 5) - y + round;
        y ^= (u64)((s64)z >> 13) | x;
        n = (n ^ (u32)y) + (m >> 3);
        m -= (n << 9) & 0x00ff7f7fu;
        z += (x >> 17) ^ n;
        y += 0x1357 - (z & m);
    }
    return x + y + z + ((u64)n << 32 | m);
}
