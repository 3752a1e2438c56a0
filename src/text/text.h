/* Instructions as text: one at a time, as listings, and as sentences. Pure output:
 * nothing here can fail but the writer behind `out`. */
#ifndef SK_TEXT_TEXT_H
#define SK_TEXT_TEXT_H

#include "base/out.h"
#include "prog/prog.h"

/* An instruction in a dialect, without the "(op) " of listings. `env` may be NULL:
 * helpers then go by Linux's names. */
void sk_text_insn(struct sk_out *out, const struct sk_env *env, enum skep_dialect dialect,
                  const struct sk_insn *insn, uint32_t pc);

/* What it does, as a sentence without a full stop. */
void sk_text_words(struct sk_out *out, const struct sk_env *env,
                   const struct sk_insn *insn, uint32_t pc);

/* Slots that need not be well-formed, "INDEX: TEXT" a line. What decodes in spite of
 * reserved fields is printed as what it would mean; the rest as the kernel does, BUG_xx.
 */
void sk_text_slots(struct sk_out *out, const struct sk_env *env,
                   enum skep_dialect dialect, const void *slots, uint32_t count);

/* bpftool's listing and graph; flags: enum skep_list_flags. */
void sk_text_list(struct sk_out *out, const struct sk_prog *prog, uint32_t flags);
enum skep_code sk_text_visual(struct sk_out *out, const struct sk_prog *prog,
                              struct skep_err *err);

/* An instance of a row, for documents: r1 as destination, r2 as source, small numbers. */
struct sk_insn sk_text_example(enum sk_op op);

#endif
