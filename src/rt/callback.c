/* Callbacks: a helper has a function of the program called.
 *
 * The engine is entered again, one frame further down, and returns when that frame is
 * left. What the function that called the helper has in registers, and the call itself,
 * are kept here meanwhile. A fault in a callback unwinds to here, is remembered in the
 * call, and ends the run once the helper has returned: the host's functions in between
 * need no longjmp. */
#include <string.h>

#include "rt/frame.h"

/* The function whose call of a helper is in progress. */
struct caller {
    uint64_t regs[SK_REGS];
    const struct sk_prog *prog;
    const struct sk_image *tail;
    uint32_t pc, event; /* of the call */
    uint32_t depth, base, written;
    struct sk_tracer tracer; /* only of traced runs */
};

static void put_aside(const struct sk_run *run, struct caller *caller)
{
    memcpy(caller->regs, run->regs, sizeof(caller->regs));
    caller->prog = run->prog;
    caller->tail = run->tail;
    caller->pc = run->call.pc;
    caller->event = run->call.event;
    caller->depth = run->depth;
    caller->base = run->base;
    caller->written = run->written;
    if (run->tracer.fn)
        caller->tracer = run->tracer;
}

static void put_back(struct sk_run *run, const struct caller *caller)
{
    while (run->depth > caller->depth)
        sk_run_leave(run);
    memcpy(run->regs, caller->regs, sizeof(run->regs));
    run->prog = caller->prog;
    run->tail = caller->tail;
    run->call.pc = caller->pc;
    run->call.event = caller->event;
    run->base = caller->base;
    run->written = caller->written;
    if (run->tracer.fn)
        run->tracer = caller->tracer;
}

/* The slot of the function that a program knows by that address. */
static enum skep_code find_function(const struct skep_call *call, uint64_t address,
                                    uint32_t *pc)
{
    struct sk_run *run = call->run;
    uint64_t slot = (address - sk_code_address(0)) / SK_SLOT_BYTES;

    if (slot >= run->prog->count || address != sk_code_address((uint32_t)slot) ||
        !(run->prog->flags[slot] & SK_SLOT_FUNCTION))
        return sk_run_fault(run, call->pc,
                            sk_fail(run->err, E_CALLBACK, sk_at_slot(call->pc),
                                    sk_run_helper(run, call->pc)->name,
                                    (unsigned long long)address));
    *pc = (uint32_t)slot;
    return SKEP_OK;
}

/* What a local call would check: frames, fuel, the stop. */
static enum skep_code pay(const struct skep_call *call, uint32_t pc)
{
    struct sk_run *run = call->run;
    uint32_t cost = sk_prog_function_slots(run->prog, pc);

    if (run->depth + 1 == SK_MAX_FRAMES)
        return sk_run_too_deep(run, call->pc);
    if (!sk_charge(&run->fuel, run->stop, cost))
        return sk_run_exhausted(run, call->pc, cost);
    return SKEP_OK;
}

static enum skep_code run_function(struct sk_run *run, uint32_t pc,
                                   const uint64_t args[5], uint64_t *r0)
{
    struct caller caller;
    enum skep_code code;

    put_aside(run, &caller);
    memset(run->regs, 0, sizeof(run->regs));
    memcpy(&run->regs[SK_R1], args, 5 * sizeof(args[0]));
    run->written = SK_ARG_MASK | 1u << SK_R10;
    run->tail = NULL;
    run->call.event = SK_CALL_NOTHING;
    run->tracer.active = 0;
    run->depth++;
    run->base = run->depth;
    sk_run_enter(run);
    code = run->enter(run, pc);
    if (!code)
        *r0 = run->regs[SK_R0];
    put_back(run, &caller);
    return code;
}

enum skep_code skep_call_function(skep_call *call, uint64_t function,
                                  const uint64_t args[5], uint64_t *r0)
{
    enum skep_code code;
    uint32_t pc = 0;

    if (call->event == SK_CALL_ABORTED)
        return SKEP_E_HELPER_ABORT;
    if (call->event == SK_CALL_FAULTED)
        return call->run->fault.code;
    code = find_function(call, function, &pc);
    if (!code)
        code = pay(call, pc);
    if (!code)
        code = run_function(call->run, pc, args, r0);
    if (code)
        call->event = SK_CALL_FAULTED;
    return code;
}
