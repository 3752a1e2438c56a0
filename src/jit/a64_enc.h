/* Instructions of arm64: one pure function each, from operands to the 32-bit word.
 * Knows no eBPF, keeps nothing, emits nothing.
 *
 *     uint32_t w = a64_add(true, 0, 1, 2);         add x0, x1, x2
 *
 * The order of operands is the assembler's.  Where a form comes in 32 and 64 bits, the
 * first operand `x` says which: true for X registers, false for W.  Memory forms take the
 * size of the access instead.  Displacements and offsets count bytes.
 *
 * A field that an operand does not fit is the caller's bug: each function states by its
 * helpers (a64_bits, a64_disp) what it takes, and asserts it.  The predicates a64_fits_*
 * say beforehand which form an operand fits.
 *
 * Register 31 is the stack pointer (A64_SP) or the zero register (A64_ZR), as the form
 * has it; comments write `|SP` behind the operands for which it is SP.
 *
 * Terms and layouts: Arm Architecture Reference Manual for A-profile, chapters C4
 * (encodings) and C6 (base instructions).  Here is what computes; a64_branch.h has
 * branches and addresses of code, a64_mem.h the accesses to memory. */
#ifndef SK_JIT_A64_ENC_H
#define SK_JIT_A64_ENC_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    A64_IP0 = 16, /* scratch between procedures: veneers of a linker may change them */
    A64_IP1 = 17,
    A64_FP = 29,
    A64_LR = 30,
    A64_SP = 31,
    A64_ZR = 31,
};

/* Conditions, by the number of their field; those of odd number negate the one before. */
enum a64_cond {
    A64_EQ,
    A64_NE,
    A64_CS, /* unsigned >= */
    A64_CC, /* unsigned < */
    A64_MI,
    A64_PL,
    A64_VS,
    A64_VC,
    A64_HI, /* unsigned > */
    A64_LS, /* unsigned <= */
    A64_GE, /* signed */
    A64_LT,
    A64_GT,
    A64_LE,
    A64_AL,
};

/* What is done to the last register of a shifted-register form. */
enum a64_shift { A64_LSL, A64_LSR, A64_ASR, A64_ROR };

/* What is done to the last register of an extended-register form, before LSL. */
enum a64_extend {
    A64_UXTB,
    A64_UXTH,
    A64_UXTW,
    A64_UXTX,
    A64_SXTB,
    A64_SXTH,
    A64_SXTW,
    A64_SXTX,
};

/* ---- Fields ---------------------------------------------------------------------- */

/* An unsigned field: `value`, which must fit `width` bits, moved to bit `lsb`. */
static inline uint32_t a64_bits(uint64_t value, unsigned width, unsigned lsb)
{
    assert(value >> width == 0);
    (void)width; /* without asserts */
    return (uint32_t)value << lsb;
}

/* Is `value` a multiple of `unit` whose quotient fits `width` bits, signed? */
static inline bool a64_fits_disp(int64_t value, unsigned width, int64_t unit)
{
    int64_t limit = (INT64_C(1) << (width - 1)) * unit;

    return value % unit == 0 && value >= -limit && value < limit;
}

/* A signed field: value / unit in `width` bits, not yet moved. */
static inline uint32_t a64_disp(int64_t value, unsigned width, int64_t unit)
{
    assert(a64_fits_disp(value, width, unit));
    return (uint32_t)(value / unit) & ((1u << width) - 1);
}

/* The three registers of most forms. */
static inline uint32_t a64_regs(unsigned rd, unsigned rn, unsigned rm)
{
    return a64_bits(rm, 5, 16) | a64_bits(rn, 5, 5) | a64_bits(rd, 5, 0);
}

static inline uint32_t a64_sf(bool x)
{
    return x ? 1u << 31 : 0;
}

/* The condition that holds when `cond` does not. */
static inline enum a64_cond a64_invert(enum a64_cond cond)
{
    assert(cond < A64_AL);
    return (enum a64_cond)(cond ^ 1u);
}

