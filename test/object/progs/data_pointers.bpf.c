/* Data that holds addresses of data and of functions: absolute relocations of data. */
#include "skep_bpf.h"

int number = 5;
int numbers[4] = { 1, 2, 3, 4 };
int *pointer = &number;
int *pointers[2] = { &numbers[1], &numbers[3] };

static __noinline int called(int a)
{
    return a + 1 + (int)ktime_get_ns();
}

int (*function)(int) = called;

SEC("xdp")
int uses(int *ctx)
{
    return *pointer + *pointers[1] + called(*ctx) + (function != 0);
}

LICENSE("GPL");
