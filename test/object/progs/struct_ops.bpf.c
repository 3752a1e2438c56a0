/* Operations of the kernel that programs implement. */
#include "skep_bpf.h"

struct kernel_ops {
    int (*init)(int *state);
    int (*step)(int *state, int a);
    void (*exit)(int *state);
    u32 flags;
    char name[16];
};

SEC("struct_ops/init")
int init(u64 *ctx)
{
    return 0;
}

SEC("struct_ops/step")
int step(u64 *ctx)
{
    return (int)ctx[1];
}

SEC(".struct_ops")
struct kernel_ops operations = {
    .init = (void *)init,
    .step = (void *)step,
    .flags = 0x1234,
    .name = "operations",
};

LICENSE("GPL");
