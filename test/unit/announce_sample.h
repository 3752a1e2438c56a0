/* Code written by hand, for tests of what lies around it: three functions in one piece.
 *
 *     outer(f)  saves a register and calls inner(f), which calls f()
 *     inner(f)
 *     spin(n)   counts down from n
 *
 * The rows say where each has put what a debugger wants. */
#ifndef TEST_JIT_SAMPLE_H
#define TEST_JIT_SAMPLE_H

#include "base/bits.h"
#include "jit/announce.h"

#if defined(__x86_64__)

enum { RBX = 3 };

static const uint8_t sample_code[] = {
    /* outer, at 0 */
    0x53,                /*  0  push rbx */
    0x48, 0x89, 0xfb,    /*  1  mov rbx, rdi */
    0xe8, 0x07, 0, 0, 0, /*  4  call inner */
    0x5b,                /*  9  pop rbx */
    0xc3,                /* 10  ret */
    0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
    /* inner, at 16 */
    0x48, 0x83, 0xec, 0x18, /*  0  sub rsp, 24 */
    0xff, 0xd7,             /*  4  call rdi */
    0x48, 0x83, 0xc4, 0x18, /*  6  add rsp, 24 */
    0xc3,                   /* 10  ret */
    0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
    /* spin, at 32 */
    0x48, 0xff, 0xcf, /*  0  dec rdi */
    0x75, 0xfb,       /*  3  jnz spin */
    0xc3,             /*  5  ret */
};

static const struct sk_cfi sample_outer[] = {
    { 1, SK_CFI_CFA_OFFSET, 0, 16 },
    { 1, SK_CFI_SAVED, RBX, -16 },
    { 10, SK_CFI_CFA_OFFSET, 0, 8 },
    { 10, SK_CFI_RESTORED, RBX, 0 },
};

static const struct sk_cfi sample_inner[] = {
    { 4, SK_CFI_CFA_OFFSET, 0, 32 },
    { 10, SK_CFI_CFA_OFFSET, 0, 8 },
};

static const struct sk_announce_symbol sample_symbols[] = {
    { 0, 11, "sample/outer", sample_outer, SK_LEN(sample_outer) },
    { 16, 11, "sample/inner", sample_inner, SK_LEN(sample_inner) },
    { 32, 6, "sample/spin", NULL, 0 },
};

static const struct skep_native_line sample_lines[] = {
    { 0, UINT32_MAX, 0 }, { 1, 0, 0 },  { 4, 1, 0 },  { 9, 2, 0 },  { 16, UINT32_MAX, 0 },
    { 20, 3, 0 },         { 32, 4, 0 }, { 35, 5, 0 }, { 37, 6, 0 },
};

#elif defined(__aarch64__)

enum { X29 = 29, X30 = 30 };

/* Instructions, in the host's order: that of the code is little-endian, as all hosts
 * are. */
static const uint32_t sample_code[] = {
    /* outer, at 0 */
    0xa9bf7bfd, /*  0  stp x29, x30, [sp, #-16]! */
    0x910003fd, /*  4  mov x29, sp */
    0x94000003, /*  8  bl inner */
    0xa8c17bfd, /* 12  ldp x29, x30, [sp], #16 */
    0xd65f03c0, /* 16  ret */
    /* inner, at 20 */
    0xa9be7bfd, /*  0  stp x29, x30, [sp, #-32]! */
    0xd63f0000, /*  4  blr x0 */
    0xa8c27bfd, /*  8  ldp x29, x30, [sp], #32 */
    0xd65f03c0, /* 12  ret */
    /* spin, at 36 */
    0xf1000400, /*  0  subs x0, x0, #1 */
    0x54ffffe1, /*  4  b.ne spin */
    0xd65f03c0, /*  8  ret */
};

static const struct sk_cfi sample_outer[] = {
    { 4, SK_CFI_CFA_OFFSET, 0, 16 }, { 4, SK_CFI_SAVED, X29, -16 },
    { 4, SK_CFI_SAVED, X30, -8 },    { 16, SK_CFI_CFA_OFFSET, 0, 0 },
    { 16, SK_CFI_RESTORED, X29, 0 }, { 16, SK_CFI_RESTORED, X30, 0 },
};

static const struct sk_cfi sample_inner[] = {
    { 4, SK_CFI_CFA_OFFSET, 0, 32 }, { 4, SK_CFI_SAVED, X29, -32 },
    { 4, SK_CFI_SAVED, X30, -24 },   { 12, SK_CFI_CFA_OFFSET, 0, 0 },
    { 12, SK_CFI_RESTORED, X29, 0 }, { 12, SK_CFI_RESTORED, X30, 0 },
};

static const struct sk_announce_symbol sample_symbols[] = {
    { 0, 20, "sample/outer", sample_outer, SK_LEN(sample_outer) },
    { 20, 16, "sample/inner", sample_inner, SK_LEN(sample_inner) },
    { 36, 12, "sample/spin", NULL, 0 },
};

static const struct skep_native_line sample_lines[] = {
    { 0, UINT32_MAX, 0 }, { 4, 0, 0 },  { 8, 1, 0 },  { 12, 2, 0 }, { 20, UINT32_MAX, 0 },
    { 24, 3, 0 },         { 36, 4, 0 }, { 40, 5, 0 }, { 44, 6, 0 },
};

#endif

static inline struct sk_announce_code sample_at(const void *address)
{
    return (struct sk_announce_code){
        .address = address,
        .len = sizeof(sample_code),
        .symbols = sample_symbols,
        .symbol_count = SK_LEN(sample_symbols),
        .lines = sample_lines,
        .line_count = SK_LEN(sample_lines),
        .source = "sample",
    };
}

#endif
