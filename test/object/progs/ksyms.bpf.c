/* Symbols of the kernel: addresses, variables with types, functions; weak ones absent. */
#include "skep_bpf.h"

struct kernel_object {
    int a;
};

extern const void untyped_symbol __ksym;
extern const void absent_symbol __ksym __weak;
extern const int kernel_number __ksym;
extern const struct kernel_object kernel_thing __ksym;
extern const int absent_variable __ksym __weak;
extern int kernel_function(int a, struct kernel_object *thing) __ksym;
extern int absent_function(int a) __ksym __weak;

SEC("tc")
int addresses(void *ctx)
{
    return (int)((u64)&untyped_symbol >> 4) + (&absent_symbol != 0);
}

SEC("tc")
int variables(void *ctx)
{
    return kernel_number + kernel_thing.a + (&absent_variable ? absent_variable : 0);
}

SEC("tc")
int functions(void *ctx)
{
    return kernel_function(1, 0) + kernel_function(2, 0);
}

SEC("tc")
int maybe(void *ctx)
{
    if (absent_function)
        return absent_function(3);
    return 0;
}

LICENSE("GPL");
