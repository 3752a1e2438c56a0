/* A function that is not weak and not there: the object is refused. */
#include "skep_bpf.h"

extern int absent_function(int a) __ksym;

SEC("tc")
int calls(void *ctx)
{
    return absent_function(1);
}

LICENSE("GPL");
