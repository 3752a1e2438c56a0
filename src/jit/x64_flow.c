/* Rows that jump, call and return (RFC 9669, 4.3), and where functions begin and end.
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

#include "jit/survey.h"

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
    if (!t->takes_addresses)
        t->has_r10 = t->uses_r10 && f->first == 0;
    if (t->gated)
        t->has_r10 = 0;
    t->frame = t->has_r10 * (t->takes_addresses ? 1 : t->frames) * SK_STACK_BYTES;
    saves = t->has_r10 + t->budget + (uint32_t)__builtin_popcount(t->saved);
    /* behind an even number of 8 bytes, the return address among them, rsp is aligned */
    if (sum.kills & SK_LIVE_CALL && (x64_has(t, SK_JIT_OBJECT) || t->calls_helpers) &&
        saves % 2 == 0)
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

/* Registers become 0, with the flags lost. */
static void clear_registers(struct x64 *t, uint32_t mask)
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
        sk_code_bind(&t->buf, t->tail_entry);
        if (t->prog->tracked && t->gated)
            cleared = tail_entry(t);
    }
    start(t);
    sk_code_bind(&t->buf, t->prog->count + function);
    if (indirect && x64_has(t, SK_JIT_PADS))
        EMIT(t, endbr64);
    open_frame(t);
    save_registers(t);
    if (cleared)
        sk_code_bind(&t->buf, cleared);
    if (t->prog->tracked && x64_has(t, SK_JIT_OBJECT))
        clear_registers(t, sk_unwritten_at_entry(t->prog, function));
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

static uint32_t after_call_label(struct x64 *t)
{
    if (!t->after_call)
        t->after_call = sk_code_label(&t->buf);
    return t->after_call;
}

static uint32_t leave_label(struct x64 *t)
{
    if (!t->leave)
        t->leave = sk_code_label(&t->buf);
    return t->leave;
}

/* Whether instructions at pc and behind only return a constant, and nobody else jumps there:
 * `r0 = imm; exit`. Code that may fault must leave other registers as they are, too. */
static int returns_constant(const struct x64 *t, uint32_t pc)
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
    x64_settle_all(t, sk_live_at_exit(t->faults));
    t->pending = 0;
    (void)i;
    if (t->leave_bound && (t->saved || t->budget || t->frame)) {
        sk_code_jump(&t->buf, X64_JMP, t->leave);
        return;
    }
    if (!t->leave_bound) {
        sk_code_bind(&t->buf, leave_label(t));
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
        sk_code_jump(&t->buf, X64_CALL, x64_shared_label(t, X64_S_AFTER_CALL));
        x64_unwind(t);
        sk_code_jump(&t->buf, X64_JMP, x64_shared_label(t, X64_S_TAIL));
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

/* ---- Jumps -------------------------------------------------------------------------- */

/* Takes fuel, or ends the run with the fault that the row of the instruction has. */
static void charge(struct x64 *t, uint32_t cost)
{
    uint32_t stub = x64_stub(t, X64_S_FAULT_AT, x64_at(X64_NONE, (int32_t)cost));

    EMIT(t, alu_ri, X64_SUB, 64, FUEL, (int32_t)cost);
    sk_code_jump(&t->buf, X64_B, stub);
    EMIT(t, load, 64, T0, X64_AT_RUN(stop));
    EMIT(t, alu_mi, X64_CMP, 32, x64_at(T0, 0), 0);
    sk_code_jump(&t->buf, X64_NE, stub);
}

static int costs(const struct x64 *t, uint32_t target)
{
    return x64_has(t, SK_JIT_METERED) && target <= t->pc;
}

static void jump(struct x64 *t, uint32_t target)
{
    if (costs(t, target))
        charge(t, t->pc + 1 - target);
    sk_code_jump(&t->buf, X64_JMP, target);
}

/* The jump that a condition skips, if the two can be one. */
static const struct sk_insn *skipped_jump(const struct x64 *t, uint32_t target)
{
    const struct sk_prog *prog = t->prog;
    uint32_t pc = t->next;

    if (target != pc + 1 || target >= prog->count || prog->flags[pc] & SK_SLOT_TARGET)
        return NULL;
    if (prog->insns[pc].op != SK_OP_JA && prog->insns[pc].op != SK_OP_JA32)
        return NULL;
    return costs(t, (uint32_t)sk_insn_target(&prog->insns[pc], pc)) ? NULL
                                                                    : &prog->insns[pc];
}

/* What is live where the jump lands comes home; and all that a fault reports, if there may be one
 * for want of fuel. */
static void settle_for(struct x64 *t, uint32_t target)
{
    const struct sk_insn *over = skipped_jump(t, target);

    if (costs(t, target))
        x64_settle_all(t, SK_ALL_REGS);
    x64_settle_all(t, t->live[target].before & t->pending);
    if (over)
        x64_settle_all(t, t->live[sk_insn_target(over, t->next)].before & t->pending);
}

static void jump_always(struct x64 *t, const struct sk_insn *i)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);

    settle_for(t, target);
    t->pending = 0;
    if (target != t->next)
        jump(t, target);
}

