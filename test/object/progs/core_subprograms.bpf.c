/* CO-RE in functions that programs share, and in a section of several programs. */
#include "skep_bpf.h"

struct moved {
    u32 first;
    u64 second;
    int gone;
} __core;

static __noinline int shared(struct moved *ctx)
{
    return ctx->second + ktime_get_ns();
}

static __noinline int needs_gone(struct moved *ctx)
{
    return ctx->gone + ktime_get_ns();
}

SEC("tc")
int one(struct moved *ctx)
{
    return ctx->first + shared(ctx);
}

SEC("tc")
int two(struct moved *ctx)
{
    return shared(ctx) + ctx->second;
}

SEC("tc")
int three(struct moved *ctx)
{
    return field_exists(ctx->gone) ? needs_gone(ctx) : shared(ctx);
}

LICENSE("GPL");
