/* The pass: each function, each instruction in its order, then what they share. */
#include "jit/a64.h"

#include "jit/emit.h"

const uint8_t a64_home[SK_REGS_AX] = { 7, 0, 1, 2, 3, 4, 19, 20, 21, 22, 25, A64_IP0 };

static const a64_row rows[SK_OP_COUNT] = {
#define ISA(id, ...) [SK_OP_##id] = a64_emit_##id,
#include "isa/isa.def"
#undef ISA
};

a64_row a64_row_of(uint16_t op)
{
    return rows[op];
}

/* ---- Jumps as words ----------------------------------------------------------------- */

static int has_long_form(uint16_t kind)
{
    return kind < A64_B_ALWAYS || kind >= A64_CBZ;
}

static int is_address(uint16_t kind)
{
    return kind >= A64_ADDRESS && kind < A64_CBZ;
}

static uint32_t jump_size(uint16_t kind, int is_long)
{
    if (is_address(kind))
        return 16;
    return is_long && has_long_form(kind) ? 8 : 4;
}

static int jump_reaches(uint16_t kind, int64_t distance)
{
    if (!has_long_form(kind))
        return 1;
    return kind >= A64_TBZ ? a64_fits_tbz(distance) : a64_fits_bcond(distance);
}

static uint32_t short_jump(uint16_t kind, int64_t distance)
{
    unsigned negated = kind & 1;

    if (kind == A64_B_ALWAYS)
        return a64_b(distance);
    if (kind == A64_BL)
        return a64_bl(distance);
    if (kind == A64_LDR_X4 || kind == A64_LDR_X10)
        return a64_ldr_literal(true, kind == A64_LDR_X4 ? 4 : 10, distance);
    if (kind >= A64_TBZ)
        return (negated ? a64_tbnz : a64_tbz)(kind >> 1 & 31, kind >> 6 & 63, distance);
    if (kind >= A64_CBZ)
        return (negated ? a64_cbnz : a64_cbz)(kind >> 1 & 1, kind >> 2 & 31, distance);
    return a64_bcond((enum a64_cond)kind, distance);
}

static void put_word(uint8_t *out, uint32_t word)
{
    for (unsigned n = 0; n < 4; n++)
        out[n] = (uint8_t)(word >> 8 * n);
}

/* This place's own address, and the way from here. */
static void put_address(uint8_t *out, unsigned rd, int64_t distance)
{
    uint64_t way = (uint64_t)(distance < 0 ? -distance : distance);

    put_word(out, a64_adr(rd, 0));
    put_word(out + 4, a64_movz(true, T0, way & 0xffff, 0));
    put_word(out + 8, a64_movk(true, T0, way >> 16 & 0xffff, 16));
    put_word(out + 12, (distance < 0 ? a64_sub : a64_add)(true, rd, rd, T0));
}

/* The long form skips a jump by the contrary. */
static void jump_encode(uint8_t *out, uint16_t kind, int is_long, int64_t distance)
{
    if (is_address(kind)) {
        put_address(out, kind & 31u, distance);
        return;
    }
    if (jump_size(kind, is_long) == 4) {
        put_word(out, short_jump(kind, distance));
        return;
    }
    put_word(out, short_jump(kind ^ 1u, 8));
    put_word(out + 4, a64_b(distance - 4));
}

/* What B and BL reach, forwards too. */
enum { FARTHEST = (1 << 27) - 4 };

const struct sk_code_target sk_a64_jumps = { jump_size, jump_reaches, jump_encode, NULL,
                                             FARTHEST };

/* A call of 20 bytes, the only kind here: direct and padded by nops where it reaches, else through
 * x16. */
void sk_a64_fill(uint8_t *at, const uint8_t *place, enum skep_native_reloc_kind kind,
                 uint64_t to)
{
    int64_t distance = (int64_t)(to - (uint64_t)(uintptr_t)place);

    (void)kind;
    if (a64_fits_b(distance)) {
        put_word(at, a64_bl(distance));
        for (unsigned n = 1; n < 5; n++)
            put_word(at + 4 * n, a64_nop());
        return;
    }
    put_word(at, a64_movz(true, A64_IP0, to & 0xffff, 0));
    for (unsigned n = 1; n < 4; n++)
        put_word(at + 4 * n, a64_movk(true, A64_IP0, to >> 16 * n & 0xffff, 16 * n));
    put_word(at + 16, a64_blr(A64_IP0));
}