void x64_emit_JA(struct x64 *t, const struct sk_insn *i)
{
    jump_always(t, i);
}
void x64_emit_JA32(struct x64 *t, const struct sk_insn *i)
{
    jump_always(t, i);
}

static void jump_if(struct x64 *t, enum x64_cc cc, uint32_t target)
{
    const struct sk_insn *over = skipped_jump(t, target);
    uint32_t skip;

    if (t->returns && target == t->next + 2 && returns_constant(t, t->next) &&
        (int32_t)t->prog->insns[t->next].imm == t->returned) {
        sk_code_jump(&t->buf, (uint8_t)(cc ^ 1), t->returns);
        t->next += 2;
    } else if (over) {
        sk_code_jump(&t->buf, (uint8_t)(cc ^ 1), (uint32_t)sk_insn_target(over, t->next));
        t->next++;
    } else if (costs(t, target)) {
        skip = sk_code_label(&t->buf);
        sk_code_jump(&t->buf, (uint8_t)(cc ^ 1), skip);
        jump(t, target);
        sk_code_bind(&t->buf, skip);
    } else {
        sk_code_jump(&t->buf, (uint8_t)cc, target);
    }
}

static int is_signed(enum x64_cc cc)
{
    return cc >= X64_L;
}

/* 64 bits need not be compared where the upper halves are known to be 0. */
static unsigned narrow(const struct x64 *t, enum x64_cc cc, unsigned w, unsigned r)
{
    int known = !(t->pending >> r & 1) && t->zx >> r & 1;

    return w == 64 && known && !is_signed(cc) ? 32 : w;
}

static void compare_imm(struct x64 *t, const struct sk_insn *i, enum x64_cc cc,
                        unsigned w, int set)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);
    int32_t imm = (int32_t)i->imm;
    unsigned d;

    settle_for(t, target);
    if (imm >= 0)
        w = narrow(t, cc, w, i->dst);
    d = w == 32 ? x64_use32(t, i->dst) : x64_use(t, i->dst);
    if (set)
        EMIT(t, test_ri, w, d, imm);
    else if (!imm)
        EMIT(t, test_rr, w, d, d);
    else
        EMIT(t, alu_ri, X64_CMP, w, d, imm);
    jump_if(t, cc, target);
}

static void compare_reg(struct x64 *t, const struct sk_insn *i, enum x64_cc cc,
                        unsigned w, int set)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);
    unsigned d, s;

    settle_for(t, target);
    x64_settle(t, i->dst);
    x64_settle(t, i->src);
    if (narrow(t, cc, w, i->dst) == 32)
        w = narrow(t, cc, w, i->src);
    d = x64_home[i->dst];
    s = x64_home[i->src];
    if (set)
        EMIT(t, test_rr, w, d, s);
    else
        EMIT(t, alu_rr, X64_CMP, w, d, s);
    jump_if(t, cc, target);
}

