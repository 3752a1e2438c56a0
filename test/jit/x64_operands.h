/* Operands of x86-64 instructions, for tests of encoders: their names to an assembler, and
 * the values that they go through. The assembler's order is AT&T's: source first. */
#ifndef TEST_JIT_X64_OPERANDS_H
#define TEST_JIT_X64_OPERANDS_H

#include <stdint.h>
#include <stdio.h>

#include "base/bits.h"
#include "jit/x64_enc.h"

/* The name of register `r` with `w` bits. */
static inline const char *reg(unsigned w, unsigned r)
{
    static const char *const names[4][16] = {
        { "%al", "%cl", "%dl", "%bl", "%spl", "%bpl", "%sil", "%dil", "%r8b", "%r9b",
          "%r10b", "%r11b", "%r12b", "%r13b", "%r14b", "%r15b" },
        { "%ax", "%cx", "%dx", "%bx", "%sp", "%bp", "%si", "%di", "%r8w", "%r9w", "%r10w",
          "%r11w", "%r12w", "%r13w", "%r14w", "%r15w" },
        { "%eax", "%ecx", "%edx", "%ebx", "%esp", "%ebp", "%esi", "%edi", "%r8d", "%r9d",
          "%r10d", "%r11d", "%r12d", "%r13d", "%r14d", "%r15d" },
        { "%rax", "%rcx", "%rdx", "%rbx", "%rsp", "%rbp", "%rsi", "%rdi", "%r8", "%r9",
          "%r10", "%r11", "%r12", "%r13", "%r14", "%r15" },
    };

    return names[w == 8 ? 0 : w == 16 ? 1 : w == 32 ? 2 : 3][r];
}

/* What ends the name of an instruction of `w` bits. */
static inline char suffix(unsigned w)
{
    return w == 8 ? 'b' : w == 16 ? 'w' : w == 32 ? 'l' : 'q';
}

/* Memory as text, until the next call. */
static inline const char *mem(struct x64_mem m)
{
    static char text[64];
    const char *base = m.base == X64_NONE ? "" : reg(64, m.base);

    if (m.index != X64_NONE)
        snprintf(text, sizeof(text), "%d(%s,%s,%u)", m.disp, base, reg(64, m.index),
                 1u << m.scale);
    else if (m.base != X64_NONE)
        snprintf(text, sizeof(text), "%d(%s)", m.disp, base);
    else
        snprintf(text, sizeof(text), "%d", m.disp);
    return text;
}

static const char *const alu_names[] = { "add", "or",  "adc", "sbb",
                                         "and", "sub", "xor", "cmp" };
enum { ALUS = 8 };

/* Where immediates and displacements change their form, and some that show each byte. */
static const int32_t edge_imms[] = {
    0,          1,
    -1,         2,
    0x7e,       0x7f,
    -0x7f,      -0x80,
    0x80,       0xff,
    -0x81,      -0x100,
    0x7fff,     0x8000,
    0xffff,     -0x8000,
    0x12345678, -0x1234567,
    0x7fffff80, INT32_MAX,
    INT32_MIN,  INT32_MIN + 1,
};

static const int32_t edge_disps[] = { 0,          1,         -1,       0x7f,
                                      -0x80,      0x80,      -0x81,    0x1234,
                                      0x12345678, INT32_MAX, INT32_MIN };

/* An instruction as two arguments of mc_expect: its bytes and how many these are. `end` is
 * a call of an encoder that writes to `code`. */
static uint8_t code[X64_MOST];
#define BYTES(end) code, (size_t)((end)-code)

#define EACH_REG(r) for (unsigned r = 0; r < 16; r++)
#define EACH_WIDTH(w) for (unsigned w = 32; w <= 64; w += 32)
#define EACH_BELOW(i, n) for (unsigned i = 0; i < (n); i++)
#define EACH(type, p, array) for (const type *p = array; p < (array) + SK_LEN(array); p++)

#endif
