/* Subprograms: static and global, in chains, shared between programs. */
#include "skep_bpf.h"

static __noinline int leaf(int a)
{
    return a * 3 + (int)ktime_get_ns();
}

static __noinline int middle(int a)
{
    return leaf(a + 1) ^ leaf(a + 2);
}

__noinline int global_function(int a)
{
    return middle(a) + 7;
}

static __noinline int top(int a)
{
    return global_function(a) + middle(a);
}

__noinline int unused(int a)
{
    return leaf(a);
}

__hidden __noinline int hidden(int a)
{
    return leaf(a) - 1;
}

__weak __noinline int weak(int a)
{
    return hidden(a) - 2;
}

SEC("xdp")
int calls_all(int *ctx)
{
    return top(*ctx) + leaf(*ctx) + weak(*ctx);
}

SEC("xdp")
int calls_none(int *ctx)
{
    return *ctx;
}

SEC("tc")
int calls_leaf(int *ctx)
{
    return leaf(*ctx);
}

SEC("tc")
int calls_global(int *ctx)
{
    return global_function(*ctx) + global_function(*ctx + 1);
}

LICENSE("GPL");
