/* The instruction set: what decodes and what does not, both ways between slots and
 * instructions, and what follows from a row.
 *
 * Which slots are legal is written here once more, from RFC 9669 and Linux's documents,
 * by the fields of the opcode; nothing of it comes from the table under test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "isa/isa.h"

/* ---- What is legal: RFC 9669, 3 to 5 ----------------------------------------------- */

enum { REG = 0x08 }; /* the source operand is a register */

static int is_one_of(int64_t value, const int64_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == value)
            return 1;
    }
    return 0;
}

/* The operand is a register and imm 0, or an immediate and src 0. */
static int source_is_legal(struct sk_slot s)
{
    return s.opcode & REG ? s.src <= 10 && !s.imm : !s.src;
}

static int move_is_legal(struct sk_slot s)
{
    int is64 = (s.opcode & 7) == 7;

    if (!(s.opcode & REG))
        return !s.src && !s.off;
    if (s.off == 1 && is64) /* addr_space_cast: imm is two address spaces */
        return s.src <= 10;
    return s.src <= 10 && !s.imm &&
           (s.off == 0 || s.off == 8 || s.off == 16 || (s.off == 32 && is64));
}

static int alu_is_legal(struct sk_slot s)
{
    if (s.dst > 9)
        return 0;
    switch (s.opcode & 0xf0) {
    case 0x30: /* div */
    case 0x90: /* mod */
        return source_is_legal(s) && (s.off == 0 || s.off == 1);
    case 0x80: /* neg */
        return !(s.opcode & REG) && !s.src && !s.off && !s.imm;
    case 0xb0:
        return move_is_legal(s);
    case 0xd0: /* byte order; in the 64-bit class only the swap */
        return !s.src && !s.off && (s.imm == 16 || s.imm == 32 || s.imm == 64) &&
               !((s.opcode & 7) == 7 && s.opcode & REG);
    case 0xe0:
    case 0xf0:
        return 0;
    default:
        return source_is_legal(s) && !s.off;
    }
}

static int jump_is_legal(struct sk_slot s)
{
    switch (s.opcode) {
    case 0x05:
    case 0xe5: /* may_goto */
        return !s.dst && !s.src && !s.imm;
    case 0x06:
        return !s.dst && !s.src && !s.off;
    case 0x85: /* to a helper, a function, a kernel function */
        return !s.dst && s.src <= 2 && (!s.off || s.src == 2);
    case 0x95:
        return !s.dst && !s.src && !s.off && !s.imm;
    default:
        break;
    }
    switch (s.opcode & 0xf0) {
    case 0x00:
    case 0x80:
    case 0x90:
    case 0xe0:
    case 0xf0:
        return 0;
    default:
        return s.dst <= 10 && source_is_legal(s);
    }
}

/* Class LD; the second slot of 0x18 is looked at elsewhere. */
static int ld_is_legal(struct sk_slot s)
{
    switch (s.opcode) {
    case 0x18:
        return s.dst <= 9 && s.src <= 6 && !s.off;
    case 0x20:
    case 0x28:
    case 0x30:
        return !s.dst && !s.src && !s.off;
    case 0x40:
    case 0x48:
    case 0x50:
        return !s.dst && s.src <= 10 && !s.off;
    default:
        return 0;
    }
}

static int atomic_is_legal(struct sk_slot s)
{
    static const int64_t plain[] = { 0x00, 0x40, 0x50, 0xa0, 0xf1 };
    static const int64_t fetch[] = { 0x01, 0x41, 0x51, 0xa1, 0xe1 };
    int wide = s.opcode == 0xc3 || s.opcode == 0xdb;

    if (s.dst > 10 || s.src > 10)
        return 0;
    if (s.imm == 0x100) /* load-acquire */
        return s.dst <= 9;
    if (s.imm == 0x110) /* store-release */
        return 1;
    if (!wide)
        return 0;
    return is_one_of(s.imm, plain, SK_LEN(plain)) ||
           (is_one_of(s.imm, fetch, SK_LEN(fetch)) && s.src <= 9);
}

