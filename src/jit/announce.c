/* Announcing native code: all ways, one after the other. */
#define _DEFAULT_SOURCE
#include "jit/announce.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "jit/announce_ways.h"

enum skep_code sk_announce(const struct sk_mem *mem, const struct sk_announce_code *code,
                           uint32_t ways, struct sk_announced *announced,
                           struct skep_err *err)
{
    enum skep_code first = SKEP_OK, next;
    int kept = errno;

    memset(announced, 0, sizeof(*announced));
    if (ways & SKEP_NATIVE_PERF_MAP)
        first = sk_announce_perf_map(mem, code, err);
    if (ways & SKEP_NATIVE_JITDUMP) {
        next = sk_announce_jitdump(mem, code, announced, first ? NULL : err);
        first = first ? first : next;
    }
    if (ways & SKEP_NATIVE_GDB) {
        next = sk_announce_gdb(mem, code, announced, first ? NULL : err);
        first = first ? first : next;
    }
    errno = kept;
    return first;
}

void sk_announce_end(const struct sk_mem *mem, struct sk_announced *announced)
{
    int kept = errno;

    if (announced->gdb)
        sk_announce_gdb_end(mem, announced->gdb);
    if (announced->marker)
        munmap(announced->marker, announced->marker_len);
    memset(announced, 0, sizeof(*announced));
    errno = kept;
}
