/* Constants of C. */
#include "api/literal.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/num.h"

enum { OCTAL_DIGITS = 3, HEX_DIGITS = 2 }; /* in an escape, at most */
enum { REAL_MAX = 64 };                    /* characters of a number, where they matter */

/* ---- Characters ----------------------------------------------------------------------- */

/* An escape of digits. */
static const char *read_digits(const char *at, const char *end, int base, int most,
                               uint8_t *byte)
{
    int value = 0, count = 0;

    for (; at < end && count < most; count++, at++) {
        int digit = sk_num_hex_digit(*at);

        if (digit < 0 || digit >= base)
            break;
        value = value * base + digit;
    }
    *byte = (uint8_t)value;
    return count && value <= UINT8_MAX ? at : NULL;
}

const char *sk_literal_char(const char *at, const char *end, uint8_t *byte)
{
    static const char letters[] = "abfnrtv\\'\"?", meant[] = "\a\b\f\n\r\t\v\\'\"?";
    const char *letter;

    *byte = (uint8_t)*at++;
    if (*byte != '\\')
        return at;
    if (at == end)
        return NULL;
    if (*at == 'x')
        return read_digits(at + 1, end, 16, HEX_DIGITS, byte);
    if (*at >= '0' && *at <= '7')
        return read_digits(at, end, 8, OCTAL_DIGITS, byte);
    letter = strchr(letters, *at);
    if (!letter || !*at)
        return NULL;
    *byte = (uint8_t)meant[letter - letters];
    return at + 1;
}

/* 'a', '\n' */
static int read_character(const char *text, size_t len, uint64_t *value)
{
    uint8_t byte;

    if (len < 3 || text[0] != '\'' || text[len - 1] != '\'')
        return 0;
    if (sk_literal_char(text + 1, text + len - 1, &byte) != text + len - 1)
        return 0;
    *value = byte;
    return 1;
}

/* ---- Numbers -------------------------------------------------------------------------- */

/* The length of an integer without its suffix. */
static size_t without_suffix(const char *text, size_t len)
{
    static const char *const suffixes[] = { "u", "l", "ul", "lu", "ll", "ull", "llu" };

    if (!len || text[0] < '0' || text[0] > '9')
        return len;
    for (size_t i = SK_LEN(suffixes); i-- > 0;) {
        size_t n = strlen(suffixes[i]), k = 0;

        while (n < len && k < n && (text[len - n + k] | 0x20) == suffixes[i][k])
            k++;
        if (k == n)
            return len - n;
    }
    return len;
}

int sk_literal_integer(const char *text, uint64_t *value, int *negative)
{
    size_t len = strlen(text), used = 0;

    *negative = 0;
    if (!strcmp(text, "true") || !strcmp(text, "false")) {
        *value = text[0] == 't';
        return 1;
    }
    if (read_character(text, len, value))
        return 1;
    *negative = text[0] == '-';
    text += *negative;
    len = without_suffix(text, len - (size_t)*negative);
    return sk_num_read(text, len, &used, value) == SK_NUM_OK && used == len;
}

/* strtod(3) wants the decimal point of the host's locale; where that is not '.', it is ','. Sets
 * *used to the length of what was read. */
static double read_real(const char *text, size_t *used)
{
    char other[REAL_MAX], *end, *point;
    double value = strtod(text, &end);

    *used = (size_t)(end - text);
    if (*end != '.' || strlen(text) >= sizeof(other))
        return value;
    strcpy(other, text);
    point = other + *used;
    *point = ',';
    value = strtod(other, &end);
    *used = (size_t)(end - other);
    return value;
}

int sk_literal_real(const char *text, double *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    const char *end;
    size_t used;
    double read;

    if (strcmp(digits, "inf") != 0 && strcmp(digits, "nan") != 0 &&
        (*digits < '0' || *digits > '9') && *digits != '.')
        return 0;
    read = read_real(text, &used);
    end = text + used;
    if (!used)
        return 0;
    if (*end && strchr("fFlL", *end) && end[-1] != 'f' && end[-1] != 'n')
        end++;
    if (*end || (read - read != 0 && *digits != 'i' && *digits != 'n'))
        return 0;
    *value = read;
    return 1;
}
