/* The templates of isa.def's and llvm.def's texts, taken apart: literal characters and
 * placeholders.
 *
 *     for (at = sk_template(op, dialect); sk_template_next(&at, &piece);)
 *         ...
 */
#ifndef SK_TEXT_TEMPLATE_H
#define SK_TEXT_TEMPLATE_H

#include <stddef.h>

#include "isa/isa.h"

/* Placeholders, explained at the heads of isa.def and llvm.def. */
enum sk_hole {
    SK_HOLE_NONE, /* literal text */
    SK_HOLE_D,
    SK_HOLE_WD,
    SK_HOLE_S,
    SK_HOLE_WS,
    SK_HOLE_I,
    SK_HOLE_X,
    SK_HOLE_U,
    SK_HOLE_N,
    SK_HOLE_Q,
    SK_HOLE_DA,
    SK_HOLE_SA,
    SK_HOLE_O,
    SK_HOLE_J,
    SK_HOLE_JL,
    SK_HOLE_F,
    SK_HOLE_C,
    SK_HOLE_H,
    SK_HOLE_K,
    SK_HOLE_T,
    SK_HOLE_IO,
    SK_HOLE_NO,
    SK_HOLE_COUNT,
};

struct sk_piece {
    enum sk_hole hole;
    const char *text; /* of a literal; not NUL-terminated */
    size_t len;
};

/* The text of a row as a dialect shapes it. */
const char *sk_template(enum sk_op op, enum skep_dialect dialect);

/* Takes the next piece off *at; 0 at the end. Templates are the library's own and
 * well-formed. */
int sk_template_next(const char **at, struct sk_piece *piece);

#endif
