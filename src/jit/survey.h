/* What code needs that depends on the program as a whole. */
#ifndef SK_JIT_SURVEY_H
#define SK_JIT_SURVEY_H

#include "jit/jit.h"
#include "jit/live.h"

struct sk_survey {
    uint32_t faults;   /* that it may report: enum sk_live_faults */
    uint32_t gated;    /* it may fault or call C, and is entered through a gate */
    uint32_t uses_r10; /* the frames of gated code need their r10 */
    uint32_t
        frames; /* that calls may open; more than SK_MAX_FRAMES: calls have to look */
    uint32_t takes_addresses; /* of functions: they may be called from C */
    uint32_t calls_functions; /* of its own */
    uint32_t calls_helpers;   /* itself */
};

/* The helper that the instruction calls, if code of that mode calls it itself; else NULL, and
 * sk_run_call does: it reports helpers that are not there, looks at memory arguments, takes
 * memory that is granted, and keeps account of registers that are tracked. */
const struct skep_helper *sk_own_call(const struct sk_prog *prog, uint32_t mode,
                                      const struct sk_insn *insn);

/* Registers that nothing was written to when the function begins, as far as only it knows:
 * where the program is tracked they read as 0. */
uint32_t sk_unwritten_at_entry(const struct sk_prog *prog, uint32_t function);

/* Fills *out and live[0 .. prog->count) for code of that mode (enum sk_jit_mode); 0: no memory. */
int sk_survey_program(const struct sk_prog *prog, uint32_t mode, struct sk_live *live,
                      struct sk_survey *out);

#endif
