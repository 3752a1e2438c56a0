/* Sorting, and finding in what is sorted. Sorting is in place and without allocation,
 * always in n log n steps, whatever the order is that the input comes in. It is not
 * stable: where that matters, `before` decides ties. */
#ifndef SK_BASE_SORT_H
#define SK_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

enum { SK_SORT_SIZE_MAX = 64 };

/* Sorts `count` items of `size` bytes, at most SK_SORT_SIZE_MAX. `before` says whether a
 * comes before b. */
void sk_sort(void *items, size_t count, size_t size,
             int (*before)(const void *a, const void *b, const void *ctx),
             const void *ctx);

/* Sorts numbers by what they stand for; `compare` is as memcmp. Where that tells nothing,
 * the smaller number comes first. */
void sk_sort_numbers(uint32_t *numbers, size_t count,
                     int (*compare)(const void *ctx, uint32_t a, uint32_t b),
                     const void *ctx);

/* Where the items before `key` end: `before` says of an item whether it comes before the
 * key, and does so of the first ones only. Returns an index, `count` if all of them
 * do. Inline, for a comparison by pointer costs more than what it compares. */
static inline size_t sk_lower_bound(const void *items, size_t count, size_t size,
                                    int (*before)(const void *item, const void *key),
                                    const void *key)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (before((const char *)items + mid * size, key))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

#endif
