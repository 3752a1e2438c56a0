/* The instruction of a CO-RE record.
 *
 * The value goes into the immediate of arithmetic and of 64-bit loads of constants, and into
 * the offset of loads and stores. What the compiler put there, for the object's own types, is
 * checked first. A slot is opcode:8 registers:8 offset:16 immediate:32, and the second slot of
 * a 64-bit load has the upper half of the immediate. */
#include <string.h>

#include "base/bits.h"
#include "isa/isa.h"
#include "load/core_parts.h"

enum {
    CLASS = 0x07,
    CLASS_LD = 0x00,
    CLASS_LDX = 0x01,
    CLASS_ST = 0x02,
    CLASS_STX = 0x03,
    CLASS_ALU = 0x04,
    CLASS_ALU64 = 0x07,
    SOURCE_REG = 0x08,
    SIZE = 0x18,
    SIZE_W = 0x00,
    SIZE_H = 0x08,
    SIZE_B = 0x10,
    SIZE_DW = 0x18,
    LDDW = 0x18,
    CALL = 0x85,
    POISON = 0xbad2310,
};

/* ---- Slots -------------------------------------------------------------------------------- */

static int32_t immediate(const uint8_t *slot)
{
    return (int32_t)sk_le32(sk_load32(slot + 4));
}

static void set_immediate(uint8_t *slot, uint32_t value)
{
    sk_store32(slot + 4, sk_le32(value));
}

static void poison(uint8_t *slot)
{
    memset(slot, 0, SK_SLOT_BYTES);
    slot[0] = CALL;
    set_immediate(slot, POISON);
}

static int is_poisoned(const uint8_t *slot)
{
    return slot[0] == CALL && immediate(slot) == POISON;
}

/* A load of a constant, both slots of it there, and nothing but that. */
static int is_plain_lddw(const uint8_t *slot, uint32_t left)
{
    return slot[0] == LDDW && left > 1 && slot[1] < 0x10 && !slot[2] && !slot[3] &&
           !sk_load32(slot + SK_SLOT_BYTES);
}

static uint64_t bytes_of_size(uint8_t opcode)
{
    switch (opcode & SIZE) {
    case SIZE_W:
        return 4;
    case SIZE_H:
        return 2;
    case SIZE_B:
        return 1;
    default:
        return 8;
    }
}

/* The size bits of an opcode; -1: there are none. */
static int size_of_bytes(uint64_t bytes)
{
    switch (bytes) {
    case 1:
        return SIZE_B;
    case 2:
        return SIZE_H;
    case 4:
        return SIZE_W;
    case 8:
        return SIZE_DW;
    default:
        return -1;
    }
}

/* ---- Patching ------------------------------------------------------------------------------- */

static const char *patch_alu(const struct sk_core_change *change, uint8_t *slot)
{
    if (slot[0] & SOURCE_REG)
        return "the instruction has no immediate";
    if (change->is_certain && (uint64_t)(int64_t)immediate(slot) != change->from)
        return "the immediate is not the one that the object's own types give";
    if (change->to > UINT32_MAX && change->to < (uint64_t)INT32_MIN)
        return "the value has more than 32 bits";
    set_immediate(slot, (uint32_t)change->to);
    return NULL;
}

static const char *patch_lddw(const struct sk_core_change *change, uint8_t *slot,
                              uint32_t left)
{
    uint64_t now;

    if (!is_plain_lddw(slot, left))
        return "the instruction is no 64-bit load of a constant";
    now = (uint32_t)immediate(slot) | (uint64_t)(uint32_t)immediate(slot + SK_SLOT_BYTES)
                                          << 32;
    if (change->is_certain && now != change->from)
        return "the immediate is not the one that the object's own types give";
    set_immediate(slot, (uint32_t)change->to);
    set_immediate(slot + SK_SLOT_BYTES, (uint32_t)(change->to >> 32));
    return NULL;
}

/* What holds of every load and store that is not poisoned for want of a value. */
static const char *check_memory(const struct sk_core_change *change, const uint8_t *slot)
{
    int64_t offset = (int16_t)sk_le16(sk_load16(slot + 2));

    if (change->is_certain && (uint64_t)offset != change->from)
        return "the offset is not the one that the object's own types give";
    if (change->to > INT16_MAX)
        return "the offset does not fit in 16 bits";
    return NULL;
}

static const char *patch_memory(const struct sk_core_change *change, uint8_t *slot)
{
    int size = size_of_bytes(change->to_size);

    SK_CORE_TRY(check_memory(change, slot));
    if (change->from_size != change->to_size) {
        if (bytes_of_size(slot[0]) != change->from_size)
            return "the size of the access is not the field's";
        if (size < 0)
            return "no access has the size of the field in the target";
        slot[0] = (uint8_t)((slot[0] & ~SIZE) | size);
    }
    sk_store16(slot + 2, sk_le16((uint16_t)change->to));
    return NULL;
}

/* A 64-bit load is poisoned in both slots: the second one alone would be another fault, which
 * would hide this one. */
static void poison_all(uint8_t *slot, uint32_t left)
{
    if (slot[0] == LDDW && left > 1)
        poison(slot + SK_SLOT_BYTES);
    poison(slot);
}

/* What an instruction has for the value. */
enum place { IMMEDIATE, WIDE_IMMEDIATE, OFFSET, NOTHING };

static enum place place_in(const uint8_t *slot)
{
    switch (slot[0] & CLASS) {
    case CLASS_LD:
        return slot[0] == LDDW ? WIDE_IMMEDIATE : NOTHING;
    case CLASS_LDX:
    case CLASS_ST:
    case CLASS_STX:
        return OFFSET;
    case CLASS_ALU:
    case CLASS_ALU64:
        return IMMEDIATE;
    default:
        return NOTHING;
    }
}

const char *sk_core_patch(const struct sk_core_change *change, uint8_t *slots,
                          uint32_t count, uint32_t pc, enum sk_core_outcome *outcome)
{
    uint8_t *slot = slots + (size_t)SK_SLOT_BYTES * pc;
    uint32_t left = count - pc;
    enum place place = place_in(slot);

    if (place == NOTHING && !(change->is_poison && is_poisoned(slot)))
        return "the instruction can have no CO-RE relocation";
    if (change->is_poison || (place == OFFSET && change->is_unsafe)) {
        if (!change->is_poison)
            SK_CORE_TRY(check_memory(change, slot));
        poison_all(slot, left);
        *outcome = SK_CORE_POISONED;
        return NULL;
    }
    switch (place) {
    case OFFSET:
        SK_CORE_TRY(patch_memory(change, slot));
        break;
    case WIDE_IMMEDIATE:
        SK_CORE_TRY(patch_lddw(change, slot, left));
        break;
    default:
        SK_CORE_TRY(patch_alu(change, slot));
        break;
    }
    *outcome = SK_CORE_DONE;
    return NULL;
}
