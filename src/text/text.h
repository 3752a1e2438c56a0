/* Instructions as text: one at a time, as listings, and as sentences. Pure output:
 * nothing here can fail but the writer behind `out`. */
#ifndef SK_TEXT_TEXT_H
#define SK_TEXT_TEXT_H

#include "base/out.h"
#include "prog/prog.h"

/* What an instruction is that could not be adapted to the kernel: libbpf's words. */
#define SK_TEXT_POISON "<invalid CO-RE relocation>"

/* An instruction in a dialect, without the "(op) " of listings. `env` may be NULL:
 * helpers then go by Linux's names. */
void sk_text_insn(struct sk_out *out, const struct sk_env *env, enum skep_dialect dialect,
                  const struct sk_insn *insn, uint32_t pc);

/* The instruction at slot pc of a program, with what its notes say: "call pc+2#SYMBOL". */
void sk_text_of(struct sk_out *out, const struct sk_prog *prog, enum skep_dialect dialect,
                uint32_t pc);

/* What it does, as a sentence without a full stop. */
void sk_text_words_of(struct sk_out *out, const struct sk_prog *prog, uint32_t pc);

/* Text of an object, such as a source line: what is no UTF-8 and
 * control characters but tabs are escaped. */
void sk_text_foreign(struct sk_out *out, const char *text);

/* A source line, with linum not 0 also where it is: "TEXT [file:F line_num:1 line_col:2]". */
void sk_text_line(struct sk_out *out, const struct sk_note_line *line, int linum);

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