static int memory_is_legal(struct sk_slot s)
{
    unsigned class = s.opcode & 7, mode = s.opcode & 0xe0;

    if (class == 1) /* LDX */
        return s.dst <= 9 && s.src <= 10 && !s.imm &&
               (mode == 0x60 || (mode == 0x80 && s.opcode != 0x99));
    if (class == 2) /* ST */
        return s.dst <= 10 && !s.src && mode == 0x60;
    if (mode == 0xc0)
        return atomic_is_legal(s);
    return s.dst <= 10 && s.src <= 10 && !s.imm && mode == 0x60;
}

static int is_legal(struct sk_slot s)
{
    switch (s.opcode & 7) {
    case 0:
        return ld_is_legal(s);
    case 4:
    case 7:
        return alu_is_legal(s);
    case 5:
    case 6:
        return jump_is_legal(s);
    default:
        return memory_is_legal(s);
    }
}

/* ---- Every opcode with many fields ------------------------------------------------- */

static const uint8_t registers[] = { 0, 1, 2, 7, 9, 10, 11 };
static const int16_t offsets[] = {
    0, 1, 2, 7, 8, 16, 24, 32, 64, -1, INT16_MAX, INT16_MIN
};
static const int32_t immediates[] = {
    0,     1,     2,    8,    16,   17,    24,   32,   33,        64,       0x40,
    0x41,  0x50,  0x51, 0xa0, 0xa1, 0xe0,  0xe1, 0xf0, 0xf1,      0x100,    0x101,
    0x110, 0x111, 128,  -1,   -16,  65552, 0x7f, -32,  INT32_MIN, INT32_MAX
};

/* Decodes a slot, behind which an empty one stands. */
static enum skep_code decode(struct sk_slot slot, struct sk_insn *insn,
                             struct skep_err *err)
{
    uint8_t slots[16] = { 0 };

    sk_slot_write(slots, 0, slot);
    return sk_decode(slots, 2, 0, insn, err);
}

static void check_slot(struct sk_slot slot)
{
    struct sk_insn insn, untouched;
    struct skep_err err = { .code = SKEP_OK };
    uint8_t before[16] = { 0 }, after[16] = { 0 };
    enum skep_code code;

    memset(&insn, 0x5a, sizeof(insn));
    untouched = insn;
    code = decode(slot, &insn, &err);
    if (!is_legal(slot)) {
        if (!code)
            fail_msg("%02x dst %u src %u off %d imm %d is taken", slot.opcode, slot.dst,
                     slot.src, slot.off, slot.imm);
        assert_memory_equal(&insn, &untouched, sizeof(insn));
        assert_int_equal(err.code, code);
        assert_int_equal(err.at, SKEP_AT_SLOT);
        assert_int_equal(err.where, 0);
        assert_int_equal(skep_code_kind(code), SKEP_KIND_MALFORMED);
        return;
    }
    if (code)
        fail_msg("%02x dst %u src %u off %d imm %d is refused: %s", slot.opcode, slot.dst,
                 slot.src, slot.off, slot.imm, err.message);
    assert_int_equal(err.code, SKEP_OK);
    assert_int_equal(sk_isa[insn.op].opcode, slot.opcode);
    sk_slot_write(before, 0, slot);
    assert_int_equal(sk_encode(after, 0, &insn), slot.opcode == 0x18 ? 2 : 1);
    assert_memory_equal(before, after, sizeof(before));
}

static void test_every_opcode(void **state)
{
    (void)state;
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        struct sk_slot slot = { .opcode = (uint8_t)opcode };

        for (size_t d = 0; d < SK_LEN(registers); d++) {
            slot.dst = registers[d];
            for (size_t s = 0; s < SK_LEN(registers); s++) {
                slot.src = registers[s];
                for (size_t o = 0; o < SK_LEN(offsets); o++) {
                    slot.off = offsets[o];
                    for (size_t i = 0; i < SK_LEN(immediates); i++) {
                        slot.imm = immediates[i];
                        check_slot(slot);
                    }
                }
            }
        }
    }
}

