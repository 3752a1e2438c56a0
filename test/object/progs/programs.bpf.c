/* Several programs in one section, and sections of one. */
#include "skep_bpf.h"

SEC("xdp")
int first(void *ctx)
{
    return 1;
}

SEC("tc")
int elsewhere(void *ctx)
{
    return *(volatile int *)ctx;
}

SEC("xdp")
int second(void *ctx)
{
    return 2 + *(volatile int *)ctx;
}

SEC("xdp")
int third(void *ctx)
{
    u64 wide = 0x123456789abcdef0ull ^ ktime_get_ns();

    return (int)(wide >> 32);
}

LICENSE("Dual BSD/GPL");
