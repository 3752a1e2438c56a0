/* CO-RE: what is there and what is not; code that needs what is not is poisoned. */
#include "skep_bpf.h"

struct moved {
    u32 first;
    int gone;
    u64 second[2]; /* a number in the kernel */
} __core;

struct gone_type {
    int a;
} __core;

struct moved___old {
    u32 first_old_name;
} __core;

struct flavoured___v2 {
    int new_name;
} __core;
struct flavoured___v1 {
    int old_name;
} __core;

SEC("tc")
int asks(struct moved *ctx)
{
    struct moved___old *old = (void *)ctx;
    struct flavoured___v1 *v1 = (void *)ctx;
    struct flavoured___v2 *v2 = (void *)ctx;

    return field_exists(ctx->first) | field_exists(ctx->gone) << 1 |
           field_exists(ctx->second) << 2 | field_exists(old->first_old_name) << 3 |
           field_exists(v1->old_name) << 4 | field_exists(v2->new_name) << 5 |
           field_exists(((struct gone_type *)ctx)->a) << 6;
}

SEC("tc")
int guards(struct moved *ctx)
{
    struct flavoured___v1 *v1 = (void *)ctx;
    struct flavoured___v2 *v2 = (void *)ctx;

    if (field_exists(v1->old_name))
        return v1->old_name;
    return v2->new_name;
}

SEC("tc")
int poisoned_load(struct moved *ctx)
{
    return ctx->gone;
}

SEC("tc")
int poisoned_store(struct moved *ctx)
{
    ctx->gone = 1;
    return 0;
}

SEC("tc")
int poisoned_number(struct moved *ctx)
{
    return field_info(ctx->gone, FIELD_BYTE_SIZE) +
           field_info(ctx->gone, FIELD_BYTE_OFFSET) + type_id_kernel(struct gone_type);
}

SEC("tc")
int poisoned_address(struct moved *ctx)
{
    int value = 0;

    probe_read_kernel(&value, 4, __builtin_preserve_access_index(&ctx->gone));
    return value;
}

SEC("tc")
int poisoned_type(struct gone_type *ctx)
{
    return ctx->a;
}

LICENSE("GPL");
