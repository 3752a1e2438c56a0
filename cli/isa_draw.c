/* An instruction as a picture: its bits as they lie in memory, and the parts of its
 * opcode.
 *
 *      opcode  src  dst      offset                   immediate
 *     +--------+----+----+-----------------+-----------------------------------+
 *     |00001111|0010|0001|00000000 00000000|00000000 00000000 00000000 00000000|
 *     +--------+----+----+-----------------+-----------------------------------+
 *        0x0f    2    1          0                          0
 * / */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "isa.h"
#include "opcode.h"

enum { SLOT_BYTES = 8, LABEL_MAX = 32, COLUMNS = 5, INDENT = 4 };

static const char rule[] =
    "    +--------+----+----+-----------------+-----------------------------------+\n";

static const int widths[COLUMNS] = { 8, 4, 4, 17, 35 };

static void put_bits(unsigned value, int bits)
{
    while (bits-- > 0)
        putchar(value >> bits & 1 ? '1' : '0');
}

static void put_bytes(const uint8_t *bytes, int count)
{
    for (int i = 0; i < count; i++) {
        if (i)
            putchar(' ');
        put_bits(bytes[i], 8);
    }
}

/* A line of texts, each in the middle of its column. */
static void put_labels(const char labels[COLUMNS][LABEL_MAX])
{
    int at = 0, column = INDENT + 1;

    for (int i = 0; i < COLUMNS; i++) {
        int left = column + (widths[i] - (int)strlen(labels[i])) / 2;

        at += printf("%*s%s", left - at, "", labels[i]);
        column += widths[i] + 1;
    }
    putchar('\n');
}

static void put_slot(const uint8_t *slot)
{
    fputs("    |", stdout);
    put_bits(slot[0], 8);
    putchar('|');
    put_bits(slot[1] >> 4, 4);
    putchar('|');
    put_bits(slot[1] & 0xf, 4);
    putchar('|');
    put_bytes(slot + 2, 2);
    putchar('|');
    put_bytes(slot + 4, 4);
    printf("|\n%s", rule);
}

static void put_number(char label[LABEL_MAX], int32_t value)
{
    if (value > -10 && value < 10)
        snprintf(label, LABEL_MAX, "%" PRId32, value);
    else
        snprintf(label, LABEL_MAX, "%" PRId32 " (0x%" PRIx32 ")", value, (uint32_t)value);
}

static void put_values(const uint8_t *slot, int16_t off, int32_t imm)
{
    char labels[COLUMNS][LABEL_MAX];

    snprintf(labels[0], LABEL_MAX, "0x%02x", slot[0]);
    snprintf(labels[1], LABEL_MAX, "%d", slot[1] >> 4);
    snprintf(labels[2], LABEL_MAX, "%d", slot[1] & 0xf);
    snprintf(labels[3], LABEL_MAX, "%d", off);
    put_number(labels[4], imm);
    put_labels((const char(*)[LABEL_MAX])labels);
}

void isa_draw_slots(const struct isa_entry *entry)
{
    static const char heads[COLUMNS][LABEL_MAX] = { "opcode", "src", "dst", "offset",
                                                    "immediate" };
    struct isa_fields fields = isa_fields(entry->slots);

    put_labels(heads);
    fputs(rule, stdout);
    put_slot(entry->slots);
    put_values(entry->slots, (int16_t)fields.off, fields.imm);
    if (entry->form.slots == 2) {
        fputs(rule, stdout);
        put_slot(entry->slots + SLOT_BYTES);
        put_values(entry->slots + SLOT_BYTES, 0, fields.next_imm);
    }
}

/* The opcode's three parts in binary, with a blank between them; columns[i] is where part
 * i stands. Returns the column behind. */
static int put_parts(const struct opcode_part parts[OPCODE_PARTS], uint8_t opcode,
                     int columns[OPCODE_PARTS])
{
    int column = printf("%*s0x%02x = ", INDENT, "", opcode);

    for (int i = 0; i < OPCODE_PARTS; i++) {
        columns[i] = column;
        put_bits((unsigned)opcode >> parts[i].shift, parts[i].bits);
        putchar(i + 1 < OPCODE_PARTS ? ' ' : '\n');
        column += parts[i].bits + 1;
    }
    return column;
}

void isa_draw_opcode(uint8_t opcode)
{
    struct opcode_part parts[OPCODE_PARTS];
    int columns[OPCODE_PARTS], end;

    opcode_parts(opcode, parts);
    end = put_parts(parts, opcode, columns);
    for (int i = OPCODE_PARTS - 1; i >= 0; i--) {
        int at = 0;

        for (int k = 0; k < i; k++)
            at += printf("%*s|", columns[k] - at, "");
        at += printf("%*s'", columns[i] - at, "");
        while (at < end)
            at += printf("-");
        printf(" %-6s  %-6s  %s\n", parts[i].kind, parts[i].name, parts[i].meaning);
    }
}
