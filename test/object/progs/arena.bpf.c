/* build: newest */
/* An arena, and global data in it. */
#include "skep_bpf.h"

#define __arena __attribute__((address_space(1)))

struct {
    __uint(type, ARENA);
    __uint(map_flags, 1 << 10);
    __uint(max_entries, 10);
} arena SEC(".maps");

int __arena counter SEC(".addr_space.1") = 5;
int __arena numbers[3] SEC(".addr_space.1") = { 1, 2, 3 };
int here = 7;

SEC("syscall")
int uses(void *ctx)
{
    void *map = &arena;

    counter += numbers[2] + here;
    return map != 0;
}

LICENSE("GPL");
