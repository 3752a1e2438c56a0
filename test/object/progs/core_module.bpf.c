/* CO-RE: types of a module, which count only if the kernel itself has none. */
#include "skep_bpf.h"

struct in_module {
    int a, b, gone;
} __core;

struct moved {
    u64 second;
} __core;

SEC("tc")
int fields(struct in_module *ctx)
{
    return ctx->a + ctx->b + field_exists(ctx->gone) + type_size(struct in_module);
}

SEC("tc")
int of_kernel(struct moved *ctx)
{
    return ctx->second;
}

SEC("tc")
int ids(void *ctx)
{
    return type_id_kernel(struct moved);
}

SEC("tc")
int ids_in_module(void *ctx)
{
    return type_id_kernel(struct in_module);
}

LICENSE("GPL");
