/* Bits and bytes: little-endian access to unaligned memory, sign extension, byte order.
 * All functions are pure, take any value, and know no eBPF. */
#ifndef SK_BASE_BITS_H
#define SK_BASE_BITS_H

#include <stdint.h>
#include <string.h>

#define SK_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Loads and stores of the host's byte order at any address. */
#define SK_MEM_ACCESS(bits)                                                              \
    static inline uint##bits##_t sk_load##bits(const void *at)                           \
    {                                                                                    \
        uint##bits##_t v;                                                                \
        memcpy(&v, at, sizeof(v));                                                       \
        return v;                                                                        \
    }                                                                                    \
    static inline void sk_store##bits(void *at, uint##bits##_t v)                        \
    {                                                                                    \
        memcpy(at, &v, sizeof(v));                                                       \
    }
SK_MEM_ACCESS(8)
SK_MEM_ACCESS(16)
SK_MEM_ACCESS(32)
SK_MEM_ACCESS(64)
#undef SK_MEM_ACCESS

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SK_BIG_ENDIAN 0
#else
#define SK_BIG_ENDIAN 1
#endif

/* From the host's order to little-endian and back. */
static inline uint16_t sk_le16(uint16_t v)
{
    return SK_BIG_ENDIAN ? __builtin_bswap16(v) : v;
}
static inline uint32_t sk_le32(uint32_t v)
{
    return SK_BIG_ENDIAN ? __builtin_bswap32(v) : v;
}
static inline uint64_t sk_le64(uint64_t v)
{
    return SK_BIG_ENDIAN ? __builtin_bswap64(v) : v;
}

/* From the host's order to big-endian and back. */
static inline uint16_t sk_be16(uint16_t v)
{
    return SK_BIG_ENDIAN ? v : __builtin_bswap16(v);
}
static inline uint32_t sk_be32(uint32_t v)
{
    return SK_BIG_ENDIAN ? v : __builtin_bswap32(v);
}
static inline uint64_t sk_be64(uint64_t v)
{
    return SK_BIG_ENDIAN ? v : __builtin_bswap64(v);
}

/* The low 8, 16 or 32 bits, sign-extended to 64. */
static inline uint64_t sk_sext8(uint64_t v)
{
    return (uint64_t)(int64_t)(int8_t)(uint8_t)v;
}
static inline uint64_t sk_sext16(uint64_t v)
{
    return (uint64_t)(int64_t)(int16_t)(uint16_t)v;
}
static inline uint64_t sk_sext32(uint64_t v)
{
    return (uint64_t)(int64_t)(int32_t)(uint32_t)v;
}

#endif
