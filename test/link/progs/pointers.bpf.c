/* What bpftool does not link: addresses of strings in data, and a function and a symbol of the
 * kernel that another object refers to too. */
#include "shared.h"

static const char *const words[] = { "one", "two", "three" };
extern int level;
extern int kernel_function(int a, struct kernel_object *thing) __ksym;
extern const void untyped_symbol __ksym;

SEC("socket")
int pointers(int *ctx)
{
    return words[*ctx & 1][0] + kernel_function(level, 0) + ((long)&untyped_symbol > 0);
}

LICENSE("GPL");
