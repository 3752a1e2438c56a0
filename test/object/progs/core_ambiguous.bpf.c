/* CO-RE: more than one candidate in the kernel; they agree in one field only. */
#include "skep_bpf.h"

struct twins {
    int same, different;
} __core;

SEC("tc")
int agrees(struct twins *ctx)
{
    return ctx->same;
}

SEC("tc")
int disagrees(struct twins *ctx)
{
    return ctx->different;
}

LICENSE("GPL");
