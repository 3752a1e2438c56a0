/* Sections that libbpf 1.1 does not know yet. */
#include "skep_bpf.h"

#define PROGRAM(name, section)                                                           \
    SEC(section)                                                                         \
    int name(void *ctx)                                                                  \
    {                                                                                    \
        return 0;                                                                        \
    }

PROGRAM(p0, "uprobe.multi/path:name")
PROGRAM(p1, "uprobe.multi.s/path:name")
PROGRAM(p2, "uretprobe.multi/path:name")
PROGRAM(p3, "uretprobe.multi.s/path:name")
PROGRAM(p4, "kprobe.session/kernel_*")
PROGRAM(p5, "tc/ingress")
PROGRAM(p6, "tc/egress")
PROGRAM(p7, "tcx/ingress")
PROGRAM(p8, "tcx/egress")
PROGRAM(p9, "netkit/primary")
PROGRAM(p10, "netkit/peer")
PROGRAM(p11, "netfilter")
PROGRAM(p12, "cgroup/connect_unix")
PROGRAM(p13, "cgroup/sendmsg_unix")
PROGRAM(p14, "cgroup/recvmsg_unix")
PROGRAM(p15, "cgroup/getpeername_unix")
PROGRAM(p16, "cgroup/getsockname_unix")
PROGRAM(p17, "sk_skb/verdict")

LICENSE("GPL");
