/* Reading operands. */
#include "text/operand.h"

#include <string.h>

#include "env/env.h"
#include "text/expr.h"

struct reader {
    const struct sk_scope *scope;
    const struct sk_token *token; /* the first */
    struct sk_operand *operand;
    struct sk_miss *miss;
    uint32_t at; /* behind what was read */
};

static char char_at(const struct reader *reader, uint32_t at)
{
    return at < reader->scope->source->len ? reader->scope->source->text[at] : 0;
}

static int is_sign(const struct sk_token *token)
{
    return sk_is_punct(token, '+') || sk_is_punct(token, '-');
}

static unsigned fail(struct reader *reader, uint32_t at, uint32_t end, const char *why)
{
    *reader->miss = sk_miss_syntax(at, end, why);
    return 0;
}

static unsigned read_number(struct reader *reader, uint32_t at, enum sk_expr_level level)
{
    if (!sk_expr(reader->scope->source, reader->scope->symbols, &at, level,
                 &reader->operand->value, reader->miss))
        return 0;
    reader->operand->kind = SK_OPERAND_NUMBER;
    reader->at = at;
    return 1;
}

/* A sign and what follows it. */
static unsigned read_distance(struct reader *reader, const struct sk_token *token)
{
    if (!is_sign(token))
        return fail(reader, token->at, token->at, "expected '+' or '-'");
    return read_number(reader, token->at, SK_EXPR_SUM);
}

/* What may be left out: the operand is 0 then. */
static unsigned read_nothing(struct reader *reader)
{
    reader->operand->kind = SK_OPERAND_NONE;
    reader->operand->end = reader->operand->at;
    return 1;
}

static unsigned read_register(struct reader *reader, enum sk_token_kind kind)
{
    if (reader->token->kind != kind)
        return 0;
    reader->operand->kind = SK_OPERAND_NUMBER;
    reader->operand->value = reader->token->value;
    reader->at = reader->token->end;
    return 1;
}

static unsigned read_expression(struct reader *reader, enum sk_expr_level level)
{
    const struct sk_token *token = reader->token;

    if (token->kind != SK_TOKEN_NUMBER && token->kind != SK_TOKEN_NAME &&
        !is_sign(token) && !sk_is_punct(token, '(') && !sk_is_punct(token, '~') &&
        !sk_is_punct(token, '!'))
        return 0;
    return read_number(reader, token->at, level);
}

static unsigned read_name(struct reader *reader)
{
    if (reader->token->kind != SK_TOKEN_NAME)
        return 0;
    reader->operand->kind = SK_OPERAND_NAME;
    reader->at = reader->token->end;
    return 1;
}

/* ---- Jumps and functions ----------------------------------------------------------- */

/* A disassembler's note behind a distance: <main+0x8>. */
static void skip_note(struct reader *reader)
{
    uint32_t at = sk_skip_blanks(reader->scope->source, reader->at);

    if (char_at(reader, at) != '<')
        return;
    while (char_at(reader, at) && char_at(reader, at) != '>' &&
           char_at(reader, at) != '\n')
        at++;
    if (char_at(reader, at) == '>')
        reader->at = at + 1;
}

/* pc+N */
static unsigned read_pc(struct reader *reader)
{
    struct sk_token token;

    sk_lex(reader->scope->source, reader->token->end, &token);
    return read_distance(reader, &token);
}

static unsigned read_jump(struct reader *reader)
{
    unsigned count;

    if (sk_token_is(reader->scope->source, reader->token, "pc"))
        count = read_pc(reader);
    else if (is_sign(reader->token))
        count = read_distance(reader, reader->token);
    else
        return read_name(reader);
    skip_note(reader);
    return count;
}

static unsigned read_function(struct reader *reader)
{
    return is_sign(reader->token) ? read_distance(reader, reader->token)
                                  : read_name(reader);
}

/* ---- Calls ------------------------------------------------------------------------- */

/* Whether a number stands behind the character at `at`, which else begins a comment. */
static int has_number(const struct reader *reader, uint32_t at)
{
    char c = char_at(reader, at + 1);

    if (c == '-')
        c = char_at(reader, at + 2);
    return c >= '0' && c <= '9';
}

