/* Where functions begin and end, and how C calls them.
 *
 * The stack of the machine, from above, of code with a gate (x64_gate):
 *
 *     the host's frames
 *     return address, the host's callee-saved registers, run->native_sp of outside  <- native_sp
 *     return address into the gate
 *     what function 0 saves of r6 to r9, its may_goto budget
 *     return address, what the called function saves, ...
 *
 * Where the code calls helpers itself, the stack is aligned to 16 at each call: a gate calls at
 * such an address, and functions that call save an odd number of things.
 *
 * A fault sets rsp to native_sp and leaves by the gate. Code that cannot fault and calls
 * nobody has no gate, and object files (SK_JIT_OBJECT) have none: C calls function 0 itself,
 * and the program's stack is on the machine's:
 *
 *     return address, rbp, the stack of all frames (below rbp), what function 0 saves, ...
 *
 * In object files helpers are C functions too, and functions that call keep rsp aligned for
 * them, by 8 bytes more in front of what they save. Where helpers may get to know functions of
 * the program, each of these makes its own r10, and the stacks do not adjoin. */
#include "jit/x64.h"

enum { SAVED_FIRST = SK_R6, SAVED_LAST = SK_R9 };

/* ---- Functions ---------------------------------------------------------------------- */

static void look_at_function(struct x64 *t, const struct sk_function *f)
{
    struct sk_live_sum sum = sk_live_sum(t->live, f->first, f->end);
    uint32_t saves;

    t->leave = t->leave_bound = t->returns = t->after_call = 0;
    t->budget = (sum.kills & SK_LIVE_MAY_GOTO) != 0;
    t->has_r10 = sum.reads >> SK_R10 & 1;
    t->saved = sum.kills & (0xfu << SAVED_FIRST);
    if (!t->survey.takes_addresses)
        t->has_r10 = t->survey.uses_r10 && f->first == 0;
    if (t->survey.gated)
        t->has_r10 = 0;
    t->frame =
        t->has_r10 * (t->survey.takes_addresses ? 1 : t->survey.frames) * SK_STACK_BYTES;
    saves = t->has_r10 + t->budget + (uint32_t)__builtin_popcount(t->saved);
    /* behind an even number of 8 bytes, the return address among them, rsp is aligned */
    if (sum.kills & SK_LIVE_CALL &&
        (x64_has(t, SK_JIT_OBJECT) || t->survey.calls_helpers) && saves % 2 == 0)
        t->frame += 8;
}

unsigned x64_dwarf(unsigned reg)
{
    static const uint8_t low[] = { 0, 2, 1, 3, 7, 6, 4, 5 };

    return reg < SK_LEN(low) ? low[reg] : reg;
}

/* The stack pointer has moved down. */
static void moved(struct x64 *t, int32_t bytes)
{
    t->depth += bytes;
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, t->depth);
}

static void push(struct x64 *t, unsigned reg)
{
    EMIT(t, push, reg);
    moved(t, 8);
    sk_code_cfi(&t->buf, SK_CFI_SAVED, x64_dwarf(reg), -t->depth);
}

static void pop(struct x64 *t, unsigned reg)
{
    EMIT(t, pop, reg);
    moved(t, -8);
    sk_code_cfi(&t->buf, SK_CFI_RESTORED, x64_dwarf(reg), 0);
}

/* A part of the code begins, which is called: the return address is on the stack. */
static void start(struct x64 *t)
{
    sk_code_cfi(&t->buf, SK_CFI_START, 0, 0);
    t->depth = 8;
}

/* What a function has in front of what it saves. */
static void open_frame(struct x64 *t)
{
    if (t->has_r10) {
        push(t, X64_RBP);
        EMIT(t, mov_rr, 64, X64_RBP, X64_RSP);
    }
    if (t->frame == 8)
        EMIT(t, push, X64_RAX);
    else if (t->frame)
        EMIT(t, alu_ri, X64_SUB, 64, X64_RSP, (int32_t)t->frame);
    if (t->frame)
        moved(t, (int32_t)t->frame);
}

