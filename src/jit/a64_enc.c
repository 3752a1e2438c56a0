/* What of arm64's encoding is more than fields put side by side: logical immediates,
 * constants of several instructions, displacements set later.
 *
 * A logical immediate is an element of 2, 4, 8, 16, 32 or 64 bits, repeated to the
 * register's width; the element is a run of ones, at least one and not all, rotated
 * right:
 *
 *     N immr   imms     element
 *     1 rrrrrr ssssss   64 bits: s + 1 ones, rotated right by r
 *     0 .rrrrr 0sssss   32
 *     0 ..rrrr 10ssss   16
 *     0 ...rrr 110sss    8
 *     0 ....rr 1110ss    4
 *     0 .....r 11110s    2 */
#include "jit/a64_enc.h"

#include "base/bits.h"
#include "base/err.h"
#include "jit/a64_branch.h"

/* ---- Logical immediates ---------------------------------------------------------- */

/* The low `n` bits, 1 to 64. */
static uint64_t low_bits(unsigned n)
{
    return UINT64_MAX >> (64 - n);
}

/* The size of the smallest element that, repeated, makes `value`; 64 bits at most. */
static unsigned element_size(uint64_t value)
{
    unsigned size = 64;

    while (size > 2) {
        unsigned half = size / 2;

        if ((value ^ value >> half) & low_bits(half))
            break;
        size = half;
    }
    return size;
}

/* Where the one run of ones in an element begins, going upwards and around, neither
 * empty nor full; `ones` is how many there are.  False if they are not one run. */
static bool run_of_ones(uint64_t element, unsigned size, unsigned *begin, unsigned *ones)
{
    /* Where a one follows a zero, going upwards and around. */
    uint64_t below = (element << 1 | element >> (size - 1)) & low_bits(size);
    uint64_t begins = element & ~below;

    if (begins == 0 || (begins & (begins - 1)) != 0)
        return false;
    *begin = (unsigned)__builtin_ctzll(begins);
    *ones = (unsigned)__builtin_popcountll(element);
    return true;
}

bool a64_logical_imm(unsigned width, uint64_t value, uint32_t *field)
{
    unsigned size, begin, ones;
    uint32_t n, immr, imms;

    assert(width == 64 || (width == 32 && value >> 32 == 0));
    if (width == 32)
        value |= value << 32;
    size = element_size(value);
    if (!run_of_ones(value & low_bits(size), size, &begin, &ones))
        return false;
    n = size == 64;
    immr = (size - begin) & (size - 1);
    imms = ((~(size - 1) << 1) | (ones - 1)) & 0x3f;
    *field = n << 12 | immr << 6 | imms;
    return true;
}

/* ---- Constants -------------------------------------------------------------------
 *
 * A sequence is one instruction that makes all of a value but some halfwords, and a MOVK
 * for each of these.  They are tried from none to three; with three, MOVZ always does.
 *
 * What does the first instruction put where a MOVK follows?  A free halfword is 0 or all
 * ones, as MOVZ and MOVN leave it and as a run of ones that ends in a neighbour can go
 * on; or it repeats the halfword two places away, as an element of 32 bits or less asks
 * for, or the one beside it, as an element of 16 bits or less does.  Nothing else makes
 * an ORR possible that these do not: an end of a run inside a free halfword may as well
 * lie at its edge. */

enum { HALFWORDS = 4, FILLS = 4 };

static uint32_t halfword(uint64_t value, unsigned i)
{
    return value >> (16 * i) & 0xffff;
}

static uint64_t with_halfword(uint64_t value, unsigned i, uint64_t to)
{
    return (value & ~(UINT64_C(0xffff) << (16 * i))) | to << (16 * i);
}

/* The halfword of which `value` has nothing else than zeros around, or HALFWORDS. */
static unsigned only_halfword(uint64_t value)
{
    unsigned i = 0;

    while (i < HALFWORDS && (value & ~(UINT64_C(0xffff) << (16 * i))) != 0)
        i++;
    return i;
}

/* Can a MOVZ make it? */
static bool try_movz(unsigned rd, uint64_t value, uint32_t *insn)
{
    unsigned i = only_halfword(value);

    if (i == HALFWORDS)
        return false;
    *insn = a64_movz(true, rd, halfword(value, i), 16 * i);
    return true;
}

