/* Every form of arithmetic, comparison, load, store and atomic operation, at the edges.
 *
 *     edge_table [--no-kernel]
 *
 * Forms come from the table of the instruction set; what they shall do comes from the
 * model (RFC 9669) and from the live kernel. Each form runs on all builds of the
 * interpreter with all pairs of edge values, in several registers, and behind
 * instructions with which the interpreter joins it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/out.h"
#include "edges.h"
#include "kernel.h"
#include "machine.h"
#include "model.h"
#include "text/text.h"

enum { BODY_MAX = 8, STATES_MAX = 4096, SHOWN = 10, FUEL = 1000 };

struct table {
    struct sk_env env;
    struct arena arena;
    struct outcome outcome;
    int kernel;
    uint64_t passed, failed, skipped;
    struct oracle_state states[STATES_MAX];
    uint32_t count; /* of states */
};

/* ---- Bodies ------------------------------------------------------------------------ */

struct body {
    struct oracle_insn slots[BODY_MAX];
    uint32_t count;
    int kernel; /* 1: Linux's verifier takes it */
};

static void add(struct body *body, struct sk_insn insn)
{
    body->count += sk_encode(body->slots, body->count, &insn);
}

/* Whether Linux's verifier takes the immediate. */
static int kernel_takes(enum sk_op op, int32_t imm)
{
    if (sk_isa[op].limit == SK_LIMIT_NONZERO)
        return imm != 0;
    return sk_isa[op].limit != SK_LIMIT_SHIFT || (uint32_t)imm < sk_isa[op].width;
}

/* ---- States ------------------------------------------------------------------------ */

/* A new state in which every register and byte can be told from the others. */
static struct oracle_state *add_state(struct table *t)
{
    struct oracle_state *s = &t->states[t->count++];

    for (unsigned i = 0; i < ORACLE_REGS; i++)
        s->reg[i] = UINT64_C(0xd0d1d2d3d4d5d600) + i;
    for (unsigned i = 0; i < ORACLE_MEM; i++)
        s->mem[i] = (uint8_t)(0x80 + i);
    return s;
}

/* ---- Running ----------------------------------------------------------------------- */

static void print_state(const char *name, const struct oracle_state *s)
{
    printf("  %-8s", name);
    for (unsigned r = 0; r < ORACLE_REGS; r++)
        printf(" r%u=%" PRIx64, r, s->reg[r]);
    printf(" mem=");
    for (unsigned i = 0; i < ORACLE_MEM; i++)
        printf("%02x", s->mem[i]);
    printf("\n");
}

static void fail(struct table *t, const char *who, const struct body *body,
                 const struct oracle_state *in, const struct oracle_state *want,
                 const struct oracle_state *got)
{
    if (t->failed++ >= SHOWN)
        return;
    printf("FAILED: %s\n", who);
    for (uint32_t pc = 0; pc < body->count;) {
        struct sk_insn insn;
        struct sk_out text;
        char buf[128];

        if (sk_decode(body->slots, body->count, pc, &insn, NULL))
            break;
        sk_out_buf(&text, buf, sizeof(buf));
        sk_text_insn(&text, &t->env, SKEP_KERNEL, &insn, pc);
        printf("%4u: %s\n", pc, buf);
        pc += sk_insn_slots(&insn);
    }
    print_state("before", in);
    print_state("expected", want);
    print_state("got", got);
}

static int check_builds(struct table *t, const struct machine *machine,
                        const struct body *body, const struct oracle_state *in,
                        const struct oracle_state *want)
{
    static const struct start start = { .fuel = FUEL };
    struct oracle_state got;

    for (enum build b = BUILD_CHECKED; b < BUILD_COUNT; b++) {
        if (!(machine->builds >> b & 1))
            continue;
        machine_run(machine, &t->arena, b, &start, in, sizeof(*in), &t->outcome);
        memcpy(&got, t->outcome.ctx, sizeof(got));
        if (!t->outcome.code && !t->outcome.complaint[0] &&
            !memcmp(&got, want, sizeof(got)))
            continue;
        fail(t, build_infos[b].name, body, in, want, &got);
        return 0;
    }
    return 1;
}

static int check_kernel(struct table *t, int fd, const struct body *body,
                        const struct oracle_state *in, const struct oracle_state *want)
{
    struct oracle_state got = *in;
    struct oracle_io io = { .ctx = &got, .ctx_size = sizeof(got) };

    if (!oracle_run(fd, &io) && !memcmp(&got, want, sizeof(got)))
        return 1;
    fail(t, "the kernel against the model", body, in, want, &got);
    return 0;
}

