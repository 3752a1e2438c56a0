/* Integers from text. */
#include "base/num.h"

static int is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '_';
}

int sk_num_hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The base that a word's first characters name; *skip is how many they are. An octal
 * number's 0 is one of its digits. */
static unsigned base_of(const char *s, size_t len, size_t *skip)
{
    *skip = 0;
    if (len < 2 || s[0] != '0')
        return 10;
    *skip = 2;
    if (s[1] == 'x' || s[1] == 'X')
        return 16;
    if (s[1] == 'b' || s[1] == 'B')
        return 2;
    *skip = 0;
    return 8;
}

enum sk_num sk_num_read(const char *s, size_t len, size_t *used, uint64_t *value)
{
    uint64_t sum = 0;
    int too_big = 0;
    size_t word = 0, at;
    unsigned base;

    while (word < len && is_word(s[word]))
        word++;
    *used = word;
    base = base_of(s, word, &at);
    if (at == word)
        return SK_NUM_NONE;
    for (; at < word; at++) {
        int digit = sk_num_hex_digit(s[at]);

        if (digit < 0 || (unsigned)digit >= base)
            return SK_NUM_NONE;
        too_big |= __builtin_mul_overflow(sum, base, &sum);
        too_big |= __builtin_add_overflow(sum, (unsigned)digit, &sum);
    }
    if (too_big)
        return SK_NUM_TOO_BIG;
    *value = sum;
    return SK_NUM_OK;
}