#define JCOND(name, cc, set)                                                             \
    void x64_emit_##name##64_IMM(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        compare_imm(t, i, cc, 64, set);                                                  \
    }                                                                                    \
    void x64_emit_##name##32_IMM(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        compare_imm(t, i, cc, 32, set);                                                  \
    }                                                                                    \
    void x64_emit_##name##64_REG(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        compare_reg(t, i, cc, 64, set);                                                  \
    }                                                                                    \
    void x64_emit_##name##32_REG(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        compare_reg(t, i, cc, 32, set);                                                  \
    }
/* name, condition, whether it is of the bits that both have */
#define CONDITIONS(X)                                                                    \
    X(JEQ, X64_E, 0)                                                                     \
    X(JNE, X64_NE, 0)                                                                    \
    X(JSET, X64_NE, 1)                                                                   \
    X(JGT, X64_A, 0)                                                                     \
    X(JGE, X64_AE, 0)                                                                    \
    X(JLT, X64_B, 0)                                                                     \
    X(JLE, X64_BE, 0)                                                                    \
    X(JSGT, X64_G, 0)                                                                    \
    X(JSGE, X64_GE, 0)                                                                   \
    X(JSLT, X64_L, 0)                                                                    \
    X(JSLE, X64_LE, 0)
CONDITIONS(JCOND)

/* The conditions that compare with an immediate; w 0: another row. */
struct condition {
    uint8_t w, cc, set;
};

static const struct condition conditions[SK_OP_COUNT] = {
#define ENTRY(name, cc, set)                                                             \
    [SK_OP_##name##64_IMM] = { 64, cc, set }, [SK_OP_##name##32_IMM] = { 32, cc, set },
    CONDITIONS(ENTRY)
#undef ENTRY
};

/* How many bits of memory to look at instead of the register that `w` bits of it were loaded
 * to; 0: that will not do. */
static unsigned memory_width(const struct condition *c, unsigned w, int32_t imm)
{
    if (c->set && imm >= 0 && imm <= UINT8_MAX)
        return 8;
    if (w > 32 && (c->w == 64 && !(c->set && imm >= 0)))
        return 64;
    if (w > 32 || (w == 32 && c->w == 32))
        return 32;
    /* zeros above what is loaded, so that the immediate must have them too */
    if (imm < 0 || is_signed((enum x64_cc)c->cc))
        return 0;
    if (w == 32)
        return 32;
    return !c->set && imm <= (w == 8 ? UINT8_MAX : INT8_MAX) ? w : 0;
}

int x64_compare_memory(struct x64 *t, const struct sk_insn *load)
{
    const struct sk_insn *i = &t->prog->insns[t->next];
    const struct condition *c = &conditions[i->op];
    uint32_t target, dead = 1u << load->dst;
    int32_t imm = (int32_t)i->imm;
    struct x64_mem m;
    unsigned w;

    if (!c->w || i->dst != load->dst || t->live[t->next].after & dead ||
        x64_has(t, SK_JIT_BLIND))
        return 0;
    target = (uint32_t)sk_insn_target(i, t->next);
    w = memory_width(c, sk_isa[load->op].width, imm);
    if (!w || (x64_has(t, SK_JIT_METERED) && target <= t->next))
        return 0;
    t->pc = t->next++;
    t->now = (t->now & ~dead) | 1u << load->src;
    settle_for(t, target);
    m = x64_address(t, load->src, load->off);
    if (c->set)
        EMIT(t, test_mi, w, m, imm);
    else if (w == 16)
        EMIT(t, cmp16_mi8, m, imm);
    else
        EMIT(t, alu_mi, X64_CMP, w, m, imm);
    t->pending &= ~dead;
    jump_if(t, (enum x64_cc)c->cc, target);
    return 1;
}

/* The budget is on the machine's stack: it belongs to the frame. It is taken from before the
 * jump, as the jump may be merged with the next one: then both ways leave from here. The carry
 * says that it was 0, which adc restores, carrying again. */
void x64_emit_MAY_GOTO(struct x64 *t, const struct sk_insn *i)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);

    settle_for(t, target);
    EMIT(t, load, 32, T0, x64_at(X64_RSP, 0));
    EMIT(t, alu_ri, X64_SUB, 32, T0, 1);
    EMIT(t, alu_ri, X64_ADC, 32, T0, 0);
    EMIT(t, store, 32, x64_at(X64_RSP, 0), T0);
    jump_if(t, X64_B, target);
}

