/* What is out of the way: stubs at the end of each function, one for each check that may fail,
 * and routines at the end of the program that all stubs share.
 *
 *     stub:    T0 = address; T2 = pc; bl routine; b back
 *     medium:  is it the stack? return; else
 *     slow:    all registers to run->regs; sk_jit_slow(run, pc, address, what, prog);
 *              leave by the gate, or all registers from run->regs; return, the answer in T0
 *     helper:  take fuel, or a fault; r0 to r5 to run->regs; the helper in C; return,
 *              run->call.event in T0
 *     after:   the pc and r0 to r5 from the run; slow */
#include "jit/a64.h"

/* A fault does not return, so that functions which call nothing else have no return address in
 * their frame. For debuggers it is put below. */
static void call_fault(struct a64 *t)
{
    int32_t size = a64_frame_size(t) + 16;

    sk_code_cfi(&t->buf, SK_CFI_REMEMBER, 0, 0);
    EMIT(t, str_pre, A64_X, A64_LR, A64_SP, -16);
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, size);
    sk_code_cfi(&t->buf, SK_CFI_SAVED, A64_LR, -size);
    sk_code_jump(&t->buf, A64_BL, sk_shared_label(&t->buf, t->shared, SK_S_FAULT_AT));
    sk_code_cfi(&t->buf, SK_CFI_RECALL, 0, 0);
}

uint32_t a64_helper_label(struct a64 *t, uint32_t index)
{
    return sk_label_of(&t->buf, &t->helpers, t->prog->env->helper_count, index);
}

void a64_call_shared(struct a64 *t, enum sk_shared shared)
{
    a64_set(t, T2, t->pc);
    if (shared == SK_S_FAULT_AT && !a64_links(t))
        call_fault(t);
    else
        sk_code_jump(&t->buf, A64_BL, sk_shared_label(&t->buf, t->shared, shared));
}

/* ---- Stubs -------------------------------------------------------------------------- */

uint32_t a64_stub(struct a64 *t, enum sk_shared shared, struct a64_place place)
{
    int returns = shared != SK_S_FAULT_AT && shared != SK_S_TAIL;

    return sk_stub_add(&t->buf, &t->stubs,
                       (struct sk_stub){ .pc = t->pc,
                                         .back = returns ? 0 : SK_NO_WAY_BACK,
                                         .shared = (uint8_t)shared,
                                         .base = place.base,
                                         .off = place.off });
}

static void emit_stub(struct a64 *t, const struct sk_stub *stub)
{
    sk_code_room(&t->buf);
    sk_code_slow_line(&t->buf, stub->pc);
    sk_code_bind(&t->buf, stub->label);
    if (stub->shared == SK_S_TAIL) {
        a64_unwind(t);
        sk_code_jump(&t->buf, A64_B_ALWAYS,
                     sk_shared_label(&t->buf, t->shared, SK_S_TAIL));
        a64_unwound(t);
        return;
    }
    if (stub->base != NO_REG)
        a64_add_const(t, 1, T0, stub->base, stub->off);
    t->pc = stub->pc;
    a64_call_shared(t, stub->shared);
    if (stub->back != SK_NO_WAY_BACK)
        sk_code_jump(&t->buf, A64_B_ALWAYS, stub->back);
}

void a64_stubs(struct a64 *t)
{
    for (uint32_t n = 0; n < t->stubs.count && !t->buf.failed; n++)
        emit_stub(t, &t->stubs.list[n]);
    t->stubs.count = 0;
}

/* ---- Routines without C ------------------------------------------------------------- */

/* T0: address, T2: pc. */
static void medium(struct a64 *t, enum a64_size size, int write)
{
    uint32_t slow = sk_shared_label(&t->buf, t->shared, SK_S_SLOW);

    a64_load(t, A64_X, T1, A64_AT_RUN(stack_low));
    EMIT(t, subs, true, T1, T0, T1);
    sk_code_jump(&t->buf, A64_CC, slow);
    a64_load(t, A64_X, T3, A64_AT_RUN(stack_span));
    EMIT(t, add_imm, true, T1, T1, 1u << size);
    EMIT(t, cmp, true, T1, T3);
    sk_code_jump(&t->buf, A64_HI, slow);
    a64_add_const(t, 1, T1, T0, A64_SHADOW);
    if (write) {
        EMIT(t, str, size, A64_ZR, T1, 0);
    } else {
        EMIT(t, ldr, size, T1, T1, 0);
        sk_code_jump(&t->buf, a64_kind_cbnz(1, T1), slow);
    }
    EMIT(t, ret, A64_LR);
}

static void add_to_run(struct a64 *t, struct a64_place place, int by)
{
    a64_load(t, A64_X, T1, place);
    a64_add_const(t, 1, T1, T1, by);
    a64_store(t, A64_X, T1, place);
}

