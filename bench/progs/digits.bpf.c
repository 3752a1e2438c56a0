/* Division: the decimal digits of 24 words, by a constant divisor, and one division and
 * one remainder by what the frame says. */
#include "adapter.h"

BODY(p, end)
{
    u64 sum = 0;

    if (p + FRAME_LEN > end)
        return 0;
    AS_LOOP
    for (u32 at = 80; at < 176; at += 4) {
        u32 word = GET32(p, at);
        u64 divisor = GET8(p, at + 96) | 256;

        sum += sum / divisor + word % (u32)divisor;
        AS_LOOP
        for (u32 place = 1; place <= 10; place++) {
            sum += word % 10 * place;
            word /= 10;
        }
    }
    return sum;
}
