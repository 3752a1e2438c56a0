/* Forms that compute and jump, and packet loads: x is the destination, y the source. Before the
 * form stand instructions that lowering notes and does not emit at once (src/jit/x64_value.c);
 * a register may be dead after it. */
#include "base/bits.h"
#include "edges.h"
#include "forms.h"

/* ---- Arithmetic and jumps ------------------------------------------------------------ */

/* What stands before: x and y are the form's destination and source. */
static const struct {
    uint8_t count;
    struct step steps[3];
} befores[] = {
    { 0, { { 0 } } },
    { 1, { { SK_OP_MOV64_REG, X, Z, 0 } } }, /* x is a copy */
    { 2, { { SK_OP_MOV64_REG, X, Z, 0 }, { SK_OP_ADD64_IMM, X, 0, -77 } } },
    { 1, { { SK_OP_ADD64_IMM, X, 0, 1 } } },
    { 1, { { SK_OP_ADD64_REG, X, Z, 0 } } }, /* a sum */
    { 1, { { SK_OP_MOV64_REG, Y, Z, 0 } } }, /* y is a copy */
    { 2, { { SK_OP_MOV64_REG, Y, Z, 0 }, { SK_OP_ADD64_IMM, Y, 0, 0x1234 } } },
    { 2, { { SK_OP_MOV64_REG, Y, X, 0 }, { SK_OP_ADD64_REG, Y, Z, 0 } } },
    { 1, { { SK_OP_LSH64_IMM, Y, 0, 3 } } }, /* shifted */
    { 2, { { SK_OP_MOV64_REG, Y, X, 0 }, { SK_OP_LSH64_IMM, Y, 0, 2 } } },
    { 2, { { SK_OP_MOV64_REG, X, Z, 0 }, { SK_OP_RSH64_IMM, X, 0, 33 } } },
    { 2, { { SK_OP_MOV32_REG, Y, Z, 0 }, { SK_OP_RSH32_IMM, Y, 0, 5 } } },
    { 1, { { SK_OP_MOV32_REG, X, X, 0 } } }, /* 32 bits */
    { 2, { { SK_OP_MOV32_REG, X, Y, 0 }, { SK_OP_MOV32_REG, Y, Z, 0 } } },
    { 2, { { SK_OP_AND64_IMM, X, 0, 0xff }, { SK_OP_AND64_IMM, Y, 0, 0xffff } } },
    { 2, { { SK_OP_AND32_IMM, Z, 0, 0x7fffffff }, { SK_OP_MOV64_REG, X, Z, 0 } } },
    { 2, { { SK_OP_AND32_IMM, Z, 0, 0x3fff }, { SK_OP_MOV64_REG, X, Z, 0 } } },
    { 2, { { SK_OP_AND32_IMM, Z, 0, -2 }, { SK_OP_MOV32_REG, Y, Z, 0 } } },
    { 1, { { SK_OP_MOV64_IMM, Y, 0, -3 } } }, /* constants */
    { 1, { { SK_OP_MOV32_IMM, Y, 0, -3 } } },
    { 2, { { SK_OP_MOV64_IMM, X, 0, 0x1234567 }, { SK_OP_ADD64_IMM, X, 0, 9 } } },
    { 1, { { SK_OP_MOV64_REG, Z, X, 0 } } }, /* z needs x or y */
    { 2, { { SK_OP_MOV64_REG, Z, Y, 0 }, { SK_OP_ADD64_REG, Z, X, 0 } } },
    { 2, { { SK_OP_MOV64_REG, Y, Z, 0 }, { SK_OP_ADD64_REG, Z, X, 0 } } },
    { 2, { { SK_OP_MOV32_REG, Z, X, 0 }, { SK_OP_LSH32_IMM, Z, 0, 7 } } },
    { 3,
      { { SK_OP_MOV64_REG, Z, X, 0 },
        { SK_OP_LSH64_IMM, Z, 0, 20 },
        { SK_OP_RSH64_IMM, X, 0, 44 } } },
    { 3,
      { { SK_OP_MOV64_REG, Y, X, 0 },
        { SK_OP_LSH64_IMM, X, 0, 32 },
        { SK_OP_RSH64_IMM, Y, 0, 32 } } }, /* half of a rotation */
    { 3,
      { { SK_OP_MOV32_REG, Y, X, 0 },
        { SK_OP_LSH32_IMM, Y, 0, 12 },
        { SK_OP_RSH32_IMM, X, 0, 20 } } },
};

