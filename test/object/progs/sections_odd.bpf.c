/* Sections that look like known ones, or have more behind the name than they may. */
#include "skep_bpf.h"

#define PROGRAM(name, section)                                                           \
    SEC(section)                                                                         \
    int name(void *ctx)                                                                  \
    {                                                                                    \
        return 0;                                                                        \
    }

PROGRAM(p0, "xdp1")
PROGRAM(p1, "xdp/other")
PROGRAM(p2, "sk_skb1")
PROGRAM(p3, "tcp")
PROGRAM(p4, "unknown")
PROGRAM(p5, "socket/extra")
PROGRAM(p6, "kprobe+")
PROGRAM(p7, "cgroup/unknown")
PROGRAM(p8, "tc/other")
PROGRAM(p9, "xdp_frags")
PROGRAM(p10, "perf_event/extra")
PROGRAM(p11, "lsm_other")
PROGRAM(p12, "iterator")

LICENSE("GPL");
