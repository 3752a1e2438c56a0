/* Arrays of C to bytes.
 *
 *     static const struct bpf_insn prog[] = {        the declaration may be missing
 *         { 0xb7, 0, 0, 0, 1 },                      code, dst_reg, src_reg, off, imm
 *         { .code = 0x95 },                          fields not named are 0
 *     };
 *     unsigned char prog[] = { 0xb7, 0x00, ... };    bytes
 *     uint64_t prog[] = { 0x1000000b7, 0x95 };       little-endian words
 *     const char prog[] = "\xb7\x00..." "...";       a string, without its final 0
 *
 * How wide numbers are is what the declaration says (char, short, int, long, and the
 * types with 8, 16, 32 or 64 in their names). Without a declared type it is 1 byte, or
 * 8 for all if any number does not fit in 1. Behind the array there may be declarations
 * of numbers, as `xxd -i` writes them. Comments, and lines that begin with #, are
 * skipped.
 *
 * All elements are read into 8-byte cells first, and packed where they lie at the end. */
#include "load/input.h"

#include <string.h>

#include "base/bits.h"
#include "base/escape.h"
#include "base/num.h"
#include "isa/isa.h"

enum { SHOWN_MAX = 48 };

struct reader {
    const struct sk_mem *mem;
    const char *text;
    size_t len, at;
    unsigned width; /* bytes of a number; 0: not declared */
    int wide;       /* a number did not fit in a byte */
    uint64_t *cells;
    size_t count, cap;
    struct skep_err *err;
};

/* ---- Words, blanks and comments --------------------------------------------------- */

static int is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '_';
}

static int is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Whether the text goes on with `expected`. */
static int is_next(const struct reader *r, const char *expected)
{
    size_t len = strlen(expected);

    return r->len - r->at >= len && !memcmp(r->text + r->at, expected, len);
}

/* Goes behind the next `end`, or to the end of the text. */
static void skip_past(struct reader *r, const char *end)
{
    while (r->at < r->len && !is_next(r, end))
        r->at++;
    if (r->at < r->len)
        r->at += strlen(end);
}

static int at_line_start(const struct reader *r)
{
    size_t at = r->at;

    while (at && (r->text[at - 1] == ' ' || r->text[at - 1] == '\t'))
        at--;
    return !at || r->text[at - 1] == '\n';
}

static void skip(struct reader *r)
{
    for (;;) {
        if (r->at < r->len && is_blank(r->text[r->at])) {
            r->at++;
        } else if (is_next(r, "//") || (is_next(r, "#") && at_line_start(r))) {
            skip_past(r, "\n");
        } else if (is_next(r, "/*")) {
            r->at += 2;
            skip_past(r, "*/");
        } else {
            return;
        }
    }
}

/* The next character behind blanks and comments; 0 at the end. */
static char peek(struct reader *r)
{
    skip(r);
    return r->at < r->len ? r->text[r->at] : 0;
}

/* Takes the character if it comes next. */
static int take(struct reader *r, char c)
{
    if (!c || peek(r) != c)
        return 0;
    r->at++;
    return 1;
}

/* The length of the word that begins here. */
static size_t word_len(const struct reader *r)
{
    size_t end = r->at;

    while (end < r->len && is_word(r->text[end]))
        end++;
    return end - r->at;
}

static int word_is(const struct reader *r, size_t len, const char *word)
{
    return strlen(word) == len && !memcmp(r->text + r->at, word, len);
}

static enum skep_code syntax(const struct reader *r, const char *what)
{
    return sk_fail(r->err, E_SYNTAX, sk_input_pos(r->text, r->at), what);
}

/* ---- Numbers ---------------------------------------------------------------------- */

/* What a number may be: -most_negative to most. */
struct range {
    uint64_t most_negative, most;
    const char *otherwise;
};