/* The row of a slot, by looking at all of them. */
static unsigned search(struct sk_slot slot)
{
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        const struct sk_row *row = &sk_isa[op];

        if (row->opcode != slot.opcode)
            continue;
        if (row->field == SK_FIELD_NONE ||
            (row->field == SK_FIELD_OFF && row->value == slot.off) ||
            (row->field == SK_FIELD_IMM && row->value == slot.imm) ||
            (row->field == SK_FIELD_SRC && row->value == slot.src))
            return op;
    }
    return SK_OP_COUNT;
}

static void test_index_finds_what_a_search_finds(void **state)
{
    (void)state;
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        for (int value = -300; value <= 300; value++) {
            struct sk_slot slots[] = {
                { .opcode = (uint8_t)opcode, .off = (int16_t)value },
                { .opcode = (uint8_t)opcode, .imm = value },
                { .opcode = (uint8_t)opcode, .imm = value * 65536 + 16 },
                { .opcode = (uint8_t)opcode, .src = (uint8_t)(value & 15) },
            };

            for (size_t i = 0; i < SK_LEN(slots); i++)
                assert_int_equal(sk_row_of(slots[i]), search(slots[i]));
        }
    }
}

/* ---- Rows -------------------------------------------------------------------------- */

/* Each row as an instruction: its selector set, small operands elsewhere. */
static struct sk_insn instance(unsigned op)
{
    const struct sk_row *row = &sk_isa[op];
    struct sk_insn insn = { .op = (uint16_t)op };

    if (row->uses & SKEP_USES_DST)
        insn.dst = 3;
    if (row->uses & SKEP_USES_SRC)
        insn.src = 4;
    if (row->uses & SKEP_USES_OFF)
        insn.off = -8;
    if (row->uses & SKEP_USES_IMM)
        insn.imm = -5;
    if (row->role == SK_ROLE_WIDE)
        insn.imm = (int64_t)UINT64_C(0x1122334455667788);
    if (row->role == SK_ROLE_WIDE && !(row->uses & SKEP_USES_NEXT_IMM))
        insn.imm = 0x55667788;
    if (row->field == SK_FIELD_OFF)
        insn.off = row->value;
    if (row->field == SK_FIELD_IMM)
        insn.imm = row->value;
    if (row->field == SK_FIELD_SRC)
        insn.src = (uint8_t)row->value;
    return insn;
}

static void test_every_row_round_trips(void **state)
{
    (void)state;
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        struct sk_insn insn = instance(op), back;
        uint8_t slots[16];
        uint32_t count = sk_encode(slots, 0, &insn);
        struct skep_err err;

        assert_int_equal(count, sk_insn_slots(&insn));
        if (sk_isa[op].role == SK_ROLE_RESERVED) {
            assert_int_equal(sk_decode(slots, count, 0, &back, &err),
                             SKEP_E_NOT_SUPPORTED);
            continue;
        }
        assert_int_equal(sk_decode(slots, count, 0, &back, &err), SKEP_OK);
        assert_int_equal(back.op, op);
        assert_int_equal(back.dst, insn.dst);
        assert_int_equal(back.src, insn.src);
        assert_int_equal(back.off, insn.off);
        assert_true(back.imm == insn.imm);
    }
}

