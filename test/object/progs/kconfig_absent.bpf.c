/* An option that is not weak and not there: the object is refused. */
#include "skep_bpf.h"

extern bool CONFIG_ABSENT __kconfig;

SEC("xdp")
int uses(void *ctx)
{
    return CONFIG_ABSENT;
}

LICENSE("GPL");