/* ---- Calls -------------------------------------------------------------------------- */

enum { CALL_CLOBBERS = SK_ARG_MASK | 1 << SK_R0 };

/* What is known of registers that a call changes. */
static void after_call(struct x64 *t)
{
    t->pending = 0;
    t->zx &= ~(uint32_t)CALL_CLOBBERS;
    t->zx16 &= ~(uint32_t)CALL_CLOBBERS;
    t->stackish &= ~(uint32_t)CALL_CLOBBERS;
}

/* Whether it is the caller that sets r10. */
static int moves_r10(const struct x64 *t)
{
    return t->uses_r10 && (t->gated || !t->takes_addresses);
}

static void enter_frame(struct x64 *t)
{
    if (x64_has(t, SK_JIT_CHECKED) && (t->prog->tracked || t->uses_r10)) {
        x64_call_shared(t, X64_S_ENTER);
        return;
    }
    if (t->gated)
        EMIT(t, alu_mi, X64_ADD, 32, X64_AT_RUN(depth), 1);
    if (moves_r10(t))
        EMIT(t, alu_ri, X64_SUB, 64, X64_RBP, SK_STACK_BYTES);
}

static void leave_frame(struct x64 *t)
{
    if (x64_has(t, SK_JIT_CHECKED) && t->prog->tracked) {
        x64_call_shared(t, X64_S_LEAVE);
        return;
    }
    if (x64_has(t, SK_JIT_CHECKED) && t->uses_r10) {
        EMIT(t, alu_mi, X64_ADD, 64, X64_AT_RUN(stack_low), SK_STACK_BYTES);
        EMIT(t, alu_mi, X64_SUB, 64, X64_AT_RUN(stack_span), SK_STACK_BYTES);
    }
    if (t->gated)
        EMIT(t, alu_mi, X64_SUB, 32, X64_AT_RUN(depth), 1);
    if (moves_r10(t))
        EMIT(t, alu_ri, X64_ADD, 64, X64_RBP, SK_STACK_BYTES);
}

void x64_emit_CALL_LOCAL(struct x64 *t, const struct sk_insn *i)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);
    uint32_t index = sk_prog_function_of(t->prog, target);
    const struct sk_function *f = &t->prog->functions[index];

    x64_settle_all(t, t->gated ? SK_ALL_REGS : t->now);
    if (t->gated && t->frames > SK_MAX_FRAMES) {
        EMIT(t, alu_mi, X64_CMP, 32, X64_AT_RUN(depth), SK_MAX_FRAMES - 1);
        sk_code_jump(&t->buf, X64_AE, x64_stub(t, X64_S_FAULT_AT, x64_at(X64_NONE, 0)));
    }
    if (x64_has(t, SK_JIT_METERED))
        charge(t, f->end - f->first);
    enter_frame(t);
    sk_code_jump(&t->buf, X64_CALL, t->prog->count + index);
    leave_frame(t);
    after_call(t);
    if (t->prog->tracked && x64_has(t, SK_JIT_OBJECT))
        clear_registers(t, SK_ARG_MASK);
}

/* In object files helpers are C functions, and the linker knows where. */
static void call_c_helper(struct x64 *t, const struct sk_insn *i)
{
    uint32_t id = (uint32_t)i->imm;
    const struct skep_helper *helper = sk_env_helper(t->prog->env, id);
    uint32_t cleared = t->live[t->pc].after & SK_ARG_MASK;

    EMIT(t, b, 0xe8); /* call rel32 */
    sk_code_reloc(&t->buf, SKEP_RELOC_HELPER, id);
    EMIT(t, d, 0);
    if (helper && helper->ret == SKEP_RET_VOID)
        cleared |= 1u << SK_R0;
    after_call(t);
    clear_registers(t, cleared);
}

/* A helper that the code calls itself: x64_helper_label. Registers are then as C leaves them,
 * and become what sk_run_call would leave where somebody reads them. */
