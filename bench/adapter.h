/* One body, three callers.
 *
 * A benchmark program includes this file and writes BODY(p, end) { ... }: a function of
 * the frame's first byte and of the byte behind its last, which returns a 64-bit
 * checksum.  How the body is called depends on how the file is compiled:
 *
 *     for BPF                  section "prog": r1 = memory, r2 = length, as skep runs it
 *     for BPF, -DBENCH_XDP     section "xdp": an XDP program, as Linux runs it
 *     -DBENCH_NATIVE           host code; its symbol is what BENCH_ENTRY says
 *
 * Each caller folds the checksum to 32 bits, so that Linux's verdict, r0 and the host's
 * result can be compared.
 *
 * The runner takes the section's bytes as they are.  Therefore a program has no
 * relocations (no maps, no global data, functions only in its own section), and the entry
 * comes first: it is defined here, ahead of everything that the program defines.
 *
 * What Linux's verifier wants of a body: the length checked before the first load; and in
 * a loop no branch on data, for it walks both sides of each such branch and joins them
 * late. */
#ifndef BENCH_ADAPTER_H
#define BENCH_ADAPTER_H

#include "packet.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int s32;
typedef signed long long s64;

#define AS_LOOP _Pragma("clang loop unroll(disable)")
#define AS_COPIES _Pragma("clang loop unroll(full)")
#define INLINE static inline __attribute__((always_inline))

/* The compiler must take `x` as if it came from somewhere else. */
#define HIDE(x) __asm__ volatile("" : "+r"(x))

#define GET8(p, off) (*(const u8 *)((p) + (off)))
#define GET16(p, off) (*(const u16 *)((p) + (off)))
#define GET32(p, off) (*(const u32 *)((p) + (off)))
#define GET64(p, off) (*(const u64 *)((p) + (off)))

/* Zero, but a verifier cannot know that: what is added to it has no known value, so that
 * two paths which differ only in it can be joined. */
#define UNKNOWN_ZERO(p) GET16(p, FRAME_URGENT)

#if defined(BENCH_NATIVE)
#define IN_SECTION
#elif defined(BENCH_XDP)
#define IN_SECTION __attribute__((section("xdp")))
#else
#define IN_SECTION __attribute__((section("prog")))
#endif

/* A function that is really called. */
#define CALLED static __attribute__((noinline)) IN_SECTION

/* A helper of Linux's by its number: the host has a function that does as much. */
#if defined(BENCH_NATIVE)
u64 bench_numa_node_id(void);
#define get_numa_node_id bench_numa_node_id
#else
static u64 (*const get_numa_node_id)(void) = (u64(*)(void))42;
#endif

#define BODY(p, end) INLINE u64 body(const u8 *p, const u8 *end)
BODY(p, end);

INLINE u32 folded(u64 x)
{
    return (u32)x ^ (u32)(x >> 32);
}

#if defined(BENCH_NATIVE)
u64 BENCH_ENTRY(const u8 *mem, u64 len);
u64 BENCH_ENTRY(const u8 *mem, u64 len)
{
    return folded(body(mem, mem + len));
}
#elif defined(BENCH_XDP)
struct xdp_md {
    u32 data;
    u32 data_end;
};
int entry(struct xdp_md *ctx) IN_SECTION;
int entry(struct xdp_md *ctx)
{
    return (int)folded(body((const u8 *)(u64)ctx->data, (const u8 *)(u64)ctx->data_end));
}
#else
u64 entry(const u8 *mem, u64 len) IN_SECTION;
u64 entry(const u8 *mem, u64 len)
{
    return folded(body(mem, mem + len));
}
#endif

#endif
