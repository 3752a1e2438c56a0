/* Memory that is freed all at once: for what a call needs until it returns. */
#ifndef SK_BASE_ARENA_H
#define SK_BASE_ARENA_H

#include "base/mem.h"

struct sk_arena_block;

struct sk_arena {
    const struct sk_mem *mem;
    struct sk_arena_block *last;
};

void sk_arena_init(struct sk_arena *arena, const struct sk_mem *mem);
void sk_arena_fini(struct sk_arena *arena);

/* `count` zeroed objects of `size` bytes in *block, a pointer. E_NO_MEMORY leaves it
 * alone. */
enum skep_code sk_arena_new(struct sk_arena *arena, void *block, size_t count,
                            size_t size, struct skep_err *err);

#endif
