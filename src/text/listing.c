/* Recognising the lines of listings. Nothing here can stand at the beginning of a
 * statement: digits, brackets, or words that end like no statement does. */
#include "text/listing.h"

#include <string.h>

#include "base/num.h"

static char char_at(const struct sk_source *source, uint32_t at)
{
    return at < source->len ? source->text[at] : 0;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static uint32_t skip(const struct sk_source *source, uint32_t at)
{
    while (is_blank(char_at(source, at)))
        at++;
    return at;
}

static int starts(const struct sk_source *source, uint32_t at, const char *word)
{
    size_t len = strlen(word);

    return source->len - at >= len && !memcmp(source->text + at, word, len);
}

/* ---- Lines to ignore --------------------------------------------------------------- */

/* The end of the line from `at` to `end`, without blanks, is `word`. */
static int ends(const struct sk_source *source, uint32_t at, uint32_t end,
                const char *word)
{
    size_t len = strlen(word);

    while (end > at && is_blank(source->text[end - 1]))
        end--;
    return end - at >= len && !memcmp(source->text + end - len, word, len);
}

/* TYPE NAME(PARAMETERS): */
static int is_prototype(const struct sk_source *source, uint32_t at, uint32_t end)
{
    uint32_t words = 0;

    if (!ends(source, at, end, "):"))
        return 0;
    for (; at < end && source->text[at] != '('; at++) {
        char c = source->text[at];

        if (!sk_is_name_char(c) && c != ' ' && c != '*')
            return 0;
        words += c == ' ' || c == '*';
    }
    return words && sk_is_name_char(source->text[at - 1]);
}

/* The '>' of the <NAME>: that is the rest of the line; 0 if it is something else. */
static uint32_t close_of_label(const struct sk_source *source, uint32_t at, uint32_t end)
{
    uint32_t close = at + 1;

    if (char_at(source, at) != '<')
        return 0;
    while (close < end && source->text[close] != '>')
        close++;
    if (close == at + 1 || !starts(source, close, ">:") || skip(source, close + 2) < end)
        return 0;
    return close;
}

static enum sk_line_kind kind_of(const struct sk_source *source, uint32_t at,
                                 uint32_t end)
{
    if (starts(source, at, "Disassembly of section "))
        return SK_LINE_SECTION;
    if (ends(source, at, end, "file format elf64-bpf") ||
        ends(source, at, end, "file format ELF64-BPF") || is_prototype(source, at, end) ||
        close_of_label(source, at, end))
        return SK_LINE_IGNORED;
    return SK_LINE_STATEMENT;
}

/* ---- Labels ------------------------------------------------------------------------ */

/* ADDRESS <NAME>: or ADDRESS: RELOCATION */
static enum skep_code read_address(const struct sk_source *source, uint32_t at,
                                   uint32_t end, struct sk_line *line,
                                   struct skep_err *err)
{
    uint64_t address = 0;
    uint32_t digit = at, name, close;

    for (; sk_num_hex_digit(char_at(source, digit)) >= 0; digit++) {
        if (address >> 59)
            return SKEP_OK;
        address = address << 4 | (uint64_t)sk_num_hex_digit(source->text[digit]);
    }
    if (digit == at)
        return SKEP_OK;
    if (char_at(source, digit) == ':' &&
        starts(source, skip(source, digit + 1), "R_BPF_"))
        return sk_syntax(source, at, err, "a relocation: this program is not linked yet");
    name = skip(source, digit);
    close = close_of_label(source, name, end);
    if (name == digit || !close)
        return SKEP_OK;
    if (address % SK_SLOT_BYTES)
        return sk_syntax(source, at, err, "the address is no multiple of 8");
    line->kind = SK_LINE_LABEL;
    line->at = end;
    line->index_at = at;
    line->index = (int64_t)(address / SK_SLOT_BYTES);
    line->label_at = name + 1;
    line->label_end = close;
    return SKEP_OK;
}

/* ---- Before an instruction --------------------------------------------------------- */

/* INDEX: */
static void read_index(const struct sk_source *source, struct sk_line *line)
{
    enum { MAX_DIGITS = 10 };
    uint32_t at = line->at;
    int64_t index = 0;

    for (; char_at(source, at) >= '0' && char_at(source, at) <= '9'; at++) {
        if (at - line->at == MAX_DIGITS)
            return;
        index = index * 10 + (source->text[at] - '0');
    }
    if (at == line->at || char_at(source, at) != ':')
        return;
    line->index_at = line->at;
    line->index = index;
    line->at = skip(source, at + 1);
}

/* Two hexadecimal digits and no third; -1 if there are none. */
static int read_byte(const struct sk_source *source, uint32_t at)
{
    int high = sk_num_hex_digit(char_at(source, at));
    int low = high < 0 ? -1 : sk_num_hex_digit(char_at(source, at + 1));

    return low < 0 || sk_is_name_char(char_at(source, at + 2)) ? -1 : high << 4 | low;
}

/* (OP) */
static void read_opcode(const struct sk_source *source, struct sk_line *line)
{
    int opcode = read_byte(source, line->at + 1);

    if (char_at(source, line->at) != '(' || opcode < 0 ||
        char_at(source, line->at + 3) != ')')
        return;
    line->evidence.opcode = opcode;
    line->evidence.opcode_at = line->at;
    line->at = skip(source, line->at + 4);
}

/* Takes back what Linux marks in its own copy of a program, which bpftool dumps:
 *
 *     85 10 DISTANCE FUNCTION                 a local call: the distance is in imm else
 *     18 d4 0 DISTANCE  00 00 0 FUNCTION      a function's address
 *     bc rr 0 1                               "wN = wN" that clears an upper half */
static void unmark(struct sk_evidence *evidence)
{
    struct sk_slot slot = sk_slot_read(evidence->bytes, 0), second;
    enum sk_op op = sk_row_of(slot);

    if (op == SK_OP_CALL_LOCAL && slot.off) {
        slot.imm = slot.off;
        slot.off = 0;
    } else if (op == SK_OP_MOV32_REG && slot.dst == slot.src && slot.imm == 1) {
        slot.imm = 0;
    } else if (op == SK_OP_LDDW_CODE && evidence->byte_count == 2 * SK_SLOT_BYTES) {
        second = sk_slot_read(evidence->bytes, 1);
        second.imm = 0;
        sk_slot_write(evidence->bytes, 1, second);
    }
    sk_slot_write(evidence->bytes, 0, slot);
}

/* Bytes with a blank between them, at least two. Returns behind them, or `at` if there
 * are none. */
static uint32_t read_bytes(const struct sk_source *source, uint32_t at,
                           struct sk_evidence *evidence)
{
    uint32_t start = at, count = 0;

    while (count < sizeof(evidence->bytes)) {
        int byte = read_byte(source, at);

        if (byte < 0 || (!is_blank(char_at(source, at + 2)) && char_at(source, at + 2) &&
                         char_at(source, at + 2) != '\n'))
            break;
        evidence->bytes[count++] = (uint8_t)byte;
        at += 2;
        if (char_at(source, at) == ' ' && read_byte(source, at + 1) >= 0)
            at++;
        else
            break;
    }
    if (count < 2)
        return start;
    evidence->bytes_at = start;
    evidence->byte_count = count;
    unmark(evidence);
    return skip(source, at);
}

enum skep_code sk_line_read(const struct sk_source *source, uint32_t at,
                            struct sk_line *line, struct skep_err *err)
{
    uint32_t end = sk_line_end(source, at);

    *line = (struct sk_line){ .kind = SK_LINE_STATEMENT, .index = -1 };
    line->evidence.opcode = -1;
    line->at = skip(source, at);
    line->kind = kind_of(source, line->at, end);
    if (line->kind != SK_LINE_STATEMENT) {
        line->at = end;
        return SKEP_OK;
    }
    SK_TRY(read_address(source, line->at, end, line, err));
    if (line->kind == SK_LINE_LABEL)
        return SKEP_OK;
    read_index(source, line);
    read_opcode(source, line);
    line->at = read_bytes(source, line->at, &line->evidence);
    if (line->evidence.byte_count && line->evidence.byte_count != 8 &&
        line->evidence.byte_count != 16)
        return sk_syntax(source, line->evidence.bytes_at, err,
                         "%u bytes stand here, an instruction has 8 or 16",
                         line->evidence.byte_count);
    return SKEP_OK;
}

uint32_t sk_line_bytes(const struct sk_source *source, uint32_t at,
                       struct sk_evidence *evidence)
{
    struct sk_evidence found = *evidence;
    uint32_t start = skip(source, at);
    uint32_t end = read_bytes(source, start, &found);

    if (end == start || (end < source->len && source->text[end] != '\n') ||
        (found.byte_count != 8 && found.byte_count != 16))
        return 0;
    *evidence = found;
    return end;
}
