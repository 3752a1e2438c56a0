/* Instructions of arm64 that branch, address code, mark where branches may land, or
 * trap: as in a64_enc.h, pure functions from operands to the word.
 *
 * `disp` is the distance in bytes from the instruction itself to its target.  A branch
 * whose target is not known yet is emitted with displacement 0 and completed by
 * a64_set_disp. */
#ifndef SK_JIT_A64_BRANCH_H
#define SK_JIT_A64_BRANCH_H

#include "jit/a64_enc.h"

/* ---- Branches --------------------------------------------------------------------
 *
 *      31   29      26 25 24 23                     5 4    0
 *     |op|0 0 1 0 1|               imm26                |   B, BL         +- 128 MiB
 *     |0 1 0 1 0 1 0 0|           imm19         |0 cond |   B.cond        +- 1 MiB
 *     |sf|0 1 1 0 1 0|op|         imm19         |   Rt  |   CBZ, CBNZ     +- 1 MiB
 *     |b5|0 1 1 0 1 1|op| b40 |   imm14         |   Rt  |   TBZ, TBNZ     +- 32 KiB */

/* Is it a displacement of B and BL? */
static inline bool a64_fits_b(int64_t disp)
{
    return a64_fits_disp(disp, 26, 4);
}

/* Is it a displacement of B.cond, CBZ, CBNZ and of loads of literals? */
static inline bool a64_fits_bcond(int64_t disp)
{
    return a64_fits_disp(disp, 19, 4);
}

/* Is it a displacement of TBZ and TBNZ? */
static inline bool a64_fits_tbz(int64_t disp)
{
    return a64_fits_disp(disp, 14, 4);
}

/* goto PC + disp   (B) */
static inline uint32_t a64_b(int64_t disp)
{
    return 0x14000000u | a64_disp(disp, 26, 4);
}

/* X30 = PC + 4, goto PC + disp   (BL) */
static inline uint32_t a64_bl(int64_t disp)
{
    return 0x94000000u | a64_disp(disp, 26, 4);
}

/* if cond goto PC + disp   (B.cond) */
static inline uint32_t a64_bcond(enum a64_cond cond, int64_t disp)
{
    return 0x54000000u | a64_disp(disp, 19, 4) << 5 | a64_bits(cond, 4, 0);
}

/* if Rt == 0 goto PC + disp   (CBZ) */
static inline uint32_t a64_cbz(bool x, unsigned rt, int64_t disp)
{
    return 0x34000000u | a64_sf(x) | a64_disp(disp, 19, 4) << 5 | a64_bits(rt, 5, 0);
}

/* if Rt != 0 goto PC + disp   (CBNZ) */
static inline uint32_t a64_cbnz(bool x, unsigned rt, int64_t disp)
{
    return 0x35000000u | a64_sf(x) | a64_disp(disp, 19, 4) << 5 | a64_bits(rt, 5, 0);
}

/* b5 and b40 of a bit number 0 to 63. */
static inline uint32_t a64_bit_number(unsigned bit)
{
    return a64_bits(bit >> 5, 1, 31) | a64_bits(bit & 31, 5, 19);
}

/* if bit `bit` of Xt == 0 goto PC + disp   (TBZ) */
static inline uint32_t a64_tbz(unsigned rt, unsigned bit, int64_t disp)
{
    return 0x36000000u | a64_bit_number(bit) | a64_disp(disp, 14, 4) << 5 |
           a64_bits(rt, 5, 0);
}

/* if bit `bit` of Xt != 0 goto PC + disp   (TBNZ) */
static inline uint32_t a64_tbnz(unsigned rt, unsigned bit, int64_t disp)
{
    return 0x37000000u | a64_bit_number(bit) | a64_disp(disp, 14, 4) << 5 |
           a64_bits(rt, 5, 0);
}

/* goto Xn   (BR) */
static inline uint32_t a64_br(unsigned rn)
{
    return 0xd61f0000u | a64_bits(rn, 5, 5);
}

/* X30 = PC + 4, goto Xn   (BLR) */
static inline uint32_t a64_blr(unsigned rn)
{
    return 0xd63f0000u | a64_bits(rn, 5, 5);
}

/* goto Xn, predicted as a return   (RET) */
static inline uint32_t a64_ret(unsigned rn)
{
    return 0xd65f0000u | a64_bits(rn, 5, 5);
}

/* ---- Addresses relative to the PC ------------------------------------------------
 *
 *      31 30 29 28      24 23              5 4   0
 *     | op|immlo|1 0 0 0 0|      immhi      |  Rd | */

static inline uint32_t a64_immhi_immlo(uint32_t imm21)
{
    return (imm21 & 3) << 29 | imm21 >> 2 << 5;
}

/* Is it a displacement of ADR? */
static inline bool a64_fits_adr(int64_t disp)
{
    return a64_fits_disp(disp, 21, 1);
}

/* Is it a displacement of ADRP? */
static inline bool a64_fits_adrp(int64_t disp)
{
    return a64_fits_disp(disp, 21, 4096);
}

/* Xd = PC + disp, +- 1 MiB   (ADR) */
static inline uint32_t a64_adr(unsigned rd, int64_t disp)
{
    return 0x10000000u | a64_immhi_immlo(a64_disp(disp, 21, 1)) | a64_bits(rd, 5, 0);
}

/* Xd = (PC with its low 12 bits 0) + disp, a multiple of 4 KiB, +- 4 GiB   (ADRP) */
static inline uint32_t a64_adrp(unsigned rd, int64_t disp)
{
    return 0x90000000u | a64_immhi_immlo(a64_disp(disp, 21, 4096)) | a64_bits(rd, 5, 0);
}

/* ---- Displacements set later ----------------------------------------------------- */

/* Gives *insn, a branch, ADR or load of a literal, the displacement `disp` in place of
 * its own. False, and *insn left alone, if the form does not reach so far.  Another
 * instruction is the caller's bug. */
bool a64_set_disp(uint32_t *insn, int64_t disp);

/* ---- Hints and traps ------------------------------------------------------------- */

/* Nothing   (NOP) */
static inline uint32_t a64_nop(void)
{
    return 0xd503201fu;
}

/* A place to which BLR and BR by way of X16 or X17 may jump   (BTI c) */
static inline uint32_t a64_bti_c(void)
{
    return 0xd503245fu;
}

/* A place to which BR may jump   (BTI j) */
static inline uint32_t a64_bti_j(void)
{
    return 0xd503249fu;
}

/* A place to which BR and BLR may jump   (BTI jc) */
static inline uint32_t a64_bti_jc(void)
{
    return 0xd50324dfu;
}

/* A breakpoint that carries imm16   (BRK) */
static inline uint32_t a64_brk(uint32_t imm16)
{
    return 0xd4200000u | a64_bits(imm16, 16, 5);
}

#endif
