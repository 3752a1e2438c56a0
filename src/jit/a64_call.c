/* Rows that call (RFC 9669, 4.3.1), packet loads, and objects. */
#include "jit/a64.h"

/* ---- Calls -------------------------------------------------------------------------- */

/* A counter of the run moves by `by`. */
static void move_counter(struct a64 *t, enum a64_size size, struct a64_place place,
                         int by)
{
    a64_load(t, size, T0, place);
    a64_add_const(t, size == A64_X, T0, T0, by);
    a64_store(t, size, T0, place);
}

static void move_r10(struct a64 *t, int by)
{
    a64_add_const(t, 1, a64_home[SK_R10], a64_home[SK_R10], by);
    a64_add_const(t, 1, LOW, LOW, by);
}

static void enter_frame(struct a64 *t)
{
    if (a64_has(t, SK_JIT_CHECKED) && (t->prog->tracked || t->survey.uses_r10)) {
        a64_call_shared(t, SK_S_ENTER);
        return;
    }
    if (t->survey.gated)
        move_counter(t, A64_W, A64_AT_RUN(depth), 1);
    if (sk_moves_r10(&t->survey))
        move_r10(t, -SK_STACK_BYTES);
}

static void leave_frame(struct a64 *t)
{
    if (a64_has(t, SK_JIT_CHECKED) && t->prog->tracked) {
        a64_call_shared(t, SK_S_LEAVE);
        return;
    }
    if (a64_has(t, SK_JIT_CHECKED) && t->survey.uses_r10) {
        move_counter(t, A64_X, A64_AT_RUN(stack_low), SK_STACK_BYTES);
        move_counter(t, A64_X, A64_AT_RUN(stack_span), -SK_STACK_BYTES);
    }
    if (t->survey.gated)
        move_counter(t, A64_W, A64_AT_RUN(depth), -1);
    if (sk_moves_r10(&t->survey))
        move_r10(t, SK_STACK_BYTES);
    else
        a64_find_low(t);
}

void a64_emit_CALL_LOCAL(struct a64 *t, const struct sk_insn *i)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);
    uint32_t index = sk_prog_function_of(t->prog, target);

    if (t->survey.gated && t->survey.frames > SK_MAX_FRAMES) {
        a64_load(t, A64_W, T0, A64_AT_RUN(depth));
        EMIT(t, cmp_imm, false, T0, SK_MAX_FRAMES - 1);
        sk_code_jump(&t->buf, A64_CS, a64_stub(t, SK_S_FAULT_AT, a64_nowhere));
    }
    if (a64_has(t, SK_JIT_METERED))
        a64_charge(t, sk_prog_function_slots(t->prog, target));
    enter_frame(t);
    sk_code_jump(&t->buf, A64_BL, sk_label_function(t->prog, index));
    t->kept_known = 0;
    leave_frame(t);
    if (t->prog->tracked && a64_has(t, SK_JIT_OBJECT))
        a64_clear(t, SK_ARG_MASK);
}

/* In object files helpers are C functions, and the linker knows where. */
static void call_c_helper(struct a64 *t, const struct sk_insn *i)
{
    uint32_t id = (uint32_t)i->imm;
    const struct skep_helper *helper = sk_env_helper(t->prog->env, id);

    sk_code_reloc(&t->buf, SKEP_RELOC_HELPER, id);
    EMIT(t, bl, 0);
    if (helper && helper->ret == SKEP_RET_VOID)
        a64_set(t, a64_home[SK_R0], 0);
    else
        EMIT(t, mov, true, a64_home[SK_R0], 0);
    t->kept_known = 0;
    a64_find_low(t);
    a64_clear(t, t->live[t->pc].after & SK_ARG_MASK);
}

/* A helper that the code calls itself: a64_helper_label. r1 to r5 become 0 where somebody reads
 * them. */
static void call_helper_itself(struct a64 *t, const struct skep_helper *helper)
{
    uint32_t index = (uint32_t)(helper - t->prog->env->helpers);

    a64_set(t, T2, t->pc);
    sk_code_jump(&t->buf, A64_BL, a64_helper_label(t, index));
    sk_code_jump(&t->buf, a64_kind_cbnz(0, T0), a64_after_call_label(t));
    t->kept_known = 0;
    a64_clear(t, t->live[t->pc].after & SK_ARG_MASK);
}

static void call_helper_from_c(struct a64 *t)
{
    a64_call_shared(t, SK_S_CALL);
    sk_code_jump(&t->buf, a64_kind_cbnz(0, T0), a64_stub(t, SK_S_TAIL, a64_nowhere));
}

void a64_emit_CALL(struct a64 *t, const struct sk_insn *i)
{
    const struct skep_helper *helper = sk_own_call(t->prog, t->mode, i);

    if (a64_has(t, SK_JIT_OBJECT))
        call_c_helper(t, i);
    else if (helper)
        call_helper_itself(t, helper);
    else
        call_helper_from_c(t);
}

static void packet_load(struct a64 *t)
{
    a64_call_shared(t, SK_S_PACKET);
    sk_code_jump(&t->buf, a64_kind_cbnz(0, T0), a64_leave_label(t));
}

#define PACKET(id)                                                                       \
    void a64_emit_##id(struct a64 *t, const struct sk_insn *i)                           \
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

void a64_emit_LDDW(struct a64 *t, const struct sk_insn *i)
{
    a64_set(t, a64_home[i->dst], (uint64_t)i->imm);
}

void a64_emit_LDDW_CODE(struct a64 *t, const struct sk_insn *i)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);

    if (a64_has(t, SK_JIT_OBJECT))
        sk_code_jump(&t->buf, A64_ADDRESS | a64_home[i->dst],
                     sk_label_function(t->prog, sk_prog_function_of(t->prog, target)));
    else
        a64_set(t, a64_home[i->dst], sk_code_address(target));
}

#define NO_OBJECT(id)                                                                    \
    void a64_emit_##id(struct a64 *t, const struct sk_insn *i)                           \
    {                                                                                    \
        (void)i;                                                                         \
        a64_call_shared(t, SK_S_FAULT_AT);                                               \
    }
NO_OBJECT(LDDW_MAP_FD) /* those that are there became LDDW */
NO_OBJECT(LDDW_MAP_VALUE)
NO_OBJECT(LDDW_MAP_IDX)
NO_OBJECT(LDDW_MAP_IDX_VALUE)
NO_OBJECT(LDDW_VAR)
NO_OBJECT(CALL_KFUNC)

/* The decoder refuses these. */
void a64_emit_CALLX(struct a64 *t, const struct sk_insn *i)
{
    (void)t, (void)i;
}
void a64_emit_GOTOX(struct a64 *t, const struct sk_insn *i)
{
    (void)t, (void)i;
}
