/* Text output without allocation: into a fixed buffer, or through a writer function.
 *
 * An sk_out never fails on the way. A fixed buffer is cut, and `len` says how long the
 * whole text is; a writer that refused is remembered in `failed` and not called again. */
#ifndef SK_BASE_OUT_H
#define SK_BASE_OUT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct sk_out {
    char *buf;   /* fixed buffer, or NULL */
    size_t size; /* of buf */
    size_t len;  /* of all text so far */
    int (*write)(void *ctx, const char *text, size_t len);
    void *ctx;
    int failed;
};

/* Text into buf, which is NUL-terminated at any time if size is not 0. */
void sk_out_buf(struct sk_out *out, char *buf, size_t size);

/* Text to a writer; a non-zero answer stops it. */
void sk_out_writer(struct sk_out *out, int (*write)(void *, const char *, size_t),
                   void *ctx);

void sk_put(struct sk_out *out, const char *text, size_t len);
void sk_puts(struct sk_out *out, const char *text);
__attribute__((format(printf, 2, 3))) void sk_printf(struct sk_out *out,
                                                     const char *format, ...);

void sk_put_blanks(struct sk_out *out, uint32_t count);

#endif
