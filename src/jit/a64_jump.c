/* Rows that jump (RFC 9669, 4.3). */
#include "jit/a64.h"

void a64_charge(struct a64 *t, uint32_t cost)
{
    uint32_t stub = a64_stub(t, SK_S_FAULT_AT, a64_nowhere);

    if (a64_fits_imm12(cost)) {
        EMIT(t, subs_imm, true, T0, FUEL, cost);
    } else {
        a64_set(t, T0, cost);
        EMIT(t, subs, true, T0, FUEL, T0);
    }
    EMIT(t, ldr, A64_W, T1, STOP, 0);
    sk_code_jump(&t->buf, A64_CC, stub);
    sk_code_jump(&t->buf, a64_kind_cbnz(0, T1), stub);
    EMIT(t, mov, true, FUEL, T0);
}

static int costs(const struct a64 *t, uint32_t target)
{
    return sk_jump_costs(t->mode, t->pc, target);
}

static void jump(struct a64 *t, uint32_t target)
{
    if (costs(t, target))
        a64_charge(t, t->pc + 1 - target);
    sk_code_jump(&t->buf, A64_B_ALWAYS, target);
}

static void jump_always(struct a64 *t, const struct sk_insn *i)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc);

    if (target != t->next)
        jump(t, target);
}

void a64_emit_JA(struct a64 *t, const struct sk_insn *i)
{
    jump_always(t, i);
}
void a64_emit_JA32(struct a64 *t, const struct sk_insn *i)
{
    jump_always(t, i);
}

/* Jumps where the instruction says, if the condition of `kind` holds. */
static void jump_if(struct a64 *t, const struct sk_insn *i, uint16_t kind)
{
    uint32_t target = (uint32_t)sk_insn_target(i, t->pc), skip;
    const struct sk_insn *over = sk_skipped_jump(t->prog, t->mode, t->next, target);

    if (over) {
        sk_code_jump(&t->buf, kind ^ 1u, (uint32_t)sk_insn_target(over, t->next));
        t->next++;
    } else if (costs(t, target)) {
        skip = sk_code_label(&t->buf);
        sk_code_jump(&t->buf, kind ^ 1u, skip);
        jump(t, target);
        sk_code_bind(&t->buf, skip);
    } else {
        sk_code_jump(&t->buf, kind, target);
    }
}

/* ---- Conditions --------------------------------------------------------------------- */

/* Comparisons with 0, 1 and -1 that are one look at the register: writes the jump's kind. */
static int look_kind(int x, enum a64_cond cond, unsigned d, int64_t imm, uint16_t *kind)
{
    uint16_t zero = a64_kind_cbz(x, d), not_zero = a64_kind_cbnz(x, d);
    uint16_t minus = a64_kind_tbnz(d, x ? 63 : 31), plus = a64_kind_tbz(d, x ? 63 : 31);

    if (imm == 0 && (cond == A64_EQ || cond == A64_LS))
        *kind = zero;
    else if (imm == 0 && (cond == A64_NE || cond == A64_HI))
        *kind = not_zero;
    else if (imm == 1 && cond == A64_CC)
        *kind = zero;
    else if (imm == 1 && cond == A64_CS)
        *kind = not_zero;
    else if ((imm == 0 && cond == A64_LT) || (imm == -1 && cond == A64_LE))
        *kind = minus;
    else if ((imm == 0 && cond == A64_GE) || (imm == -1 && cond == A64_GT))
        *kind = plus;
    else
        return 0;
    return 1;
}

static void compare_imm(struct a64 *t, const struct sk_insn *i, int x, enum a64_cond cond)
{
    unsigned d = a64_home[i->dst];
    uint16_t kind = (uint16_t)cond;

    if (!look_kind(x, cond, d, i->imm, &kind))
        a64_compare_const(t, x, d, i->imm);
    jump_if(t, i, kind);
}

static void compare_reg(struct a64 *t, const struct sk_insn *i, int x, enum a64_cond cond)
{
    EMIT(t, cmp, x, a64_home[i->dst], a64_home[i->src]);
    jump_if(t, i, (uint16_t)cond);
}

#define JCOND(name, cond)                                                                \
    void a64_emit_##name##64_IMM(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        compare_imm(t, i, 1, cond);                                                      \
    }                                                                                    \
    void a64_emit_##name##32_IMM(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        compare_imm(t, i, 0, cond);                                                      \
    }                                                                                    \
    void a64_emit_##name##64_REG(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        compare_reg(t, i, 1, cond);                                                      \
    }                                                                                    \
    void a64_emit_##name##32_REG(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        compare_reg(t, i, 0, cond);                                                      \
    }
JCOND(JEQ, A64_EQ)
JCOND(JNE, A64_NE)
JCOND(JGT, A64_HI)
JCOND(JGE, A64_CS)
JCOND(JLT, A64_CC)
JCOND(JLE, A64_LS)
JCOND(JSGT, A64_GT)
JCOND(JSGE, A64_GE)
JCOND(JSLT, A64_LT)
JCOND(JSLE, A64_LE)

static void test_imm(struct a64 *t, const struct sk_insn *i, int x)
{
    uint64_t imm = x ? (uint64_t)i->imm : (uint32_t)i->imm;
    unsigned d = a64_home[i->dst];
    uint32_t field;

    if (imm && (imm & (imm - 1)) == 0) {
        jump_if(t, i, a64_kind_tbnz(d, (unsigned)__builtin_ctzll(imm)));
    } else if (a64_logical_imm(x ? 64 : 32, imm, &field)) {
        EMIT(t, tst_imm, x, d, field);
        jump_if(t, i, A64_NE);
    } else {
        EMIT(t, tst, x, d, a64_const(t, imm));
        jump_if(t, i, A64_NE);
    }
}

static void test_reg(struct a64 *t, const struct sk_insn *i, int x)
{
    EMIT(t, tst, x, a64_home[i->dst], a64_home[i->src]);
    jump_if(t, i, A64_NE);
}

void a64_emit_JSET64_IMM(struct a64 *t, const struct sk_insn *i)
{
    test_imm(t, i, 1);
}
void a64_emit_JSET32_IMM(struct a64 *t, const struct sk_insn *i)
{
    test_imm(t, i, 0);
}
void a64_emit_JSET64_REG(struct a64 *t, const struct sk_insn *i)
{
    test_reg(t, i, 1);
}
void a64_emit_JSET32_REG(struct a64 *t, const struct sk_insn *i)
{
    test_reg(t, i, 0);
}

/* The budget is on the machine's stack: it belongs to the frame. It is taken from before the
 * jump, as the jump may be merged with the next one: then both ways leave from here. */
void a64_emit_MAY_GOTO(struct a64 *t, const struct sk_insn *i)
{
    EMIT(t, ldr, A64_W, T2, A64_SP, 0);
    EMIT(t, subs_imm, false, T2, T2, 1);
    EMIT(t, csel, false, T2, T2, A64_ZR, A64_CS); /* not below 0 */
    EMIT(t, str, A64_W, T2, A64_SP, 0);
    jump_if(t, i, A64_CC);
}
