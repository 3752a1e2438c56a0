/* Constant blinding: whoever writes a program shall not choose what stands in executable
 * memory. An instruction with a constant is lowered as the one with a register, SK_AX, that
 * gets the constant in two steps of which neither says it:
 *
 *     r1 += 0x90909090        x16 = 0x90909090 ^ key; x17 = key; eor w16, w16, w17
 *                             sxtw x16, w16; add x0, x0, x16
 *
 * Shift counts are left, for they have 6 bits, and offsets, for they have 16. */
#include "jit/a64.h"

/* reg = imm, sign-extended from 32 bits. */
static void put32(struct a64 *t, unsigned reg, int64_t imm)
{
    uint32_t key = (uint32_t)sk_blind_next(&t->key);

    a64_set(t, reg, (uint32_t)imm ^ key);
    a64_set(t, A64_IP1, key);
    EMIT(t, eor, false, reg, reg, A64_IP1);
    if (imm < 0)
        EMIT(t, sxtw, reg, reg);
}

static void put64(struct a64 *t, unsigned reg, uint64_t imm)
{
    uint64_t key = sk_blind_next(&t->key);

    a64_set(t, reg, imm ^ key);
    a64_set(t, A64_IP1, key);
    EMIT(t, eor, true, reg, reg, A64_IP1);
}

void a64_blind_imm(struct a64 *t, unsigned reg, int64_t imm)
{
    if (imm == (int32_t)imm)
        put32(t, reg, imm);
    else
        put64(t, reg, (uint64_t)imm);
}

int a64_blind(struct a64 *t, const struct sk_insn *i)
{
    struct sk_insn reg;

    if (i->op == SK_OP_MOV64_IMM || i->op == SK_OP_LDDW) {
        a64_blind_imm(t, a64_home[i->dst], i->imm);
        return 1;
    }
    if (i->op == SK_OP_MOV32_IMM) {
        put32(t, a64_home[i->dst], (uint32_t)i->imm); /* not negative: no extension */
        return 1;
    }
    if (!sk_blind_row(i, &reg))
        return 0;
    a64_blind_imm(t, a64_home[SK_AX], i->imm);
    a64_row_of(reg.op)(t, &reg);
    return 1;
}
