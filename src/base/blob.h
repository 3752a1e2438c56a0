/* A growing piece of binary data, in the host's byte order.
 *
 * Adding cannot fail on the way: without memory the blob stays as it is, `failed` says
 * so, and the owner looks at it once, at the end. */
#ifndef SK_BASE_BLOB_H
#define SK_BASE_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct sk_blob {
    const struct sk_mem *mem;
    uint8_t *data;
    size_t len, cap;
    int failed;
};

void sk_blob_init(struct sk_blob *blob, const struct sk_mem *mem);
void sk_blob_fini(struct sk_blob *blob);

void sk_blob_add(struct sk_blob *blob, const void *data, size_t len);
void sk_blob_text(struct sk_blob *blob, const char *text); /* and its NUL */
void sk_blob_8(struct sk_blob *blob, unsigned v);
void sk_blob_16(struct sk_blob *blob, unsigned v);
void sk_blob_32(struct sk_blob *blob, uint32_t v);
void sk_blob_64(struct sk_blob *blob, uint64_t v);

/* LEB128: numbers in 7 bits a byte, the least significant first (DWARF 5, 7.6). */
void sk_blob_uleb(struct sk_blob *blob, uint64_t v);
void sk_blob_sleb(struct sk_blob *blob, int64_t v);

/* Adds `fill` until the length, counted from `start`, is a multiple of `align`. */
void sk_blob_align(struct sk_blob *blob, size_t start, size_t align, unsigned fill);

/* Writes over what was added at `at` before. */
void sk_blob_patch(struct sk_blob *blob, size_t at, const void *data, size_t len);

/* Hands the data over: a block of *len bytes of the blob's allocator. The blob is empty
 * afterwards. */
enum skep_code sk_blob_give(struct sk_blob *blob, void **data, size_t *len,
                            struct skep_err *err);

/* Returns E_NO_MEMORY if anything could not be added. */
enum skep_code sk_blob_check(const struct sk_blob *blob, struct skep_err *err);

#endif
