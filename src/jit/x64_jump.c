/* Rows that jump (RFC 9669, 4.3). */
#include "jit/x64.h"

void x64_charge(struct x64 *t, uint32_t cost)
{
    uint32_t stub = x64_stub(t, SK_S_FAULT_AT, x64_at(X64_NONE, (int32_t)cost));

    EMIT(t, alu_ri, X64_SUB, 64, FUEL, (int32_t)cost);
    sk_code_jump(&t->buf, X64_B, stub);
    EMIT(t, load, 64, T0, X64_AT_RUN(stop));
    EMIT(t, alu_mi, X64_CMP, 32, x64_at(T0, 0), 0);
    sk_code_jump(&t->buf, X64_NE, stub);
}

static int costs(const struct x64 *t, uint32_t target)
{
    return sk_jump_costs(t->mode, t->pc, target);
}

static void jump(struct x64 *t, uint32_t target)
{
    if (costs(t, target))
        x64_charge(t, t->pc + 1 - target);
    sk_code_jump(&t->buf, X64_JMP, target);
}

/* What is live where the jump lands comes home; and all that a fault reports, if there may be one
 * for want of fuel. */
static void settle_for(struct x64 *t, uint32_t target)
{
    const struct sk_insn *over = sk_skipped_jump(t->prog, t->mode, t->next, target);

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
    const struct sk_insn *over = sk_skipped_jump(t->prog, t->mode, t->next, target);
    uint32_t skip;

    if (t->returns && target == t->next + 2 && x64_returns_constant(t, t->next) &&
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
