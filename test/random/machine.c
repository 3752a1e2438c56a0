/* Runs on the builds of the interpreter, without the public interface: a run's memory
 * stays at one place here, and nothing of it is hidden. */
#include "machine.h"

#include <stdio.h>
#include <string.h>

#include "watch.h"

const char *const build_names[BUILD_COUNT] = { "checked", "fast", "traced" };

static const struct {
    enum sk_code_kind kind;
    enum skep_code (*enter)(struct sk_run *run, uint32_t pc);
} builds[BUILD_COUNT] = {
    [BUILD_CHECKED] = { SK_CODE_INTERP_CHECKED, sk_interp_checked },
    [BUILD_FAST] = { SK_CODE_INTERP_FAST, sk_interp_fast },
    [BUILD_TRACED] = { SK_CODE_INTERP_CHECKED, sk_interp_traced },
};

/* What memory holds that no one has written. */
enum { GARBAGE = 0xa5 };

enum skep_code machine_init(struct machine *machine, const struct sk_env *env,
                            const void *slots, uint32_t count, struct skep_err *err)
{
    struct machine fresh = { 0 };
    enum skep_code code = sk_prog_init(&fresh.image.prog, env, NULL, slots,
                                       (size_t)count * SK_SLOT_BYTES, err);

    if (code)
        return code;
    code = sk_code_init(&fresh.code, &fresh.image.prog, err);
    if (code) {
        sk_prog_fini(&fresh.image.prog);
        return code;
    }
    fresh.image.code[SK_CODE_INTERP_CHECKED] = fresh.code.checked;
    fresh.image.code[SK_CODE_INTERP_FAST] = fresh.code.fast;
    *machine = fresh;
    return SKEP_OK;
}

void machine_fini(struct machine *machine)
{
    sk_code_fini(&machine->code, &machine->image.prog);
    sk_prog_fini(&machine->image.prog);
}

static void prepare(struct arena *arena, const struct machine *machine,
                    const struct start *start, const void *ctx, size_t ctx_len)
{
    struct sk_run *run = &arena->run;
    struct sk_region region = { (uint64_t)(uintptr_t)arena->ctx, ctx_len, "ctx", 1 };

    memset(arena, GARBAGE, sizeof(*arena));
    memcpy(arena->ctx, ctx, ctx_len);
    sk_run_init(run, &machine->image.prog);
    run->err = NULL;
    run->fuel = start->fuel;
    run->strict = start->strict;
    run->user = arena->user;
    run->ctx = region.base;
    run->entry_r2 = ctx_len;
    run->regs[SK_R1] = run->ctx;
    run->regs[SK_R2] = run->entry_r2;
    run->data = arena->ctx;
    run->data_len = ctx_len;
    sk_run_grant(run, &region);
}

static void take(const struct arena *arena, enum skep_code code, struct outcome *out)
{
    const struct sk_run *run = &arena->run;

    out->code = code;
    memcpy(out->regs, run->regs, sizeof(out->regs));
    out->fuel_left = run->fuel;
    out->uninit_reads = run->uninit_reads;
    out->uninit_pc = run->uninit_pc;
    out->region_count = run->region_count;
    if (code)
        out->fault = run->fault;
    memcpy(out->ctx, arena->ctx, sizeof(out->ctx));
    memcpy(out->user, arena->user, sizeof(out->user));
    memcpy(out->stack, run->stack, sizeof(out->stack));
}

static void run_traced(const struct machine *machine, struct sk_run *run,
                       struct outcome *out)
{
    struct watch watch;

    watch_begin(&watch, &machine->image.prog, run);
    run->tracer.fn = watch_event;
    run->tracer.ctx = &watch;
    out->code = run->enter(run, 0);
    watch_end(&watch, out->code, run->fuel);
    out->executed = watch.executed;
    memcpy(out->complaint, watch.complaint, sizeof(out->complaint));
}

static void check_rest(const struct arena *arena, size_t ctx_len, struct outcome *out)
{
    for (size_t i = ctx_len; i < sizeof(arena->ctx); i++) {
        if (arena->ctx[i] != GARBAGE && !out->complaint[0])
            snprintf(out->complaint, sizeof(out->complaint),
                     "the byte at %zu, behind the context, was written", i);
    }
}

void machine_run(const struct machine *machine, struct arena *arena, enum build build,
                 const struct start *start, const void *ctx, size_t ctx_len,
                 struct outcome *out)
{
    struct sk_run *run = &arena->run;

    memset(out, 0, sizeof(*out));
    prepare(arena, machine, start, ctx, ctx_len);
    run->checked = build != BUILD_FAST;
    run->kind = builds[build].kind;
    run->enter = builds[build].enter;
    if (build == BUILD_TRACED)
        run_traced(machine, run, out);
    else
        out->code = run->enter(run, 0);
    take(arena, out->code, out);
    check_rest(arena, ctx_len, out);
}

const char *outcome_difference(const struct outcome *a, const struct outcome *b)
{
    if (a->code != b->code)
        return "how the run ended";
    if (a->fault.code != b->fault.code || a->fault.pc != b->fault.pc ||
        a->fault.depth != b->fault.depth)
        return "the place of the fault";
    if (memcmp(a->fault.regs, b->fault.regs, sizeof(a->fault.regs)) != 0)
        return "the registers of the fault";
    if (a->fault.addr != b->fault.addr || a->fault.len != b->fault.len ||
        a->fault.write != b->fault.write)
        return "the access that faulted";
    if (memcmp(a->regs, b->regs, sizeof(a->regs)) != 0)
        return "registers";
    if (memcmp(a->ctx, b->ctx, sizeof(a->ctx)) != 0)
        return "the context";
    if (memcmp(a->user, b->user, sizeof(a->user)) != 0)
        return "the helper's memory";
    if (a->fuel_left != b->fuel_left)
        return "fuel";
    if (a->uninit_reads != b->uninit_reads || a->uninit_pc != b->uninit_pc)
        return "reads of what was never written";
    if (memcmp(a->stack, b->stack, sizeof(a->stack)) != 0)
        return "the stack";
    return NULL;
}
