/* Each encoder of arm64 instructions that compute and branch, against llvm-mc. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "a64_operands.h"
#include "base/bits.h"
#include "jit/a64_branch.h"
#include "jit/a64_enc.h"
#include "mc.h"

static const char *const cond_names[] = {
    [A64_EQ] = "eq", [A64_NE] = "ne", [A64_CS] = "cs", [A64_CC] = "cc", [A64_MI] = "mi",
    [A64_PL] = "pl", [A64_VS] = "vs", [A64_VC] = "vc", [A64_HI] = "hi", [A64_LS] = "ls",
    [A64_GE] = "ge", [A64_LT] = "lt", [A64_GT] = "gt", [A64_LE] = "le", [A64_AL] = "al",
};
static const char *const shift_names[] = { "lsl", "lsr", "asr", "ror" };
static const char *const extend_names[] = { "uxtb", "uxth", "uxtw", "uxtx",
                                            "sxtb", "sxth", "sxtw", "sxtx" };

/* ---- Forms that differ in nothing but name and code ------------------------------ */

static void two_registers(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(bool x, unsigned rd, unsigned rn);
    } forms[] = {
        { "cmp", a64_cmp },   { "cmn", a64_cmn }, { "tst", a64_tst },
        { "neg", a64_neg },   { "mov", a64_mov }, { "mvn", a64_mvn },
        { "rev", a64_rev },   { "clz", a64_clz }, { "rev16", a64_rev16 },
        { "rbit", a64_rbit },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_WIDTH(x)
        {
            EACH_REG_SET(r)
            mc_expect32(mc, forms[f].encode(x, r.d, r.n), "%s %s, %s", forms[f].name,
                        reg(x, r.d), reg(x, r.n));
        }
    }
    EACH_REG_SET(r)
    mc_expect32(mc, a64_rev32(r.d, r.n), "rev32 %s, %s", reg(1, r.d), reg(1, r.n));
}

static void three_registers(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(bool x, unsigned rd, unsigned rn, unsigned rm);
    } forms[] = {
        { "add", a64_add },   { "adds", a64_adds }, { "sub", a64_sub },
        { "subs", a64_subs }, { "and", a64_and },   { "bic", a64_bic },
        { "orr", a64_orr },   { "orn", a64_orn },   { "eor", a64_eor },
        { "eon", a64_eon },   { "ands", a64_ands }, { "udiv", a64_udiv },
        { "sdiv", a64_sdiv }, { "lslv", a64_lslv }, { "lsrv", a64_lsrv },
        { "asrv", a64_asrv }, { "rorv", a64_rorv }, { "mul", a64_mul },
        { "mneg", a64_mneg },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_WIDTH(x)
        {
            EACH_REG_SET(r)
            mc_expect32(mc, forms[f].encode(x, r.d, r.n, r.m), "%s %s, %s, %s",
                        forms[f].name, reg(x, r.d), reg(x, r.n), reg(x, r.m));
        }
    }
}

static void long_multiplication(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(unsigned rd, unsigned rn, unsigned rm);
        bool x; /* what is multiplied */
    } forms[] = {
        { "smull", a64_smull, false },
        { "umull", a64_umull, false },
        { "smulh", a64_smulh, true },
        { "umulh", a64_umulh, true },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_REG_SET(r)
        mc_expect32(mc, forms[f].encode(r.d, r.n, r.m), "%s %s, %s, %s", forms[f].name,
                    reg(1, r.d), reg(forms[f].x, r.n), reg(forms[f].x, r.m));
    }
    EACH_WIDTH(x)
    {
        EACH_REG_SET(r)
        {
            mc_expect32(mc, a64_madd(x, r.d, r.n, r.m, r.a), "madd %s, %s, %s, %s",
                        reg(x, r.d), reg(x, r.n), reg(x, r.m), reg(x, r.a));
            mc_expect32(mc, a64_msub(x, r.d, r.n, r.m, r.a), "msub %s, %s, %s, %s",
                        reg(x, r.d), reg(x, r.n), reg(x, r.m), reg(x, r.a));
        }
    }
}

/* ---- Addition and subtraction ---------------------------------------------------- */

