/* Rows that jump, call and return (RFC 9669, 4.3), and where functions begin and end.
 *
 * The stack of the machine, from above, of code with a gate (a64_gate):
 *
 *     the host's frames
 *     the host's callee-saved registers, run->native_sp of outside       <- native_sp
 *     function 0: its return address, what it saves of r6 to r9, its may_goto budget
 *     the called function: the same, ...
 *
 * A fault sets sp to native_sp and leaves by the gate. Code that cannot fault and calls nobody
 * has no gate, and object files (SK_JIT_OBJECT) have none: C calls function 0 itself and
 * expects r0 in x0, and the program's stack is on the machine's:
 *
 *     the stack of all frames (below r10), what function 0 saves, ...
 *
 * In object files helpers are C functions too. Where they may get to know functions of the
 * program, each of these makes its own r10, and the stacks do not adjoin. */
#include "jit/a64.h"

enum { SAVED_FIRST = SK_R6, SAVED_LAST = SK_R9 };

/* ---- Functions ---------------------------------------------------------------------- */

/* Whether the instruction's code calls: then the return address has to be in the frame. */
static int calls(const struct a64 *t, const struct sk_insn *i)
{
    switch (sk_isa[i->op].role) {
    case SK_ROLE_CALL:
    case SK_ROLE_PACKET:
        return 1;
    case SK_ROLE_LOAD:
    case SK_ROLE_STORE:
    case SK_ROLE_RMW:
    case SK_ROLE_FETCH:
    case SK_ROLE_CMPXCHG:
        return a64_has(t, SK_JIT_CHECKED);
    default:
        return 0;
    }
}

static void keep_in_frame(struct a64 *t, unsigned reg)
{
    t->frame[t->frame_len++] = (uint8_t)reg;
}

static void look_at_function(struct a64 *t, const struct sk_function *f)
{
    struct sk_live_sum sum = sk_live_sum(t->live, f->first, f->end);
    int links = t->prog->tracked, has_r10 = sum.reads >> SK_R10 & 1;

    for (uint32_t pc = f->first; pc < f->end && !links; pc++) {
        const struct sk_insn *insn = &t->prog->insns[pc];

        links |= insn->op != SK_OP_SECOND && calls(t, insn);
    }
    t->leave = t->leave_bound = t->after_call = t->frame_len = 0;
    t->entry = !t->survey.gated && (f->first == 0 || t->survey.takes_addresses);
    if (sum.kills & SK_LIVE_MAY_GOTO)
        keep_in_frame(t, T0);
    if (links)
        keep_in_frame(t, A64_LR);
    for (unsigned r = SAVED_FIRST; r <= SAVED_LAST; r++) {
        if (sum.kills >> r & 1)
            keep_in_frame(t, a64_home[r]);
    }
    if (!t->survey.takes_addresses)
        has_r10 = t->survey.uses_r10 && f->first == 0;
    t->stack = 0;
    if (has_r10 && !t->survey.gated) {
        keep_in_frame(t, a64_home[SK_R10]);
        t->stack = (t->survey.takes_addresses ? 1 : t->survey.frames) * SK_STACK_BYTES;
    }
}

static int64_t frame_size(const struct a64 *t)
{
    return (t->frame_len + 1) / 2 * 16;
}

void a64_find_low(struct a64 *t)
{
    if (t->survey.uses_r10)
        EMIT(t, sub_imm, true, LOW, a64_home[SK_R10], SK_STACK_BYTES);
}

int a64_links(const struct a64 *t)
{
    for (unsigned n = 0; n < t->frame_len; n++)
        if (t->frame[n] == A64_LR)
            return 1;
    return 0;
}

int32_t a64_frame_size(const struct a64 *t)
{
    return (int32_t)frame_size(t) + (int32_t)t->stack;
}

/* The frame is there, or (SK_CFI_RESTORED) no longer. What is in it is true of the registers as
 * well until the function changes them, and while it restores them. */
static void note_frame(struct a64 *t, enum sk_cfi_what what)
{
    int32_t size = a64_frame_size(t);

    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, what == SK_CFI_SAVED ? size : 0);
    for (unsigned n = 0; n < t->frame_len; n++)
        if (t->frame[n] != T0)
            sk_code_cfi(&t->buf, what, t->frame[n], 8 * (int32_t)n - size);
}

