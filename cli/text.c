/* Foreign text on a terminal. */
#include "text.h"

#include <stdint.h>
#include <string.h>

/* The number of bytes that a UTF-8 sequence with this first byte has; 0 if none begins
 * so. */
static size_t sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    if (first >= 0xf0 && first < 0xf5)
        return 4;
    return 0;
}

/* The code point of a sequence of n bytes, or 0 (a control character) if it is none. */
static uint32_t code_point(const unsigned char *bytes, size_t n)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t point = n == 1 ? bytes[0] : bytes[0] & (0xffu >> (n + 1));

    for (size_t i = 1; i < n; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (bytes[i] & 0x3f);
    }
    if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return 0;
    return point;
}

/* Control characters, and those that change the direction of the text around them. */
static int is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
           (point >= 0x200e && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

size_t text_printable(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t n = len ? sequence_length(bytes[0]) : 0;

    if (n == 0 || n > len || is_control(code_point(bytes, n)))
        return 0;
    return n;
}

static void put_escape(FILE *file, unsigned char byte)
{
    if (byte == '\n')
        fputs("\\n", file);
    else if (byte == '\r')
        fputs("\\r", file);
    else if (byte == '\t')
        fputs("\\t", file);
    else
        fprintf(file, "\\x%02x", byte);
}

void text_put(FILE *file, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t n = text_printable(text + i, len - i);

        if (n) {
            fwrite(text + i, 1, n, file);
            i += n;
        } else {
            put_escape(file, (unsigned char)text[i++]);
        }
    }
}

int text_is_blank(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && strchr(" \t\r\n", text[i]) && text[i])
        i++;
    return i == len;
}