static void add_immediate(struct mc *mc, int x, struct regs r, uint32_t imm)
{
    uint32_t imm12 = imm < 0x1000 ? imm : imm >> 12;
    unsigned lsl = imm < 0x1000 ? 0 : 12;
    const char *d = reg(x, r.d), *d_sp = reg_sp(x, r.d), *n = reg_sp(x, r.n);

    mc_expect32(mc, a64_add_imm(x, r.d, r.n, imm), "add %s, %s, #%u, lsl #%u", d_sp, n,
                imm12, lsl);
    mc_expect32(mc, a64_sub_imm(x, r.d, r.n, imm), "sub %s, %s, #%u, lsl #%u", d_sp, n,
                imm12, lsl);
    mc_expect32(mc, a64_adds_imm(x, r.d, r.n, imm), "adds %s, %s, #%u, lsl #%u", d, n,
                imm12, lsl);
    mc_expect32(mc, a64_subs_imm(x, r.d, r.n, imm), "subs %s, %s, #%u, lsl #%u", d, n,
                imm12, lsl);
    mc_expect32(mc, a64_cmp_imm(x, r.n, imm), "cmp %s, #%u, lsl #%u", n, imm12, lsl);
    mc_expect32(mc, a64_cmn_imm(x, r.n, imm), "cmn %s, #%u, lsl #%u", n, imm12, lsl);
}

static void add_immediates(struct mc *mc)
{
    static const uint32_t imms[] = { 0,      1,      0x555,    0x7ff,    0x800,   0xfff,
                                     0x1000, 0x2000, 0x7ff000, 0x800000, 0xfff000 };

    EACH_WIDTH(x)
    {
        EACH_REG_SET(r)
        {
            EACH(uint32_t, imm, imms)
            add_immediate(mc, x, r, *imm);
        }
        EACH_REG_SET(r)
        {
            /* MOV means ORR to an assembler unless one of the two is SP */
            mc_expect32(mc, a64_mov_sp(x, A64_SP, r.n), "mov %s, %s", reg_sp(x, A64_SP),
                        reg_sp(x, r.n));
            mc_expect32(mc, a64_mov_sp(x, r.d, A64_SP), "mov %s, %s", reg_sp(x, r.d),
                        reg_sp(x, A64_SP));
        }
    }
}

static void shifted_registers(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(bool x, unsigned rd, unsigned rn, unsigned rm,
                           enum a64_shift shift, unsigned n);
        unsigned shifts; /* how many of enum a64_shift it has */
    } forms[] = {
        { "add", a64_add_shifted, 3 },
        { "sub", a64_sub_shifted, 3 },
        { "orr", a64_orr_shifted, 4 },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_WIDTH(x)
        {
            EACH_BELOW(shift, forms[f].shifts)
            {
                EACH_BELOW(n, x ? 64 : 32)
                {
                    struct regs r = reg_set((n + 32 * shift) % REG_SETS);

                    mc_expect32(mc, forms[f].encode(x, r.d, r.n, r.m, shift, n),
                                "%s %s, %s, %s, %s #%u", forms[f].name, reg(x, r.d),
                                reg(x, r.n), reg(x, r.m), shift_names[shift], n);
                }
            }
        }
    }
}

static void extended_register(struct mc *mc, int x, struct regs r, unsigned extend,
                              unsigned n)
{
    const char *d = reg_sp(x, r.d), *left = reg_sp(x, r.n);
    const char *right = reg(x && extend % 4 == 3, r.m), *how = extend_names[extend];

    mc_expect32(mc, a64_add_extended(x, r.d, r.n, r.m, extend, n),
                "add %s, %s, %s, %s #%u", d, left, right, how, n);
    mc_expect32(mc, a64_sub_extended(x, r.d, r.n, r.m, extend, n),
                "sub %s, %s, %s, %s #%u", d, left, right, how, n);
    mc_expect32(mc, a64_cmp_extended(x, r.n, r.m, extend, n), "cmp %s, %s, %s #%u", left,
                right, how, n);
}

