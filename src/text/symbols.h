/* The names of an assembly text: labels and constants, in a hash table.
 *
 * A name enters the table when it is defined or first referred to, and stays where it is:
 * its index never changes. Names are places in the source, not copies. */
#ifndef SK_TEXT_SYMBOLS_H
#define SK_TEXT_SYMBOLS_H

#include "base/mem.h"
#include "text/lex.h"

/* Numbers of the language are -2^63 to 2^64-1; this has room for what comes between. */
__extension__ typedef __int128 sk_int;

enum sk_symbol_kind {
    SK_SYMBOL_UNDEFINED,
    SK_SYMBOL_LABEL,    /* value: the slot */
    SK_SYMBOL_CONSTANT, /* value: the number */
    SK_SYMBOL_HELPER,   /* called, and no label in the end; value: the id */
};

struct sk_symbol {
    sk_int value;
    uint32_t at, end;    /* the name: where it was seen first */
    uint32_t defined_at; /* where it was defined */
    enum sk_symbol_kind kind;
};

struct sk_symbols {
    struct sk_symbol *all;
    size_t count, cap;
    uint32_t *slots;   /* index + 1 into all; 0 is free */
    size_t slot_count; /* a power of two, or 0 */
    uint64_t seed;
};

/* The symbol of that name, or NULL. */
const struct sk_symbol *sk_symbols_find(const struct sk_symbols *symbols,
                                        const struct sk_source *source, uint32_t at,
                                        uint32_t end);

/* The index of the symbol of that name, which becomes one if it is none. */
enum skep_code sk_symbols_intern(struct sk_symbols *symbols, const struct sk_mem *mem,
                                 const struct sk_source *source, uint32_t at,
                                 uint32_t end, uint32_t *index, struct skep_err *err);

/* Gives a name its meaning; E_LABEL_TWICE if it has one. */
enum skep_code sk_symbols_define(struct sk_symbols *symbols, const struct sk_mem *mem,
                                 const struct sk_source *source, uint32_t at,
                                 uint32_t end, enum sk_symbol_kind kind, sk_int value,
                                 struct skep_err *err);

void sk_symbols_fini(struct sk_symbols *symbols, const struct sk_mem *mem);

#endif
