/* Sections that libbpf 1.1 does not know yet. */
#include "skep_bpf.h"

#define PROGRAM(name, section) \
    SEC(section)              \
    int name(void *ctx)       \
    {                         \
        return 0;             \
    }

PROGRAM(p0, "uprobe.multi/path:name")
PROGRAM(p1, "uprobe.multi.s/path:name")
PROGRAM(p2, "uretprobe.multi/path:name")
PROGRAM(p3, "uretprobe.multi.s/path:name")
PROGRAM(p4, "uprobe.session/path:name")
PROGRAM(p5, "uprobe.session.s/path:name")
PROGRAM(p6, "kprobe.session/kernel_*")
PROGRAM(p7, "tc/ingress")
PROGRAM(p8, "tc/egress")
PROGRAM(p9, "tcx/ingress")
PROGRAM(p10, "tcx/egress")
PROGRAM(p11, "netkit/primary")
PROGRAM(p12, "netkit/peer")
PROGRAM(p13, "netfilter")
PROGRAM(p14, "cgroup/connect_unix")
PROGRAM(p15, "cgroup/sendmsg_unix")
PROGRAM(p16, "cgroup/recvmsg_unix")
PROGRAM(p17, "cgroup/getpeername_unix")
PROGRAM(p18, "cgroup/getsockname_unix")
PROGRAM(p19, "sk_skb/verdict")

LICENSE("GPL");