static const struct range element_ranges[] = {
    [1] = { 0x80, 0xff, "does not fit in 1 byte" },
    [2] = { 0x8000, 0xffff, "does not fit in 2 bytes" },
    [4] = { 0x80000000, 0xffffffff, "does not fit in 4 bytes" },
    [8] = { (uint64_t)1 << 63, UINT64_MAX, "does not fit in 8 bytes" },
};

/* The length of a number without C's suffixes. */
static size_t without_suffix(const char *word, size_t len)
{
    while (len && strchr("uUlL", word[len - 1]))
        len--;
    return len;
}

/* Reads a number in the range; *value is it modulo 2^64. */
static enum skep_code read_number(struct reader *r, const struct range *range,
                                  uint64_t *value)
{
    int negative = take(r, '-');
    const char *word;
    size_t start, len, used;
    uint64_t magnitude = UINT64_MAX;
    enum sk_num found;
    char shown[SHOWN_MAX];

    skip(r);
    start = r->at;
    word = r->text + start;
    len = word_len(r);
    if (!len)
        return syntax(r, "a number was expected");
    r->at += len;
    sk_escape(shown, sizeof(shown), word, len);
    len = without_suffix(word, len);
    found = sk_num_read(word, len, &used, &magnitude);
    if (found == SK_NUM_NONE)
        return sk_fail(r->err, E_NUMBER, sk_input_pos(r->text, start), shown, "is none");
    if (found == SK_NUM_TOO_BIG ||
        magnitude > (negative ? range->most_negative : range->most))
        return sk_fail(r->err, E_NUMBER, sk_input_pos(r->text, start), shown,
                       range->otherwise);
    r->wide |=
        magnitude > (negative ? element_ranges[1].most_negative : element_ranges[1].most);
    *value = negative ? -magnitude : magnitude;
    return SKEP_OK;
}

/* ---- Elements --------------------------------------------------------------------- */

static enum skep_code add_cell(struct reader *r, uint64_t value)
{
    SK_TRY(
        sk_mem_grow(r->mem, &r->cells, &r->cap, r->count, 1, sizeof(*r->cells), r->err));
    r->cells[r->count++] = value;
    return SKEP_OK;
}

enum { CODE, DST, SRC, OFF, IMM, FIELDS };

static const struct range field_ranges[FIELDS] = {
    [CODE] = { 0, 0xff, "does not fit in code (0 to 0xff)" },
    [DST] = { 0, 15, "does not fit in dst_reg (0 to 15)" },
    [SRC] = { 0, 15, "does not fit in src_reg (0 to 15)" },
    [OFF] = { 0x8000, 0xffff, "does not fit in off (16 bits)" },
    [IMM] = { 0x80000000, 0xffffffff, "does not fit in imm (32 bits)" },
};

/* Reads ".NAME =". */
static enum skep_code read_designator(struct reader *r, unsigned *field)
{
    static const struct {
        const char *name;
        unsigned field;
    } names[] = {
        { "code", CODE }, { "opcode", CODE }, { "dst_reg", DST },
        { "dst", DST },   { "src_reg", SRC }, { "src", SRC },
        { "off", OFF },   { "offset", OFF },  { "imm", IMM },
    };
    size_t len = word_len(r);

    for (size_t i = 0; i < SK_LEN(names); i++) {
        if (!word_is(r, len, names[i].name))
            continue;
        *field = names[i].field;
        r->at += len;
        return take(r, '=') ? SKEP_OK : syntax(r, "'=' was expected");
    }
    return syntax(r, "a field was expected: code, dst_reg, src_reg, off or imm");
}

/* Reads the fields of an instruction up to the closing brace. */
static enum skep_code read_fields(struct reader *r, uint64_t fields[FIELDS])
{
    unsigned field = 0, positional = 0, designated = 0;

