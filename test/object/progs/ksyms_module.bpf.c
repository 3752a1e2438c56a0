/* Functions and variables of a module. */
#include "skep_bpf.h"

struct kernel_object {
    int a;
};

extern int module_function(int a) __ksym;
extern int kernel_function(int a, struct kernel_object *thing) __ksym;
extern const int module_number __ksym;

SEC("tc")
int functions(void *ctx)
{
    return module_function(1) + kernel_function(2, 0) + module_function(3);
}

SEC("tc")
int variables(void *ctx)
{
    return module_number;
}

SEC("fentry/module_function")
int attached(void *ctx)
{
    return 0;
}

LICENSE("GPL");
