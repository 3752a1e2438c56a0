/* Offsets into global data that need more than 16 bits, and data of more than a page. */
#include "skep_bpf.h"

u32 table[50000];
u32 filled[2000] = { [1999] = 0x01020304 };
const volatile u8 holes[5000] = { [0] = 1, [4999] = 2 };

SEC("xdp")
int far_away(void *ctx)
{
    table[49999] = filled[1999] + holes[4999];
    return table[20000];
}

LICENSE("GPL");
