/* Instructions as text: each row's template with its placeholders filled in.
 *
 * The kernel's dialect has decimal numbers as in the verifier's log, LLVM's hexadecimal
 * ones with a sign; sentences have the numbers that the instruction computes with. Where
 * kernel or LLVM leave out what an instruction holds, more is printed, so that a text
 * with its opcode, or in LLVM's dialect the text alone, stands for one instruction only:
 *
 *     call #7@5           kernel function 7 of BTF object 5; without "@" the object is 0
 *     call f#7@0          the same by name; "@0" where "f#7" would be helper 7
 *     call pc+0x2         LLVM's local call; "call 0x2" is a helper
 *     skb[r2 + 0x7]       LLVM's; llvm.def's {io}
 *     ld_pseudo ..., 0x8  LLVM's; llvm.def's {no} */
#include "text/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "text/lex.h"
#include "text/template.h"

/* The instruction being written. */
struct text {
    struct sk_out *out;
    const struct sk_env *env;
    const struct sk_insn *insn;
    uint32_t pc;
    const struct sk_notes *notes; /* NULL: none */
};

/* ---- Numbers --------------------------------------------------------------------- */

/* What stands before the digits of a number from 0 on, and of a negative one. Without the
 * latter a number has no sign. */
struct style {
    const char *plus, *minus;
    int base;
};

static const struct style kernel_styles[SK_HOLE_COUNT] = {
    [SK_HOLE_I] = { "", "-", 10 },      [SK_HOLE_X] = { "0x", NULL, 16 },
    [SK_HOLE_U] = { "", NULL, 10 },     [SK_HOLE_N] = { "", NULL, 10 },
    [SK_HOLE_Q] = { "0x", NULL, 16 },   [SK_HOLE_DA] = { "", NULL, 10 },
    [SK_HOLE_SA] = { "", NULL, 10 },    [SK_HOLE_O] = { "+", "-", 10 },
    [SK_HOLE_J] = { "pc+", "pc-", 10 }, [SK_HOLE_JL] = { "pc+", "pc-", 10 },
    [SK_HOLE_F] = { "pc+", "pc-", 10 }, [SK_HOLE_C] = { "+", "-", 10 },
    [SK_HOLE_H] = { "#", "#-", 10 },    [SK_HOLE_K] = { "#", "#-", 10 },
};

static const struct style llvm_styles[SK_HOLE_COUNT] = {
    [SK_HOLE_I] = { "0x", "-0x", 16 },      [SK_HOLE_U] = { "0x", NULL, 16 },
    [SK_HOLE_Q] = { "0x", "-0x", 16 },      [SK_HOLE_DA] = { "0x", NULL, 16 },
    [SK_HOLE_SA] = { "0x", NULL, 16 },      [SK_HOLE_O] = { "+ 0x", "- 0x", 16 },
    [SK_HOLE_J] = { "+0x", "-0x", 16 },     [SK_HOLE_JL] = { "+0x", "-0x", 16 },
    [SK_HOLE_F] = { "pc+0x", "pc-0x", 16 }, [SK_HOLE_H] = { "0x", "-0x", 16 },
    [SK_HOLE_K] = { "#0x", "#-0x", 16 },    [SK_HOLE_IO] = { " + 0x", " - 0x", 16 },
    [SK_HOLE_NO] = { ", 0x", NULL, 16 },
};

static void put_number(struct sk_out *out, const struct style *style, int64_t v)
{
    int negative = v < 0 && style->minus;
    uint64_t digits = negative ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;

    sk_puts(out, negative ? style->minus : style->plus);
    sk_printf(out, style->base == 16 ? "%" PRIx64 : "%" PRIu64, digits);
}

/* The number that a hole stands for. */
static int64_t number_of(const struct sk_insn *insn, enum sk_hole hole)
{
    uint32_t imm = (uint32_t)insn->imm;

    switch (hole) {
    case SK_HOLE_X:
    case SK_HOLE_U:
        return imm;
    case SK_HOLE_N:
    case SK_HOLE_NO:
        return (int64_t)((uint64_t)insn->imm >> 32);
    case SK_HOLE_Q:
        return insn->imm;
    case SK_HOLE_DA:
        return imm >> 16;
    case SK_HOLE_SA:
        return imm & 0xffff;
    case SK_HOLE_O:
    case SK_HOLE_J:
        return insn->off;
    default:
        return (int32_t)imm;
    }
}

/* imm as the instruction takes it: of its width, without a sign. */
static uint64_t operand(const struct sk_insn *insn)
{
    const struct sk_row *row = &sk_isa[insn->op];

    if (row->role == SK_ROLE_WIDE || row->width < 64)
        return (uint32_t)insn->imm;
    return (uint64_t)insn->imm;
}

/* ---- Holes ----------------------------------------------------------------------- */

