/* Constant blinding: keys, and which instructions it changes. */
#ifndef SK_JIT_BLIND_H
#define SK_JIT_BLIND_H

#include <stdint.h>

#include "isa/isa.h"

/* One register more than programs have, for constants that are blinded. */
enum { SK_AX = SK_REGS, SK_REGS_AX };

/* A key that nobody outside of the process can know. Not 0. */
uint64_t sk_blind_seed(void);

/* The next key of a sequence (xorshift64*; Marsaglia 2003, Vigna 2016). */
static inline uint64_t sk_blind_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* The row that does with the register SK_AX what `i`, no move, does with its immediate; 0: it has
 * none that matters. */
int sk_blind_row(const struct sk_insn *i, struct sk_insn *reg);

#endif
