/* Each encoder of x86-64 instructions that work on registers, against llvm-mc: all registers
 * and pairs of them, all widths, immediates where their form changes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "mc.h"
#include "x64_operands.h"

/* ---- Moves -------------------------------------------------------------------------- */

static void moves(struct mc *mc)
{
    EACH_REG(d)
    {
        EACH_REG(s)
        {
            EACH_WIDTH(w)
            {
                const char *to = reg(w, d);

                mc_expect(mc, BYTES(x64_mov_rr(code, w, d, s)), "mov%c %s, %s", suffix(w),
                          reg(w, s), to);
                mc_expect(mc, BYTES(x64_movsx(code, w, 8, d, s)), "movsb%c %s, %s",
                          suffix(w), reg(8, s), to);
                mc_expect(mc, BYTES(x64_movsx(code, w, 16, d, s)), "movsw%c %s, %s",
                          suffix(w), reg(16, s), to);
            }
            mc_expect(mc, BYTES(x64_movsx(code, 64, 32, d, s)), "movslq %s, %s",
                      reg(32, s), reg(64, d));
            mc_expect(mc, BYTES(x64_movzx(code, 8, d, s)), "movzbl %s, %s", reg(8, s),
                      reg(32, d));
            mc_expect(mc, BYTES(x64_movzx(code, 16, d, s)), "movzwl %s, %s", reg(16, s),
                      reg(32, d));
        }
    }
}

/* What the shortest form of a constant is, is said here once more. */
static void constant(struct mc *mc, unsigned d, uint64_t imm)
{
    int64_t value = (int64_t)imm;
    const char *name = imm <= UINT32_MAX                 ? "movl"
                       : value >= INT32_MIN && value < 0 ? "movq"
                                                         : "movabsq";

    mc_expect(mc, BYTES(x64_mov_ri(code, d, imm)), "%s $%lld, %s", name, (long long)value,
              reg(imm <= UINT32_MAX ? 32 : 64, d));
    mc_expect(mc, BYTES(x64_mov_ri64(code, d, imm)), "movabsq $%lld, %s",
              (long long)value, reg(64, d));
}

static void constants(struct mc *mc)
{
    static const uint64_t wide[] = {
        0x80000000,         0xffffffff,         0x100000000,        0x1ffffffff,
        0xffffffff7fffffff, 0xfffffffeffffffff, 0x7fffffffffffffff, 0x8000000000000000,
        0x0123456789abcdef, 0xfedcba9876543210,
    };

    EACH_REG(d)
    {
        EACH(int32_t, imm, edge_imms)
        constant(mc, d, (uint64_t)(int64_t)*imm);
        EACH(uint64_t, imm, wide)
        constant(mc, d, *imm);
    }
}

static void stack(struct mc *mc)
{
    EACH_REG(r)
    {
        mc_expect(mc, BYTES(x64_push(code, r)), "pushq %s", reg(64, r));
        mc_expect(mc, BYTES(x64_pop(code, r)), "popq %s", reg(64, r));
    }
    EACH(int32_t, imm, edge_imms)
    {
        if (x64_is8(*imm)) /* an assembler would take another form */
            continue;
        mc_expect(mc, BYTES(x64_push_i(code, *imm)), "pushq $%d", *imm);
    }
}

/* ---- Two registers ------------------------------------------------------------------ */

static void two_registers(struct mc *mc)
{
    EACH_REG(d)
    {
        EACH_REG(s)
        {
            EACH_WIDTH(w)
            {
                char c = suffix(w);
                const char *from = reg(w, s), *to = reg(w, d);

                EACH_BELOW(op, ALUS)
                mc_expect(mc, BYTES(x64_alu_rr(code, (enum x64_alu)op, w, d, s)),
                          "%s%c %s, %s", alu_names[op], c, from, to);
                mc_expect(mc, BYTES(x64_test_rr(code, w, d, s)), "test%c %s, %s", c, from,
                          to);
                mc_expect(mc, BYTES(x64_imul_rr(code, w, d, s)), "imul%c %s, %s", c, from,
                          to);
                EACH(int32_t, imm, edge_imms)
                mc_expect(mc, BYTES(x64_imul_rri(code, w, d, s, *imm)),
                          "imul%c $%d, %s, %s", c, *imm, from, to);
            }
        }
    }
}

/* ---- One register and a constant ---------------------------------------------------- */

static void immediates(struct mc *mc)
{
    EACH_REG(d)
    {
        EACH(int32_t, imm, edge_imms)
        {
            EACH_WIDTH(w)
            {
                /* the upper bits of the constant are 0: so are those of the result */
                unsigned tested = *imm < 0 ? w : *imm <= 0x7f ? 8 : 32;

                EACH_BELOW(op, ALUS)
                mc_expect(mc, BYTES(x64_alu_ri(code, (enum x64_alu)op, w, d, *imm)),
                          "%s%c $%d, %s", alu_names[op], suffix(w), *imm, reg(w, d));
                mc_expect(mc, BYTES(x64_test_ri(code, w, d, *imm)), "test%c $%d, %s",
                          suffix(tested), *imm, reg(tested, d));
            }
        }
    }
}

