/* Constant expressions by operator precedence.
 *
 * Recursion is bounded: each opening parenthesis, sign and question mark counts as a
 * level, and there are MAX_DEPTH of them; a thread with a stack of 64 KiB has room for
 * that. */
#include "text/expr.h"

#include "base/bits.h"

enum { MAX_DEPTH = 32, SHIFT_MAX = 63 };

struct reader {
    const struct sk_source *source;
    const struct sk_symbols *symbols;
    struct sk_miss *miss;
    uint32_t at;
    unsigned depth;
};

/* Operators of two operands, the loosest first. */
enum infix {
    OR_ELSE,
    AND_THEN,
    OR,
    XOR,
    AND,
    EQ,
    NE,
    LT,
    GT,
    LE,
    GE,
    SHL,
    SHR,
    ADD,
    SUB,
    MUL,
    DIV,
    MOD,
    INFIXES
};

static const struct {
    char name[3];
    uint8_t level;
} infixes[INFIXES] = {
    [OR_ELSE] = { "||", 1 }, [AND_THEN] = { "&&", 2 }, [OR] = { "|", 3 },
    [XOR] = { "^", 4 },      [AND] = { "&", 5 },       [EQ] = { "==", 6 },
    [NE] = { "!=", 6 },      [LT] = { "<", 7 },        [GT] = { ">", 7 },
    [LE] = { "<=", 7 },      [GE] = { ">=", 7 },       [SHL] = { "<<", 8 },
    [SHR] = { ">>", 8 },     [ADD] = { "+", 9 },       [SUB] = { "-", 9 },
    [MUL] = { "*", 10 },     [DIV] = { "/", 10 },      [MOD] = { "%", 10 },
};

enum { LEVEL_LOWEST = 1, LEVEL_SUM = 9, LEVELS = 10 };

static int fail(struct reader *reader, uint32_t at, const char *why)
{
    *reader->miss = sk_miss_syntax(at, at, why);
    return 0;
}

/* ---- Arithmetic -------------------------------------------------------------------- */

static const sk_int most = UINT64_MAX;
static const sk_int least = INT64_MIN;

static int in_range(sk_int value)
{
    return value >= least && value <= most;
}

/* Bits that left the range: the low 64 of them. */
static sk_int wrap(sk_int value)
{
    return in_range(value) ? value : (sk_int)(uint64_t)value;
}

/* A product as sign and magnitude, so that it cannot overflow on the way. */
static int multiply(sk_int a, sk_int b, sk_int *value)
{
    uint64_t x = (uint64_t)(a < 0 ? -a : a), y = (uint64_t)(b < 0 ? -b : b), product;

    if (__builtin_mul_overflow(x, y, &product))
        return 0;
    *value = (a < 0) != (b < 0) ? -(sk_int)product : (sk_int)product;
    return 1;
}

/* Operators that any operands suit; the others come to `calculate`. */
static sk_int compare(enum infix op, sk_int a, sk_int b)
{
    switch (op) {
    case OR_ELSE:
        return a || b;
    case AND_THEN:
        return a && b;
    case EQ:
        return a == b;
    case NE:
        return a != b;
    case LT:
        return a < b;
    case GT:
        return a > b;
    case LE:
        return a <= b;
    case GE:
        return a >= b;
    case OR:
        return a | b;
    case XOR:
        return wrap(a ^ b);
    default:
        return a & b;
    }
}

/* Returns what is wrong, or NULL. */
static const char *calculate(enum infix op, sk_int a, sk_int b, sk_int *value)
{
    static const char too_big[] = "the result does not fit in 64 bits";

    if ((op == DIV || op == MOD) && !b)
        return "division by zero";
    if ((op == SHL || op == SHR) && (b < 0 || b > SHIFT_MAX))
        return "shifts go from 0 to 63 bits";
    if (op == MUL && !multiply(a, b, value))
        return too_big;
    if (op == ADD)
        *value = a + b;
    else if (op == SUB)
        *value = a - b;
    else if (op == DIV)
        *value = a / b;
    else if (op == MOD)
        *value = a % b;
    else if (op == SHL)
        *value = a * ((sk_int)1 << (int)b);
    else if (op == SHR)
        *value = a >> (int)b;
    else if (op != MUL)
        *value = compare(op, a, b);
    return in_range(*value) ? NULL : too_big;
}

/* ---- Reading ----------------------------------------------------------------------- */

static int read_full(struct reader *reader, sk_int *value);

static int read_name(struct reader *reader, const struct sk_token *token, sk_int *value)
{
    const struct sk_symbol *symbol =
        sk_symbols_find(reader->symbols, reader->source, token->at, token->end);

    if (symbol && symbol->kind == SK_SYMBOL_LABEL)
        return fail(reader, token->at, "a label is no number");
    if (!symbol || symbol->kind != SK_SYMBOL_CONSTANT) {
        *reader->miss = sk_miss_name(token->at, token->end);
        return 0;
    }
    *value = symbol->value;
    return 1;
}

static int read_parentheses(struct reader *reader, sk_int *value)
{
    struct sk_token token;

    if (!read_full(reader, value))
        return 0;
    sk_lex(reader->source, reader->at, &token);
    if (!sk_is_punct(&token, ')'))
        return fail(reader, token.at, "expected ')'");
    reader->at = token.end;
    return 1;
}

