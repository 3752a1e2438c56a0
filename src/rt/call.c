/* Calls of helpers: arguments checked against the prototype, then the host's function. */
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "rt/frame.h"

void *skep_call_user(const skep_call *call)
{
    return call->run->user;
}

/* Strict runs do not hand out what was never written. */
int skep_call_readable(const skep_call *call, uint64_t addr, uint64_t len)
{
    struct sk_run *run = call->run;

    if (!run->checked || !len)
        return 1;
    if (!sk_run_may_read(run, addr, len))
        return 0;
    if (run->strict)
        return sk_run_is_written(run, addr, len);
    return !sk_run_settle(run, call->pc, addr, len);
}

int skep_call_writable(const skep_call *call, uint64_t addr, uint64_t len)
{
    struct sk_run *run = call->run;

    if (!run->checked || !len)
        return 1;
    if (!sk_run_may_write(run, addr, len))
        return 0;
    sk_run_fill(run, addr, len);
    return 1;
}

void skep_call_abort(skep_call *call, const char *why)
{
    if (call->event == SK_CALL_FAULTED)
        return;
    call->event = SK_CALL_ABORTED;
    sk_escape(call->why, sizeof(call->why), why, strlen(why));
}

const struct skep_helper *sk_run_helper(const struct sk_run *run, uint32_t pc)
{
    return sk_env_helper(run->prog->env, (uint32_t)run->prog->insns[pc].imm);
}

static enum skep_code bad_argument(const struct skep_call *call, uint32_t arg,
                                   const char *why)
{
    return sk_run_fault(call->run, call->pc,
                        sk_fail(call->run->err, E_HELPER_ARG, sk_at_slot(call->pc),
                                sk_run_helper(call->run, call->pc)->name, arg + 1, why));
}

/* The length of memory argument `arg`: the SIZE behind it, or the prototype's. */
static uint64_t length_of(const struct skep_call *call, const struct skep_helper *helper,
                          uint32_t arg)
{
    if (arg < 4 &&
        (helper->arg[arg + 1] == SKEP_ARG_SIZE || helper->arg[arg + 1] == SKEP_ARG_SIZE0))
        return call->run->regs[SK_R1 + arg + 1];
    return helper->arg_size[arg];
}

static enum skep_code check_memory(const struct skep_call *call,
                                   const struct skep_helper *helper, uint32_t arg)
{
    struct sk_run *run = call->run;
    int writes = helper->arg[arg] == SKEP_ARG_MEM_WRITE;
    uint64_t addr = run->regs[SK_R1 + arg], len = length_of(call, helper, arg);
    char place[96], why[192];

    if (!len)
        return SKEP_OK;
    if (writes ? !sk_run_may_write(run, addr, len) : !sk_run_may_read(run, addr, len)) {
        run->fault.addr = addr;
        run->fault.len = (uint32_t)len;
        run->fault.write = (uint32_t)writes;
        sk_run_explain(run, addr, len, writes ? SK_WRITE : SK_READ, place, sizeof(place));
        snprintf(why, sizeof(why), "the program may not %s %llu bytes at 0x%llx: %s",
                 writes ? "write" : "read", (unsigned long long)len,
                 (unsigned long long)addr, place);
        return bad_argument(call, arg, why);
    }
    return SKEP_OK;
}

/* Unwritten stack bytes: a helper that reads them gets 0; one that fills them may leave
 * some. */
static enum skep_code settle_memory(const struct skep_call *call,
                                    const struct skep_helper *helper, uint32_t arg)
{
    uint64_t addr = call->run->regs[SK_R1 + arg], len = length_of(call, helper, arg);

    if (helper->arg[arg] == SKEP_ARG_MEM_READ)
        return sk_run_settle(call->run, call->pc, addr, len);
    sk_run_fill(call->run, addr, len);
    return SKEP_OK;
}

static enum skep_code check_argument(const struct skep_call *call,
                                     const struct skep_helper *helper, uint32_t arg)
{
    uint64_t value = call->run->regs[SK_R1 + arg];

    switch (helper->arg[arg]) {
    case SKEP_ARG_CTX:
        if (value != call->run->ctx)
            return bad_argument(call, arg, "it is not the context");
        return SKEP_OK;
    case SKEP_ARG_SIZE:
        if (!value)
            return bad_argument(call, arg, "the size must not be 0");
        return SKEP_OK;
    case SKEP_ARG_MEM_READ:
    case SKEP_ARG_MEM_WRITE:
        SK_TRY(check_memory(call, helper, arg));
        return settle_memory(call, helper, arg);
    case SKEP_ARG_NONE:
    case SKEP_ARG_ANY:
    case SKEP_ARG_SIZE0:
        return SKEP_OK;
    }
    return SKEP_OK;
}

