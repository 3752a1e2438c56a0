/* A function that is there with another type: the object is refused. */
#include "skep_bpf.h"

extern int kernel_function(int a, int b) __ksym;

SEC("tc")
int calls(void *ctx)
{
    return kernel_function(1, 2);
}

LICENSE("GPL");
