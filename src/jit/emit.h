/* What a machine's lowering gives to jit.c. Labels of the buffer are numbered: first one a
 * slot, then one a function, then the gate's, where tail calls arrive, and where shared code
 * begins.
 *
 * A SK_CFI_START stands at the beginning of each part of the code that has a symbol: where tail
 * calls arrive if that is not function 0 itself, each function, gate, shared code. */
#ifndef SK_JIT_EMIT_H
#define SK_JIT_EMIT_H

#include "jit/code.h"
#include "jit/jit.h"
#include "jit/live.h"

/* Emits a whole program. `live` has room for one element a slot. *gate is the
 * gate's label, or UINT32_MAX if function 0 is to be called itself. The buffer remembers
 * whether memory ran out. */
void sk_x64_emit(const struct sk_prog *prog, const struct sk_jit_opts *opts,
                 struct sk_live *live, struct sk_code_buf *buf, uint32_t *gate);
void sk_a64_emit(const struct sk_prog *prog, const struct sk_jit_opts *opts,
                 struct sk_live *live, struct sk_code_buf *buf, uint32_t *gate);
extern const struct sk_code_target sk_x64_jumps, sk_a64_jumps;

/* Fills in a call or jump at `at`, for code that will run at `place`: it goes to `to`. */
void sk_x64_fill(uint8_t *at, const uint8_t *place, enum skep_native_reloc_kind kind,
                 uint64_t to);
void sk_a64_fill(uint8_t *at, const uint8_t *place, enum skep_native_reloc_kind kind,
                 uint64_t to);

#endif
