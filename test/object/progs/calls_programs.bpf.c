/* A program that is called as well as loaded by itself. */
#include "skep_bpf.h"

SEC("xdp")
__noinline int callee(int *ctx)
{
    return *ctx + 1;
}

SEC("xdp")
int caller(int *ctx)
{
    return callee(ctx) + 2;
}

SEC("xdp")
int caller_of_caller(int *ctx)
{
    return caller(ctx) + 4;
}

LICENSE("GPL");
