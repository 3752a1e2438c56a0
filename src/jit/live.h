/* Liveness: after each instruction, the registers whose value may still be read.
 *
 * One walk backwards finds it, for jumps forward meet what is known already. Jumps back need
 * the walk to be repeated until nothing changes, a few times at most: programs that take more
 * get a last walk in which all is live where a jump back lands. */
#ifndef SK_JIT_LIVE_H
#define SK_JIT_LIVE_H

#include "prog/prog.h"

enum { SK_LIVE_ALL = 0x3ff }; /* r0 to r9; r10 is always there */

/* What must keep every register as the program has it, because a fault may report them. */
enum sk_live_faults {
    SK_FAULTS_ACCESS = 1, /* loads and stores */
    SK_FAULTS_FUEL = 2,   /* jumps back and calls of functions */
};

/* Fills live[0 .. prog->count), for each slot what is live after its instruction. The second
 * half of its 2 * prog->count elements is scratch. */
void sk_live_find(const struct sk_prog *prog, uint32_t faults, uint16_t *live);

/* What exit leaves to the caller: r0, and where a later fault may report them r1 to r5. */
static inline uint32_t sk_live_at_exit(uint32_t faults)
{
    return 1u << SK_R0 | (faults ? (uint32_t)SK_ARG_MASK : 0);
}

/* The registers that an instruction reads, and that calls may read. */
static inline uint32_t sk_live_reads(const struct sk_insn *insn)
{
    if (sk_isa[insn->op].role == SK_ROLE_CALL)
        return SK_ARG_MASK;
    return sk_insn_reads(insn) & SK_LIVE_ALL;
}

/* Whether the instruction at pc may fault. */
static inline int sk_live_may_fault(const struct sk_insn *insn, uint32_t pc,
                                    uint32_t faults)
{
    switch (sk_isa[insn->op].role) {
    case SK_ROLE_LOAD:
    case SK_ROLE_STORE:
    case SK_ROLE_RMW:
    case SK_ROLE_FETCH:
    case SK_ROLE_CMPXCHG:
        return faults & SK_FAULTS_ACCESS;
    case SK_ROLE_JUMP:
    case SK_ROLE_JCOND:
    case SK_ROLE_JMAY:
        return faults & SK_FAULTS_FUEL && sk_insn_target(insn, pc) <= pc;
    case SK_ROLE_WIDE:
        return insn->op != SK_OP_LDDW && insn->op != SK_OP_LDDW_CODE;
    case SK_ROLE_CALL:
        return insn->op != SK_OP_CALL_LOCAL || faults & SK_FAULTS_FUEL;
    default:
        return 0;
    }
}

#endif
