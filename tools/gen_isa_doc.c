/* Reads isa.def and llvm.def (by including them) and prints doc/isa.md, the reference
 * page of the instruction set: encoding, a table for each class, LLVM's own texts. */
#include <stdio.h>
#include <string.h>

enum field { FIELD_NONE, FIELD_OFF, FIELD_IMM, FIELD_SRC };
enum { USES_DST = 1, USES_SRC = 2, USES_OFF = 4, USES_IMM = 8, USES_NEXT_IMM = 16 };

struct row {
    const char *id;
    unsigned opcode;
    enum field field;
    unsigned value, width;
    const char *group, *since, *limit, *text, *words;
};

#define NONE FIELD_NONE, 0
#define OFF(n) FIELD_OFF, n
#define IMM(n) FIELD_IMM, n
#define SRC(n) FIELD_SRC, n

static const struct row rows[] = {
#define ISA(id, opcode, selector, group, since, role, width, limit, text, words)         \
    { #id, opcode, selector, width, #group, #since, #limit, text, words },
#include "isa/isa.def"
};

static const struct {
    const char *id, *text;
} llvm_rows[] = {
#define LLVM(id, text) { #id, text },
#include "text/llvm.def"
};

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *name, *title, *about;
} classes[] = {
    { "LD", "64-bit immediates and packet loads (RFC 9669, 5.4 and 5.5)",
      "`0x18` takes two slots, of the second only the immediate (next_imm). Packet\n"
      "loads read r6, the context, and destroy r1 to r5.\n\n" },
    { "LDX", "loads (RFC 9669, 5.1 and 5.2)", "" },
    { "ST", "stores of an immediate (RFC 9669, 5.1)", "" },
    { "STX", "stores of a register, atomic operations (RFC 9669, 5.1 and 5.3)",
      "Atomic operations need an aligned address. Fetched values of 32 bits are\n"
      "extended with zeros.\n\n" },
    { "ALU", "32-bit arithmetic and byte order (RFC 9669, 4.1 and 4.2)",
      "Forms that write wD set the upper 32 bits of rD to 0.\n\n" },
    { "JMP", "jumps that compare 64 bits, calls, exit (RFC 9669, 4.3)",
      "An immediate is sign-extended before it is compared. Calls destroy r1 to r5;\n"
      "r6 to r9 and r10 are the caller's again afterwards. A kernel function's off is\n"
      "the index of its BTF object, written `call #imm@off` if it is not 0.\n\n" },
    { "JMP32", "jumps that compare 32 bits (RFC 9669, 4.3)", "" },
    { "ALU64", "64-bit arithmetic and byte order (RFC 9669, 4.1 and 4.2)",
      "An immediate is sign-extended to 64 bits.\n\n" },
};

/* What a placeholder becomes, and the fields that it reads. */
static const struct placeholder {
    const char *name, *shown;
    unsigned uses;
} placeholders[] = {
    { "d", "rD", USES_DST },
    { "wd", "wD", USES_DST },
    { "s", "rS", USES_SRC },
    { "ws", "wS", USES_SRC },
    { "i", "imm", USES_IMM },
    { "x", "imm", USES_IMM },
    { "u", "imm", USES_IMM },
    { "n", "next_imm", USES_NEXT_IMM },
    { "q", "imm64", USES_IMM | USES_NEXT_IMM },
    { "da", "imm_high", USES_IMM },
    { "sa", "imm_low", USES_IMM },
    { "o", "+off", USES_OFF },
    { "j", "pc+off", USES_OFF },
    { "jl", "pc+imm", USES_IMM },
    { "f", "pc+imm", USES_IMM },
    { "c", "+imm", USES_IMM },
    { "h", "NAME#imm", USES_IMM },
    { "k", "#imm", USES_IMM | USES_OFF },
    { "t", "the target", 0 },
    { "io", " + imm", USES_IMM },
    { "no", ", next_imm", USES_NEXT_IMM },
};

