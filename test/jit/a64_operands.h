/* Operands of arm64 instructions, for tests of encoders: their names to an assembler,
 * and the loops over them.
 *
 * A form's registers vary one at a time over all 32, from a starting point where they
 * differ; its other operands run over all values where these are few, and over the edges
 * of their fields where not. */
#ifndef TEST_JIT_A64_OPERANDS_H
#define TEST_JIT_A64_OPERANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"
#include "jit/a64_enc.h"

#define NAMES(p)                                                                         \
    p "0", p "1", p "2", p "3", p "4", p "5", p "6", p "7", p "8", p "9", p "10",        \
        p "11", p "12", p "13", p "14", p "15", p "16", p "17", p "18", p "19", p "20",  \
        p "21", p "22", p "23", p "24", p "25", p "26", p "27", p "28", p "29", p "30"

/* The name of register `n`, of which 31 is the zero register. */
static inline const char *reg(bool x, unsigned n)
{
    static const char *const names[2][32] = { { NAMES("w"), "wzr" },
                                              { NAMES("x"), "xzr" } };

    return names[x][n];
}

/* The name of register `n`, of which 31 is the stack pointer. */
static inline const char *reg_sp(bool x, unsigned n)
{
    if (n == A64_SP)
        return x ? "sp" : "wsp";
    return reg(x, n);
}

/* Registers of a form, d, n, m, a in the order of its operands. */
struct regs {
    unsigned d, n, m, a;
};

enum { REG_SETS = 4 * 32 };

/* Set number i: the starting point with one register replaced. */
static inline struct regs reg_set(unsigned i)
{
    struct regs r = { .d = 9, .n = 18, .m = 5, .a = 22 };
    unsigned *const which[] = { &r.d, &r.n, &r.m, &r.a };

    *which[i / 32] = i % 32;
    return r;
}

#define EACH_WIDTH(x) for (int x = 0; x < 2; x++)
#define EACH_REG_SET(r)                                                                  \
    for (unsigned r##_i = 0; r##_i < REG_SETS; r##_i++)                                  \
        for (struct regs r = reg_set(r##_i), *r##_once = &r; r##_once; r##_once = NULL)
#define EACH_BELOW(i, n) for (unsigned i = 0; i < (n); i++)
#define EACH(type, p, array) for (const type *p = array; p < (array) + SK_LEN(array); p++)

/* Edges of a displacement of `width` bits in units: the i-th of DISPS. */
enum { DISPS = 8 };

static inline int64_t edge_disp(unsigned i, unsigned width, int64_t unit)
{
    int64_t limit = INT64_C(1) << (width - 1);
    const int64_t edges[DISPS] = {
        0, 1, -1, 2, limit / 3, limit - 1, -limit, -limit + 1
    };

    return edges[i] * unit;
}

#endif
