/* Differential runs.
 *
 * Programs of GEN_KERNEL run inside oracle_wrap()'s program on the builds (three of the
 * interpreter, three of native code), on the model and on the live kernel, from several states,
 * and then on the builds with little fuel. Programs of GEN_ENDLESS run on the builds with
 * several amounts of fuel, those of GEN_WILD too, but not on builds that check nothing.
 * Native code that counts no fuel is left out of runs that fuel ends. */
#include "check.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "base/out.h"
#include "kernel.h"
#include "model.h"
#include "text/text.h"

enum { STATES = 3, FUELS = 3, PLENTY = 1 << 18, RAW_CTX = 64 };

static void random_state(struct source *source, struct oracle_state *state)
{
    for (unsigned i = 0; i < ORACLE_REGS; i++)
        state->reg[i] = source_number(source);
    for (unsigned i = 0; i < ORACLE_MEM; i += 8)
        sk_store64(state->mem + i, source_number(source));
}

/* ---- Reports ----------------------------------------------------------------------- */

static void print_outcome(const struct outcome *o, const char *name, FILE *out)
{
    fprintf(out, "  %s: %s, %llu fuel left, %llu uninitialised reads (first at %u)\n",
            name, skep_code_name(o->code), (unsigned long long)o->fuel_left,
            (unsigned long long)o->uninit_reads, o->uninit_pc);
    if (o->code)
        fprintf(out, "    at slot %u, depth %u, access of %u bytes at 0x%llx\n",
                o->fault.pc, o->fault.depth, o->fault.len,
                (unsigned long long)o->fault.addr);
    for (unsigned r = 0; r < SK_REGS; r++)
        fprintf(out, "    r%-2u 0x%016llx\n", r, (unsigned long long)o->regs[r]);
}

static void print_state(const struct oracle_state *state, const char *name, FILE *out)
{
    fprintf(out, "  %s:\n", name);
    for (unsigned r = 0; r < ORACLE_REGS; r++)
        fprintf(out, "    r%-2u 0x%016llx\n", r, (unsigned long long)state->reg[r]);
    fprintf(out, "    mem");
    for (unsigned i = 0; i < ORACLE_MEM; i++)
        fprintf(out, "%s%02x", i % 8 ? "" : " ", state->mem[i]);
    fprintf(out, "\n");
}

static void print_line(const struct checker *checker, const struct gen_prog *prog,
                       uint32_t pc, const struct sk_insn *insn, FILE *out)
{
    struct sk_out text;
    char buf[128];

    sk_out_buf(&text, buf, sizeof(buf));
    sk_text_insn(&text, &checker->env, SKEP_KERNEL, insn, pc);
    fprintf(out, "%5u: %-44s ;", pc, buf);
    for (uint32_t i = 0; i < sk_insn_slots(insn) * SK_SLOT_BYTES; i++)
        fprintf(out, "%s%02x", i % 8 ? "" : " ", prog->slots[pc * SK_SLOT_BYTES + i]);
    fprintf(out, "\n");
}

void check_print(const struct checker *checker, const struct gen_prog *prog, FILE *out)
{
    for (uint32_t pc = 0; pc < prog->count;) {
        struct sk_insn insn;

        if (sk_decode(prog->slots, prog->count, pc, &insn, NULL)) {
            fprintf(out, "%5u: does not decode\n", pc++);
            continue;
        }
        print_line(checker, prog, pc, &insn, out);
        pc += sk_insn_slots(&insn);
    }
}

/* ---- The builds -------------------------------------------------------------------- */

/* Whether a run did what the build that checks nothing must not be asked to do. */
static int is_unsafe(const struct outcome *o)
{
    return o->code == SKEP_E_ACCESS || o->code == SKEP_E_MISALIGNED || o->uninit_reads;
}

/* Which builds programs of a mode may run on. */
static uint32_t builds_for(const struct checker *checker, enum gen_mode mode)
{
    uint32_t builds = 0;

    for (enum build b = BUILD_CHECKED; b < BUILD_COUNT; b++)
        builds |= (uint32_t)(mode != GEN_WILD || build_is_checked(b)) << b;
    return builds & (checker->builds ? checker->builds : UINT32_MAX);
}

