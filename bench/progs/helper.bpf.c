/* Calls of a helper that does next to nothing: 1000 rounds, two calls a round. */
#include "adapter.h"

BODY(p, end)
{
    u64 sum, zero;

    if (p + FRAME_LEN > end)
        return 0;
    sum = GET64(p, FRAME_NOISE);
    zero = UNKNOWN_ZERO(p);
    AS_LOOP
    for (u32 round = 0; round < 1000; round++) {
        sum += get_numa_node_id() & zero;
        sum = (sum << 7) + (sum >> 9 ^ round);
        sum ^= get_numa_node_id() & zero;
    }
    return sum;
}
