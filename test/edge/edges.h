/* What tests of all forms at the edges share. */
#ifndef EDGE_EDGES_H
#define EDGE_EDGES_H

#include "isa/isa.h"

/* Numbers where something changes: signs, widths, shift counts. */
static const uint64_t edges[] = {
    0,
    1,
    2,
    3,
    7,
    8,
    16,
    31,
    32,
    33,
    63,
    64,
    65,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffff,
    0x80000000,
    0x80000001,
    0xffffffff,
    0x100000000,
    0x100000001,
    0x1ffffffff,
    0x7fffffff00000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0xffffffff00000000,
    0xffffffff7fffffff,
    0xffffffff80000000,
    0xffffffff80000001,
    0xffffffffffff8000,
    0xffffffffffffff80,
    0xfffffffffffffffe,
    0xffffffffffffffff,
    0x5555555555555555,
    0xaaaaaaaaaaaaaaaa,
    0x0123456789abcdef,
    0xfedcba9876543210,
};

static const int32_t imms[] = {
    0,   1,   2,    3,    7,      15,        16,          31,         32,         33, 63,
    64,  65,  0x7f, 0x80, 0xff,   0x7fff,    0x8000,      0xffff,     INT32_MAX,  -1, -2,
    -31, -32, -64,  -128, -32768, INT32_MIN, -0x7fffffff, 0x55555555, 0x12345678,
};

/* An instruction of the form, of which only the fields are set that make it this form. */
static inline struct sk_insn form(enum sk_op op)
{
    const struct sk_row *row = &sk_isa[op];
    struct sk_insn insn = { .op = (uint16_t)op };

    if (row->field == SK_FIELD_OFF)
        insn.off = row->value;
    if (row->field == SK_FIELD_IMM)
        insn.imm = row->value;
    if (row->field == SK_FIELD_SRC)
        insn.src = (uint8_t)row->value;
    return insn;
}

static inline int uses_src(enum sk_op op)
{
    return (sk_isa[op].uses & SKEP_USES_SRC) != 0;
}

static inline int uses_imm(enum sk_op op)
{
    return (sk_isa[op].uses & SKEP_USES_IMM) != 0;
}

#endif
