/* Memory that is freed all at once: blocks in a list. */
#include "base/arena.h"

#include <stddef.h>
#include <string.h>

struct sk_arena_block {
    struct sk_arena_block *before;
    size_t bytes; /* of the whole block */
    max_align_t data[];
};

void sk_arena_init(struct sk_arena *arena, const struct sk_mem *mem)
{
    *arena = (struct sk_arena){ .mem = mem };
}

void sk_arena_fini(struct sk_arena *arena)
{
    while (arena->last) {
        struct sk_arena_block *block = arena->last;

        arena->last = block->before;
        sk_mem_free(arena->mem, block, block->bytes, 1);
    }
}

enum skep_code sk_arena_new(struct sk_arena *arena, void *block, size_t count,
                            size_t size, struct skep_err *err)
{
    struct sk_arena_block *fresh;
    void *data;
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, sizeof(*fresh), &bytes))
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), SIZE_MAX);
    fresh = sk_mem_new(arena->mem, bytes, 1);
    if (!fresh)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), bytes);
    fresh->before = arena->last;
    fresh->bytes = bytes;
    arena->last = fresh;
    data = fresh->data;
    memcpy(block, &data, sizeof(data));
    return SKEP_OK;
}
