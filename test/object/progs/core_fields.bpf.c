/* CO-RE: fields whose place, size and kind differ in the kernel. The local types are what the
 * program was written against, ../kernel/kernel.c has what there is. */
#include "skep_bpf.h"

struct inner {
    int x, y;
} __core;

union either {
    u32 number;
    u64 wide;
} __core;

struct moved {
    u32 first;
    u64 second;
    s16 third;
    struct inner inner;
    struct inner array[4];
    union either either;
    void *pointer;
    u8 bytes[16];
    struct {
        int in_nameless;
    };
    union {
        int in_union_a;
        short in_union_b;
    };
} __core;

SEC("tc")
int offsets(struct moved *ctx)
{
    return ctx->first + ctx->second + ctx->third + ctx->inner.y + ctx->array[2].x +
           ctx->either.number + (ctx->pointer != 0) + ctx->bytes[5] + ctx->in_nameless +
           ctx->in_union_a + ctx->in_union_b;
}

SEC("tc")
int stores(struct moved *ctx)
{
    ctx->first = 5;
    ctx->second = 6;
    ctx->third = 7;
    ctx->bytes[3] = 8;
    return 0;
}

SEC("tc")
int sizes(struct moved *ctx)
{
    return field_info(ctx->first, FIELD_BYTE_SIZE) +
           field_info(ctx->second, FIELD_BYTE_SIZE) * 2 +
           field_info(ctx->third, FIELD_BYTE_SIZE) * 3 +
           field_info(ctx->inner, FIELD_BYTE_SIZE) * 5 +
           field_info(ctx->array, FIELD_BYTE_SIZE) * 7 +
           field_info(ctx->bytes, FIELD_BYTE_SIZE) * 11;
}

SEC("tc")
int numbers(struct moved *ctx)
{
    return field_info(ctx->second, FIELD_BYTE_OFFSET) +
           field_info(ctx->array[3].y, FIELD_BYTE_OFFSET) +
           field_info(ctx->first, FIELD_SIGNED) + field_info(ctx->third, FIELD_SIGNED) +
           field_info(ctx->second, FIELD_LSHIFT) + field_info(ctx->second, FIELD_RSHIFT) +
           field_info(ctx->third, FIELD_LSHIFT) + field_info(ctx->third, FIELD_RSHIFT);
}

SEC("tc")
int addresses(struct moved *ctx)
{
    u64 value = 0;

    probe_read_kernel(&value, 4, __builtin_preserve_access_index(&ctx->inner.y));
    probe_read_kernel(&value, 4, __builtin_preserve_access_index(&ctx[1].array[1].y));
    return value;
}

LICENSE("GPL");