/* A frame of a checked program that tracks nothing: as sk_run_enter. */
static void enter(struct a64 *t)
{
    a64_load(t, A64_W, T1, A64_AT_RUN(depth));
    EMIT(t, add_imm, false, T1, T1, 1);
    a64_store(t, A64_W, T1, A64_AT_RUN(depth));
    add_to_run(t, A64_AT_RUN(stack_low), -SK_STACK_BYTES);
    add_to_run(t, A64_AT_RUN(stack_span), SK_STACK_BYTES);
    a64_add_const(t, 1, a64_home[SK_R10], a64_home[SK_R10], -SK_STACK_BYTES);
    a64_add_const(t, 1, LOW, LOW, -SK_STACK_BYTES);
    a64_set(t, T1, UINT64_MAX);
    for (int at = 0; at < SK_STACK_BYTES; at += 16)
        EMIT(t, stp, true, T1, T1, LOW, at);
    EMIT(t, ret, A64_LR);
}

/* Goes on in another program: run->regs has what it begins with, the frame's r6 to r9 are the
 * caller's. */
static void tail(struct a64 *t)
{
    for (unsigned r = SK_R0; r <= SK_R5; r++)
        a64_load(t, A64_X, a64_home[r], A64_AT_RUN(regs[r]));
    a64_load(t, A64_X, a64_home[SK_R10], A64_AT_RUN(regs[SK_R10]));
    a64_load(t, A64_X, A64_IP0, A64_AT_RUN(native_entry));
    EMIT(t, br, A64_IP0);
}

/* ---- Calling C ---------------------------------------------------------------------- */

void a64_keep(struct a64 *t)
{
    if (a64_has(t, SK_JIT_METERED)) {
        a64_load(t, A64_X, FUEL, A64_AT_RUN(fuel));
        a64_load(t, A64_X, STOP, A64_AT_RUN(stop));
    }
    if (a64_has(t, SK_JIT_CHECKED)) {
        a64_load(t, A64_X, READ_BASE, A64_AT_RUN(read_hint.base));
        a64_load(t, A64_X, WRITE_BASE, A64_AT_RUN(write_hint.base));
    }
    if (t->survey.uses_r10)
        a64_add_const(t, 1, LOW, a64_home[SK_R10], -a64_low_distance(t));
}

/* From r0 to below `end`, which is even. */
static void some_registers(struct a64 *t, unsigned end, int store)
{
    for (unsigned r = SK_R0; r < end; r += 2) {
        int64_t off = (int64_t)offsetof(struct sk_run, regs) + 8 * r;

        if (store)
            EMIT(t, stp, true, a64_home[r], a64_home[r + 1], RUN, off);
        else
            EMIT(t, ldp, true, a64_home[r], a64_home[r + 1], RUN, off);
    }
}

static void all_registers(struct a64 *t, int store)
{
    struct a64_place last = A64_AT_RUN(regs[SK_R10]);

    some_registers(t, SK_R10, store);
    if (store)
        a64_store(t, A64_X, a64_home[SK_R10], last);
    else
        a64_load(t, A64_X, a64_home[SK_R10], last);
}

/* Loads the program's address by a jump's kind. */
static void load_prog(struct a64 *t, enum a64_jump kind)
{
    if (!t->address)
        t->address = sk_code_label(&t->buf);
    sk_code_jump(&t->buf, (uint16_t)kind, t->address);
}

static void call_outside(struct a64 *t, uint32_t symbol)
{
    sk_code_reloc(&t->buf, SKEP_RELOC_CALL, symbol);
    EMIT(t, movz, true, A64_IP0, 0, 0);
    for (unsigned n = 1; n < 4; n++)
        EMIT(t, movk, true, A64_IP0, 0, 16 * n);
    EMIT(t, blr, A64_IP0);
}

/* Registers and T2 as they were at the call of a helper: it has left the others alone. */
static void before_call(struct a64 *t)
{
    some_registers(t, SK_R6, 0);
    a64_load(t, A64_W, T2, A64_AT_RUN(call.pc));
}