static void check_states(struct table *t, const struct machine *machine,
                         const struct body *body, int fd)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct oracle_state *in = &t->states[i];
        struct oracle_state want = *in;

        if (model_run(body->slots, body->count, &want, FUEL) != MODEL_EXIT)
            fail(t, "the model does not know it", body, in, in, in);
        else if (check_builds(t, machine, body, in, &want) &&
                 (fd < 0 || check_kernel(t, fd, body, in, &want)))
            t->passed++;
    }
}

/* Ends the body, runs it from all states, and forgets them. */
static void run(struct table *t, struct body *body)
{
    struct oracle_insn wrapped[ORACLE_BODY_AT + BODY_MAX];
    struct oracle_prog prog = { .type = ORACLE_SYSCALL, .insns = wrapped };
    struct machine machine;
    int fd = -1;

    add(body, (struct sk_insn){ .op = SK_OP_EXIT });
    prog.count = oracle_wrap(body->slots, body->count, wrapped, SK_LEN(wrapped));
    if (body->kernel && t->kernel)
        fd = oracle_load(&prog, NULL);
    if (machine_init(&machine, &t->env, wrapped, prog.count, 0, NULL)) {
        fail(t, "the library refuses it", body, t->states, t->states, t->states);
    } else if (body->kernel && t->kernel && fd < 0) {
        fail(t, "the kernel refuses it", body, t->states, t->states, t->states);
        machine_fini(&machine);
    } else {
        check_states(t, &machine, body, fd);
        machine_fini(&machine);
    }
    if (body->kernel && !t->kernel)
        t->skipped += t->count;
    oracle_close(fd);
    t->count = 0;
}

/* ---- Registers --------------------------------------------------------------------- */

/* What stands before the instruction: the interpreter keeps results at hand and joins
 * instructions, so each way has code of its own. OTHER is a register outside of the
 * pairs below. */
enum before {
    NOTHING,
    OR_DST,  /* dst |= 0 */
    OR_SRC,  /* src |= 0 */
    MOVE,    /* dst = OTHER */
    MOVE32,  /* the same, 32 bits */
    OR_MOVE, /* OTHER |= 0; dst = OTHER */
    STEP,    /* dst += 1 */
    BEFORE_COUNT,
};

enum { OTHER = 6, MARK = 5 };

struct pair {
    uint8_t dst, src;
};

static const struct pair pairs[] = { { 1, 2 }, { 0, 3 }, { 3, 0 }, { 4, 3 }, { 3, 4 },
                                     { 2, 4 }, { 4, 4 }, { 9, 8 }, { 7, 7 } };

static void add_before(struct body *body, enum before before, struct pair regs)
{
    struct sk_insn or_zero = { .op = SK_OP_OR64_IMM };
    struct sk_insn move = { .op = before == MOVE32 ? SK_OP_MOV32_REG : SK_OP_MOV64_REG,
                            .dst = regs.dst,
                            .src = OTHER };

    or_zero.dst = before == OR_DST ? regs.dst : before == OR_SRC ? regs.src : OTHER;
    if (before == OR_DST || before == OR_SRC || before == OR_MOVE)
        add(body, or_zero);
    if (before == MOVE || before == MOVE32 || before == OR_MOVE)
        add(body, move);
    if (before == STEP)
        add(body, (struct sk_insn){ .op = SK_OP_ADD64_IMM, .dst = regs.dst, .imm = 1 });
}

static void add_operands(struct table *t, enum before before, struct pair regs,
                         uint64_t d, uint64_t s)
{
    struct oracle_state *state = add_state(t);

    state->reg[regs.src] = s;
    state->reg[regs.dst] = before == STEP ? d - 1 : before >= MOVE ? ~d : d;
    state->reg[OTHER] = d;
}

/* A register form in a pair of registers: all pairs of edges, or every value with a
 * few. */
static void run_registers(struct table *t, struct body *body, enum before before,
                          struct pair regs, uint32_t step)
{
    for (uint32_t i = 0; i < SK_LEN(edges); i++) {
        for (uint32_t k = i % step; k < SK_LEN(edges); k += step)
            add_operands(t, before, regs, edges[i], edges[k]);
    }
    run(t, body);
}

/* The instruction itself; a jump jumps over what marks that it did not. */
static void add_form(struct body *body, struct sk_insn insn)
{
    if (sk_isa[insn.op].role != SK_ROLE_JCOND) {
        add(body, insn);
        return;
    }
    insn.off = 1;
    add(body, insn);
    add(body, (struct sk_insn){ .op = SK_OP_MOV64_IMM, .dst = MARK, .imm = 1 });
}

static void test_register_form(struct table *t, enum sk_op op)
{
    for (enum before before = NOTHING; before < BEFORE_COUNT; before++) {
        for (uint32_t i = 0; i < SK_LEN(pairs); i += before ? 3 : 1) {
            struct body body = { .kernel = 1 };
            struct sk_insn insn = form(op);

            insn.dst = pairs[i].dst;
            insn.src = pairs[i].src;
            add_before(&body, before, pairs[i]);
            add_form(&body, insn);
            run_registers(t, &body, before, pairs[i], i || before ? 13 : 1);
        }
    }
}

