/* Heap sort. Item i of a heap has its children at 2i + 1 and 2i + 2, none
 * of which comes behind it. */
#include "base/sort.h"

#include <string.h>

struct heap {
    char *items;
    size_t size;
    int (*before)(const void *a, const void *b, const void *ctx);
    const void *ctx;
};

static void *item(const struct heap *h, size_t i)
{
    return h->items + i * h->size;
}

static void swap(const struct heap *h, size_t a, size_t b)
{
    char kept[SK_SORT_SIZE_MAX];

    memcpy(kept, item(h, a), h->size);
    memcpy(item(h, a), item(h, b), h->size);
    memcpy(item(h, b), kept, h->size);
}

/* Lets item i of a heap of `count` sink to its place. */
static void sink(const struct heap *h, size_t i, size_t count)
{
    for (size_t child = 2 * i + 1; child < count; child = 2 * i + 1) {
        if (child + 1 < count && h->before(item(h, child), item(h, child + 1), h->ctx))
            child++;
        if (!h->before(item(h, i), item(h, child), h->ctx))
            return;
        swap(h, i, child);
        i = child;
    }
}

/* Most of what is sorted comes in order, for compilers write it so. */
static int is_sorted(const struct heap *h, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (h->before(item(h, i), item(h, i - 1), h->ctx))
            return 0;
    return 1;
}

void sk_sort(void *items, size_t count, size_t size,
             int (*before)(const void *a, const void *b, const void *ctx),
             const void *ctx)
{
    struct heap h = { .items = items, .size = size, .before = before, .ctx = ctx };

    if (is_sorted(&h, count))
        return;
    for (size_t i = count / 2; i > 0; i--)
        sink(&h, i - 1, count);
    for (size_t end = count; end > 1; end--) {
        swap(&h, 0, end - 1);
        sink(&h, 0, end - 1);
    }
}

struct by {
    int (*compare)(const void *ctx, uint32_t a, uint32_t b);
    const void *ctx;
};

static int number_before(const void *a, const void *b, const void *ctx)
{
    const struct by *by = ctx;
    uint32_t x, y;
    int order;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    order = by->compare(by->ctx, x, y);
    return order < 0 || (order == 0 && x < y);
}

void sk_sort_numbers(uint32_t *numbers, size_t count,
                     int (*compare)(const void *ctx, uint32_t a, uint32_t b),
                     const void *ctx)
{
    const struct by by = { compare, ctx };

    sk_sort(numbers, count, sizeof(numbers[0]), number_before, &by);
}