static void call_helper_itself(struct x64 *t, const struct skep_helper *helper)
{
    uint32_t index = (uint32_t)(helper - t->prog->env->helpers);

    EMIT(t, mov_ri, T1, t->pc);
    sk_code_jump(&t->buf, X64_CALL, x64_helper_label(t, index));
    EMIT(t, alu_mi, X64_CMP, 32, X64_AT_RUN(call.event), SK_CALL_NOTHING);
    sk_code_jump(&t->buf, X64_NE, after_call_label(t));
    x64_fuel(t, 0);
    after_call(t);
    for (unsigned r = SK_R1; r <= SK_R5; r++)
        x64_set(t, r, 0);
    if (helper->ret == SKEP_RET_VOID)
        x64_set(t, SK_R0, 0);
}

static void call_helper_from_c(struct x64 *t)
{
    uint32_t stub;

    x64_call_shared(t, X64_S_CALL);
    stub = x64_stub(t, X64_S_TAIL, x64_at(X64_NONE, 0));
    EMIT(t, test_rr, 32, T0, T0);
    sk_code_jump(&t->buf, X64_NE, stub);
    after_call(t);
}

void x64_emit_CALL(struct x64 *t, const struct sk_insn *i)
{
    const struct skep_helper *helper = sk_own_call(t->prog, t->mode, i);

    x64_settle_all(t, SK_ALL_REGS);
    if (x64_has(t, SK_JIT_OBJECT))
        call_c_helper(t, i);
    else if (helper)
        call_helper_itself(t, helper);
    else
        call_helper_from_c(t);
}

static void packet_load(struct x64 *t)
{
    x64_settle_all(t, SK_ALL_REGS);
    x64_call_shared(t, X64_S_PACKET);
    EMIT(t, test_rr, 32, T0, T0);
    sk_code_jump(&t->buf, X64_NE, leave_label(t));
    after_call(t);
}

#define PACKET(id)                                                                       \
    void x64_emit_##id(struct x64 *t, const struct sk_insn *i)                           \
    {                                                                                    \
        (void)i;                                                                         \
        packet_load(t);                                                                  \
    }
PACKET(LDABSB)
PACKET(LDABSH)
PACKET(LDABSW)
PACKET(LDINDB)
PACKET(LDINDH)
PACKET(LDINDW)

/* ---- 64-bit immediates, and objects that are not there ------------------------------ */

void x64_emit_LDDW(struct x64 *t, const struct sk_insn *i)
{
    x64_set(t, i->dst, (uint64_t)i->imm);
}

void x64_emit_LDDW_CODE(struct x64 *t, const struct sk_insn *i)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);

    if (!x64_has(t, SK_JIT_OBJECT)) {
        x64_set(t, i->dst, sk_code_address(target));
        return;
    }
    x64_define(t, i->dst);
    sk_code_jump(&t->buf, X64_LEA | x64_home[i->dst],
                 t->prog->count + sk_prog_function_of(t->prog, target));
    x64_defined(t, i->dst, 64);
}

#define NO_OBJECT(id)                                                                    \
    void x64_emit_##id(struct x64 *t, const struct sk_insn *i)                           \
    {                                                                                    \
        (void)i;                                                                         \
        x64_settle_all(t, SK_ALL_REGS);                                                  \
        x64_call_shared(t, X64_S_FAULT_AT);                                              \
        after_call(t);                                                                   \
    }
NO_OBJECT(LDDW_MAP_FD)
NO_OBJECT(LDDW_MAP_VALUE)
NO_OBJECT(LDDW_MAP_IDX)
NO_OBJECT(LDDW_MAP_IDX_VALUE)
NO_OBJECT(LDDW_VAR)
NO_OBJECT(CALL_KFUNC)

/* The decoder refuses these. */
void x64_emit_CALLX(struct x64 *t, const struct sk_insn *i)
{
    (void)t, (void)i;
}
void x64_emit_GOTOX(struct x64 *t, const struct sk_insn *i)
{
    (void)t, (void)i;
}