    while (!take(r, '}')) {
        if (take(r, '.')) {
            SK_TRY(read_designator(r, &field));
            designated++;
        } else if (field == FIELDS) {
            return syntax(r, "an instruction has 5 fields, '}' was expected");
        } else {
            positional++;
        }
        SK_TRY(read_number(r, &field_ranges[field], &fields[field]));
        field++;
        if (!take(r, ',') && peek(r) != '}')
            return syntax(r, "',' or '}' was expected");
    }
    if (positional && !designated && positional != FIELDS)
        return syntax(r, "an instruction has 5 fields: code, dst_reg, src_reg, off, imm");
    return SKEP_OK;
}

static enum skep_code read_instruction(struct reader *r)
{
    uint64_t fields[FIELDS] = { 0 };

    SK_TRY(read_fields(r, fields));
    SK_TRY(add_cell(r, 0));
    sk_slot_write(&r->cells[r->count - 1], 0,
                  (struct sk_slot){ .opcode = (uint8_t)fields[CODE],
                                    .dst = (uint8_t)fields[DST],
                                    .src = (uint8_t)fields[SRC],
                                    .off = (int16_t)fields[OFF],
                                    .imm = (int32_t)(uint32_t)fields[IMM] });
    return SKEP_OK;
}

static enum skep_code read_element(struct reader *r)
{
    uint64_t value = 0;

    SK_TRY(read_number(r, &element_ranges[r->width ? r->width : 8], &value));
    return add_cell(r, sk_le64(value));
}

/* Reads what is between the braces of the array, and says in width how much of each cell
 * counts. */
static enum skep_code read_braces(struct reader *r)
{
    int instructions = peek(r) == '{';

    while (!take(r, '}')) {
        if (instructions && !take(r, '{'))
            return syntax(r, "'{' or '}' was expected");
        SK_TRY(instructions ? read_instruction(r) : read_element(r));
        if (!take(r, ',') && peek(r) != '}')
            return syntax(r, "',' or '}' was expected");
    }
    if (instructions)
        r->width = SK_SLOT_BYTES;
    else if (!r->width)
        r->width = r->wide ? 8 : 1;
    return SKEP_OK;
}

/* ---- Strings ---------------------------------------------------------------------- */

/* Reads the digits of an escape sequence: at most `most` of that base. */
static enum skep_code read_digits(struct reader *r, unsigned base, size_t most)
{
    unsigned value = 0;
    size_t digits = 0;

    for (; digits < most && r->at < r->len; digits++, r->at++) {
        int digit = sk_num_hex_digit(r->text[r->at]);

        if (digit < 0 || (unsigned)digit >= base)
            break;
        value = value * base + (unsigned)digit;
        if (value > 0xff)
            return syntax(r, "the escape sequence is more than one byte");
    }
    return digits ? add_cell(r, sk_le64(value)) : syntax(r, "a digit was expected");
}

/* Reads what follows a backslash (C11, 6.4.4.4); a line end there is no character. */
static enum skep_code read_escape(struct reader *r)
{
    static const char names[] = "abfnrtv\\'\"?", values[] = "\a\b\f\n\r\t\v\\'\"?";
    char c = r->at < r->len ? r->text[r->at] : 0;
    const char *name;

    if (c >= '0' && c <= '7')
        return read_digits(r, 8, 3);
    if (is_next(r, "\r\n"))
        r->at++;
    r->at++;
    if (c == 'x')
        return read_digits(r, 16, SIZE_MAX);
    if (c == '\n' || c == '\r')
        return SKEP_OK;
    name = c ? strchr(names, c) : NULL;
    if (!name) {
        r->at--;
        return syntax(r, "an escape sequence was expected");
    }
    return add_cell(r, sk_le64((uint8_t)values[name - names]));
}

/* Reads one string literal, whose first quote is taken. */
static enum skep_code read_literal(struct reader *r)
{
    while (r->at < r->len && r->text[r->at] != '"' && r->text[r->at] != '\n') {
        char c = r->text[r->at++];

        SK_TRY(c == '\\' ? read_escape(r) : add_cell(r, sk_le64((uint8_t)c)));
    }
    if (r->at == r->len || r->text[r->at] != '"')
        return syntax(r, "the string does not end");
    r->at++;
    return SKEP_OK;
}

