/* Rows of arithmetic (RFC 9669, 4.1 and 4.2). Results of 32 bits zero the upper half, as
 * those of the machine do. The first operand is in t->lhs, which a move just before may have
 * made another register than dst. */
#include "jit/a64.h"
#include "jit/divide.h"

static unsigned dst(const struct sk_insn *i)
{
    return a64_home[i->dst];
}

static unsigned src(const struct sk_insn *i)
{
    return a64_home[i->src];
}

/* The row's immediate as its operation sees it. */
static uint64_t imm_of(const struct sk_insn *i, int x)
{
    return x ? (uint64_t)i->imm : (uint32_t)i->imm;
}

static int is_power(uint64_t value)
{
    return value && (value & (value - 1)) == 0;
}

static unsigned log2_of(uint64_t power)
{
    return (unsigned)__builtin_ctzll(power);
}

/* d gets the first operand, or what 32 bits of it are. */
static void keep(struct a64 *t, int x, unsigned d)
{
    if (!x || t->lhs != d)
        EMIT(t, mov, x, d, t->lhs);
}

/* ---- Moves -------------------------------------------------------------------------- */

static void move_imm(struct a64 *t, const struct sk_insn *i, int x)
{
    a64_set(t, dst(i), imm_of(i, x));
}

static void move_reg(struct a64 *t, const struct sk_insn *i, int x)
{
    if (!x || i->dst != i->src)
        EMIT(t, mov, x, dst(i), src(i));
}

void a64_emit_MOV64_IMM(struct a64 *t, const struct sk_insn *i)
{
    move_imm(t, i, 1);
}
void a64_emit_MOV32_IMM(struct a64 *t, const struct sk_insn *i)
{
    move_imm(t, i, 0);
}
void a64_emit_MOV64_REG(struct a64 *t, const struct sk_insn *i)
{
    move_reg(t, i, 1);
}
void a64_emit_MOV32_REG(struct a64 *t, const struct sk_insn *i)
{
    move_reg(t, i, 0);
}

/* Without an arena the address space begins at 0. */
void a64_emit_ADDR_SPACE_CAST(struct a64 *t, const struct sk_insn *i)
{
    move_reg(t, i, 0);
}

#define MOVSX(id, enc, ...)                                                              \
    void a64_emit_##id(struct a64 *t, const struct sk_insn *i)                           \
    {                                                                                    \
        EMIT(t, enc, __VA_ARGS__ dst(i), src(i));                                        \
    }
MOVSX(MOVSX8_64, sxtb, true, )
MOVSX(MOVSX16_64, sxth, true, )
MOVSX(MOVSX32_64, sxtw, )
MOVSX(MOVSX8_32, sxtb, false, )
MOVSX(MOVSX16_32, sxth, false, )

/* ---- Sums --------------------------------------------------------------------------- */

static void add_imm(struct a64 *t, const struct sk_insn *i, int x, int64_t imm)
{
    if (imm)
        a64_add_const(t, x, dst(i), t->lhs, imm);
    else
        keep(t, x, dst(i));
}

void a64_emit_ADD64_IMM(struct a64 *t, const struct sk_insn *i)
{
    add_imm(t, i, 1, i->imm);
}
void a64_emit_ADD32_IMM(struct a64 *t, const struct sk_insn *i)
{
    add_imm(t, i, 0, i->imm);
}
void a64_emit_SUB64_IMM(struct a64 *t, const struct sk_insn *i)
{
    add_imm(t, i, 1, -i->imm);
}
void a64_emit_SUB32_IMM(struct a64 *t, const struct sk_insn *i)
{
    add_imm(t, i, 0, -i->imm);
}

/* ---- Operations of two registers that the machine has as they are ------------------- */

#define REGS(name, enc)                                                                  \
    void a64_emit_##name##64_REG(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        EMIT(t, enc, true, dst(i), t->lhs, src(i));                                      \
    }                                                                                    \
    void a64_emit_##name##32_REG(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        EMIT(t, enc, false, dst(i), t->lhs, src(i));                                     \
    }
REGS(SUB, sub)
REGS(AND, and)
REGS(OR, orr)
REGS(XOR, eor)
REGS(LSH, lslv)
REGS(RSH, lsrv)
REGS(ARSH, asrv)
REGS(DIV, udiv)  /* by 0: 0 */
REGS(SDIV, sdiv) /* by 0: 0; the least number by -1: itself */