static const char head[] =
    "# The instruction set\n"
    "\n"
    "Made from `src/isa/isa.def` by `make docs`; not to be edited by hand. `skep isa\n"
    "PATTERN` shows single forms bit by bit.\n"
    "\n"
    "An eBPF program is a sequence of 8-byte *slots*. An instruction takes one slot,\n"
    "a 64-bit load two. There are eleven registers of 64 bits: r0 (results), r1 to r5\n"
    "(arguments), r6 to r9 (kept across calls) and r10 (the end of the stack,\n"
    "read-only). wN is the lower half of rN; writing wN sets the upper half to 0.\n"
    "\n"
    "## Encoding (RFC 9669, 3)\n"
    "\n"
    "    byte   0        1               2-3         4-7\n"
    "         +--------+-------+-------+-----------+-----------------------+\n"
    "         | opcode | src:4 | dst:4 | off       | imm                   |\n"
    "         +--------+-------+-------+-----------+-----------------------+\n"
    "\n"
    "src is the high half of its byte; off and imm are signed and little-endian.\n"
    "\n"
    "The opcode's low three bits are the class. What the others mean depends on it:\n"
    "\n"
    "    ALU, ALU64, JMP, JMP32      operation:4  source:1  class:3\n"
    "    LD, LDX, ST, STX            mode:3  size:2  class:3\n"
    "\n"
    "* source 0 takes the immediate as second operand, 1 the register src; byte order\n"
    "  instructions of class ALU use it to tell little-endian (0) from big-endian\n"
    "  (1).\n"
    "* size: 0 is 32 bits, 1 is 16, 2 is 8, 3 is 64.\n"
    "* mode: 0 immediate, 1 packet (absolute), 2 packet (indirect), 3 memory, 4\n"
    "  memory with sign extension, 6 atomic.\n"
    "\n"
    "One opcode may have several meanings: signed division is told by off, byte swaps\n"
    "and atomic operations by imm, kinds of calls and of 64-bit loads by src. Each\n"
    "meaning is a *form* and has a row below.\n"
    "\n"
    "## Rules for all forms\n"
    "\n"
    "* A field that the row does not list must be 0.\n"
    "* Register fields hold 0 to 10, and r10 is not written to.\n"
    "* A jump's distance counts slots from the slot behind the jump. It may lead\n"
    "  neither out of the function nor into the second slot of a 64-bit load.\n"
    "* Division by 0 gives 0, the remainder by 0 is the dividend. Signed, the\n"
    "  smallest number divided by -1 is itself, with remainder 0.\n"
    "* Shifts take the low 5 bits (32-bit forms) or 6 bits (64-bit forms) of the\n"
    "  count.\n"
    "* Arithmetic wraps around.\n"
    "\n"
    "## Reading the tables\n"
    "\n"
    "* *fields*: those that the form reads, and the value of the one that selects it.\n"
    "  A star marks what only Linux's verifier asks for.\n"
    "* *text*: as the kernel writes it. rD and rS are the registers in dst and src;\n"
    "  off, imm and next_imm stand for the fields' values, with their sign; imm64 has\n"
    "  next_imm in its upper half; imm_high and imm_low are halves of imm; pc is the\n"
    "  slot behind.\n"
    "* *group*: the conformance group (RFC 9669, 2.4); linux: defined by Linux only.\n"
    "  The group packet is deprecated.\n"
    "* *since*: the ISA version of compilers (`-mcpu=`) that has it; linux: none.\n"
    "* A meaning that ends in *refused* is known by name only: no verifier accepts\n"
    "  it.\n";

static void print_lower(const char *s)
{
    for (; *s; s++)
        putchar(*s >= 'A' && *s <= 'Z' ? *s - 'A' + 'a' : *s);
}

static const struct placeholder *find_placeholder(const char *name, size_t len)
{
    for (size_t i = 0; i < LEN(placeholders); i++) {
        if (strlen(placeholders[i].name) == len &&
            !memcmp(placeholders[i].name, name, len))
            return &placeholders[i];
    }
    return NULL;
}

