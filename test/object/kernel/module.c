/* A module of the kernel in kernel.c: see there. */
#define KEEP __attribute__((used))

struct in_module {
    char before[12];
    int b, a;
};
KEEP struct in_module keep_in_module;

/* in the kernel as well, and different there */
struct moved {
    char before[7];
    unsigned long long second;
};
KEEP struct moved keep_moved_in_module;

int module_number;

int module_function(int a)
{
    return a;
}
