/* Needs functions, maps and variables of lib.bpf.c, and has some that it needs. */
#include "shared.h"

struct {
    __uint(type, HASH);
    __type(key, u32);
    __type(value, struct item);
    __uint(max_entries, 4);
} items SEC(".maps");

struct sums sums SEC(".maps");

extern int level;
extern struct item *current;
extern int of_lib(struct item *item, int depth);
extern u64 unseen(struct item *item) __weak;
extern const int CONFIG_NUMBER __kconfig;
extern const bool CONFIG_ABSENT __kconfig __weak;
extern const void untyped_symbol __ksym;
extern const int kernel_number __ksym;
extern const void absent_symbol __ksym __weak;
extern int kernel_function(int a, struct kernel_object *thing) __ksym;

int counted = 5;
static int own = 7;
static long sum;
const volatile int limit = 3;
int zeros[6];

static __noinline int helped(int a)
{
    own += a;
    sum += own;
    return own;
}

__weak __noinline int both(int a)
{
    return a + 1;
}

__weak int preferred = 1;

SEC("xdp")
int first(int *ctx)
{
    struct item item = { .number = *ctx };
    u32 key = 0;
    u64 *total = map_lookup_elem(&sums, &key);

    map_update_elem(&items, &key, &item, 0);
    level += counted + preferred + zeros[*ctx & 3];
    if (total)
        *total += limit;
    if (&absent_symbol)
        key++;
    if ((long)&untyped_symbol > 0)
        key += (u32)kernel_function(CONFIG_ABSENT, 0) + kernel_number;
    return of_lib(&item, CONFIG_NUMBER) + helped((int)key) + both(level) + !!current;
}

SEC("tp/syscalls/sys_enter_write")
int named(void *ctx)
{
    static const char text[] = "a text of main";

    trace_printk(text, sizeof(text));
    return of_lib(0, limit) + helped(2);
}

LICENSE("GPL");