/* The first registers are stored last, but by the instruction that makes room. */
static void push_frame(struct a64 *t)
{
    int64_t size = frame_size(t);

    if (t->stack) {
        EMIT(t, sub_imm, true, A64_SP, A64_SP, t->stack);
        sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, (int32_t)t->stack);
    }
    if (t->frame_len == 1)
        EMIT(t, str_pre, A64_X, t->frame[0], A64_SP, -size);
    else if (t->frame_len)
        EMIT(t, stp_pre, true, t->frame[0], t->frame[1], A64_SP, -size);
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, (int32_t)size);
    for (unsigned n = 2; n < t->frame_len; n += 2) {
        if (n + 1 < t->frame_len)
            EMIT(t, stp, true, t->frame[n], t->frame[n + 1], A64_SP, 8 * n);
        else
            EMIT(t, str, A64_X, t->frame[n], A64_SP, 8 * n);
    }
    note_frame(t, SK_CFI_SAVED);
    if (t->stack) {
        a64_add_const(t, 1, a64_home[SK_R10], A64_SP, size + t->stack);
        a64_find_low(t);
    }
}

void a64_unwind(struct a64 *t)
{
    int64_t size = frame_size(t);

    sk_code_cfi(&t->buf, SK_CFI_REMEMBER, 0, 0);
    for (unsigned n = 2; n < t->frame_len; n += 2) {
        if (n + 1 < t->frame_len)
            EMIT(t, ldp, true, t->frame[n], t->frame[n + 1], A64_SP, 8 * n);
        else
            EMIT(t, ldr, A64_X, t->frame[n], A64_SP, 8 * n);
    }
    if (t->frame_len == 1)
        EMIT(t, ldr_post, A64_X, t->frame[0], A64_SP, size);
    else if (t->frame_len)
        EMIT(t, ldp_post, true, t->frame[0], t->frame[1], A64_SP, size);
    note_frame(t, SK_CFI_RESTORED);
    if (t->stack) {
        sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, (int32_t)t->stack);
        EMIT(t, add_imm, true, A64_SP, A64_SP, t->stack);
        sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, 0);
    }
}

void a64_unwound(struct a64 *t)
{
    sk_code_cfi(&t->buf, SK_CFI_RECALL, 0, 0);
}

void a64_clear(struct a64 *t, uint32_t mask)
{
    for (unsigned r = 0; r < SK_R10; r++) {
        if (mask >> r & 1)
            a64_set(t, a64_home[r], 0);
    }
}

static void make_frame(struct a64 *t)
{
    if (t->frame_len && t->frame[0] == T0)
        a64_set(t, T0, SK_MAY_GOTO_BUDGET);
    push_frame(t);
}

/* Tail calls arrive here at programs that may read r6 to r9 before they write them. Returns
 * the label where the prologue goes on. */
static uint32_t tail_entry(struct a64 *t)
{
    uint32_t cleared = sk_code_label(&t->buf);

    sk_code_cfi(&t->buf, SK_CFI_START, 0, 0);
    if (a64_has(t, SK_JIT_PADS))
        EMIT(t, bti_c);
    make_frame(t);
    for (unsigned r = SAVED_FIRST; r <= SAVED_LAST; r++)
        a64_set(t, a64_home[r], 0);
    sk_code_jump(&t->buf, A64_B_ALWAYS, cleared);
    return cleared;
}

void a64_prologue(struct a64 *t, uint32_t function, int indirect)
{
    uint32_t cleared = 0;

    look_at_function(t, &t->prog->functions[function]);
    if (function == 0) {
        sk_code_bind(&t->buf, sk_label_tail(t->prog));
        if (t->prog->tracked && t->survey.gated)
            cleared = tail_entry(t);
    }
    sk_code_cfi(&t->buf, SK_CFI_START, 0, 0);
    sk_code_bind(&t->buf, sk_label_function(t->prog, function));
    if (indirect && a64_has(t, SK_JIT_PADS))
        EMIT(t, bti_c);
    make_frame(t);
    if (cleared)
        sk_code_bind(&t->buf, cleared);
    if (t->prog->tracked && a64_has(t, SK_JIT_OBJECT))
        a64_clear(t, sk_unwritten_at_entry(t->prog, function));
}

static void finish(struct a64 *t)
{
    if (t->entry)
        EMIT(t, mov, true, 0, a64_home[SK_R0]);
    a64_unwind(t);
    EMIT(t, ret, A64_LR);
    a64_unwound(t);
}

uint32_t a64_after_call_label(struct a64 *t)
{
    if (!t->after_call)
        t->after_call = sk_code_label(&t->buf);
    return t->after_call;
}

uint32_t a64_leave_label(struct a64 *t)
{
    if (!t->leave)
        t->leave = sk_code_label(&t->buf);
    return t->leave;
}

