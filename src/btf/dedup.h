/* Which types of a BTF are the same. */
#ifndef SK_BTF_DEDUP_H
#define SK_BTF_DEDUP_H

#include "base/arena.h"
#include "btf/btf.h"

/* map has sk_btf_count ids. At first it says of each type which it is to be taken for:
 * itself, or another, which is to be taken for itself. Afterwards it says which stands
 * for all that are the same: of those the first.
 *
 * Types are the same if nothing that they say tells them apart, nor anything that the
 * types say that they refer to, and so on. Forward declarations, also of enums, are what
 * they declare, where there is one type of that name only. Variables and sections of data
 * are like nothing else.
 *
 * The BTF is not split, and its equal strings have equal offsets, as sk_btf_build makes
 * them. Time is n log n for n bytes of types. */
enum skep_code sk_btf_dedup(const struct sk_btf *btf, uint32_t *map,
                            struct skep_err *err);

#endif
