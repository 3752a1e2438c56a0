/* Callbacks for exceptions, which nothing but a tag refers to. */
#include "skep_bpf.h"

#define CALLBACK(name) __attribute__((btf_decl_tag("exception_callback:" #name)))

__noinline u64 first(u64 cookie)
{
    return cookie << 1;
}

__noinline u64 second(u64 cookie)
{
    return cookie << 2;
}

SEC("tc")
CALLBACK(second)
int has_one(void *ctx)
{
    return 3;
}

SEC("tc")
CALLBACK(first)
CALLBACK(second)
int has_two(void *ctx)
{
    return 4;
}

SEC("tc")
CALLBACK(absent)
int has_none(void *ctx)
{
    return 5;
}

/* A program is no callback. */
SEC("tc")
CALLBACK(has_one)
int has_program(void *ctx)
{
    return 6;
}

LICENSE("GPL");
