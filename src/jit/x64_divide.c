/* Rows that divide (RFC 9669, 4.1). */
#include "jit/divide.h"
#include "jit/x64.h"

/* The machine divides rdx:rax and faults on division by zero and on the one overflow, which
 * are therefore decided before. Values of rax and rdx that live are kept in T1 and as x64_keep
 * does, the divisor is in T0.
 *
 *     unsigned                 signed
 *     d / 0 = 0                d / 0 = 0, d / -1 = -d
 *     d % 0 = d                d % 0 = d, d % -1 = 0 */
struct division {
    unsigned w, d; /* bits, machine register */
    int is_signed, is_mod;
};

static void divide_special(struct x64 *t, const struct division *v, uint32_t done)
{
    uint32_t go = sk_code_label(&t->buf), zero;

    if (!v->is_signed) {
        EMIT(t, test_rr, v->w, T0, T0);
        sk_code_jump(&t->buf, X64_NE, go);
        if (v->is_mod)
            EMIT(t, mov_rr, v->w, v->d, v->d);
        else
            EMIT(t, alu_rr, X64_XOR, 32, v->d, v->d);
        sk_code_jump(&t->buf, X64_JMP, done);
        sk_code_bind(&t->buf, go);
        return;
    }
    zero = sk_code_label(&t->buf);
    EMIT(t, lea, v->w, T1, x64_at(T0, 1)); /* 0 and -1 become 1 and 0 */
    EMIT(t, alu_ri, X64_CMP, v->w, T1, 1);
    sk_code_jump(&t->buf, X64_A, go);
    sk_code_jump(&t->buf, X64_E, zero);
    if (v->is_mod)
        EMIT(t, alu_rr, X64_XOR, 32, v->d, v->d);
    else
        EMIT(t, unary, X64_NEG, v->w, v->d);
    sk_code_jump(&t->buf, X64_JMP, done);
    sk_code_bind(&t->buf, zero);
    if (v->is_mod)
        EMIT(t, mov_rr, v->w, v->d, v->d);
    else
        EMIT(t, alu_rr, X64_XOR, 32, v->d, v->d);
    sk_code_jump(&t->buf, X64_JMP, done);
    sk_code_bind(&t->buf, go);
}

static void divide_machine(struct x64 *t, const struct division *v)
{
    int keep_rax = v->d != X64_RAX, keep_rdx = v->d != X64_RDX;

    if (keep_rax)
        EMIT(t, mov_rr, 64, T1, X64_RAX);
    if (keep_rdx)
        x64_keep(t, SK_R3);
    if (keep_rax)
        EMIT(t, mov_rr, v->w, X64_RAX, v->d);
    if (v->is_signed)
        EMIT(t, cqo, v->w);
    else
        EMIT(t, alu_rr, X64_XOR, 32, X64_RDX, X64_RDX);
    EMIT(t, unary, v->is_signed ? X64_IDIV : X64_DIV, v->w, T0);
    if (v->d != (v->is_mod ? X64_RDX : X64_RAX))
        EMIT(t, mov_rr, v->w, v->d, v->is_mod ? X64_RDX : X64_RAX);
    if (keep_rax)
        EMIT(t, mov_rr, 64, X64_RAX, T1);
    if (keep_rdx)
        x64_give_back(t, SK_R3, X64_RDX, 64);
}

static void divide_reg(struct x64 *t, const struct sk_insn *i, unsigned w, int is_signed,
                       int is_mod)
{
    struct division v = { w, x64_home[i->dst], is_signed, is_mod };
    uint32_t done = sk_code_label(&t->buf);
    unsigned s;

    x64_own(t, i->dst);
    s = w == 32 ? x64_use32(t, i->src) : x64_use(t, i->src);
    EMIT(t, mov_rr, w, T0, s);
    divide_special(t, &v, done);
    divide_machine(t, &v);
    sk_code_bind(&t->buf, done);
    x64_defined(t, i->dst, w);
}