/* Runs on the builds and compares; the outcomes stay in the checker. */
static enum verdict check_builds(struct checker *checker, const struct machine *machine,
                                 const struct start *start, const void *ctx,
                                 size_t ctx_len, uint32_t builds, FILE *out)
{
    const struct outcome *first = &checker->outcomes[BUILD_CHECKED];

    for (enum build b = BUILD_CHECKED; b < BUILD_COUNT; b++) {
        struct outcome *o = &checker->outcomes[b];
        const char *what;

        if (!(builds & machine->builds & 1u << b) ||
            (!build_is_metered(b) && first->code == SKEP_E_FUEL))
            continue;
        if (!build_is_checked(b) && is_unsafe(first))
            return VERDICT_FAULT;
        machine_run(machine, &checker->arena, b, start, ctx, ctx_len, o);
        what = o->complaint[0] ? o->complaint : outcome_difference(first, o);
        if (!what)
            continue;
        if (out) {
            fprintf(out, "%s and %s differ in: %s (fuel %llu, strict %u)\n",
                    build_infos[BUILD_CHECKED].name, build_infos[b].name, what,
                    (unsigned long long)start->fuel, start->strict);
            print_outcome(first, build_infos[BUILD_CHECKED].name, out);
            print_outcome(o, build_infos[b].name, out);
        }
        return VERDICT_DIFFER;
    }
    return VERDICT_AGREE;
}

/* Amounts of fuel: none or little, some, or half of what the last run took. */
static uint64_t pick_fuel(struct source *source, uint64_t taken)
{
    switch (source_below(source, 3)) {
    case 0:
        return 1 + source_below(source, 40);
    case 1:
        return 1 + source_below(source, 2000);
    default:
        return 1 + taken / 2;
    }
}

static enum verdict check_raw(struct checker *checker, const struct machine *machine,
                              enum gen_mode mode, struct source *source, FILE *out)
{
    uint32_t builds = builds_for(checker, mode);
    uint8_t ctx[RAW_CTX];
    uint64_t taken = 0;

    for (unsigned i = 0; i < RAW_CTX; i += 8)
        sk_store64(ctx + i, source_number(source));
    for (unsigned i = 0; i < FUELS; i++) {
        struct start start = { .fuel = pick_fuel(source, taken),
                               .strict = mode == GEN_WILD && source_chance(source, 30) };
        enum verdict verdict =
            check_builds(checker, machine, &start, ctx, sizeof(ctx), builds, out);

        if (verdict != VERDICT_AGREE)
            return verdict;
        taken = start.fuel - checker->outcomes[BUILD_CHECKED].fuel_left;
    }
    return VERDICT_AGREE;
}

/* ---- Model and kernel -------------------------------------------------------------- */

/* A program of GEN_KERNEL, without its wrapper, and loaded into the kernel or -1. */
struct body {
    const struct oracle_insn *slots;
    uint32_t count;
    int fd;
};

static enum verdict check_kernel(const struct oracle_state *in,
                                 const struct oracle_state *ours, int fd, FILE *out)
{
    struct oracle_state theirs = *in;
    struct oracle_io io = { .ctx = &theirs, .ctx_size = sizeof(theirs) };
    int r = oracle_run(fd, &io);

    if (!r && !memcmp(ours, &theirs, sizeof(theirs)))
        return VERDICT_AGREE;
    if (out) {
        fprintf(out, r ? "the kernel's run failed: %s\n" : "the kernel differs%s\n",
                r ? strerror(-r) : "");
        print_state(in, "before", out);
        print_state(ours, "interpreter", out);
        print_state(&theirs, "kernel", out);
    }
    return VERDICT_KERNEL;
}

static enum verdict check_model(const struct oracle_state *in,
                                const struct oracle_state *ours, const struct body *body,
                                FILE *out)
{
    struct oracle_state theirs = *in;
    enum model_end end = model_run(body->slots, body->count, &theirs, PLENTY);

    if (end == MODEL_EXIT && !memcmp(ours, &theirs, sizeof(theirs)))
        return VERDICT_AGREE;
    if (out) {
        fprintf(out, "the model differs (its end: %d)\n", (int)end);
        print_state(in, "before", out);
        print_state(ours, "interpreter", out);
        print_state(&theirs, "model", out);
    }
    return VERDICT_MODEL;
}

/* From one state: the builds, the model, and the kernel if there is a descriptor. */
static enum verdict check_state(struct checker *checker, const struct machine *machine,
                                const struct body *body, struct source *source, FILE *out)
{
    const struct outcome *o = &checker->outcomes[BUILD_CHECKED];
    struct oracle_state in, ours;
    struct start start = { .fuel = PLENTY };
    enum verdict verdict;

    random_state(source, &in);
    verdict = check_builds(checker, machine, &start, &in, sizeof(in),
                           builds_for(checker, GEN_KERNEL), out);
    if (verdict != VERDICT_AGREE)
        return verdict;
    if (o->code || o->uninit_reads) {
        if (out)
            print_outcome(o, "it must run to its end", out);
        return VERDICT_FAULT;
    }
    memcpy(&ours, o->ctx, sizeof(ours));
    verdict = check_model(&in, &ours, body, out);
    if (verdict != VERDICT_AGREE || body->fd < 0)
        return verdict;
    return check_kernel(&in, &ours, body->fd, out);
}