/* Arguments that were never written. Where the call is not tracked there are none. */
static enum skep_code check_written(const struct skep_call *call,
                                    const struct skep_helper *helper)
{
    struct sk_run *run = call->run;
    uint32_t missing = 0;

    if (!(run->prog->flags[call->pc] & SK_SLOT_TRACKED))
        return SKEP_OK;
    for (uint32_t arg = 0; arg < 5 && helper->arg[arg]; arg++) {
        if (run->written >> (SK_R1 + arg) & 1)
            continue;
        if (run->strict)
            return bad_argument(call, arg, "nothing was written to the register");
        missing |= 1u << (SK_R1 + arg);
    }
    if (missing)
        sk_run_miss(run, call->pc, missing);
    return SKEP_OK;
}

static enum skep_code check_arguments(const struct skep_call *call,
                                      const struct skep_helper *helper)
{
    SK_TRY(check_written(call, helper));
    for (uint32_t arg = 0; arg < 5 && helper->arg[arg]; arg++)
        SK_TRY(check_argument(call, helper, arg));
    return SKEP_OK;
}

/* What a call leaves in the registers (RFC 9669, 2.2: r1 to r5 are scratch). */
static enum skep_code take_result(const struct skep_call *call,
                                  const struct skep_helper *helper, uint64_t result)
{
    struct sk_run *run = call->run;

    if (helper->ret == SKEP_RET_MEM && result && run->checked &&
        !sk_run_grant(run, result, helper->ret_size, helper->name, SK_WRITE_ALL))
        return sk_run_fault(run, call->pc,
                            sk_fail(run->err, E_TOO_MANY_REGIONS, sk_at_slot(call->pc),
                                    helper->name, (unsigned)SK_MAX_REGIONS));
    memset(&run->regs[SK_R1], 0, 5 * sizeof(run->regs[0]));
    run->regs[SK_R0] = helper->ret == SKEP_RET_VOID ? 0 : result;
    run->written = (run->written & ~(uint32_t)SK_ARG_MASK) | 1u << SK_R0;
    return SKEP_OK;
}

static enum skep_code no_helper(struct sk_run *run, uint32_t pc)
{
    uint32_t id = (uint32_t)run->prog->insns[pc].imm;
    const char *name = sk_env_helper_name(run->prog->env, id);
    const char *why = sk_notes_poison(&run->prog->notes, pc);
    char shown[160];

    if (why)
        return sk_run_fault(run, pc,
                            sk_fail(run->err, E_POISONED, sk_at_slot(pc),
                                    sk_escape(shown, sizeof(shown), why, strlen(why))));
    return sk_run_fault(
        run, pc,
        sk_fail(run->err, E_NO_HELPER, sk_at_slot(pc), name ? name : "unknown", id));
}

/* A tail call costs what a local call of the target's first function would. */
static enum skep_code pay_tail_call(struct sk_run *run, uint32_t pc)
{
    uint32_t cost = sk_prog_function_slots(&run->tail->prog, 0);

    if (sk_charge(&run->fuel, run->stop, cost))
        return SKEP_OK;
    return sk_run_exhausted(run, pc, cost);
}

enum skep_code sk_run_after_call(struct sk_run *run, uint32_t pc)
{
    struct skep_call *call = &run->call;

    switch (call->event) {
    case SK_CALL_FAULTED:
        if (run->fault.depth == run->depth) /* no callback's: the call of one was wrong */
            memcpy(run->fault.regs, run->regs, sizeof(run->regs));
        return run->fault.code;
    case SK_CALL_ABORTED:
        return sk_run_fault(run, pc,
                            sk_fail(run->err, E_HELPER_ABORT, sk_at_slot(pc),
                                    sk_run_helper(run, pc)->name, call->why));
    case SK_CALL_TAIL:
        call->event = SK_CALL_NOTHING;
        return pay_tail_call(run, pc);
    default:
        return SKEP_OK;
    }
}

enum skep_code sk_run_call(struct sk_run *run, uint32_t pc,
                           const struct skep_helper *helper)
{
    struct skep_call *call = &run->call;
    const uint64_t *r = run->regs;
    uint64_t result;

    if (!helper)
        return no_helper(run, pc);
    call->pc = pc;
    if (run->checked)
        SK_TRY(check_arguments(call, helper));
    result = helper->fn(r[SK_R1], r[SK_R2], r[SK_R3], r[SK_R4], r[SK_R5], call);
    return call->event ? sk_run_after_call(run, pc) : take_result(call, helper, result);
}
