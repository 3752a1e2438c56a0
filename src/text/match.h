/* An instruction's text against the grammar: which rows it may be, and its operands. */
#ifndef SK_TEXT_MATCH_H
#define SK_TEXT_MATCH_H

#include "env/env.h"
#include "text/grammar.h"
#include "text/symbols.h"

/* Where an instruction is read. */
struct sk_scope {
    const struct sk_source *source;
    const struct sk_symbols *symbols;
    const struct sk_grammar *grammar;
    const struct skep_type *type; /* of ctx.FIELD; NULL: none */
    const struct sk_env *env;
};

enum sk_operand_kind {
    SK_OPERAND_NUMBER, /* value; also registers, offsets and distances */
    SK_OPERAND_NONE,   /* an operand that may be left out, and was: value is 0 */
    SK_OPERAND_NAME,   /* a label, or what can be called: at to end */
    SK_OPERAND_LOCAL,  /* call pc+N: value */
    SK_OPERAND_HELPER, /* call NAME#N@M: value, object, is_kfunc */
    SK_OPERAND_KFUNC,  /* call #N@M: value, object */
};

struct sk_operand {
    sk_int value, object;
    uint32_t at, end;
    enum sk_operand_kind kind;
    int is_kfunc; /* NAME#N is a kernel function's name and number, not a helper's */
};

struct sk_match {
    struct sk_operand operands[SK_MAX_OPERANDS]; /* in the order of the placeholders */
    unsigned count;
    uint16_t form; /* the first of the rows: index into the grammar's forms */
    uint32_t end;  /* offset of the line's end */
};

/* Reads the instruction at `at` up to the end of its line. */
enum skep_code sk_match(const struct sk_scope *scope, uint32_t at, struct sk_match *match,
                        struct skep_err *err);

#endif
