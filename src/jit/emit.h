/* What a machine's lowering gives to jit.c.
 *
 * A SK_CFI_START stands at the beginning of each part of the code that has a symbol: where tail
 * calls arrive if that is not function 0 itself, each function, gate, shared code. */
#ifndef SK_JIT_EMIT_H
#define SK_JIT_EMIT_H

#include "jit/jit.h"
#include "jit/lower.h"

/* Emits a whole program into a buffer that has begun with its labels (lower.h), the gate's and
 * shared code's only if the survey says so. The buffer remembers whether memory ran out. */
void sk_x64_emit(const struct sk_prog *prog, const struct sk_jit_opts *opts,
                 const struct sk_live *live, const struct sk_survey *survey,
                 struct sk_code_buf *buf);
void sk_a64_emit(const struct sk_prog *prog, const struct sk_jit_opts *opts,
                 const struct sk_live *live, const struct sk_survey *survey,
                 struct sk_code_buf *buf);
extern const struct sk_code_target sk_x64_jumps, sk_a64_jumps;

/* Fills in a call or jump at `at`, for code that will run at `place`: it goes to `to`. */
void sk_x64_fill(uint8_t *at, const uint8_t *place, enum skep_native_reloc_kind kind,
                 uint64_t to);
void sk_a64_fill(uint8_t *at, const uint8_t *place, enum skep_native_reloc_kind kind,
                 uint64_t to);

#endif
