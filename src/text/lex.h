/* Assembly text as tokens.
 *
 * The text is UTF-8 without NUL bytes, at most 4 GiB, borrowed and never copied. A place
 * in it is its byte offset; line and column are worked out when an error is reported.
 * Tokens are read on demand: sk_lex looks at nothing but the text behind `at`, so that
 * whoever tries several readings just starts at the same place again. */
#ifndef SK_TEXT_LEX_H
#define SK_TEXT_LEX_H

#include <stdint.h>

#include "base/err.h"

struct sk_source {
    const char *text;
    uint32_t start; /* first byte behind a byte order mark */
    uint32_t len;
};

enum sk_token_kind {
    SK_TOKEN_END, /* of the line or of the text; comments count as blanks */
    SK_TOKEN_NAME,
    SK_TOKEN_R, /* r0 to r10: value */
    SK_TOKEN_W, /* w0 to w10: value */
    SK_TOKEN_NUMBER,
    SK_TOKEN_STRING,
    SK_TOKEN_PUNCT, /* value: its characters, the first one lowest */
    SK_TOKEN_BAD,   /* no token; sk_lex_why says why */
};

struct sk_token {
    enum sk_token_kind kind;
    uint32_t at, end; /* END: from the last comment, if there is one, to the line feed */
    uint64_t value;
};

/* What is wrong at a place of the text, before it is known to be the error to report. */
struct sk_miss {
    enum skep_code code; /* E_SYNTAX, E_NUMBER, E_RANGE or E_LABEL_MISSING */
    uint32_t at, end;    /* what the message quotes, if it is not empty */
    const char *why;
    int64_t value, low, high; /* of E_RANGE */
};

#define SK_NO_MISS SKEP_OK /* the code of no miss at all */

/* A syntax error that quotes the text from `at` to `end`, if there is any. */
static inline struct sk_miss sk_miss_syntax(uint32_t at, uint32_t end, const char *why)
{
    return (struct sk_miss){ .code = SKEP_E_SYNTAX, .at = at, .end = end, .why = why };
}

/* The name from `at` to `end` is not defined. */
static inline struct sk_miss sk_miss_name(uint32_t at, uint32_t end)
{
    return (struct sk_miss){ .code = SKEP_E_LABEL_MISSING, .at = at, .end = end };
}

/* A punctuation token's value: SK_PUNCT('<', '=', 0). */
#define SK_PUNCT(a, b, c) ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16)

static inline int sk_is_punct(const struct sk_token *token, char c)
{
    return token->kind == SK_TOKEN_PUNCT && token->value == SK_PUNCT(c, 0, 0);
}

/* Checks that the bytes are text at all and skips a byte order mark. */
enum skep_code sk_source_init(struct sk_source *source, const char *text, size_t len,
                              struct skep_err *err);

/* Reads the token behind the blanks at `at`. */
void sk_lex(const struct sk_source *source, uint32_t at, struct sk_token *token);

/* What is wrong with a BAD token. */
struct sk_miss sk_lex_why(const struct sk_source *source, const struct sk_token *token);

/* Behind blanks and those comments that do not last to the end of their line. */
uint32_t sk_skip_blanks(const struct sk_source *source, uint32_t at);

/* The offset of the line feed that ends the line, or of the text's end. */
uint32_t sk_line_end(const struct sk_source *source, uint32_t at);

struct sk_pos sk_source_pos(const struct sk_source *source, uint32_t at);

/* Whether a character may stand in a name. */
int sk_is_name_char(char c);

/* Whether the token is a NAME of these characters. */
int sk_token_is(const struct sk_source *source, const struct sk_token *token,
                const char *name);

/* The text from `at` to `end` for a message: SK_QUOTE_MAX bytes at buf. Returns buf. */
enum { SK_QUOTE_MAX = 64 };
const char *sk_quote(const struct sk_source *source, uint32_t at, uint32_t end,
                     char *buf);

enum skep_code sk_miss_report(const struct sk_source *source, const struct sk_miss *miss,
                              struct skep_err *err);

/* E_SYNTAX at a place, with a message of one's own. */
__attribute__((format(printf, 4, 5))) enum skep_code
sk_syntax(const struct sk_source *source, uint32_t at, struct skep_err *err,
          const char *format, ...);

#endif
