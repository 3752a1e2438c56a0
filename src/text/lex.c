/* Taking assembly text apart. */
#include "text/lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/escape.h"
#include "base/num.h"

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
           c == '$';
}

int sk_is_name_char(char c)
{
    return is_name_start(c) || is_digit(c);
}

/* The character at an offset; 0, which no text contains, past the end. */
static char char_at(const struct sk_source *source, uint32_t at)
{
    return at < source->len ? source->text[at] : 0;
}

uint32_t sk_line_end(const struct sk_source *source, uint32_t at)
{
    const char *end = memchr(source->text + at, '\n', source->len - at);

    return end ? (uint32_t)(end - source->text) : source->len;
}

/* ---- Blanks and comments ----------------------------------------------------------- */

/* Behind the comment that begins at `at` with a slash and a star; 0 if it has no end. */
static uint32_t skip_block_comment(const struct sk_source *source, uint32_t at)
{
    for (at += 2; at + 1 < source->len; at++) {
        if (source->text[at] == '*' && source->text[at + 1] == '/')
            return at + 2;
    }
    return 0;
}

/* Comments to the end of the line begin with one of these. */
static int is_line_comment(const struct sk_source *source, uint32_t at)
{
    char c = char_at(source, at);

    return c == ';' || c == '#' || (c == '/' && char_at(source, at + 1) == '/');
}

static int is_block_comment(const struct sk_source *source, uint32_t at)
{
    return char_at(source, at) == '/' && char_at(source, at + 1) == '*';
}

uint32_t sk_skip_blanks(const struct sk_source *source, uint32_t at)
{
    for (;;) {
        char c = char_at(source, at);

        if (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f') {
            at++;
        } else if (is_block_comment(source, at)) {
            uint32_t behind = skip_block_comment(source, at);

            if (!behind)
                return at;
            at = behind;
        } else {
            return at;
        }
    }
}

/* ---- Tokens ------------------------------------------------------------------------ */

/* Register names have no leading zeros: r0 to r10. Returns -1 for other names. */
static int register_number(const char *name, uint32_t len)
{
    if (len == 2 && is_digit(name[1]))
        return name[1] - '0';
    if (len == 3 && name[1] == '1' && name[2] == '0')
        return 10;
    return -1;
}

static void lex_name(const struct sk_source *source, struct sk_token *token)
{
    const char *name = source->text + token->at;
    int number = -1;

    while (sk_is_name_char(char_at(source, token->end)))
        token->end++;
    token->kind = SK_TOKEN_NAME;
    if (name[0] == 'r' || name[0] == 'w')
        number = register_number(name, token->end - token->at);
    if (number < 0)
        return;
    token->kind = name[0] == 'r' ? SK_TOKEN_R : SK_TOKEN_W;
    token->value = (uint64_t)number;
}

static void lex_number(const struct sk_source *source, struct sk_token *token)
{
    size_t used;
    enum sk_num read = sk_num_read(source->text + token->at, source->len - token->at,
                                   &used, &token->value);

    token->end += (uint32_t)used;
    token->kind = read == SK_NUM_OK ? SK_TOKEN_NUMBER : SK_TOKEN_BAD;
}

/* The value of the escape sequence behind a backslash; -1 if it is none. */
static int escape_value(const struct sk_source *source, uint32_t *at)
{
    static const char letters[] = "abefnrtv0\\'\"";
    static const char values[] = "\a\b\033\f\n\r\t\v\0\\'\"";
    char c = char_at(source, (*at)++);
    const char *letter = c ? strchr(letters, c) : NULL;
    int high, low;

    if (letter)
        return values[letter - letters];
    high = sk_num_hex_digit(char_at(source, *at));
    low = high < 0 ? -1 : sk_num_hex_digit(char_at(source, *at + 1));
    if (c != 'x' || low < 0)
        return -1;
    *at += 2;
    return high << 4 | low;
}

/* One character between quotes; the value is that of the byte. */
static void lex_char(const struct sk_source *source, struct sk_token *token)
{
    uint32_t at = token->at + 1;
    int value = (unsigned char)char_at(source, at);

    token->kind = SK_TOKEN_BAD;
    token->end = at;
    if (value < ' ' || value > '~' || value == '\'')
        return;
    at++;
    if (value == '\\')
        value = escape_value(source, &at);
    if (value < 0 || char_at(source, at) != '\'')
        return;
    token->kind = SK_TOKEN_NUMBER;
    token->value = (uint64_t)value;
    token->end = at + 1;
}

static void lex_string(const struct sk_source *source, struct sk_token *token)
{
    uint32_t at = token->at + 1;

    while (at < source->len && source->text[at] != '"' && source->text[at] != '\n')
        at++;
    token->kind = char_at(source, at) == '"' ? SK_TOKEN_STRING : SK_TOKEN_BAD;
    token->end = token->kind == SK_TOKEN_STRING ? at + 1 : token->at + 1;
}

/* How many of the three characters make one token. */
static uint32_t punct_length(const char c[3])
{
    if ((c[0] == '<' || c[0] == '>') && c[1] == c[0])
        return c[2] == '=' ? 3 : 2;
    if ((c[0] == '&' || c[0] == '|') && c[1] == c[0])
        return 2;
    return c[1] == '=' && strchr("+-*/%&|^=!<>", c[0]) ? 2 : 1;
}

