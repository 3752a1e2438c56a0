/* Heap sort: the first n objects are a heap, each not before its children 2i + 1 and
 * 2i + 2; the greatest moves behind the heap, which shrinks. */
#include "base/sort.h"

#include <string.h>

struct sort {
    char *base;
    size_t size;
    sk_compare_fn compare;
    const void *ctx;
};

static char *at(const struct sort *s, size_t i)
{
    return s->base + i * s->size;
}

static int compare(const struct sort *s, size_t i, size_t j)
{
    return s->compare(s->ctx, at(s, i), at(s, j));
}

static void swap(const struct sort *s, size_t i, size_t j)
{
    char object[SK_SORT_SIZE_MAX];

    memcpy(object, at(s, i), s->size);
    memcpy(at(s, i), at(s, j), s->size);
    memcpy(at(s, j), object, s->size);
}

/* Lets object i sink into a heap of n. */
static void sink(const struct sort *s, size_t i, size_t n)
{
    size_t child;

    while ((child = 2 * i + 1) < n) {
        if (child + 1 < n && compare(s, child, child + 1) < 0)
            child++;
        if (compare(s, i, child) >= 0)
            return;
        swap(s, i, child);
        i = child;
    }
}

static int is_sorted(const struct sort *s, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (compare(s, i - 1, i) > 0)
            return 0;
    return 1;
}

void sk_sort(void *base, size_t count, size_t size, sk_compare_fn compare_fn,
             const void *ctx)
{
    struct sort s = { .base = base, .size = size, .compare = compare_fn, .ctx = ctx };

    if (count < 2 || is_sorted(&s, count))
        return;
    for (size_t i = count / 2; i-- > 0;)
        sink(&s, i, count);
    for (size_t n = count; --n > 0;) {
        swap(&s, 0, n);
        sink(&s, 0, n);
    }
}
