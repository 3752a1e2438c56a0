/* CO-RE: instructions that depend on the layout of a type of the kernel are adapted to the
 * kernel that there is (Documentation/bpf/llvm_reloc.rst; "compile once, run everywhere").
 *
 * A relocation names a type of the object's BTF, a path into it ("0:1:2"), and what it wants
 * to know. Candidates in the target have the same name up to a flavour ("task_struct___old")
 * and a compatible shape. All candidates must give the same answer.
 *
 * An sk_core serves one object and its targets; it remembers candidates, and so belongs to one
 * thread at a time. As with libbpf, a candidate that lacked what one relocation asked for,
 * while others had it, is not asked by later relocations of the same type: the order of
 * relocations is that of the object.
 *
 * Targets are indexed by name when a relocation first needs them. Work is bounded for all
 * relocations of an sk_core together; once it is used up all further ones are refused. */
#ifndef SK_LOAD_CORE_H
#define SK_LOAD_CORE_H

#include "base/out.h"
#include "btf/ext.h"

enum sk_core_kind { /* enum bpf_core_relo_kind of linux/bpf.h */
                    SK_CORE_FIELD_BYTE_OFFSET,
                    SK_CORE_FIELD_BYTE_SIZE,
                    SK_CORE_FIELD_EXISTS,
                    SK_CORE_FIELD_SIGNED,
                    SK_CORE_FIELD_LSHIFT_U64,
                    SK_CORE_FIELD_RSHIFT_U64,
                    SK_CORE_TYPE_ID_LOCAL,
                    SK_CORE_TYPE_ID_TARGET,
                    SK_CORE_TYPE_EXISTS,
                    SK_CORE_TYPE_SIZE,
                    SK_CORE_ENUMVAL_EXISTS,
                    SK_CORE_ENUMVAL_VALUE,
                    SK_CORE_TYPE_MATCHES,
                    SK_CORE_KINDS,
};

struct sk_core; /* opaque: candidates by the local type's id */

/* `local` is the object's BTF, `targets` the kernel's and its modules' (at least one; may be
 * `local` itself). All are borrowed. */
enum skep_code sk_core_new(struct sk_core **core, const struct sk_mem *mem,
                           const struct sk_btf *local,
                           const struct sk_btf *const *targets, uint32_t target_count,
                           struct skep_err *err);
void sk_core_free(struct sk_core *core);

/* What became of an instruction. */
enum sk_core_outcome {
    SK_CORE_DONE,
    SK_CORE_POISONED, /* nothing in the target fits: it is now a call of helper
                         #195896080, as libbpf makes it, which every verifier refuses */
};

/* Applies one relocation to the instruction at slot pc of `slots` (count of them). The record
 * may say anything. What cannot be, or is ambiguous, is refused with SKEP_E_SECTION, and slots
 * and outcome are left alone then. `ext` is for messages. */
enum skep_code sk_core_apply(struct sk_core *core, const struct sk_btf_ext *ext,
                             const struct sk_ext_core *record, void *slots,
                             uint32_t count, uint32_t pc, enum sk_core_outcome *outcome,
                             struct skep_err *err);

/* The relocation in libbpf's words: "<byte_off> [12] struct task_struct.pid (0:3 @ offset
 * 24)". */
void sk_core_put(const struct sk_btf *local, const struct sk_ext_core *record,
                 struct sk_out *out);

#endif
