/* CO-RE: bit fields. */
#include "skep_bpf.h"

struct bits {
    u32 a : 3;
    s32 b : 7;
    u64 c : 40;
    u8 d : 1;
    u32 plain;
    u16 e : 9;
    s8 f : 4;
    u64 g : 63;
    enum { G_NONE, G_SOME } h : 2;
} __core;

#define ALL(field)                                                                       \
    (field_info(ctx->field, FIELD_BYTE_OFFSET) +                                         \
     field_info(ctx->field, FIELD_BYTE_SIZE) * 100 +                                     \
     field_info(ctx->field, FIELD_EXISTS) * 200 +                                        \
     field_info(ctx->field, FIELD_SIGNED) * 300 +                                        \
     field_info(ctx->field, FIELD_LSHIFT) * 400 +                                        \
     field_info(ctx->field, FIELD_RSHIFT) * 500)

SEC("tc")
int fields_of_32_bits(struct bits *ctx)
{
    return ALL(a) + ALL(b) + ALL(e) + ALL(plain);
}

SEC("tc")
int fields_of_64_bits(struct bits *ctx)
{
    return ALL(c) + ALL(g);
}

SEC("tc")
int small_fields(struct bits *ctx)
{
    return ALL(d) + ALL(f) + ALL(h);
}

LICENSE("GPL");
