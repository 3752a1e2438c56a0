/* Foreign text in messages. */
#include "base/escape.h"

#include <string.h>

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
