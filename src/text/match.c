/* Matching: a walk through the grammar's tree that goes back where it cannot go on.
 *
 * The walk remembers the furthest token that fitted nowhere and the nodes that it came
 * from: what these expected is the error.  An operand that is wrong in itself (a number
 * that does not fit, a name that is not defined) says so if it stands as far. */
#include "text/match.h"

#include <string.h>

#include "base/bits.h"
#include "base/out.h"
#include "text/operand.h"

enum { MAX_STUCK = 4 };

struct walk {
    const struct sk_scope *scope;
    struct sk_match *match;
    struct sk_token furthest;
    uint16_t stuck[MAX_STUCK]; /* nodes whose children did not fit there */
    unsigned stuck_count;
    struct sk_miss miss; /* the furthest one; code SK_NO_MISS: none */
};

/* ---- What went wrong --------------------------------------------------------------- */

static void remember_stuck(struct walk *walk, uint16_t node, const struct sk_token *token)
{
    if (walk->stuck_count && token->at < walk->furthest.at)
        return;
    if (!walk->stuck_count || token->at > walk->furthest.at) {
        walk->furthest = *token;
        walk->stuck_count = 0;
    }
    if (walk->stuck_count < MAX_STUCK)
        walk->stuck[walk->stuck_count++] = node;
}

static void remember_miss(struct walk *walk, const struct sk_miss *miss)
{
    if (miss->code != SK_NO_MISS &&
        (walk->miss.code == SK_NO_MISS || miss->at > walk->miss.at))
        walk->miss = *miss;
}

/* What each kind of edge is called; tokens go by their text. */
static const char *const edge_names[] = {
    [SK_EDGE_R] = "a register r0 to r10", [SK_EDGE_W] = "a register w0 to w10",
    [SK_EDGE_OFFSET] = "an offset",       [SK_EDGE_JUMP] = "a label or pc+N",
    [SK_EDGE_FUNCTION] = "a label or +N", [SK_EDGE_CALL] = "a function or helper",
    [SK_EDGE_NUMBER] = "a number",
};

/* Adds an alternative to "expected a, b". */
static void put_expected(struct sk_out *out, unsigned *count, const char *text,
                         size_t len, const char *quote)
{
    enum { MAX_EXPECTED = 8 };

    if (*count <= MAX_EXPECTED)
        sk_puts(out, *count ? ", " : "expected ");
    if (*count < MAX_EXPECTED) {
        sk_puts(out, quote);
        sk_put(out, text, len);
        sk_puts(out, quote);
    } else if (*count == MAX_EXPECTED) {
        sk_puts(out, "...");
    }
    ++*count;
}

/* Whether an edge like this one was expected by an earlier node already. */
static int is_repeated(const struct walk *walk, unsigned stuck,
                       const struct sk_grammar_node *edge)
{
    const struct sk_grammar_node *nodes = walk->scope->grammar->nodes;

    for (unsigned i = 0; i < stuck; i++) {
        for (uint16_t at = nodes[walk->stuck[i]].child; at; at = nodes[at].next) {
            if (nodes[at].edge == edge->edge && nodes[at].len == edge->len &&
                !(edge->len && memcmp(nodes[at].text, edge->text, edge->len)))
                return 1;
        }
    }
    return 0;
}

static int has_edge(const struct walk *walk, enum sk_edge edge)
{
    const struct sk_grammar_node *nodes = walk->scope->grammar->nodes;

    for (unsigned i = 0; i < walk->stuck_count; i++) {
        for (uint16_t at = nodes[walk->stuck[i]].child; at; at = nodes[at].next) {
            if (nodes[at].edge == edge)
                return 1;
        }
    }
    return 0;
}

/* Lists all tokens that one of the nodes expected. */
static void put_tokens(const struct walk *walk, struct sk_out *out, unsigned *count)
{
    const struct sk_grammar_node *nodes = walk->scope->grammar->nodes;

    for (unsigned i = 0; i < walk->stuck_count; i++) {
        for (uint16_t at = nodes[walk->stuck[i]].child; at; at = nodes[at].next) {
            if (nodes[at].edge == SK_EDGE_TOKEN && !is_repeated(walk, i, &nodes[at]))
                put_expected(out, count, nodes[at].text, nodes[at].len, "'");
        }
    }
}

/* Whether a name was meant as a register: r or w in either case, and digits. */
static int is_like_register(const struct sk_source *source, const struct sk_token *token)
{
    const char *name = source->text + token->at;
    size_t len = token->end - token->at;

    if (token->kind != SK_TOKEN_NAME || len < 2 || !strchr("rwRW", name[0]))
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (name[i] < '0' || name[i] > '9')
            return 0;
    }
    return 1;
}

