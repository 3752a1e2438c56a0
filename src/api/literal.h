/* Constants as C writes them, read from text. */
#ifndef SK_API_LITERAL_H
#define SK_API_LITERAL_H

#include <stdint.h>

/* An integer, also negative and with suffixes (10UL), true, false, or a character with or without
 * an escape. The value without its sign. 0: the text is none of them. */
int sk_literal_integer(const char *text, uint64_t *value, int *negative);

/* A floating-point number, also with a suffix (1.5f), an integer, inf or nan. 0: the text is none
 * of them, or too great for a double. */
int sk_literal_real(const char *text, double *value);

/* Reads a character of a string, which ends at `end`; it may be an escape. Returns what is
 * behind it; NULL: there is no such escape. */
const char *sk_literal_char(const char *at, const char *end, uint8_t *byte);

#endif
