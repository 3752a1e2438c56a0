/* build: -g0 */
/* An object without BTF: functions and global data do without. */
#include "skep_bpf.h"

int counter = 3;
const volatile int constant = 4;

static __noinline int helper_function(int a)
{
    return a + counter + (int)ktime_get_ns();
}

SEC("xdp")
int entry(int *ctx)
{
    counter += constant;
    return helper_function(*ctx);
}

LICENSE("GPL");
