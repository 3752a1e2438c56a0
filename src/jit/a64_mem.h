/* Instructions of arm64 that access memory: as in a64_enc.h, pure functions from
 * operands to the word.
 *
 * `size` is that of the access; a register is loaded zero-extended unless the name says
 * `s`. Atomics need FEAT_LSE (Armv8.1); loads and stores exclusive are in every arm64. */
#ifndef SK_JIT_A64_MEM_H
#define SK_JIT_A64_MEM_H

#include "jit/a64_enc.h"

/* The size of an access: the base-2 logarithm of its bytes. */
enum a64_size { A64_B, A64_H, A64_W, A64_X };

static inline uint32_t a64_size_field(enum a64_size size)
{
    return a64_bits(size, 2, 30);
}

/* A base register that is written back must not be a data register; SP never is. */
static inline bool a64_apart(unsigned rn, unsigned rt)
{
    return rn != rt || rn == A64_SP;
}

/* ---- One register ----------------------------------------------------------------
 *
 *      31  30 29   27    25 24 23 22 21           10 9   5 4   0
 *     | size |1 1 1| 0 |0 1| opc |      imm12       |  Rn |  Rt |    scaled offset
 *     | size |1 1 1| 0 |0 0| opc |0|   imm9    |0 0 |  Rn |  Rt |    unscaled offset
 *     | size |1 1 1| 0 |0 0| opc |0|   imm9    |0 1 |  Rn |  Rt |    post-index
 *     | size |1 1 1| 0 |0 0| opc |0|   imm9    |1 1 |  Rn |  Rt |    pre-index
 *     | size |1 1 1| 0 |0 0| opc |1| Rm |opt| S |1 0 |  Rn |  Rt |   register offset
 *
 * opc: 0 store, 1 load, 2 load sign-extended to X, 3 load sign-extended to W. */

/* Is it an offset of LDR and STR: 0 to 4095 times the size? */
static inline bool a64_fits_scaled(enum a64_size size, int64_t off)
{
    return off >= 0 && off % (1 << size) == 0 && off >> size < 0x1000;
}

/* Is it an offset of LDUR and STUR, or the step of pre- and post-index: -256 to 255? */
static inline bool a64_fits_imm9(int64_t off)
{
    return a64_fits_disp(off, 9, 1);
}

static inline uint32_t a64_scaled(enum a64_size size, int64_t off)
{
    assert(a64_fits_scaled(size, off));
    return a64_size_field(size) | a64_bits((uint64_t)off >> size, 12, 10);
}

static inline uint32_t a64_unscaled(enum a64_size size, int64_t off)
{
    return a64_size_field(size) | a64_disp(off, 9, 1) << 12;
}

/* opc of a load that sign-extends to X or W, from less than that. */
static inline uint32_t a64_sign_opc(bool x, enum a64_size size)
{
    assert(size < (x ? A64_X : A64_W));
    (void)size; /* without asserts */
    return x ? 2u << 22 : 3u << 22;
}

/* Rt = [Rn|SP + off], off scaled   (LDRB, LDRH, LDR, unsigned offset) */
static inline uint32_t a64_ldr(enum a64_size size, unsigned rt, unsigned rn, int64_t off)
{
    return 0x39400000u | a64_scaled(size, off) | a64_regs(rt, rn, 0);
}

/* [Rn|SP + off] = Rt, off scaled   (STRB, STRH, STR, unsigned offset) */
static inline uint32_t a64_str(enum a64_size size, unsigned rt, unsigned rn, int64_t off)
{
    return 0x39000000u | a64_scaled(size, off) | a64_regs(rt, rn, 0);
}

/* Rt = [Rn|SP + off] sign-extended, off scaled   (LDRSB, LDRSH, LDRSW) */
static inline uint32_t a64_ldrs(bool x, enum a64_size size, unsigned rt, unsigned rn,
                                int64_t off)
{
    return 0x39000000u | a64_sign_opc(x, size) | a64_scaled(size, off) |
           a64_regs(rt, rn, 0);
}

/* Rt = [Rn|SP + off], off of 9 bits   (LDURB, LDURH, LDUR) */
static inline uint32_t a64_ldur(enum a64_size size, unsigned rt, unsigned rn, int64_t off)
{
    return 0x38400000u | a64_unscaled(size, off) | a64_regs(rt, rn, 0);
}

/* [Rn|SP + off] = Rt, off of 9 bits   (STURB, STURH, STUR) */
static inline uint32_t a64_stur(enum a64_size size, unsigned rt, unsigned rn, int64_t off)
{
    return 0x38000000u | a64_unscaled(size, off) | a64_regs(rt, rn, 0);
}