/* The number, with or without a minus, behind a '#' or '@' at `at`. */
static int read_suffix(struct reader *reader, uint32_t at, sk_int *value)
{
    int negative = char_at(reader, at + 1) == '-';
    struct sk_token token;

    sk_lex(reader->scope->source, at + 1 + (uint32_t)negative, &token);
    if (token.kind != SK_TOKEN_NUMBER) {
        *reader->miss = sk_lex_why(reader->scope->source, &token);
        return 0;
    }
    *value = negative ? -(sk_int)token.value : (sk_int)token.value;
    reader->at = token.end;
    return 1;
}

static int has_object(const struct reader *reader)
{
    return char_at(reader, reader->at) == '@' && has_number(reader, reader->at);
}

/* #N, #N@M */
static unsigned read_kfunc(struct reader *reader, uint32_t at)
{
    reader->operand->at = at;
    reader->operand->kind = SK_OPERAND_KFUNC;
    if (!read_suffix(reader, at, &reader->operand->value))
        return 0;
    if (!has_object(reader))
        return 1;
    return (unsigned)read_suffix(reader, reader->at, &reader->operand->object);
}

/* Whether NAME#N can be a helper: its number or its name is one's, or the name that is
 * printed for want of one. */
static int may_be_helper(const struct reader *reader)
{
    const struct sk_env *env = reader->scope->env;
    const char *name = reader->scope->source->text + reader->token->at;
    size_t len = reader->token->end - reader->token->at;
    sk_int number = reader->operand->value;

    return sk_token_is(reader->scope->source, reader->token, "unknown") ||
           sk_env_helper_id(env, name, len) >= 0 ||
           (number >= 0 && number <= UINT32_MAX &&
            sk_env_helper_name(env, (uint32_t)number));
}

/* NAME#N of a helper; NAME#N or NAME#N@M of a kernel function */
static unsigned read_numbered(struct reader *reader)
{
    struct sk_operand *operand = reader->operand;

    operand->kind = SK_OPERAND_HELPER;
    if (!read_suffix(reader, reader->token->end, &operand->value))
        return 0;
    operand->is_kfunc = has_object(reader) || !may_be_helper(reader);
    if (!has_object(reader))
        return 1;
    return (unsigned)read_suffix(reader, reader->at, &operand->object);
}

/* pc+N, behind which bpftool writes # and the function's symbol */
static unsigned read_local(struct reader *reader)
{
    if (!read_pc(reader))
        return 0;
    reader->operand->kind = SK_OPERAND_LOCAL;
    if (char_at(reader, reader->at) == '#') {
        while (reader->at++, sk_is_name_char(char_at(reader, reader->at)))
            ;
    }
    skip_note(reader);
    return 1;
}

static int is_constant(const struct reader *reader)
{
    const struct sk_symbol *symbol =
        sk_symbols_find(reader->scope->symbols, reader->scope->source, reader->token->at,
                        reader->token->end);

    return symbol && symbol->kind == SK_SYMBOL_CONSTANT;
}

static unsigned read_call(struct reader *reader)
{
    const struct sk_token *token = reader->token;
    uint32_t at = reader->at;

    while (char_at(reader, at) == ' ' || char_at(reader, at) == '\t')
        at++;
    if (char_at(reader, at) == '#' && has_number(reader, at))
        return read_kfunc(reader, at);
    if (sk_token_is(reader->scope->source, token, "pc"))
        return read_local(reader);
    if (token->kind != SK_TOKEN_NAME || is_constant(reader)) {
        if (!read_expression(reader, SK_EXPR_SUM)) /* '<' begins a note */
            return 0;
        skip_note(reader);
        return 1;
    }
    if (char_at(reader, token->end) != '#' || !has_number(reader, token->end))
        return read_name(reader);
    return read_numbered(reader);
}

/* ---- Context fields ---------------------------------------------------------------- */

/* Whether the token is ctx or begins with "ctx.". */
static int is_context(const struct reader *reader)
{
    const char *name = reader->scope->source->text + reader->token->at;
    uint32_t len = reader->token->end - reader->token->at;

    return reader->token->kind == SK_TOKEN_NAME && len >= 3 && !memcmp(name, "ctx", 3) &&
           (len == 3 || name[3] == '.');
}

