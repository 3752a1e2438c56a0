/* The two forms of sk_btf_print. */
#ifndef SK_BTF_PRINT_FORMS_H
#define SK_BTF_PRINT_FORMS_H

#include "btf/print.h"
#include "btf/value.h"

struct sk_print {
    const struct sk_btf *btf;
    uint32_t flags; /* enum sk_print_flags */
    struct sk_bounded bounded;
    struct sk_out *out; /* of bounded */
};

/* The bytes are enough: sk_value_check. */
void sk_print_json(struct sk_print *p, uint32_t id, const uint8_t *data);
void sk_print_text(struct sk_print *p, uint32_t id, const uint8_t *data);

#endif