/* ---- Sequences ---------------------------------------------------------------------- */

void a64_set(struct a64 *t, unsigned rd, uint64_t value)
{
    uint32_t words[A64_CONST_MAX];
    unsigned count = a64_mov_const(rd, value, words);

    for (unsigned n = 0; n < count; n++)
        a64_put(t, words[n]);
}

unsigned a64_const(struct a64 *t, uint64_t value)
{
    if (!t->kept_known || t->kept != value)
        a64_set(t, KEPT, value);
    t->kept_known = 1;
    t->kept = value;
    return KEPT;
}

void a64_add_const(struct a64 *t, int x, unsigned rd, unsigned rn, int64_t value)
{
    uint64_t plus = x ? (uint64_t)value : (uint32_t)value;
    uint64_t minus = x ? 0 - plus : (uint32_t)(0 - plus);

    if (a64_fits_imm12(plus)) {
        EMIT(t, add_imm, x, rd, rn, plus);
    } else if (a64_fits_imm12(minus)) {
        EMIT(t, sub_imm, x, rd, rn, minus);
    } else if (plus < 0x1000000) {
        EMIT(t, add_imm, x, rd, rn, plus & 0xfff000);
        EMIT(t, add_imm, x, rd, rd, plus & 0xfff);
    } else if (minus < 0x1000000) {
        EMIT(t, sub_imm, x, rd, rn, minus & 0xfff000);
        EMIT(t, sub_imm, x, rd, rd, minus & 0xfff);
    } else {
        EMIT(t, add, x, rd, rn, a64_const(t, plus));
    }
}

void a64_compare_const(struct a64 *t, int x, unsigned rn, int64_t value)
{
    uint64_t plus = x ? (uint64_t)value : (uint32_t)value;
    uint64_t minus = x ? 0 - plus : (uint32_t)(0 - plus);

    if (a64_fits_imm12(plus)) {
        EMIT(t, cmp_imm, x, rn, plus);
    } else if (a64_fits_imm12(minus)) {
        EMIT(t, cmn_imm, x, rn, minus);
    } else {
        EMIT(t, cmp, x, rn, a64_const(t, plus));
    }
}

unsigned a64_address(struct a64 *t, struct a64_place place)
{
    if (!place.off)
        return place.base;
    a64_add_const(t, 1, T0, place.base, place.off);
    return T0;
}

void a64_load(struct a64 *t, enum a64_size size, unsigned rt, struct a64_place place)
{
    if (a64_fits_scaled(size, place.off)) {
        EMIT(t, ldr, size, rt, place.base, place.off);
    } else if (a64_fits_imm9(place.off)) {
        EMIT(t, ldur, size, rt, place.base, place.off);
    } else {
        a64_set(t, T3, (uint64_t)(int64_t)place.off);
        EMIT(t, ldr_reg, size, rt, place.base, T3, A64_INDEX_X);
    }
}

void a64_load_signed(struct a64 *t, enum a64_size size, unsigned rt,
                     struct a64_place place)
{
    if (a64_fits_scaled(size, place.off)) {
        EMIT(t, ldrs, true, size, rt, place.base, place.off);
    } else if (a64_fits_imm9(place.off)) {
        EMIT(t, ldurs, true, size, rt, place.base, place.off);
    } else {
        a64_set(t, T3, (uint64_t)(int64_t)place.off);
        EMIT(t, ldrs_reg, true, size, rt, place.base, T3, A64_INDEX_X);
    }
}

void a64_store(struct a64 *t, enum a64_size size, unsigned rt, struct a64_place place)
{
    if (a64_fits_scaled(size, place.off)) {
        EMIT(t, str, size, rt, place.base, place.off);
    } else if (a64_fits_imm9(place.off)) {
        EMIT(t, stur, size, rt, place.base, place.off);
    } else {
        a64_set(t, T3, (uint64_t)(int64_t)place.off);
        EMIT(t, str_reg, size, rt, place.base, T3, A64_INDEX_X);
    }
}

/* ---- One function ------------------------------------------------------------------- */

static void begin_block(struct a64 *t, uint32_t pc)
{
    t->stackish = t->kept_known = 0;
    memset(&t->known, 0, sizeof(t->known));
    sk_code_bind(&t->buf, pc);
}