/* Can a MOVN make it, of 64 bits, or of 32 with the upper half 0? */
static bool try_movn(unsigned rd, uint64_t value, uint32_t *insn)
{
    bool x = value >> 32 != 0;
    uint64_t inverse = x ? ~value : (uint32_t)~value;
    unsigned i = only_halfword(inverse);

    if (i == HALFWORDS)
        return false;
    *insn = a64_movn(x, rd, halfword(inverse, i), 16 * i);
    return true;
}

/* Can an ORR with ZR make it, of 64 bits, or of 32 with the upper half 0? */
static bool try_orr(unsigned rd, uint64_t value, uint32_t *insn)
{
    bool x = value >> 32 != 0;
    uint32_t field;

    if (!a64_logical_imm(x ? 64 : 32, value, &field))
        return false;
    *insn = a64_orr_imm(x, rd, A64_ZR, field);
    return true;
}

static bool try_one(unsigned rd, uint64_t value, uint32_t *insn)
{
    return try_movz(rd, value, insn) || try_movn(rd, value, insn) ||
           try_orr(rd, value, insn);
}

/* What fill number `fill` puts into halfword i. */
static uint64_t filling(uint64_t value, unsigned i, unsigned fill)
{
    const uint32_t fills[FILLS] = { 0, 0xffff, halfword(value, i ^ 2),
                                    halfword(value, i ^ 1) };

    return fills[fill];
}

/* Can one instruction make `value` but for the free halfwords from `i` on? */
static bool try_filled(unsigned rd, uint64_t value, unsigned free, unsigned i,
                       uint32_t *insn)
{
    while (i < HALFWORDS && !(free >> i & 1))
        i++;
    if (i == HALFWORDS)
        return try_one(rd, value, insn);
    for (unsigned fill = 0; fill < FILLS; fill++) {
        if (try_filled(rd, with_halfword(value, i, filling(value, i, fill)), free, i + 1,
                       insn))
            return true;
    }
    return false;
}

/* The sequence for one choice of halfwords left to MOVKs, and its length; 0 if there is
 * none. */
static unsigned try_sequence(unsigned rd, uint64_t value, unsigned free, uint32_t *out)
{
    unsigned count = 1;

    if (!try_filled(rd, value, free, 0, &out[0]))
        return 0;
    for (unsigned i = 0; i < HALFWORDS; i++) {
        if (free >> i & 1)
            out[count++] = a64_movk(true, rd, halfword(value, i), 16 * i);
    }
    return count;
}

unsigned a64_mov_const(unsigned rd, uint64_t value, uint32_t out[A64_CONST_MAX])
{
    /* The sets of halfwords left to MOVKs, smaller ones first. */
    static const uint8_t sets[] = { 0x0, 0x1, 0x2, 0x4, 0x8, 0x3,
                                    0x5, 0x6, 0x9, 0xa, 0xc, 0xe };

    for (unsigned i = 0; i < sizeof(sets); i++) {
        unsigned count = try_sequence(rd, value, sets[i], out);

        if (count)
            return count;
    }
    sk_unreachable("a MOVZ and three MOVKs make any value");
}

/* ---- Displacements --------------------------------------------------------------- */

/* The field of a displacement: `width` bits from `lsb` on. */
struct disp_field {
    uint32_t mask, bits; /* the instructions that have it: insn & mask == bits */
    unsigned width, lsb;
};

static const struct disp_field disp_fields[] = {
    { 0x7c000000, 0x14000000, 26, 0 }, /* B, BL */
    { 0xff000010, 0x54000000, 19, 5 }, /* B.cond */
    { 0x7e000000, 0x34000000, 19, 5 }, /* CBZ, CBNZ */
    { 0x7e000000, 0x36000000, 14, 5 }, /* TBZ, TBNZ */
    { 0xbf000000, 0x18000000, 19, 5 }, /* LDR, literal */
};

static bool set_adr(uint32_t *insn, int64_t disp)
{
    if (!a64_fits_adr(disp))
        return false;
    *insn = a64_adr(*insn & 31, disp);
    return true;
}

bool a64_set_disp(uint32_t *insn, int64_t disp)
{
    const struct disp_field *f = disp_fields;

    if ((*insn & 0x9f000000) == 0x10000000)
        return set_adr(insn, disp);
    while ((*insn & f->mask) != f->bits) {
        f++;
        assert(f < disp_fields + SK_LEN(disp_fields));
    }
    if (!a64_fits_disp(disp, f->width, 4))
        return false;
    *insn &= ~(((1u << f->width) - 1) << f->lsb);
    *insn |= a64_disp(disp, f->width, 4) << f->lsb;
    return true;
}
