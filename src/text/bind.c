/* Filling in the fields of a row from operands.
 *
 * A text can stand for several rows: "r1 = 7" for a move and a 64-bit load, "call 5" for
 * a helper, and in llvm-objdump's listings for all kinds of calls.  Without evidence the
 * first row wins whose operands mean exactly that (`exact`); a row that the evidence
 * names takes them in its own sense. */
#include "text/bind.h"

#include "base/bits.h"

enum sense {
    EXACT, /* an immediate is a signed number, or bits where nothing else reads them */
    LOOSE, /* it may also be given as 32 bits; calls take any number */
};

enum outcome {
    FITS,
    OTHER, /* this row is not meant */
    WRONG, /* it is, but the operand cannot be: *miss */
};

struct binder {
    const struct sk_row *row;
    struct sk_bound *bound;
    struct sk_miss *miss;
    enum sense sense;
    uint32_t set; /* enum skep_form_uses: fields that have a value */
};

/* ---- Ranges ------------------------------------------------------------------------ */

static struct sk_miss range_miss(uint32_t at, uint32_t end, sk_int value,
                                 const char *what, int64_t low, int64_t high)
{
    struct sk_miss miss = { .code = SKEP_E_RANGE, .at = at, .end = end, .why = what };

    miss.value = (int64_t)value;
    miss.low = low;
    miss.high = high;
    if (value != miss.value) { /* no message can print it */
        miss.code = SKEP_E_NUMBER;
        miss.why = "is too big";
    }
    return miss;
}

enum skep_code sk_range_fail(const struct sk_source *source, uint32_t at, uint32_t end,
                             sk_int value, const char *what, int64_t low, int64_t high,
                             struct skep_err *err)
{
    struct sk_miss miss = range_miss(at, end, value, what, low, high);

    return sk_miss_report(source, &miss, err);
}

static enum outcome check_range(struct binder *binder, const struct sk_operand *operand,
                                const char *what, int64_t low, int64_t high)
{
    if (operand->value >= low && operand->value <= high)
        return FITS;
    *binder->miss =
        range_miss(operand->at, operand->end, operand->value, what, low, high);
    return WRONG;
}

/* ---- Fields ------------------------------------------------------------------------ */

static enum outcome bind_register(struct binder *binder, const struct sk_operand *operand,
                                  uint8_t *field, uint32_t use)
{
    uint8_t number = (uint8_t)operand->value;

    if (binder->set & use && *field != number) {
        *binder->miss = sk_miss_syntax(operand->at, operand->end,
                                       "expected the same register as before, found");
        return WRONG;
    }
    *field = number;
    binder->set |= use;
    return FITS;
}

static void set_low(struct binder *binder, sk_int value)
{
    binder->bound->insn.imm =
        (int64_t)((uint64_t)binder->bound->insn.imm & ~(uint64_t)UINT32_MAX) |
        (int64_t)(uint32_t)value;
    binder->set |= SKEP_USES_IMM;
}

/* 32 bits: a signed number or its bits. */
static enum outcome bind_imm(struct binder *binder, const struct sk_operand *operand)
{
    enum outcome outcome = check_range(binder, operand, "32 bits", INT32_MIN, UINT32_MAX);

    if (outcome == FITS)
        set_low(binder, operand->value);
    return outcome;
}

static enum outcome bind_next(struct binder *binder, const struct sk_operand *operand)
{
    enum outcome outcome = check_range(binder, operand, "32 bits", INT32_MIN, UINT32_MAX);

    if (outcome != FITS)
        return outcome;
    binder->bound->insn.imm = (int64_t)((uint64_t)(uint32_t)operand->value << 32 |
                                        (uint32_t)binder->bound->insn.imm);
    binder->set |= SKEP_USES_NEXT_IMM;
    return FITS;
}

static enum outcome bind_half(struct binder *binder, const struct sk_operand *operand,
                              unsigned shift)
{
    enum outcome outcome = check_range(binder, operand, "16 bits", 0, UINT16_MAX);

    if (outcome == FITS)
        set_low(binder,
                (uint32_t)binder->bound->insn.imm | (uint32_t)operand->value << shift);
    return outcome;
}

static enum outcome bind_wide(struct binder *binder, const struct sk_operand *operand)
{
    binder->bound->insn.imm = (int64_t)(uint64_t)operand->value;
    binder->set |= SKEP_USES_IMM | SKEP_USES_NEXT_IMM;
    return FITS;
}

static enum outcome bind_off(struct binder *binder, const struct sk_operand *operand,
                             const char *what)
{
    enum outcome outcome = check_range(binder, operand, what, INT16_MIN, INT16_MAX);

    if (outcome != FITS)
        return outcome;
    binder->bound->insn.off = (int16_t)operand->value;
    binder->set |= SKEP_USES_OFF;
    return FITS;
}