static int is_jump(enum sk_op op)
{
    return sk_isa[op].target != SK_TARGET_NONE;
}

static void set_distance(struct sk_insn *insn, int distance)
{
    if (sk_isa[insn->op].target == SK_TARGET_IMM)
        insn->imm = distance;
    else
        insn->off = (int16_t)distance;
}

/* Slots from where a jump back goes to the jump, behind `count` other instructions. */
static int distance_back(int count)
{
    return count + 3;
}

/* z shows where a jump went: behind it the old value is dead, at one end or at both. A jump back
 * comes from behind what it jumps to. */
static int put_jump(struct pack_case *c, unsigned before, struct sk_insn insn, int back)
{
    int count = befores[before].count;
    struct sk_insn mark = { .op = SK_OP_MOV64_IMM, .dst = c->reg[Z], .imm = 0x5a5a };

    if (back) {
        forms_put(c, (struct sk_insn){ .op = SK_OP_JA, .off = 2 });
        forms_put(c, mark);
        forms_put(c, (struct sk_insn){ .op = SK_OP_JA, .off = (int16_t)(count + 2) });
    }
    if (!forms_steps(c, befores[before].steps, (unsigned)count))
        return 0;
    set_distance(&insn, back ? -distance_back(count) : 1);
    forms_put(c, insn);
    mark.imm = 0x1221;
    forms_put(c, mark);
    return 1;
}

static int put_plain(struct pack_case *c, unsigned before, struct sk_insn insn, int dead)
{
    if (!forms_steps(c, befores[before].steps, befores[before].count))
        return 0;
    forms_put(c, insn);
    return !dead || forms_kill(c);
}

/* Whether it has immediates, of which some suffice behind other instructions. */
static int has_many(enum sk_op op)
{
    return uses_imm(op) && sk_isa[op].role != SK_ROLE_JUMP;
}

/* The form number i with register x: its source is register i, or its immediate one of the
 * edges. 0: there is no such number. */
static int nth_form(enum sk_op op, unsigned x, unsigned i, struct sk_insn *insn,
                    unsigned *y)
{
    *insn = form(op);
    *y = PACK_NONE;
    if (sk_isa[op].uses & SKEP_USES_DST)
        insn->dst = (uint8_t)x;
    if (uses_src(op)) {
        *y = i;
        insn->src = (uint8_t)i;
        if (op == SK_OP_ADDR_SPACE_CAST)
            insn->imm = 1;
        return i <= SK_R10;
    }
    if (sk_isa[op].role == SK_ROLE_WIDE) {
        insn->imm = i < SK_LEN(edges) ? (int64_t)edges[i] : 0;
        return i < SK_LEN(edges);
    }
    if (!is_jump(op) || sk_isa[op].target == SK_TARGET_OFF)
        insn->imm = uses_imm(op) && i < SK_LEN(imms) ? imms[i] : insn->imm;
    return i < (has_many(op) ? SK_LEN(imms) : 1);
}

/* All values of x with all of y, or with some. */
static void pair_operands(struct forms *f, enum sk_op op, uint32_t step)
{
    uint32_t each = uses_src(op) ? step : (uint32_t)SK_LEN(edges);

    for (uint32_t i = 0; i < SK_LEN(edges); i++) {
        for (uint32_t k = i % each; k < SK_LEN(edges); k += each) {
            struct operands *in = forms_operands(f);

            in->reg[X] = edges[i];
            in->reg[Y] = edges[k];
            in->reg[Z] = edges[(5 * i + 3 * k) % SK_LEN(edges)];
        }
    }
}

