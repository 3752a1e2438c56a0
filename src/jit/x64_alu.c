/* Rows of arithmetic (RFC 9669, 4.1 and 4.2). */
#include "jit/divide.h"
#include "jit/x64.h"

/* ---- Moves -------------------------------------------------------------------------- */

void x64_emit_MOV64_IMM(struct x64 *t, const struct sk_insn *i)
{
    x64_set(t, i->dst, (uint64_t)i->imm);
}

void x64_emit_MOV32_IMM(struct x64 *t, const struct sk_insn *i)
{
    x64_set(t, i->dst, (uint32_t)i->imm);
}

void x64_emit_MOV64_REG(struct x64 *t, const struct sk_insn *i)
{
    x64_move(t, i->dst, i->src);
}

void x64_emit_MOV32_REG(struct x64 *t, const struct sk_insn *i)
{
    x64_move32(t, i->dst, i->src);
}

/* Without an arena the address space begins at 0. */
void x64_emit_ADDR_SPACE_CAST(struct x64 *t, const struct sk_insn *i)
{
    x64_move32(t, i->dst, i->src);
}

static void sign_extend(struct x64 *t, const struct sk_insn *i, unsigned w, unsigned from)
{
    unsigned s;

    x64_vacate(t, i->dst);
    s = x64_use32(t, i->src);
    x64_define(t, i->dst);
    EMIT(t, movsx, w, from, x64_home[i->dst], s);
    x64_defined(t, i->dst, w);
}

#define MOVSX(id, w, from)                                                               \
    void x64_emit_##id(struct x64 *t, const struct sk_insn *i)                           \
    {                                                                                    \
        sign_extend(t, i, w, from);                                                      \
    }
MOVSX(MOVSX8_64, 64, 8)
MOVSX(MOVSX16_64, 64, 16)
MOVSX(MOVSX32_64, 64, 32)
MOVSX(MOVSX8_32, 32, 8)
MOVSX(MOVSX16_32, 32, 16)

/* ---- Two operands ------------------------------------------------------------------- */

/* d = op(d, s) for operations of x64_alu, in place. */
static void alu_reg(struct x64 *t, enum x64_alu op, unsigned w, unsigned d, unsigned s)
{
    uint32_t zx, zx16;
    unsigned from;
    int32_t imm;

    x64_own(t, d);
    if (x64_const(t, s, &imm)) {
        EMIT(t, alu_ri, op, w, x64_home[d], imm);
        x64_defined(t, d, w);
        return;
    }
    from = w == 32 ? x64_use32(t, s) : x64_use(t, s);
    zx = t->zx & 1u << d;
    zx16 = t->zx16 & 1u << d;
    if (w == 64 && zx &&
        (op == X64_AND ||
         (op != X64_ADD && op != X64_SUB && t->zx >> s & 1 && from == x64_home[s])))
        w = 32; /* the upper halves are 0, and so is the result's */
    EMIT(t, alu_rr, op, w, x64_home[d], from);
    x64_defined(t, d, w);
    if (op == X64_AND)
        t->zx |= zx, t->zx16 |= zx16;
}

static void and_imm(struct x64 *t, unsigned w, unsigned d, int32_t imm)
{
    uint32_t zx16;

    if (imm == 0xff || imm == 0xffff) {
        unsigned s;

        x64_vacate(t, d);
        s = x64_use32(t, d);
        x64_define(t, d);
        EMIT(t, movzx, imm == 0xff ? 8 : 16, x64_home[d], s);
        x64_defined(t, d, 16);
        return;
    }
    x64_own(t, d);
    zx16 = t->zx16 & 1u << d;
    if (imm >= 0)
        w = 32;
    EMIT(t, alu_ri, X64_AND, w, x64_home[d], imm);
    x64_defined(t, d, imm >= 0 && imm <= 0xffff ? 16 : w);
    t->zx16 |= zx16;
}

static void alu_imm(struct x64 *t, enum x64_alu op, unsigned w, unsigned d, int32_t imm)
{
    x64_own(t, d);
    if (op == X64_XOR && imm == -1)
        EMIT(t, unary, X64_NOT, w, x64_home[d]);
    else
        EMIT(t, alu_ri, op, w, x64_home[d], imm);
    x64_defined(t, d, w);
}

void x64_emit_ADD64_IMM(struct x64 *t, const struct sk_insn *i)
{
    x64_add_imm(t, i->dst, (int32_t)i->imm);
}

