/* Directives: lines that begin with a dot. */
#include <string.h>

#include "base/bits.h"
#include "text/assembly.h"
#include "text/expr.h"

/* What a token is called where another was expected. */
static enum skep_code fail_expected(const struct sk_assembly *a,
                                    const struct sk_token *token, const char *what,
                                    struct skep_err *err)
{
    char quoted[SK_QUOTE_MAX];

    if (token->kind == SK_TOKEN_BAD) {
        struct sk_miss miss = sk_lex_why(&a->source, token);

        return sk_miss_report(&a->source, &miss, err);
    }
    if (token->kind == SK_TOKEN_END)
        return sk_syntax(&a->source, token->at, err,
                         "expected %s, found the end of the line", what);
    return sk_syntax(&a->source, token->at, err, "expected %s, found '%s'", what,
                     sk_quote(&a->source, token->at, token->end, quoted));
}

static enum skep_code read_number(const struct sk_assembly *a, uint32_t *at,
                                  sk_int *value, struct skep_err *err)
{
    struct sk_miss miss;

    if (sk_expr(&a->source, &a->symbols, at, SK_EXPR_FULL, value, &miss))
        return SKEP_OK;
    return sk_miss_report(&a->source, &miss, err);
}

/* .equ NAME, EXPRESSION */
static enum skep_code run_equ(struct sk_assembly *a, uint32_t *at, struct skep_err *err)
{
    struct sk_token name, comma;
    sk_int value;

    sk_lex(&a->source, *at, &name);
    if (name.kind != SK_TOKEN_NAME)
        return fail_expected(a, &name, "a name", err);
    sk_lex(&a->source, name.end, &comma);
    if (!sk_is_punct(&comma, ','))
        return fail_expected(a, &comma, "','", err);
    *at = comma.end;
    SK_TRY(read_number(a, at, &value, err));
    return sk_symbols_define(&a->symbols, a->mem, &a->source, name.at, name.end,
                             SK_SYMBOL_CONSTANT, value, err);
}

/* EXPRESSION, ... of that many bits each */
static enum skep_code run_data(struct sk_assembly *a, uint32_t *at, unsigned bits,
                               struct skep_err *err)
{
    const int64_t low = bits == 32 ? INT32_MIN : INT64_MIN;
    struct sk_token token;

    do {
        uint32_t start = sk_skip_blanks(&a->source, *at);
        sk_int value;

        SK_TRY(read_number(a, at, &value, err));
        if (bits == 32 && (value < low || value > UINT32_MAX))
            return sk_range_fail(&a->source, start, *at, value, "32 bits", low,
                                 UINT32_MAX, err);
        if (bits == 32)
            SK_TRY(sk_emit_word(a, (uint32_t)value, start, err));
        else
            SK_TRY(sk_emit_quad(a, (uint64_t)value, start, err));
        sk_lex(&a->source, *at, &token);
        if (sk_is_punct(&token, ','))
            *at = token.end;
    } while (sk_is_punct(&token, ','));
    return SKEP_OK;
}

static enum skep_code run_word(struct sk_assembly *a, uint32_t *at, struct skep_err *err)
{
    return run_data(a, at, 32, err);
}

static enum skep_code run_quad(struct sk_assembly *a, uint32_t *at, struct skep_err *err)
{
    return run_data(a, at, 64, err);
}

/* A name, bare or between double quotes, into buf. */
static enum skep_code read_name(const struct sk_assembly *a, uint32_t *at, char buf[64],
                                struct sk_token *token, struct skep_err *err)
{
    uint32_t start, len;

    sk_lex(&a->source, *at, token);
    if (token->kind != SK_TOKEN_NAME && token->kind != SK_TOKEN_STRING)
        return fail_expected(a, token, "a name", err);
    start = token->at + (token->kind == SK_TOKEN_STRING);
    len = token->end - start - (token->kind == SK_TOKEN_STRING);
    if (!len || len >= 64)
        return sk_syntax(&a->source, token->at, err, "a name has 1 to 63 bytes, not %u",
                         len);
    memcpy(buf, a->source.text + start, len);
    buf[len] = 0;
    *at = token->end;
    return SKEP_OK;
}

/* .name NAME */
static enum skep_code run_name(struct sk_assembly *a, uint32_t *at, struct skep_err *err)
{
    struct sk_token token;

    return read_name(a, at, a->name, &token, err);
}

/* .type NAME */
static enum skep_code run_type(struct sk_assembly *a, uint32_t *at, struct skep_err *err)
{
    const struct skep_type *type;
    struct sk_token token;
    char name[64], quoted[SK_QUOTE_MAX];

    SK_TRY(read_name(a, at, name, &token, err));
    type = sk_env_find_type(a->env, name);
    if (!type)
        return sk_syntax(&a->source, token.at, err, "program type '%s' is not known",
                         sk_quote(&a->source, token.at, token.end, quoted));
    if (!a->given_type)
        a->type = type;
    return SKEP_OK;
}

static const struct {
    const char *name;
    enum skep_code (*run)(struct sk_assembly *a, uint32_t *at, struct skep_err *err);
} directives[] = {
    { ".equ", run_equ },   { ".word", run_word }, { ".long", run_word },
    { ".quad", run_quad }, { ".type", run_type }, { ".name", run_name },
};

enum skep_code sk_directive(struct sk_assembly *a, const struct sk_token *name,
                            uint32_t *at, struct skep_err *err)
{
    char quoted[SK_QUOTE_MAX];
    struct sk_token token;

    for (size_t i = 0; i < SK_LEN(directives); i++) {
        if (!sk_token_is(&a->source, name, directives[i].name))
            continue;
        SK_TRY(directives[i].run(a, at, err));
        sk_lex(&a->source, *at, &token);
        if (token.kind != SK_TOKEN_END)
            return fail_expected(a, &token, "the end of the line", err);
        *at = token.end;
        return SKEP_OK;
    }
    return sk_syntax(&a->source, name->at, err, "unknown directive '%s'",
                     sk_quote(&a->source, name->at, name->end, quoted));
}