void a64_emit_ADD64_REG(struct a64 *t, const struct sk_insn *i)
{
    if (!a64_fuse_sum(t, i))
        EMIT(t, add, true, dst(i), t->lhs, src(i));
}

void a64_emit_ADD32_REG(struct a64 *t, const struct sk_insn *i)
{
    EMIT(t, add, false, dst(i), t->lhs, src(i));
}

static void mul_reg(struct a64 *t, const struct sk_insn *i, int x)
{
    if (!a64_fuse_mul(t, i, x))
        EMIT(t, mul, x, dst(i), t->lhs, src(i));
}

void a64_emit_MUL64_REG(struct a64 *t, const struct sk_insn *i)
{
    mul_reg(t, i, 1);
}
void a64_emit_MUL32_REG(struct a64 *t, const struct sk_insn *i)
{
    mul_reg(t, i, 0);
}

/* ---- Bits --------------------------------------------------------------------------- */

static void and_imm(struct a64 *t, const struct sk_insn *i, int x)
{
    uint64_t imm = imm_of(i, x);
    uint32_t field;

    if (!imm) {
        a64_set(t, dst(i), 0);
    } else if (imm == imm_of(&(struct sk_insn){ .imm = -1 }, x)) {
        keep(t, x, dst(i));
    } else if (a64_logical_imm(x ? 64 : 32, imm, &field)) {
        EMIT(t, and_imm, x, dst(i), t->lhs, field);
    } else {
        EMIT(t, and, x, dst(i), t->lhs, a64_const(t, imm));
    }
}

static void or_imm(struct a64 *t, const struct sk_insn *i, int x)
{
    uint64_t imm = imm_of(i, x);
    uint32_t field;

    if (!imm) {
        keep(t, x, dst(i));
    } else if (imm == imm_of(&(struct sk_insn){ .imm = -1 }, x)) {
        a64_set(t, dst(i), imm);
    } else if (a64_logical_imm(x ? 64 : 32, imm, &field)) {
        EMIT(t, orr_imm, x, dst(i), t->lhs, field);
    } else {
        EMIT(t, orr, x, dst(i), t->lhs, a64_const(t, imm));
    }
}

static void xor_imm(struct a64 *t, const struct sk_insn *i, int x)
{
    uint64_t imm = imm_of(i, x);
    uint32_t field;

    if (!imm) {
        keep(t, x, dst(i));
    } else if (imm == imm_of(&(struct sk_insn){ .imm = -1 }, x)) {
        EMIT(t, mvn, x, dst(i), t->lhs);
    } else if (a64_logical_imm(x ? 64 : 32, imm, &field)) {
        EMIT(t, eor_imm, x, dst(i), t->lhs, field);
    } else {
        EMIT(t, eor, x, dst(i), t->lhs, a64_const(t, imm));
    }
}

#define IMMS(name, what)                                                                 \
    void a64_emit_##name##64_IMM(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        what(t, i, 1);                                                                   \
    }                                                                                    \
    void a64_emit_##name##32_IMM(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        what(t, i, 0);                                                                   \
    }
IMMS(AND, and_imm)
IMMS(OR, or_imm)
IMMS(XOR, xor_imm)

/* ---- Multiplication ----------------------------------------------------------------- */

static void mul_imm(struct a64 *t, const struct sk_insn *i, int x)
{
    uint64_t imm = imm_of(i, x);
    unsigned d = dst(i);

    if (!imm) {
        a64_set(t, d, 0);
    } else if (imm == 1) {
        keep(t, x, d);
    } else if (imm == imm_of(&(struct sk_insn){ .imm = -1 }, x)) {
        EMIT(t, neg, x, d, t->lhs);
    } else if (is_power(imm)) {
        EMIT(t, lsl_imm, x, d, t->lhs, log2_of(imm));
    } else if (is_power(imm - 1)) {
        EMIT(t, add_shifted, x, d, t->lhs, t->lhs, A64_LSL, log2_of(imm - 1));
    } else if (is_power(imm + 1)) {
        EMIT(t, lsl_imm, x, T0, t->lhs, log2_of(imm + 1));
        EMIT(t, sub, x, d, T0, t->lhs);
    } else {
        EMIT(t, mul, x, d, t->lhs, a64_const(t, imm));
    }
}
IMMS(MUL, mul_imm)