void x64_emit_SUB64_IMM(struct x64 *t, const struct sk_insn *i)
{
    if (i->imm != INT32_MIN)
        x64_add_imm(t, i->dst, (int32_t)-i->imm);
    else
        alu_imm(t, X64_SUB, 64, i->dst, INT32_MIN);
}

void x64_emit_ADD64_REG(struct x64 *t, const struct sk_insn *i)
{
    int32_t imm;

    if (x64_const(t, i->src, &imm)) {
        x64_add_imm(t, i->dst, imm);
        return;
    }
    if (!x64_rotate(t, 64, i->dst, i->src) && !x64_add_lazy(t, i->dst, i->src))
        alu_reg(t, X64_ADD, 64, i->dst, i->src);
}

/* 32-bit sums go through lea where that saves a move. */
static void add32(struct x64 *t, unsigned d, int32_t imm)
{
    unsigned s;

    x64_vacate(t, d);
    s = x64_use32(t, d);
    x64_define(t, d);
    if (s != x64_home[d])
        EMIT(t, lea, 32, x64_home[d], x64_at(s, imm));
    else if (imm == 1)
        EMIT(t, inc, 32, s);
    else if (imm == -1)
        EMIT(t, dec, 32, s);
    else if (imm == 128)
        EMIT(t, alu_ri, X64_SUB, 32, s, -128);
    else
        EMIT(t, alu_ri, X64_ADD, 32, s, imm);
    x64_defined(t, d, 32);
}

void x64_emit_ADD32_IMM(struct x64 *t, const struct sk_insn *i)
{
    add32(t, i->dst, (int32_t)i->imm);
}

void x64_emit_SUB32_IMM(struct x64 *t, const struct sk_insn *i)
{
    add32(t, i->dst, (int32_t)(0 - (uint32_t)i->imm));
}

void x64_emit_ADD32_REG(struct x64 *t, const struct sk_insn *i)
{
    if (!x64_rotate(t, 32, i->dst, i->src))
        alu_reg(t, X64_ADD, 32, i->dst, i->src);
}

void x64_emit_SUB64_REG(struct x64 *t, const struct sk_insn *i)
{
    alu_reg(t, X64_SUB, 64, i->dst, i->src);
}

void x64_emit_SUB32_REG(struct x64 *t, const struct sk_insn *i)
{
    alu_reg(t, X64_SUB, 32, i->dst, i->src);
}

#define BITS(name, op)                                                                   \
    void x64_emit_##name##64_REG(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        if (op == X64_AND || !x64_rotate(t, 64, i->dst, i->src))                         \
            alu_reg(t, op, 64, i->dst, i->src);                                          \
    }                                                                                    \
    void x64_emit_##name##32_REG(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        if (op == X64_AND || !x64_rotate(t, 32, i->dst, i->src))                         \
            alu_reg(t, op, 32, i->dst, i->src);                                          \
    }
BITS(OR, X64_OR)
BITS(XOR, X64_XOR)
BITS(AND, X64_AND)

/* d = ~d for nothing but the next instruction's `and`. */
static int and_not(struct x64 *t, const struct sk_insn *i, unsigned w)
{
    const struct sk_insn *then = x64_follower(t);
    unsigned d = i->dst, other, n, s;

    if (!(t->features & SKEP_CPU_BMI1) || i->imm != -1 || !then ||
        then->src == then->dst ||
        then->op != (w == 64 ? SK_OP_AND64_REG : SK_OP_AND32_REG))
        return 0;
    other = then->dst == d ? then->src : then->dst;
    if (then->dst != d && (then->src != d || t->live[t->next].after >> d & 1))
        return 0;
    t->now = t->live[t->next].after | 1u << d | 1u << other;
    x64_vacate(t, then->dst);
    x64_use(t, d), x64_use(t, other); /* may move each other */
    n = x64_use(t, d);
    s = x64_use(t, other);
    x64_define(t, then->dst);
    EMIT(t, andn, w, x64_home[then->dst], n, s);
    x64_defined(t, then->dst, w);
    t->pending &= ~(1u << d);
    t->next++;
    return 1;
}

void x64_emit_OR64_IMM(struct x64 *t, const struct sk_insn *i)
{
    alu_imm(t, X64_OR, 64, i->dst, (int32_t)i->imm);
}