static enum verdict check_states(struct checker *checker, const struct machine *machine,
                                 const struct body *body, struct source *source,
                                 FILE *out)
{
    struct oracle_state in;
    struct start start;

    for (unsigned i = 0; i < STATES; i++) {
        enum verdict verdict = check_state(checker, machine, body, source, out);

        if (verdict != VERDICT_AGREE)
            return verdict;
    }
    random_state(source, &in);
    start = (struct start){
        .fuel = pick_fuel(source, PLENTY - checker->outcomes[BUILD_CHECKED].fuel_left)
    };
    return check_builds(checker, machine, &start, &in, sizeof(in),
                        builds_for(checker, GEN_KERNEL), out);
}

static enum verdict load_there(const struct oracle_insn *slots, uint32_t count, int *fd,
                               FILE *out)
{
    struct oracle_prog prog = { .type = ORACLE_SYSCALL, .insns = slots, .count = count };
    char text[8192];
    struct oracle_log log = { text, sizeof(text), 1 };

    *fd = oracle_load(&prog, NULL);
    if (*fd >= 0)
        return VERDICT_AGREE;
    if (*fd == -E2BIG)
        return VERDICT_TOO_LONG;
    if (out) {
        fprintf(out, "the kernel refuses it: %s\n", strerror(-*fd));
        oracle_close(oracle_load(&prog, &log));
        fprintf(out, "%s\n", text);
    }
    return VERDICT_REFUSED;
}

/* ---- A program --------------------------------------------------------------------- */

static enum verdict refused(const struct skep_err *err, FILE *out)
{
    if (out)
        fprintf(out, "refused at slot %llu: %s\n", (unsigned long long)err->where,
                err->message);
    return VERDICT_REFUSED;
}

/* How native code is made. */
static uint32_t pick_native(struct source *source)
{
    static const uint32_t ways[] = { 0, SKEP_NATIVE_PADS, SKEP_NATIVE_BLIND,
                                     SKEP_NATIVE_BLIND | SKEP_NATIVE_NO_PADS };

    return ways[source_below(source, SK_LEN(ways))];
}

static enum verdict check_body(struct checker *checker, struct source *source,
                               const struct gen_prog *prog, FILE *out)
{
    struct oracle_insn wrapped[ORACLE_BODY_AT + GEN_MAX_SLOTS];
    uint32_t count = oracle_wrap(prog->slots, prog->count, wrapped, SK_LEN(wrapped));
    struct oracle_insn slots[GEN_MAX_SLOTS];
    struct body body = { slots, prog->count, -1 };
    struct machine machine;
    struct skep_err err;
    enum verdict verdict = VERDICT_AGREE;

    memcpy(slots, prog->slots, prog->count * sizeof(slots[0]));
    if (machine_init(&machine, &checker->env, wrapped, count, pick_native(source), &err))
        return refused(&err, out);
    if (checker->kernel)
        verdict = load_there(wrapped, count, &body.fd, out);
    if (verdict == VERDICT_AGREE)
        verdict = check_states(checker, &machine, &body, source, out);
    checker->on_native += verdict == VERDICT_AGREE && machine.builds >> BUILD_NATIVE & 1;
    checker->on_kernel += verdict == VERDICT_AGREE && body.fd >= 0;
    oracle_close(body.fd);
    machine_fini(&machine);
    return verdict;
}

enum verdict check_program(struct checker *checker, enum gen_mode mode, uint64_t seed,
                           const struct gen_prog *prog, FILE *out)
{
    struct source source;
    struct machine machine;
    struct skep_err err;
    enum verdict verdict;

    source_seed(&source, ~seed);
    if (mode == GEN_KERNEL)
        return check_body(checker, &source, prog, out);
    if (machine_init(&machine, &checker->env, prog->slots, prog->count,
                     pick_native(&source), &err))
        return refused(&err, out);
    machine_keep_addresses(&machine);
    verdict = check_raw(checker, &machine, mode, &source, out);
    checker->on_native += verdict == VERDICT_AGREE && machine.builds >> BUILD_NATIVE & 1;
    machine_fini(&machine);
    return verdict;
}
