/* An assembly under way: the slots so far, and what is still open. */
#ifndef SK_TEXT_ASSEMBLY_H
#define SK_TEXT_ASSEMBLY_H

#include "text/asm.h"
#include "text/bind.h"
#include "text/listing.h"

/* A slot whose label may be defined further down. */
struct sk_fixup {
    uint32_t slot;
    uint32_t symbol;   /* index */
    uint32_t at, end;  /* the name in the text */
    enum sk_hole hole; /* struct sk_bound's label */
};

/* Bytes beside an instruction that is not complete yet. */
struct sk_check {
    uint32_t slot, slots;
    struct sk_evidence evidence;
};

struct sk_assembly {
    const struct sk_env *env;
    const struct sk_mem *mem;
    struct sk_source source;
    struct sk_symbols symbols;
    struct sk_grammar grammar;

    /* what is made: `count` slots, and for each its place in the text */
    uint8_t *slots;
    struct sk_asm_line *lines;
    size_t count, slot_cap, line_cap;
    const struct skep_type *type;
    const struct skep_type *given_type; /* goes before a .type line */
    char name[64];

    struct sk_fixup *fixups;
    size_t fixup_count, fixup_cap;
    struct sk_check *checks;
    size_t check_count, check_cap;

    /* half a slot of .word data that waits for its other half */
    uint32_t half, half_at;
    int has_half;

    /* the line that was counted last, where it starts, and where its line feed is */
    uint32_t line, line_start, line_end;

    /* in a listing: what its indices are ahead of ours */
    int64_t index_shift;
    int has_index;
};

/* Appends an instruction whose text is at `at`. */
enum skep_code sk_emit_insn(struct sk_assembly *a, const struct sk_bound *bound,
                            const struct sk_evidence *evidence, uint32_t at,
                            struct skep_err *err);

/* Appends data. Words come two to a slot: one line may begin a slot that the next
 * completes. */
enum skep_code sk_emit_quad(struct sk_assembly *a, uint64_t value, uint32_t at,
                            struct skep_err *err);
enum skep_code sk_emit_word(struct sk_assembly *a, uint32_t value, uint32_t at,
                            struct skep_err *err);

/* Fails if half a slot waits: before anything that begins a slot, and at the end. */
enum skep_code sk_emit_whole(struct sk_assembly *a, struct skep_err *err);

/* Fills in labels and helpers and compares what was left to compare. */
enum skep_code sk_emit_finish(struct sk_assembly *a, struct skep_err *err);

/* Runs the directive whose name is `name`. *at, behind it, moves to the line's end. */
enum skep_code sk_directive(struct sk_assembly *a, const struct sk_token *name,
                            uint32_t *at, struct skep_err *err);

#endif
