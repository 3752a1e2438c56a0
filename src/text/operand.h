/* One operand at a time: what an edge of the grammar stands for. */
#ifndef SK_TEXT_OPERAND_H
#define SK_TEXT_OPERAND_H

#include "text/match.h"

/* Reads the operand of an edge (SK_EDGE_TOKEN is none) at *at, whose first token is
 * `token`. Returns how many operands it is: 1, or 2 for a context field; sets them, and
 * *at behind. Returns 0 if it is none. miss->code then is SK_NO_MISS if the text is
 * something else, or says what is wrong with it. */
unsigned sk_operand_read(const struct sk_scope *scope, const struct sk_grammar_node *edge,
                         const struct sk_token *token, uint32_t *at,
                         struct sk_operand *operand, struct sk_miss *miss);

#endif
