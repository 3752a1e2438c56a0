/* Each encoder of arm64 instructions that access memory, against llvm-mc. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "a64_operands.h"
#include "base/bits.h"
#include "jit/a64_mem.h"
#include "mc.h"

static const char *const size_suffix[] = { "b", "h", "", "" };
static const char *const signed_suffix[] = { "sb", "sh", "sw" };

#define EACH_SIZE(size) EACH_BELOW(size, A64_X + 1)

/* Loads that extend signs: of less than the register. */
#define EACH_SIGNED(x, size)                                                             \
    EACH_WIDTH(x)                                                                        \
    EACH_BELOW(size, x ? A64_X : A64_W)

/* Rt as an access of this size names it. */
static const char *data(unsigned size, unsigned t)
{
    return reg(size == A64_X, t);
}

static void scaled_access(struct mc *mc, unsigned t, unsigned n, unsigned step)
{
    const char *base = reg_sp(1, n);

    EACH_SIZE(size)
    {
        const char *suffix = size_suffix[size], *rt = data(size, t);
        unsigned off = step << size;

        mc_expect32(mc, a64_ldr(size, t, n, off), "ldr%s %s, [%s, #%u]", suffix, rt, base,
                    off);
        mc_expect32(mc, a64_str(size, t, n, off), "str%s %s, [%s, #%u]", suffix, rt, base,
                    off);
    }
    EACH_SIGNED(x, size)
    mc_expect32(mc, a64_ldrs(x, size, t, n, step << size), "ldr%s %s, [%s, #%u]",
                signed_suffix[size], reg(x, t), base, step << size);
}

static void unscaled_access(struct mc *mc, unsigned t, unsigned n, int off)
{
    const char *base = reg_sp(1, n);

    EACH_SIZE(size)
    {
        const char *suffix = size_suffix[size], *rt = data(size, t);

        mc_expect32(mc, a64_ldur(size, t, n, off), "ldur%s %s, [%s, #%d]", suffix, rt,
                    base, off);
        mc_expect32(mc, a64_stur(size, t, n, off), "stur%s %s, [%s, #%d]", suffix, rt,
                    base, off);
        if (!a64_apart(n, t))
            continue;
        mc_expect32(mc, a64_ldr_post(size, t, n, off), "ldr%s %s, [%s], #%d", suffix, rt,
                    base, off);
        mc_expect32(mc, a64_str_pre(size, t, n, off), "str%s %s, [%s, #%d]!", suffix, rt,
                    base, off);
    }
    EACH_SIGNED(x, size)
    mc_expect32(mc, a64_ldurs(x, size, t, n, off), "ldur%s %s, [%s, #%d]",
                signed_suffix[size], reg(x, t), base, off);
}

static void offsets(struct mc *mc)
{
    static const unsigned steps[] = { 0, 1, 2, 0x555, 0x7ff, 0x800, 0xfff };
    static const int offs[] = { 0, 1, -1, 8, 85, 255, -255, -256 };

    EACH_REG_SET(r)
    {
        EACH(unsigned, step, steps)
        scaled_access(mc, r.d, r.n, *step);
        EACH(int, off, offs)
        unscaled_access(mc, r.d, r.n, *off);
    }
}

static void indexed_access(struct mc *mc, struct regs r, enum a64_index index,
                           const char *how, int scaled)
{
    const char *base = reg_sp(1, r.n);
    const char *m = reg(strcmp(how, "lsl") == 0, r.m);

    EACH_SIZE(size)
    {
        char offset[32] = "";

        /* An assembler takes a shift by 0 for scaled when the access is of a byte. */
        if (scaled)
            snprintf(offset, sizeof(offset), ", %s #%u", how, size);
        else if (strcmp(how, "lsl") != 0)
            snprintf(offset, sizeof(offset), ", %s", how);
        mc_expect32(mc, a64_ldr_reg(size, r.d, r.n, r.m, index), "ldr%s %s, [%s, %s%s]",
                    size_suffix[size], data(size, r.d), base, m, offset);
        mc_expect32(mc, a64_str_reg(size, r.d, r.n, r.m, index), "str%s %s, [%s, %s%s]",
                    size_suffix[size], data(size, r.d), base, m, offset);
        EACH_WIDTH(x)
        {
            if (size >= (x ? A64_X : A64_W))
                continue;
            mc_expect32(mc, a64_ldrs_reg(x, size, r.d, r.n, r.m, index),
                        "ldr%s %s, [%s, %s%s]", signed_suffix[size], reg(x, r.d), base, m,
                        offset);
        }
    }
}

static void register_offsets(struct mc *mc)
{
    EACH_REG_SET(r)
    {
        indexed_access(mc, r, A64_INDEX_X, "lsl", 0);
        indexed_access(mc, r, A64_INDEX_X_SCALED, "lsl", 1);
        indexed_access(mc, r, A64_INDEX_UXTW, "uxtw", 0);
        indexed_access(mc, r, A64_INDEX_UXTW_SCALED, "uxtw", 1);
        indexed_access(mc, r, A64_INDEX_SXTW, "sxtw", 0);
        indexed_access(mc, r, A64_INDEX_SXTW_SCALED, "sxtw", 1);
    }
}

