/* Contexts in memory, filled in from text. */
#include "env/ctx.h"

#include <string.h>

#include "base/bits.h"
#include "base/escape.h"
#include "base/num.h"
#include "env/env.h"

enum { SHOWN_MAX = 64 };

static int is_number(const struct skep_field *field)
{
    return field->size == 1 || field->size == 2 || field->size == 4 || field->size == 8;
}

/* Reads a number of that many bits. Returns 0 if the text is none. */
static int read_number(const char *text, unsigned bits, uint64_t *value)
{
    int negative = text[0] == '-';
    const char *digits = text + negative;
    uint64_t most = negative ? (uint64_t)1 << (bits - 1) : UINT64_MAX >> (64 - bits);
    size_t len = strlen(digits), used;
    uint64_t magnitude;

    if (sk_num_read(digits, len, &used, &magnitude) != SK_NUM_OK || used != len)
        return 0;
    *value = negative ? -magnitude : magnitude;
    return magnitude <= most;
}

static void store_number(uint8_t *at, uint32_t size, uint64_t value)
{
    if (size == 1)
        sk_store8(at, (uint8_t)value);
    else if (size == 2)
        sk_store16(at, (uint16_t)value);
    else if (size == 4)
        sk_store32(at, (uint32_t)value);
    else
        sk_store64(at, value);
}

static int is_hex(const char *text, uint32_t bytes)
{
    if (strlen(text) != (size_t)bytes * 2)
        return 0;
    for (; *text; text++) {
        if (sk_num_hex_digit(*text) < 0)
            return 0;
    }
    return 1;
}

static void store_hex(uint8_t *at, uint32_t size, const char *text)
{
    for (uint32_t i = 0; i < size; i++, text += 2)
        at[i] = (uint8_t)(sk_num_hex_digit(text[0]) << 4 | sk_num_hex_digit(text[1]));
}

enum skep_code sk_ctx_set(const struct skep_type *type, void *ctx, size_t len,
                          const char *field, const char *value, struct skep_err *err)
{
    const struct skep_field *found = sk_type_field(type, field, strlen(field));
    char shown[SHOWN_MAX];
    uint8_t *at;
    uint64_t number;

    if (!found)
        return sk_fail(err, E_UNKNOWN_FIELD, sk_at_nothing(), type->name,
                       sk_escape(shown, sizeof(shown), field, strlen(field)));
    if ((uint64_t)found->offset + found->size > len)
        return sk_fail(err, E_CTX_SIZE, sk_at_nothing(), len, type->name, type->ctx_size);
    at = (uint8_t *)ctx + found->offset;
    sk_escape(shown, sizeof(shown), value, strlen(value));
    if (!is_number(found)) {
        if (!is_hex(value, found->size))
            return sk_fail(err, E_FIELD_BYTES, sk_at_nothing(), found->name, shown,
                           found->size);
        store_hex(at, found->size, value);
        return SKEP_OK;
    }
    if (!read_number(value, found->size * 8, &number))
        return sk_fail(err, E_FIELD_VALUE, sk_at_nothing(), found->name, shown,
                       found->size * 8);
    store_number(at, found->size, number);
    return SKEP_OK;
}
