/* The instruction set: isa.def as C, and instructions decoded.
 *
 * After sk_decode nobody looks at raw bits again: an sk_insn says by `op` which row of
 * isa.def it is, and all of its fields are legal for that row. Everything here is
 * constant and pure; any thread may use it. */
#ifndef SK_ISA_ISA_H
#define SK_ISA_ISA_H

#include <stdint.h>

#include <skep_text.h>

#include "base/err.h"

enum {
    SK_R0,
    SK_R1,
    SK_R2,
    SK_R3,
    SK_R4,
    SK_R5,
    SK_R6,
    SK_R7,
    SK_R8,
    SK_R9,
    SK_R10,
    SK_REGS
};

/* One constant per row, in isa.def's order. */
enum sk_op {
#define ISA(id, ...) SK_OP_##id,
#include "isa/isa.def"
#undef ISA
    SK_OP_COUNT,
    SK_OP_SECOND = SK_OP_COUNT, /* the second slot of a wide instruction; no row */
};

/* What an instruction does to registers and control flow. Operands beyond those named in
 * the row's text are listed here. */
enum sk_role {
    SK_ROLE_ALU,     /* reads d, and s if named; writes d */
    SK_ROLE_MOV,     /* writes d from s or imm */
    SK_ROLE_WIDE,    /* writes d; two slots */
    SK_ROLE_LOAD,    /* reads memory at s + off; writes d */
    SK_ROLE_STORE,   /* writes s or imm to memory at d + off */
    SK_ROLE_RMW,     /* atomic: reads s, changes memory at d + off */
    SK_ROLE_FETCH,   /* the same, and s gets the old value */
    SK_ROLE_CMPXCHG, /* the same, reads r0 and s; r0 gets the old value */
    SK_ROLE_PACKET, /* reads r6 (the context), and s if named; writes r0, clobbers r1-r5; may
                         end the function with r0 = 0 */
    SK_ROLE_JCOND,    /* reads d, and s if named; goes on or jumps */
    SK_ROLE_JUMP,     /* jumps */
    SK_ROLE_JMAY,     /* goes on or jumps, by a hidden counter */
    SK_ROLE_CALL,     /* reads r1-r5 as the callee needs; writes r0, clobbers r1-r5 */
    SK_ROLE_EXIT,     /* reads r0 */
    SK_ROLE_RESERVED, /* known by name, refused */
};

enum sk_group {
    SK_GROUP_BASE32,
    SK_GROUP_BASE64,
    SK_GROUP_DIVMUL32,
    SK_GROUP_DIVMUL64,
    SK_GROUP_ATOMIC32,
    SK_GROUP_ATOMIC64,
    SK_GROUP_PACKET,
    SK_GROUP_CALLX,
    SK_GROUP_LINUX,
};

enum sk_since { SK_SINCE_V1, SK_SINCE_V2, SK_SINCE_V3, SK_SINCE_V4, SK_SINCE_LINUX };

enum sk_limit { SK_LIMIT_ANY, SK_LIMIT_NONZERO, SK_LIMIT_SHIFT };

/* The field that tells rows of one opcode apart. */
enum sk_field { SK_FIELD_NONE, SK_FIELD_OFF, SK_FIELD_IMM, SK_FIELD_SRC };

/* Where an instruction's target stands: in no field, off, or imm, relative to the next
 * slot. */
enum sk_target { SK_TARGET_NONE, SK_TARGET_OFF, SK_TARGET_IMM };

/* Registers that a row reads or writes: those of its fields, and r0 and r6 as their bits
 * in a set of registers. */
enum sk_regs {
    SK_REGS_R0 = 1 << SK_R0,
    SK_REGS_DST = 2,
    SK_REGS_SRC = 4,
    SK_REGS_R6 = 1 << SK_R6,
};

struct sk_row {
    const char *name; /* its id in lower case */
    const char *text;
    const char *words;
    uint64_t zero; /* bits of the slot, read as a little-endian number, that must be 0 */
    uint8_t opcode;
    uint8_t field; /* enum sk_field */
    int16_t value; /* of the field */
    uint8_t group, since, role, width, limit;
    uint8_t uses;          /* enum skep_form_uses: the fields that the text names */
    uint8_t target;        /* enum sk_target */
    uint8_t reads, writes; /* enum sk_regs */
    uint8_t clobbers_args; /* 1: r1 to r5 are lost */
};

extern const struct sk_row sk_isa[SK_OP_COUNT];