static void pair(struct mc *mc, int x, struct regs r, int off)
{
    const char *t = reg(x, r.d), *t2 = reg(x, r.m), *base = reg_sp(1, r.n);
    bool apart = a64_apart(r.n, r.d) && a64_apart(r.n, r.m);

    mc_expect32(mc, a64_stp(x, r.d, r.m, r.n, off), "stp %s, %s, [%s, #%d]", t, t2, base,
                off);
    if (apart) {
        mc_expect32(mc, a64_stp_pre(x, r.d, r.m, r.n, off), "stp %s, %s, [%s, #%d]!", t,
                    t2, base, off);
        mc_expect32(mc, a64_stp_post(x, r.d, r.m, r.n, off), "stp %s, %s, [%s], #%d", t,
                    t2, base, off);
    }
    if (r.d == r.m)
        return;
    mc_expect32(mc, a64_ldp(x, r.d, r.m, r.n, off), "ldp %s, %s, [%s, #%d]", t, t2, base,
                off);
    if (apart) {
        mc_expect32(mc, a64_ldp_pre(x, r.d, r.m, r.n, off), "ldp %s, %s, [%s, #%d]!", t,
                    t2, base, off);
        mc_expect32(mc, a64_ldp_post(x, r.d, r.m, r.n, off), "ldp %s, %s, [%s], #%d", t,
                    t2, base, off);
    }
}

static void pairs(struct mc *mc)
{
    EACH_WIDTH(x)
    {
        EACH_REG_SET(r)
        {
            EACH_BELOW(i, DISPS)
            pair(mc, x, r, (int)edge_disp(i, 7, x ? 8 : 4));
        }
    }
}

static void literals(struct mc *mc)
{
    EACH_BELOW(i, DISPS)
    {
        long long disp = edge_disp(i, 19, 4);

        EACH_WIDTH(x)
        {
            EACH_BELOW(t, 32)
            mc_expect32(mc, a64_ldr_literal(x, t, disp), "ldr %s, #%lld", reg(x, t),
                        disp);
        }
    }
}

static void ordered_accesses(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(enum a64_size size, unsigned rt, unsigned rn);
    } forms[] = { { "ldar", a64_ldar },
                  { "stlr", a64_stlr },
                  { "ldxr", a64_ldxr },
                  { "ldaxr", a64_ldaxr } };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_SIZE(size)
        {
            EACH_REG_SET(r)
            mc_expect32(mc, forms[f].encode(size, r.d, r.n), "%s%s %s, [%s]",
                        forms[f].name, size_suffix[size], data(size, r.d),
                        reg_sp(1, r.n));
        }
    }
}

static void exclusive_stores(struct mc *mc)
{
    mc_expect32(mc, a64_dmb_ish(), "dmb ish");
    EACH_SIZE(size)
    {
        EACH_REG_SET(r)
        {
            const char *s = reg(0, r.m), *t = data(size, r.d), *base = reg_sp(1, r.n);

            if (r.m == r.d || !a64_apart(r.n, r.m))
                continue;
            mc_expect32(mc, a64_stxr(size, r.m, r.d, r.n), "stxr%s %s, %s, [%s]",
                        size_suffix[size], s, t, base);
            mc_expect32(mc, a64_stlxr(size, r.m, r.d, r.n), "stlxr%s %s, %s, [%s]",
                        size_suffix[size], s, t, base);
        }
    }
}

static const char *const order_suffix[] = {
    [A64_RELAXED] = "",
    [A64_RELEASE] = "l",
    [A64_ACQUIRE] = "a",
    [A64_ACQ_REL] = "al",
};

static void atomics(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(enum a64_size size, enum a64_order order, unsigned rs,
                           unsigned rt, unsigned rn);
    } forms[] = {
        { "ldadd", a64_ldadd }, { "ldclr", a64_ldclr }, { "ldeor", a64_ldeor },
        { "ldset", a64_ldset }, { "swp", a64_swp },     { "cas", a64_cas },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_SIZE(size)
        {
            EACH_BELOW(order, SK_LEN(order_suffix))
            {
                EACH_REG_SET(r)
                mc_expect32(mc, forms[f].encode(size, order, r.m, r.d, r.n),
                            "%s%s%s %s, %s, [%s]", forms[f].name, order_suffix[order],
                            size_suffix[size], data(size, r.m), data(size, r.d),
                            reg_sp(1, r.n));
            }
        }
    }
}

static void atomic_stores(struct mc *mc)
{
    static const struct {
        const char *name;
        uint32_t (*encode)(enum a64_size size, enum a64_order order, unsigned rs,
                           unsigned rn);
    } forms[] = {
        { "stadd", a64_stadd },
        { "stclr", a64_stclr },
        { "steor", a64_steor },
        { "stset", a64_stset },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_SIZE(size)
        {
            for (unsigned order = A64_RELAXED; order <= A64_RELEASE; order++) {
                EACH_REG_SET(r)
                mc_expect32(mc, forms[f].encode(size, order, r.d, r.n), "%s%s%s %s, [%s]",
                            forms[f].name, order_suffix[order], size_suffix[size],
                            data(size, r.d), reg_sp(1, r.n));
            }
        }
    }
}

/* ---- All of them ----------------------------------------------------------------- */

static void (*const families[])(struct mc *) = {
    offsets,          register_offsets, literals, pairs,
    ordered_accesses, exclusive_stores, atomics,  atomic_stores,
};

int main(void)
{
    return mc_main("aarch64", "+lse,+bti", families, SK_LEN(families));
}
