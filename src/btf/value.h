/* Bytes by their type, for print_text.c and print_json.c: what is the same in both forms.
 *
 * What is handed out lies within the bytes: a value's own are checked once, by
 * sk_value_check, and its parts lie in it because sk_btf_open saw to that. */
#ifndef SK_BTF_VALUE_H
#define SK_BTF_VALUE_H

#include "btf/text.h"

/* A number of up to 128 bits, as they are in memory. */
struct sk_bits {
    uint64_t low, high;
    uint32_t count; /* of bits */
};

/* A place in the bytes. */
struct sk_value {
    const struct sk_btf *btf;
    struct sk_btf_type type; /* no alias */
    const uint8_t *at;
    uint32_t bit,
        bits; /* of a bit field: where it begins, and its width, which is not 0 */
};

/* Whether `len` bytes are enough for the type: SKEP_E_ARGUMENT if not, or if it has
 * none. */
enum skep_code sk_value_check(const struct sk_btf *btf, uint32_t id, size_t len,
                              struct skep_err *err);

/* The value of type `id` at `at`, and of a member of a value. */
struct sk_value sk_value_of(const struct sk_btf *btf, uint32_t id, const uint8_t *at);
struct sk_value sk_value_member(const struct sk_value *v, const struct sk_btf_member *m);

/* The bits of a value that is no struct, union or array; the low ones if they are more
 * than 128. A bit field's, or those that an INT says it has. */
struct sk_bits sk_value_bits(const struct sk_value *v);
/* The same as a number of 64 bits, extended by the type's sign. */
uint64_t sk_value_number(const struct sk_value *v);
int sk_value_is_signed(const struct sk_value *v);

/* Whether it is a bit field, or an INT of fewer bits than its bytes have. */
int sk_value_is_partial(const struct sk_value *v);

/* A char of C; an array of them. */
int sk_value_is_char(const struct sk_value *v);
int sk_value_is_text(const struct sk_value *array);

/* The enumerator of the value, or NULL. Counts its steps. */
const char *sk_value_enumerator(const struct sk_value *v, struct sk_bounded *b);

/* Whether all its bytes, or bits, are 0. Counts its steps. */
int sk_value_is_zero(const struct sk_value *v, struct sk_bounded *b);

/* "0x1f" */
void sk_value_put_hex(struct sk_out *out, const struct sk_bits *bits);

/* A float or double with all the digits that it has; 0: it is of another size, or no
 * finite number. */
int sk_value_put_real(struct sk_out *out, const struct sk_value *v);
/* Of those that are not finite: "nan", "inf", "-inf"; NULL if it is finite, or of another
 * size. */
const char *sk_value_special(const struct sk_value *v);

#endif