/* 1 if the hole is a register. */
static int put_register(const struct text *t, enum sk_hole hole)
{
    if (hole == SK_HOLE_D || hole == SK_HOLE_WD)
        sk_printf(t->out, hole == SK_HOLE_D ? "r%u" : "w%u", t->insn->dst);
    else if (hole == SK_HOLE_S || hole == SK_HOLE_WS)
        sk_printf(t->out, hole == SK_HOLE_S ? "r%u" : "w%u", t->insn->src);
    else
        return 0;
    return 1;
}

static const char *helper_name(const struct text *t)
{
    return sk_env_helper_name(t->env, (uint32_t)t->insn->imm);
}

/* The kernel's name of what is referred to; NULL: not known. */
static const char *extern_name(const struct text *t)
{
    return t->notes ? sk_notes_extern(t->notes, t->pc) : NULL;
}

/* Whether NAME#N would be read back as a kernel function, if not as a helper. */
static int is_callable(const struct text *t, const char *name)
{
    size_t len = strlen(name);

    if (!len || (*name >= '0' && *name <= '9') || !strcmp(name, "unknown") ||
        !strcmp(name, "pc"))
        return 0;
    for (size_t i = 0; i < len; i++)
        if (!sk_is_name_char(name[i]))
            return 0;
    return sk_env_helper_id(t->env, name, len) < 0;
}

static void put_kfunc(const struct text *t)
{
    const char *name = extern_name(t);
    int named = name && is_callable(t, name);

    if (named)
        sk_puts(t->out, name);
    put_number(t->out, &kernel_styles[SK_HOLE_K], number_of(t->insn, SK_HOLE_K));
    if (t->insn->off || (named && helper_name(t)))
        sk_printf(t->out, "@%d", t->insn->off);
}

static void put_kernel(const struct text *t, enum sk_hole hole)
{
    if (put_register(t, hole))
        return;
    if (hole == SK_HOLE_H)
        sk_puts(t->out, helper_name(t) ? helper_name(t) : "unknown");
    if (hole == SK_HOLE_K)
        put_kfunc(t);
    else
        put_number(t->out, &kernel_styles[hole], number_of(t->insn, hole));
}

static void put_llvm(const struct text *t, enum sk_hole hole)
{
    int64_t number = number_of(t->insn, hole);

    if (put_register(t, hole))
        return;
    if ((hole == SK_HOLE_IO || hole == SK_HOLE_NO) && !number)
        return;
    if (hole == SK_HOLE_X) { /* all immediates alike */
        hole = SK_HOLE_I;
        number = number_of(t->insn, hole);
    }
    put_number(t->out, &llvm_styles[hole], number);
    if (hole == SK_HOLE_K && t->insn->off)
        put_number(t->out, &(struct style){ "@0x", "@-0x", 16 }, t->insn->off);
}

/* " (NAME)" of a function, or of a map and the variable in it, if they are known. */
static void put_function_name(const struct text *t)
{
    const struct sk_note_function *function =
        t->notes ? sk_notes_function(t->notes, (uint32_t)sk_insn_target(t->insn, t->pc))
                 : NULL;

    if (!function)
        return;
    sk_puts(t->out, " (");
    sk_text_foreign(t->out, function->name);
    sk_puts(t->out, ")");
}

static void put_map_name(const struct text *t)
{
    uint32_t map = (uint32_t)t->insn->imm;
    const char *name = t->notes ? sk_notes_map_name(t->notes, map) : NULL;
    const struct sk_note_variable *variable = NULL;

    if (!name)
        return;
    sk_puts(t->out, " (");
    sk_text_foreign(t->out, name);
    if (t->insn->op == SK_OP_LDDW_MAP_VALUE)
        variable =
            sk_notes_variable(t->notes, map, (uint32_t)((uint64_t)t->insn->imm >> 32));
    if (variable) {
        sk_puts(t->out, ", variable ");
        sk_text_foreign(t->out, variable->name);
    }
    sk_puts(t->out, ")");
}

/* " (NAME)" of the kernel's function or variable. */
static void put_extern_name(const struct text *t)
{
    const char *name = extern_name(t);

    if (!name)
        return;
    sk_puts(t->out, " (");
    sk_text_foreign(t->out, name);
    sk_puts(t->out, ")");
}

static void put_words(const struct text *t, enum sk_hole hole)
{
    switch (hole) {
    case SK_HOLE_X:
    case SK_HOLE_U:
        put_number(t->out, &kernel_styles[hole], (int64_t)operand(t->insn));
        if (t->insn->op == SK_OP_LDDW_MAP_FD || t->insn->op == SK_OP_LDDW_MAP_VALUE)
            put_map_name(t);
        if (t->insn->op == SK_OP_LDDW_VAR)
            put_extern_name(t);
        return;
    case SK_HOLE_T:
        sk_printf(t->out, "%" PRId64, sk_insn_target(t->insn, t->pc));
        if (sk_insn_names_function(t->insn))
            put_function_name(t);
        return;
    case SK_HOLE_H:
        if (helper_name(t))
            sk_puts(t->out, helper_name(t));
        else
            sk_printf(t->out, "number %" PRIu32, (uint32_t)t->insn->imm);
        return;
    case SK_HOLE_K:
        sk_printf(t->out, "%" PRIu32, (uint32_t)t->insn->imm);
        if (t->insn->off)
            sk_printf(t->out, " in BTF object %d", t->insn->off);
        put_extern_name(t);
        return;
    default:
        put_kernel(t, hole);
    }
}

