/* Lines of source: of more than one file, through inlining and macros, with odd text. */
#include "skep_bpf.h"

/* clang-format off: what the lines look like is tested */
#line 100 "elsewhere.h"
static __always_inline int inlined(int a)
{
    return a * 3;
} /* "quoted" \ backslash	tab */

static __noinline int called(int a)
{
    return inlined(a) + (int)ktime_get_ns();
}
#line 20 "lines.bpf.c"

#define TWICE(a) ((a) + (a))

SEC("xdp")
int entry(int *ctx)
{
    int sum = inlined(*ctx);

    sum ^= TWICE(called(sum));
    return sum;
}

SEC("xdp")
int other(int *ctx)
{
    return called(*ctx);
}

LICENSE("GPL");
