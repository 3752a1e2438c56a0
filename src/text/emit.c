/* Slots: appending them, and completing them when all labels are known. */
#include <string.h>

#include "base/bits.h"
#include "base/out.h"
#include "text/assembly.h"
#include "text/text.h"

/* Line and column of `at`, which never goes back. */
static struct sk_asm_line place(struct sk_assembly *a, uint32_t at)
{
    while (a->line_end < at) {
        a->line++;
        a->line_start = a->line_end + 1;
        a->line_end = sk_line_end(&a->source, a->line_start);
    }
    return (struct sk_asm_line){ a->line, at - a->line_start + 1 };
}

static enum skep_code append(struct sk_assembly *a, const uint8_t *slots, uint32_t count,
                             uint32_t at, struct skep_err *err)
{
    const struct sk_asm_line line = place(a, at);

    SK_TRY(sk_mem_grow(a->mem, &a->slots, &a->slot_cap, a->count, count, SK_SLOT_BYTES,
                       err));
    SK_TRY(
        sk_mem_grow(a->mem, &a->lines, &a->line_cap, a->count, count, sizeof(line), err));
    memcpy(a->slots + a->count * SK_SLOT_BYTES, slots, (size_t)count * SK_SLOT_BYTES);
    for (uint32_t i = 0; i < count; i++)
        a->lines[a->count++] = line;
    return SKEP_OK;
}

/* ---- Data -------------------------------------------------------------------------- */

enum skep_code sk_emit_whole(struct sk_assembly *a, struct skep_err *err)
{
    if (!a->has_half)
        return SKEP_OK;
    return sk_syntax(&a->source, a->half_at, err,
                     "words of 32 bits fill slots of 64: this one needs another");
}

enum skep_code sk_emit_quad(struct sk_assembly *a, uint64_t value, uint32_t at,
                            struct skep_err *err)
{
    uint8_t slot[SK_SLOT_BYTES];

    SK_TRY(sk_emit_whole(a, err));
    sk_store64(slot, sk_le64(value));
    return append(a, slot, 1, at, err);
}

enum skep_code sk_emit_word(struct sk_assembly *a, uint32_t value, uint32_t at,
                            struct skep_err *err)
{
    if (!a->has_half) {
        a->half = value;
        a->half_at = at;
        a->has_half = 1;
        return SKEP_OK;
    }
    a->has_half = 0;
    return sk_emit_quad(a, (uint64_t)value << 32 | a->half, a->half_at, err);
}

/* ---- Evidence ---------------------------------------------------------------------- */

static enum skep_code fail_differ(const struct sk_assembly *a,
                                  const struct sk_evidence *evidence,
                                  struct skep_err *err)
{
    char text[SKEP_MESSAGE_MAX];
    struct sk_insn insn;
    struct sk_out out;

    sk_out_buf(&out, text, sizeof(text));
    if (!sk_decode(evidence->bytes, evidence->byte_count / SK_SLOT_BYTES, 0, &insn, NULL))
        sk_text_insn(&out, a->env, SKEP_KERNEL, &insn, 0);
    else
        sk_puts(&out, "no instruction");
    return sk_fail(err, E_BYTES_DIFFER, sk_source_pos(&a->source, evidence->bytes_at),
                   text);
}

static enum skep_code check(const struct sk_assembly *a, const struct sk_check *check,
                            struct skep_err *err)
{
    const struct sk_evidence *evidence = &check->evidence;
    uint32_t bytes = check->slots * SK_SLOT_BYTES;

    if (evidence->byte_count == bytes &&
        !memcmp(a->slots + (size_t)check->slot * SK_SLOT_BYTES, evidence->bytes, bytes))
        return SKEP_OK;
    return fail_differ(a, evidence, err);
}

/* ---- Instructions ------------------------------------------------------------------ */

static enum skep_code add_fixup(struct sk_assembly *a, const struct sk_bound *bound,
                                uint32_t slot, struct skep_err *err)
{
    struct sk_fixup fixup = {
        .slot = slot, .at = bound->label_at, .end = bound->label_end, .hole = bound->label
    };

    SK_TRY(sk_symbols_intern(&a->symbols, a->mem, &a->source, fixup.at, fixup.end,
                             &fixup.symbol, err));
    SK_TRY(sk_mem_grow(a->mem, &a->fixups, &a->fixup_cap, a->fixup_count, 1,
                       sizeof(fixup), err));
    a->fixups[a->fixup_count++] = fixup;
    return SKEP_OK;
}

