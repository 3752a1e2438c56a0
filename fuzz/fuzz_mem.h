/* Memory for fuzz targets: the default's, but for one input in 16 an allocation fails, which
 * one the input's bytes say. All that was taken must be given back. */
#ifndef FUZZ_MEM_H
#define FUZZ_MEM_H

#include <stdlib.h>

#include "base/mem.h"

struct fuzz_mem {
    size_t live;   /* bytes */
    uint32_t left; /* calls until one fails; 0: none does */
};

static inline void *fuzz_alloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct fuzz_mem *m = ctx;
    void *block;

    if (new_size > old_size && m->left && !--m->left)
        return NULL;
    m->live += new_size - (ptr ? old_size : 0);
    if (new_size) {
        block = realloc(ptr, new_size);
        if (!block)
            abort();
        return block;
    }
    free(ptr);
    return NULL;
}

static inline struct sk_mem fuzz_mem_init(struct fuzz_mem *m, const uint8_t *data,
                                          size_t size)
{
    uint32_t hash = (uint32_t)size;

    /* all of a small input, and some of a large one */
    for (size_t i = 0; i < size; i += 1 + size / 512)
        hash = (hash ^ data[i]) * 16777619u;
    hash ^= hash >> 15;
    *m = (struct fuzz_mem){ .left = hash % 16 ? 0 : 1 + hash / 16 % 64 };
    return (struct sk_mem){ fuzz_alloc, m };
}

static inline void fuzz_mem_check(const struct fuzz_mem *m)
{
    if (m->live)
        abort();
}

#endif