static void extended_registers(struct mc *mc)
{
    EACH_WIDTH(x)
    {
        EACH_REG_SET(r)
        extended_register(mc, x, r, x ? A64_UXTX : A64_UXTW, 0);
        EACH_BELOW(extend, 8)
        {
            EACH_BELOW(n, 5)
            extended_register(mc, x, reg_set(0), extend, n);
        }
    }
}

/* ---- Logical immediates and constants -------------------------------------------- */

static void logical_immediate(struct mc *mc, int x, struct regs r, uint64_t value)
{
    uint32_t field;
    unsigned long long imm = value;
    const char *d = reg(x, r.d), *d_sp = reg_sp(x, r.d), *n = reg(x, r.n);

    assert(a64_logical_imm(x ? 64 : 32, value, &field));
    mc_expect32(mc, a64_and_imm(x, r.d, r.n, field), "and %s, %s, #0x%llx", d_sp, n, imm);
    mc_expect32(mc, a64_orr_imm(x, r.d, r.n, field), "orr %s, %s, #0x%llx", d_sp, n, imm);
    mc_expect32(mc, a64_eor_imm(x, r.d, r.n, field), "eor %s, %s, #0x%llx", d_sp, n, imm);
    mc_expect32(mc, a64_ands_imm(x, r.d, r.n, field), "ands %s, %s, #0x%llx", d, n, imm);
    mc_expect32(mc, a64_tst_imm(x, r.n, field), "tst %s, #0x%llx", n, imm);
}

/* `ones` ones from bit `from` on, around an element of `size` bits that fills 64. */
static uint64_t pattern(unsigned size, unsigned ones, unsigned from)
{
    uint64_t value = 0;

    EACH_BELOW(i, ones)
    {
        for (unsigned at = 0; at < 64; at += size)
            value |= UINT64_C(1) << (at + (from + i) % size);
    }
    return value;
}

/* Every immediate that there is, with some register each. */
static void logical_immediates(struct mc *mc)
{
    unsigned seen = 0;

    for (unsigned size = 2; size <= 64; size *= 2) {
        for (unsigned ones = 1; ones < size; ones++) {
            EACH_BELOW(from, size)
            {
                uint64_t value = pattern(size, ones, from);

                logical_immediate(mc, 1, reg_set(seen % REG_SETS), value);
                if (size <= 32)
                    logical_immediate(mc, 0, reg_set(seen % REG_SETS), (uint32_t)value);
                seen++;
            }
        }
    }
    assert(seen == 5334);
}

static void wide_moves(struct mc *mc)
{
    static const unsigned imms[] = { 0, 1, 0x5555, 0x7fff, 0x8000, 0xffff };

    EACH_WIDTH(x)
    {
        for (unsigned lsl = 0; lsl < (x ? 64 : 32); lsl += 16) {
            EACH_BELOW(d, 32)
            {
                EACH(unsigned, imm, imms)
                {
                    mc_expect32(mc, a64_movz(x, d, *imm, lsl), "movz %s, #%u, lsl #%u",
                                reg(x, d), *imm, lsl);
                    mc_expect32(mc, a64_movn(x, d, *imm, lsl), "movn %s, #%u, lsl #%u",
                                reg(x, d), *imm, lsl);
                    mc_expect32(mc, a64_movk(x, d, *imm, lsl), "movk %s, #%u, lsl #%u",
                                reg(x, d), *imm, lsl);
                }
            }
        }
    }
}

/* ---- Bit fields ------------------------------------------------------------------ */

static void bitfield_moves(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(bool x, unsigned rd, unsigned rn, unsigned immr,
                           unsigned imms);
    } forms[] = { { "sbfm", a64_sbfm }, { "bfm", a64_bfm }, { "ubfm", a64_ubfm } };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_WIDTH(x)
        {
            EACH_BELOW(i, x ? 64 * 64 : 32 * 32)
            {
                unsigned immr = i / (x ? 64 : 32), imms = i % (x ? 64 : 32);
                struct regs r = reg_set(i % REG_SETS);

                mc_expect32(mc, forms[f].encode(x, r.d, r.n, immr, imms),
                            "%s %s, %s, #%u, #%u", forms[f].name, reg(x, r.d),
                            reg(x, r.n), immr, imms);
            }
        }
    }
}

