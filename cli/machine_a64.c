/* arm64 instructions that Capstone 4 does not know by name.
 *
 * Arm Architecture Reference Manual, C4.1.94, "Atomic memory operations" and "Compare and
 * swap":
 *
 *     31 30 29      24 23 22 21 20 16 15 14  12 11 10 9  5 4  0
 *      size  1 1 1 0 0 0  A  R  1  Rs  o3  opc   0  0   Rn   Rt
 *      size  0 0 1 0 0 0  1  L  1  Rs  o0  1 1   1  1 1 Rn   Rt
 *
 * A and L mean acquire; R and o0 mean release. */
#include "machine_a64.h"

#include <stdio.h>

enum { SIZE_64 = 3, ZERO_REGISTER = 31 };

/* "x5", "wzr" */
static void register_text(unsigned size, unsigned n, char buf[8])
{
    char width = size == SIZE_64 ? 'x' : 'w';

    if (n == ZERO_REGISTER)
        snprintf(buf, 8, "%czr", width);
    else
        snprintf(buf, 8, "%c%u", width, n);
}

/* An operation on [Rn]: of the name, how it orders memory, and what size it has. */
static void atomic_text(const char *name, const char *order, uint32_t word,
                        struct machine_insn *insn)
{
    static const char *const suffix[] = { "b", "h", "", "" };
    unsigned size = word >> 30, base = word >> 5 & 31;
    char value[8], target[8], address[8];

    register_text(size, word >> 16 & 31, value);
    register_text(size, word & 31, target);
    register_text(SIZE_64, base, address);
    insn->len = sizeof(word);
    snprintf(insn->operation, sizeof(insn->operation), "%s%s%s", name, order,
             suffix[size]);
    snprintf(insn->operands, sizeof(insn->operands), "%s, %s, [%s]", value, target,
             base == ZERO_REGISTER ? "sp" : address);
}

static const char *order_text(unsigned acquire, unsigned release)
{
    static const char *const text[2][2] = { { "", "l" }, { "a", "al" } };

    return text[acquire][release];
}

static int read_modify_write(uint32_t word, struct machine_insn *insn)
{
    static const char *const names[16] = {
        "ldadd",  "ldclr",  "ldeor",  "ldset", "ldsmax",
        "ldsmin", "ldumax", "ldumin", "swp", /* the others: none */
    };
    const char *name = names[word >> 12 & 15];

    if ((word & 0x3f200c00) != 0x38200000 || !name)
        return 0;
    atomic_text(name, order_text(word >> 23 & 1, word >> 22 & 1), word, insn);
    return 1;
}

static int compare_and_swap(uint32_t word, struct machine_insn *insn)
{
    if ((word & 0x3fa07c00) != 0x08a07c00)
        return 0;
    atomic_text("cas", order_text(word >> 22 & 1, word >> 15 & 1), word, insn);
    return 1;
}

/* hint #32 to #38: bti, with what may jump to it. */
static int landing_pad(uint32_t word, struct machine_insn *insn)
{
    static const char *const from[] = { "", "c", "j", "jc" };

    if ((word & 0xffffff3f) != 0xd503241f)
        return 0;
    insn->len = sizeof(word);
    snprintf(insn->operation, sizeof(insn->operation), "bti");
    snprintf(insn->operands, sizeof(insn->operands), "%s", from[word >> 6 & 3]);
    return 1;
}

int machine_a64(uint32_t word, struct machine_insn *insn)
{
    return read_modify_write(word, insn) || compare_and_swap(word, insn) ||
           landing_pad(word, insn);
}
