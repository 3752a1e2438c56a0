/* What the texts of BTF share: names made fit for terminals, and a bound on how much text
 * some bytes may become. */
#ifndef SK_BTF_TEXT_H
#define SK_BTF_TEXT_H

#include "base/out.h"
#include "btf/btf.h"

/* Puts a name. Those of C stand as they are; whatever is not printable ASCII becomes
 * \xNN. */
void sk_btf_put_name(struct sk_out *out, const char *name);

/* Text that is cut where it becomes too much: the most that types may become, in bytes.
 * vmlinux's become less than three times what they are; types that are used by value
 * again and again, or gaps of gigabytes, could become endlessly many. */
struct sk_bounded {
    struct sk_out out; /* write here; `failed` at the bound as well */
    struct sk_out *to;
    uint64_t left;
    int over;
};

void sk_bounded_init(struct sk_bounded *b, struct sk_out *to, uint64_t most);

/* The bound for all types of a BTF. */
uint64_t sk_btf_text_max(const struct sk_btf *btf);

/* Counts steps that put no text. */
void sk_bounded_step(struct sk_bounded *b, uint64_t steps);

/* SKEP_OK; or E_OUTPUT after the writer refused, or E_BTF past the bound, at type
 * `id`. */
enum skep_code sk_bounded_end(const struct sk_bounded *b, const struct sk_btf *btf,
                              uint32_t id, struct skep_err *err);

/* An error of type `id`, in whichever BTF it is. */
enum skep_code sk_btf_fail_type(const struct sk_btf *btf, uint32_t id, const char *what,
                                struct skep_err *err);

#endif
