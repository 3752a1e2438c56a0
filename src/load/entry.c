/* Moving a function to the front of a program:
 *
 *     from   | before | function | behind |        the function is [first, end)
 *     to     | function | before | behind |
 *
 * Jumps stay in their part and need no change. Calls and addresses of functions are
 * relative to their own place as well, but may go from part to part. */
#include "load/entry.h"

/* What goes where. */
struct move {
    uint32_t count, first, end;
};

/* Which part a slot is in. */
static int part_of(const struct move *m, uint32_t pc)
{
    return pc < m->first ? 0 : pc < m->end ? 1 : 2;
}

/* Where a slot goes. */
static uint32_t moved(const struct move *m, uint32_t pc)
{
    if (pc < m->first)
        return pc + (m->end - m->first);
    return pc < m->end ? pc - m->first : pc;
}

static int has_target(const struct sk_insn *insn)
{
    return sk_isa[insn->op].target != SK_TARGET_NONE;
}

static enum skep_code check_target(const struct move *m, const struct sk_insn *insn,
                                   uint32_t pc, struct skep_err *err)
{
    int64_t target = sk_insn_target(insn, pc);

    if (target < 0 || target >= m->count)
        return sk_fail(err, E_JUMP_RANGE, sk_at_slot(pc), (long long)target,
                       m->count - 1);
    if (!sk_insn_names_function(insn) && part_of(m, (uint32_t)target) != part_of(m, pc))
        return sk_fail(err, E_JUMP_FUNCTION, sk_at_slot(pc), (long long)target, m->first,
                       m->end - 1);
    return SKEP_OK;
}

/* The instruction before the function's first slot, or its last one, must not go on. */
static enum skep_code check_border(const struct move *m, const struct sk_insn *insn,
                                   uint32_t pc, struct skep_err *err)
{
    uint32_t next = pc + sk_insn_slots(insn);

    if (part_of(m, next) == part_of(m, pc))
        return SKEP_OK;
    if (next != m->first && next != m->end)
        return sk_fail(err, E_WIDE_CUT, sk_at_slot(pc));
    if (sk_insn_goes_on(insn))
        return sk_fail(err, E_FALL_OFF, sk_at_slot(pc));
    return SKEP_OK;
}

enum skep_code sk_entry_to_front(void *to, const void *from, uint32_t count,
                                 uint32_t first, uint32_t end, struct skep_err *err)
{
    const struct move m = { .count = count, .first = first, .end = end };
    struct sk_insn insn;

    for (uint32_t pc = 0; pc < count; pc += sk_insn_slots(&insn)) {
        SK_TRY(sk_decode(from, count, pc, &insn, err));
        if (has_target(&insn))
            SK_TRY(check_target(&m, &insn, pc, err));
        SK_TRY(check_border(&m, &insn, pc, err));
        if (sk_insn_names_function(&insn)) {
            uint32_t target = moved(&m, (uint32_t)sk_insn_target(&insn, pc));

            insn.imm = (uint32_t)(target - moved(&m, pc) - 1);
        }
        sk_encode(to, moved(&m, pc), &insn);
    }
    return SKEP_OK;
}
