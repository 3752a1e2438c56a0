/* Addresses of functions, for helpers that call back. */
#include "skep_bpf.h"

struct {
    __uint(type, HASH);
    __uint(max_entries, 8);
    __type(key, u32);
    __type(value, u64);
} numbers SEC(".maps");

struct context {
    u64 sum;
};

static __noinline u64 twice(u64 a)
{
    return a * 2 + ktime_get_ns();
}

static int on_step(u32 index, struct context *context)
{
    context->sum += index;
    return 0;
}

static int on_element(void *map, u32 *key, u64 *value, struct context *context)
{
    context->sum += twice(*key + *value);
    return 0;
}

static int on_outer(u32 index, struct context *context)
{
    loop(index, on_step, context, 0);
    return 0;
}

SEC("tc")
int counts(void *ctx)
{
    struct context context = { 0 };

    loop(10, on_step, &context, 0);
    return context.sum;
}

SEC("tc")
int sums(void *ctx)
{
    struct context context = { 0 };

    for_each_map_elem(&numbers, on_element, &context, 0);
    return context.sum + twice(1);
}

SEC("tc")
int nests(void *ctx)
{
    struct context context = { 0 };

    loop(3, on_outer, &context, 0);
    return context.sum;
}

LICENSE("GPL");