static enum outcome bind_distance(struct binder *binder, const struct sk_operand *operand)
{
    enum outcome outcome =
        check_range(binder, operand, "a distance of 32 bits", INT32_MIN, INT32_MAX);

    if (outcome == FITS)
        set_low(binder, operand->value);
    return outcome;
}

static enum outcome bind_label(struct binder *binder, const struct sk_operand *operand,
                               enum sk_hole hole)
{
    binder->bound->label = hole;
    binder->bound->label_at = operand->at;
    binder->bound->label_end = operand->end;
    binder->set |= hole == SK_HOLE_J ? SKEP_USES_OFF : SKEP_USES_IMM;
    return FITS;
}

/* ---- Calls ------------------------------------------------------------------------- */

static enum outcome bind_helper(struct binder *binder, const struct sk_operand *operand)
{
    if (operand->kind == SK_OPERAND_NAME)
        return bind_label(binder, operand, SK_HOLE_H);
    if (operand->is_kfunc && binder->sense == EXACT)
        return OTHER;
    if (operand->kind == SK_OPERAND_NUMBER || operand->kind == SK_OPERAND_HELPER)
        return bind_imm(binder, operand);
    return OTHER;
}

static enum outcome bind_local(struct binder *binder, const struct sk_operand *operand)
{
    if (operand->kind == SK_OPERAND_LOCAL)
        return bind_distance(binder, operand);
    if (binder->sense == EXACT)
        return OTHER;
    if (operand->kind == SK_OPERAND_NAME)
        return bind_label(binder, operand, SK_HOLE_F);
    return operand->kind == SK_OPERAND_NUMBER ? bind_imm(binder, operand) : OTHER;
}

static enum outcome bind_kfunc(struct binder *binder, const struct sk_operand *operand)
{
    struct sk_operand object = *operand;

    if (operand->kind == SK_OPERAND_NAME && binder->sense == LOOSE)
        return FITS; /* the bytes have its number */
    if (operand->kind != SK_OPERAND_KFUNC && !operand->is_kfunc &&
        (binder->sense == EXACT || operand->kind == SK_OPERAND_LOCAL))
        return OTHER;
    object.value = operand->object;
    if (operand->object &&
        bind_off(binder, &object, "the number of a BTF object") != FITS)
        return WRONG;
    return bind_imm(binder, operand);
}

/* ---- Rows -------------------------------------------------------------------------- */

/* An immediate of a 64-bit operation is extended with its sign: above INT32_MAX it would
 * become another number. Jumps may be written so, for the kernel prints their bits. */
static enum outcome bind_number(struct binder *binder, const struct sk_operand *operand,
                                enum sk_hole hole)
{
    const struct sk_row *row = binder->row;

    if (binder->sense != EXACT || hole != SK_HOLE_I || row->width != 64 ||
        operand->value <= INT32_MAX)
        return bind_imm(binder, operand);
    if (row->role == SK_ROLE_MOV)
        return OTHER; /* a 64-bit load can */
    return check_range(binder, operand, "32 bits with a sign", INT32_MIN, INT32_MAX);
}

static enum outcome bind_target(struct binder *binder, const struct sk_operand *operand,
                                enum sk_hole hole)
{
    if (operand->kind == SK_OPERAND_NAME)
        return bind_label(binder, operand, hole);
    return hole == SK_HOLE_J ? bind_off(binder, operand, "the offset of a jump")
                             : bind_distance(binder, operand);
}

static enum outcome bind_hole(struct binder *binder, const struct sk_operand *operand,
                              enum sk_hole hole)
{
    struct sk_insn *insn = &binder->bound->insn;

    if (operand->kind == SK_OPERAND_NONE && hole != SK_HOLE_O)
        return FITS;
    switch (hole) {
    case SK_HOLE_D:
    case SK_HOLE_WD:
        return bind_register(binder, operand, &insn->dst, SKEP_USES_DST);
    case SK_HOLE_S:
    case SK_HOLE_WS:
        return bind_register(binder, operand, &insn->src, SKEP_USES_SRC);
    case SK_HOLE_Q:
        return bind_wide(binder, operand);
    case SK_HOLE_N:
    case SK_HOLE_NO:
        return bind_next(binder, operand);
    case SK_HOLE_DA:
        return bind_half(binder, operand, 16);
    case SK_HOLE_SA:
        return bind_half(binder, operand, 0);
    case SK_HOLE_O:
        return bind_off(binder, operand, "an offset");
    case SK_HOLE_J:
    case SK_HOLE_JL:
    case SK_HOLE_C:
        return bind_target(binder, operand, hole);
    case SK_HOLE_H:
        return bind_helper(binder, operand);
    case SK_HOLE_F:
        return bind_local(binder, operand);
    case SK_HOLE_K:
        return bind_kfunc(binder, operand);
    default:
        return bind_number(binder, operand, hole);
    }
}