void x64_emit_OR32_IMM(struct x64 *t, const struct sk_insn *i)
{
    alu_imm(t, X64_OR, 32, i->dst, (int32_t)i->imm);
}

void x64_emit_XOR64_IMM(struct x64 *t, const struct sk_insn *i)
{
    if (!and_not(t, i, 64))
        alu_imm(t, X64_XOR, 64, i->dst, (int32_t)i->imm);
}

void x64_emit_XOR32_IMM(struct x64 *t, const struct sk_insn *i)
{
    if (!and_not(t, i, 32))
        alu_imm(t, X64_XOR, 32, i->dst, (int32_t)i->imm);
}

void x64_emit_AND64_IMM(struct x64 *t, const struct sk_insn *i)
{
    and_imm(t, 64, i->dst, (int32_t)i->imm);
}

void x64_emit_AND32_IMM(struct x64 *t, const struct sk_insn *i)
{
    and_imm(t, 32, i->dst, (int32_t)i->imm);
}

/* ---- Multiplication ----------------------------------------------------------------- */

static void mul_reg(struct x64 *t, const struct sk_insn *i, unsigned w)
{
    unsigned s;

    x64_own(t, i->dst);
    s = w == 32 ? x64_use32(t, i->src) : x64_use(t, i->src);
    EMIT(t, imul_rr, w, x64_home[i->dst], s);
    x64_defined(t, i->dst, w);
}

static void mul_imm(struct x64 *t, const struct sk_insn *i, unsigned w)
{
    unsigned d = x64_home[i->dst], s;
    int32_t imm = (int32_t)i->imm;

    if (imm > 0 && (imm & (imm - 1)) == 0) {
        x64_shift_lazy(t, X64_SHL, w, i->dst, (unsigned)__builtin_ctz((unsigned)imm));
        return;
    }
    x64_vacate(t, i->dst);
    s = w == 32 ? x64_use32(t, i->dst) : x64_use(t, i->dst);
    x64_define(t, i->dst);
    if (imm == 3 || imm == 5 || imm == 9)
        EMIT(t, lea, w, d,
             ((struct x64_mem){ (uint8_t)s, (uint8_t)s,
                                (uint8_t)(imm == 3   ? 1
                                          : imm == 5 ? 2
                                                     : 3),
                                0 }));
    else
        EMIT(t, imul_rri, w, d, s, imm);
    x64_defined(t, i->dst, w);
}

void x64_emit_MUL64_REG(struct x64 *t, const struct sk_insn *i)
{
    mul_reg(t, i, 64);
}
void x64_emit_MUL32_REG(struct x64 *t, const struct sk_insn *i)
{
    mul_reg(t, i, 32);
}
void x64_emit_MUL64_IMM(struct x64 *t, const struct sk_insn *i)
{
    mul_imm(t, i, 64);
}
void x64_emit_MUL32_IMM(struct x64 *t, const struct sk_insn *i)
{
    mul_imm(t, i, 32);
}

/* ---- Division ----------------------------------------------------------------------- */

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

