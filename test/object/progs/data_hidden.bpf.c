/* Variables that other objects do not see: sections with no others are not to be mapped. */
#include "skep_bpf.h"

__hidden u64 only SEC(".bss.hidden");
__hidden u64 first SEC(".data.hidden") = 1;
__hidden u64 second SEC(".data.hidden") = 2;
__hidden u64 beside SEC(".data.both") = 3;
u64 visible SEC(".data.both") = 4;

SEC("tc")
int sums(void *ctx)
{
    return only + first + second + beside + visible;
}

LICENSE("GPL");