static void lex_punct(const struct sk_source *source, struct sk_token *token)
{
    const char c[3] = { source->text[token->at], char_at(source, token->at + 1),
                        char_at(source, token->at + 2) };
    uint32_t len = punct_length(c);

    token->kind = strchr("+-*/%&|^~!<>=()[]{},:?", c[0]) ? SK_TOKEN_PUNCT : SK_TOKEN_BAD;
    token->value = SK_PUNCT((unsigned char)c[0], len > 1 ? c[1] : 0, len > 2 ? c[2] : 0);
    token->end += len;
}

void sk_lex(const struct sk_source *source, uint32_t at, struct sk_token *token)
{
    char c;

    at = sk_skip_blanks(source, at);
    c = char_at(source, at);
    *token = (struct sk_token){ .kind = SK_TOKEN_END, .at = at, .end = at };
    if (at == source->len || c == '\n')
        return;
    if (is_line_comment(source, at))
        token->end = sk_line_end(source, at);
    else if (is_name_start(c))
        lex_name(source, token);
    else if (is_digit(c))
        lex_number(source, token);
    else if (is_block_comment(source, at))
        *token = (struct sk_token){ .kind = SK_TOKEN_BAD, .at = at, .end = at + 2 };
    else if (c == '\'')
        lex_char(source, token);
    else if (c == '"')
        lex_string(source, token);
    else
        lex_punct(source, token);
}

struct sk_miss sk_lex_why(const struct sk_source *source, const struct sk_token *token)
{
    struct sk_miss miss = { .code = SKEP_E_SYNTAX, .at = token->at, .end = token->at };
    char c = source->text[token->at];
    size_t used;
    uint64_t value;

    if (is_digit(c)) {
        miss.code = SKEP_E_NUMBER;
        miss.end = token->end;
        miss.why = "is malformed";
        if (sk_num_read(source->text + token->at, source->len - token->at, &used,
                        &value) == SK_NUM_TOO_BIG)
            miss.why = "does not fit in 64 bits";
    } else if (is_block_comment(source, token->at)) {
        miss.why = "the comment has no end";
    } else if (c == '"') {
        miss.why = "the string has no end in this line";
    } else if (c == '\'') {
        miss.why = "no character constant: one ASCII character or escape between quotes";
    } else {
        miss.why = "this character means nothing here:";
        miss.end = token->end;
    }
    return miss;
}

int sk_token_is(const struct sk_source *source, const struct sk_token *token,
                const char *name)
{
    size_t len = token->end - token->at;

    return token->kind == SK_TOKEN_NAME && strlen(name) == len &&
           !memcmp(source->text + token->at, name, len);
}

/* ---- Places and messages ----------------------------------------------------------- */

struct sk_pos sk_source_pos(const struct sk_source *source, uint32_t at)
{
    uint32_t line = 1, start = source->start;

    for (uint32_t end = sk_line_end(source, start); end < at;) {
        line++;
        start = end + 1;
        end = sk_line_end(source, start);
    }
    return sk_at_text(line, at - start + 1);
}

const char *sk_quote(const struct sk_source *source, uint32_t at, uint32_t end, char *buf)
{
    return sk_escape(buf, SK_QUOTE_MAX, source->text + at, end - at);
}

enum skep_code sk_syntax(const struct sk_source *source, uint32_t at,
                         struct skep_err *err, const char *format, ...)
{
    char message[SKEP_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return sk_fail(err, E_SYNTAX, sk_source_pos(source, at), message);
}

enum skep_code sk_miss_report(const struct sk_source *source, const struct sk_miss *miss,
                              struct skep_err *err)
{
    struct sk_pos pos = sk_source_pos(source, miss->at);
    char quoted[SK_QUOTE_MAX];

    sk_quote(source, miss->at, miss->end, quoted);
    switch (miss->code) {
    case SKEP_E_NUMBER:
        return sk_fail(err, E_NUMBER, pos, quoted, miss->why);
    case SKEP_E_RANGE:
        return sk_fail(err, E_RANGE, pos, (long long)miss->value, miss->why,
                       (long long)miss->low, (long long)miss->high);
    case SKEP_E_LABEL_MISSING:
        return sk_fail(err, E_LABEL_MISSING, pos, quoted);
    default:
        if (miss->at == miss->end)
            return sk_fail(err, E_SYNTAX, pos, miss->why);
        return sk_syntax(source, miss->at, err, "%s '%s'", miss->why, quoted);
    }
}

/* ---- Is it text? ------------------------------------------------------------------- */

enum skep_code sk_source_init(struct sk_source *source, const char *text, size_t len,
                              struct skep_err *err)
{
    const uint8_t *bytes = (const uint8_t *)text;
    uint32_t at = 0;

    if (len >= UINT32_MAX)
        return sk_fail(err, E_SYNTAX, sk_at_text(1, 1), "the text is longer than 4 GiB");
    *source = (struct sk_source){ .text = len ? text : "", .len = (uint32_t)len };
    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        source->start = 3;
    while (at < source->len) {
        size_t step =
            bytes[at] - 1u < 0x7f ? 1 : sk_utf8_length(bytes + at, source->len - at);

        if (!step)
            return sk_syntax(source, at, err, "byte 0x%02x is no text (UTF-8, no NUL)",
                             bytes[at]);
        at += (uint32_t)step;
    }
    return SKEP_OK;
}
