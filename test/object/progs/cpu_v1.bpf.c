/* build: -mcpu=v1 */
/* Code for the oldest machine. */
#include "skep_bpf.h"

struct record {
    u32 a, b;
};
struct record records[4] = { { 1, 2 } };

SEC("xdp")
int compares(struct record *ctx)
{
    u32 i = ctx->a & 3;

    return records[i].a < ctx->b ? (int)records[i].b : -1;
}

LICENSE("GPL");
