/* The pass: each function, each instruction in its order, then what they share. */
#include "jit/x64.h"

#include "jit/emit.h"

static const x64_row rows[SK_OP_COUNT] = {
#define ISA(id, ...) [SK_OP_##id] = x64_emit_##id,
#include "isa/isa.def"
#undef ISA
};

x64_row x64_row_of(uint16_t op)
{
    return rows[op];
}

/* ---- Jumps as bytes ----------------------------------------------------------------- */

static uint32_t jump_size(uint16_t kind, int is_long)
{
    if (kind == X64_CALL)
        return 5;
    if (kind >= X64_LEA)
        return 7;
    return !is_long ? 2 : kind == X64_JMP ? 5 : 6;
}

static int jump_reaches(uint16_t kind, int64_t distance)
{
    return kind == X64_CALL || kind >= X64_LEA ||
           (distance - 2 >= INT8_MIN && distance - 2 <= INT8_MAX);
}

static void jump_encode(uint8_t *out, uint16_t kind, int is_long, int64_t distance)
{
    uint32_t disp = (uint32_t)(distance - jump_size(kind, is_long));

    if (kind == X64_CALL)
        x64_d(x64_b(out, 0xe8), disp);
    else if (kind >= X64_LEA)
        x64_lea_rip(out, kind & 15u, disp);
    else if (kind == X64_JMP && is_long)
        x64_d(x64_b(out, 0xe9), disp);
    else if (kind == X64_JMP)
        x64_b(x64_b(out, 0xeb), (uint8_t)disp);
    else if (is_long)
        x64_d(x64_b(x64_b(out, 0x0f), (uint8_t)(0x80u | kind)), disp);
    else
        x64_b(x64_b(out, (uint8_t)(0x70u | kind)), (uint8_t)disp);
}

static void pad(uint8_t *out, uint32_t size)
{
    enum { LONGEST = 9 };

    for (uint32_t n; size; size -= n) {
        n = size < LONGEST ? size : LONGEST;
        out = x64_nop(out, n);
    }
}

const struct sk_code_target sk_x64_jumps = { jump_size, jump_reaches, jump_encode, pad,
                                             INT32_MAX };

/* A call or jump of 12 bytes: direct and padded by a nop of 7 where it reaches, else through
 * rax. */
void sk_x64_fill(uint8_t *at, const uint8_t *place, enum skep_native_reloc_kind kind,
                 uint64_t to)
{
    int64_t distance = (int64_t)(to - ((uint64_t)(uintptr_t)place + 5));
    uint32_t disp = (uint32_t)distance;

    if (distance == (int32_t)distance) {
        at[0] = kind == SKEP_RELOC_CALL ? 0xe8 : 0xe9;
        memcpy(at + 1, &disp, 4);
        x64_nop(at + 5, 7);
        return;
    }
    memcpy(at + 2, &to, 8); /* behind the opcode of mov rax, imm64 */
}

/* ---- One function ------------------------------------------------------------------- */

static void begin_block(struct x64 *t, uint32_t pc, int reached)
{
    t->now = t->live[pc].before;
    if (reached)
        x64_settle_all(t, t->now);
    x64_forget(t);
    if (t->live[pc].kills & SK_LIVE_HEAD && !x64_has(t, SK_JIT_METERED))
        sk_code_pad(&t->buf, SK_CODE_LOOP);
    sk_code_bind(&t->buf, pc);
}

static void emit_insn(struct x64 *t, uint32_t pc)
{
    const struct sk_insn *insn = &t->prog->insns[pc];
    struct sk_insn wide;

    t->pc = pc;
    t->next = pc + 1;
    if (__builtin_expect(sk_isa[insn->op].role == SK_ROLE_WIDE, 0)) {
        t->next++; /* a branch: the next instruction need not wait for the table */
        insn = sk_wide(t->prog, insn, &wide);
    }
    t->now = sk_live_now(&t->live[pc]);
    sk_code_line(&t->buf, pc);
    if (t->prog->flags[pc] & SK_SLOT_TRACKED && x64_has(t, SK_JIT_CHECKED)) {
        x64_settle_all(t, SK_ALL_REGS);
        x64_call_shared(t, SK_S_TRACK);
        t->zx = t->zx16 = 0;
    }
    if (!x64_has(t, SK_JIT_BLIND) || !x64_blind(t, insn))
        rows[insn->op](t, insn);
    if (__builtin_expect(t->next != pc + 1, 0) &&
        t->prog->insns[t->next - 1].op != SK_OP_SECOND) /* it took others with it */
        sk_code_line_until(&t->buf, t->next - 1);
}

static void emit_function(struct x64 *t, uint32_t function)
{
    const struct sk_prog *prog = t->prog;
    const struct sk_function *f = &prog->functions[function];
    uint32_t before = f->first; /* the instruction before pc */

    sk_code_room(&t->buf);
    sk_code_line(&t->buf, UINT32_MAX);
    x64_forget(t);
    x64_prologue(t, function, !function || t->survey.takes_addresses);
    for (uint32_t pc = f->first; pc < f->end && !t->buf.failed; pc = t->next) {
        sk_code_room(&t->buf);
        if (prog->flags[pc] & SK_SLOT_TARGET || pc == f->first)
            begin_block(t, pc, pc > f->first && sk_insn_goes_on(&prog->insns[before]));
        before = pc;
        emit_insn(t, pc);
    }
    x64_function_end(t);
}

void sk_x64_emit(const struct sk_prog *prog, const struct sk_jit_opts *opts,
                 const struct sk_live *live, const struct sk_survey *survey,
                 struct sk_code_buf *buf)
{
    struct x64 t = { .prog = prog,
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
        x64_gate(&t);
        x64_shared_code(&t);
    }
    sk_mem_free(&prog->mem, t.stubs.list, t.stubs.cap, sizeof(t.stubs.list[0]));
    if (t.helpers)
        sk_mem_free(&prog->mem, t.helpers, prog->env->helper_count, sizeof(t.helpers[0]));
    *buf = t.buf;
}
