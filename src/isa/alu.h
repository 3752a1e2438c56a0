/* What arithmetic means (RFC 9669, 4.1 and 4.2), for every engine and for the verifier's
 * constants.
 *
 * Pure functions over uint64_t, defined for all values: division by zero gives 0,
 * remainder by zero the dividend, the smallest number divided by -1 itself (remainder 0),
 * and shifts count modulo the width. 32-bit functions take and return uint32_t; whoever
 * writes a register zero-extends. */
#ifndef SK_ISA_ALU_H
#define SK_ISA_ALU_H

#include "base/bits.h"

#define SK_ALU_WIDTH(w)                                                                  \
    static inline uint##w##_t sk_div##w(uint##w##_t a, uint##w##_t b)                    \
    {                                                                                    \
        return b ? a / b : 0;                                                            \
    }                                                                                    \
    static inline uint##w##_t sk_mod##w(uint##w##_t a, uint##w##_t b)                    \
    {                                                                                    \
        return b ? a % b : a;                                                            \
    }                                                                                    \
    static inline uint##w##_t sk_sdiv##w(uint##w##_t a, uint##w##_t b)                   \
    {                                                                                    \
        if (b + 1 <= 1) /* 0 or -1 */                                                    \
            return b ? (uint##w##_t)0 - a : 0;                                           \
        return (uint##w##_t)((int##w##_t)a / (int##w##_t)b);                             \
    }                                                                                    \
    static inline uint##w##_t sk_smod##w(uint##w##_t a, uint##w##_t b)                   \
    {                                                                                    \
        if (b + 1 <= 1)                                                                  \
            return b ? 0 : a;                                                            \
        return (uint##w##_t)((int##w##_t)a % (int##w##_t)b);                             \
    }                                                                                    \
    static inline uint##w##_t sk_lsh##w(uint##w##_t a, uint##w##_t n)                    \
    {                                                                                    \
        return a << (n & (w - 1));                                                       \
    }                                                                                    \
    static inline uint##w##_t sk_rsh##w(uint##w##_t a, uint##w##_t n)                    \
    {                                                                                    \
        return a >> (n & (w - 1));                                                       \
    }                                                                                    \
    static inline uint##w##_t sk_arsh##w(uint##w##_t a, uint##w##_t n)                   \
    {                                                                                    \
        return (uint##w##_t)((int##w##_t)a >> (n & (w - 1)));                            \
    }
SK_ALU_WIDTH(32)
SK_ALU_WIDTH(64)
#undef SK_ALU_WIDTH

#endif
