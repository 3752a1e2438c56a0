/* Rows that take the next ones with them, because the machine has one instruction for all:
 *
 *     r2 *= r3; r1 += r2                     madd
 *     r2 <<= 3; r1 += r2                     add with a shifted register
 *     r2 = r1; r2 >>= 20; r1 <<= 12; r1 |= r2          ror, of 32 bits
 *     r2 += r3; r4 = *(u32 *)(r2 + 0)        ldr with a register as offset
 *
 * The register in the middle must be dead afterwards (live.h), and control must not come in
 * between. Each function returns 0, having done nothing, if that is not so. */
#include "jit/a64.h"

static int is_dead_after(const struct a64 *t, uint32_t pc, unsigned r)
{
    return r < SK_R10 && !(t->live[pc].after >> r & 1);
}

/* The next instruction, if it is the last that needs `r`, its source, and changes another
 * register. */
static const struct sk_insn *last_reader(const struct a64 *t, unsigned r)
{
    const struct sk_insn *then = sk_follower(t->prog, t->next);

    return then && then->op != SK_OP_SECOND && sk_isa[then->op].uses & SKEP_USES_SRC &&
                   then->src == r && then->dst != r && is_dead_after(t, t->next, r)
               ? then
               : NULL;
}

int a64_fuse_mul(struct a64 *t, const struct sk_insn *i, int x)
{
    const struct sk_insn *then = last_reader(t, i->dst);
    unsigned s = a64_home[i->src], sum = then ? a64_home[then->dst] : 0;

    if (then && then->op == (x ? SK_OP_ADD64_REG : SK_OP_ADD32_REG))
        EMIT(t, madd, x, sum, t->lhs, s, sum);
    else if (then && then->op == (x ? SK_OP_SUB64_REG : SK_OP_SUB32_REG))
        EMIT(t, msub, x, sum, t->lhs, s, sum);
    else
        return 0;
    t->next++;
    return 1;
}

/* ---- Shifts ------------------------------------------------------------------------- */

static int is_move(const struct sk_insn *i, int x)
{
    return i->op == SK_OP_MOV64_REG || (!x && i->op == SK_OP_MOV32_REG);
}

static int is_shift(const struct sk_insn *i, int x, enum a64_shift op, unsigned n)
{
    uint16_t left = x ? SK_OP_LSH64_IMM : SK_OP_LSH32_IMM;
    uint16_t right = x ? SK_OP_RSH64_IMM : SK_OP_RSH32_IMM;

    return i->op == (op == A64_LSL ? left : right) &&
           ((unsigned)i->imm & (x ? 63 : 31)) == n;
}

/* One half of a value shifted, then the other half, then both joined. */
static int fuse_rotation(struct a64 *t, const struct sk_insn *i, int x, enum a64_shift op,
                         unsigned n)
{
    unsigned width = x ? 64 : 32, to;
    const struct sk_insn *then = sk_follower(t->prog, t->next);
    uint32_t pc = t->next;

    if (!then || op == A64_ASR || t->lhs == a64_home[i->dst])
        return 0;
    to = then->dst;
    if (is_move(then, x) && a64_home[then->src] == t->lhs)
        then = sk_follower(t->prog, ++pc);
    else if (a64_home[to] != t->lhs)
        return 0;
    if (!then || then->dst != to || to == i->dst ||
        !is_shift(then, x, op == A64_LSL ? A64_LSR : A64_LSL, width - n))
        return 0;
    then = sk_follower(t->prog, ++pc);
    if (!then || then->op != (x ? SK_OP_OR64_REG : SK_OP_OR32_REG) || then->dst != to ||
        then->src != i->dst || !is_dead_after(t, pc, i->dst))
        return 0;
    EMIT(t, ror_imm, x, a64_home[to], t->lhs, op == A64_LSR ? n : width - n);
    t->next = pc + 1;
    return 1;
}

int a64_fuse_shift(struct a64 *t, const struct sk_insn *i, int x, enum a64_shift op,
                   unsigned n)
{
    const struct sk_insn *then;
    unsigned d;

    if (fuse_rotation(t, i, x, op, n))
        return 1;
    then = last_reader(t, i->dst);
    if (!then)
        return 0;
    d = a64_home[then->dst];
    if (then->op == (x ? SK_OP_ADD64_REG : SK_OP_ADD32_REG))
        EMIT(t, add_shifted, x, d, d, t->lhs, op, n);
    else if (then->op == (x ? SK_OP_SUB64_REG : SK_OP_SUB32_REG))
        EMIT(t, sub_shifted, x, d, d, t->lhs, op, n);
    else if (then->op == (x ? SK_OP_OR64_REG : SK_OP_OR32_REG))
        EMIT(t, orr_shifted, x, d, d, t->lhs, op, n);
    else
        return 0;
    t->next++;
    return 1;
}

/* ---- Addresses ---------------------------------------------------------------------- */

static int is_plain_load(uint16_t op)
{
    return op == SK_OP_LDXB || op == SK_OP_LDXH || op == SK_OP_LDXW || op == SK_OP_LDXDW;
}

static int is_plain_store(uint16_t op)
{
    return op == SK_OP_STXB || op == SK_OP_STXH || op == SK_OP_STXW || op == SK_OP_STXDW;
}

/* Checked code needs the sum. */
int a64_fuse_sum(struct a64 *t, const struct sk_insn *i)
{
    const struct sk_insn *then = sk_follower(t->prog, t->next);
    unsigned s = a64_home[i->src];
    enum a64_size size;

    if (!then || then->op == SK_OP_SECOND || then->off || a64_has(t, SK_JIT_CHECKED))
        return 0;
    size = (enum a64_size)__builtin_ctz(sk_isa[then->op].width / 8 | 8);
    if (is_plain_load(then->op) && then->src == i->dst &&
        (then->dst == i->dst || is_dead_after(t, t->next, i->dst)))
        EMIT(t, ldr_reg, size, a64_home[then->dst], t->lhs, s, A64_INDEX_X);
    else if (is_plain_store(then->op) && then->dst == i->dst && then->src != i->dst &&
             is_dead_after(t, t->next, i->dst))
        EMIT(t, str_reg, size, a64_home[then->src], t->lhs, s, A64_INDEX_X);
    else
        return 0;
    t->next++;
    return 1;
}
