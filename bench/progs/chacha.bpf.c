/* Two blocks of ChaCha20 (RFC 8439, section 2.3): sixteen words, more than there are
 * registers, so most of it goes through the stack. */
#include "adapter.h"

INLINE u32 rotate(u32 x, u32 n)
{
    return x << n | x >> (32 - n);
}

#define QUARTER(a, b, c, d)                                                              \
    do {                                                                                 \
        s[a] += s[b], s[d] = rotate(s[d] ^ s[a], 16);                                    \
        s[c] += s[d], s[b] = rotate(s[b] ^ s[c], 12);                                    \
        s[a] += s[b], s[d] = rotate(s[d] ^ s[a], 8);                                     \
        s[c] += s[d], s[b] = rotate(s[b] ^ s[c], 7);                                     \
    } while (0)

INLINE u64 block(const u8 *key, u32 counter)
{
    u32 s[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
    u64 sum = 0;

    AS_COPIES
    for (u32 i = 4; i < 16; i++)
        s[i] = GET32(key, 4 * i);
    s[12] = counter;
    AS_LOOP
    for (u32 round = 0; round < 10; round++) {
        QUARTER(0, 4, 8, 12);
        QUARTER(1, 5, 9, 13);
        QUARTER(2, 6, 10, 14);
        QUARTER(3, 7, 11, 15);
        QUARTER(0, 5, 10, 15);
        QUARTER(1, 6, 11, 12);
        QUARTER(2, 7, 8, 13);
        QUARTER(3, 4, 9, 14);
    }
    AS_COPIES
    for (u32 i = 0; i < 16; i++)
        sum = (sum << 3 | sum >> 61) ^ s[i];
    return sum;
}

BODY(p, end)
{
    u64 sum = 0;

    if (p + FRAME_LEN > end)
        return 0;
    AS_LOOP
    for (u32 counter = 1; counter < 3; counter++)
        sum += block(p + 100, counter);
    return sum;
}