/* Variant 1 of an instruction leaves a register dead, for some pairs; that of a jump goes
 * back. */
static void add_variants(struct forms *f, unsigned before, unsigned x, unsigned y,
                         struct sk_insn insn)
{
    int jump = is_jump((enum sk_op)insn.op);
    int variants = jump || (x + y + before) % 3 == 0 ? 2 : 1;

    for (int variant = f->flags & PACK_SELECT ? 1 : 0; variant < variants; variant++) {
        struct pack_case c;

        forms_case(&c, x, y);
        if (jump ? put_jump(&c, before, insn, variant)
                 : put_plain(&c, before, insn, variant))
            forms_add(f, &c);
    }
}

static void all_pairs(struct forms *f, enum sk_op op, unsigned before)
{
    int gated = (f->flags & PACK_GATED) != 0;
    struct sk_insn insn;
    unsigned y;

    for (unsigned x = 0; x <= SK_R10; x++) {
        for (unsigned i = 0; nth_form(op, x, i, &insn, &y); i++) {
            if (!forms_wants(f, x, i))
                continue;
            if (!(f->flags & PACK_SELECT) && (x == SK_R10 || y == SK_R10) != gated)
                continue;
            if (before && y == PACK_NONE && has_many(op) && (i + before) % 4)
                continue;
            add_variants(f, before, x, y, insn);
        }
    }
    forms_finish(f);
}

/* Jumps back for which the fuel is just too little, or just enough. */
static void test_fuel(struct forms *f, enum sk_op op)
{
    for (unsigned before = 0; before < SK_LEN(befores); before++) {
        if (!forms_goes(f, before))
            continue;
        forms_begin(f, PACK_SELECT | PACK_GATED, PACK_METERED);
        f->some = 7;
        f->fuel = (uint64_t)distance_back(befores[before].count) - (before % 4 != 0);
        for (uint64_t i = 0; i < 3; i++) {
            struct operands *in = forms_operands(f);

            in->reg[X] = i;
            in->reg[Y] = 1;
            in->reg[Z] = 2 - i;
        }
        all_pairs(f, op, before);
    }
}

void test_registers(struct forms *f, enum sk_op op)
{
    for (unsigned before = 0; before < SK_LEN(befores); before++) {
        for (unsigned gated = 0; gated < 2 && forms_goes(f, before); gated++) {
            forms_begin(f, gated ? PACK_GATED : 0, PACK_ALL);
            pair_operands(f, op, before || f->thin > 1 ? 29 : 1);
            all_pairs(f, op, before);
        }
    }
    if (is_jump(op))
        test_fuel(f, op);
}

/* ---- Packet loads -------------------------------------------------------------------- */

void test_packet(struct forms *f, enum sk_op op)
{
    forms_begin(f, PACK_SELECT | PACK_GATED, PACK_ALL);
    for (uint32_t i = 0; i < SK_LEN(edges); i += 2) {
        struct operands *in = forms_operands(f);

        in->reg[Y] = edges[i];
    }
    for (unsigned y = 0; y < (uses_src(op) ? SK_REGS : 1); y++) {
        for (unsigned i = 0; i < SK_LEN(imms); i++) {
            struct sk_insn insn = form(op);
            struct pack_case c;

            forms_case(&c, PACK_NONE, uses_src(op) ? y : PACK_NONE);
            insn.src = uses_src(op) ? (uint8_t)y : (uint8_t)0;
            insn.imm = imms[i];
            forms_put(&c, insn);
            for (unsigned r = SK_R1; r <= SK_R5; r++) /* they have no value now */
                forms_put(&c,
                          (struct sk_insn){ .op = SK_OP_MOV64_IMM, .dst = (uint8_t)r });
            if (forms_wants(f, y, i))
                forms_add(f, &c);
        }
    }
    forms_finish(f);
}
