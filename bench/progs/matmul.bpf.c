/* The product of two 8 by 8 matrices of bytes, kept on the stack; then its checksum. */
#include "adapter.h"

#define SIDE 8
#define LEFT 96
#define RIGHT 160

BODY(p, end)
{
    u32 product[SIDE * SIDE];
    u64 sum = 0;

    if (p + FRAME_LEN > end)
        return 0;
    AS_LOOP
    for (u32 cell = 0; cell < SIDE * SIDE; cell++) {
        const u8 *row = p + LEFT + (cell & ~7u);
        const u8 *column = p + RIGHT + (cell & 7);
        u32 dot = 0;

        AS_LOOP
        for (u32 k = 0; k < SIDE; k++)
            dot += (u32)row[k] * column[k * SIDE];
        product[cell] = dot;
    }
    AS_LOOP
    for (u32 cell = 0; cell < SIDE * SIDE; cell++)
        sum = sum * 29 ^ product[cell];
    return sum;
}
