/* Static functions in sections of their own and in those of programs. */
#include "skep_bpf.h"

#ifdef ALL_IN_TEXT
#define LIBRARY
#define BESIDE
#else
#define LIBRARY SEC("library")
#define BESIDE SEC("xdp")
#endif

static __noinline LIBRARY int in_library(int a)
{
    return a * 5 + (int)ktime_get_ns();
}

static __noinline BESIDE int beside(int a)
{
    return in_library(a) + 1;
}

static __noinline int in_text(int a)
{
    return beside(a) + in_library(a);
}

SEC("xdp")
int entry(int *ctx)
{
    return beside(*ctx) + in_text(*ctx);
}

SEC("tc")
int other(int *ctx)
{
    return in_library(*ctx);
}

LICENSE("GPL");
