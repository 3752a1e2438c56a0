/* SipHash-2-4 (Aumasson and Bernstein, 2012) of 864 bytes of text, the key taken from the
 * noise: 64-bit additions, rotations and exclusive ors, all in registers. */
#include "adapter.h"

#define LENGTH 864ull

struct sip {
    u64 a, b, c, d;
};

INLINE u64 rotate(u64 x, u32 n)
{
    return x << n | x >> (64 - n);
}

INLINE void mix(struct sip *s, u32 rounds)
{
    AS_COPIES
    for (u32 i = 0; i < rounds; i++) {
        s->a += s->b, s->b = rotate(s->b, 13) ^ s->a, s->a = rotate(s->a, 32);
        s->c += s->d, s->d = rotate(s->d, 16) ^ s->c;
        s->a += s->d, s->d = rotate(s->d, 21) ^ s->a;
        s->c += s->b, s->b = rotate(s->b, 17) ^ s->c, s->c = rotate(s->c, 32);
    }
}

INLINE void absorb(struct sip *s, u64 word)
{
    s->d ^= word;
    mix(s, 2);
    s->a ^= word;
}

BODY(p, end)
{
    struct sip s;

    if (p + FRAME_LEN > end)
        return 0;
    s.a = GET64(p, 72) ^ 0x736f6d6570736575ull;
    s.b = GET64(p, 80) ^ 0x646f72616e646f6dull;
    s.c = GET64(p, 72) ^ 0x6c7967656e657261ull;
    s.d = GET64(p, 80) ^ 0x7465646279746573ull;
    AS_LOOP
    for (u32 at = FRAME_TEXT; at < FRAME_TEXT + LENGTH; at += 8)
        absorb(&s, GET64(p, at));
    absorb(&s, LENGTH << 56);
    s.c ^= 0xff;
    mix(&s, 4);
    return s.a ^ s.b ^ s.c ^ s.d;
}
