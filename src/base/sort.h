/* Sorting that no input makes slow: n log n comparisons at most, and about n of what is in
 * order already.  In place, not stable, without allocation or recursion. */
#ifndef SK_BASE_SORT_H
#define SK_BASE_SORT_H

#include <stddef.h>

/* Negative, 0 or positive, as a comes before b, is equal, or comes after it. */
typedef int (*sk_compare_fn)(const void *ctx, const void *a, const void *b);

enum { SK_SORT_SIZE_MAX = 64 }; /* of an object */

void sk_sort(void *base, size_t count, size_t size, sk_compare_fn compare,
             const void *ctx);

#endif
