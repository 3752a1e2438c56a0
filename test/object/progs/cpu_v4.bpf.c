/* build: newest -mcpu=v4 */
/* Code for the newest machine: sign-extending loads and moves, signed division, swaps. */
#include "skep_bpf.h"

s8 small = -1;
s16 medium = -2;
s32 large = -3;

SEC("xdp")
long extends(void *ctx)
{
    return (long)small + (long)medium + (long)large;
}

SEC("xdp")
long divides(s64 *ctx)
{
    return ctx[0] / ctx[1] + ctx[1] % ctx[2] + (s8)ctx[3] + (s16)ctx[4];
}

SEC("xdp")
long swaps(u64 *ctx)
{
    return __builtin_bswap64(ctx[0]) + __builtin_bswap32(ctx[1]) +
           __builtin_bswap16(ctx[2]);
}

LICENSE("GPL");
