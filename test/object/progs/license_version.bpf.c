/* License and version of the kernel. */
#include "skep_bpf.h"

char the_license[] SEC("license") = "Proprietary, all rights reserved";
int the_version SEC("version") = 0x00050607;

SEC("kprobe/kernel_function")
int probe(void *ctx)
{
    return 0;
}
