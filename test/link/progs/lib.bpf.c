/* What main.bpf.c needs; statics have the same names there. */
#include "shared.h"

/* Which main.bpf.c only declares. */
struct detail {
    long long when;
    struct item *of;
};

extern struct sums sums SEC(".maps");

int level = 9;
struct item *current;
extern int counted;
extern const int CONFIG_NUMBER __kconfig;
extern const int kernel_number __ksym;

static int own = 70;
static const char names[] = "three";
const int table[5] = { 1, 2, 3, 5, 8 };

static __noinline int helped(int a)
{
    own -= a;
    return own;
}

static __noinline int helped_more(int a)
{
    return helped(a) * 2;
}

__weak __noinline int both(int a)
{
    return a + 2;
}

int preferred = 2;

__noinline int of_lib(struct item *item, int depth)
{
    u32 key = 1;
    u64 *total = map_lookup_elem(&sums, &key);
    struct detail detail = { .when = (long long)ktime_get_ns() };

    current = item;
    if (total)
        *total += (u64)detail.when;
    return helped_more(depth) + counted + both(table[depth & 3]) + CONFIG_NUMBER;
}

SEC("xdp")
int second(int *ctx)
{
    return of_lib(0, *ctx) + names[*ctx & 3] + kernel_number;
}

SEC("socket")
int filter(void *ctx)
{
    static const char text[] = "a text of lib";

    trace_printk(text, sizeof(text));
    return helped(level);
}

LICENSE("GPL");
