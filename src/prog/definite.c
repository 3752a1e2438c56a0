/* Definite assignment, by forward data flow over sets of registers.
 *
 * before[pc] is the set of registers that were written on every path to pc. It starts as
 * "all, and not reached", only shrinks, and an instruction is looked at again when it
 * did: at most 12 times each. Functions start with the arguments that every caller has
 * written. One that nothing calls may still become a callback, by an address that the
 * program made up: it starts with all arguments.
 *
 * A checked run keeps the exact set of written registers, but only has to work on it at
 * `tracked` instructions: those that may read an unwritten register, and, if there are
 * any such at all, those that may be the first to write one. Elsewhere the set cannot
 * change, except by calls and returns, which engines do themselves. What compilers emit
 * has no tracked instruction. */
#include "prog/definite.h"

#include <string.h>

enum {
    UNREACHED = 1 << 15,
    CALLBACK_REGS = SK_ARG_MASK | 1 << SK_R10, /* its caller writes all arguments */
};

struct flow {
    const struct sk_prog *prog;
    uint16_t *before; /* one a slot */
    uint32_t *work;   /* a stack of slots to look at, each at most once on it */
    uint32_t depth;
    uint32_t swept;    /* slots behind this one are looked at anyway */
    uint8_t *waiting;  /* one a slot: it is on the stack */
    uint32_t suspects; /* not 0: some instruction may read an unwritten register */
};

uint32_t sk_prog_entry_regs(const struct sk_prog *prog)
{
    uint32_t length = prog->type ? 0 : 1u << SK_R2;

    return 1u << SK_R1 | length | 1u << SK_R10;
}

/* Shrinks the set before pc; returns 1 when that changed it. */
static int meet(struct flow *flow, uint32_t pc, uint32_t regs)
{
    uint16_t old = flow->before[pc];
    uint16_t both = (uint16_t)(old & regs & SK_ALL_REGS);

    flow->before[pc] = both;
    return both != old;
}

static void push(struct flow *flow, int64_t pc)
{
    if (flow->waiting[pc] || pc > flow->swept)
        return;
    flow->waiting[pc] = 1;
    flow->work[flow->depth++] = (uint32_t)pc;
}

/* The registers that an instruction reads; of a helper that is known also its arguments. */
static inline uint32_t reads_of(const struct sk_prog *prog, const struct sk_insn *insn)
{
    const struct skep_helper *helper;
    uint32_t count = 0;

    if (insn->op != SK_OP_CALL)
        return sk_insn_reads(insn);
    helper = sk_env_helper(prog->env, (uint32_t)insn->imm);
    while (helper && count < 5 && helper->arg[count])
        count++;
    return ((1u << count) - 1) << SK_R1;
}

/* Passes on what holds after the instruction at pc to its target. */
static void pass_to_target(struct flow *flow, const struct sk_insn *insn, int64_t target,
                           uint32_t before, uint32_t after)
{
    uint32_t regs = after;

    if (insn->op == SK_OP_CALL_LOCAL)
        regs = (before & SK_ARG_MASK) | 1u << SK_R10;
    else if (insn->op == SK_OP_LDDW_CODE)
        regs = CALLBACK_REGS;
    if (meet(flow, (uint32_t)target, regs))
        push(flow, target);
}

/* Passes on what holds after the instruction at pc. Returns the next slot when what holds
 * there changed, else 0. */
static inline uint32_t step(struct flow *flow, uint32_t pc)
{
    const struct sk_insn *insn = &flow->prog->insns[pc];
    const struct sk_row *row = &sk_isa[insn->op];
    uint32_t before = flow->before[pc];
    uint32_t after = (before & ~sk_insn_clobbers(insn)) | sk_insn_writes(insn);
    uint32_t next = pc + sk_insn_slots(insn);

    flow->suspects |= reads_of(flow->prog, insn) & ~before;
    if (row->target)
        pass_to_target(flow, insn, sk_insn_target(insn, pc), before, after);
    return sk_insn_goes_on(insn) && meet(flow, next, after) ? next : 0;
}

/* Looks at what waits, until nothing does. */
static void settle(struct flow *flow)
{
    while (flow->depth) {
        uint32_t pc = flow->work[--flow->depth];

        flow->waiting[pc] = 0;
        do
            pc = step(flow, pc);
        while (pc);
    }
}

/* First one look at each slot in order, which settles all but what loops take away; then
 * at what waits. */
static void run_flow(struct flow *flow)
{
    const struct sk_prog *prog = flow->prog;

    flow->before[0] = (uint16_t)sk_prog_entry_regs(prog);
    for (; flow->swept < prog->count; flow->swept++) {
        if (!(flow->before[flow->swept] & UNREACHED))
            step(flow, flow->swept);
    }
    settle(flow);
    for (uint32_t i = 0; i < prog->function_count; i++) {
        uint32_t first = prog->functions[i].first;

        if (flow->before[first] & UNREACHED && meet(flow, first, CALLBACK_REGS)) {
            push(flow, first);
            settle(flow);
        }
    }
}

static void mark(struct sk_prog *prog, const struct flow *flow)
{
    for (uint32_t pc = 0; pc < prog->count; pc++) {
        const struct sk_insn *insn = &prog->insns[pc];
        uint32_t before = flow->before[pc];

        if (insn->op == SK_OP_SECOND || before & UNREACHED)
            continue;
        if ((reads_of(prog, insn) | sk_insn_writes(insn)) & ~before)
            prog->flags[pc] |= SK_SLOT_TRACKED;
    }
    prog->tracked = 1;
}

enum skep_code sk_prog_find_tracked(struct sk_prog *prog, struct skep_err *err)
{
    enum { BYTES_A_SLOT = sizeof(uint32_t) + sizeof(uint16_t) + sizeof(uint8_t) };
    uint8_t *block = sk_mem_resize(&prog->mem, NULL, 0, prog->count, BYTES_A_SLOT);
    struct flow flow = { .prog = prog };

    if (!block)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       (size_t)prog->count * BYTES_A_SLOT);
    flow.work = (uint32_t *)(void *)block;
    flow.before = (uint16_t *)(void *)(flow.work + prog->count);
    flow.waiting = (uint8_t *)(flow.before + prog->count);
    memset(flow.waiting, 0, prog->count);
    for (uint32_t pc = 0; pc < prog->count; pc++)
        flow.before[pc] = UNREACHED | SK_ALL_REGS;
    run_flow(&flow);
    if (flow.suspects)
        mark(prog, &flow);
    sk_mem_free(&prog->mem, block, prog->count, BYTES_A_SLOT);
    return SKEP_OK;
}
