/* Prog arrays that are filled. */
#include "skep_bpf.h"

int one(void *ctx);
int two(void *ctx);

struct {
    __uint(type, PROG_ARRAY);
    __uint(max_entries, 6);
    __uint(key_size, sizeof(u32));
    __array(values, int(void *));
} jumps SEC(".maps") = { .values = { [0] = &one, [5] = &two } };

struct {
    __uint(type, PROG_ARRAY);
    __uint(max_entries, 3);
    __type(key, u32);
    __type(value, u32);
} not_filled SEC(".maps");

SEC("tc")
int one(void *ctx)
{
    tail_call(ctx, &jumps, 5);
    return 1;
}

SEC("tc")
int two(void *ctx)
{
    tail_call(ctx, &not_filled, 0);
    return 2;
}

LICENSE("GPL");
