/* The grammar of instructions: all templates of both dialects as one tree of tokens.
 *
 *     "{d} += {i}"   r --- += --- number        ADD64_IMM
 *     "{d} += {s}"     \      `-- r             ADD64_REG
 *     "{d} = {i}"       `- = --- number         MOV64_IMM, LDDW: the number decides
 *                              `-- ll           LDDW in LLVM's dialect
 *
 * Placeholders that read alike are one edge; which field of which row the operand fills
 * is up to the row. A memory operand *(uN *)(rX +OFF) has a second way to be written, as
 * a named context field, so templates with one are in the tree twice. */
#ifndef SK_TEXT_GRAMMAR_H
#define SK_TEXT_GRAMMAR_H

#include "base/mem.h"
#include "isa/isa.h"
#include "text/lex.h"

/* What leads to a node. */
enum sk_edge {
    SK_EDGE_TOKEN,       /* exactly this token */
    SK_EDGE_CTX,         /* ctx.FIELD of `value` bytes: register and offset */
    SK_EDGE_R,           /* r0 to r10 */
    SK_EDGE_W,           /* w0 to w10 */
    SK_EDGE_OFFSET,      /* +N, -N or nothing */
    SK_EDGE_JUMP,        /* pc+N, +N or a label */
    SK_EDGE_FUNCTION,    /* +N or a label */
    SK_EDGE_CALL,        /* whatever can be called */
    SK_EDGE_NEXT_NUMBER, /* ", N" or nothing */
    SK_EDGE_NUMBER,      /* an expression: last, because it can begin with many a token */
};

struct sk_grammar_node {
    const char *text;     /* TOKEN: as the templates write it */
    uint64_t value;       /* TOKEN: of the token */
    uint16_t child, next; /* first child and next sibling; 0: none */
    uint16_t form;        /* first row whose text may end here; 0: none */
    uint8_t edge;         /* enum sk_edge */
    uint8_t kind;         /* TOKEN: enum sk_token_kind */
    uint8_t len;          /* TOKEN: of the text */
};

enum { SK_MAX_OPERANDS = 8 };

/* A row, and what its operands are in the order of the text. */
struct sk_grammar_form {
    uint16_t op, next;
    uint8_t holes[SK_MAX_OPERANDS]; /* enum sk_hole */
    uint8_t count;
};

/* Element 0 of forms is none, that of nodes the root. */
struct sk_grammar {
    struct sk_grammar_node *nodes;
    size_t node_count, node_cap;
    struct sk_grammar_form *forms;
    size_t form_count, form_cap;
};

enum skep_code sk_grammar_init(struct sk_grammar *grammar, const struct sk_mem *mem,
                               struct skep_err *err);
void sk_grammar_fini(struct sk_grammar *grammar, const struct sk_mem *mem);

#endif
