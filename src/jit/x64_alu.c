/* Rows of arithmetic (RFC 9669, 4.1 and 4.2). */
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
    const struct sk_insn *then = sk_follower(t->prog, t->next);
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