static void close_frame(struct x64 *t)
{
    if (t->has_r10) {
        EMIT(t, leave);
        moved(t, 8 - t->depth);
        sk_code_cfi(&t->buf, SK_CFI_RESTORED, x64_dwarf(X64_RBP), 0);
        return;
    }
    if (t->frame == 8)
        EMIT(t, pop, T0);
    else if (t->frame)
        EMIT(t, alu_ri, X64_ADD, 64, X64_RSP, (int32_t)t->frame);
    if (t->frame)
        moved(t, -(int32_t)t->frame);
}

void x64_clear(struct x64 *t, uint32_t mask)
{
    for (unsigned r = 0; r < SK_R10; r++) {
        if (mask >> r & 1)
            EMIT(t, alu_rr, X64_XOR, 32, x64_home[r], x64_home[r]);
    }
}

static void save_registers(struct x64 *t)
{
    for (unsigned r = SAVED_FIRST; r <= SAVED_LAST; r++) {
        if (t->saved >> r & 1)
            push(t, x64_home[r]);
    }
}

/* Tail calls arrive here at programs that may read r6 to r9 before they write them. Returns the
 * label where the prologue goes on. */
static uint32_t tail_entry(struct x64 *t)
{
    uint32_t cleared = sk_code_label(&t->buf);

    start(t);
    if (x64_has(t, SK_JIT_PADS))
        EMIT(t, endbr64);
    open_frame(t);
    save_registers(t);
    for (unsigned r = SAVED_FIRST; r <= SAVED_LAST; r++)
        EMIT(t, alu_rr, X64_XOR, 32, x64_home[r], x64_home[r]);
    sk_code_jump(&t->buf, X64_JMP, cleared);
    return cleared;
}

void x64_prologue(struct x64 *t, uint32_t function, int indirect)
{
    const struct sk_function *f = &t->prog->functions[function];
    uint32_t cleared = 0;

    look_at_function(t, f);
    if (function == 0) {
        sk_code_bind(&t->buf, sk_label_tail(t->prog));
        if (t->prog->tracked && t->survey.gated)
            cleared = tail_entry(t);
    }
    if (function > 0)
        sk_code_pad(&t->buf, SK_CODE_FUNCTION);
    start(t);
    sk_code_bind(&t->buf, sk_label_function(t->prog, function));
    if (indirect && x64_has(t, SK_JIT_PADS))
        EMIT(t, endbr64);
    open_frame(t);
    save_registers(t);
    if (cleared)
        sk_code_bind(&t->buf, cleared);
    if (t->prog->tracked && x64_has(t, SK_JIT_OBJECT))
        x64_clear(t, sk_unwritten_at_entry(t->prog, function));
    if (t->budget) {
        EMIT(t, push_i, SK_MAY_GOTO_BUDGET);
        moved(t, 8);
    }
}

void x64_unwind(struct x64 *t)
{
    int32_t depth = t->depth;

    sk_code_cfi(&t->buf, SK_CFI_REMEMBER, 0, 0);
    if (t->budget) {
        EMIT(t, pop, T0);
        moved(t, -8);
    }
    for (unsigned r = SAVED_LAST; r >= SAVED_FIRST; r--) {
        if (t->saved >> r & 1)
            pop(t, x64_home[r]);
    }
    close_frame(t);
    t->depth = depth;
}

void x64_unwound(struct x64 *t)
{
    sk_code_cfi(&t->buf, SK_CFI_RECALL, 0, 0);
}

static void return_to_caller(struct x64 *t)
{
    x64_unwind(t);
    EMIT(t, ret);
    x64_unwound(t);
}

uint32_t x64_after_call_label(struct x64 *t)
{
    if (!t->after_call)
        t->after_call = sk_code_label(&t->buf);
    return t->after_call;
}

uint32_t x64_leave_label(struct x64 *t)
{
    if (!t->leave)
        t->leave = sk_code_label(&t->buf);
    return t->leave;
}

/* Whether instructions at pc and behind only return a constant, and nobody else jumps there:
 * `r0 = imm; exit`. Code that may fault must leave other registers as they are, too. */
int x64_returns_constant(const struct x64 *t, uint32_t pc)
{
    const struct sk_prog *prog = t->prog;
    uint32_t taken = SK_SLOT_TARGET | SK_SLOT_FUNCTION;

    return !x64_has(t, SK_JIT_CHECKED | SK_JIT_METERED | SK_JIT_BLIND) &&
           pc + 1 < prog->count && !((prog->flags[pc] | prog->flags[pc + 1]) & taken) &&
           (prog->insns[pc].op == SK_OP_MOV64_IMM ||
            (prog->insns[pc].op == SK_OP_MOV32_IMM && prog->insns[pc].imm >= 0)) &&
           prog->insns[pc].dst == SK_R0 && prog->insns[pc + 1].op == SK_OP_EXIT;
}

