/* Insertion sort of 13 words on the stack.  Written out without loops, since it branches
 * on data; the index is kept unknown to the compiler and the verifier, so that the words
 * stay in memory. */
#include "adapter.h"

#define COUNT 13
#define AT(i) words[(i) % 16]

BODY(p, end)
{
    u32 words[16];
    u32 base;
    u64 sum = 0;

    if (p + FRAME_LEN > end)
        return 0;
    base = UNKNOWN_ZERO(p);
    AS_COPIES
    for (u32 i = 0; i < 16; i++)
        words[i] = GET32(p, 200 + 4 * i);
    AS_COPIES
    for (u32 sorted = 1; sorted < COUNT; sorted++) {
        u32 hole = base + sorted;
        u32 value = AT(hole);

        AS_COPIES
        for (u32 steps = 0; steps < sorted; steps++) {
            u32 before = AT(hole - 1);

            if (before <= value)
                break;
            AT(hole) = before;
            hole--;
        }
        AT(hole) = value;
    }
    AS_COPIES
    for (u32 i = 0; i < COUNT; i++)
        sum = sum * 5 + AT(base + i);
    return sum;
}
