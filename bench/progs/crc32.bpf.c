/* CRC-32 (polynomial of IEEE 802.3, reflected), four bits a step.  The table of sixteen
 * words is made on the stack first; then each byte is two look-ups. */
#include "adapter.h"

BODY(p, end)
{
    u32 table[16];
    u32 crc = ~0u;

    if (p + FRAME_LEN > end)
        return 0;
    AS_COPIES
    for (u32 nibble = 0; nibble < 16; nibble++) {
        u32 rest = nibble;

        HIDE(rest);
        AS_COPIES
        for (u32 bit = 0; bit < 4; bit++)
            rest = rest >> 1 ^ (0u - (rest & 1) & 0xedb88320u);
        table[nibble] = rest;
    }
    AS_LOOP
    for (u32 at = 130; at < 630; at++) {
        u32 byte = GET8(p, at);

        crc = crc >> 4 ^ table[(crc ^ byte) & 15];
        crc = crc >> 4 ^ table[(crc ^ byte >> 4) & 15];
    }
    return ~crc;
}