/* Each field that a row does not name, not 0: refused, and the error says which. */
static void test_every_reserved_field(void **state)
{
    (void)state;
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        const struct sk_row *row = &sk_isa[op];
        struct sk_insn insn = instance(op), out;
        struct sk_slot slot, bad;
        uint8_t slots[16];

        if (row->role == SK_ROLE_RESERVED)
            continue;
        sk_encode(slots, 0, &insn);
        slot = sk_slot_read(slots, 0);
        bad = slot;
        bad.dst = 1;
        if (!(row->uses & SKEP_USES_DST))
            assert_int_equal(decode(bad, &out, NULL), SKEP_E_RESERVED_DST);
        bad = slot;
        bad.src = 1;
        if (!(row->uses & SKEP_USES_SRC) && row->field != SK_FIELD_SRC)
            assert_int_equal(decode(bad, &out, NULL), SKEP_E_RESERVED_SRC);
        bad = slot;
        bad.off = 3;
        if (!(row->uses & SKEP_USES_OFF) && row->field != SK_FIELD_OFF)
            assert_int_equal(decode(bad, &out, NULL), SKEP_E_RESERVED_OFF);
        bad = slot;
        bad.imm = 3;
        if (!(row->uses & SKEP_USES_IMM) && row->field != SK_FIELD_IMM)
            assert_int_equal(decode(bad, &out, NULL), SKEP_E_RESERVED_IMM);
    }
}

static void test_every_register_field(void **state)
{
    (void)state;
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        const struct sk_row *row = &sk_isa[op];
        struct sk_insn insn = instance(op), out;
        uint8_t slots[16] = { 0 };
        struct sk_slot slot;

        if (row->role == SK_ROLE_RESERVED)
            continue;
        sk_encode(slots, 0, &insn);
        for (uint8_t bad = 11; bad < 16; bad++) {
            slot = sk_slot_read(slots, 0);
            slot.dst = bad;
            if (row->uses & SKEP_USES_DST)
                assert_int_equal(decode(slot, &out, NULL), SKEP_E_BAD_REGISTER);
            slot = sk_slot_read(slots, 0);
            slot.src = bad;
            if (row->uses & SKEP_USES_SRC)
                assert_int_equal(decode(slot, &out, NULL), SKEP_E_BAD_REGISTER);
        }
    }
}

/* ---- Single cases, by hand --------------------------------------------------------- */

struct refusal {
    struct sk_slot slot;
    enum skep_code code;
    const char *message;
};

static const struct refusal refusals[] = {
    { { 0x00, 0, 0, 0, 0 }, SKEP_E_BAD_OPCODE, "opcode 0x00 is no instruction" },
    { { 0xff, 0, 0, 0, 0 }, SKEP_E_BAD_OPCODE, "opcode 0xff is no instruction" },
    { { 0x8c, 1, 0, 0, 0 }, SKEP_E_BAD_OPCODE, "opcode 0x8c is no instruction" },
    { { 0x99, 1, 2, 0, 0 }, SKEP_E_BAD_OPCODE, "opcode 0x99 is no instruction" },
    { { 0x07, 11, 0, 0, 1 },
      SKEP_E_BAD_REGISTER,
      "destination register r11 does not exist, r0 to r10 do" },
    { { 0x0f, 1, 12, 0, 0 },
      SKEP_E_BAD_REGISTER,
      "source register r12 does not exist, r0 to r10 do" },
    { { 0x07, 10, 0, 0, 1 }, SKEP_E_WRITE_R10, "r10, the frame pointer, is read-only" },
    { { 0x79, 10, 1, 0, 0 }, SKEP_E_WRITE_R10, "r10, the frame pointer, is read-only" },
    { { 0xdb, 1, 10, 0, 0x01 },
      SKEP_E_WRITE_R10,
      "r10, the frame pointer, is read-only" },
    { { 0x18, 10, 0, 0, 1 }, SKEP_E_WRITE_R10, "r10, the frame pointer, is read-only" },
    { { 0x95, 1, 0, 0, 0 },
      SKEP_E_RESERVED_DST,
      "exit: the destination register field must be 0, is 1" },
    { { 0x07, 1, 2, 0, 1 },
      SKEP_E_RESERVED_SRC,
      "add64_imm: the source register field must be 0, is 2" },
    { { 0x0f, 1, 2, -3, 0 },
      SKEP_E_RESERVED_OFF,
      "add64_reg: the offset field must be 0, is -3" },
    { { 0x0f, 1, 2, 0, 7 },
      SKEP_E_RESERVED_IMM,
      "add64_reg: the immediate field must be 0, is 7" },
    { { 0x37, 1, 0, 2, 1 },
      SKEP_E_SELECT_OFF,
      "opcode 0x37 has no meaning with offset 2" },
    { { 0xbf, 1, 2, 24, 0 },
      SKEP_E_SELECT_OFF,
      "opcode 0xbf has no meaning with offset 24" },
    { { 0xbc, 1, 2, 32, 0 },
      SKEP_E_SELECT_OFF,
      "opcode 0xbc has no meaning with offset 32" },
    { { 0xd7, 1, 0, 0, 17 },
      SKEP_E_SELECT_IMM,
      "opcode 0xd7 has no meaning with immediate 0x11" },
    { { 0xdb, 1, 2, 0, 0xff },
      SKEP_E_SELECT_IMM,
      "opcode 0xdb has no meaning with immediate 0xff" },
    { { 0xd3, 1, 2, 0, 0x01 },
      SKEP_E_SELECT_IMM,
      "opcode 0xd3 has no meaning with immediate 0x1" },
    { { 0x85, 0, 3, 0, 1 },
      SKEP_E_SELECT_SRC,
      "opcode 0x85 has no meaning with source field 3" },
    { { 0x18, 1, 7, 0, 1 },
      SKEP_E_SELECT_SRC,
      "opcode 0x18 has no meaning with source field 7" },
    { { 0x8d, 1, 0, 0, 0 },
      SKEP_E_NOT_SUPPORTED,
      "callx (opcode 0x8d) is refused by every verifier" },
    { { 0x0d, 1, 0, 0, 0 },
      SKEP_E_NOT_SUPPORTED,
      "gotox (opcode 0x0d) is refused by every verifier" },
};

