/* The engines: the interpreter's three builds, native code as it is made for each kind of
 * runs, and the live kernel.
 *
 * Each run gets memory of its own from malloc(3), of exactly its size, so that a
 * sanitizer sees what leaves it. */
#include "engine.h"

#include <skep_native.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A copy for the program to work on, or NULL if there is nothing. */
static void *lend(const struct skt_memory *memory)
{
    void *copy = memory->len ? malloc(memory->len) : NULL;

    if (!copy && memory->len)
        abort();
    if (copy)
        memcpy(copy, memory->bytes, memory->len);
    return copy;
}

static void take_back(struct skt_memory *memory, uint32_t len, void *copy)
{
    memory->len = len;
    if (copy)
        memcpy(memory->bytes, copy, len);
    free(copy);
}

/* What must hold of every run by the library, whatever it computed; "" if it does. */
static struct skt_str broken(const struct skt_engine *engine, enum skep_code code,
                             const struct skep_result *res, const struct skep_err *err)
{
    if (code != res->fault.code ||
        (code && (err->code != code || err->where != res->fault.pc)))
        return skt_str("result, fault and error differ");
    if (res->engine != engine->engine)
        return skt_str(engine->engine == SKEP_ENGINE_JIT
                           ? "it was not native code that ran"
                           : "it was not the interpreter");
    return skt_str("");
}

static void be_broken(struct skt_outcome *out, struct skt_str why)
{
    if (!why.len || out->what == SKT_BROKEN)
        return;
    out->what = SKT_BROKEN;
    snprintf(out->reason, sizeof(out->reason), "%.*s", (int)why.len, why.at);
}

/* Runs it with what the caller set of `opts`: a trace function. */
static void run_with(const struct skt_engine *engine, const struct skt_program *program,
                     const skep_prog *prog, const struct skt_run *run,
                     struct skep_run_opts opts, struct skt_outcome *out)
{
    struct skep_err err = { .code = SKEP_OK };
    enum skep_code code;

    opts.size = sizeof(opts);
    opts.flags = run->flags | engine->flags;
    opts.ctx = lend(&run->ctx);
    opts.ctx_len = run->ctx.len;
    opts.data = lend(&run->data);
    opts.data_len = run->data.len;
    opts.fuel = run->fuel;
    opts.stop = &run->stop;
    opts.user = (void *)(uintptr_t)prog;
    out->res.size = sizeof(out->res);
    out->ctx_at = (uint64_t)(uintptr_t)opts.ctx;
    out->data_at = (uint64_t)(uintptr_t)opts.data;
    skt_maps_fill(program, run);
    code = skep_run(prog, &opts, &out->res, &err);
    out->what = code ? SKT_FAULTED : SKT_RAN;
    if (code)
        memcpy(out->message, err.message, sizeof(out->message));
    be_broken(out, broken(engine, code, &out->res, &err));
    take_back(&out->ctx, run->ctx.len, opts.ctx);
    take_back(&out->data, run->data.len, opts.data);
    skt_maps_take(program, out);
}

/* Slots as the case counts them. */
static void shift_slots(const struct skt_program *program, struct skt_outcome *out)
{
    if (out->res.fault.code)
        out->res.fault.pc -= program->first;
    if (out->res.uninit_reads)
        out->res.uninit_pc -= program->first;
}

static void run_skep(const struct skt_engine *engine, struct skt_program *program,
                     const struct skt_run *run, struct skt_outcome *out)
{
    const skep_prog *prog =
        engine->load == SKT_GUARDED ? program->guarded : program->prog;

    if (!prog) {
        be_broken(out, skt_str("it loads, but not with native code"));
        return;
    }
    run_with(engine, program, prog, run, (struct skep_run_opts){ 0 }, out);
    shift_slots(program, out);
}

/* ---- Traced ----------------------------------------------------------------------- */

enum { FRAMES = 8 };

