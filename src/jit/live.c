/* Liveness by a walk backwards; see the header. */
#include "jit/live.h"

#include <string.h>

#include "rt/map.h"

enum {
    JUMPS =
        1 << 15, /* in `kills`: what is live afterwards is not what the next one needs */
    FEW = 12,
    LOOPS = 32,   /* open at once */
    PATIENCE = 4, /* slots that are walked again, for each slot of the program; and */
    PATIENCE_AT_LEAST = 1024,
    CALL_CLOBBERS = SK_ARG_MASK | 1 << SK_R0,
};

/* A jump back from `end`, and where it lands. */
struct loop {
    uint32_t head, end;
};

/* A walk in progress. Jumps back use what the walk has found at their target so far; when it
 * gets there and finds more, it goes through the loop again. Values only grow. */
struct walk {
    const struct sk_prog *prog;
    struct sk_live *live;
    uint32_t faults;
    uint16_t access_reads;   /* what accesses read beyond their operands */
    uint32_t open;           /* loops that the walk is in */
    struct loop loop[LOOPS]; /* by head, the last one first reached */
    int64_t patience;
};

/* Whether a wide instruction refers to what is not there. */
static int lacks_object(const struct walk *w, const struct sk_insn *insn)
{
    uint64_t value;

    return insn->op != SK_OP_LDDW && insn->op != SK_OP_LDDW_CODE &&
           !sk_map_reference(w->prog, insn, &value);
}

/* Whether an instruction that is no access may fault at pc. */
static int may_fault(const struct walk *w, const struct sk_insn *insn, uint32_t pc)
{
    uint32_t faults = w->faults;

    switch (sk_isa[insn->op].role) {
    case SK_ROLE_JUMP:
    case SK_ROLE_JCOND:
    case SK_ROLE_JMAY:
        return faults & SK_FAULTS_FUEL && sk_insn_target(insn, pc) <= pc;
    case SK_ROLE_WIDE:
        return lacks_object(w, insn);
    case SK_ROLE_CALL:
        return insn->op != SK_OP_CALL_LOCAL ||
               faults & (SK_FAULTS_FUEL | SK_FAULTS_DEPTH);
    default:
        return 0;
    }
}

/* What an instruction other than arithmetic and accesses reads and loses beyond its operands. */
static void look_closely(const struct walk *w, uint32_t pc, struct sk_live *at)
{
    const struct sk_insn *insn = &w->prog->insns[pc];

    switch (sk_isa[insn->op].role) {
    case SK_ROLE_EXIT:
        at->reads = (uint16_t)sk_live_at_exit(w->faults);
        at->kills = (at->kills & SK_LIVE_HEAD) | JUMPS;
        break;
    case SK_ROLE_JUMP:
    case SK_ROLE_JCOND:
    case SK_ROLE_JMAY:
        at->kills |= JUMPS | (insn->op == SK_OP_MAY_GOTO ? SK_LIVE_MAY_GOTO : 0);
        break;
    case SK_ROLE_WIDE:
        if (insn->op == SK_OP_LDDW_CODE || lacks_object(w, insn))
            at->kills |= SK_LIVE_OUTSIDE;
        break;
    case SK_ROLE_PACKET:
        at->kills |= SK_ARG_MASK | SK_LIVE_OUTSIDE;
        break;
    case SK_ROLE_CALL:
        at->kills |= CALL_CLOBBERS | SK_LIVE_CALL;
        at->reads |= SK_ARG_MASK;
        break;
    default:
        break;
    }
    if (may_fault(w, insn, pc))
        at->reads |= SK_LIVE_ALL;
}