/* What the row fixes, and what only the bytes say. */
static void bind_rest(struct binder *binder, const struct sk_evidence *evidence)
{
    const struct sk_row *row = binder->row;
    struct sk_insn *insn = &binder->bound->insn;
    uint32_t open = row->uses & ~binder->set;
    struct sk_slot slot;

    if (row->field == SK_FIELD_OFF)
        insn->off = row->value;
    else if (row->field == SK_FIELD_IMM)
        insn->imm = row->value;
    else if (row->field == SK_FIELD_SRC)
        insn->src = (uint8_t)row->value;
    if (!evidence->byte_count)
        return;
    slot = sk_slot_read(evidence->bytes, 0);
    if (open & SKEP_USES_OFF)
        insn->off = slot.off;
    if (open & SKEP_USES_IMM)
        set_low(binder, slot.imm);
    if (open & SKEP_USES_NEXT_IMM && evidence->byte_count == 16)
        insn->imm =
            (int64_t)((uint64_t)(uint32_t)sk_slot_read(evidence->bytes, 1).imm << 32 |
                      (uint32_t)insn->imm);
}

static enum outcome bind_form(const struct sk_grammar_form *form,
                              const struct sk_match *match,
                              const struct sk_evidence *evidence, enum sense sense,
                              struct sk_bound *bound, struct sk_miss *miss)
{
    struct binder binder = {
        .row = &sk_isa[form->op], .bound = bound, .miss = miss, .sense = sense
    };

    *bound = (struct sk_bound){ .insn.op = form->op };
    for (unsigned i = 0; i < form->count; i++) {
        enum outcome outcome =
            bind_hole(&binder, &match->operands[i], (enum sk_hole)form->holes[i]);

        if (outcome != FITS)
            return outcome;
    }
    if (binder.row->role != SK_ROLE_WIDE) /* imm is sign-extended */
        bound->insn.imm = (int32_t)(uint32_t)bound->insn.imm;
    bind_rest(&binder, evidence);
    return FITS;
}

/* The row that the bytes name; SK_OP_COUNT without bytes. */
static enum sk_op row_of_bytes(const struct sk_evidence *evidence)
{
    if (!evidence->byte_count)
        return SK_OP_COUNT;
    return sk_row_of(sk_slot_read(evidence->bytes, 0));
}

/* Whether the evidence leaves a row possible. */
static int is_possible(const struct sk_evidence *evidence, enum sk_op op)
{
    return evidence->opcode < 0 || evidence->opcode == sk_isa[op].opcode;
}

/* Tries the rows in one sense. The first miss is kept: it is the likeliest row's. */
static enum outcome bind_forms(const struct sk_scope *scope, const struct sk_match *match,
                               const struct sk_evidence *evidence, enum sense sense,
                               struct sk_bound *bound, struct sk_miss *miss)
{
    const struct sk_grammar_form *forms = scope->grammar->forms;
    enum outcome result = OTHER;

    for (uint16_t at = match->form; at; at = forms[at].next) {
        struct sk_miss other;
        enum outcome outcome;

        if (!is_possible(evidence, (enum sk_op)forms[at].op))
            continue;
        outcome = bind_form(&forms[at], match, evidence, sense, bound,
                            result == OTHER ? miss : &other);
        if (outcome == FITS)
            return FITS;
        if (outcome == WRONG)
            result = WRONG;
    }
    return result;
}

/* The row that the bytes name, if the text may be it. */
static enum outcome bind_by_bytes(const struct sk_scope *scope,
                                  const struct sk_match *match,
                                  const struct sk_evidence *evidence,
                                  struct sk_bound *bound, struct sk_miss *miss)
{
    const struct sk_grammar_form *forms = scope->grammar->forms;
    enum sk_op op = row_of_bytes(evidence);

    for (uint16_t at = match->form; at; at = forms[at].next) {
        if (forms[at].op == op && is_possible(evidence, op))
            return bind_form(&forms[at], match, evidence, LOOSE, bound, miss);
    }
    return OTHER;
}

enum skep_code sk_bind(const struct sk_scope *scope, const struct sk_match *match,
                       const struct sk_evidence *evidence, struct sk_bound *bound,
                       struct skep_err *err)
{
    struct sk_miss miss = { .code = SK_NO_MISS };
    enum outcome outcome = bind_by_bytes(scope, match, evidence, bound, &miss);

    if (outcome == OTHER)
        outcome = bind_forms(scope, match, evidence, EXACT, bound, &miss);
    if (outcome == OTHER)
        outcome = bind_forms(scope, match, evidence, LOOSE, bound, &miss);
    if (outcome == FITS)
        return SKEP_OK;
    if (outcome == WRONG)
        return sk_miss_report(scope->source, &miss, err);
    return sk_syntax(scope->source, evidence->opcode_at, err,
                     "opcode 0x%02x is not that of this instruction", evidence->opcode);
}