/* Remembers where the function returns r0's constant, if it has one. */
static void note_return(struct x64 *t)
{
    int32_t imm;

    if (!x64_const(t, SK_R0, &imm))
        return;
    t->returns = sk_code_label(&t->buf);
    t->returned = imm;
    sk_code_bind(&t->buf, t->returns);
}

void x64_emit_EXIT(struct x64 *t, const struct sk_insn *i)
{
    t->now = 0;
    note_return(t);
    x64_settle_all(t, sk_live_at_exit(t->survey.faults));
    t->pending = 0;
    (void)i;
    if (t->leave_bound && (t->saved || t->budget || t->frame)) {
        sk_code_jump(&t->buf, X64_JMP, t->leave);
        return;
    }
    if (!t->leave_bound) {
        sk_code_bind(&t->buf, x64_leave_label(t));
        t->leave_bound = 1;
    }
    return_to_caller(t);
}

void x64_function_end(struct x64 *t)
{
    if (t->leave && !t->leave_bound) {
        sk_code_bind(&t->buf, t->leave);
        return_to_caller(t);
    }
    if (t->after_call) {
        sk_code_line(&t->buf, UINT32_MAX);
        sk_code_bind(&t->buf, t->after_call);
        sk_code_jump(&t->buf, X64_CALL,
                     sk_shared_label(&t->buf, t->shared, SK_S_AFTER_CALL));
        x64_unwind(t);
        sk_code_jump(&t->buf, X64_JMP, sk_shared_label(&t->buf, t->shared, SK_S_TAIL));
        x64_unwound(t);
    }
    x64_stubs(t);
}

/* What the gate saves, in this order; then run->native_sp. */
static const uint8_t gate_saves[] = {
    X64_RBP, X64_RBX, X64_R12, X64_R13, X64_R14, X64_R15
};

void x64_in_gate(struct x64 *t)
{
    int32_t depth = 8;

    for (unsigned n = 0; n < SK_LEN(gate_saves); n++) {
        depth += 8;
        sk_code_cfi(&t->buf, SK_CFI_SAVED, x64_dwarf(gate_saves[n]), -depth);
    }
    sk_code_cfi(&t->buf, SK_CFI_CFA_OFFSET, 0, depth + 8);
}

/* void gate(struct sk_run *run, const void *function): see above. */
void x64_gate(struct x64 *t)
{
    start(t);
    if (x64_has(t, SK_JIT_PADS))
        EMIT(t, endbr64);
    for (unsigned n = 0; n < SK_LEN(gate_saves); n++)
        push(t, gate_saves[n]);
    EMIT(t, lea, 64, RUN, x64_at(X64_RDI, X64_RUN_AT));
    EMIT(t, mov_rr, 64, T0, X64_RSI);
    EMIT(t, push_m, X64_AT_RUN(native_sp));
    moved(t, 8);
    EMIT(t, store, 64, X64_AT_RUN(native_sp), X64_RSP);
    for (unsigned r = SK_R1; r < SK_REGS; r++) {
        if (r <= SK_R5 || r == SK_R10)
            EMIT(t, load, 64, x64_home[r], X64_AT_RUN(regs[r]));
        else
            EMIT(t, alu_rr, X64_XOR, 32, x64_home[r], x64_home[r]);
    }
    EMIT(t, alu_rr, X64_XOR, 32, X64_RAX, X64_RAX);
    x64_fuel(t, 0);
    EMIT(t, call_r, T0);
    EMIT(t, store, 64, X64_AT_RUN(regs[SK_R0]), X64_RAX);
    x64_fuel(t, 1);
    t->fault_exit = sk_code_label(&t->buf);
    sk_code_bind(&t->buf, t->fault_exit);
    EMIT(t, pop_m, X64_AT_RUN(native_sp));
    moved(t, -8);
    for (unsigned n = SK_LEN(gate_saves); n-- > 0;)
        pop(t, gate_saves[n]);
    EMIT(t, ret);
}
