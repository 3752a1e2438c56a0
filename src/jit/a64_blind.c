/* Constant blinding: whoever writes a program shall not choose what stands in executable
 * memory. An instruction with a constant is lowered as the one with a register, A64_AX, that
 * gets the constant in two steps of which neither says it:
 *
 *     r1 += 0x90909090        x16 = 0x90909090 ^ key; x17 = key; eor w16, w16, w17
 *                             sxtw x16, w16; add x0, x0, x16
 *
 * Shift counts are left, for they have 6 bits, and offsets, for they have 16. */
#include "jit/a64.h"

#include "jit/blind.h"

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

static int is_shift(uint16_t op)
{
    return op == SK_OP_LSH64_IMM || op == SK_OP_LSH32_IMM || op == SK_OP_RSH64_IMM ||
           op == SK_OP_RSH32_IMM || op == SK_OP_ARSH64_IMM || op == SK_OP_ARSH32_IMM;
}

/* The row that does with a register what `i` does with its immediate. */
static struct sk_insn with_register(const struct sk_insn *i)
{
    const struct sk_row *row = &sk_isa[i->op];
    struct sk_insn reg = *i;

    reg.op = (uint16_t)sk_row_of((struct sk_slot){
        .opcode = row->opcode | 0x08, /* RFC 9669, 4: the source is a register */
        .off = row->field == SK_FIELD_OFF ? row->value : (int16_t)0 });
    reg.src = A64_AX;
    reg.imm = 0;
    return reg;
}

int a64_blind(struct a64 *t, const struct sk_insn *i)
{
    const struct sk_row *row = &sk_isa[i->op];
    struct sk_insn reg;

    if (i->op == SK_OP_MOV64_IMM || i->op == SK_OP_LDDW) {
        a64_blind_imm(t, a64_home[i->dst], i->imm);
        return 1;
    }
    if (i->op == SK_OP_MOV32_IMM) {
        put32(t, a64_home[i->dst], (uint32_t)i->imm); /* not negative: no extension */
        return 1;
    }
    if (!(row->uses & SKEP_USES_IMM) || is_shift(i->op) ||
        (row->role != SK_ROLE_ALU && row->role != SK_ROLE_JCOND))
        return 0;
    reg = with_register(i);
    a64_blind_imm(t, a64_home[A64_AX], i->imm);
    a64_row_of(reg.op)(t, &reg);
    return 1;
}