static void test_immediate_form(struct table *t, enum sk_op op)
{
    for (enum before before = NOTHING; before < BEFORE_COUNT; before++) {
        for (uint32_t i = before; i < SK_LEN(imms); i += before ? 4 : 1) {
            struct pair regs = pairs[i % 3];
            struct body body = { .kernel = kernel_takes(op, imms[i]) };
            struct sk_insn insn = form(op);

            insn.dst = regs.dst;
            insn.imm = imms[i];
            add_before(&body, before, regs);
            add_form(&body, insn);
            run_registers(t, &body, before, regs, SK_LEN(edges));
        }
    }
}

static void test_unary_form(struct table *t, enum sk_op op)
{
    for (uint8_t dst = 0; dst < (uint8_t)SK_R10; dst++) {
        for (enum before before = NOTHING; before < BEFORE_COUNT; before++) {
            struct pair regs = { dst == OTHER ? 0 : dst, 7 };
            struct body body = { .kernel = 1 };
            struct sk_insn insn = form(op);

            insn.dst = regs.dst;
            add_before(&body, before, regs);
            add(&body, insn);
            run_registers(t, &body, before, regs, SK_LEN(edges));
        }
    }
}

static void test_wide(struct table *t, enum sk_op op)
{
    for (uint32_t i = 0; i < SK_LEN(edges); i++) {
        struct body body = { .kernel = 1 };
        struct sk_insn insn = form(op);

        insn.dst = (uint8_t)(i % SK_R10);
        insn.imm = (int64_t)edges[i];
        add(&body, insn);
        add_state(t);
        run(t, &body);
    }
}

/* ---- Memory ------------------------------------------------------------------------ */

/* How the address comes about: r10 and an offset; a copy of r10 and an offset; a copy
 * to which a register was added just before. */
enum route { BY_FRAME, BY_COPY, BY_SUM, ROUTES };

enum { BASE = 7, INDEX = 8 };

/* Instructions that give the base register; returns it, and the offset from it. */
static uint8_t add_route(struct body *body, enum route route, int32_t at, int16_t *off)
{
    *off = (int16_t)(at - ORACLE_MEM);
    if (route == BY_FRAME)
        return SK_R10;
    add(body, (struct sk_insn){ .op = SK_OP_MOV64_REG, .dst = BASE, .src = SK_R10 });
    if (route == BY_COPY)
        return BASE;
    add(body, (struct sk_insn){ .op = SK_OP_MOV64_IMM, .dst = INDEX, .imm = at - 100 });
    add(body, (struct sk_insn){ .op = SK_OP_ADD64_REG, .dst = BASE, .src = INDEX });
    *off = 100 - ORACLE_MEM;
    return BASE;
}

/* What may not be left in a register at the end. */
static void drop_base(struct body *body, uint8_t base, uint8_t result)
{
    if (base == BASE && result != BASE)
        add(body, (struct sk_insn){ .op = SK_OP_MOV64_IMM, .dst = BASE, .imm = 0 });
}

static int is_atomic(const struct sk_row *row)
{
    return row->role > SK_ROLE_STORE || row->group == SK_GROUP_LINUX;
}

/* Loads of every offset; the last round loads into the base register itself. */
static void test_load(struct table *t, enum sk_op op)
{
    int32_t size = sk_isa[op].width / 8;

    for (int32_t at = 0; at <= ORACLE_MEM - size; at++) {
        for (enum route route = BY_FRAME; route < ROUTES; route++) {
            struct body body = { .kernel = at % size == 0 };
            struct sk_insn insn = form(op);

            if (is_atomic(&sk_isa[op]) && at % size)
                continue;
            insn.src = add_route(&body, route, at, &insn.off);
            insn.dst = (uint8_t)(at % 3 && route != BY_FRAME ? BASE : at % 4);
            add(&body, insn);
            drop_base(&body, insn.src, insn.dst);
            for (uint32_t i = 0; i < SK_LEN(edges); i++)
                memcpy(add_state(t)->mem + (at < 56 ? at : 56), &edges[i], 8);
            run(t, &body);
        }
    }
}

static void test_store(struct table *t, enum sk_op op)
{
    int32_t size = sk_isa[op].width / 8;

    for (int32_t at = 0; at <= ORACLE_MEM - size; at++) {
        for (uint32_t i = 0; i < (uses_imm(op) ? SK_LEN(imms) : ROUTES); i++) {
            struct body body = { .kernel = at % size == 0 };
            struct sk_insn insn = form(op);

            if (is_atomic(&sk_isa[op]) && at % size)
                continue;
            insn.dst = add_route(&body, (enum route)(i % ROUTES), at, &insn.off);
            if (uses_imm(op))
                insn.imm = imms[i];
            else
                insn.src = (uint8_t)(at % 5);
            add(&body, insn);
            drop_base(&body, insn.dst, SK_R10);
            for (uint32_t k = 0; k < (uses_imm(op) ? 1 : SK_LEN(edges)); k++)
                add_state(t)->reg[at % 5] = edges[k];
            run(t, &body);
        }
    }
}

