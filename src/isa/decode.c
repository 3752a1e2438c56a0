/* Slots to instructions and back.
 *
 * Legality has one rule (RFC 9669, 3): a field that the row's text does not name and its
 * selector does not fix must be 0. Register fields that are named hold 0 to 10, and
 * nothing writes r10. */
#include "base/bits.h"
#include "isa/isa.h"
#include "isa_index.inc"

/* Kept out of the way of sk_decode, whose speed matters. */
#define COLD __attribute__((noinline, cold))

struct sk_slot sk_slot_read(const void *slots, uint32_t pc)
{
    const uint8_t *at = (const uint8_t *)slots + (size_t)pc * SK_SLOT_BYTES;

    return (struct sk_slot){
        .opcode = at[0],
        .dst = at[1] & 15,
        .src = at[1] >> 4,
        .off = (int16_t)sk_le16(sk_load16(at + 2)),
        .imm = (int32_t)sk_le32(sk_load32(at + 4)),
    };
}

void sk_slot_write(void *slots, uint32_t pc, struct sk_slot slot)
{
    uint8_t *at = (uint8_t *)slots + (size_t)pc * SK_SLOT_BYTES;

    at[0] = slot.opcode;
    at[1] = (uint8_t)(slot.src << 4 | (slot.dst & 15));
    sk_store16(at + 2, sk_le16((uint16_t)slot.off));
    sk_store32(at + 4, sk_le32((uint32_t)slot.imm));
}

/* The row of an opcode whose selector field, whichever it is, has the value that the slot
 * has. */
static inline enum sk_op find_row(uint8_t opcode, int32_t off, int32_t imm, int32_t src)
{
    const struct sk_opcode_rows rows = sk_opcode_index[opcode];
    int32_t value = off;

    if (rows.field == SK_FIELD_NONE)
        return rows.count ? (enum sk_op)rows.first : SK_OP_COUNT;
    if (rows.field == SK_FIELD_IMM)
        value = imm;
    else if (rows.field == SK_FIELD_SRC)
        value = src;
    for (unsigned op = rows.first; op < (unsigned)rows.first + rows.count; op++) {
        if (sk_isa[op].value == value)
            return (enum sk_op)op;
    }
    return SK_OP_COUNT;
}

enum sk_op sk_row_of(struct sk_slot slot)
{
    return find_row(slot.opcode, slot.off, slot.imm, slot.src);
}

/* Why a slot has no row. */
static COLD enum skep_code no_row(struct sk_slot slot, uint32_t pc, struct skep_err *err)
{
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        if (sk_isa[op].opcode != slot.opcode)
            continue;
        if (sk_isa[op].field == SK_FIELD_OFF)
            return sk_fail(err, E_SELECT_OFF, sk_at_slot(pc), slot.opcode, slot.off);
        if (sk_isa[op].field == SK_FIELD_IMM)
            return sk_fail(err, E_SELECT_IMM, sk_at_slot(pc), slot.opcode,
                           (uint32_t)slot.imm);
        return sk_fail(err, E_SELECT_SRC, sk_at_slot(pc), slot.opcode, slot.src);
    }
    return sk_fail(err, E_BAD_OPCODE, sk_at_slot(pc), slot.opcode);
}

/* Which of the fields of a slot with a row is wrong. */
static COLD enum skep_code bad_field(const struct sk_row *row, struct sk_slot slot,
                                     uint32_t pc, struct skep_err *err)
{
    if (slot.dst && row->zero & 0xf00)
        return sk_fail(err, E_RESERVED_DST, sk_at_slot(pc), row->name, slot.dst);
    if (slot.dst > SK_R10)
        return sk_fail(err, E_BAD_REGISTER, sk_at_slot(pc), "destination", slot.dst);
    if (slot.src && row->zero & 0xf000)
        return sk_fail(err, E_RESERVED_SRC, sk_at_slot(pc), row->name, slot.src);
    if (slot.src > SK_R10)
        return sk_fail(err, E_BAD_REGISTER, sk_at_slot(pc), "source", slot.src);
    if (slot.off && row->zero & 0xffff0000)
        return sk_fail(err, E_RESERVED_OFF, sk_at_slot(pc), row->name, slot.off);
    if (!(slot.imm && row->zero >> 32))
        return sk_fail(err, E_WRITE_R10, sk_at_slot(pc));
    return sk_fail(err, E_RESERVED_IMM, sk_at_slot(pc), row->name, slot.imm);
}

