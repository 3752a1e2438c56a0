/* Pieces of text, numbers and bytes. */
#include <string.h>

#include "base/num.h"
#include "skt.h"

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

struct skt_str skt_str(const char *s)
{
    return (struct skt_str){ s, strlen(s) };
}

struct skt_str skt_trim(struct skt_str s)
{
    while (s.len && is_blank(s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

int skt_is(struct skt_str s, const char *word)
{
    return s.len == strlen(word) && !memcmp(s.at, word, s.len);
}

int skt_begins(struct skt_str s, const char *word)
{
    size_t len = strlen(word);

    return s.len >= len && !memcmp(s.at, word, len);
}

struct skt_str skt_take(struct skt_str *s, char end)
{
    const char *at = memchr(s->at, end, s->len);
    struct skt_str taken = { s->at, at ? (size_t)(at - s->at) : s->len };
    size_t used = taken.len + (at != NULL);

    s->at += used;
    s->len -= used;
    return skt_trim(taken);
}

struct skt_str skt_word(struct skt_str *s)
{
    struct skt_str word;

    *s = skt_trim(*s);
    word = *s;
    word.len = 0;
    while (word.len < s->len && !is_blank(s->at[word.len]))
        word.len++;
    s->at += word.len;
    s->len -= word.len;
    *s = skt_trim(*s);
    return word;
}

int skt_number(struct skt_str s, uint64_t *value)
{
    int negative = s.len && s.at[0] == '-';
    size_t used;
    uint64_t magnitude;

    s.at += negative;
    s.len -= (size_t)negative;
    if (sk_num_read(s.at, s.len, &used, &magnitude) != SK_NUM_OK || used != s.len)
        return 0;
    if (negative && magnitude > (uint64_t)1 << 63)
        return 0;
    *value = negative ? -magnitude : magnitude;
    return 1;
}

/* Takes "*COUNT" off *s; 1 if there is none, 0 if it is no number. */
static uint64_t take_count(struct skt_str *s)
{
    struct skt_str digits;
    uint64_t count;

    if (!s->len || s->at[0] != '*')
        return 1;
    digits = (struct skt_str){ s->at + 1, 0 };
    while (digits.len + 1 < s->len && digits.at[digits.len] >= '0' &&
           digits.at[digits.len] <= '9')
        digits.len++;
    s->at += digits.len + 1;
    s->len -= digits.len + 1;
    return skt_number(digits, &count) ? count : 0;
}

int skt_bytes(struct skt_str s, uint8_t *out, size_t max, size_t *len)
{
    *len = 0;
    for (s = skt_trim(s); s.len; s = skt_trim(s)) {
        int high = sk_num_hex_digit(s.at[0]);
        int low = s.len > 1 ? sk_num_hex_digit(s.at[1]) : -1;
        uint64_t count;

        if (high < 0 || low < 0)
            return 0;
        s.at += 2;
        s.len -= 2;
        count = take_count(&s);
        if (!count || count > max - *len)
            return 0;
        memset(out + *len, high << 4 | low, count);
        *len += count;
    }
    return 1;
}
