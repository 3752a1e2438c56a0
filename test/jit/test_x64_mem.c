/* Each encoder of x86-64 instructions that work on memory, against llvm-mc: all pairs of base
 * and index with all scales, all pairs of register and base, displacements and immediates
 * where their form changes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "mc.h"
#include "x64_operands.h"

/* ---- Operands ----------------------------------------------------------------------- */

/* A register and memory. */
struct operands {
    unsigned r;
    struct x64_mem m;
};

enum {
    BASES = 17,   /* and none */
    INDEXES = 16, /* all but rsp; none stands in its place */
    SCALES = 4,
    BY_INDEX = BASES * INDEXES * SCALES,
    BY_REG = 16 * BASES * SK_LEN(edge_disps),
    SETS = BY_INDEX + BY_REG
};

static uint8_t base(unsigned i)
{
    return i < 16 ? (uint8_t)i : X64_NONE;
}

/* Set number i: each memory operand with some register and displacement, then each register
 * with each base and displacement. */
static struct operands set(unsigned i)
{
    struct operands o = { i % 16,
                          { 0, X64_NONE, 0, edge_disps[i % SK_LEN(edge_disps)] } };

    if (i < BY_INDEX) {
        o.m.scale = i % SCALES;
        o.m.index = i / SCALES % INDEXES == X64_RSP ? X64_NONE : i / SCALES % INDEXES;
        o.m.base = base(i / SCALES / INDEXES);
        o.r = (i / SCALES + i / SCALES / INDEXES) % 16;
        if (o.m.index == X64_NONE)
            o.m.scale = 0;
        return o;
    }
    i = (i - BY_INDEX) / SK_LEN(edge_disps);
    o.r = i % 16;
    o.m.base = base(i / 16);
    return o;
}