/* Instruction classes (RFC 9669, 3.1). */
enum sk_class { SK_LD, SK_LDX, SK_ST, SK_STX, SK_ALU, SK_JMP, SK_JMP32, SK_ALU64 };

static inline enum sk_class sk_opcode_class(uint8_t opcode)
{
    return (enum sk_class)(opcode & 7);
}

const char *sk_class_name(enum sk_class class);

/* A slot as its bits say (RFC 9669, 3):
 *
 *     byte  0        1                   2-3          4-7
 *           opcode   src:4 << 4 | dst:4  off (LE16)   imm (LE32)
 */
struct sk_slot {
    uint8_t opcode, dst, src;
    int16_t off;
    int32_t imm;
};

enum { SK_SLOT_BYTES = 8 };

struct sk_slot sk_slot_read(const void *slots, uint32_t pc);
void sk_slot_write(void *slots, uint32_t pc, struct sk_slot slot);

/* A decoded instruction. imm is sign-extended; that of a wide one holds the second slot's
 * imm in its upper half. */
struct sk_insn {
    uint16_t op; /* enum sk_op */
    uint8_t dst, src;
    int16_t off;
    int64_t imm;
};

/* The row that a slot's opcode and selector name: SK_OP_COUNT if none. Looks at nothing
 * else. */
enum sk_op sk_row_of(struct sk_slot slot);

/* Decodes the instruction at slot `pc` of `count`. Returns SKEP_OK and fills *out, or
 * returns the error, leaves *out alone and says in *err which slot is wrong. Targets are
 * not looked at. */
enum skep_code sk_decode(const void *slots, uint32_t count, uint32_t pc,
                         struct sk_insn *out, struct skep_err *err);

/* The slots of a decoded instruction: writes 1 or 2 at `pc` and returns how many. */
uint32_t sk_encode(void *slots, uint32_t pc, const struct sk_insn *insn);

static inline uint32_t sk_insn_slots(const struct sk_insn *insn)
{
    return sk_isa[insn->op].role == SK_ROLE_WIDE ? 2 : 1;
}

/* The slot that an instruction at pc names as a target: by a jump, a local call, or as
 * the address of a function. May lie outside the program. Returns -1 without a target. */
static inline int64_t sk_insn_target(const struct sk_insn *insn, uint32_t pc)
{
    switch (sk_isa[insn->op].target) {
    case SK_TARGET_OFF:
        return (int64_t)pc + 1 + insn->off;
    case SK_TARGET_IMM:
        return (int64_t)pc + 1 + (int32_t)insn->imm;
    default:
        return -1;
    }
}

/* Whether it names the first slot of a function. */
static inline int sk_insn_names_function(const struct sk_insn *insn)
{
    return insn->op == SK_OP_CALL_LOCAL || insn->op == SK_OP_LDDW_CODE;
}

/* Whether control may go on to the next instruction. */
static inline int sk_insn_goes_on(const struct sk_insn *insn)
{
    uint8_t role = sk_isa[insn->op].role;

    return role != SK_ROLE_EXIT && role != SK_ROLE_JUMP;
}

static inline uint32_t sk_regs_of(const struct sk_insn *insn, uint32_t regs)
{
    return (regs & (SK_REGS_R0 | SK_REGS_R6)) | (regs >> 1 & 1) << insn->dst |
           (regs >> 2 & 1) << insn->src;
}

/* Registers as a set, bit n for rn. Calls read none here: what they read is the callee's
 * affair. */
static inline uint32_t sk_insn_reads(const struct sk_insn *insn)
{
    return sk_regs_of(insn, sk_isa[insn->op].reads);
}

/* Registers that get a value, without those that are only clobbered. */
static inline uint32_t sk_insn_writes(const struct sk_insn *insn)
{
    return sk_regs_of(insn, sk_isa[insn->op].writes);
}

enum { SK_ARG_MASK = 0x3e, SK_ALL_REGS = 0x7ff };

/* Registers whose value is lost. */
static inline uint32_t sk_insn_clobbers(const struct sk_insn *insn)
{
    return sk_isa[insn->op].clobbers_args ? SK_ARG_MASK : 0;
}

/* The memory that an instruction touches, from the registers before it. size 0: none. */
struct sk_access {
    uint64_t addr;
    uint32_t size;   /* bytes */
    uint32_t writes; /* 1: it changes them */
};

struct sk_access sk_insn_access(const struct sk_insn *insn, const uint64_t regs[SK_REGS]);

#endif