/* The registers that point to the stack after the instruction. */
static uint32_t stackish_after(const struct a64 *t, const struct sk_insn *i)
{
    uint32_t d = 1u << i->dst, before = t->stackish | 1u << SK_R10;
    uint32_t others = t->stackish & ~(sk_insn_writes(i) | sk_insn_clobbers(i));

    switch (i->op) {
    case SK_OP_ADD64_IMM:
    case SK_OP_SUB64_IMM:
    case SK_OP_SUB64_REG:
        return t->stackish;
    case SK_OP_ADD64_REG:
        return t->stackish | (before >> i->src & 1 ? d : 0);
    case SK_OP_MOV64_REG:
        return others | (before >> i->src & 1 ? d : 0);
    default:
        return others;
    }
}

/* A move into the register that the next instruction computes in: the two are one of three
 * operands. */
static int moves_operand(const struct a64 *t, const struct sk_insn *i)
{
    const struct sk_insn *then = sk_follower(t->prog, t->next);
    const struct sk_row *row;

    if (!then || then->op == SK_OP_SECOND ||
        (i->op != SK_OP_MOV64_REG && i->op != SK_OP_MOV32_REG))
        return 0;
    row = &sk_isa[then->op];
    return row->role == SK_ROLE_ALU && then->dst == i->dst &&
           !(row->uses & SKEP_USES_SRC && then->src == i->dst) &&
           (i->op == SK_OP_MOV64_REG || row->width <= 32);
}

static void emit_insn(struct a64 *t, uint32_t pc)
{
    const struct sk_insn *insn = &t->prog->insns[pc];
    uint32_t next = pc + sk_insn_slots(insn);
    struct sk_insn wide;

    if (next != pc + 1)
        insn = sk_wide(t->prog, insn, &wide);
    t->pc = pc;
    t->next = next;
    t->lhs = a64_home[insn->dst];
    sk_code_line(&t->buf, pc);
    if (t->prog->flags[pc] & SK_SLOT_TRACKED && a64_has(t, SK_JIT_CHECKED))
        a64_call_shared(t, SK_S_TRACK);
    if (moves_operand(t, insn)) {
        t->stackish = stackish_after(t, insn);
        t->lhs = a64_home[insn->src];
        insn++;
        t->pc = t->next++;
    }
    if (!a64_has(t, SK_JIT_BLIND) || !a64_blind(t, insn))
        rows[insn->op](t, insn);
    if (t->next != next) /* it took others with it */
        sk_code_line_until(&t->buf, t->next - 1);
    t->stackish = stackish_after(t, insn);
}

static void emit_function(struct a64 *t, uint32_t function)
{
    const struct sk_prog *prog = t->prog;
    const struct sk_function *f = &prog->functions[function];

    sk_code_room(&t->buf);
    sk_code_line(&t->buf, UINT32_MAX);
    a64_prologue(t, function, !function || t->survey.takes_addresses);
    for (uint32_t pc = f->first; pc < f->end && !t->buf.failed; pc = t->next) {
        sk_code_room(&t->buf);
        if (prog->flags[pc] & SK_SLOT_TARGET || pc == f->first)
            begin_block(t, pc);
        emit_insn(t, pc);
    }
    a64_function_end(t);
}

void sk_a64_emit(const struct sk_prog *prog, const struct sk_jit_opts *opts,
                 const struct sk_live *live, const struct sk_survey *survey,
                 struct sk_code_buf *buf)
{
    struct a64 t = { .prog = prog,
                     .live = live,
                     .survey = *survey,
                     .buf = *buf,
                     .mode = opts->mode,
                     .features = opts->features,
                     .key = opts->mode & SK_JIT_BLIND ? sk_blind_seed() : 0 };

    for (uint32_t n = 0; n < prog->function_count && !t.buf.failed; n++)
        emit_function(&t, n);
    if (survey->gated && !t.buf.failed) {
        sk_code_room(&t.buf);
        sk_code_line(&t.buf, UINT32_MAX);
        sk_code_bind(&t.buf, sk_label_gate(prog));
        a64_gate(&t);
        a64_shared_code(&t);
    }
    sk_mem_free(&prog->mem, t.stubs.list, t.stubs.cap, sizeof(t.stubs.list[0]));
    if (t.helpers)
        sk_mem_free(&prog->mem, t.helpers, prog->env->helper_count, sizeof(t.helpers[0]));
    *buf = t.buf;
}
