/* Contexts in memory, filled in from text. */
#ifndef SK_ENV_CTX_H
#define SK_ENV_CTX_H

#include "base/err.h"

/* Sets `field` of the context of `len` bytes at ctx. A field of 1, 2, 4 or 8 bytes takes
 * an integer as C writes it (also 0b...), in the host's byte order: 0 to 2^bits - 1, or
 * negative down to -2^(bits-1). Any other takes two hexadecimal digits for each of its
 * bytes. On failure the context is left alone. */
enum skep_code sk_ctx_set(const struct skep_type *type, void *ctx, size_t len,
                          const char *field, const char *value, struct skep_err *err);

#endif