/* ---- Add and subtract ------------------------------------------------------------
 *
 *      31 30 29 28      24 23 22 21         10 9   5 4   0
 *     | sf| op| S|1 0 0 0 1| 0| sh|    imm12   |  Rn |  Rd |      immediate
 *     | sf| op| S|0 1 0 1 1|shift| 0| Rm| imm6 |  Rn |  Rd |      shifted register
 *     | sf| op| S|0 1 0 1 1| 0  0| 1| Rm|opt,i3|  Rn |  Rd |      extended register */

/* Is it an immediate of ADD, SUB and CMP: 12 bits, or 12 bits followed by 12 zeros? */
static inline bool a64_fits_imm12(uint64_t imm)
{
    return imm < 0x1000 || (imm < 0x1000000 && (imm & 0xfff) == 0);
}

static inline uint32_t a64_imm12(uint64_t imm)
{
    assert(a64_fits_imm12(imm));
    return imm < 0x1000 ? a64_bits(imm, 12, 10) : 1u << 22 | a64_bits(imm >> 12, 12, 10);
}

/* Rd|SP = Rn|SP + imm   (ADD, immediate, LSL #0 or #12) */
static inline uint32_t a64_add_imm(bool x, unsigned rd, unsigned rn, uint64_t imm)
{
    return 0x11000000u | a64_sf(x) | a64_imm12(imm) | a64_regs(rd, rn, 0);
}

/* Rd = Rn|SP + imm, sets flags   (ADDS, immediate) */
static inline uint32_t a64_adds_imm(bool x, unsigned rd, unsigned rn, uint64_t imm)
{
    return 0x31000000u | a64_sf(x) | a64_imm12(imm) | a64_regs(rd, rn, 0);
}

/* Rd|SP = Rn|SP - imm   (SUB, immediate) */
static inline uint32_t a64_sub_imm(bool x, unsigned rd, unsigned rn, uint64_t imm)
{
    return 0x51000000u | a64_sf(x) | a64_imm12(imm) | a64_regs(rd, rn, 0);
}

/* Rd = Rn|SP - imm, sets flags   (SUBS, immediate) */
static inline uint32_t a64_subs_imm(bool x, unsigned rd, unsigned rn, uint64_t imm)
{
    return 0x71000000u | a64_sf(x) | a64_imm12(imm) | a64_regs(rd, rn, 0);
}

/* Flags of Rn|SP - imm   (CMP, immediate) */
static inline uint32_t a64_cmp_imm(bool x, unsigned rn, uint64_t imm)
{
    return a64_subs_imm(x, A64_ZR, rn, imm);
}

/* Flags of Rn|SP + imm   (CMN, immediate) */
static inline uint32_t a64_cmn_imm(bool x, unsigned rn, uint64_t imm)
{
    return a64_adds_imm(x, A64_ZR, rn, imm);
}

/* Rd|SP = Rn|SP   (MOV to or from SP) */
static inline uint32_t a64_mov_sp(bool x, unsigned rd, unsigned rn)
{
    return a64_add_imm(x, rd, rn, 0);
}

/* A shifted Rm: by `n` below the register's width. */
static inline uint32_t a64_shifted(bool x, enum a64_shift shift, unsigned n)
{
    return a64_bits(shift, 2, 22) | a64_bits(n, x ? 6 : 5, 10);
}

/* Rd = Rn + (Rm shift n)   (ADD, shifted register; no ROR) */
static inline uint32_t a64_add_shifted(bool x, unsigned rd, unsigned rn, unsigned rm,
                                       enum a64_shift shift, unsigned n)
{
    assert(shift != A64_ROR);
    return 0x0b000000u | a64_sf(x) | a64_shifted(x, shift, n) | a64_regs(rd, rn, rm);
}

