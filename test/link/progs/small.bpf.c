/* A bit of everything in few bytes, for hostile inputs. */
#include "skep_bpf.h"

struct {
    __uint(type, ARRAY);
    __type(key, u32);
    __type(value, u64);
    __uint(max_entries, 2);
} map SEC(".maps");

extern int elsewhere(int a) __weak;
int data = 1;
struct seen {
    struct seen *next;
    int field;
} __core;

static __noinline int helped(int a)
{
    return a + data;
}

SEC("xdp")
int entry(struct seen *ctx)
{
    u32 key = 0;

    return helped(ctx->field) + !!map_lookup_elem(&map, &key) + elsewhere(1);
}

LICENSE("GPL");
