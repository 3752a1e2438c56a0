/* Listings: bpftool's of a program, and that of slots that need not be one.
 *
 *     "int prog(struct xdp_md * ctx):"                          bpftool's: a function
 *     "; u32 key = 7; [file:a.c line_num:3 line_col:9]"         a source line, with linum
 *     "  12: (18) r1 = 0x7"                                     an instruction
 *     "       18 01 00 00 07 00 00 00 00 00 00 00 00 00 00 00"  with opcodes, under it
 *     "12: (18) r1 = 0x7"                                       of slots */
#include "text/text.h"

#include <inttypes.h>

#include "base/bits.h"

/* ---- A program ------------------------------------------------------------------- */

/* The bytes of an instruction, on a line of their own. */
static void put_opcodes(struct sk_out *out, const struct sk_prog *prog, uint32_t pc)
{
    const uint8_t *at = prog->slots + (size_t)pc * SK_SLOT_BYTES;
    uint32_t bytes = sk_insn_slots(&prog->insns[pc]) * SK_SLOT_BYTES;

    sk_puts(out, "      ");
    for (uint32_t i = 0; i < bytes; i++)
        sk_printf(out, " %02x", at[i]);
    sk_puts(out, "\n");
}

/* What stands before the instruction at pc: the prototype of a function that begins there, the
 * source line that does, and why it was poisoned. */
static void put_notes(struct sk_out *out, const struct sk_notes *notes, uint32_t pc,
                      uint32_t flags)
{
    const struct sk_note_function *function = sk_notes_function(notes, pc);
    const struct sk_note_line *line = sk_notes_line_at(notes, pc);
    const char *why = sk_notes_poison(notes, pc);

    if (function && function->proto) {
        sk_text_foreign(out, function->proto);
        sk_puts(out, ":\n");
    }
    if (line) {
        sk_puts(out, "; ");
        sk_text_line(out, line, flags & SKEP_LIST_LINUM);
        sk_puts(out, "\n");
    }
    if (why) {
        sk_puts(out, "; " SK_TEXT_POISON ": ");
        sk_text_foreign(out, why);
        sk_puts(out, "\n");
    }
}

void sk_text_line(struct sk_out *out, const struct sk_note_line *line, int linum)
{
    sk_text_foreign(out, line->text);
    if (!linum)
        return;
    sk_puts(out, " [file:");
    sk_text_foreign(out, line->file);
    sk_printf(out, " line_num:%" PRIu32 " line_col:%" PRIu32 "]", line->line,
              line->column);
}

void sk_text_list(struct sk_out *out, const struct sk_prog *prog, uint32_t flags)
{
    for (uint32_t pc = 0; pc < prog->count; pc++) {
        const struct sk_insn *insn = &prog->insns[pc];

        if (insn->op == SK_OP_SECOND)
            continue;
        put_notes(out, &prog->notes, pc, flags);
        sk_printf(out, "%4" PRIu32 ": (%02x) ", pc, sk_isa[insn->op].opcode);
        sk_text_of(out, prog, SKEP_KERNEL, pc);
        sk_puts(out, "\n");
        if (flags & SKEP_LIST_OPCODES)
            put_opcodes(out, prog, pc);
    }
}

/* ---- Slots ----------------------------------------------------------------------- */

/* Reads what a slot would mean if fields that must be 0 were 0. Returns how many slots it
 * takes; 0: nothing, for want of a row or of a second slot. */
static uint32_t read_loosely(const void *slots, uint32_t count, uint32_t pc,
                             struct sk_insn *insn)
{
    struct sk_slot slot = sk_slot_read(slots, pc), second;
    enum sk_op op = sk_row_of(slot);

    if (op == SK_OP_COUNT)
        return 0;
    *insn = (struct sk_insn){ .op = (uint16_t)op,
                              .dst = slot.dst,
                              .src = slot.src,
                              .off = slot.off,
                              .imm = slot.imm };
    if (sk_isa[op].role != SK_ROLE_WIDE)
        return 1;
    if (pc + 1 == count)
        return 0;
    second = sk_slot_read(slots, pc + 1);
    if (second.opcode)
        return 0;
    insn->imm = (int64_t)((uint64_t)(uint32_t)second.imm << 32 | (uint32_t)slot.imm);
    return 2;
}

/* As the kernel prints what it has no text for: class (none for STX) and opcode. */
static void put_unknown(struct sk_out *out, uint8_t opcode)
{
    static const char *const classes[] = {
        [SK_LD] = "ld_",       [SK_LDX] = "ldx_",     [SK_ST] = "st_",
        [SK_STX] = "",         [SK_ALU] = "alu_",     [SK_JMP] = "jmp_",
        [SK_JMP32] = "jmp32_", [SK_ALU64] = "alu64_",
    };

    sk_printf(out, "BUG_%s%02x", classes[sk_opcode_class(opcode)], opcode);
}

void sk_text_slots(struct sk_out *out, const struct sk_env *env,
                   enum skep_dialect dialect, const void *slots, uint32_t count)
{
    for (uint32_t pc = 0, n; pc < count; pc += n) {
        uint8_t opcode = sk_slot_read(slots, pc).opcode;
        struct sk_insn insn;

        sk_printf(out, "%" PRIu32 ": ", pc);
        n = read_loosely(slots, count, pc, &insn);
        if (n && dialect == SKEP_KERNEL)
            sk_printf(out, "(%02x) ", opcode);
        if (n)
            sk_text_insn(out, env, dialect, &insn, pc);
        else
            put_unknown(out, opcode);
        sk_puts(out, "\n");
        n += !n;
    }
}
