/* Tail calls: a helper asks, and once it has returned the engine goes on elsewhere.
 * Nothing is left behind of the function that called it, in the run or on the host's
 * stack. */
#include <string.h>

#include "prog/definite.h"
#include "rt/frame.h"

int sk_call_tail(struct skep_call *call, const struct sk_image *target)
{
    struct sk_run *run = call->run;

    if (call->event >= SK_CALL_ABORTED || target->prog.type != run->prog->type ||
        !target->code[run->kind])
        return 0;
    if (!run->tail) { /* another target instead of the former is no other call */
        if (run->tail_calls == SK_MAX_TAIL_CALLS)
            return 0;
        run->tail_calls++;
    }
    run->tail = target;
    call->event = SK_CALL_TAIL;
    return 1;
}

const void *sk_run_tail(struct sk_run *run)
{
    const struct sk_image *target = run->tail;

    run->tail = NULL;
    run->prog = &target->prog;
    memset(run->regs, 0, sizeof(run->regs));
    run->regs[SK_R1] = run->ctx;
    run->regs[SK_R2] = run->entry_r2;
    run->written = sk_prog_entry_regs(run->prog);
    sk_run_grant_values(run, run->prog);
    sk_run_enter(run);
    return target->code[run->kind];
}
