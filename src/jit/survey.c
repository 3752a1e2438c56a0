/* One look at all instructions, and one at who calls whom. */
#include "jit/survey.h"

#include "base/bits.h"
#include "jit/depth.h"
#include "prog/definite.h"

static int count_frames(const struct sk_prog *prog, struct sk_survey *out)
{
    struct sk_depth depth;

    if (!sk_depth_of_calls(prog, &depth))
        return 0;
    out->frames = depth.frames;
    return 1;
}

static int has_plain_signature(const struct skep_helper *helper)
{
    for (uint32_t arg = 0; arg < SK_LEN(helper->arg) && helper->arg[arg]; arg++) {
        if (helper->arg[arg] != SKEP_ARG_ANY)
            return 0;
    }
    return helper->ret != SKEP_RET_MEM;
}

const struct skep_helper *sk_own_call(const struct sk_prog *prog, uint32_t mode,
                                      const struct sk_insn *insn)
{
    const struct skep_helper *helper = sk_env_helper(prog->env, (uint32_t)insn->imm);

    if (!helper || !(mode & SK_JIT_CHECKED))
        return helper;
    return !prog->tracked && has_plain_signature(helper) ? helper : NULL;
}

/* Returns whether some instruction is carried out by C, or ends in a fault that C reports. */
static int look_outside(const struct sk_prog *prog, uint32_t mode,
                        const struct sk_live *live, struct sk_survey *out)
{
    int reports = 0;

    for (uint32_t pc = 0; pc < prog->count; pc++) {
        uint16_t op = prog->insns[pc].op;

        if (!(live[pc].kills & (SK_LIVE_CALL | SK_LIVE_OUTSIDE)))
            continue;
        out->takes_addresses |= op == SK_OP_LDDW_CODE;
        out->calls_functions |= op == SK_OP_CALL_LOCAL;
        out->calls_helpers |=
            op == SK_OP_CALL && sk_own_call(prog, mode, &prog->insns[pc]) != NULL;
        reports |= op != SK_OP_CALL_LOCAL;
    }
    return reports;
}

uint32_t sk_unwritten_at_entry(const struct sk_prog *prog, uint32_t function)
{
    uint32_t written = 1u << SK_R10;

    written |= function ? (uint32_t)SK_ARG_MASK : sk_prog_entry_regs(prog);
    return SK_ALL_REGS & ~written;
}

int sk_survey_program(const struct sk_prog *prog, uint32_t mode, struct sk_live *live,
                      struct sk_survey *out)
{
    int reports = (mode & (SK_JIT_CHECKED | SK_JIT_METERED)) != 0;
    struct sk_live_sum sum;

    *out = (struct sk_survey){ .frames = 1 };
    out->faults = (mode & SK_JIT_CHECKED ? SK_FAULTS_ACCESS : 0u) |
                  (mode & SK_JIT_METERED ? SK_FAULTS_FUEL : 0u);
    sk_live_find(prog, out->faults, live);
    sum = sk_live_sum(live, 0, prog->count);
    if (sum.kills & (SK_LIVE_CALL | SK_LIVE_OUTSIDE))
        reports |= look_outside(prog, mode, live, out) && !(mode & SK_JIT_OBJECT);
    if (out->takes_addresses)
        out->frames = SK_MAX_FRAMES + 1; /* a helper may call them at any depth */
    else if (out->calls_functions && !count_frames(prog, out))
        return 0;
    /* helpers ask which stack is granted, and open frames; faults report r10 */
    out->uses_r10 = sum.reads >> SK_R10 & 1 || reports;
    out->gated = !(mode & SK_JIT_OBJECT) &&
                 (reports || out->frames > SK_MAX_FRAMES || prog->tracked);
    if (out->gated && out->frames > SK_MAX_FRAMES && !(out->faults & SK_FAULTS_FUEL)) {
        out->faults |= SK_FAULTS_DEPTH;
        sk_live_find(prog, out->faults, live);
    }
    return 1;
}