static void one_register(struct mc *mc)
{
    static const struct {
        const char *name;
        enum x64_unary op;
    } unaries[] = { { "not", X64_NOT },
                    { "neg", X64_NEG },
                    { "mul", X64_MUL },
                    { "div", X64_DIV },
                    { "idiv", X64_IDIV } };

    EACH_WIDTH(w)
    {
        char c = suffix(w);

        EACH_REG(d)
        {
            const char *name = reg(w, d);

            EACH_BELOW(i, SK_LEN(unaries))
            mc_expect(mc, BYTES(x64_unary(code, unaries[i].op, w, d)), "%s%c %s",
                      unaries[i].name, c, name);
            mc_expect(mc, BYTES(x64_inc(code, w, d)), "inc%c %s", c, name);
            mc_expect(mc, BYTES(x64_dec(code, w, d)), "dec%c %s", c, name);
            mc_expect(mc, BYTES(x64_bswap(code, w, d)), "bswap%c %s", c, name);
        }
        mc_expect(mc, BYTES(x64_cqo(code, w)), w == 64 ? "cqto" : "cltd");
    }
}

/* ---- Shifts ------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum x64_shift op;
    int x; /* 1: BMI2 has it */
} shifts[] = {
    { "rol", X64_ROL, 0 }, { "ror", X64_ROR, 0 }, { "shl", X64_SHL, 1 },
    { "shr", X64_SHR, 1 }, { "sar", X64_SAR, 1 },
};

static void shift(struct mc *mc, unsigned i, unsigned w, unsigned d, unsigned n)
{
    const char *name = shifts[i].name, *to = reg(w, d);
    const uint8_t *end = x64_shift_ri(code, shifts[i].op, w, d, n);

    if (n == 1) /* has a form of its own, and a name without the count */
        mc_expect(mc, BYTES(end), "%s%c %s", name, suffix(w), to);
    else
        mc_expect(mc, BYTES(end), "%s%c $%u, %s", name, suffix(w), n, to);
}

static void shifts_of_one_register(struct mc *mc)
{
    EACH_REG(d)
    {
        EACH_BELOW(i, SK_LEN(shifts))
        {
            for (unsigned w = 16; w <= 64; w *= 2) {
                EACH_BELOW(n, w)
                shift(mc, i, w, d, n);
            }
            EACH_WIDTH(w)
            mc_expect(mc, BYTES(x64_shift_cl(code, shifts[i].op, w, d)), "%s%c %%cl, %s",
                      shifts[i].name, suffix(w), reg(w, d));
        }
    }
}

static void three_registers(struct mc *mc)
{
    for (unsigned set = 0; set < 16 * 16 * 16; set++) {
        unsigned a = set % 16, b = set / 16 % 16, c = set / 256;

        EACH_WIDTH(w)
        {
            EACH_BELOW(i, SK_LEN(shifts))
            {
                if (shifts[i].x)
                    mc_expect(mc, BYTES(x64_shiftx(code, shifts[i].op, w, a, b, c)),
                              "%sx%c %s, %s, %s", shifts[i].name, suffix(w), reg(w, c),
                              reg(w, b), reg(w, a));
            }
            mc_expect(mc, BYTES(x64_mulx(code, w, a, b, c)), "mulx%c %s, %s, %s",
                      suffix(w), reg(w, c), reg(w, b), reg(w, a));
            mc_expect(mc, BYTES(x64_andn(code, w, a, b, c)), "andn%c %s, %s, %s",
                      suffix(w), reg(w, c), reg(w, b), reg(w, a));
        }
    }
}

static void rotations(struct mc *mc)
{
    EACH_REG(d)
    {
        EACH_REG(s)
        {
            EACH_WIDTH(w)
            {
                EACH_BELOW(n, w)
                mc_expect(mc, BYTES(x64_rorx(code, w, d, s, n)), "rorx%c $%u, %s, %s",
                          suffix(w), n, reg(w, s), reg(w, d));
            }
        }
    }
}

/* ---- Control ------------------------------------------------------------------------ */

static void control(struct mc *mc)
{
    EACH_REG(r)
    {
        mc_expect(mc, BYTES(x64_call_r(code, r)), "callq *%s", reg(64, r));
        mc_expect(mc, BYTES(x64_jmp_r(code, r)), "jmpq *%s", reg(64, r));
    }
    EACH_REG(r)
    {
        EACH(int32_t, disp, edge_imms)
        mc_expect(mc, BYTES(x64_lea_rip(code, r, (uint32_t)*disp)), "leaq %d(%%rip), %s",
                  *disp, reg(64, r));
    }
    mc_expect(mc, BYTES(x64_leave(code)), "leave");
    mc_expect(mc, BYTES(x64_ret(code)), "ret");
    mc_expect(mc, BYTES(x64_endbr64(code)), "endbr64");
    mc_expect(mc, BYTES(x64_ones_xmm0(code)), "pcmpeqd %%xmm0, %%xmm0");
}

/* By the manual's table of recommended forms. */
static void nops(struct mc *mc)
{
    static const char *const text[] = { "nop",
                                        "xchgw %ax, %ax",
                                        "nopl (%rax)",
                                        "{disp8} nopl (%rax)",
                                        "{disp8} nopl (%rax,%rax)",
                                        "{disp8} nopw (%rax,%rax)",
                                        "{disp32} nopl (%rax)",
                                        "{disp32} nopl (%rax,%rax)",
                                        "{disp32} nopw (%rax,%rax)" };

    EACH_BELOW(i, SK_LEN(text))
    mc_expect(mc, BYTES(x64_nop(code, i + 1)), "%s", text[i]);
}

/* ---- All of them -------------------------------------------------------------------- */

static void (*const families[])(struct mc *) = {
    moves,
    constants,
    stack,
    two_registers,
    immediates,
    one_register,
    shifts_of_one_register,
    three_registers,
    rotations,
    control,
    nops,
};

int main(void)
{
    return mc_main("x86_64", "+bmi,+bmi2", families, SK_LEN(families));
}
