/* Liveness by walks backwards; see the header. */
#include "jit/live.h"

#include <string.h>

enum { WALKS = 4, CALL_CLOBBERS = SK_ARG_MASK | 1 << SK_R0 };

/* A walk in progress. Where a jump back lands is not known yet; `back` has what the walk
 * before found there. */
struct walk {
    const struct sk_prog *prog;
    uint16_t *live;
    uint16_t *before; /* what is live before each slot that a jump lands on */
    uint32_t faults;
    int changed, loops; /* loops: there are jumps back */
};

/* What is live where the instruction at pc jumps to. */
static inline uint32_t live_there(struct walk *w, const struct sk_insn *insn, uint32_t pc)
{
    uint32_t target = (uint32_t)sk_insn_target(insn, pc);

    w->loops |= target <= pc;
    return w->before[target];
}

static inline uint32_t live_after(struct walk *w, const struct sk_insn *insn, uint32_t pc,
                                  uint32_t next)
{
    switch (sk_isa[insn->op].role) {
    case SK_ROLE_EXIT:
        return 0;
    case SK_ROLE_JUMP:
        return live_there(w, insn, pc);
    case SK_ROLE_JCOND:
    case SK_ROLE_JMAY:
        return next | live_there(w, insn, pc);
    default:
        return next;
    }
}

static inline uint32_t live_before(const struct walk *w, const struct sk_insn *insn,
                                   uint32_t pc, uint32_t after)
{
    switch (sk_isa[insn->op].role) {
    case SK_ROLE_ALU:
    case SK_ROLE_MOV:
        break;
    case SK_ROLE_EXIT:
        return sk_live_at_exit(w->faults);
    case SK_ROLE_PACKET:
        after &= ~(uint32_t)SK_ARG_MASK;
        break;
    default:
        if (sk_live_may_fault(insn, pc, w->faults))
            return SK_LIVE_ALL;
        if (insn->op == SK_OP_CALL_LOCAL)
            return (after & ~(uint32_t)CALL_CLOBBERS) | SK_ARG_MASK;
    }
    return (after & ~sk_insn_writes(insn)) | (sk_insn_reads(insn) & SK_LIVE_ALL);
}

static void walk(struct walk *w)
{
    const struct sk_prog *prog = w->prog;
    uint32_t next = 0;

    w->changed = 0;
    for (uint32_t pc = prog->count; pc-- > 0;) {
        const struct sk_insn *insn = &prog->insns[pc];
        uint32_t after;

        if (insn->op == SK_OP_SECOND)
            continue;
        after = live_after(w, insn, pc, next);
        w->live[pc] = (uint16_t)after;
        next = live_before(w, insn, pc, after);
        if (prog->flags[pc] & SK_SLOT_TARGET) {
            w->changed |= w->before[pc] != next;
            w->before[pc] = (uint16_t)next;
        }
    }
}

/* `live` serves for both: its second half is where jumps land. */
void sk_live_find(const struct sk_prog *prog, uint32_t faults, uint16_t *live)
{
    struct walk w = { prog, live, live + prog->count, faults, 0, 0 };
    int walks = 1;

    memset(w.before, 0, prog->count * sizeof(w.before[0]));
    walk(&w);
    if (!w.loops)
        return;
    while (w.changed && walks++ < WALKS)
        walk(&w);
    if (!w.changed)
        return;
    for (uint32_t pc = 0; pc < prog->count; pc++)
        w.before[pc] = SK_LIVE_ALL;
    walk(&w);
}