/* The second slot of a wide instruction (RFC 9669, 3.2): an immediate only, into the
 * upper half of *imm. */
static COLD enum skep_code read_second(const void *slots, uint32_t count, uint32_t pc,
                                       const struct sk_row *row, int64_t *imm,
                                       struct skep_err *err)
{
    struct sk_slot second;

    if (pc + 1 >= count)
        return sk_fail(err, E_WIDE_CUT, sk_at_slot(pc));
    second = sk_slot_read(slots, pc + 1);
    if (second.opcode || second.dst || second.src || second.off)
        return sk_fail(err, E_WIDE_SECOND, sk_at_slot(pc + 1));
    if (second.imm && !(row->uses & SKEP_USES_NEXT_IMM))
        return sk_fail(err, E_WIDE_IMM, sk_at_slot(pc + 1), row->name,
                       (uint32_t)second.imm);
    *imm = (int64_t)((uint64_t)(uint32_t)second.imm << 32 | (uint32_t)*imm);
    return SKEP_OK;
}

/* What is wrong with the instruction at pc, when something is. */
static COLD enum skep_code refuse(const void *slots, uint32_t pc, struct skep_err *err)
{
    struct sk_slot slot = sk_slot_read(slots, pc);
    enum sk_op op = sk_row_of(slot);

    if (op == SK_OP_COUNT)
        return no_row(slot, pc, err);
    if (sk_isa[op].role == SK_ROLE_RESERVED)
        return sk_fail(err, E_NOT_SUPPORTED, sk_at_slot(pc), sk_isa[op].name,
                       slot.opcode);
    return bad_field(&sk_isa[op], slot, pc, err);
}

enum skep_code sk_decode(const void *slots, uint32_t count, uint32_t pc,
                         struct sk_insn *out, struct skep_err *err)
{
    const uint8_t *at = (const uint8_t *)slots + (size_t)pc * SK_SLOT_BYTES;
    uint64_t raw = sk_le64(sk_load64(at)); /* opcode lowest, imm in the upper half */
    int16_t off = (int16_t)(raw >> 16);
    int64_t imm = (int32_t)(raw >> 32);
    uint8_t dst = raw >> 8 & 15, src = raw >> 12 & 15;
    enum sk_op op = find_row((uint8_t)raw, off, (int32_t)imm, src);
    const struct sk_row *row = &sk_isa[op];

    if (op == SK_OP_COUNT || row->role == SK_ROLE_RESERVED)
        return refuse(slots, pc, err);
    if (raw & row->zero || dst > SK_R10 || src > SK_R10)
        return refuse(slots, pc, err);
    if ((row->writes & SK_REGS_DST && dst == SK_R10) ||
        (row->writes & SK_REGS_SRC && src == SK_R10))
        return refuse(slots, pc, err);
    if (row->role == SK_ROLE_WIDE)
        SK_TRY(read_second(slots, count, pc, row, &imm, err));
    *out = (struct sk_insn){ (uint16_t)op, dst, src, off, imm };
    return SKEP_OK;
}

uint32_t sk_encode(void *slots, uint32_t pc, const struct sk_insn *insn)
{
    const struct sk_row *row = &sk_isa[insn->op];
    struct sk_slot slot = { .opcode = row->opcode,
                            .dst = insn->dst,
                            .src = insn->src,
                            .off = insn->off,
                            .imm = (int32_t)(uint32_t)insn->imm };

    sk_slot_write(slots, pc, slot);
    if (row->role != SK_ROLE_WIDE)
        return 1;
    slot = (struct sk_slot){ .imm = (int32_t)(uint32_t)((uint64_t)insn->imm >> 32) };
    sk_slot_write(slots, pc + 1, slot);
    return 2;
}