static void test_refusals_say_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < SK_LEN(refusals); i++) {
        struct skep_err err;
        struct sk_insn insn;

        assert_int_equal(decode(refusals[i].slot, &insn, &err), refusals[i].code);
        assert_string_equal(err.message, refusals[i].message);
    }
}

static void test_slot_layout(void **state)
{
    static const uint8_t bytes[8] = { 0x63, 0x4a, 0xfe, 0xff, 0x78, 0x56, 0x34, 0x92 };
    struct sk_slot slot = sk_slot_read(bytes, 0);
    uint8_t back[8];

    (void)state;
    assert_int_equal(slot.opcode, 0x63);
    assert_int_equal(slot.dst, 10);
    assert_int_equal(slot.src, 4);
    assert_int_equal(slot.off, -2);
    assert_int_equal(slot.imm, (int32_t)0x92345678);
    sk_slot_write(back, 0, slot);
    assert_memory_equal(bytes, back, sizeof(bytes));
}

static void test_wide(void **state)
{
    static const uint8_t good[16] = { 0x18, 3, 0, 0, 0x88, 0x77, 0x66, 0x55,
                                      0,    0, 0, 0, 0x44, 0x33, 0x22, 0x91 };
    struct sk_insn insn;
    struct skep_err err;
    uint8_t bad[16];

    (void)state;
    assert_int_equal(sk_decode(good, 2, 0, &insn, &err), SKEP_OK);
    assert_true((uint64_t)insn.imm == UINT64_C(0x9122334455667788));
    assert_int_equal(sk_decode(good, 1, 0, &insn, &err), SKEP_E_WIDE_CUT);
    assert_int_equal(err.where, 0);
    for (int i = 8; i < 12; i++) {
        memcpy(bad, good, sizeof(bad));
        bad[i] = 0x10;
        assert_int_equal(sk_decode(bad, 2, 0, &insn, &err), SKEP_E_WIDE_SECOND);
        assert_int_equal(err.where, 1);
    }
    for (uint8_t src = 0; src <= 6; src++) {
        int names_upper_half = src == 0 || src == 2 || src == 3 || src == 6;

        memcpy(bad, good, sizeof(bad));
        bad[1] = (uint8_t)(src << 4 | 3);
        assert_int_equal(sk_decode(bad, 2, 0, &insn, &err),
                         names_upper_half ? SKEP_OK : SKEP_E_WIDE_IMM);
    }
    assert_int_equal(err.code, SKEP_E_WIDE_IMM);
    assert_int_equal(err.where, 1);
}