/* Rt = [Rn|SP + off] sign-extended, off of 9 bits   (LDURSB, LDURSH, LDURSW) */
static inline uint32_t a64_ldurs(bool x, enum a64_size size, unsigned rt, unsigned rn,
                                 int64_t off)
{
    return 0x38000000u | a64_sign_opc(x, size) | a64_unscaled(size, off) |
           a64_regs(rt, rn, 0);
}

/* Rt = [Rn|SP], then Rn += step; Rt is not Rn   (LDR, post-index) */
static inline uint32_t a64_ldr_post(enum a64_size size, unsigned rt, unsigned rn,
                                    int64_t step)
{
    assert(a64_apart(rn, rt));
    return 0x38400400u | a64_unscaled(size, step) | a64_regs(rt, rn, 0);
}

/* Rn|SP += step, then [Rn] = Rt; Rt is not Rn   (STR, pre-index) */
static inline uint32_t a64_str_pre(enum a64_size size, unsigned rt, unsigned rn,
                                   int64_t step)
{
    assert(a64_apart(rn, rt));
    return 0x38000c00u | a64_unscaled(size, step) | a64_regs(rt, rn, 0);
}

/* How an offset in a register is taken: extended from W or whole, then LSL by 0 or by the
 * size. */
enum a64_index {
    A64_INDEX_X = 0x6800,        /* [Rn, Xm] */
    A64_INDEX_X_SCALED = 0x7800, /* [Rn, Xm, lsl #size] */
    A64_INDEX_UXTW = 0x4800,     /* [Rn, Wm, uxtw] */
    A64_INDEX_UXTW_SCALED = 0x5800,
    A64_INDEX_SXTW = 0xc800, /* [Rn, Wm, sxtw] */
    A64_INDEX_SXTW_SCALED = 0xd800,
};

/* Rt = [Rn|SP + index(Rm)]   (LDRB, LDRH, LDR, register offset) */
static inline uint32_t a64_ldr_reg(enum a64_size size, unsigned rt, unsigned rn,
                                   unsigned rm, enum a64_index index)
{
    return 0x38600000u | a64_size_field(size) | index | a64_regs(rt, rn, rm);
}

/* [Rn|SP + index(Rm)] = Rt   (STRB, STRH, STR, register offset) */
static inline uint32_t a64_str_reg(enum a64_size size, unsigned rt, unsigned rn,
                                   unsigned rm, enum a64_index index)
{
    return 0x38200000u | a64_size_field(size) | index | a64_regs(rt, rn, rm);
}

/* Rt = [Rn|SP + index(Rm)] sign-extended   (LDRSB, LDRSH, LDRSW, register offset) */
static inline uint32_t a64_ldrs_reg(bool x, enum a64_size size, unsigned rt, unsigned rn,
                                    unsigned rm, enum a64_index index)
{
    return 0x38200000u | a64_sign_opc(x, size) | a64_size_field(size) | index |
           a64_regs(rt, rn, rm);
}

/* Rt = [PC + disp], disp a multiple of 4, +- 1 MiB   (LDR, literal) */
static inline uint32_t a64_ldr_literal(bool x, unsigned rt, int64_t disp)
{
    return (x ? 0x58000000u : 0x18000000u) | a64_disp(disp, 19, 4) << 5 |
           a64_bits(rt, 5, 0);
}

/* ---- Two registers ---------------------------------------------------------------
 *
 *      31 30 29   27  26 25 23 22 21    15 14  10 9   5 4   0
 *     | opc |1 0 1| 0 | mode | L|  imm7   |  Rt2 |  Rn |  Rt |
 *
 * mode: 1 post-index, 2 offset, 3 pre-index.  A load's two registers differ; with an
 * index neither of them is Rn. */

/* Is it an offset of LDP and STP: -64 to 63 times the register's size? */
static inline bool a64_fits_pair(bool x, int64_t off)
{
    return a64_fits_disp(off, 7, x ? 8 : 4);
}

static inline uint32_t a64_pair(bool x, unsigned rt, unsigned rt2, unsigned rn,
                                int64_t off)
{
    return a64_sf(x) | a64_disp(off, 7, x ? 8 : 4) << 15 | a64_bits(rt2, 5, 10) |
           a64_regs(rt, rn, 0);
}

/* Rt, Rt2 = [Rn|SP + off]   (LDP, signed offset) */
static inline uint32_t a64_ldp(bool x, unsigned rt, unsigned rt2, unsigned rn,
                               int64_t off)
{
    assert(rt != rt2);
    return 0x29400000u | a64_pair(x, rt, rt2, rn, off);
}