#define EACH_SET(o)                                                                      \
    for (unsigned o##_i = 0; o##_i < SETS; o##_i++)                                      \
        for (struct operands o = set(o##_i), *o##_once = &o; o##_once; o##_once = NULL)

/* All of base, index, scale, displacement and some registers, for the one encoder whose
 * operands all others share. */
static void all_memory(struct mc *mc)
{
    EACH_BELOW(i, BY_INDEX)
    {
        struct operands o = set(i);

        EACH(int32_t, disp, edge_disps)
        {
            o.m.disp = *disp;
            mc_expect(mc, BYTES(x64_load(code, 64, o.r, o.m)), "movq %s, %s", mem(o.m),
                      reg(64, o.r));
        }
    }
}

/* ---- Register and memory ------------------------------------------------------------ */

static void from_memory(struct mc *mc)
{
    static const struct {
        const char *name;
        uint8_t *(*encode)(uint8_t *p, unsigned w, unsigned d, struct x64_mem m);
        uint8_t w, to; /* of the operation and of its register */
    } forms[] = {
        { "movzbl", x64_load, 8, 32 },     { "movzwl", x64_load, 16, 32 },
        { "movl", x64_load, 32, 32 },      { "movq", x64_load, 64, 64 },
        { "movsbq", x64_load_sx, 8, 64 },  { "movswq", x64_load_sx, 16, 64 },
        { "movslq", x64_load_sx, 32, 64 }, { "leal", x64_lea, 32, 32 },
        { "leaq", x64_lea, 64, 64 },       { "movbew", x64_movbe, 16, 16 },
        { "movbel", x64_movbe, 32, 32 },   { "movbeq", x64_movbe, 64, 64 },
        { "imull", x64_imul_rm, 32, 32 },  { "imulq", x64_imul_rm, 64, 64 },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_SET(o)
        mc_expect(mc, BYTES(forms[f].encode(code, forms[f].w, o.r, o.m)), "%s %s, %s",
                  forms[f].name, mem(o.m), reg(forms[f].to, o.r));
    }
}

static void to_memory(struct mc *mc)
{
    static const struct {
        const char *name;
        uint8_t *(*encode)(uint8_t *p, unsigned w, struct x64_mem m, unsigned s);
        uint8_t w;
    } forms[] = {
        { "movb", x64_store, 8 },
        { "movw", x64_store, 16 },
        { "movl", x64_store, 32 },
        { "movq", x64_store, 64 },
        { "lock xaddl", x64_xadd, 32 },
        { "lock xaddq", x64_xadd, 64 },
        { "xchgl", x64_xchg_m, 32 },
        { "xchgq", x64_xchg_m, 64 },
        { "lock cmpxchgl", x64_cmpxchg, 32 },
        { "lock cmpxchgq", x64_cmpxchg, 64 },
    };

    EACH_BELOW(f, SK_LEN(forms))
    {
        EACH_SET(o)
        mc_expect(mc, BYTES(forms[f].encode(code, forms[f].w, o.m, o.r)), "%s %s, %s",
                  forms[f].name, reg(forms[f].w, o.r), mem(o.m));
    }
}

static void arithmetic(struct mc *mc, enum x64_alu op, unsigned w)
{
    const char *name = alu_names[op];
    char c = suffix(w);

    EACH_SET(o)
    {
        const char *r = reg(w, o.r), *m = mem(o.m);

        mc_expect(mc, BYTES(x64_alu_rm(code, op, w, o.r, o.m)), "%s%c %s, %s", name, c, m,
                  r);
        mc_expect(mc, BYTES(x64_alu_mr(code, op, w, o.m, o.r)), "%s%c %s, %s", name, c, r,
                  m);
        if (op != X64_CMP) /* which no machine locks */
            mc_expect(mc, BYTES(x64_lock_alu(code, op, w, o.m, o.r)), "lock %s%c %s, %s",
                      name, c, r, m);
    }
}

static void all_arithmetic(struct mc *mc)
{
    EACH_BELOW(op, ALUS)
    {
        EACH_WIDTH(w)
        arithmetic(mc, (enum x64_alu)op, w);
    }
}

/* ---- Memory alone, and with a constant ---------------------------------------------- */

static void one_operand(struct mc *mc)
{
    EACH_SET(o)
    {
        mc_expect(mc, BYTES(x64_push_m(code, o.m)), "pushq %s", mem(o.m));
        mc_expect(mc, BYTES(x64_pop_m(code, o.m)), "popq %s", mem(o.m));
        mc_expect(mc, BYTES(x64_store_xmm0(code, o.m)), "movups %%xmm0, %s", mem(o.m));
    }
}

/* As an assembler wants it: 8 and 16 bits of it. */
static int narrow(unsigned w, int32_t imm)
{
    return w == 8 ? (int8_t)imm : w == 16 ? (int16_t)imm : imm;
}

static void stored_constants(struct mc *mc, struct x64_mem m, int32_t imm)
{
    for (unsigned w = 8; w <= 64; w *= 2)
        mc_expect(mc, BYTES(x64_store_i(code, w, m, imm)), "mov%c $%d, %s", suffix(w),
                  narrow(w, imm), mem(m));
    for (unsigned w = 8; w <= 64; w *= w == 8 ? 4 : 2) {
        EACH_BELOW(op, ALUS)
        mc_expect(mc, BYTES(x64_alu_mi(code, (enum x64_alu)op, w, m, imm)),
                  "%s%c $%d, %s", alu_names[op], suffix(w), narrow(w, imm), mem(m));
        mc_expect(mc, BYTES(x64_test_mi(code, w, m, imm)), "test%c $%d, %s", suffix(w),
                  narrow(w, imm), mem(m));
    }
    mc_expect(mc, BYTES(x64_cmp16_mi8(code, m, imm)), "cmpw $%d, %s", narrow(8, imm),
              mem(m));
}

/* Each memory operand with some constant, and some with each. */
static void constants(struct mc *mc)
{
    EACH_BELOW(i, BY_INDEX)
    stored_constants(mc, set(i).m, edge_imms[i % SK_LEN(edge_imms)]);
    for (unsigned i = 0; i < BY_INDEX; i += 37) {
        EACH(int32_t, imm, edge_imms)
        stored_constants(mc, set(i).m, *imm);
    }
}

/* ---- All of them -------------------------------------------------------------------- */

static void (*const families[])(struct mc *) = {
    all_memory, from_memory, to_memory, all_arithmetic, one_operand, constants,
};

int main(void)
{
    return mc_main("x86_64", "+movbe", families, SK_LEN(families));
}