static enum skep_code add_check(struct sk_assembly *a, const struct sk_check *later,
                                struct skep_err *err)
{
    SK_TRY(sk_mem_grow(a->mem, &a->checks, &a->check_cap, a->check_count, 1,
                       sizeof(*later), err));
    a->checks[a->check_count++] = *later;
    return SKEP_OK;
}

enum skep_code sk_emit_insn(struct sk_assembly *a, const struct sk_bound *bound,
                            const struct sk_evidence *evidence, uint32_t at,
                            struct skep_err *err)
{
    uint8_t slots[2 * SK_SLOT_BYTES];
    struct sk_check beside = { .slot = (uint32_t)a->count, .evidence = *evidence };

    SK_TRY(sk_emit_whole(a, err));
    beside.slots = sk_encode(slots, 0, &bound->insn);
    SK_TRY(append(a, slots, beside.slots, at, err));
    if (bound->label)
        SK_TRY(add_fixup(a, bound, beside.slot, err));
    if (!evidence->byte_count)
        return SKEP_OK;
    return bound->label ? add_check(a, &beside, err) : check(a, &beside, err);
}

/* ---- Completing -------------------------------------------------------------------- */

/* A name that is called and no label: a helper's? */
static enum skep_code find_helper(struct sk_assembly *a, const struct sk_fixup *fixup,
                                  struct skep_err *err)
{
    struct sk_symbol *symbol = &a->symbols.all[fixup->symbol];
    int64_t id = -1;

    if (fixup->hole == SK_HOLE_H)
        id = sk_env_helper_id(a->env, a->source.text + fixup->at, fixup->end - fixup->at);
    if (id < 0) {
        struct sk_miss miss = sk_miss_name(fixup->at, fixup->end);

        return sk_miss_report(&a->source, &miss, err);
    }
    symbol->kind = SK_SYMBOL_HELPER;
    symbol->value = id;
    return SKEP_OK;
}

/* Fills in the distance from the slot behind to the label. */
static enum skep_code fill_distance(struct sk_assembly *a, const struct sk_fixup *fixup,
                                    sk_int target, struct skep_err *err)
{
    struct sk_slot slot = sk_slot_read(a->slots, fixup->slot);
    sk_int distance = target - fixup->slot - 1;
    int short_jump = fixup->hole == SK_HOLE_J;

    if (short_jump && (distance < INT16_MIN || distance > INT16_MAX))
        return sk_range_fail(&a->source, fixup->at, fixup->end, distance,
                             "the offset of a jump", INT16_MIN, INT16_MAX, err);
    if (short_jump)
        slot.off = (int16_t)distance;
    else
        slot.imm = (int32_t)distance;
    if (fixup->hole == SK_HOLE_H)
        slot.src = (uint8_t)sk_isa[SK_OP_CALL_LOCAL].value;
    sk_slot_write(a->slots, fixup->slot, slot);
    return SKEP_OK;
}

static enum skep_code complete(struct sk_assembly *a, const struct sk_fixup *fixup,
                               struct skep_err *err)
{
    const struct sk_symbol *symbol = &a->symbols.all[fixup->symbol];
    struct sk_slot slot;

    if (symbol->kind == SK_SYMBOL_LABEL)
        return fill_distance(a, fixup, symbol->value, err);
    if (symbol->kind == SK_SYMBOL_CONSTANT) {
        struct sk_miss miss =
            sk_miss_syntax(fixup->at, fixup->end, "expected a label, found the constant");

        return sk_miss_report(&a->source, &miss, err);
    }
    if (symbol->kind == SK_SYMBOL_UNDEFINED || fixup->hole != SK_HOLE_H)
        SK_TRY(find_helper(a, fixup, err));
    slot = sk_slot_read(a->slots, fixup->slot);
    slot.imm = (int32_t)symbol->value;
    sk_slot_write(a->slots, fixup->slot, slot);
    return SKEP_OK;
}

enum skep_code sk_emit_finish(struct sk_assembly *a, struct skep_err *err)
{
    SK_TRY(sk_emit_whole(a, err));
    for (size_t i = 0; i < a->fixup_count; i++)
        SK_TRY(complete(a, &a->fixups[i], err));
    for (size_t i = 0; i < a->check_count; i++)
        SK_TRY(check(a, &a->checks[i], err));
    if (!a->count)
        return sk_fail(err, E_EMPTY, sk_source_pos(&a->source, a->source.len));
    return SKEP_OK;
}
