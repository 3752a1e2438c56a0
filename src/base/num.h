/* Integers as C writes them, read from text that need not end in a NUL. */
#ifndef SK_BASE_NUM_H
#define SK_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

enum sk_num {
    SK_NUM_OK,
    SK_NUM_NONE,    /* no digit, or a character that is no digit of this base */
    SK_NUM_TOO_BIG, /* 2^64 or more */
};

/* Reads the word (letters, digits and _) at the start of s as an unsigned integer:
 * decimal, or 0x hexadecimal, 0b binary, 0 octal; no suffixes. *used is the word's length
 * in any case; *value is set if the answer is SK_NUM_OK. */
enum sk_num sk_num_read(const char *s, size_t len, size_t *used, uint64_t *value);

/* The value of a hexadecimal digit, or -1. */
int sk_num_hex_digit(int c);

#endif
