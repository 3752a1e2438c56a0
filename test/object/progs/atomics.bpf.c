/* build: -mcpu=v3 */
/* Atomic operations of both widths. */
#include "skep_bpf.h"

u64 wide = 1;
u32 narrow = 2;

SEC("xdp")
int plain(void *ctx)
{
    __sync_fetch_and_add(&wide, 1);
    __sync_fetch_and_add(&narrow, 2);
    return 0;
}

SEC("xdp")
int fetching(void *ctx)
{
    return __sync_fetch_and_add(&wide, 1) + __sync_fetch_and_or(&narrow, 2) +
           __sync_fetch_and_and(&wide, 3) + __sync_fetch_and_xor(&narrow, 4) +
           __sync_lock_test_and_set(&wide, 5) +
           __sync_val_compare_and_swap(&narrow, 6, 7);
}

LICENSE("GPL");
