/* A growing piece of binary data. */
#include "base/blob.h"

#include <string.h>

void sk_blob_init(struct sk_blob *blob, const struct sk_mem *mem)
{
    *blob = (struct sk_blob){ .mem = mem };
}

void sk_blob_fini(struct sk_blob *blob)
{
    sk_mem_free(blob->mem, blob->data, blob->cap, 1);
    sk_blob_init(blob, blob->mem);
}

void sk_blob_add(struct sk_blob *blob, const void *data, size_t len)
{
    if (!len || blob->failed)
        return;
    if (sk_mem_grow(blob->mem, &blob->data, &blob->cap, blob->len, len, 1, NULL)) {
        blob->failed = 1;
        return;
    }
    memcpy(blob->data + blob->len, data, len);
    blob->len += len;
}

void sk_blob_text(struct sk_blob *blob, const char *text)
{
    sk_blob_add(blob, text, strlen(text) + 1);
}

void sk_blob_8(struct sk_blob *blob, unsigned v)
{
    uint8_t byte = (uint8_t)v;

    sk_blob_add(blob, &byte, 1);
}

void sk_blob_16(struct sk_blob *blob, unsigned v)
{
    uint16_t half = (uint16_t)v;

    sk_blob_add(blob, &half, sizeof(half));
}

void sk_blob_32(struct sk_blob *blob, uint32_t v)
{
    sk_blob_add(blob, &v, sizeof(v));
}

void sk_blob_64(struct sk_blob *blob, uint64_t v)
{
    sk_blob_add(blob, &v, sizeof(v));
}

void sk_blob_uleb(struct sk_blob *blob, uint64_t v)
{
    while (v >= 0x80) {
        sk_blob_8(blob, (unsigned)(v & 0x7f) | 0x80);
        v >>= 7;
    }
    sk_blob_8(blob, (unsigned)v);
}

/* The last byte's bit 6 is the sign. */
void sk_blob_sleb(struct sk_blob *blob, int64_t v)
{
    while (v < -0x40 || v > 0x3f) {
        int64_t low = v & 0x7f;

        sk_blob_8(blob, (unsigned)low | 0x80);
        v = (v - low) / 0x80; /* exact, so it rounds nowhere */
    }
    sk_blob_8(blob, (unsigned)v & 0x7f);
}

void sk_blob_align(struct sk_blob *blob, size_t start, size_t align, unsigned fill)
{
    while ((blob->len - start) % align && !blob->failed)
        sk_blob_8(blob, fill);
}

void sk_blob_patch(struct sk_blob *blob, size_t at, const void *data, size_t len)
{
    if (!blob->failed)
        memcpy(blob->data + at, data, len);
}

enum skep_code sk_blob_check(const struct sk_blob *blob, struct skep_err *err)
{
    if (blob->failed)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), 2 * blob->cap);
    return SKEP_OK;
}

enum skep_code sk_blob_give(struct sk_blob *blob, void **data, size_t *len,
                            struct skep_err *err)
{
    uint8_t *exact;

    SK_TRY(sk_blob_check(blob, err));
    exact = sk_mem_resize(blob->mem, blob->data, blob->cap, blob->len, 1);
    if (!exact)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), blob->len);
    *data = exact;
    *len = blob->len;
    sk_blob_init(blob, blob->mem);
    return SKEP_OK;
}
