/* The Internet checksum (RFC 1071) of the IPv4 packet, one 16-bit word at a time. */
#include "adapter.h"

BODY(p, end)
{
    u64 sum = 0;

    if (p + FRAME_LEN > end)
        return 0;
    AS_LOOP
    for (u32 at = FRAME_IP; at < FRAME_LEN; at += 2)
        sum += GET16(p, at);
    AS_COPIES
    for (u32 carry = 0; carry < 2; carry++)
        sum = (sum >> 16) + (sum & 0xffff);
    return sum ^ 0xffff;
}