/* As sk_run_call does where there is nothing to look at. T2: pc. */
static void helper(struct a64 *t, uint32_t index)
{
    const struct skep_helper *called = &t->prog->env->helpers[index];
    uint32_t fault;

    if (a64_has(t, SK_JIT_METERED)) {
        fault = sk_shared_label(&t->buf, t->shared, SK_S_FAULT_AT);
        EMIT(t, subs_imm, true, T0, FUEL, 1);
        EMIT(t, ldr, A64_W, T1, STOP, 0);
        sk_code_jump(&t->buf, A64_CC, fault);
        sk_code_jump(&t->buf, a64_kind_cbnz(0, T1), fault);
        EMIT(t, mov, true, FUEL, T0);
        a64_store(t, A64_X, FUEL, A64_AT_RUN(fuel));
    }
    EMIT(t, str_pre, A64_X, A64_LR, A64_SP, -16);
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, 16);
    sk_code_cfi(&t->buf, SK_CFI_SAVED, A64_LR, -16);
    some_registers(t, SK_R6, 1);
    a64_store(t, A64_W, T2, A64_AT_RUN(call.pc));
    if (t->survey.calls_functions) { /* one of them may have left to another program */
        load_prog(t, A64_LDR_X10);
        a64_store(t, A64_X, T1, A64_AT_RUN(prog));
    }
    EMIT(t, add_imm, true, 5, RUN, offsetof(struct sk_run, call));
    call_outside(t, SK_SYM_HELPER + index);
    if (called->ret == SKEP_RET_VOID)
        a64_set(t, a64_home[SK_R0], 0);
    else
        EMIT(t, mov, true, a64_home[SK_R0], 0);
    a64_keep(t);
    a64_load(t, A64_W, T0, A64_AT_RUN(call.event));
    EMIT(t, ldr_post, A64_X, A64_LR, A64_SP, 16);
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, 0);
    sk_code_cfi(&t->buf, SK_CFI_RESTORED, A64_LR, 0);
    EMIT(t, ret, A64_LR);
}

static void helpers(struct a64 *t)
{
    for (uint32_t n = 0; t->helpers && n < t->prog->env->helper_count; n++) {
        if (!t->helpers[n])
            continue;
        sk_code_room(&t->buf);
        sk_code_bind(&t->buf, t->helpers[n]);
        helper(t, n);
    }
}

/* The common part: T1 says what it is about. */
static void call_c(struct a64 *t, uint32_t common, uint32_t fault)
{
    sk_code_room(&t->buf);
    sk_code_bind(&t->buf, common);
    EMIT(t, stp_pre, true, KEPT, A64_LR, A64_SP, -16);
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, 16);
    sk_code_cfi(&t->buf, SK_CFI_SAVED, A64_LR, -8);
    sk_code_cfi(&t->buf, SK_CFI_REMEMBER, 0, 0);
    all_registers(t, 1);
    if (a64_has(t, SK_JIT_METERED))
        a64_store(t, A64_X, FUEL, A64_AT_RUN(fuel));
    EMIT(t, mov, true, 0, RUN);
    EMIT(t, mov, false, 1, T2);
    EMIT(t, mov, true, 2, T0);
    EMIT(t, mov, false, 3, T1);
    load_prog(t, A64_LDR_X4);
    call_outside(t, SK_SYM_SLOW);
    EMIT(t, cmp_imm, false, 0, SK_END);
    sk_code_jump(&t->buf, A64_EQ, fault);
    EMIT(t, mov, false, T0, 0);
    all_registers(t, 0);
    a64_keep(t);
    EMIT(t, ldp_post, true, KEPT, A64_LR, A64_SP, 16);
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, 0);
    sk_code_cfi(&t->buf, SK_CFI_RESTORED, A64_LR, 0);
    EMIT(t, ret, A64_LR);
    sk_code_cfi(&t->buf, SK_CFI_RECALL, 0, 0);
    sk_code_bind(&t->buf, fault);
    a64_load(t, A64_X, T1, A64_AT_RUN(native_sp));
    EMIT(t, mov_sp, true, A64_SP, T1);
    a64_in_gate(t);
    sk_code_jump(&t->buf, A64_B_ALWAYS, t->fault_exit);
}

static void put_address(struct a64 *t)
{
    sk_code_bind(&t->buf, t->address);
    sk_code_reloc(&t->buf, SKEP_RELOC_ABS64, SK_SYM_PROG);
    a64_put(t, 0);
    a64_put(t, 0);
}

void a64_shared_code(struct a64 *t)
{
    uint32_t common = 0, fault = 0;

    sk_code_cfi(&t->buf, SK_CFI_START, 0, 0);
    sk_code_bind(&t->buf, sk_label_shared(t->prog));
    helpers(t);

    for (unsigned s = 0; s < SK_S_COUNT; s++) {
        if (!t->shared[s] || t->buf.failed)
            continue;
        sk_code_room(&t->buf);
        sk_code_bind(&t->buf, t->shared[s]);
        if (s < SK_S_SLOW) {
            medium(t, (enum a64_size)(s & 3), s >= 4);
        } else if (s == SK_S_ENTER && !t->prog->tracked) {
            enter(t);
        } else if (s == SK_S_TAIL) {
            tail(t);
        } else {
            if (!common) {
                common = sk_code_label(&t->buf);
                fault = sk_code_label(&t->buf);
            }
            if (s == SK_S_AFTER_CALL)
                before_call(t);
            a64_set(t, T1, sk_slow_of[s]);
            sk_code_jump(&t->buf, A64_B_ALWAYS, common);
        }
    }
    if (common)
        call_c(t, common, fault);
    if (t->address)
        put_address(t);
}
