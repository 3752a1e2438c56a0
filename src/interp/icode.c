/* Threaded code: handlers looked up and operands unpacked once, before any run. */
#include "interp/interp.h"

#include "rt/map.h"

/* The operands of the instruction at pc, in the part of an sk_icode behind the handler.
 */
static void set_operands(const struct sk_prog *prog, uint32_t pc, struct sk_icode *code)
{
    const struct sk_insn *insn = &prog->insns[pc];
    uint32_t callee;

    if (insn->op == SK_OP_CALL) {
        code->helper = sk_env_helper(prog->env, (uint32_t)insn->imm);
    } else if (insn->op == SK_OP_CALL_LOCAL) {
        callee = (uint32_t)sk_insn_target(insn, pc);
        code->distance = (int32_t)insn->imm + 1;
        code->cost = sk_prog_function_slots(prog, callee);
    } else {
        code->dst = insn->dst;
        code->src = insn->src;
        code->off = insn->off;
        code->imm = (int32_t)insn->imm;
    }
}

/* The second slot of the wide instruction at pc. Its handler is never gone to, but tells whether
 * there is what the instruction refers to. */
static struct sk_icode second_of(const struct sk_prog *prog, uint32_t pc)
{
    const struct sk_insn *insn = &prog->insns[pc];
    struct sk_icode second = { .wide = (uint64_t)insn->imm };

    if (insn->op == SK_OP_LDDW_CODE)
        second.wide = sk_code_address((uint32_t)sk_insn_target(insn, pc));
    if (sk_map_reference(prog, insn, &second.wide))
        second.handler = prog;
    return second;
}

enum { NO_REG = 0xff };

/* The register whose value a handler leaves in acc; NO_REG: it may be stale afterwards.
 * `held` is what acc held before. */
static uint8_t acc_after(const struct sk_insn *insn, uint8_t held)
{
    switch (sk_isa[insn->op].role) {
    case SK_ROLE_ALU:
    case SK_ROLE_MOV:
    case SK_ROLE_WIDE:
    case SK_ROLE_LOAD:
        return insn->dst;
    case SK_ROLE_STORE:
    case SK_ROLE_RMW:
    case SK_ROLE_JCOND:
    case SK_ROLE_JMAY:
        return held;
    default:
        return NO_REG;
    }
}

static enum sk_variant variant_of(const struct sk_insn *insn, uint8_t held)
{
    uint8_t uses = sk_isa[insn->op].uses;

    if (held == NO_REG)
        return SK_PLAIN;
    if (uses & SKEP_USES_SRC && insn->src == held)
        return SK_ACC_SRC;
    if (uses & SKEP_USES_DST && insn->dst == held)
        return SK_ACC_DST;
    return SK_PLAIN;
}

static int is_move(uint16_t op)
{
    return op == SK_OP_MOV64_REG || op == SK_OP_MOV32_REG;
}

/* Whether a move and the arithmetic behind it are one operation of three operands. After
 * a move of 32 bits only 32 bits may be used. */
static int fuses_with_move(const struct sk_insn *move, const struct sk_insn *alu)
{
    const struct sk_row *row = &sk_isa[alu->op];
    enum sk_class class = sk_opcode_class(row->opcode);

    if (move->dst != alu->dst || !(row->uses & (SKEP_USES_SRC | SKEP_USES_IMM)))
        return 0;
    if (row->uses & SKEP_USES_SRC && alu->src == alu->dst)
        return 0;
    return class == SK_ALU || (class == SK_ALU64 && move->op == SK_OP_MOV64_REG);
}

static int is_plain_access(const struct sk_insn *insn, enum sk_role role)
{
    return sk_isa[insn->op].role == role && sk_isa[insn->op].field == SK_FIELD_NONE;
}

/* Whether `second` has a fused handler for being behind `first`. */
static int fuses(const struct sk_insn *first, const struct sk_insn *second)
{
    switch (first->op) {
    case SK_OP_MOV64_REG:
        if (is_move(second->op))
            return 1;
        return sk_isa[second->op].role == SK_ROLE_ALU && fuses_with_move(first, second);
    case SK_OP_MOV32_REG:
        return sk_isa[second->op].role == SK_ROLE_ALU && fuses_with_move(first, second);
    case SK_OP_ADD64_REG:
        return (is_plain_access(second, SK_ROLE_LOAD) && first->dst == second->src) ||
               (is_plain_access(second, SK_ROLE_STORE) && first->dst == second->dst);
    case SK_OP_ADD64_IMM:
        return sk_isa[second->op].role == SK_ROLE_JCOND;
    default:
        return 0;
    }
}

/* Which handler of which row runs the instruction at pc. */
struct choice {
    uint16_t op;
    enum sk_variant variant;
};

static struct choice choose(const struct sk_prog *prog, uint32_t pc, uint8_t held)
{
    const struct sk_insn *insn = &prog->insns[pc];
    enum sk_variant variant = variant_of(insn, held);
    /* none of the first halves ends a program: there is a next slot, with a row */
    if (fuses(insn, insn + 1) && !(prog->flags[pc + 1] & SK_SLOT_TRACKED))
        return (struct choice){ insn[1].op,
                                variant == SK_ACC_SRC ? SK_FUSED_ACC : SK_FUSED };
    return (struct choice){ insn->op, variant };
}

static void fill(struct sk_code *code, const struct sk_prog *prog)
{
    const struct sk_handlers *checked = sk_interp_checked_handlers();
    const struct sk_handlers *fast = sk_interp_fast_handlers();
    uint8_t held = NO_REG;

    for (uint32_t pc = 0; pc < prog->count; pc++) {
        const struct sk_insn *insn = &prog->insns[pc];
        struct choice c;

        if (insn->op == SK_OP_SECOND) {
            code->checked[pc] = code->fast[pc] = second_of(prog, pc - 1);
            continue;
        }
        if (prog->flags[pc] & (SK_SLOT_TARGET | SK_SLOT_FUNCTION))
            held = NO_REG;
        c = choose(prog, pc, held);
        held = acc_after(insn, held);
        code->fast[pc].handler = fast->op[c.op][c.variant];
        code->checked[pc].handler = prog->flags[pc] & SK_SLOT_TRACKED
                                        ? checked->track
                                        : checked->op[c.op][c.variant];
        set_operands(prog, pc, &code->fast[pc]);
        set_operands(prog, pc, &code->checked[pc]);
    }
}

enum skep_code sk_code_init(struct sk_code *code, const struct sk_prog *prog,
                            struct skep_err *err)
{
    size_t size = sizeof(struct sk_icode);
    struct sk_code fresh = {
        .checked = sk_mem_resize(&prog->mem, NULL, 0, prog->count, size),
        .fast = sk_mem_resize(&prog->mem, NULL, 0, prog->count, size),
    };

    if (!fresh.checked || !fresh.fast) {
        sk_code_fini(&fresh, prog);
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), prog->count * size);
    }
    fill(&fresh, prog);
    *code = fresh;
    return SKEP_OK;
}

void sk_code_fini(struct sk_code *code, const struct sk_prog *prog)
{
    sk_mem_free(&prog->mem, code->checked, prog->count, sizeof(struct sk_icode));
    sk_mem_free(&prog->mem, code->fast, prog->count, sizeof(struct sk_icode));
}
