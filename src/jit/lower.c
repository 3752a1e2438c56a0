#include "jit/lower.h"

#include "rt/map.h"

const uint8_t sk_slow_of[SK_S_COUNT] = {
    [SK_S_SLOW] = SK_SLOW_ACCESS,   [SK_S_FAULT_AT] = SK_SLOW_FAULT,
    [SK_S_TRACK] = SK_SLOW_TRACK,   [SK_S_CALL] = SK_SLOW_CALL,
    [SK_S_PACKET] = SK_SLOW_PACKET, [SK_S_ENTER] = SK_SLOW_ENTER,
    [SK_S_LEAVE] = SK_SLOW_LEAVE,   [SK_S_AFTER_CALL] = SK_SLOW_AFTER_CALL,
};

const struct sk_insn *sk_wide(const struct sk_prog *prog, const struct sk_insn *insn,
                              struct sk_insn *wide)
{
    uint64_t value;

    if (!sk_map_reference(prog, insn, &value))
        return insn;
    *wide = (struct sk_insn){ .op = SK_OP_LDDW, .dst = insn->dst, .imm = (int64_t)value };
    return wide;
}

const struct sk_insn *sk_skipped_jump(const struct sk_prog *prog, uint32_t mode,
                                      uint32_t pc, uint32_t target)
{
    const struct sk_insn *jump;

    if (target != pc + 1 || target >= prog->count || prog->flags[pc] & SK_SLOT_TARGET)
        return NULL;
    jump = &prog->insns[pc];
    if (jump->op != SK_OP_JA && jump->op != SK_OP_JA32)
        return NULL;
    return sk_jump_costs(mode, pc, (uint32_t)sk_insn_target(jump, pc)) ? NULL : jump;
}

int sk_is_known(const struct sk_known *known, int off, unsigned size)
{
    for (unsigned at = (unsigned)(off + SK_STACK_BYTES), n = 0; n < size; at++, n++) {
        if (!(known->bits[at / 64] >> at % 64 & 1))
            return 0;
    }
    return 1;
}

void sk_know(struct sk_known *known, int off, unsigned size)
{
    for (unsigned at = (unsigned)(off + SK_STACK_BYTES), n = 0; n < size; at++, n++)
        known->bits[at / 64] |= (uint64_t)1 << at % 64;
}

uint32_t sk_label_of(struct sk_code_buf *buf, uint32_t **labels, size_t count, size_t n)
{
    if (!*labels && !buf->failed) {
        *labels = sk_mem_new(&buf->mem, count, sizeof(**labels));
        buf->failed |= !*labels;
    }
    if (buf->failed)
        return 0;
    if (!(*labels)[n])
        (*labels)[n] = sk_code_label(buf);
    return (*labels)[n];
}

uint32_t sk_stub_add(struct sk_code_buf *buf, struct sk_stubs *stubs, struct sk_stub stub)
{
    stub.label = sk_code_label(buf);
    if (stub.back != SK_NO_WAY_BACK)
        stub.back = sk_code_label(buf);
    if (!buf->failed && stubs->count == stubs->cap &&
        sk_mem_grow(&buf->mem, &stubs->list, &stubs->cap, stubs->count, 1,
                    sizeof(stubs->list[0]), NULL))
        buf->failed = 1;
    if (!buf->failed)
        stubs->list[stubs->count++] = stub;
    return stub.label;
}

void sk_stubs_come_back(struct sk_code_buf *buf, const struct sk_stubs *stubs,
                        uint32_t first)
{
    for (uint32_t n = first; n < stubs->count; n++) {
        if (stubs->list[n].back != SK_NO_WAY_BACK)
            sk_code_bind(buf, stubs->list[n].back);
    }
}