/* Behind ctx or ctx(rN); the register is operand 0, by default r1. Returns the field's
 * name with its dot as *name. */
static unsigned read_base(struct reader *reader, struct sk_token *name)
{
    const struct sk_source *source = reader->scope->source;
    struct sk_token token;

    *name = *reader->token;
    reader->operand->value = SK_R1;
    if (!sk_token_is(source, name, "ctx")) {
        name->at += 3;
        return 1;
    }
    sk_lex(source, name->end, &token);
    if (!sk_is_punct(&token, '('))
        return 0;
    sk_lex(source, token.end, &token);
    if (token.kind != SK_TOKEN_R)
        return fail(reader, token.at, token.at, "expected a register r0 to r10");
    reader->operand->value = token.value;
    sk_lex(source, token.end, &token);
    if (!sk_is_punct(&token, ')'))
        return fail(reader, token.at, token.at, "expected ')'");
    sk_lex(source, token.end, name);
    if (name->kind != SK_TOKEN_NAME || source->text[name->at] != '.')
        return fail(reader, name->at, name->at, "expected '.' and a context field");
    return 1;
}

static unsigned read_field(struct reader *reader, uint64_t size)
{
    const struct sk_source *source = reader->scope->source;
    const struct skep_type *type = reader->scope->type;
    const struct skep_field *field;
    struct sk_token name;

    if (!is_context(reader))
        return 0;
    if (!read_base(reader, &name))
        return 0;
    if (!type)
        return fail(reader, reader->token->at, reader->token->at,
                    "context fields need a program type: .type NAME");
    field = sk_type_field(type, source->text + name.at + 1, name.end - name.at - 1);
    if (!field)
        return fail(reader, name.at + 1, name.end,
                    "the program type has no context field");
    if (field->size != 1 && field->size != 2 && field->size != 4 && field->size != 8)
        return fail(reader, name.at + 1, name.end, "an array of bytes is no number:");
    if (field->size != size)
        return 0;
    reader->operand[1] = reader->operand[0];
    reader->operand[1].value = field->offset;
    reader->operand[0].end = reader->operand[1].end = name.end;
    reader->at = name.end;
    return 2;
}

/* ---- Edges ------------------------------------------------------------------------- */

/* ", N" or nothing */
static unsigned read_next_number(struct reader *reader)
{
    struct sk_token token;

    if (!sk_is_punct(reader->token, ','))
        return read_nothing(reader);
    sk_lex(reader->scope->source, reader->token->end, &token);
    reader->operand->at = token.at;
    return read_number(reader, token.at, SK_EXPR_FULL);
}

static unsigned read_edge(struct reader *reader, const struct sk_grammar_node *edge)
{
    switch (edge->edge) {
    case SK_EDGE_R:
        return read_register(reader, SK_TOKEN_R);
    case SK_EDGE_W:
        return read_register(reader, SK_TOKEN_W);
    case SK_EDGE_NUMBER:
        return read_expression(reader, SK_EXPR_FULL);
    case SK_EDGE_OFFSET:
        return is_sign(reader->token) ? read_distance(reader, reader->token)
                                      : read_nothing(reader);
    case SK_EDGE_NEXT_NUMBER:
        return read_next_number(reader);
    case SK_EDGE_JUMP:
        return read_jump(reader);
    case SK_EDGE_FUNCTION:
        return read_function(reader);
    case SK_EDGE_CALL:
        return read_call(reader);
    case SK_EDGE_CTX:
        return read_field(reader, edge->value);
    default:
        return 0;
    }
}

unsigned sk_operand_read(const struct sk_scope *scope, const struct sk_grammar_node *edge,
                         const struct sk_token *token, uint32_t *at,
                         struct sk_operand *operand, struct sk_miss *miss)
{
    struct reader reader = {
        .scope = scope, .token = token, .operand = operand, .miss = miss, .at = *at
    };
    unsigned count;

    miss->code = SKEP_OK;
    *operand = (struct sk_operand){ .at = token->at, .end = token->end };
    count = read_edge(&reader, edge);
    if (!count)
        return 0;
    if (operand->kind == SK_OPERAND_NUMBER && count == 1 && reader.at > operand->at)
        operand->end = reader.at;
    *at = reader.at;
    return count;
}