static void bitfields(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(bool x, unsigned rd, unsigned rn, unsigned lsb, unsigned n);
    } forms[] = {
        { "ubfx", a64_ubfx },
        { "sbfx", a64_sbfx },
        { "ubfiz", a64_ubfiz },
        { "bfi", a64_bfi },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_WIDTH(x)
        {
            EACH_BELOW(lsb, x ? 64 : 32)
            {
                EACH_BELOW(more, (x ? 64 : 32) - lsb)
                mc_expect32(mc, forms[f].encode(x, 9, 18, lsb, more + 1),
                            "%s %s, %s, #%u, #%u", forms[f].name, reg(x, 9), reg(x, 18),
                            lsb, more + 1);
            }
        }
    }
}

static void shifts(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(bool x, unsigned rd, unsigned rn, unsigned n);
    } forms[] = {
        { "lsl", a64_lsl_imm },
        { "lsr", a64_lsr_imm },
        { "asr", a64_asr_imm },
        { "ror", a64_ror_imm },
    };

    EACH_WIDTH(x)
    {
        EACH_BELOW(n, x ? 64 : 32)
        {
            EACH_REG_SET(r)
            {
                EACH_BELOW(f, SK_LEN(forms))
                mc_expect32(mc, forms[f].encode(x, r.d, r.n, n), "%s %s, %s, #%u",
                            forms[f].name, reg(x, r.d), reg(x, r.n), n);
                mc_expect32(mc, a64_extr(x, r.d, r.n, r.m, n), "extr %s, %s, %s, #%u",
                            reg(x, r.d), reg(x, r.n), reg(x, r.m), n);
            }
        }
    }
}

static void extensions(struct mc *mc)
{
    EACH_REG_SET(r)
    {
        const char *n = reg(0, r.n);

        EACH_WIDTH(x)
        {
            mc_expect32(mc, a64_sxtb(x, r.d, r.n), "sxtb %s, %s", reg(x, r.d), n);
            mc_expect32(mc, a64_sxth(x, r.d, r.n), "sxth %s, %s", reg(x, r.d), n);
        }
        mc_expect32(mc, a64_sxtw(r.d, r.n), "sxtw %s, %s", reg(1, r.d), n);
        mc_expect32(mc, a64_uxtb(r.d, r.n), "uxtb %s, %s", reg(0, r.d), n);
        mc_expect32(mc, a64_uxth(r.d, r.n), "uxth %s, %s", reg(0, r.d), n);
    }
}

/* ---- Conditions ------------------------------------------------------------------ */

static void selections(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(bool x, unsigned rd, unsigned rn, unsigned rm,
                           enum a64_cond cond);
    } forms[] = {
        { "csel", a64_csel },
        { "csinc", a64_csinc },
        { "csinv", a64_csinv },
        { "csneg", a64_csneg },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_WIDTH(x)
        {
            EACH_BELOW(cond, A64_AL + 1)
            {
                EACH_REG_SET(r)
                mc_expect32(mc, forms[f].encode(x, r.d, r.n, r.m, cond),
                            "%s %s, %s, %s, %s", forms[f].name, reg(x, r.d), reg(x, r.n),
                            reg(x, r.m), cond_names[cond]);
            }
        }
    }
}

static void conditional_values(struct mc *mc)
{
    EACH_WIDTH(x)
    {
        EACH_BELOW(cond, A64_AL)
        {
            const char *name = cond_names[cond];

            EACH_REG_SET(r)
            {
                mc_expect32(mc, a64_cset(x, r.d, cond), "cset %s, %s", reg(x, r.d), name);
                mc_expect32(mc, a64_csetm(x, r.d, cond), "csetm %s, %s", reg(x, r.d),
                            name);
                mc_expect32(mc, a64_cneg(x, r.d, r.n, cond), "cneg %s, %s, %s",
                            reg(x, r.d), reg(x, r.n), name);
            }
        }
    }
}