/* Takes the next piece off a template: a placeholder, or (NULL) a character. */
static const struct placeholder *next_piece(const char **at, char *character)
{
    const char *start = *at;
    size_t len;

    *at = start + 1;
    *character = *start;
    if (*start != '{')
        return NULL;
    len = strcspn(start, "}");
    *at = start + len + 1;
    return find_placeholder(start + 1, len - 1);
}

static void print_template(const char *at)
{
    while (*at) {
        char c;
        const struct placeholder *p = next_piece(&at, &c);

        if (p)
            fputs(p->shown, stdout);
        else
            printf(c == '|' ? "\\%c" : "%c", c);
    }
}

static unsigned uses_of(const char *at)
{
    unsigned uses = 0;

    while (*at) {
        char c;
        const struct placeholder *p = next_piece(&at, &c);

        uses |= p ? p->uses : 0;
    }
    return uses;
}

static void print_fields(const struct row *row)
{
    static const struct {
        const char *name;
        unsigned uses;
        enum field field;
    } fields[] = {
        { "dst", USES_DST, FIELD_NONE },
        { "src", USES_SRC, FIELD_SRC },
        { "off", USES_OFF, FIELD_OFF },
        { "imm", USES_IMM, FIELD_IMM },
        { "next_imm", USES_NEXT_IMM, FIELD_NONE },
    };
    unsigned uses = uses_of(row->text);
    const char *gap = "";

    for (size_t i = 0; i < LEN(fields); i++) {
        int selects = row->field != FIELD_NONE && row->field == fields[i].field;

        if (!selects && !(uses & fields[i].uses))
            continue;
        printf("%s%s", gap, fields[i].name);
        gap = ", ";
        if (selects)
            printf(row->field == FIELD_IMM && row->opcode % 8 == 3 ? " = 0x%x" : " = %u",
                   row->value);
        else if (fields[i].uses == USES_IMM && !strcmp(row->limit, "NONZERO"))
            printf(" not 0 *");
        else if (fields[i].uses == USES_IMM && !strcmp(row->limit, "SHIFT"))
            printf(" 0 to %u *", row->width - 1);
    }
}

static void print_row(const struct row *row)
{
    printf("| `%02x` | ", row->opcode);
    print_lower(row->id);
    printf(" | ");
    print_fields(row);
    printf(" | `");
    print_template(row->text);
    printf("` | ");
    print_template(row->words);
    printf(" | ");
    print_lower(row->group);
    printf(" | ");
    print_lower(row->since);
    printf(" |\n");
}

static void print_class(unsigned number)
{
    printf("\n## Class %u, %s: %s\n\n", number, classes[number].name,
           classes[number].title);
    printf("%s", classes[number].about);
    printf("| opcode | form | fields | text | meaning | group | since |\n"
           "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < LEN(rows); i++) {
        if (rows[i].opcode % 8 == number)
            print_row(&rows[i]);
    }
}

static void print_llvm(void)
{
    printf(
        "\n## What LLVM writes otherwise\n\n"
        "LLVM's tools write numbers in hexadecimal with a sign, offsets as `r10 - 0x8`,\n"
        "jumps as `goto +0x1`, helper calls as `call 0x5`. These forms have another\n"
        "shape as well. Of what LLVM leaves out, skep shows more: next_imm and the\n"
        "packet loads' imm unless they are 0, `call pc+0x2` for a local call and\n"
        "`call #0x7` for a kernel function.\n\n"
        "| form | text |\n|---|---|\n");
    for (size_t i = 0; i < LEN(llvm_rows); i++) {
        printf("| ");
        print_lower(llvm_rows[i].id);
        printf(" | `");
        print_template(llvm_rows[i].text);
        printf("` |\n");
    }
}

int main(void)
{
    unsigned opcodes = 0;

    for (size_t i = 0; i < LEN(rows); i++)
        opcodes += !i || rows[i].opcode != rows[i - 1].opcode;
    fputs(head, stdout);
    printf("\nThere are %zu forms of %u opcodes.\n", LEN(rows), opcodes);
    for (unsigned i = 0; i < LEN(classes); i++)
        print_class(i);
    print_llvm();
    return fflush(stdout) || ferror(stdout);
}