/* [Rn|SP + off] = Rt, Rt2   (STP, signed offset) */
static inline uint32_t a64_stp(bool x, unsigned rt, unsigned rt2, unsigned rn,
                               int64_t off)
{
    return 0x29000000u | a64_pair(x, rt, rt2, rn, off);
}

/* Rn|SP += step, then Rt, Rt2 = [Rn]   (LDP, pre-index) */
static inline uint32_t a64_ldp_pre(bool x, unsigned rt, unsigned rt2, unsigned rn,
                                   int64_t step)
{
    assert(rt != rt2);
    assert(a64_apart(rn, rt) && a64_apart(rn, rt2));
    return 0x29c00000u | a64_pair(x, rt, rt2, rn, step);
}

/* Rn|SP += step, then [Rn] = Rt, Rt2   (STP, pre-index) */
static inline uint32_t a64_stp_pre(bool x, unsigned rt, unsigned rt2, unsigned rn,
                                   int64_t step)
{
    assert(a64_apart(rn, rt) && a64_apart(rn, rt2));
    return 0x29800000u | a64_pair(x, rt, rt2, rn, step);
}

/* Rt, Rt2 = [Rn|SP], then Rn += step   (LDP, post-index) */
static inline uint32_t a64_ldp_post(bool x, unsigned rt, unsigned rt2, unsigned rn,
                                    int64_t step)
{
    assert(rt != rt2);
    assert(a64_apart(rn, rt) && a64_apart(rn, rt2));
    return 0x28c00000u | a64_pair(x, rt, rt2, rn, step);
}

/* [Rn|SP] = Rt, Rt2, then Rn += step   (STP, post-index) */
static inline uint32_t a64_stp_post(bool x, unsigned rt, unsigned rt2, unsigned rn,
                                    int64_t step)
{
    assert(a64_apart(rn, rt) && a64_apart(rn, rt2));
    return 0x28800000u | a64_pair(x, rt, rt2, rn, step);
}

/* ---- Ordered and exclusive -------------------------------------------------------
 *
 *      31  30 29       24 23 22 21 20  16 15 14  10 9   5 4   0
 *     | size |0 0 1 0 0 0|o2| L|o1|  Rs  |o0|  Rt2 |  Rn |  Rt |    Rt2: 11111
 *
 * The address is Rn|SP, aligned to the size.  In a store exclusive Rs is neither Rt nor
 * Rn. */

/* Rt = [Rn|SP], before all later accesses   (LDAR) */
static inline uint32_t a64_ldar(enum a64_size size, unsigned rt, unsigned rn)
{
    return 0x08dffc00u | a64_size_field(size) | a64_regs(rt, rn, 0);
}

/* [Rn|SP] = Rt, after all earlier accesses   (STLR) */
static inline uint32_t a64_stlr(enum a64_size size, unsigned rt, unsigned rn)
{
    return 0x089ffc00u | a64_size_field(size) | a64_regs(rt, rn, 0);
}

/* Rt = [Rn|SP], and watch the place   (LDXR) */
static inline uint32_t a64_ldxr(enum a64_size size, unsigned rt, unsigned rn)
{
    return 0x085f7c00u | a64_size_field(size) | a64_regs(rt, rn, 0);
}

/* The same with the order of LDAR   (LDAXR) */
static inline uint32_t a64_ldaxr(enum a64_size size, unsigned rt, unsigned rn)
{
    return 0x085ffc00u | a64_size_field(size) | a64_regs(rt, rn, 0);
}

/* [Rn|SP] = Rt and Ws = 0 if the place is still watched, else Ws = 1   (STXR) */
static inline uint32_t a64_stxr(enum a64_size size, unsigned rs, unsigned rt, unsigned rn)
{
    assert(rs != rt && a64_apart(rn, rs));
    return 0x08007c00u | a64_size_field(size) | a64_regs(rt, rn, rs);
}

/* The same with the order of STLR   (STLXR) */
static inline uint32_t a64_stlxr(enum a64_size size, unsigned rs, unsigned rt,
                                 unsigned rn)
{
    assert(rs != rt && a64_apart(rn, rs));
    return 0x0800fc00u | a64_size_field(size) | a64_regs(rt, rn, rs);
}

/* No access moves past it, in the inner shareable domain   (DMB ISH) */
static inline uint32_t a64_dmb_ish(void)
{
    return 0xd5033bbfu;
}

