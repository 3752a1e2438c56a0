/* Needs both of the others, and CO-RE. */
#include "shared.h"

struct task {
    int pid;
    struct item *items;
} __core;

struct outer {
    struct {
        int a;
        long b[4];
    } part;
} __core;

extern int of_lib(struct item *item, int depth);
extern struct sums sums SEC(".maps");
extern int zeros[6];
extern int level;

struct inner {
    __uint(type, ARRAY);
    __type(key, u32);
    __type(value, u32);
    __uint(max_entries, 1);
};
struct inner one SEC(".maps"), two SEC(".maps");
struct {
    __uint(type, ARRAY_OF_MAPS);
    __type(key, u32);
    __uint(max_entries, 2);
    __array(values, struct inner);
} outside SEC(".maps") = { .values = { &one, &two } };

int apart SEC(".data.apart") = 4;
static int own = 700;

static __noinline int helped(int a)
{
    own ^= a;
    return own;
}

SEC("kprobe/something")
int probe(struct task *task)
{
    struct outer outer = { .part.a = 0 };

    probe_read_kernel(&outer, field_info(outer.part.b[2], FIELD_BYTE_OFFSET), task);
    return of_lib(task->items, task->pid) + helped(level) + zeros[1] + apart +
           (int)field_exists(task->pid);
}

SEC("xdp")
int third(int *ctx)
{
    u32 key = 0;

    return map_lookup_elem(&sums, &key) && map_lookup_elem(&outside, &key);
}

LICENSE("GPL");