/* Looks on: notes the forms of the case's own instructions, and that events come in pairs
 * which make one path; those of a callback make one of their own, between the two events of the
 * call that it is due to. */
struct watch {
    const struct skt_program *program;
    struct skt_outcome *out;
    uint32_t expected_pc; /* of the next event */
    enum skep_trace_phase expected;
    struct {
        uint32_t pc, depth;
    } calls[FRAMES]; /* instructions that began; only the last may not be a call */
    uint32_t inside; /* their number */
    const char *wrong;
};

/* A callback begins: at a function, deeper than the call of a helper that began. */
static int begins_callback(const struct watch *w, const struct skep_trace_event *event)
{
    struct skep_insn call;

    if (event->phase != SKEP_TRACE_BEFORE || w->expected != SKEP_TRACE_AFTER ||
        w->inside == FRAMES || event->depth != w->calls[w->inside - 1].depth + 1)
        return 0;
    return !skep_prog_insn(w->program->prog, w->expected_pc, &call) &&
           call.form == SK_OP_CALL;
}

static int watch(void *ctx, const struct skep_trace_event *event)
{
    struct watch *w = ctx;
    struct skep_insn insn;

    if (event->prog != w->program->prog ||
        (!begins_callback(w, event) &&
         (event->phase != w->expected || event->pc != w->expected_pc)))
        w->wrong = "the trace is no path";
    if (event->phase == SKEP_TRACE_AFTER) {
        w->inside -= w->inside > 0;
        w->expected = SKEP_TRACE_BEFORE;
        w->expected_pc = event->next_pc;
        if (event->next_pc == UINT32_MAX && w->inside) {
            w->expected = SKEP_TRACE_AFTER;
            w->expected_pc = w->calls[w->inside - 1].pc;
        }
        return 0;
    }
    if (w->inside < FRAMES) {
        w->calls[w->inside].pc = event->pc;
        w->calls[w->inside++].depth = event->depth;
    }
    w->expected = SKEP_TRACE_AFTER;
    w->expected_pc = event->pc;
    if (event->pc < w->program->first)
        return 0;
    if (skep_prog_insn(w->program->prog, event->pc, &insn) || !insn.slots)
        w->wrong = "the trace leaves the program";
    else
        w->out->forms[insn.form] = 1;
    return 0;
}

static void run_traced(const struct skt_engine *engine, struct skt_program *program,
                       const struct skt_run *run, struct skt_outcome *out)
{
    struct watch w = { .program = program, .out = out, .expected = SKEP_TRACE_BEFORE };

    run_with(engine, program, program->prog, run,
             (struct skep_run_opts){ .trace = watch, .trace_ctx = &w }, out);
    shift_slots(program, out);
    if (w.expected != SKEP_TRACE_BEFORE || w.expected_pc != UINT32_MAX)
        w.wrong = "the trace does not end";
    if (w.wrong)
        be_broken(out, skt_str(w.wrong));
}

/* ---- Excuses ---------------------------------------------------------------------- */

/* Unchecked runs: what they do not look for. */
static struct skt_str unchecked_excuse(const struct skt_program *program,
                                       const struct skt_run *run)
{
    switch (program->want) {
    case SKEP_E_ACCESS:
    case SKEP_E_MISALIGNED:
    case SKEP_E_UNINIT_REG:
    case SKEP_E_UNINIT_STACK:
    case SKEP_E_HELPER_ARG:
        return skt_str("unchecked runs do not notice bad accesses");
    default:
        break;
    }
    if (run->flags & SKEP_RUN_STRICT)
        return skt_str("unchecked runs cannot be strict");
    return skt_str(run->want.uninit ? "unchecked runs find anything in unwritten memory"
                                    : "");
}

/* Unmetered runs: they end only by themselves. */
static struct skt_str unmetered_excuse(const struct skt_program *program,
                                       const struct skt_run *run)
{
    int limited = program->want == SKEP_E_FUEL || program->want == SKEP_E_STOPPED;

    return skt_str(limited || run->fuel || run->stop ? "unmetered runs have no limits"
                                                     : "");
}

