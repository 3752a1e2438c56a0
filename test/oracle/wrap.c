/* The program around a body of instructions.
 *
 *      0  prologue   fp-72 = r1; fp-64.. = state.mem; r0-r9 = state.reg; goto body
 *     28  epilogue   state.reg = r0-r9; state.mem = fp-64..; r0 = 0; exit
 *     59  body       as given, but each exit of its first function is `goto epilogue`
 *
 * The epilogue stands before the body so that local functions can follow the body's first
 * one without a change of any offset.  At the epilogue all ten registers are in use: r9
 * goes to fp-80 while it holds the address of the state.
 *
 *     fp-64 .. fp-1    the body's memory
 *     fp-72            address of the state
 *     fp-80            r9 of the body, in the epilogue only
 */
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROLOGUE = 28,
    EPILOGUE = 31,

    SLOT_STATE = -72,
    SLOT_R9 = -80,

    LDX64 = 0x79,
    STX64 = 0x7b,
    MOV64_K = 0xb7,
    LDDW = 0x18,
    JA = 0x05,
    CALL = 0x85,
    EXIT = 0x95,

    CALL_LOCAL = 1, /* source field of a call */
    LDDW_CODE = 4,  /* source field of a lddw whose immediate is a function */
    FP = 10,
};

_Static_assert(ORACLE_BODY_AT == PROLOGUE + EPILOGUE, "the body follows the epilogue");
_Static_assert(sizeof(struct oracle_insn) == 8, "a slot has eight bytes");
_Static_assert(offsetof(struct oracle_state, mem) == 80, "memory follows the registers");

static struct oracle_insn load(int dst, int src, int off)
{
    return (struct oracle_insn){ LDX64, (uint8_t)(src << 4 | dst), (int16_t)off, 0 };
}

static struct oracle_insn store(int dst, int off, int src)
{
    return (struct oracle_insn){ STX64, (uint8_t)(src << 4 | dst), (int16_t)off, 0 };
}

/* A jump from slot `from` to slot `to`. */
static struct oracle_insn jump(int from, int to)
{
    return (struct oracle_insn){ JA, 0, (int16_t)(to - from - 1), 0 };
}

static int reg_at(int i)
{
    return 8 * i;
}

static int mem_at(int i)
{
    return (int)offsetof(struct oracle_state, mem) + i;
}

static struct oracle_insn *put_prologue(struct oracle_insn *p)
{
    *p++ = store(FP, SLOT_STATE, 1);
    for (int i = 0; i < ORACLE_MEM; i += 8) {
        *p++ = load(0, 1, mem_at(i));
        *p++ = store(FP, i - ORACLE_MEM, 0);
    }
    *p++ = load(0, 1, reg_at(0));
    for (int i = 2; i < ORACLE_REGS; i++)
        *p++ = load(i, 1, reg_at(i));
    *p++ = load(1, 1, reg_at(1));
    *p++ = jump(PROLOGUE - 1, ORACLE_BODY_AT);
    return p;
}

static struct oracle_insn *put_epilogue(struct oracle_insn *p)
{
    *p++ = store(FP, SLOT_R9, 9);
    *p++ = load(9, FP, SLOT_STATE);
    for (int i = 0; i < 9; i++)
        *p++ = store(9, reg_at(i), i);
    *p++ = load(0, FP, SLOT_R9);
    *p++ = store(9, reg_at(9), 0);
    for (int i = 0; i < ORACLE_MEM; i += 8) {
        *p++ = load(0, FP, i - ORACLE_MEM);
        *p++ = store(9, mem_at(i), 0);
    }
    *p++ = (struct oracle_insn){ MOV64_K, 0, 0, 0 };
    *p++ = (struct oracle_insn){ EXIT, 0, 0, 0 };
    return p;
}

static int names_function(const struct oracle_insn *insn)
{
    return (insn->code == CALL && insn->regs >> 4 == CALL_LOCAL) ||
           (insn->code == LDDW && insn->regs >> 4 == LDDW_CODE);
}

/* Where the body's first function ends: where the nearest of the others starts. */
static uint32_t first_function_end(const struct oracle_insn *body, uint32_t count)
{
    int64_t end = count;

    for (uint32_t pc = 0; pc < count; pc += body[pc].code == LDDW ? 2 : 1) {
        int64_t target = (int64_t)pc + 1 + body[pc].imm;

        if (names_function(&body[pc]) && target > 0 && target < end)
            end = target;
    }
    return (uint32_t)end;
}

static void lead_exits_to_epilogue(struct oracle_insn *body, uint32_t count)
{
    for (uint32_t pc = 0; pc < count; pc += body[pc].code == LDDW ? 2 : 1)
        if (body[pc].code == EXIT)
            body[pc] = jump(ORACLE_BODY_AT + (int)pc, PROLOGUE);
}

uint32_t oracle_wrap(const void *body, uint32_t count, struct oracle_insn *out,
                     uint32_t max)
{
    struct oracle_insn *copy = out + ORACLE_BODY_AT;

    if (count == 0 || count > ORACLE_BODY_MAX || max < ORACLE_BODY_AT + count)
        return 0;
    put_epilogue(put_prologue(out));
    memcpy(copy, body, count * sizeof(*copy));
    lead_exits_to_epilogue(copy, first_function_end(copy, count));
    return ORACLE_BODY_AT + count;
}

static int run_states(int fd, struct oracle_state *states, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct oracle_io io = { .ctx = &states[i], .ctx_size = sizeof(states[i]) };
        int r = oracle_run(fd, &io);

        if (r < 0)
            return r;
    }
    return 0;
}

int oracle_run_body(const void *body, uint32_t count, struct oracle_state *states,
                    uint32_t n)
{
    struct oracle_prog prog = { .type = ORACLE_SYSCALL };
    uint32_t max = ORACLE_BODY_AT + count;
    struct oracle_insn *out;
    int fd = -EINVAL;
    int r;

    if (count > ORACLE_BODY_MAX)
        return -EINVAL;
    out = malloc(max * sizeof(*out));
    if (!out)
        return -ENOMEM;
    prog.insns = out;
    prog.count = oracle_wrap(body, count, out, max);
    if (prog.count)
        fd = oracle_load(&prog, NULL);
    free(out);
    r = fd < 0 ? fd : run_states(fd, states, n);
    oracle_close(fd);
    return r;
}
