/* The table of the instruction set, and what follows from a row alone. */
#include "isa/isa.h"

#include "isa_index.inc"

/* Registers by role (see enum sk_role); a row reads of its fields' registers those that
 * its text names: SKEP_USES_DST and _SRC are the bits below SK_REGS_DST and _SRC. */
enum {
    FIELDS = SK_REGS_DST | SK_REGS_SRC,
    READS_ALU = FIELDS,
    READS_MOV = SK_REGS_SRC,
    READS_WIDE = 0,
    READS_LOAD = SK_REGS_SRC,
    READS_STORE = FIELDS,
    READS_RMW = FIELDS,
    READS_FETCH = FIELDS,
    READS_CMPXCHG = FIELDS | SK_REGS_R0,
    READS_PACKET = SK_REGS_SRC | SK_REGS_R6,
    READS_JCOND = FIELDS,
    READS_JUMP = 0,
    READS_JMAY = 0,
    READS_CALL = 0,
    READS_EXIT = SK_REGS_R0,
    READS_RESERVED = SK_REGS_DST,

    WRITES_ALU = SK_REGS_DST,
    WRITES_MOV = SK_REGS_DST,
    WRITES_WIDE = SK_REGS_DST,
    WRITES_LOAD = SK_REGS_DST,
    WRITES_STORE = 0,
    WRITES_RMW = 0,
    WRITES_FETCH = SK_REGS_SRC,
    WRITES_CMPXCHG = SK_REGS_R0,
    WRITES_PACKET = SK_REGS_R0,
    WRITES_JCOND = 0,
    WRITES_JUMP = 0,
    WRITES_JMAY = 0,
    WRITES_CALL = SK_REGS_R0,
    WRITES_EXIT = 0,
    WRITES_RESERVED = 0,
};

#define NONE SK_FIELD_NONE, 0
#define OFF(n) SK_FIELD_OFF, n
#define IMM(n) SK_FIELD_IMM, n
#define SRC(n) SK_FIELD_SRC, n
#define ROW(...) ROW_(__VA_ARGS__)
#define ROW_(id_, opcode_, field_, value_, group_, since_, role_, width_, limit_, text_, \
             words_)                                                                     \
    [SK_OP_##id_] = { .name = SK_NAME_##id_,                                             \
                      .text = text_,                                                     \
                      .words = words_,                                                   \
                      .opcode = opcode_,                                                 \
                      .field = field_,                                                   \
                      .value = value_,                                                   \
                      .group = SK_GROUP_##group_,                                        \
                      .since = SK_SINCE_##since_,                                        \
                      .role = SK_ROLE_##role_,                                           \
                      .width = width_,                                                   \
                      .limit = SK_LIMIT_##limit_,                                        \
                      .zero = SK_ZERO_##id_,                                             \
                      .uses = SK_USES_##id_,                                             \
                      .target = SK_TARGET_OF_##id_,                                      \
                      .reads = READS_##role_ & (SK_USES_##id_ << 1 | ~FIELDS),           \
                      .writes = WRITES_##role_,                                          \
                      .clobbers_args = SK_ROLE_##role_ == SK_ROLE_CALL ||                \
                                       SK_ROLE_##role_ == SK_ROLE_PACKET },

const struct sk_row sk_isa[SK_OP_COUNT] = {
#define ISA(id, opcode, selector, group, since, role, width, limit, text, words)         \
    ROW(id, opcode, selector, group, since, role, width, limit, text, words)
#include "isa/isa.def"
#undef ISA
};

const char *sk_class_name(enum sk_class class)
{
    static const char *const names[] = { "LD",  "LDX", "ST",    "STX",
                                         "ALU", "JMP", "JMP32", "ALU64" };

    return names[class & 7];
}

struct sk_access sk_insn_access(const struct sk_insn *insn, const uint64_t regs[SK_REGS])
{
    const struct sk_row *row = &sk_isa[insn->op];
    uint8_t base = row->role == SK_ROLE_LOAD ? insn->src : insn->dst;
    struct sk_access access = { 0, 0, row->role != SK_ROLE_LOAD };

    switch (row->role) {
    case SK_ROLE_LOAD:
    case SK_ROLE_STORE:
    case SK_ROLE_RMW:
    case SK_ROLE_FETCH:
    case SK_ROLE_CMPXCHG:
        access.addr = regs[base] + (uint64_t)(int64_t)insn->off;
        access.size = row->width / 8u;
        return access;
    default:
        return (struct sk_access){ 0 };
    }
}
