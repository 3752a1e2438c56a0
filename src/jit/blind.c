#include "jit/blind.h"

#include <sys/auxv.h>
#include <sys/random.h>

#include "base/bits.h"

uint64_t sk_blind_seed(void)
{
    uint64_t seed = 0;
    const void *at = (const void *)(uintptr_t)getauxval(AT_RANDOM);

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (long)sizeof(seed) && at)
        seed = sk_load64(at); /* 16 random bytes that the kernel gave the process */
    return seed ? seed : 1;
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
    reg.src = SK_AX;
    reg.imm = 0;
    return reg;
}

int sk_blind_row(const struct sk_insn *i, struct sk_insn *reg)
{
    const struct sk_row *row = &sk_isa[i->op];

    if (!(row->uses & SKEP_USES_IMM) || is_shift(i->op) ||
        (row->role != SK_ROLE_ALU && row->role != SK_ROLE_JCOND))
        return 0;
    *reg = with_register(i);
    return 1;
}