/* T0 = high half of (d >> before) * magic. rdx, and where it takes part rax, come back. */
static void multiply_high(struct x64 *t, unsigned d, const struct sk_divider *by,
                          int is_signed)
{
    int mulx = t->features & SKEP_CPU_BMI2 && !is_signed;
    unsigned factor = mulx ? X64_RDX : X64_RAX;

    x64_keep(t, SK_R3);
    if (!mulx)
        EMIT(t, mov_rr, 64, T0, X64_RAX);
    if (d != factor)
        EMIT(t, mov_rr, 64, factor, d);
    if (by->before)
        EMIT(t, shift_ri, X64_SHR, 64, factor, by->before);
    EMIT(t, mov_ri, T1, by->magic);
    if (mulx) {
        EMIT(t, mulx, 64, T0, T0, T1);
    } else {
        EMIT(t, unary, is_signed ? X64_IMUL : X64_MUL, 64, T1);
        EMIT(t, mov_rr, 64, X64_RAX, T0);
        EMIT(t, mov_rr, 64, T0, X64_RDX);
    }
    x64_give_back(t, SK_R3, X64_RDX, 64);
}

/* T0 = d / imm for a quotient that sk_divider says how to find; 32 bits fit 64-bit products. */
static void quotient32(struct x64 *t, unsigned d, const struct sk_divider *by)
{
    unsigned from = d;

    if (by->before) {
        EMIT(t, mov_rr, 32, T1, d);
        EMIT(t, shift_ri, X64_SHR, 32, T1, by->before);
        from = T1;
    }
    if (by->magic <= INT32_MAX) {
        EMIT(t, mov_rr, 32, T0, from);
        EMIT(t, imul_rri, 64, T0, T0, (int32_t)by->magic);
    } else {
        EMIT(t, mov_ri, T0, by->magic);
        if (from == d) {
            EMIT(t, mov_rr, 32, T1, d);
            from = T1;
        }
        EMIT(t, imul_rr, 64, T0, from);
    }
    if (by->add) { /* (q + ((d - q) >> 1)) */
        EMIT(t, shift_ri, X64_SHR, 64, T0, 32);
        EMIT(t, mov_rr, 32, T1, d);
        EMIT(t, alu_rr, X64_SUB, 32, T1, T0);
        EMIT(t, shift_ri, X64_SHR, 32, T1, 1);
        EMIT(t, alu_rr, X64_ADD, 32, T0, T1);
        if (by->after)
            EMIT(t, shift_ri, X64_SHR, 32, T0, by->after);
    } else {
        EMIT(t, shift_ri, X64_SHR, 64, T0, 32u + by->after);
    }
}

static void quotient64(struct x64 *t, unsigned d, const struct sk_divider *by)
{
    multiply_high(t, d, by, 0);
    if (by->add) {
        EMIT(t, mov_rr, 64, T1, d);
        EMIT(t, alu_rr, X64_SUB, 64, T1, T0);
        EMIT(t, shift_ri, X64_SHR, 64, T1, 1);
        EMIT(t, alu_rr, X64_ADD, 64, T0, T1);
    }
    if (by->after)
        EMIT(t, shift_ri, X64_SHR, 64, T0, by->after);
}

/* T0 = d / by, signed. */
static void signed_quotient(struct x64 *t, unsigned d, unsigned w, int64_t by)
{
    struct sk_divider divider;
    int64_t magic;

    sk_divider_find_signed(&divider, w, by < 0 ? 0 - (uint64_t)by : (uint64_t)by);
    magic = w == 32 ? (int32_t)divider.magic : (int64_t)divider.magic;
    if (w == 64) {
        multiply_high(t, d, &divider, 1);
    } else {
        EMIT(t, movsx, 64, 32, T0, d);
        EMIT(t, imul_rri, 64, T0, T0, (int32_t)magic);
        EMIT(t, shift_ri, X64_SHR, 64, T0, 32);
    }
    if (magic < 0)
        EMIT(t, alu_rr, X64_ADD, w, T0, d);
    if (divider.after)
        EMIT(t, shift_ri, X64_SAR, w, T0, divider.after);
    EMIT(t, mov_rr, w, T1, d);
    EMIT(t, shift_ri, X64_SHR, w, T1, w - 1);
    EMIT(t, alu_rr, X64_ADD, w, T0, T1);
    if (by < 0)
        EMIT(t, unary, X64_NEG, w, T0);
}

