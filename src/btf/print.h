/* BTF as text: types as C, types in bpftool's raw form, and bytes by their type. */
#ifndef SK_BTF_PRINT_H
#define SK_BTF_PRINT_H

#include "base/out.h"
#include "btf/btf.h"

enum sk_print_flags {
    SK_PRINT_JSON = 1, /* JSON, in the form of bpftool map dump; else C's initialisers */
    SK_PRINT_COMPACT = 2,  /* on one line */
    SK_PRINT_ZEROS = 4,    /* also members that are all zero (JSON always has them) */
    SK_PRINT_NO_NAMES = 8, /* text: without the names of members */
};

/* Output is bounded: types whose text would be far more than they themselves are end with
 * an error of sk_btf_fail: SKEP_E_SECTION or SKEP_E_BTF. Names are put so that they do no harm to a terminal. */

/* The types of a BTF in bpftool's forms: `bpftool btf dump ... format raw` and `format
 * c`. Raw, of a split BTF its own types; flags are JSON and COMPACT. C has the base's
 * types too. Errors: SKEP_E_NO_MEMORY, SKEP_E_OUTPUT, SKEP_E_BTF; some text is out by
 * then. */
enum skep_code sk_btf_dump_raw(const struct sk_btf *btf, uint32_t flags,
                               struct sk_out *out, struct skep_err *err);
enum skep_code sk_btf_dump_c(const struct sk_btf *btf, struct sk_out *out,
                             struct skep_err *err);

/* A declaration of `name` ("" for the type alone) with type `id`, on one line, as C has
 * it: "struct foo *name[4]", "int (*name)(void *)". Structs and enums appear by name, or
 * with "{ ... }" for those without. */
void sk_btf_put_declaration(const struct sk_btf *btf, uint32_t id, const char *name,
                            struct sk_out *out);

/* A function's prototype as bpftool writes it above listings: "int prog(void * ctx)".
 * `id` is a FUNC. */
void sk_btf_put_prototype(const struct sk_btf *btf, uint32_t id, struct sk_out *out);

/* The `len` bytes at data as a value of type `id`. Bytes that are not there end the text
 * with an error: SKEP_E_ARGUMENT if the type has no size or needs more than len. */
enum skep_code sk_btf_print(const struct sk_btf *btf, uint32_t id, const void *data,
                            size_t len, uint32_t flags, struct sk_out *out,
                            struct skep_err *err);

#endif
