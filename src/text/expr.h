/* Constant expressions: C's operators with C's precedence, over the numbers from -2^63 to
 * 2^64-1.
 *
 * Results are exact: what does not fit is an error, and nothing wraps. Only where the
 * bits of `~` and `^` leave the range are they taken as an unsigned number of 64 bits. */
#ifndef SK_TEXT_EXPR_H
#define SK_TEXT_EXPR_H

#include "text/symbols.h"

enum sk_expr_level {
    SK_EXPR_FULL, /* all operators */
    SK_EXPR_SUM,  /* + and - and what binds tighter: offsets, distances, what is called */
};

/* Reads the expression at *at. Returns 1 and sets *value, and *at behind it; or returns 0
 * and says in *miss what is wrong. */
int sk_expr(const struct sk_source *source, const struct sk_symbols *symbols,
            uint32_t *at, enum sk_expr_level level, sk_int *value, struct sk_miss *miss);

#endif
