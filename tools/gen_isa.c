/* Reads isa.def (by including it) and prints isa_index.inc: for each opcode its rows, for
 * each row its name in lower case, the fields that its text names, the bits of a slot
 * that must be 0, and where its target stands. Refuses a table in which two rows overlap,
 * rows of one opcode stand apart, or a text lacks what its role needs. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum field { FIELD_NONE, FIELD_OFF, FIELD_IMM, FIELD_SRC };
enum { DST = 1, SRC_REG = 2, OFFSET = 4, IMMEDIATE = 8, NEXT_IMM = 16 };

struct row {
    const char *id;
    unsigned opcode;
    enum field field;
    int value;
    const char *role;
    const char *text;
};

#define NONE FIELD_NONE, 0
#define OFF(n) FIELD_OFF, n
#define IMM(n) FIELD_IMM, n
#define SRC(n) FIELD_SRC, n

static const struct row rows[] = {
#define ISA(id, opcode, selector, group, since, role, width, limit, text, words)         \
    { #id, opcode, selector, #role, text },
#include "isa/isa.def"
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct {
    const char *name;
    unsigned uses;
} placeholders[] = {
    /* isa.def explains them */
    { "d", DST },        { "wd", DST },       { "s", SRC_REG },
    { "ws", SRC_REG },   { "i", IMMEDIATE },  { "x", IMMEDIATE },
    { "u", IMMEDIATE },  { "n", NEXT_IMM },   { "q", IMMEDIATE | NEXT_IMM },
    { "da", IMMEDIATE }, { "sa", IMMEDIATE }, { "o", OFFSET },
    { "j", OFFSET },     { "jl", IMMEDIATE }, { "f", IMMEDIATE },
    { "c", IMMEDIATE },  { "h", IMMEDIATE },  { "k", IMMEDIATE },
};

static int fail(const struct row *row, const char *what)
{
    fprintf(stderr, "isa.def: %s: %s\n", row->id, what);
    return 1;
}

static unsigned uses_of_placeholder(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
        if (strlen(placeholders[i].name) == len &&
            !memcmp(placeholders[i].name, name, len))
            return placeholders[i].uses;
    }
    return 0;
}

/* The fields that a text names; 0x100 when it has a placeholder that is none. {k} also
 * leaves `off` free: it holds the index of the BTF object (Linux, BPF_PSEUDO_KFUNC_CALL).
 */
static unsigned uses_of_text(const char *text)
{
    unsigned uses = 0;

    while ((text = strchr(text, '{'))) {
        const char *end = strchr(++text, '}');
        unsigned u = end ? uses_of_placeholder(text, (size_t)(end - text)) : 0;

        if (!u)
            return 0x100;
        if (*text == 'k')
            u |= OFFSET;
        uses |= u;
    }
    return uses;
}

/* The fields that a row of this role must name. */
static unsigned needs_of_role(const char *role)
{
    static const struct {
        const char *role;
        unsigned needs;
    } table[] = {
        { "ALU", DST },
        { "MOV", DST },
        { "WIDE", DST | IMMEDIATE },
        { "LOAD", DST | SRC_REG | OFFSET },
        { "STORE", DST | OFFSET },
        { "RMW", DST | SRC_REG | OFFSET },
        { "FETCH", DST | SRC_REG | OFFSET },
        { "CMPXCHG", DST | SRC_REG | OFFSET },
        { "PACKET", IMMEDIATE },
        { "JCOND", DST | OFFSET },
        { "JUMP", 0 },
        { "JMAY", OFFSET },
        { "CALL", IMMEDIATE },
        { "EXIT", 0 },
        { "RESERVED", DST },
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (!strcmp(table[i].role, role))
            return table[i].needs;
    }
    return 0x200;
}

static int check_row(int i)
{
    static const unsigned fixed[] = { 0, OFFSET, IMMEDIATE, SRC_REG };
    const struct row *row = &rows[i];
    unsigned uses = uses_of_text(row->text), needs = needs_of_role(row->role);

    if (uses & 0x100)
        return fail(row, "unknown placeholder");
    if (needs & ~uses)
        return fail(row, "the text lacks an operand that the role needs");
    if (uses & fixed[row->field])
        return fail(row, "the text names the field that the selector fixes");
    for (int k = 0; k < i; k++) {
        if (!strcmp(rows[k].id, row->id))
            return fail(row, "the name stands twice");
        if (rows[k].opcode != row->opcode)
            continue;
        if (rows[i - 1].opcode != row->opcode)
            return fail(row, "rows of one opcode stand apart");
        if (rows[k].field != row->field || row->field == FIELD_NONE)
            return fail(row, "overlaps with another row: no common selector");
        if (rows[k].value == row->value)
            return fail(row, "overlaps with another row: same selector value");
    }
    return 0;
}

/* The bits of a slot, read as a little-endian number, that neither text nor selector
 * allow. */
static unsigned long long zero_bits(const struct row *row)
{
    unsigned uses = uses_of_text(row->text);
    unsigned long long zero = 0;

    if (!(uses & DST))
        zero |= 0xf00;
    if (!(uses & SRC_REG) && row->field != FIELD_SRC)
        zero |= 0xf000;
    if (!(uses & OFFSET) && row->field != FIELD_OFF)
        zero |= 0xffff0000;
    if (!(uses & IMMEDIATE) && row->field != FIELD_IMM)
        zero |= 0xffffffff00000000;
    return zero;
}

static const char *target_of(const struct row *row)
{
    if (strstr(row->text, "{j}"))
        return "SK_TARGET_OFF";
    if (strstr(row->text, "{jl}") || strstr(row->text, "{f}") || strstr(row->text, "{c}"))
        return "SK_TARGET_IMM";
    return "SK_TARGET_NONE";
}

static void print_row(const struct row *row)
{
    const char *id = row->id;

    printf("#define SK_NAME_%s \"", id);
    for (; *id; id++)
        putchar(tolower((unsigned char)*id));
    printf("\"\n#define SK_USES_%s %u\n", row->id, uses_of_text(row->text));
    printf("#define SK_ZERO_%s UINT64_C(0x%llx)\n", row->id, zero_bits(row));
    printf("#define SK_TARGET_OF_%s %s\n", row->id, target_of(row));
}

static void print_index(void)
{
    static const char *const names[] = { "SK_FIELD_NONE", "SK_FIELD_OFF", "SK_FIELD_IMM",
                                         "SK_FIELD_SRC" };

    printf("/* Made by tools/gen_isa.c from src/isa/isa.def. */\n");
    printf("struct sk_opcode_rows {\n    uint8_t first, count, field;\n};\n\n");
    printf("static const struct sk_opcode_rows sk_opcode_index[256] = {\n");
    for (int i = 0, n; i < ROWS; i += n) {
        for (n = 1; i + n < ROWS && rows[i + n].opcode == rows[i].opcode;)
            n++;
        printf("    [0x%02x] = { %d, %d, %s },\n", rows[i].opcode, i, n,
               names[rows[i].field]);
    }
    printf("};\n\n");
    for (int i = 0; i < ROWS; i++)
        print_row(&rows[i]);
}

int main(void)
{
    int bad = 0;

    if (ROWS > 255)
        return fail(&rows[0], "more rows than a byte counts");
    for (int i = 0; i < ROWS; i++)
        bad |= check_row(i);
    if (bad)
        return 1;
    print_index();
    return fflush(stdout) || ferror(stdout);
}
