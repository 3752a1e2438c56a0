/* String literals, which compilers put into .rodata.str1.1 and .rodata. */
#include "skep_bpf.h"

SEC("xdp")
int prints(int *ctx)
{
    static const char format[] = "value %d\n";

    trace_printk(format, sizeof(format), *ctx);
    return 0;
}

SEC("xdp")
int prints_literal(int *ctx)
{
    trace_printk("first literal\n", 15);
    trace_printk("second literal %d\n", 19, *ctx);
    return 0;
}

LICENSE("GPL");
