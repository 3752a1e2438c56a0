/* The table of templates, and taking them apart. */
#include "text/template.h"

#include <string.h>

#include "base/bits.h"

/* Rows that LLVM shapes in another way. */
static const char *const llvm_text[SK_OP_COUNT] = {
#define LLVM(id, text) [SK_OP_##id] = text,
#include "text/llvm.def"
#undef LLVM
};

const char *sk_template(enum sk_op op, enum skep_dialect dialect)
{
    if (dialect == SKEP_LLVM && llvm_text[op])
        return llvm_text[op];
    return sk_isa[op].text;
}

static enum sk_hole hole_of(const char *name, size_t len)
{
    static const char names[][4] = {
        [SK_HOLE_D] = "d",   [SK_HOLE_WD] = "wd", [SK_HOLE_S] = "s",
        [SK_HOLE_WS] = "ws", [SK_HOLE_I] = "i",   [SK_HOLE_X] = "x",
        [SK_HOLE_U] = "u",   [SK_HOLE_N] = "n",   [SK_HOLE_Q] = "q",
        [SK_HOLE_DA] = "da", [SK_HOLE_SA] = "sa", [SK_HOLE_O] = "o",
        [SK_HOLE_J] = "j",   [SK_HOLE_JL] = "jl", [SK_HOLE_F] = "f",
        [SK_HOLE_C] = "c",   [SK_HOLE_H] = "h",   [SK_HOLE_K] = "k",
        [SK_HOLE_T] = "t",   [SK_HOLE_IO] = "io", [SK_HOLE_NO] = "no",
    };

    for (unsigned hole = 1; hole < SK_LEN(names); hole++) {
        if (strlen(names[hole]) == len && !memcmp(names[hole], name, len))
            return (enum sk_hole)hole;
    }
    return SK_HOLE_NONE;
}

int sk_template_next(const char **at, struct sk_piece *piece)
{
    const char *start = *at;
    size_t len;

    if (!*start)
        return 0;
    if (*start == '{') {
        len = strcspn(start, "}");
        *piece = (struct sk_piece){ .hole = hole_of(start + 1, len - 1) };
        *at = start + len + 1;
        return 1;
    }
    len = strcspn(start, "{");
    *piece = (struct sk_piece){ .text = start, .len = len };
    *at = start + len;
    return 1;
}