/* Inline, for it is most of the walk, and GCC finds it too large. */
static inline __attribute__((always_inline)) void look(struct walk *w, uint32_t pc)
{
    const struct sk_insn *insn = &w->prog->insns[pc];
    struct sk_live *at = &w->live[pc];
    uint8_t role;

    if (insn->op == SK_OP_SECOND)
        return;
    role = sk_isa[insn->op].role;
    at->reads = (uint16_t)sk_insn_reads(insn);
    at->kills = (uint16_t)((at->kills & SK_LIVE_HEAD) | sk_insn_writes(insn));
    if (role > SK_ROLE_CMPXCHG || role == SK_ROLE_WIDE)
        look_closely(w, pc, at);
    else if (role >= SK_ROLE_LOAD)
        at->reads |= w->access_reads;
}

/* Loops that overlap become nested ones. */
static void open_loop(struct walk *w, uint32_t head, uint32_t end)
{
    uint32_t i = w->open;

    for (; i > 0 && w->loop[i - 1].head > head; i--)
        end = w->loop[i - 1].end > end ? w->loop[i - 1].end : end;
    if (i > 0 && w->loop[i - 1].head == head) {
        w->loop[i - 1].end = w->loop[i - 1].end > end ? w->loop[i - 1].end : end;
    } else if (w->open == LOOPS) {
        w->patience = -1;
    } else {
        memmove(&w->loop[i + 1], &w->loop[i], (w->open - i) * sizeof(w->loop[0]));
        w->loop[i] = (struct loop){ head, end };
        w->open++;
    }
}

static uint32_t after_jump(struct walk *w, uint32_t pc, uint32_t next)
{
    const struct sk_insn *insn = &w->prog->insns[pc];
    uint32_t target;

    if (insn->op == SK_OP_EXIT)
        return 0;
    target = (uint32_t)sk_insn_target(insn, pc);
    if (target <= pc) {
        if (pc - target < FEW)
            w->live[target].kills |= SK_LIVE_HEAD;
        open_loop(w, target, pc);
    }
    return w->live[target].before | (sk_insn_goes_on(insn) ? next : 0);
}

/* The walk has come to a head, where `more` registers are live than it had thought. Returns
 * where it goes on: at the loop's end, or here. */
static uint32_t close_loop(struct walk *w, uint32_t pc, int more)
{
    const struct loop *loop = &w->loop[w->open - 1];

    if (!more) {
        w->open--;
        return pc;
    }
    w->patience -= loop->end - pc + 1;
    return loop->end + 1;
}

/* Returns 0 if patience ran out. */
static int walk(struct walk *w)
{
    uint32_t next = 0, looked_at = w->prog->count;

    for (uint32_t pc = looked_at; pc-- > 0 && w->patience >= 0;) {
        struct sk_live *at = &w->live[pc];
        uint32_t after = next, was = at->before;

        if (pc < looked_at)
            look(w, looked_at = pc);
        if (at->kills & JUMPS)
            after = after_jump(w, pc, next);
        next = (after & ~(uint32_t)at->kills) | at->reads;
        at->after = (uint16_t)after;
        at->before = (uint16_t)next;
        if (w->open && w->loop[w->open - 1].head == pc) {
            pc = close_loop(w, pc, next != was);
            next = pc < w->prog->count ? w->live[pc].before : 0;
        }
    }
    return w->patience >= 0;
}

/* Nothing is known, but what each instruction does by itself. */
static void give_up(struct walk *w)
{
    for (uint32_t pc = 0; pc < w->prog->count; pc++) {
        struct sk_live *at = &w->live[pc];

        look(w, pc);
        at->after = at->before = SK_LIVE_ALL;
        at->reads |= SK_LIVE_ALL;
        at->kills |= SK_LIVE_ALL;
    }
}

void sk_live_find(const struct sk_prog *prog, uint32_t faults, struct sk_live *live)
{
    struct walk w = { .prog = prog, .live = live, .faults = faults };

    memset(live, 0, prog->count * sizeof(live[0]));
    w.access_reads = faults & SK_FAULTS_ACCESS ? SK_LIVE_ALL : 0;
    w.patience = PATIENCE_AT_LEAST + PATIENCE * (int64_t)prog->count;
    if (prog->tracked || !walk(&w))
        give_up(&w);
}