void a64_emit_EXIT(struct a64 *t, const struct sk_insn *i)
{
    (void)i;
    if (t->leave_bound && t->frame_len) {
        sk_code_jump(&t->buf, A64_B_ALWAYS, t->leave);
        return;
    }
    if (!t->leave_bound) {
        sk_code_bind(&t->buf, a64_leave_label(t));
        t->leave_bound = 1;
    }
    finish(t);
}

void a64_function_end(struct a64 *t)
{
    if (t->leave && !t->leave_bound) {
        sk_code_bind(&t->buf, t->leave);
        finish(t);
    }
    if (t->after_call) {
        sk_code_line(&t->buf, UINT32_MAX);
        sk_code_bind(&t->buf, t->after_call);
        sk_code_jump(&t->buf, A64_BL,
                     sk_shared_label(&t->buf, t->shared, SK_S_AFTER_CALL));
        a64_unwind(t);
        sk_code_jump(&t->buf, A64_B_ALWAYS,
                     sk_shared_label(&t->buf, t->shared, SK_S_TAIL));
        a64_unwound(t);
    }
    a64_stubs(t);
}

/* ---- The gate ----------------------------------------------------------------------- */

enum { GATE_FRAME = 80, GATE_NATIVE_SP = 64 };

static const uint8_t gate_pairs[][2] = { { 19, 20 }, { 21, 22 }, { 25, RUN } };

static void gate_frame(struct a64 *t, int store)
{
    for (unsigned n = 0; n < SK_LEN(gate_pairs); n++) {
        const uint8_t *pair = gate_pairs[n];

        if (store)
            EMIT(t, stp, true, pair[0], pair[1], A64_SP, 16 + 16 * n);
        else
            EMIT(t, ldp, true, pair[0], pair[1], A64_SP, 16 + 16 * n);
    }
}

/* As note_frame. */
static void note_gate(struct a64 *t, enum sk_cfi_what what)
{
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, what == SK_CFI_SAVED ? GATE_FRAME : 0);
    sk_code_cfi(&t->buf, what, A64_FP, -GATE_FRAME);
    sk_code_cfi(&t->buf, what, A64_LR, 8 - GATE_FRAME);
    for (int n = 0; n < (int)SK_LEN(gate_pairs); n++)
        for (int i = 0; i < 2; i++)
            sk_code_cfi(&t->buf, what, gate_pairs[n][i],
                        16 + 16 * n + 8 * i - GATE_FRAME);
}

void a64_in_gate(struct a64 *t)
{
    note_gate(t, SK_CFI_SAVED);
}

/* void gate(struct sk_run *run, const void *function): see above. */
void a64_gate(struct a64 *t)
{
    sk_code_cfi(&t->buf, SK_CFI_START, 0, 0);
    if (a64_has(t, SK_JIT_PADS))
        EMIT(t, bti_c);
    EMIT(t, stp_pre, true, A64_FP, A64_LR, A64_SP, -GATE_FRAME);
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, GATE_FRAME);
    sk_code_cfi(&t->buf, SK_CFI_SAVED, A64_FP, -GATE_FRAME);
    EMIT(t, mov_sp, true, A64_FP, A64_SP);
    gate_frame(t, 1);
    note_gate(t, SK_CFI_SAVED);
    EMIT(t, mov, true, RUN, 0);
    EMIT(t, mov, true, T0, 1);
    a64_load(t, A64_X, T1, A64_AT_RUN(native_sp));
    EMIT(t, str, A64_X, T1, A64_SP, GATE_NATIVE_SP);
    a64_store(t, A64_X, A64_FP, A64_AT_RUN(native_sp));
    for (unsigned r = SK_R0; r < SK_REGS; r++) {
        if ((r >= SK_R1 && r <= SK_R5) || r == SK_R10)
            a64_load(t, A64_X, a64_home[r], A64_AT_RUN(regs[r]));
        else
            a64_set(t, a64_home[r], 0);
    }
    a64_keep(t);
    EMIT(t, blr, T0);
    a64_store(t, A64_X, a64_home[SK_R0], A64_AT_RUN(regs[SK_R0]));
    if (a64_has(t, SK_JIT_METERED))
        a64_store(t, A64_X, FUEL, A64_AT_RUN(fuel));
    t->fault_exit = sk_code_label(&t->buf);
    sk_code_bind(&t->buf, t->fault_exit);
    EMIT(t, ldr, A64_X, T1, A64_SP, GATE_NATIVE_SP);
    a64_store(t, A64_X, T1, A64_AT_RUN(native_sp));
    gate_frame(t, 0);
    EMIT(t, ldp_post, true, A64_FP, A64_LR, A64_SP, GATE_FRAME);
    note_gate(t, SK_CFI_RESTORED);
    EMIT(t, ret, A64_LR);
}
