/* The caller's allocator with overflow checks around it. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void *with_malloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size)
        return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

struct sk_mem sk_mem_default(void)
{
    return (struct sk_mem){ .fn = with_malloc };
}

static size_t at_least_one(size_t count)
{
    return count ? count : 1;
}

void *sk_mem_new(const struct sk_mem *mem, size_t count, size_t size)
{
    void *block = sk_mem_resize(mem, NULL, 0, count, size);

    if (block)
        memset(block, 0, at_least_one(count) * size);
    return block;
}

void sk_mem_free(const struct sk_mem *mem, void *block, size_t count, size_t size)
{
    if (block)
        mem->fn(mem->ctx, block, at_least_one(count) * size, 0);
}

void *sk_mem_resize(const struct sk_mem *mem, void *block, size_t old, size_t count,
                    size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(at_least_one(count), size, &bytes))
        return NULL;
    return mem->fn(mem->ctx, block, block ? at_least_one(old) * size : 0, bytes);
}

enum skep_code sk_mem_grow(const struct sk_mem *mem, void *block, size_t *cap, size_t len,
                           size_t more, size_t size, struct skep_err *err)
{
    size_t want, new_cap = *cap ? *cap : 16;
    void *old, *bigger; /* *block is some pointer: only its bytes may be looked at */

    if (*cap - len >= more)
        return SKEP_OK;
    if (__builtin_add_overflow(len, more, &want))
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), SIZE_MAX);
    while (new_cap < want)
        new_cap = new_cap > SIZE_MAX / 2 ? want : new_cap * 2;
    memcpy(&old, block, sizeof(old));
    bigger = sk_mem_resize(mem, old, *cap, new_cap, size);
    if (!bigger)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), new_cap * size);
    memcpy(block, &bigger, sizeof(bigger));
    *cap = new_cap;
    return SKEP_OK;
}
