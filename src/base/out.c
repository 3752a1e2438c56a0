/* Text output without allocation. */
#include "base/out.h"

#include <stdio.h>
#include <string.h>

void sk_out_buf(struct sk_out *out, char *buf, size_t size)
{
    *out = (struct sk_out){ .buf = buf, .size = size };
    if (size)
        buf[0] = 0;
}

void sk_out_writer(struct sk_out *out, int (*write)(void *, const char *, size_t),
                   void *ctx)
{
    *out = (struct sk_out){ .write = write, .ctx = ctx };
}

/* Room in the buffer, without the terminator. */
static size_t room(const struct sk_out *out)
{
    return out->size > out->len + 1 ? out->size - out->len - 1 : 0;
}

void sk_put(struct sk_out *out, const char *text, size_t len)
{
    if (out->write && !out->failed && len)
        out->failed = out->write(out->ctx, text, len);
    if (out->buf && room(out)) {
        size_t n = len < room(out) ? len : room(out);

        memcpy(out->buf + out->len, text, n);
        out->buf[out->len + n] = 0;
    }
    out->len += len;
}

void sk_puts(struct sk_out *out, const char *text)
{
    sk_put(out, text, strlen(text));
}

void sk_printf(struct sk_out *out, const char *format, ...)
{
    char piece[256];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(piece, sizeof(piece), format, args);
    va_end(args);
    if (n > 0)
        sk_put(out, piece, (size_t)n < sizeof(piece) ? (size_t)n : sizeof(piece) - 1);
}

void sk_put_blanks(struct sk_out *out, uint32_t count)
{
    static const char blanks[] = "                                                ";
    const uint32_t most = sizeof(blanks) - 1;

    for (; count > most; count -= most)
        sk_put(out, blanks, most);
    sk_put(out, blanks, count);
}
