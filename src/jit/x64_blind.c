/* Constant blinding: whoever writes a program shall not choose what stands in executable
 * memory. An instruction with a constant is lowered as the one with a register, SK_AX, that
 * gets the constant in two steps of which neither says it:
 *
 *     r1 += 0x90909090        mov r11d, 0x90909090 ^ key; xor r11d, key; movsxd r11, r11d
 *                             add rdi, r11
 *
 * Shift counts are left, for they have 6 bits, and offsets, for they have 16. */
#include "jit/x64.h"

static uint32_t next_key(struct x64 *t)
{
    return (uint32_t)sk_blind_next(&t->key);
}

/* reg = imm, sign-extended from 32 bits. */
static void put32(struct x64 *t, unsigned reg, int64_t imm)
{
    uint32_t key = next_key(t);

    EMIT(t, mov_ri, reg, (uint32_t)imm ^ key);
    EMIT(t, alu_ri, X64_XOR, 32, reg, (int32_t)key);
    if (imm < 0)
        EMIT(t, movsx, 64, 32, reg, reg);
}

static void put64(struct x64 *t, unsigned reg, uint64_t imm)
{
    uint64_t key = sk_blind_next(&t->key);

    EMIT(t, mov_ri64, reg, imm ^ key);
    EMIT(t, mov_ri64, T1, key);
    EMIT(t, alu_rr, X64_XOR, 64, reg, T1);
}

void x64_blind_imm(struct x64 *t, unsigned reg, int64_t imm)
{
    if (imm == (int32_t)imm)
        put32(t, reg, imm);
    else
        put64(t, reg, (uint64_t)imm);
}

static void blind_move(struct x64 *t, const struct sk_insn *i)
{
    int64_t imm = i->op == SK_OP_MOV32_IMM ? (int64_t)(uint32_t)i->imm : i->imm;

    x64_define(t, i->dst);
    if (i->op == SK_OP_MOV32_IMM) {
        put32(t, x64_home[i->dst], imm); /* not negative: no extension */
        x64_defined(t, i->dst, 32);
        return;
    }
    x64_blind_imm(t, x64_home[i->dst], imm);
    x64_defined(t, i->dst, 64);
}

int x64_blind(struct x64 *t, const struct sk_insn *i)
{
    struct sk_insn reg;

    if (i->op == SK_OP_MOV64_IMM || i->op == SK_OP_MOV32_IMM || i->op == SK_OP_LDDW) {
        blind_move(t, i);
        return 1;
    }
    if (!sk_blind_row(i, &reg))
        return 0;
    x64_settle_all(t, t->now);
    x64_blind_imm(t, x64_home[SK_AX], i->imm);
    x64_row_of(reg.op)(t, &reg);
    return 1;
}
