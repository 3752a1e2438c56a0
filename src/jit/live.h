/* Liveness: before and after each instruction, the registers whose value may still be read.
 *
 * One walk backwards finds it, for jumps forward meet what is known already; loops take another
 * walk through them, or more. Programs that take too long get the answer that all is live. */
#ifndef SK_JIT_LIVE_H
#define SK_JIT_LIVE_H

#include "prog/prog.h"

enum { SK_LIVE_ALL = 0x3ff }; /* r0 to r9; r10 is always there */

/* What must keep every register as the program has it, because a fault may report them. */
enum sk_live_faults {
    SK_FAULTS_ACCESS = 1, /* loads and stores */
    SK_FAULTS_FUEL = 2,   /* jumps back and calls of functions */
    SK_FAULTS_DEPTH = 4,  /* calls of functions */
};

/* The registers that are live after and before the instruction of a slot, those that it reads,
 * and those whose value is lost (with bits that are no registers). Where a fault may report the
 * registers, all are read. */
struct sk_live {
    uint16_t after, reads, kills, before;
};

/* In `kills`, beside registers: */
enum {
    SK_LIVE_OUTSIDE = 1 << 11, /* it needs something from outside, or an address */
    SK_LIVE_MAY_GOTO = 1 << 12,
    SK_LIVE_CALL = 1 << 13, /* of anything */
    SK_LIVE_HEAD = 1 << 14, /* it is the head of a loop of a few slots */
};

/* What instructions read and lose together. */
struct sk_live_sum {
    uint32_t reads, kills;
};

static inline struct sk_live_sum sk_live_sum(const struct sk_live *live, uint32_t first,
                                             uint32_t end)
{
    struct sk_live_sum sum = { 0, 0 };

    for (uint32_t pc = first; pc < end; pc++) {
        sum.reads |= live[pc].reads;
        sum.kills |= live[pc].kills;
    }
    return sum;
}

/* Those whose value counts at the instruction: it reads them, or they are live afterwards. */
static inline uint32_t sk_live_now(const struct sk_live *at)
{
    return (uint32_t)at->after | at->reads;
}

/* Fills live[0 .. prog->count). In tracked programs all registers are live everywhere. */
void sk_live_find(const struct sk_prog *prog, uint32_t faults, struct sk_live *live);

/* What exit leaves to the caller: r0, and where a later fault may report them r1 to r5. */
static inline uint32_t sk_live_at_exit(uint32_t faults)
{
    return 1u << SK_R0 | (faults ? (uint32_t)SK_ARG_MASK : 0);
}

#endif
