/* Bytes by their type: what comes before the form is chosen. */
#include "btf/print.h"

#include "btf/print_forms.h"

enum { TEXT_MIN = 1 << 16, TEXT_TIMES = 512 };

enum skep_code sk_btf_print(const struct sk_btf *btf, uint32_t id, const void *data,
                            size_t len, uint32_t flags, struct sk_out *out,
                            struct skep_err *err)
{
    struct sk_print p = { .btf = btf, .flags = flags };

    SK_TRY(sk_value_check(btf, id, len, err));
    sk_bounded_init(&p.bounded, out, TEXT_MIN + (uint64_t)TEXT_TIMES * len);
    p.out = &p.bounded.out;
    if (flags & SK_PRINT_JSON)
        sk_print_json(&p, id, data);
    else
        sk_print_text(&p, id, data);
    return sk_bounded_end(&p.bounded, btf, id, err);
}
