/* A call of a helper in progress: what the helper's `skep_call *` points to.
 *
 * A run has one, in run->call. Who calls a helper (sk_run_call, or machine code itself)
 * sets `pc` before, and looks at `event` afterwards: it is 0 unless the helper asked for
 * something that happens only once it has returned; then sk_run_after_call does it. Which
 * helper it is, the instruction at `pc` says. Calls in a callback use the same struct;
 * skep_call_function restores it. */
#ifndef SK_RT_CALL_H
#define SK_RT_CALL_H

#include "prog/prog.h"

struct sk_run;

/* What the helper asked for; the last ones end the run, and nothing overrides them. */
enum sk_call_event {
    SK_CALL_NOTHING,
    SK_CALL_TAIL,    /* to go on in run->tail */
    SK_CALL_ABORTED, /* to end the run: `why` */
    SK_CALL_FAULTED, /* nothing, but a callback faulted: run->fault */
};

struct skep_call {
    struct sk_run *run;
    uint32_t pc;
    uint32_t event; /* enum sk_call_event */
    char why[80 + 1];
};

#endif