static struct skt_str excuse(const struct skt_engine *engine,
                             const struct skt_machine *machine,
                             const struct skt_program *program, const struct skt_run *run)
{
    struct skt_str why = skt_engine_missing(machine, engine);

    if (!why.len && engine->flags & SKEP_RUN_UNCHECKED)
        why = unchecked_excuse(program, run);
    if (!why.len && engine->flags & SKEP_RUN_UNMETERED)
        why = unmetered_excuse(program, run);
    return why;
}

/* ---- The table -------------------------------------------------------------------- */

/* Of unchecked runs. */
enum { TELLS_UNCHECKED = SKT_TELLS_R0 | SKT_TELLS_FUEL | SKT_TELLS_FAULT };

#define INTERPRETER(NAME, RUN, TELLS, FLAGS)                                             \
    .name = NAME, .tells = TELLS, .flags = SKEP_RUN_INTERP | (FLAGS),                    \
    .engine = SKEP_ENGINE_INTERP, .excuse = excuse, .run = RUN
#define NATIVE(NAME, LOAD, TELLS, FLAGS)                                                 \
    .name = NAME, .tells = TELLS, .flags = FLAGS, .load = LOAD,                          \
    .engine = SKEP_ENGINE_JIT, .excuse = excuse, .run = run_skep

const struct skt_engine skt_engines[SKT_ENGINES] = {
    { INTERPRETER("checked", run_skep, SKT_TELLS_ALL, 0) },
    { INTERPRETER("traced", run_traced, SKT_TELLS_ALL, 0), .traces = 1 },
    { INTERPRETER("fast", run_skep, TELLS_UNCHECKED, SKEP_RUN_UNCHECKED) },
    { NATIVE("native", SKT_PLAIN, SKT_TELLS_ALL, 0) },
    { NATIVE("native-fast", SKT_PLAIN, TELLS_UNCHECKED, SKEP_RUN_UNCHECKED) },
    { NATIVE("native-unmetered", SKT_PLAIN, SKT_TELLS_R0 | SKT_TELLS_FAULT,
             SKEP_RUN_UNCHECKED | SKEP_RUN_UNMETERED) },
    { NATIVE("native-blind", SKT_GUARDED, SKT_TELLS_ALL, 0) },
    { NATIVE("native-fast-blind", SKT_GUARDED, TELLS_UNCHECKED, SKEP_RUN_UNCHECKED) },
    { .name = "kernel",
      .refuses = 1,
      .excuse = skt_kernel_excuse,
      .run = skt_kernel_run },
};

/* ---- The machine ------------------------------------------------------------------ */

struct skt_str skt_engine_missing(const struct skt_machine *machine,
                                  const struct skt_engine *engine)
{
    if (engine->engine == SKEP_ENGINE_JIT)
        return skt_str(machine->no_native);
    return skt_str(engine->run == skt_kernel_run ? machine->no_kernel : "");
}

/* There is native code if the library can compile for this machine: then it must also
 * run. */
static void find_native(struct skt_machine *machine, skep_vm *vm)
{
    static const char text[] = "r0 = 0\nexit\n";
    struct skep_load_opts opts = { .size = sizeof(opts),
                                   .format = SKEP_FORMAT_ASM,
                                   .engine = SKEP_ENGINE_INTERP };
    skep_prog *prog;
    skep_native *native;
    struct skep_err err;

    if (skep_load(vm, text, strlen(text), &opts, &prog, NULL))
        abort();
    if (skep_compile(prog, NULL, &native, &err))
        snprintf(machine->no_native, sizeof(machine->no_native), "%.120s", err.message);
    else
        skep_native_free(native);
    skep_prog_free(prog);
}

void skt_machine_init(struct skt_machine *machine, skep_vm *vm)
{
    memset(machine, 0, sizeof(*machine));
    find_native(machine, vm);
    skt_kernel_init(machine);
}