/* ---- Division ----------------------------------------------------------------------- */

/* d = n - (n / s) * s: n for s = 0, as the machine's n / 0 is 0. */
static void remainder_reg(struct a64 *t, int x, int is_signed, unsigned d, unsigned s)
{
    if (is_signed)
        EMIT(t, sdiv, x, T1, t->lhs, s);
    else
        EMIT(t, udiv, x, T1, t->lhs, s);
    EMIT(t, msub, x, d, T1, s, t->lhs);
}

#define REMAINDER(name, is_signed)                                                       \
    void a64_emit_##name##64_REG(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        remainder_reg(t, 1, is_signed, dst(i), src(i));                                  \
    }                                                                                    \
    void a64_emit_##name##32_REG(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        remainder_reg(t, 0, is_signed, dst(i), src(i));                                  \
    }
REMAINDER(MOD, 0)
REMAINDER(SMOD, 1)

/* T1 = the upper half of magic * rn. */
static void multiply_high(struct a64 *t, int x, uint64_t magic, unsigned rn)
{
    unsigned factor = a64_const(t, magic);

    if (x)
        EMIT(t, umulh, T1, factor, rn);
    else
        EMIT(t, umull, T1, factor, rn);
}

/* rd = the first operand / by, unsigned, as divide.h says; T0 and T1 are scratch. */
static void quotient(struct a64 *t, int x, unsigned rd, uint64_t by)
{
    struct sk_divider how;
    unsigned high = x ? 0 : 32; /* what umull leaves to shift away */

    sk_divider_find(&how, x ? 64 : 32, by);
    if (how.before)
        EMIT(t, lsr_imm, x, T0, t->lhs, how.before);
    multiply_high(t, x, how.magic, how.before ? (unsigned)T0 : t->lhs);
    if (how.add) {
        if (high)
            EMIT(t, lsr_imm, true, T1, T1, high);
        EMIT(t, sub, x, T0, t->lhs, T1);
        EMIT(t, add_shifted, x, T1, T1, T0, A64_LSR, 1);
        high = 0;
    }
    if (high + how.after)
        EMIT(t, lsr_imm, high || x, rd, T1, high + how.after);
    else if (rd != T1)
        EMIT(t, mov, x, rd, T1);
}

static void divide_by_power(struct a64 *t, int x, int is_mod, unsigned d, uint64_t by)
{
    uint32_t field = 0;

    if (!is_mod) {
        if (by == 1)
            keep(t, x, d);
        else
            EMIT(t, lsr_imm, x, d, t->lhs, log2_of(by));
    } else if (by == 1) {
        a64_set(t, d, 0);
    } else {
        a64_logical_imm(x ? 64 : 32, by - 1, &field);
        EMIT(t, and_imm, x, d, t->lhs, field);
    }
}

static void unsigned_imm(struct a64 *t, const struct sk_insn *i, int x, int is_mod)
{
    uint64_t by = imm_of(i, x);
    unsigned d = dst(i);

    if (!by && !is_mod) {
        a64_set(t, d, 0);
    } else if (!by) {
        keep(t, x, d);
    } else if (is_power(by)) {
        divide_by_power(t, x, is_mod, d, by);
    } else {
        quotient(t, x, is_mod ? (unsigned)T1 : d, by);
        if (!is_mod)
            return;
        a64_set(t, T0, by);
        EMIT(t, msub, x, d, T1, T0, t->lhs);
    }
}

static void signed_imm(struct a64 *t, const struct sk_insn *i, int x, int is_mod)
{
    unsigned by = a64_const(t, imm_of(i, x));

    if (is_mod)
        remainder_reg(t, x, 1, dst(i), by);
    else
        EMIT(t, sdiv, x, dst(i), t->lhs, by);
}

#define DIVIDE_IMM(name, what, is_mod)                                                   \
    void a64_emit_##name##64_IMM(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        what(t, i, 1, is_mod);                                                           \
    }                                                                                    \
    void a64_emit_##name##32_IMM(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        what(t, i, 0, is_mod);                                                           \
    }
DIVIDE_IMM(DIV, unsigned_imm, 0)
DIVIDE_IMM(MOD, unsigned_imm, 1)
DIVIDE_IMM(SDIV, signed_imm, 0)
DIVIDE_IMM(SMOD, signed_imm, 1)