/* ---- Templates ------------------------------------------------------------------- */

static void fill(const struct text *t, const char *template,
                 void (*put)(const struct text *t, enum sk_hole hole))
{
    struct sk_piece piece;

    while (sk_template_next(&template, &piece)) {
        if (piece.hole == SK_HOLE_NONE)
            sk_put(t->out, piece.text, piece.len);
        else
            put(t, piece.hole);
    }
}

void sk_text_insn(struct sk_out *out, const struct sk_env *env, enum skep_dialect dialect,
                  const struct sk_insn *insn, uint32_t pc)
{
    fill(&(struct text){ out, env, insn, pc, NULL },
         sk_template((enum sk_op)insn->op, dialect),
         dialect == SKEP_LLVM ? put_llvm : put_kernel);
}

/* The name of a kernel variable, as a comment: Linux's listings have its address. */
static void put_variable(struct sk_out *out, const struct sk_notes *notes, uint32_t pc)
{
    const char *name = sk_notes_extern(notes, pc);

    if (!name)
        return;
    sk_puts(out, " ; ");
    sk_text_foreign(out, name);
}

void sk_text_of(struct sk_out *out, const struct sk_prog *prog, enum skep_dialect dialect,
                uint32_t pc)
{
    const struct sk_insn *insn = &prog->insns[pc];
    const struct sk_note_function *callee = NULL;

    fill(&(struct text){ out, prog->env, insn, pc, &prog->notes },
         sk_template((enum sk_op)insn->op, dialect),
         dialect == SKEP_LLVM ? put_llvm : put_kernel);
    if (dialect == SKEP_KERNEL && insn->op == SK_OP_LDDW_VAR)
        put_variable(out, &prog->notes, pc);
    if (dialect == SKEP_KERNEL && insn->op == SK_OP_CALL_LOCAL)
        callee = sk_notes_function(&prog->notes, (uint32_t)sk_insn_target(insn, pc));
    if (!callee)
        return;
    sk_puts(out, "#");
    sk_text_foreign(out, callee->symbol);
}

void sk_text_words_of(struct sk_out *out, const struct sk_prog *prog, uint32_t pc)
{
    const struct sk_insn *insn = &prog->insns[pc];
    const char *why = sk_notes_poison(&prog->notes, pc);

    if (why) {
        sk_puts(out, SK_TEXT_POISON ": ");
        sk_text_foreign(out, why);
        return;
    }
    fill(&(struct text){ out, prog->env, insn, pc, &prog->notes }, sk_isa[insn->op].words,
         put_words);
}

/* Control characters from U+0080 on, and those that change the direction of the text around
 * them: U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069. */
static int is_control(const unsigned char *c, size_t len)
{
    if (len == 2)
        return c[0] == 0xc2 && c[1] < 0xa0;
    if (len != 3 || c[0] != 0xe2)
        return 0;
    return (c[1] == 0x80 &&
            (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae))) ||
           (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

void sk_text_foreign(struct sk_out *out, const char *text)
{
    size_t left = strlen(text);

    while (left) {
        const unsigned char *c = (const unsigned char *)text;
        size_t len = *c < 0x80 ? 1 : sk_utf8_length(c, left);

        if (!len || is_control(c, len) || (*c < ' ' && *c != '\t') || *c == 0x7f) {
            len = 1;
            sk_printf(out, "\\x%02x", *c);
        } else {
            sk_put(out, text, len);
        }
        text += len;
        left -= len;
    }
}

struct sk_insn sk_text_example(enum sk_op op)
{
    const struct sk_row *row = &sk_isa[op];
    struct sk_insn insn = { .op = (uint16_t)op };

    if (row->uses & SKEP_USES_DST)
        insn.dst = SK_R1;
    if (row->uses & SKEP_USES_SRC)
        insn.src = SK_R2;
    if (row->uses & SKEP_USES_OFF && op != SK_OP_CALL_KFUNC)
        insn.off = 8;
    if (row->uses & SKEP_USES_IMM)
        insn.imm = 7;
    if (row->uses & SKEP_USES_NEXT_IMM)
        insn.imm |= (int64_t)8 << 32;
    if (row->field == SK_FIELD_OFF)
        insn.off = row->value;
    if (row->field == SK_FIELD_IMM)
        insn.imm = row->value;
    if (row->field == SK_FIELD_SRC)
        insn.src = (uint8_t)row->value;
    return insn;
}