/* ---- Atomics (FEAT_LSE) ----------------------------------------------------------
 *
 *      31  30 29   27     24 23 22 21 20  16 15 14 12 11 10 9   5 4   0
 *     | size |1 1 1| 0 |0 0 | A| R| 1|  Rs  |o3| opc |0  0 |  Rn |  Rt |
 *     | size |0 0 1| 0 |0 0 | 1| L| 1|  Rs  |o0|  1 1 1 1 1|  Rn |  Rt |    CAS
 *
 * The address is Rn|SP, aligned to the size. */

/* The order of an atomic: whether its load is an acquire and its store a release. */
enum a64_order { A64_RELAXED, A64_RELEASE, A64_ACQUIRE, A64_ACQ_REL };

static inline uint32_t a64_order_field(enum a64_order order)
{
    return a64_bits(order, 2, 22);
}

/* Rt = [Rn|SP]; [Rn] = Rt + Rs   (LDADD; A, L, AL by order) */
static inline uint32_t a64_ldadd(enum a64_size size, enum a64_order order, unsigned rs,
                                 unsigned rt, unsigned rn)
{
    return 0x38200000u | a64_size_field(size) | a64_order_field(order) |
           a64_regs(rt, rn, rs);
}

/* Rt = [Rn|SP]; [Rn] = Rt & ~Rs   (LDCLR) */
static inline uint32_t a64_ldclr(enum a64_size size, enum a64_order order, unsigned rs,
                                 unsigned rt, unsigned rn)
{
    return 0x38201000u | a64_size_field(size) | a64_order_field(order) |
           a64_regs(rt, rn, rs);
}

/* Rt = [Rn|SP]; [Rn] = Rt ^ Rs   (LDEOR) */
static inline uint32_t a64_ldeor(enum a64_size size, enum a64_order order, unsigned rs,
                                 unsigned rt, unsigned rn)
{
    return 0x38202000u | a64_size_field(size) | a64_order_field(order) |
           a64_regs(rt, rn, rs);
}

/* Rt = [Rn|SP]; [Rn] = Rt | Rs   (LDSET) */
static inline uint32_t a64_ldset(enum a64_size size, enum a64_order order, unsigned rs,
                                 unsigned rt, unsigned rn)
{
    return 0x38203000u | a64_size_field(size) | a64_order_field(order) |
           a64_regs(rt, rn, rs);
}

/* Rt = [Rn|SP]; [Rn] = Rs   (SWP) */
static inline uint32_t a64_swp(enum a64_size size, enum a64_order order, unsigned rs,
                               unsigned rt, unsigned rn)
{
    return 0x38208000u | a64_size_field(size) | a64_order_field(order) |
           a64_regs(rt, rn, rs);
}

/* old = [Rn|SP]; if old == Rs then [Rn] = Rt; Rs = old, zero-extended   (CAS) */
static inline uint32_t a64_cas(enum a64_size size, enum a64_order order, unsigned rs,
                               unsigned rt, unsigned rn)
{
    uint32_t acquire = order & A64_ACQUIRE ? 1u << 22 : 0;
    uint32_t release = order & A64_RELEASE ? 1u << 15 : 0;

    return 0x08a07c00u | a64_size_field(size) | acquire | release | a64_regs(rt, rn, rs);
}

/* An atomic whose old value nobody wants is a store, which can be no acquire. */
static inline enum a64_order a64_store_order(enum a64_order order)
{
    assert(order == A64_RELAXED || order == A64_RELEASE);
    return order;
}

/* [Rn|SP] += Rs   (STADD; L by order, relaxed or release) */
static inline uint32_t a64_stadd(enum a64_size size, enum a64_order order, unsigned rs,
                                 unsigned rn)
{
    return a64_ldadd(size, a64_store_order(order), rs, A64_ZR, rn);
}

/* [Rn|SP] &= ~Rs   (STCLR) */
static inline uint32_t a64_stclr(enum a64_size size, enum a64_order order, unsigned rs,
                                 unsigned rn)
{
    return a64_ldclr(size, a64_store_order(order), rs, A64_ZR, rn);
}

/* [Rn|SP] ^= Rs   (STEOR) */
static inline uint32_t a64_steor(enum a64_size size, enum a64_order order, unsigned rs,
                                 unsigned rn)
{
    return a64_ldeor(size, a64_store_order(order), rs, A64_ZR, rn);
}

/* [Rn|SP] |= Rs   (STSET) */
static inline uint32_t a64_stset(enum a64_size size, enum a64_order order, unsigned rs,
                                 unsigned rn)
{
    return a64_ldset(size, a64_store_order(order), rs, A64_ZR, rn);
}

#endif
