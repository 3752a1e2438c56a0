/* CO-RE: types that exist or not, their sizes and ids. */
#include "skep_bpf.h"

struct moved {
    int first;
};
struct gone_type {
    int a;
};
union either {
    int number;
};
enum colour { RED };
enum gone_enum { NEVER };
typedef struct {
    int x;
} typedef_of_struct;
typedef int typedef_of_int;
typedef int (*typedef_of_function)(int);
typedef char typedef_of_array[7];
typedef int gone_typedef;
struct kernel_typedef { /* a typedef there */
    int a;
};

SEC("tc")
int exist(void *ctx)
{
    return type_exists(struct moved) | type_exists(struct gone_type) << 1 |
           type_exists(union either) << 2 | type_exists(enum colour) << 3 |
           type_exists(enum gone_enum) << 4 | type_exists(typedef_of_struct) << 5 |
           type_exists(typedef_of_int) << 6 | type_exists(typedef_of_function) << 7 |
           type_exists(typedef_of_array) << 8 | type_exists(gone_typedef) << 9 |
           type_exists(struct kernel_typedef) << 10;
}

SEC("tc")
int sizes(void *ctx)
{
    return type_size(struct moved) + type_size(union either) * 2 +
           type_size(enum colour) * 3 + type_size(typedef_of_struct) * 5 +
           type_size(typedef_of_int) * 7 + type_size(typedef_of_array) * 11;
}

SEC("tc")
int size_of_gone(void *ctx)
{
    return type_size(struct gone_type);
}

SEC("tc")
int local_ids(void *ctx)
{
    return type_id_local(struct moved) + type_id_local(typedef_of_int) * 2 +
           type_id_local(enum colour) * 3 + type_id_local(struct gone_type) * 4;
}

SEC("tc")
int kernel_ids(void *ctx)
{
    return type_id_kernel(struct moved) + type_id_kernel(typedef_of_int) * 2 +
           type_id_kernel(enum colour) * 3;
}

LICENSE("GPL");