/* ---- Shifts ------------------------------------------------------------------------- */

/* A shift left that the next instruction follows by one to the right: a field of bits. 0: it is
 * not so. */
static int shift_back(struct a64 *t, unsigned d, const struct sk_insn *i, unsigned left)
{
    const struct sk_insn *then = sk_follower(t->prog, t->next);
    unsigned right = then ? (unsigned)then->imm & 63 : 0;

    if (!then || then->dst != i->dst || right < left)
        return 0;
    if (then->op == SK_OP_RSH64_IMM)
        EMIT(t, ubfx, true, d, t->lhs, right - left, 64 - right);
    else if (then->op == SK_OP_ARSH64_IMM)
        EMIT(t, sbfx, true, d, t->lhs, right - left, 64 - right);
    else
        return 0;
    return 1;
}

/* The same for a shift to the right and then a mask of low bits. */
static int shift_mask(struct a64 *t, int x, unsigned d, const struct sk_insn *i,
                      unsigned right)
{
    const struct sk_insn *then = sk_follower(t->prog, t->next);
    unsigned width = x ? 64 : 32, bits;

    if (!then || then->dst != i->dst || then->imm <= 0 ||
        then->op != (x ? SK_OP_AND64_IMM : SK_OP_AND32_IMM) ||
        !is_power((uint64_t)then->imm + 1))
        return 0;
    bits = log2_of((uint64_t)then->imm + 1);
    EMIT(t, ubfx, x, d, t->lhs, right, bits < width - right ? bits : width - right);
    return 1;
}

static void shift_imm(struct a64 *t, const struct sk_insn *i, int x, enum a64_shift op)
{
    unsigned n = (unsigned)i->imm & (x ? 63 : 31), d = dst(i);

    if (!n)
        keep(t, x, d);
    else if (a64_fuse_shift(t, i, x, op, n))
        return;
    else if (x && op == A64_LSL && shift_back(t, d, i, n))
        t->next++;
    else if (op == A64_LSR && shift_mask(t, x, d, i, n))
        t->next++;
    else if (op == A64_LSL)
        EMIT(t, lsl_imm, x, d, t->lhs, n);
    else if (op == A64_LSR)
        EMIT(t, lsr_imm, x, d, t->lhs, n);
    else
        EMIT(t, asr_imm, x, d, t->lhs, n);
}

#define SHIFT_IMM(name, op)                                                              \
    void a64_emit_##name##64_IMM(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        shift_imm(t, i, 1, op);                                                          \
    }                                                                                    \
    void a64_emit_##name##32_IMM(struct a64 * t, const struct sk_insn *i)                \
    {                                                                                    \
        shift_imm(t, i, 0, op);                                                          \
    }
SHIFT_IMM(LSH, A64_LSL)
SHIFT_IMM(RSH, A64_LSR)
SHIFT_IMM(ARSH, A64_ASR)

/* ---- One operand -------------------------------------------------------------------- */

void a64_emit_NEG64(struct a64 *t, const struct sk_insn *i)
{
    EMIT(t, neg, true, dst(i), t->lhs);
}

void a64_emit_NEG32(struct a64 *t, const struct sk_insn *i)
{
    EMIT(t, neg, false, dst(i), t->lhs);
}

/* To little-endian: the low bits remain. */
static void truncate_to(struct a64 *t, const struct sk_insn *i, unsigned w)
{
    if (w == 16)
        EMIT(t, uxth, dst(i), t->lhs);
    else
        keep(t, w == 64, dst(i));
}

static void swap_bytes(struct a64 *t, const struct sk_insn *i, unsigned w)
{
    EMIT(t, rev, w == 64, dst(i), t->lhs);
    if (w == 16)
        EMIT(t, lsr_imm, false, dst(i), dst(i), 16);
}

#define ORDER(name, what)                                                                \
    void a64_emit_##name##16(struct a64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        what(t, i, 16);                                                                  \
    }                                                                                    \
    void a64_emit_##name##32(struct a64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        what(t, i, 32);                                                                  \
    }                                                                                    \
    void a64_emit_##name##64(struct a64 * t, const struct sk_insn *i)                    \
    {                                                                                    \
        what(t, i, 64);                                                                  \
    }
ORDER(LE, truncate_to)
ORDER(BE, swap_bytes)
ORDER(BSWAP, swap_bytes)
