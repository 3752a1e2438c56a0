/* A small firewall: Ethernet, up to two VLAN tags, IPv4 or IPv6, then TCP with its
 * options or UDP.  Every header is checked against the frame's end before it is read, as
 * Linux asks for.  The result is a verdict together with a hash of the flow. */
#include "adapter.h"

enum verdict {
    CUT_SHORT = 1,
    NOT_IP,
    BAD_HEADER,
    FRAGMENT,
    BAD_SOURCE,
    BAD_FLAGS,
    PASS,
    DROP,
};

enum { ETH_IPV4 = 0x0800, ETH_IPV6 = 0x86dd, ETH_VLAN = 0x8100, ETH_QINQ = 0x88a8 };
enum { IP_TCP = 6, IP_UDP = 17 };
enum { OPT_END = 0, OPT_NOP = 1, OPT_MSS = 2, OPT_SCALE = 3 };

INLINE u16 big16(const u8 *p, u32 off)
{
    return __builtin_bswap16(GET16(p, off));
}

INLINE u32 big32(const u8 *p, u32 off)
{
    return __builtin_bswap32(GET32(p, off));
}

INLINE u32 tcp_options(const u8 *p, const u8 *end, u32 left)
{
    u32 found = 0;

    AS_LOOP
    for (u32 n = 0; n < 6; n++) {
        u32 kind, size = 1;

        if (left == 0 || p + 1 > end || (kind = GET8(p, 0)) == OPT_END)
            break;
        if (kind != OPT_NOP) {
            if (left < 2 || p + 4 > end)
                break;
            size = GET8(p, 1);
            if (size < 2 || size > left)
                break;
            if (kind == OPT_MSS)
                found += (u32)big16(p, 2) << 8;
            else if (kind == OPT_SCALE)
                found += GET8(p, 2) & 15u;
        }
        p += size, left -= size;
    }
    return found;
}

INLINE u64 judge_port(u16 port)
{
    switch (port) {
    case 53:
    case 80:
    case 443:
        return PASS;
    default:
        return port >= 32768 ? PASS : DROP;
    }
}

INLINE u64 transport(const u8 *p, const u8 *end, u32 protocol, u64 flow)
{
    u32 header, flags;

    if (protocol == IP_UDP) {
        if (p + 8 > end)
            return CUT_SHORT;
        return (flow ^ big32(p, 0)) * 0x9e3779b97f4a7c15ull + judge_port(big16(p, 2));
    }
    if (protocol != IP_TCP)
        return flow + DROP;
    if (p + 20 > end)
        return CUT_SHORT;
    header = (u32)GET8(p, 12) >> 4 << 2;
    flags = GET8(p, 13);
    if (header < 20)
        return BAD_HEADER;
    if ((flags & 0x3f) == 0 || (flags & 3) == 3 || (flags & 6) == 6)
        return BAD_FLAGS;
    flow = (flow ^ big32(p, 0)) * 0x9e3779b97f4a7c15ull + judge_port(big16(p, 2));
    return flow + ((u64)tcp_options(p + 20, end, header - 20) << 32);
}

INLINE u64 ipv4(const u8 *p, const u8 *end, u64 flow)
{
    u32 header, source;

    if (p + 20 > end)
        return CUT_SHORT;
    header = (GET8(p, 0) & 15u) * 4;
    if (GET8(p, 0) >> 4 != 4 || header < 20)
        return BAD_HEADER;
    if (big16(p, 6) & 0x3fff)
        return FRAGMENT;
    source = big32(p, 12);
    if (source >> 24 == 127 || source >> 28 == 14 || source == 0)
        return BAD_SOURCE;
    flow += (u64)source << 32 | big32(p, 16);
    return transport(p + header, end, GET8(p, 9), flow ^ flow >> 27);
}

INLINE u64 ipv6(const u8 *p, const u8 *end, u64 flow)
{
    if (p + 40 > end)
        return CUT_SHORT;
    if (GET8(p, 0) >> 4 != 6)
        return BAD_HEADER;
    if (GET8(p, 8) == 0xff)
        return BAD_SOURCE;
    flow ^= GET64(p, 8) + GET64(p, 16) * 3 + GET64(p, 24) * 5 + GET64(p, 32) * 7;
    return transport(p + 40, end, GET8(p, 6), flow);
}

BODY(p, end)
{
    u64 vlans = 0;
    u32 type;

    if (p + 14 > end)
        return CUT_SHORT;
    type = big16(p, 12);
    p += 14;
    AS_COPIES
    for (u32 tags = 0; tags < 2; tags++) {
        if (type != ETH_VLAN && type != ETH_QINQ)
            break;
        if (p + 4 > end)
            return CUT_SHORT;
        vlans = vlans << 12 | (big16(p, 0) & 0xfff);
        type = big16(p, 2);
        p += 4;
    }
    if (type == ETH_IPV4)
        return ipv4(p, end, vlans);
    if (type == ETH_IPV6)
        return ipv6(p, end, vlans);
    return NOT_IP;
}
