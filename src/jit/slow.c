/* What machine code leaves to C: sk_jit_slow. */
#include <string.h>

#include "jit/jit.h"

static enum skep_code slow_access(struct sk_run *run, uint32_t pc, uint64_t addr)
{
    const struct sk_row *row = &sk_isa[run->prog->insns[pc].op];
    uint32_t size = row->width / 8u;
    uint64_t value;

    switch (row->role) {
    case SK_ROLE_LOAD:
        return sk_run_read(run, pc, addr, size, &value);
    case SK_ROLE_STORE:
        return sk_run_write(run, pc, addr, size);
    default:
        return sk_run_atomic(run, pc, addr, size);
    }
}

static uint32_t slots_of_callee(const struct sk_prog *prog, uint32_t pc)
{
    return sk_prog_function_slots(prog, (uint32_t)sk_insn_target(&prog->insns[pc], pc));
}

/* The one fault, beside bad accesses, that the row can have here. */
static enum skep_code fault_at(struct sk_run *run, uint32_t pc, uint64_t addr)
{
    const struct sk_insn *insn = &run->prog->insns[pc];

    switch (sk_isa[insn->op].role) {
    case SK_ROLE_JUMP:
    case SK_ROLE_JCOND:
    case SK_ROLE_JMAY:
        return sk_run_exhausted(run, pc, pc + 1 - (uint32_t)sk_insn_target(insn, pc));
    case SK_ROLE_CALL:
        if (insn->op == SK_OP_CALL_LOCAL)
            return run->depth + 1 >= SK_MAX_FRAMES
                       ? sk_run_too_deep(run, pc)
                       : sk_run_exhausted(run, pc, slots_of_callee(run->prog, pc));
        if (insn->op == SK_OP_CALL)
            return sk_run_exhausted(run, pc, 1);
        return sk_run_no_object(run, pc);
    case SK_ROLE_LOAD:
    case SK_ROLE_STORE:
        return sk_run_misaligned(run, pc, addr, sk_isa[insn->op].width / 8u);
    default:
        return sk_run_no_object(run, pc);
    }
}

/* Makes the tail call that a helper asked for. r6 to r9 stay in the machine's registers: the
 * function that ends here has saved those of its caller that it changed, and the target will. */
static uint32_t tail_call(struct sk_run *run)
{
    uint64_t saved[4];
    const struct sk_native *native;

    memcpy(saved, &run->regs[SK_R6], sizeof(saved));
    native = sk_run_tail(run);
    memcpy(&run->regs[SK_R6], saved, sizeof(saved));
    run->native_entry = native->exec.code + native->tail;
    return SK_GO_TAIL;
}

static uint32_t call_helper(struct sk_run *run, uint32_t pc)
{
    if (run->kind != SK_CODE_NATIVE_UNMETERED && !sk_charge(&run->fuel, run->stop, 1)) {
        sk_run_exhausted(run, pc, 1);
        return SK_END;
    }
    if (sk_run_call(run, pc, sk_run_helper(run, pc)))
        return SK_END;
    return run->tail ? tail_call(run) : SK_GO_ON;
}

/* The machine code has called a helper, and there is an event. */
static uint32_t after_call(struct sk_run *run, uint32_t pc)
{
    return sk_run_after_call(run, pc) ? SK_END : tail_call(run);
}

/* Frames of programs that track which registers are written. */
static void enter_frame(struct sk_run *run)
{
    run->frames[run->depth].written = run->written;
    run->written = (run->written & SK_ARG_MASK) | 1u << SK_R10;
    run->depth++;
    sk_run_enter(run);
}

static void leave_frame(struct sk_run *run)
{
    sk_run_leave(run);
    run->written =
        (run->frames[run->depth].written & ~(uint32_t)SK_ARG_MASK) | 1u << SK_R0;
}

uint32_t sk_jit_slow(struct sk_run *run, uint32_t pc, uint64_t addr, uint32_t what,
                     const struct sk_prog *prog)
{
    run->prog = prog;
    switch ((enum sk_slow)what) {
    case SK_SLOW_ACCESS:
        return slow_access(run, pc, addr) ? SK_END : SK_GO_ON;
    case SK_SLOW_FAULT:
        fault_at(run, pc, addr);
        return SK_END;
    case SK_SLOW_TRACK:
        return sk_run_track(run, pc) ? SK_END : SK_GO_ON;
    case SK_SLOW_CALL:
        return call_helper(run, pc);
    case SK_SLOW_AFTER_CALL:
        return after_call(run, pc);
    case SK_SLOW_PACKET:
        return sk_run_packet(run, pc) ? SK_GO_ON : SK_LEAVE;
    case SK_SLOW_ENTER:
        enter_frame(run);
        return SK_GO_ON;
    case SK_SLOW_LEAVE:
        leave_frame(run);
        return SK_GO_ON;
    }
    return SK_GO_ON;
}