static int read_operand(struct reader *reader, sk_int *value);

/* The operand of a sign, which binds tighter than all operators of two operands. */
static int read_signed(struct reader *reader, const struct sk_token *token, sk_int *value)
{
    if (!read_operand(reader, value))
        return 0;
    if (sk_is_punct(token, '-'))
        *value = -*value;
    else if (sk_is_punct(token, '~'))
        *value = wrap(~*value);
    else if (sk_is_punct(token, '!'))
        *value = !*value;
    if (!in_range(*value))
        return fail(reader, sk_skip_blanks(reader->source, token->end),
                    "the negative number does not fit in 64 bits");
    return 1;
}

static int read_nested(struct reader *reader, const struct sk_token *token, sk_int *value)
{
    int done;

    if (reader->depth == MAX_DEPTH)
        return fail(reader, token->at, "the expression is nested too deeply");
    reader->depth++;
    reader->at = token->end;
    done = sk_is_punct(token, '(') ? read_parentheses(reader, value)
                                   : read_signed(reader, token, value);
    reader->depth--;
    return done;
}

static int read_operand(struct reader *reader, sk_int *value)
{
    struct sk_token token;

    sk_lex(reader->source, reader->at, &token);
    if (sk_is_punct(&token, '(') || sk_is_punct(&token, '-') ||
        sk_is_punct(&token, '+') || sk_is_punct(&token, '~') || sk_is_punct(&token, '!'))
        return read_nested(reader, &token, value);
    if (token.kind == SK_TOKEN_BAD) {
        *reader->miss = sk_lex_why(reader->source, &token);
        return 0;
    }
    if (token.kind == SK_TOKEN_NAME) {
        if (!read_name(reader, &token, value))
            return 0;
    } else if (token.kind == SK_TOKEN_NUMBER) {
        *value = token.value;
    } else {
        return fail(reader, token.at, "expected a number");
    }
    reader->at = token.end;
    return 1;
}

/* The operator that a token is, if it binds at least that tightly. */
static enum infix infix_of(const struct sk_token *token, unsigned level)
{
    if (token->kind != SK_TOKEN_PUNCT)
        return INFIXES;
    for (unsigned op = 0; op < INFIXES; op++) {
        const char *name = infixes[op].name;

        if (token->value == SK_PUNCT(name[0], name[1], 0) && infixes[op].level >= level)
            return (enum infix)op;
    }
    return INFIXES;
}

/* An operator that waits for its right operand. */
struct waiting {
    sk_int left;
    enum infix op;
    uint32_t at;
};

/* Works out the operators that wait and bind at least that tightly. */
static int reduce(struct reader *reader, const struct waiting *waiting, unsigned *count,
                  unsigned level, sk_int *value)
{
    while (*count && infixes[waiting[*count - 1].op].level >= level) {
        const struct waiting *top = &waiting[--*count];
        const char *why = calculate(top->op, top->left, *value, value);

        if (why)
            return fail(reader, top->at, why);
    }
    return 1;
}

/* Operands with operators of at least that level between them. Those that wait bind ever
 * more tightly, so that there are never more of them than levels. */
static int read_binary(struct reader *reader, unsigned level, sk_int *value)
{
    struct waiting waiting[LEVELS];
    unsigned count = 0;

    for (;;) {
        struct sk_token token;
        enum infix op;

        if (!read_operand(reader, value))
            return 0;
        sk_lex(reader->source, reader->at, &token);
        op = infix_of(&token, level);
        if (op == INFIXES)
            return reduce(reader, waiting, &count, 0, value);
        if (!reduce(reader, waiting, &count, infixes[op].level, value))
            return 0;
        waiting[count++] = (struct waiting){ .left = *value, .op = op, .at = token.at };
        reader->at = token.end;
    }
}

/* CONDITION ? VALUE : VALUE; both values are worked out. */
static int read_full(struct reader *reader, sk_int *value)
{
    struct sk_token token;
    sk_int yes, no;

    if (!read_binary(reader, LEVEL_LOWEST, value))
        return 0;
    sk_lex(reader->source, reader->at, &token);
    if (!sk_is_punct(&token, '?'))
        return 1;
    if (reader->depth == MAX_DEPTH)
        return fail(reader, token.at, "the expression is nested too deeply");
    reader->depth++;
    reader->at = token.end;
    if (!read_full(reader, &yes))
        return 0;
    sk_lex(reader->source, reader->at, &token);
    if (!sk_is_punct(&token, ':'))
        return fail(reader, token.at, "expected ':'");
    reader->at = token.end;
    if (!read_full(reader, &no))
        return 0;
    reader->depth--;
    *value = *value ? yes : no;
    return 1;
}

int sk_expr(const struct sk_source *source, const struct sk_symbols *symbols,
            uint32_t *at, enum sk_expr_level level, sk_int *value, struct sk_miss *miss)
{
    struct reader reader = {
        .source = source, .symbols = symbols, .miss = miss, .at = *at
    };
    int done = level == SK_EXPR_SUM ? read_binary(&reader, LEVEL_SUM, value)
                                    : read_full(&reader, value);

    if (done)
        *at = reader.at;
    return done;
}