static enum skep_code report_expected(const struct walk *walk, struct skep_err *err)
{
    const struct sk_grammar_node *nodes = walk->scope->grammar->nodes;
    const struct sk_source *source = walk->scope->source;
    const struct sk_token *found = &walk->furthest;
    char message[SKEP_MESSAGE_MAX], quoted[SK_QUOTE_MAX];
    unsigned count = 0;
    struct sk_out out;

    sk_out_buf(&out, message, sizeof(message));
    for (unsigned edge = SK_EDGE_R; edge < SK_LEN(edge_names); edge++) {
        if (edge_names[edge] && has_edge(walk, (enum sk_edge)edge))
            put_expected(&out, &count, edge_names[edge], strlen(edge_names[edge]), "");
    }
    put_tokens(walk, &out, &count);
    for (unsigned i = 0; i < walk->stuck_count; i++) {
        if (nodes[walk->stuck[i]].form)
            put_expected(&out, &count, "the end of the line", 19, "");
    }
    if (found->kind == SK_TOKEN_END)
        sk_puts(&out, ", found the end of the line");
    else
        sk_printf(&out, ", found '%s'", sk_quote(source, found->at, found->end, quoted));
    return sk_syntax(source, found->at, err, "%s", message);
}

static enum skep_code report(const struct walk *walk, uint32_t start,
                             struct skep_err *err)
{
    const struct sk_source *source = walk->scope->source;
    const struct sk_token *found = &walk->furthest;
    char quoted[SK_QUOTE_MAX];

    if (walk->miss.code != SK_NO_MISS && walk->miss.at > found->at)
        return sk_miss_report(source, &walk->miss, err);
    if (is_like_register(source, found))
        return sk_syntax(source, found->at, err,
                         "there is no register '%s', only r0 to r10 and w0 to w10",
                         sk_quote(source, found->at, found->end, quoted));
    if (walk->miss.code != SK_NO_MISS && walk->miss.at == found->at)
        return sk_miss_report(source, &walk->miss, err);
    if (found->at == start && found->kind == SK_TOKEN_NAME)
        return sk_syntax(source, start, err, "unknown instruction '%s'",
                         sk_quote(source, found->at, found->end, quoted));
    return report_expected(walk, err);
}

/* ---- The walk ---------------------------------------------------------------------- */

static int is_token(const struct walk *walk, const struct sk_grammar_node *edge,
                    const struct sk_token *token)
{
    if (edge->kind != token->kind || edge->value != token->value)
        return 0;
    return token->kind != SK_TOKEN_NAME ||
           (token->end - token->at == edge->len &&
            !memcmp(walk->scope->source->text + token->at, edge->text, edge->len));
}

/* Goes along an edge. Returns 0 if what stands there does not fit. */
static int take(struct walk *walk, const struct sk_grammar_node *edge,
                const struct sk_token *token, uint32_t *at)
{
    struct sk_miss miss = { .code = SK_NO_MISS };
    unsigned count;

    if (edge->edge == SK_EDGE_TOKEN) {
        *at = token->end;
        return is_token(walk, edge, token);
    }
    if (walk->match->count + 2 > SK_MAX_OPERANDS)
        return 0;
    count = sk_operand_read(walk->scope, edge, token, at,
                            &walk->match->operands[walk->match->count], &miss);
    walk->match->count += count;
    remember_miss(walk, &miss);
    return count != 0;
}

/* Reads on from a node; the depth is that of the tree. Returns 1 at the end of a form. */
static int go(struct walk *walk, uint16_t node, uint32_t at)
{
    const struct sk_grammar_node *nodes = walk->scope->grammar->nodes;
    unsigned count = walk->match->count;
    struct sk_token token;

    sk_lex(walk->scope->source, at, &token);
    if (nodes[node].form && token.kind == SK_TOKEN_END) {
        walk->match->form = nodes[node].form;
        walk->match->end = token.end;
        return 1;
    }
    for (uint16_t child = nodes[node].child; child; child = nodes[child].next) {
        uint32_t next = at;

        walk->match->count = count;
        if (take(walk, &nodes[child], &token, &next) && go(walk, child, next))
            return 1;
    }
    remember_stuck(walk, node, &token);
    if (token.kind == SK_TOKEN_BAD) {
        struct sk_miss miss = sk_lex_why(walk->scope->source, &token);

        remember_miss(walk, &miss);
    }
    return 0;
}

enum skep_code sk_match(const struct sk_scope *scope, uint32_t at, struct sk_match *match,
                        struct skep_err *err)
{
    struct walk walk = { .scope = scope, .match = match, .miss = { .code = SK_NO_MISS } };

    match->count = 0;
    if (go(&walk, 0, at))
        return SKEP_OK;
    return report(&walk, sk_skip_blanks(scope->source, at), err);
}
