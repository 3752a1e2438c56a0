/* Foreign text in messages. */
#include "base/escape.h"

#include <stdint.h>
#include <string.h>

#include "base/bits.h"

static int is_plain(unsigned char c)
{
    return c >= ' ' && c <= '~' && c != '\'' && c != '"' && c != '\\';
}

static size_t escaped_len(unsigned char c)
{
    return is_plain(c) ? 1 : 4;
}

static size_t put(char *at, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";

    if (is_plain(c)) {
        at[0] = (char)c;
        return 1;
    }
    memcpy(at, "\\x", 2);
    at[2] = digits[c >> 4];
    at[3] = digits[c & 15];
    return 4;
}

const char *sk_escape(char *buf, size_t size, const char *s, size_t len)
{
    const unsigned char *from = (const unsigned char *)s;
    size_t whole = 0, room = size - 1, at = 0, i;

    for (i = 0; i < len && whole < size; i++)
        whole += escaped_len(from[i]);
    if (whole >= size)
        room = size - sizeof("...");
    for (i = 0; i < len && at + escaped_len(from[i]) <= room; i++)
        at += put(buf + at, from[i]);
    strcpy(buf + at, whole >= size ? "..." : "");
    return buf;
}

const char *sk_shown(char buf[SK_SHOWN_MAX], const char *name)
{
    const char *end = memchr(name, 0, SK_SHOWN_MAX);

    return sk_escape(buf, SK_SHOWN_MAX, name, end ? (size_t)(end - name) : SK_SHOWN_MAX);
}

size_t sk_utf8_length(const void *text, size_t left)
{
    static const struct {
        uint8_t low, high, length, second_low, second_high;
    } rows[] = {
        { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
        { 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f },
        { 0xee, 0xef, 3, 0x80, 0xbf }, { 0xf0, 0xf0, 4, 0x90, 0xbf },
        { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
    };
    const uint8_t *at = text;

    for (size_t i = 0; i < SK_LEN(rows); i++) {
        if (!left || at[0] < rows[i].low || at[0] > rows[i].high)
            continue;
        if (left < rows[i].length || at[1] < rows[i].second_low ||
            at[1] > rows[i].second_high)
            return 0;
        for (size_t k = 2; k < rows[i].length; k++) {
            if ((at[k] & 0xc0) != 0x80)
                return 0;
        }
        return rows[i].length;
    }
    return 0;
}