/* A lone second slot has opcode 0. */
static void test_second_slot_alone(void **state)
{
    static const uint8_t slots[16] = { 0x18, 3 };
    struct sk_insn insn;

    (void)state;
    assert_int_equal(sk_decode(slots, 2, 1, &insn, NULL), SKEP_E_BAD_OPCODE);
}

/* ---- Roles, by hand ---------------------------------------------------------------- */

struct effect {
    enum sk_op op;
    uint32_t reads, writes, clobbers;
};

enum { R0 = 1, R3 = 1 << 3, R4 = 1 << 4, R6 = 1 << 6, R1_TO_R5 = 0x3e };

/* With r3 as destination and r4 as source. */
static const struct effect effects[] = {
    { SK_OP_ADD64_IMM, R3, R3, 0 },
    { SK_OP_ADD32_REG, R3 | R4, R3, 0 },
    { SK_OP_SMOD64_REG, R3 | R4, R3, 0 },
    { SK_OP_NEG64, R3, R3, 0 },
    { SK_OP_BSWAP16, R3, R3, 0 },
    { SK_OP_BE64, R3, R3, 0 },
    { SK_OP_MOV64_IMM, 0, R3, 0 },
    { SK_OP_MOV32_REG, R4, R3, 0 },
    { SK_OP_MOVSX32_64, R4, R3, 0 },
    { SK_OP_ADDR_SPACE_CAST, R4, R3, 0 },
    { SK_OP_LDDW, 0, R3, 0 },
    { SK_OP_LDDW_MAP_FD, 0, R3, 0 },
    { SK_OP_LDXB, R4, R3, 0 },
    { SK_OP_LDXSW, R4, R3, 0 },
    { SK_OP_LDACQDW, R4, R3, 0 },
    { SK_OP_STB, R3, 0, 0 },
    { SK_OP_STXDW, R3 | R4, 0, 0 },
    { SK_OP_STRELH, R3 | R4, 0, 0 },
    { SK_OP_AADD64, R3 | R4, 0, 0 },
    { SK_OP_AFADD64, R3 | R4, R4, 0 },
    { SK_OP_AXCHG32, R3 | R4, R4, 0 },
    { SK_OP_ACMPXCHG64, R0 | R3 | R4, R0, 0 },
    { SK_OP_JEQ64_IMM, R3, 0, 0 },
    { SK_OP_JSLT32_REG, R3 | R4, 0, 0 },
    { SK_OP_JA, 0, 0, 0 },
    { SK_OP_JA32, 0, 0, 0 },
    { SK_OP_MAY_GOTO, 0, 0, 0 },
    { SK_OP_CALL, 0, R0, R1_TO_R5 },
    { SK_OP_CALL_LOCAL, 0, R0, R1_TO_R5 },
    { SK_OP_CALL_KFUNC, 0, R0, R1_TO_R5 },
    { SK_OP_EXIT, R0, 0, 0 },
    { SK_OP_LDABSW, R6, R0, R1_TO_R5 },
    { SK_OP_LDINDB, R6 | R4, R0, R1_TO_R5 },
};

static void test_effects(void **state)
{
    (void)state;
    for (size_t i = 0; i < SK_LEN(effects); i++) {
        struct sk_insn insn = instance(effects[i].op);

        assert_int_equal(sk_insn_reads(&insn), effects[i].reads);
        assert_int_equal(sk_insn_writes(&insn), effects[i].writes);
        assert_int_equal(sk_insn_clobbers(&insn), effects[i].clobbers);
    }
}