/* Rd = Rn - (Rm shift n)   (SUB, shifted register; no ROR) */
static inline uint32_t a64_sub_shifted(bool x, unsigned rd, unsigned rn, unsigned rm,
                                       enum a64_shift shift, unsigned n)
{
    assert(shift != A64_ROR);
    return 0x4b000000u | a64_sf(x) | a64_shifted(x, shift, n) | a64_regs(rd, rn, rm);
}

/* Rd = Rn + Rm   (ADD, shifted register, LSL #0) */
static inline uint32_t a64_add(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x0b000000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn + Rm, sets flags   (ADDS, shifted register, LSL #0) */
static inline uint32_t a64_adds(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x2b000000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn - Rm   (SUB, shifted register, LSL #0) */
static inline uint32_t a64_sub(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x4b000000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn - Rm, sets flags   (SUBS, shifted register, LSL #0) */
static inline uint32_t a64_subs(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x6b000000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Flags of Rn - Rm   (CMP, shifted register, LSL #0) */
static inline uint32_t a64_cmp(bool x, unsigned rn, unsigned rm)
{
    return a64_subs(x, A64_ZR, rn, rm);
}

/* Flags of Rn + Rm   (CMN, shifted register, LSL #0) */
static inline uint32_t a64_cmn(bool x, unsigned rn, unsigned rm)
{
    return a64_adds(x, A64_ZR, rn, rm);
}

/* Rd = -Rm   (NEG, shifted register, LSL #0) */
static inline uint32_t a64_neg(bool x, unsigned rd, unsigned rm)
{
    return a64_sub(x, rd, A64_ZR, rm);
}

/* An extended Rm, then LSL by n = 0 to 4. */
static inline uint32_t a64_extended(enum a64_extend extend, unsigned n)
{
    assert(n <= 4);
    return a64_bits(extend, 3, 13) | a64_bits(n, 3, 10);
}

/* Rd|SP = Rn|SP + (extend(Rm) << n)   (ADD, extended register) */
static inline uint32_t a64_add_extended(bool x, unsigned rd, unsigned rn, unsigned rm,
                                        enum a64_extend extend, unsigned n)
{
    return 0x0b200000u | a64_sf(x) | a64_extended(extend, n) | a64_regs(rd, rn, rm);
}

/* Rd|SP = Rn|SP - (extend(Rm) << n)   (SUB, extended register) */
static inline uint32_t a64_sub_extended(bool x, unsigned rd, unsigned rn, unsigned rm,
                                        enum a64_extend extend, unsigned n)
{
    return 0x4b200000u | a64_sf(x) | a64_extended(extend, n) | a64_regs(rd, rn, rm);
}

/* Flags of Rn|SP - (extend(Rm) << n)   (CMP, extended register) */
static inline uint32_t a64_cmp_extended(bool x, unsigned rn, unsigned rm,
                                        enum a64_extend extend, unsigned n)
{
    return 0x6b200000u | a64_sf(x) | a64_extended(extend, n) | a64_regs(A64_ZR, rn, rm);
}

/* ---- Logical ---------------------------------------------------------------------
 *
 *      31 30 29 28      23 22     21     16 15  10 9   5 4   0
 *     | sf| opc|1 0 0 1 0 0| N |   immr   | imms |  Rn |  Rd |    immediate
 *     | sf| opc|0 1 0 1 0|shift| N|  Rm   | imm6 |  Rn |  Rd |    shifted register */

/* The field N:immr:imms that makes `value` an immediate of AND, ORR, EOR and TST, for a
 * register of `width` 32 or 64 bits (of 32, the upper half of value must be 0).  False,
 * and *field left alone, if there is none: the value must be the repetition of an
 * element of 2, 4, ... 64 bits that is a rotated run of ones, neither empty nor full. */
bool a64_logical_imm(unsigned width, uint64_t value, uint32_t *field);

/* Rd|SP = Rn & imm   (AND, immediate: the field of a64_logical_imm for this width) */
static inline uint32_t a64_and_imm(bool x, unsigned rd, unsigned rn, uint32_t field)
{
    return 0x12000000u | a64_sf(x) | a64_bits(field, x ? 13 : 12, 10) |
           a64_regs(rd, rn, 0);
}

/* Rd|SP = Rn | imm   (ORR, immediate) */
static inline uint32_t a64_orr_imm(bool x, unsigned rd, unsigned rn, uint32_t field)
{
    return 0x32000000u | a64_sf(x) | a64_bits(field, x ? 13 : 12, 10) |
           a64_regs(rd, rn, 0);
}

/* Rd|SP = Rn ^ imm   (EOR, immediate) */
static inline uint32_t a64_eor_imm(bool x, unsigned rd, unsigned rn, uint32_t field)
{
    return 0x52000000u | a64_sf(x) | a64_bits(field, x ? 13 : 12, 10) |
           a64_regs(rd, rn, 0);
}

/* Rd = Rn & imm, sets N and Z   (ANDS, immediate) */
static inline uint32_t a64_ands_imm(bool x, unsigned rd, unsigned rn, uint32_t field)
{
    return 0x72000000u | a64_sf(x) | a64_bits(field, x ? 13 : 12, 10) |
           a64_regs(rd, rn, 0);
}

/* N and Z of Rn & imm   (TST, immediate) */
static inline uint32_t a64_tst_imm(bool x, unsigned rn, uint32_t field)
{
    return a64_ands_imm(x, A64_ZR, rn, field);
}

/* Rd = Rn & Rm   (AND, shifted register, LSL #0) */
static inline uint32_t a64_and(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x0a000000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn & ~Rm   (BIC, shifted register, LSL #0) */
static inline uint32_t a64_bic(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x0a200000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn | Rm   (ORR, shifted register, LSL #0) */
static inline uint32_t a64_orr(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x2a000000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn | (Rm shift n)   (ORR, shifted register) */
static inline uint32_t a64_orr_shifted(bool x, unsigned rd, unsigned rn, unsigned rm,
                                       enum a64_shift shift, unsigned n)
{
    return 0x2a000000u | a64_sf(x) | a64_shifted(x, shift, n) | a64_regs(rd, rn, rm);
}

/* Rd = Rn | ~Rm   (ORN, shifted register, LSL #0) */
static inline uint32_t a64_orn(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x2a200000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn ^ Rm   (EOR, shifted register, LSL #0) */
static inline uint32_t a64_eor(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x4a000000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn ^ ~Rm   (EON, shifted register, LSL #0) */
static inline uint32_t a64_eon(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x4a200000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn & Rm, sets N and Z   (ANDS, shifted register, LSL #0) */
static inline uint32_t a64_ands(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x6a000000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* N and Z of Rn & Rm   (TST, shifted register, LSL #0) */
static inline uint32_t a64_tst(bool x, unsigned rn, unsigned rm)
{
    return a64_ands(x, A64_ZR, rn, rm);
}

/* Rd = Rm, not of SP; in W form the upper half becomes 0   (MOV, register) */
static inline uint32_t a64_mov(bool x, unsigned rd, unsigned rm)
{
    return a64_orr(x, rd, A64_ZR, rm);
}

/* Rd = ~Rm   (MVN) */
static inline uint32_t a64_mvn(bool x, unsigned rd, unsigned rm)
{
    return a64_orn(x, rd, A64_ZR, rm);
}

/* ---- Constants: move wide --------------------------------------------------------
 *
 *      31 30 29 28      23 22 21 20            5 4   0
 *     | sf| opc|1 0 0 1 0 1|  hw |    imm16     |  Rd | */

/* A halfword of 16 bits at bit `lsl`: 0, 16, and in X form 32 and 48. */
static inline uint32_t a64_halfword(bool x, uint32_t imm16, unsigned lsl)
{
    assert(lsl % 16 == 0);
    return a64_bits(lsl / 16, x ? 2 : 1, 21) | a64_bits(imm16, 16, 5);
}

/* Rd = ~(imm16 << lsl)   (MOVN) */
static inline uint32_t a64_movn(bool x, unsigned rd, uint32_t imm16, unsigned lsl)
{
    return 0x12800000u | a64_sf(x) | a64_halfword(x, imm16, lsl) | a64_bits(rd, 5, 0);
}

/* Rd = imm16 << lsl   (MOVZ) */
static inline uint32_t a64_movz(bool x, unsigned rd, uint32_t imm16, unsigned lsl)
{
    return 0x52800000u | a64_sf(x) | a64_halfword(x, imm16, lsl) | a64_bits(rd, 5, 0);
}

/* Rd<lsl + 15:lsl> = imm16, and the other halfwords stay   (MOVK) */
static inline uint32_t a64_movk(bool x, unsigned rd, uint32_t imm16, unsigned lsl)
{
    return 0x72800000u | a64_sf(x) | a64_halfword(x, imm16, lsl) | a64_bits(rd, 5, 0);
}

enum { A64_CONST_MAX = 4 };

/* Rd = value, not of SP or ZR, in as few instructions as a MOVZ, MOVN or ORR with MOVKs
 * after it can do.  Fills out[] and returns how many, 1 to 4.  It takes all 64 bits of
 * value: whoever needs only 32 passes them with the upper half 0. */
unsigned a64_mov_const(unsigned rd, uint64_t value, uint32_t out[A64_CONST_MAX]);

/* ---- Bit fields, immediate shifts, extension -------------------------------------
 *
 *      31 30 29 28      23 22 21    16 15  10 9   5 4   0
 *     | sf| opc|1 0 0 1 1 0| N|  immr  | imms |  Rn |  Rd | */

/* N:immr:imms of a bit-field move. */
static inline uint32_t a64_bitfield(bool x, unsigned immr, unsigned imms)
{
    unsigned width = x ? 6 : 5;

    return (x ? 1u << 22 : 0) | a64_bits(immr, width, 16) | a64_bits(imms, width, 10);
}

/* Rd = Rn<imms:immr>, or Rn<imms:0> << (width - immr) if imms < immr; sign-extended
 * (SBFM) */
static inline uint32_t a64_sbfm(bool x, unsigned rd, unsigned rn, unsigned immr,
                                unsigned imms)
{
    return 0x13000000u | a64_sf(x) | a64_bitfield(x, immr, imms) | a64_regs(rd, rn, 0);
}

/* The same without touching the rest of Rd   (BFM) */
static inline uint32_t a64_bfm(bool x, unsigned rd, unsigned rn, unsigned immr,
                               unsigned imms)
{
    return 0x33000000u | a64_sf(x) | a64_bitfield(x, immr, imms) | a64_regs(rd, rn, 0);
}

/* The same zero-extended   (UBFM) */
static inline uint32_t a64_ubfm(bool x, unsigned rd, unsigned rn, unsigned immr,
                                unsigned imms)
{
    return 0x53000000u | a64_sf(x) | a64_bitfield(x, immr, imms) | a64_regs(rd, rn, 0);
}

/* Rd = Rn << n, n below the width   (LSL, immediate) */
static inline uint32_t a64_lsl_imm(bool x, unsigned rd, unsigned rn, unsigned n)
{
    unsigned top = x ? 63 : 31;

    return a64_ubfm(x, rd, rn, (top + 1 - n) & top, top - n);
}

/* Rd = Rn >> n, unsigned, n below the width   (LSR, immediate) */
static inline uint32_t a64_lsr_imm(bool x, unsigned rd, unsigned rn, unsigned n)
{
    return a64_ubfm(x, rd, rn, n, x ? 63 : 31);
}

/* Rd = Rn >> n, signed, n below the width   (ASR, immediate) */
static inline uint32_t a64_asr_imm(bool x, unsigned rd, unsigned rn, unsigned n)
{
    return a64_sbfm(x, rd, rn, n, x ? 63 : 31);
}

/* Rd = the `n` bits of Rn from `lsb` on, zero-extended; n > 0   (UBFX) */
static inline uint32_t a64_ubfx(bool x, unsigned rd, unsigned rn, unsigned lsb,
                                unsigned n)
{
    return a64_ubfm(x, rd, rn, lsb, lsb + n - 1);
}

/* Rd = the `n` bits of Rn from `lsb` on, sign-extended; n > 0   (SBFX) */
static inline uint32_t a64_sbfx(bool x, unsigned rd, unsigned rn, unsigned lsb,
                                unsigned n)
{
    return a64_sbfm(x, rd, rn, lsb, lsb + n - 1);
}

/* Rd = the low `n` bits of Rn << lsb; n > 0, n + lsb at most the width   (UBFIZ) */
static inline uint32_t a64_ubfiz(bool x, unsigned rd, unsigned rn, unsigned lsb,
                                 unsigned n)
{
    unsigned top = x ? 63 : 31;

    assert(lsb + n <= top + 1);
    return a64_ubfm(x, rd, rn, (top + 1 - lsb) & top, n - 1);
}

/* Rd<lsb + n - 1:lsb> = the low `n` bits of Rn; n > 0, lsb + n <= the width   (BFI) */
static inline uint32_t a64_bfi(bool x, unsigned rd, unsigned rn, unsigned lsb, unsigned n)
{
    unsigned top = x ? 63 : 31;

    assert(lsb + n <= top + 1);
    return a64_bfm(x, rd, rn, (top + 1 - lsb) & top, n - 1);
}

/* Rd = the low byte of Rn, sign-extended   (SXTB) */
static inline uint32_t a64_sxtb(bool x, unsigned rd, unsigned rn)
{
    return a64_sbfm(x, rd, rn, 0, 7);
}

/* Rd = the low halfword of Rn, sign-extended   (SXTH) */
static inline uint32_t a64_sxth(bool x, unsigned rd, unsigned rn)
{
    return a64_sbfm(x, rd, rn, 0, 15);
}

/* Xd = Wn, sign-extended   (SXTW) */
static inline uint32_t a64_sxtw(unsigned rd, unsigned rn)
{
    return a64_sbfm(true, rd, rn, 0, 31);
}

/* Wd = the low byte of Wn; the upper half of Xd becomes 0   (UXTB) */
static inline uint32_t a64_uxtb(unsigned rd, unsigned rn)
{
    return a64_ubfm(false, rd, rn, 0, 7);
}

/* Wd = the low halfword of Wn; the upper half of Xd becomes 0   (UXTH) */
static inline uint32_t a64_uxth(unsigned rd, unsigned rn)
{
    return a64_ubfm(false, rd, rn, 0, 15);
}

/* Rd = the low half of Rn:Rm >> n, n below the width   (EXTR) */
static inline uint32_t a64_extr(bool x, unsigned rd, unsigned rn, unsigned rm, unsigned n)
{
    return (x ? 0x93c00000u : 0x13800000u) | a64_bits(n, x ? 6 : 5, 10) |
           a64_regs(rd, rn, rm);
}

/* Rd = Rn rotated right by n, n below the width   (ROR, immediate) */
static inline uint32_t a64_ror_imm(bool x, unsigned rd, unsigned rn, unsigned n)
{
    return a64_extr(x, rd, rn, rn, n);
}

/* ---- Two sources, one source -----------------------------------------------------
 *
 *      31 30 29 28             21 20  16 15    10 9   5 4   0
 *     | sf| 0| 0|1 1 0 1 0 1 1 0 |  Rm  | opcode |  Rn |  Rd |
 *     | sf| 1| 0|1 1 0 1 0 1 1 0 |  0   | opcode |  Rn |  Rd | */

/* Rd = Rn / Rm, unsigned; 0 if Rm is 0   (UDIV) */
static inline uint32_t a64_udiv(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x1ac00800u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn / Rm, signed, towards 0; 0 if Rm is 0, the least number over -1 is itself
 * (SDIV) */
static inline uint32_t a64_sdiv(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x1ac00c00u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn << (Rm modulo width)   (LSLV) */
static inline uint32_t a64_lslv(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x1ac02000u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn >> (Rm modulo width), unsigned   (LSRV) */
static inline uint32_t a64_lsrv(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x1ac02400u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn >> (Rm modulo width), signed   (ASRV) */
static inline uint32_t a64_asrv(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x1ac02800u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn rotated right by (Rm modulo width)   (RORV) */
static inline uint32_t a64_rorv(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return 0x1ac02c00u | a64_sf(x) | a64_regs(rd, rn, rm);
}

/* Rd = Rn with the bytes of each halfword swapped   (REV16) */
static inline uint32_t a64_rev16(bool x, unsigned rd, unsigned rn)
{
    return 0x5ac00400u | a64_sf(x) | a64_regs(rd, rn, 0);
}

/* Xd = Xn with the bytes of each word reversed   (REV32) */
static inline uint32_t a64_rev32(unsigned rd, unsigned rn)
{
    return 0xdac00800u | a64_regs(rd, rn, 0);
}

/* Rd = Rn with all its bytes reversed   (REV) */
static inline uint32_t a64_rev(bool x, unsigned rd, unsigned rn)
{
    return (x ? 0xdac00c00u : 0x5ac00800u) | a64_regs(rd, rn, 0);
}

/* Rd = the number of zeros above the highest one of Rn; the width if Rn is 0   (CLZ) */
static inline uint32_t a64_clz(bool x, unsigned rd, unsigned rn)
{
    return 0x5ac01000u | a64_sf(x) | a64_regs(rd, rn, 0);
}

/* Rd = Rn with its bits reversed   (RBIT) */
static inline uint32_t a64_rbit(bool x, unsigned rd, unsigned rn)
{
    return 0x5ac00000u | a64_sf(x) | a64_regs(rd, rn, 0);
}

/* ---- Multiplication --------------------------------------------------------------
 *
 *      31 30 29 28      24 23  21 20  16 15 14 10 9   5 4   0
 *     | sf| 0 0|1 1 0 1 1 | op31 |  Rm  | o0| Ra |  Rn |  Rd | */

/* Rd = Ra + Rn * Rm   (MADD) */
static inline uint32_t a64_madd(bool x, unsigned rd, unsigned rn, unsigned rm,
                                unsigned ra)
{
    return 0x1b000000u | a64_sf(x) | a64_bits(ra, 5, 10) | a64_regs(rd, rn, rm);
}

/* Rd = Ra - Rn * Rm   (MSUB) */
static inline uint32_t a64_msub(bool x, unsigned rd, unsigned rn, unsigned rm,
                                unsigned ra)
{
    return 0x1b008000u | a64_sf(x) | a64_bits(ra, 5, 10) | a64_regs(rd, rn, rm);
}

/* Rd = Rn * Rm   (MUL) */
static inline uint32_t a64_mul(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return a64_madd(x, rd, rn, rm, A64_ZR);
}

/* Rd = -(Rn * Rm)   (MNEG) */
static inline uint32_t a64_mneg(bool x, unsigned rd, unsigned rn, unsigned rm)
{
    return a64_msub(x, rd, rn, rm, A64_ZR);
}

/* Xd = Wn * Wm, signed   (SMULL) */
static inline uint32_t a64_smull(unsigned rd, unsigned rn, unsigned rm)
{
    return 0x9b207c00u | a64_regs(rd, rn, rm);
}

/* Xd = Wn * Wm, unsigned   (UMULL) */
static inline uint32_t a64_umull(unsigned rd, unsigned rn, unsigned rm)
{
    return 0x9ba07c00u | a64_regs(rd, rn, rm);
}

/* Xd = the upper half of Xn * Xm, signed   (SMULH) */
static inline uint32_t a64_smulh(unsigned rd, unsigned rn, unsigned rm)
{
    return 0x9b407c00u | a64_regs(rd, rn, rm);
}

/* Xd = the upper half of Xn * Xm, unsigned   (UMULH) */
static inline uint32_t a64_umulh(unsigned rd, unsigned rn, unsigned rm)
{
    return 0x9bc07c00u | a64_regs(rd, rn, rm);
}

/* ---- Conditional select and compare ----------------------------------------------
 *
 *      31 30 29 28             21 20  16 15  12 11 10 9   5 4   0
 *     | sf| op| 0|1 1 0 1 0 1 0 0|  Rm  | cond | op2 |  Rn |  Rd |    select
 *     | sf| op| 1|1 1 0 1 0 0 1 0|Rm,imm| cond |i   0|  Rn |0 nzcv|   compare */

/* Rd = cond ? Rn : Rm   (CSEL) */
static inline uint32_t a64_csel(bool x, unsigned rd, unsigned rn, unsigned rm,
                                enum a64_cond cond)
{
    return 0x1a800000u | a64_sf(x) | a64_bits(cond, 4, 12) | a64_regs(rd, rn, rm);
}

/* Rd = cond ? Rn : Rm + 1   (CSINC) */
static inline uint32_t a64_csinc(bool x, unsigned rd, unsigned rn, unsigned rm,
                                 enum a64_cond cond)
{
    return 0x1a800400u | a64_sf(x) | a64_bits(cond, 4, 12) | a64_regs(rd, rn, rm);
}

/* Rd = cond ? Rn : ~Rm   (CSINV) */
static inline uint32_t a64_csinv(bool x, unsigned rd, unsigned rn, unsigned rm,
                                 enum a64_cond cond)
{
    return 0x5a800000u | a64_sf(x) | a64_bits(cond, 4, 12) | a64_regs(rd, rn, rm);
}

/* Rd = cond ? Rn : -Rm   (CSNEG) */
static inline uint32_t a64_csneg(bool x, unsigned rd, unsigned rn, unsigned rm,
                                 enum a64_cond cond)
{
    return 0x5a800400u | a64_sf(x) | a64_bits(cond, 4, 12) | a64_regs(rd, rn, rm);
}

/* Rd = cond ? 1 : 0   (CSET) */
static inline uint32_t a64_cset(bool x, unsigned rd, enum a64_cond cond)
{
    return a64_csinc(x, rd, A64_ZR, A64_ZR, a64_invert(cond));
}

/* Rd = cond ? all ones : 0   (CSETM) */
static inline uint32_t a64_csetm(bool x, unsigned rd, enum a64_cond cond)
{
    return a64_csinv(x, rd, A64_ZR, A64_ZR, a64_invert(cond));
}

/* Rd = cond ? -Rn : Rn   (CNEG) */
static inline uint32_t a64_cneg(bool x, unsigned rd, unsigned rn, enum a64_cond cond)
{
    return a64_csneg(x, rd, rn, rn, a64_invert(cond));
}

/* Flags of Rn - Rm if cond, else nzcv (bit 3: N ... bit 0: V)   (CCMP, register) */
static inline uint32_t a64_ccmp(bool x, unsigned rn, unsigned rm, unsigned nzcv,
                                enum a64_cond cond)
{
    return 0x7a400000u | a64_sf(x) | a64_bits(cond, 4, 12) | a64_bits(nzcv, 4, 0) |
           a64_regs(0, rn, rm);
}

/* Flags of Rn - imm5 if cond, else nzcv; imm5 is unsigned   (CCMP, immediate) */
static inline uint32_t a64_ccmp_imm(bool x, unsigned rn, unsigned imm5, unsigned nzcv,
                                    enum a64_cond cond)
{
    return 0x7a400800u | a64_sf(x) | a64_bits(cond, 4, 12) | a64_bits(nzcv, 4, 0) |
           a64_regs(0, rn, imm5);
}

#endif
