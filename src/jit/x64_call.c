/* Rows that call (RFC 9669, 4.3.1), packet loads, and objects. */
#include "jit/x64.h"

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

static void enter_frame(struct x64 *t)
{
    if (x64_has(t, SK_JIT_CHECKED) && (t->prog->tracked || t->survey.uses_r10)) {
        x64_call_shared(t, SK_S_ENTER);
        return;
    }
    if (t->survey.gated)
        EMIT(t, alu_mi, X64_ADD, 32, X64_AT_RUN(depth), 1);
    if (sk_moves_r10(&t->survey))
        EMIT(t, alu_ri, X64_SUB, 64, X64_RBP, SK_STACK_BYTES);
}

static void leave_frame(struct x64 *t)
{
    if (x64_has(t, SK_JIT_CHECKED) && t->prog->tracked) {
        x64_call_shared(t, SK_S_LEAVE);
        return;
    }
    if (x64_has(t, SK_JIT_CHECKED) && t->survey.uses_r10) {
        EMIT(t, alu_mi, X64_ADD, 64, X64_AT_RUN(stack_low), SK_STACK_BYTES);
        EMIT(t, alu_mi, X64_SUB, 64, X64_AT_RUN(stack_span), SK_STACK_BYTES);
    }
    if (t->survey.gated)
        EMIT(t, alu_mi, X64_SUB, 32, X64_AT_RUN(depth), 1);
    if (sk_moves_r10(&t->survey))
        EMIT(t, alu_ri, X64_ADD, 64, X64_RBP, SK_STACK_BYTES);
}

void x64_emit_CALL_LOCAL(struct x64 *t, const struct sk_insn *i)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);
    uint32_t index = sk_prog_function_of(t->prog, target);

    x64_settle_all(t, t->survey.gated ? SK_ALL_REGS : t->now);
    if (t->survey.gated && t->survey.frames > SK_MAX_FRAMES) {
        EMIT(t, alu_mi, X64_CMP, 32, X64_AT_RUN(depth), SK_MAX_FRAMES - 1);
        sk_code_jump(&t->buf, X64_AE, x64_stub(t, SK_S_FAULT_AT, x64_at(X64_NONE, 0)));
    }
    if (x64_has(t, SK_JIT_METERED))
        x64_charge(t, sk_prog_function_slots(t->prog, target));
    enter_frame(t);
    sk_code_jump(&t->buf, X64_CALL, sk_label_function(t->prog, index));
    leave_frame(t);
    after_call(t);
    if (t->prog->tracked && x64_has(t, SK_JIT_OBJECT))
        x64_clear(t, SK_ARG_MASK);
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
    x64_clear(t, cleared);
}

/* A helper that the code calls itself: x64_helper_label. Registers are then as C leaves them,
 * and become what sk_run_call would leave where somebody reads them. */
static void call_helper_itself(struct x64 *t, const struct skep_helper *helper)
{
    uint32_t index = (uint32_t)(helper - t->prog->env->helpers);

    EMIT(t, mov_ri, T1, t->pc);
    sk_code_jump(&t->buf, X64_CALL, x64_helper_label(t, index));
    EMIT(t, alu_mi, X64_CMP, 32, X64_AT_RUN(call.event), SK_CALL_NOTHING);
    sk_code_jump(&t->buf, X64_NE, x64_after_call_label(t));
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

    x64_call_shared(t, SK_S_CALL);
    stub = x64_stub(t, SK_S_TAIL, x64_at(X64_NONE, 0));
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
    x64_call_shared(t, SK_S_PACKET);
    EMIT(t, test_rr, 32, T0, T0);
    sk_code_jump(&t->buf, X64_NE, x64_leave_label(t));
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
                 sk_label_function(t->prog, sk_prog_function_of(t->prog, target)));
    x64_defined(t, i->dst, 64);
}

#define NO_OBJECT(id)                                                                    \
    void x64_emit_##id(struct x64 *t, const struct sk_insn *i)                           \
    {                                                                                    \
        (void)i;                                                                         \
        x64_settle_all(t, SK_ALL_REGS);                                                  \
        x64_call_shared(t, SK_S_FAULT_AT);                                               \
        after_call(t);                                                                   \
    }
NO_OBJECT(LDDW_MAP_FD) /* those that are there became LDDW */
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
