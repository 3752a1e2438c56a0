/* The frame that every benchmark program reads: 1514 bytes, always the same.
 *
 *      0..17    Ethernet with one VLAN tag
 *     18..37    IPv4, no options
 *     38..69    TCP with 12 bytes of options; its urgent pointer, at 56, is zero
 *     70..639   noise
 *    640..1513  words with single spaces between them
 *
 * The addresses are those that RFC 5737 keeps for documentation.  The programs see the
 * offsets, the runner makes the bytes; so no header of the system is needed here. */
#ifndef BENCH_PACKET_H
#define BENCH_PACKET_H

#define FRAME_LEN 1514
#define FRAME_IP 18
#define FRAME_URGENT 56
#define FRAME_NOISE 70
#define FRAME_TEXT 640

/* xorshift64 (Marsaglia 2003): plain, and the same everywhere. */
static inline unsigned long long frame_random(unsigned long long *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline void frame_fill(unsigned char frame[FRAME_LEN])
{
    static const unsigned char head[FRAME_NOISE] = {
        0x02, 0x5c, 0xe0, 0x00, 0x00, 0x01,             /* to */
        0x02, 0x5c, 0xe0, 0x00, 0x00, 0x02,             /* from */
        0x81, 0x00, 0x20, 0x07, 0x08, 0x00,             /* VLAN 7, priority 1; IPv4 */
        0x45, 0x00, 0x05, 0xd8, 0xb1, 0xee, 0x40, 0x00, /* 1496 bytes, not a fragment */
        0x40, 0x06, 0x96, 0xdf,                         /* 64 hops, TCP, checksum */
        192,  0,    2,    10,   198,  51,   100,  20,   /* 192.0.2.10 to 198.51.100.20 */
        0x9c, 0x40, 0x01, 0xbb, 0x7a, 0x11, 0x05, 0xc3, /* port 40000 to 443, sequence */
        0x30, 0x9e, 0x42, 0xd8, 0x80, 0x10, 0x01, 0xf5, /* acknowledged; ACK; window */
        0x6b, 0x2d, 0x00, 0x00, 0x02, 0x04, 0x05, 0x98, /* checksum, urgent; MSS 1432 */
        0x04, 0x02, 0x01, 0x03, 0x03, 0x09, 0x01, 0x00, /* SACK permitted, scale 9 */
    };
    static const char *const words[8] = {
        "bee", "honeycomb", "a", "straw", "beekeeper", "of", "swarming", "wax",
    };
    unsigned long long state = 0x5ce9b0a7f00d1234ull;
    int at = 0;

    for (; at < FRAME_NOISE; at++)
        frame[at] = head[at];
    for (; at < FRAME_TEXT; at++)
        frame[at] = (unsigned char)(frame_random(&state) >> 40);
    while (at < FRAME_LEN) {
        const char *word = words[frame_random(&state) >> 61];

        for (; *word != 0 && at < FRAME_LEN - 1; word++)
            frame[at++] = (unsigned char)*word;
        frame[at++] = ' ';
    }
}

#endif
