/* The readers of the single formats, for load.c. */
#ifndef SK_LOAD_INPUT_H
#define SK_LOAD_INPUT_H

#include "base/mem.h"

/* Bytes that a reader made: `cap` bytes at data for sk_mem_free, `len` of them used. */
struct sk_block {
    uint8_t *data;
    size_t len, cap;
};

/* Hexadecimal text: pairs of digits with or without blanks, line ends and commas
 * between them; 0x may stand before a single byte, which then may have one digit. */
enum skep_code sk_hex_read(const struct sk_mem *mem, const char *text, size_t len,
                           struct sk_block *out, struct skep_err *err);

/* An array of C: see array.c. */
enum skep_code sk_array_read(const struct sk_mem *mem, const char *text, size_t len,
                             struct sk_block *out, struct skep_err *err);

/* Whether text begins as an array of C does. */
int sk_array_is(const char *text, size_t len);

/* Line and column of the byte at `at` of a text. */
struct sk_pos sk_input_pos(const char *text, size_t at);

#endif