/* T0 = high half of (d >> before) * magic. rdx, and without BMI2 rax, come back. */
static void multiply_high(struct x64 *t, unsigned d, const struct sk_divider *by)
{
    int mulx = (t->features & SKEP_CPU_BMI2) != 0;
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
        EMIT(t, unary, X64_MUL, 64, T1);
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
    multiply_high(t, d, by);
    if (by->add) {
        EMIT(t, mov_rr, 64, T1, d);
        EMIT(t, alu_rr, X64_SUB, 64, T1, T0);
        EMIT(t, shift_ri, X64_SHR, 64, T1, 1);
        EMIT(t, alu_rr, X64_ADD, 64, T0, T1);
    }
    if (by->after)
        EMIT(t, shift_ri, X64_SHR, 64, T0, by->after);
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
    if (!is_mod) {
        EMIT(t, mov_rr, w, d, T0);
    } else {
        EMIT(t, imul_rri, w, T0, T0, (int32_t)by);
        EMIT(t, alu_rr, X64_SUB, w, d, T0);
    }
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
    if (!is_signed && divide_by_constant(t, i, w, is_mod))
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

/* ---- Shifts ------------------------------------------------------------------------- */

static void shift_imm(struct x64 *t, enum x64_shift op, unsigned w,
                      const struct sk_insn *i)
{
    unsigned n = (unsigned)i->imm & (w - 1);

    if (!n) {
        if (w == 32)
            x64_move32(t, i->dst, i->dst);
        return;
    }
    if (op != X64_SAR) {
        x64_shift_lazy(t, op, w, i->dst, n);
        return;
    }
    x64_own(t, i->dst);
    EMIT(t, shift_ri, X64_SAR, w, x64_home[i->dst], n);
    x64_defined(t, i->dst, w);
}

/* Without BMI2 the count has to be in cl, whose register may be anything's home. */
static void shift_by_cl(struct x64 *t, enum x64_shift op, unsigned w, unsigned d,
                        unsigned n)
{
    if (n == X64_RCX && d != X64_RCX) {
        EMIT(t, shift_cl, op, w, d);
        return;
    }
    EMIT(t, mov_rr, 64, T0, X64_RCX);
    if (d == X64_RCX) {
        EMIT(t, mov_rr, 64, T1, X64_RCX);
        if (n != X64_RCX)
            EMIT(t, mov_rr, 32, X64_RCX, n);
        EMIT(t, shift_cl, op, w, T1);
        EMIT(t, mov_rr, 64, X64_RCX, T1);
        return;
    }
    EMIT(t, mov_rr, 32, X64_RCX, n);
    EMIT(t, shift_cl, op, w, d);
    EMIT(t, mov_rr, 64, X64_RCX, T0);
}

static void shift_reg(struct x64 *t, enum x64_shift op, unsigned w,
                      const struct sk_insn *i)
{
    unsigned d = x64_home[i->dst], n;

    x64_own(t, i->dst);
    n = x64_use32(t, i->src);
    if (t->features & SKEP_CPU_BMI2)
        EMIT(t, shiftx, op, w, d, d, n);
    else
        shift_by_cl(t, op, w, d, n);
    x64_defined(t, i->dst, w);
}

#define SHIFT(name, op)                                                                  \
    void x64_emit_##name##64_IMM(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        shift_imm(t, op, 64, i);                                                         \
    }                                                                                    \
    void x64_emit_##name##32_IMM(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        shift_imm(t, op, 32, i);                                                         \
    }                                                                                    \
    void x64_emit_##name##64_REG(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        shift_reg(t, op, 64, i);                                                         \
    }                                                                                    \
    void x64_emit_##name##32_REG(struct x64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        shift_reg(t, op, 32, i);                                                         \
    }
SHIFT(LSH, X64_SHL)
SHIFT(RSH, X64_SHR)
SHIFT(ARSH, X64_SAR)

/* ---- One operand -------------------------------------------------------------------- */

static void negate(struct x64 *t, const struct sk_insn *i, unsigned w)
{
    x64_own(t, i->dst);
    EMIT(t, unary, X64_NEG, w, x64_home[i->dst]);
    x64_defined(t, i->dst, w);
}

void x64_emit_NEG64(struct x64 *t, const struct sk_insn *i)
{
    negate(t, i, 64);
}
void x64_emit_NEG32(struct x64 *t, const struct sk_insn *i)
{
    negate(t, i, 32);
}

/* To little-endian: the low bits remain. */
static void truncate_to(struct x64 *t, const struct sk_insn *i, unsigned w)
{
    if (w == 16)
        and_imm(t, 32, i->dst, 0xffff);
    else if (w == 32)
        x64_move32(t, i->dst, i->dst);
}

static void swap_bytes(struct x64 *t, const struct sk_insn *i, unsigned w)
{
    unsigned d = x64_home[i->dst];
    uint32_t zx16;

    x64_own(t, i->dst);
    zx16 = t->zx16 & 1u << i->dst;
    if (w == 16) {
        EMIT(t, shift_ri, X64_ROL, 16, d, 8);
        if (!zx16)
            EMIT(t, movzx, 16, d, d);
    } else {
        EMIT(t, bswap, w, d);
    }
    x64_defined(t, i->dst, w);
}

#define ORDER(name, what)                                                                \
    void x64_emit_##name##16(struct x64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        what(t, i, 16);                                                                  \
    }                                                                                    \
    void x64_emit_##name##32(struct x64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        what(t, i, 32);                                                                  \
    }                                                                                    \
    void x64_emit_##name##64(struct x64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        what(t, i, 64);                                                                  \
    }
ORDER(LE, truncate_to)
ORDER(BE, swap_bytes)
ORDER(BSWAP, swap_bytes)