static void conditional_compares(struct mc *mc)
{
    EACH_WIDTH(x)
    {
        EACH_BELOW(cond, A64_AL + 1)
        {
            EACH_BELOW(nzcv, 16)
            {
                EACH_BELOW(m, 32)
                {
                    mc_expect32(mc, a64_ccmp(x, 31 - m, m, nzcv, cond),
                                "ccmp %s, %s, #%u, %s", reg(x, 31 - m), reg(x, m), nzcv,
                                cond_names[cond]);
                    mc_expect32(mc, a64_ccmp_imm(x, 31 - m, m, nzcv, cond),
                                "ccmp %s, #%u, #%u, %s", reg(x, 31 - m), m, nzcv,
                                cond_names[cond]);
                }
            }
        }
    }
}

/* ---- Branches and addresses ------------------------------------------------------ */

static void jumps(struct mc *mc)
{
    EACH_BELOW(i, DISPS)
    {
        long long disp = edge_disp(i, 26, 4);

        mc_expect32(mc, a64_b(disp), "b #%lld", disp);
        mc_expect32(mc, a64_bl(disp), "bl #%lld", disp);
    }
    EACH_BELOW(n, 32)
    {
        mc_expect32(mc, a64_br(n), "br %s", reg(1, n));
        mc_expect32(mc, a64_blr(n), "blr %s", reg(1, n));
        mc_expect32(mc, a64_ret(n), "ret %s", reg(1, n));
    }
}

static void conditional_branches(struct mc *mc)
{
    EACH_BELOW(i, DISPS)
    {
        long long disp = edge_disp(i, 19, 4);

        EACH_BELOW(cond, A64_AL + 1)
        mc_expect32(mc, a64_bcond(cond, disp), "b.%s #%lld", cond_names[cond], disp);
        EACH_BELOW(t, 32)
        {
            EACH_WIDTH(x)
            {
                mc_expect32(mc, a64_cbz(x, t, disp), "cbz %s, #%lld", reg(x, t), disp);
                mc_expect32(mc, a64_cbnz(x, t, disp), "cbnz %s, #%lld", reg(x, t), disp);
            }
        }
    }
}

static void bit_branches(struct mc *mc)
{
    EACH_BELOW(i, DISPS)
    {
        long long disp = edge_disp(i, 14, 4);

        EACH_BELOW(bit, 64)
        {
            EACH_BELOW(t, 32)
            {
                mc_expect32(mc, a64_tbz(t, bit, disp), "tbz %s, #%u, #%lld", reg(1, t),
                            bit, disp);
                mc_expect32(mc, a64_tbnz(t, bit, disp), "tbnz %s, #%u, #%lld", reg(1, t),
                            bit, disp);
            }
        }
    }
}

static void addresses(struct mc *mc)
{
    EACH_BELOW(i, DISPS)
    {
        long long near = edge_disp(i, 21, 1), far = edge_disp(i, 21, 4096);

        EACH_BELOW(d, 32)
        {
            mc_expect32(mc, a64_adr(d, near), "adr %s, #%lld", reg(1, d), near);
            mc_expect32(mc, a64_adrp(d, far), "adrp %s, #%lld", reg(1, d), far);
        }
    }
}

static void hints_and_traps(struct mc *mc)
{
    mc_expect32(mc, a64_nop(), "nop");
    mc_expect32(mc, a64_bti_c(), "bti c");
    mc_expect32(mc, a64_bti_j(), "bti j");
    mc_expect32(mc, a64_bti_jc(), "bti jc");
    mc_expect32(mc, a64_brk(0), "brk #0");
    mc_expect32(mc, a64_brk(0x1234), "brk #0x1234");
    mc_expect32(mc, a64_brk(0xffff), "brk #0xffff");
}

/* ---- All of them ----------------------------------------------------------------- */

static void (*const families[])(struct mc *) = {
    two_registers,
    three_registers,
    long_multiplication,
    add_immediates,
    shifted_registers,
    extended_registers,
    logical_immediates,
    wide_moves,
    bitfield_moves,
    bitfields,
    shifts,
    extensions,
    selections,
    conditional_values,
    conditional_compares,
    jumps,
    conditional_branches,
    bit_branches,
    addresses,
    hints_and_traps,
};

int main(void)
{
    return mc_main("aarch64", "+lse,+bti", families, SK_LEN(families));
}
