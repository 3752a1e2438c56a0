/* From a match to an instruction: which of the rows it is, and its fields. */
#ifndef SK_TEXT_BIND_H
#define SK_TEXT_BIND_H

#include "text/match.h"
#include "text/template.h"

/* What a listing says about an instruction beside its text. */
struct sk_evidence {
    int opcode; /* "(bf) "; -1: nothing */
    uint32_t opcode_at;
    uint32_t bytes_at;
    uint32_t byte_count; /* 0, 8 or 16 */
    uint8_t bytes[16];
};

struct sk_bound {
    struct sk_insn insn;
    /* the placeholder that a name stands for, whose number is known at the end only:
     * J, JL, F, C, or H for what may also be a helper; NONE: none */
    enum sk_hole label;
    uint32_t label_at, label_end;
};

/* Picks the row and fills in its fields. Bytes settle what the text leaves open; whether
 * they agree with it is not looked at. */
enum skep_code sk_bind(const struct sk_scope *scope, const struct sk_match *match,
                       const struct sk_evidence *evidence, struct sk_bound *bound,
                       struct skep_err *err);

/* E_RANGE, or E_NUMBER beyond 64 bits: the value from `at` to `end` does not fit. */
enum skep_code sk_range_fail(const struct sk_source *source, uint32_t at, uint32_t end,
                             sk_int value, const char *what, int64_t low, int64_t high,
                             struct skep_err *err);

#endif
