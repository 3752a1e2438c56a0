/* Memory: the caller's allocator, asked with checked sizes.
 *
 * Everything that the library keeps comes from here. Blocks are freed with the size that
 * they were asked for with; nothing here remembers sizes. */
#ifndef SK_BASE_MEM_H
#define SK_BASE_MEM_H

#include "base/err.h"

struct sk_mem {
    skep_alloc_fn fn;
    void *ctx;
};

/* The allocator of malloc(3). */
struct sk_mem sk_mem_default(void);

/* `count` zeroed objects of `size` bytes, or NULL. A count of 0 gives a block of one. */
void *sk_mem_new(const struct sk_mem *mem, size_t count, size_t size);

/* Frees a block of `count` objects of `size` bytes. NULL is fine. */
void sk_mem_free(const struct sk_mem *mem, void *block, size_t count, size_t size);

/* A block of `old` objects becomes one of `count`, contents kept, the new part not
 * cleared. NULL: no memory, the old block stays. */
void *sk_mem_resize(const struct sk_mem *mem, void *block, size_t old, size_t count,
                    size_t size);

/* Makes room for `more` further objects in a growing array: *block has room for *cap
 * objects, `len` of them used. Doubles. On failure nothing changes. */
enum skep_code sk_mem_grow(const struct sk_mem *mem, void *block, size_t *cap, size_t len,
                           size_t more, size_t size, struct skep_err *err);

#endif