static void test_access(void **state)
{
    uint64_t regs[SK_REGS] = { [3] = 1000, [4] = 2000, [10] = 8 };
    struct sk_insn load = instance(SK_OP_LDXSH), store = instance(SK_OP_STB),
                   atomic = instance(SK_OP_AFOR32), acquire = instance(SK_OP_LDACQDW),
                   add = instance(SK_OP_ADD64_REG), call = instance(SK_OP_CALL);
    struct sk_access a;

    (void)state;
    a = sk_insn_access(&load, regs);
    assert_true(a.addr == 1992 && a.size == 2 && !a.writes);
    a = sk_insn_access(&store, regs);
    assert_true(a.addr == 992 && a.size == 1 && a.writes);
    a = sk_insn_access(&atomic, regs);
    assert_true(a.addr == 992 && a.size == 4 && a.writes);
    a = sk_insn_access(&acquire, regs);
    assert_true(a.addr == 1992 && a.size == 8 && !a.writes);
    assert_int_equal(sk_insn_access(&add, regs).size, 0);
    assert_int_equal(sk_insn_access(&call, regs).size, 0);
    store.dst = 10;
    store.off = -9;
    assert_true(sk_insn_access(&store, regs).addr == UINT64_MAX);
}

static int64_t target_of(enum sk_op op, int16_t off, int64_t imm)
{
    struct sk_insn insn = { .op = (uint16_t)op, .off = off, .imm = imm };

    return sk_insn_target(&insn, 100);
}

static void test_targets(void **state)
{
    (void)state;
    assert_int_equal(target_of(SK_OP_JA, 5, 0), 106);
    assert_int_equal(target_of(SK_OP_JA, -101, 0), 0);
    assert_int_equal(target_of(SK_OP_JA, INT16_MIN, 0), 101 + INT16_MIN);
    assert_int_equal(target_of(SK_OP_JA32, 0, 1000000), 1000101);
    assert_true(target_of(SK_OP_JA32, 0, INT32_MIN) == INT64_C(101) + INT32_MIN);
    assert_true(target_of(SK_OP_JA32, 0, INT32_MAX) == INT64_C(101) + INT32_MAX);
    assert_int_equal(target_of(SK_OP_JNE32_REG, -1, 0), 100);
    assert_int_equal(target_of(SK_OP_MAY_GOTO, 2, 0), 103);
    assert_int_equal(target_of(SK_OP_CALL_LOCAL, 0, 7), 108);
    assert_int_equal(target_of(SK_OP_CALL_LOCAL, 0, -50), 51);
    assert_int_equal(target_of(SK_OP_LDDW_CODE, 0, 7), 108);
    assert_int_equal(target_of(SK_OP_LDDW_CODE, 0, (uint32_t)-50), 51);
    assert_int_equal(target_of(SK_OP_CALL, 0, 7), -1);
    assert_int_equal(target_of(SK_OP_LDDW, 0, 7), -1);
    assert_int_equal(target_of(SK_OP_EXIT, 0, 0), -1);
    assert_int_equal(target_of(SK_OP_ADD64_IMM, 0, 7), -1);
}

static void test_classes(void **state)
{
    static const char *const names[] = { "LD",  "LDX", "ST",    "STX",
                                         "ALU", "JMP", "JMP32", "ALU64" };

    (void)state;
    for (unsigned opcode = 0; opcode < 256; opcode++)
        assert_string_equal(sk_class_name(sk_opcode_class((uint8_t)opcode)),
                            names[opcode & 7]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_opcode),
        cmocka_unit_test(test_index_finds_what_a_search_finds),
        cmocka_unit_test(test_every_row_round_trips),
        cmocka_unit_test(test_every_reserved_field),
        cmocka_unit_test(test_every_register_field),
        cmocka_unit_test(test_refusals_say_why),
        cmocka_unit_test(test_slot_layout),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_second_slot_alone),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_classes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