static enum skep_code read_strings(struct reader *r)
{
    while (take(r, '"'))
        SK_TRY(read_literal(r));
    r->width = 1;
    return SKEP_OK;
}

/* ---- The whole -------------------------------------------------------------------- */

/* Types by name; of several words the one that stands first here decides. */
static const struct {
    const char *name;
    unsigned width;
} types[] = {
    { "char", 1 },     { "int8_t", 1 }, { "uint8_t", 1 }, { "u8", 1 },
    { "__u8", 1 },     { "short", 2 },  { "int16_t", 2 }, { "uint16_t", 2 },
    { "u16", 2 },      { "__u16", 2 },  { "long", 8 },    { "int64_t", 8 },
    { "uint64_t", 8 }, { "u64", 8 },    { "__u64", 8 },   { "int32_t", 4 },
    { "uint32_t", 4 }, { "u32", 4 },    { "__u32", 4 },   { "int", 4 },
};

/* The row of `types` that the word is, SK_LEN(types) if none. */
static size_t type_of(const struct reader *r, size_t len)
{
    size_t row = 0;

    while (row < SK_LEN(types) && !word_is(r, len, types[row].name))
        row++;
    return row;
}

/* Skips a declaration up to the brace or quote that the array begins with. Returns 0 if
 * something else comes. */
static int skip_declaration(struct reader *r)
{
    size_t type = SK_LEN(types);
    int begun = 0, equals = 0;
    char c;

    for (c = peek(r); c && c != '{' && c != '"'; c = peek(r)) {
        size_t len = word_len(r);

        if (len && type_of(r, len) < type)
            type = type_of(r, len);
        if (!len && c == '=' && equals++)
            return 0;
        if (!len && !strchr("*[]()=", c))
            return 0;
        begun = 1;
        r->at += len ? len : 1;
    }
    if (type < SK_LEN(types))
        r->width = types[type].width;
    return c && begun == equals;
}

/* Skips "unsigned int prog_len = 64;" and the like. */
static enum skep_code skip_trailer(struct reader *r)
{
    uint64_t value;

    take(r, ';');
    while (peek(r)) {
        size_t words = 0;

        for (; word_len(r); skip(r), words++)
            r->at += word_len(r);
        if (words < 2 || !take(r, '='))
            return syntax(r, "something follows the array");
        SK_TRY(read_number(r, &element_ranges[8], &value));
        if (!take(r, ';'))
            return syntax(r, "';' was expected");
    }
    return r->at == r->len ? SKEP_OK : syntax(r, "something follows the array");
}

static enum skep_code read_array(struct reader *r)
{
    if (!skip_declaration(r))
        return syntax(r, "'{' or a string was expected");
    if (take(r, '{'))
        SK_TRY(read_braces(r));
    else
        SK_TRY(read_strings(r));
    return skip_trailer(r);
}

/* Packs the cells: `width` bytes of each. */
static void pack(struct reader *r)
{
    uint8_t *bytes = (uint8_t *)r->cells;

    for (size_t i = 0; i < r->count; i++)
        memmove(bytes + i * r->width, &r->cells[i], r->width);
}

int sk_array_is(const char *text, size_t len)
{
    struct reader r = { .text = text, .len = len };

    return skip_declaration(&r);
}

enum skep_code sk_array_read(const struct sk_mem *mem, const char *text, size_t len,
                             struct sk_block *out, struct skep_err *err)
{
    struct reader r = { .mem = mem, .text = text, .len = len, .err = err };
    enum skep_code code = read_array(&r);

    if (code) {
        sk_mem_free(mem, r.cells, r.cap, sizeof(*r.cells));
        return code;
    }
    pack(&r);
    *out = (struct sk_block){ .data = (uint8_t *)r.cells,
                              .len = r.count * r.width,
                              .cap = r.cap * sizeof(*r.cells) };
    return SKEP_OK;
}