/* Contents of memory with operands, in some registers. */
static void test_atomic(struct table *t, enum sk_op op)
{
    static const uint8_t sources[] = { 2, 0, 3, 9 };
    int32_t size = sk_isa[op].width / 8;

    for (uint32_t s = 0; s < SK_LEN(sources); s++) {
        for (enum route route = BY_FRAME; route < ROUTES; route++) {
            int32_t at = (int32_t)(s * 3 + route) * size % ORACLE_MEM;
            uint32_t step = s || route ? 13 : 1;
            struct body body = { .kernel = 1 };
            struct sk_insn insn = form(op);

            insn.dst = add_route(&body, route, at, &insn.off);
            insn.src = sources[s];
            add(&body, insn);
            drop_base(&body, insn.dst, SK_R10);
            for (uint32_t i = 0; i < SK_LEN(edges); i++) {
                for (uint32_t k = i % step; k < SK_LEN(edges); k += step) {
                    struct oracle_state *state = add_state(t);

                    memcpy(state->mem + at, &edges[i], (size_t)size);
                    state->reg[sources[s]] = edges[k];
                }
            }
            run(t, &body);
        }
    }
}

/* r0 equal to the contents, equal in the low half, or different. */
static void test_exchange(struct table *t, enum sk_op op)
{
    static const uint64_t changes[] = { 0, UINT64_C(0x500000000), 1,
                                        UINT64_C(0x100000001) };
    int32_t size = sk_isa[op].width / 8;

    for (uint8_t src = 0; src < 4; src++) {
        for (uint32_t c = 0; c < SK_LEN(changes); c++) {
            int32_t at = (int32_t)(src + c) * size;
            struct body body = { .kernel = 1 };
            struct sk_insn insn = form(op);

            insn.dst = add_route(&body, (enum route)(c % ROUTES), at, &insn.off);
            insn.src = src;
            add(&body, insn);
            drop_base(&body, insn.dst, SK_R10);
            for (uint32_t i = 0; i < SK_LEN(edges); i++) {
                struct oracle_state *state = add_state(t);

                memcpy(state->mem + at, &edges[i], (size_t)size);
                state->reg[src] = edges[SK_LEN(edges) - 1 - i];
                state->reg[0] = edges[i] ^ changes[c];
            }
            run(t, &body);
        }
    }
}

/* ---- All forms --------------------------------------------------------------------- */

static void test_form(struct table *t, enum sk_op op)
{
    switch (sk_isa[op].role) {
    case SK_ROLE_ALU:
    case SK_ROLE_MOV:
    case SK_ROLE_JCOND:
        if (sk_isa[op].since == SK_SINCE_LINUX) /* addr_space_cast: no RFC has it */
            return;
        if (uses_src(op))
            test_register_form(t, op);
        else if (uses_imm(op))
            test_immediate_form(t, op);
        else
            test_unary_form(t, op);
        return;
    case SK_ROLE_WIDE:
        if (sk_isa[op].value == 0)
            test_wide(t, op);
        return;
    case SK_ROLE_LOAD:
        test_load(t, op);
        return;
    case SK_ROLE_STORE:
        test_store(t, op);
        return;
    case SK_ROLE_RMW:
    case SK_ROLE_FETCH:
        test_atomic(t, op);
        return;
    case SK_ROLE_CMPXCHG:
        test_exchange(t, op);
        return;
    default:
        return;
    }
}

int main(int argc, char **argv)
{
    static struct table t;
    struct sk_mem mem = sk_mem_default();
    char reason[128] = "--no-kernel";

    if (argc > 2 || (argc == 2 && strcmp(argv[1], "--no-kernel") != 0)) {
        fprintf(stderr, "usage: %s [--no-kernel]\n", argv[0]);
        return 2;
    }
    if (sk_env_init(&t.env, &mem, NULL, NULL))
        return 1;
    t.kernel = argc == 1 && oracle_is_complete(reason, sizeof(reason));
    for (unsigned op = 0; op < SK_OP_COUNT; op++)
        test_form(&t, (enum sk_op)op);
    if (!t.kernel)
        printf("skipped: %" PRIu64 " comparisons with the live kernel: %s\n", t.skipped,
               reason);
    printf("%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n", t.passed,
           t.failed, t.skipped);
    sk_env_fini(&t.env);
    return t.failed != 0;
}
