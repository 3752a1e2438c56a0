/* No license. */
#include "skep_bpf.h"

SEC("xdp")
int pass(void *ctx)
{
    return 2;
}