/* d = T0, the quotient, or the remainder that belongs to it. */
static void take_quotient(struct x64 *t, unsigned d, unsigned w, int is_mod, int32_t by)
{
    if (!is_mod) {
        EMIT(t, mov_rr, w, d, T0);
        return;
    }
    EMIT(t, imul_rri, w, T0, T0, by);
    EMIT(t, alu_rr, X64_SUB, w, d, T0);
}

/* Signed division by a constant that is neither 0 nor -1. */
static void divide_signed(struct x64 *t, const struct sk_insn *i, unsigned w, int is_mod,
                          int64_t by)
{
    unsigned d = x64_home[i->dst];

    if (by == 1) {
        if (is_mod)
            x64_set(t, i->dst, 0);
        else if (w == 32)
            x64_move32(t, i->dst, i->dst);
        return;
    }
    x64_own(t, i->dst);
    signed_quotient(t, d, w, by);
    take_quotient(t, d, w, is_mod, (int32_t)by);
    x64_defined(t, i->dst, w);
}

/* Division by a constant without the machine's division; 0: that is not done here. */
static int divide_by_constant(struct x64 *t, const struct sk_insn *i, unsigned w,
                              int is_mod)
{
    uint64_t by = w == 32 ? (uint32_t)i->imm : (uint64_t)i->imm;
    unsigned d = x64_home[i->dst];
    struct sk_divider divider;

    if (w == 64 && (int64_t)by < 0)
        return 0;
    if ((by & (by - 1)) == 0) {
        if (is_mod) {
            x64_own(t, i->dst);
            EMIT(t, alu_ri, X64_AND, 32, d, (int32_t)(by - 1));
            x64_defined(t, i->dst, 32);
        } else if (by > 1) {
            x64_shift_lazy(t, X64_SHR, w, i->dst, (unsigned)__builtin_ctzll(by));
        } else {
            if (w == 32)
                x64_move32(t, i->dst, i->dst);
        }
        return 1;
    }
    sk_divider_find(&divider, w, by);
    x64_own(t, i->dst);
    if (w == 32)
        quotient32(t, d, &divider);
    else
        quotient64(t, d, &divider);
    take_quotient(t, d, w, is_mod, (int32_t)by);
    x64_defined(t, i->dst, w);
    return 1;
}

static void divide_imm(struct x64 *t, const struct sk_insn *i, unsigned w, int is_signed,
                       int is_mod)
{
    struct division v = { w, x64_home[i->dst], is_signed, is_mod };
    int64_t by = w == 32 ? (int32_t)i->imm : i->imm;

    if (!by || (is_signed && by == -1)) { /* decided by the RFC, not by the machine */
        int negate = by == -1 && !is_mod, keep = !by && is_mod;

        if (negate) {
            x64_own(t, i->dst);
            EMIT(t, unary, X64_NEG, w, v.d);
            x64_defined(t, i->dst, w);
        } else if (!keep) {
            x64_set(t, i->dst, 0);
        } else if (w == 32) {
            x64_move32(t, i->dst, i->dst);
        }
        return;
    }
    if (is_signed) {
        divide_signed(t, i, w, is_mod, by);
        return;
    }
    if (divide_by_constant(t, i, w, is_mod))
        return;
    x64_own(t, i->dst);
    EMIT(t, mov_ri, T0, w == 32 ? (uint32_t)i->imm : (uint64_t)i->imm);
    divide_machine(t, &v);
    x64_defined(t, i->dst, w);
}

#define DIVIDE(name, is_signed, is_mod)                                                  \
    void x64_emit_##name##64_REG(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        divide_reg(t, i, 64, is_signed, is_mod);                                         \
    }                                                                                    \
    void x64_emit_##name##32_REG(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        divide_reg(t, i, 32, is_signed, is_mod);                                         \
    }                                                                                    \
    void x64_emit_##name##64_IMM(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        divide_imm(t, i, 64, is_signed, is_mod);                                         \
    }                                                                                    \
    void x64_emit_##name##32_IMM(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        divide_imm(t, i, 32, is_signed, is_mod);                                         \
    }
DIVIDE(DIV, 0, 0)
DIVIDE(MOD, 0, 1)
DIVIDE(SDIV, 1, 0)
DIVIDE(SMOD, 1, 1)
