/* The engines: the interpreter's three builds, and the live kernel.
 *
 * Each run gets memory of its own from malloc(3), of exactly its size, so that a
 * sanitizer sees what leaves it. */
#include "engine.h"

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

static void run_skep(struct skt_program *program, const struct skt_run *run,
                     uint32_t flags, skep_trace_fn trace, void *trace_ctx,
                     struct skt_outcome *out)
{
    struct skep_err err = { .code = SKEP_OK };
    struct skep_run_opts opts = {
        .size = sizeof(opts),
        .flags = run->flags | flags,
        .ctx = lend(&run->ctx),
        .ctx_len = run->ctx.len,
        .data = lend(&run->data),
        .data_len = run->data.len,
        .fuel = run->fuel,
        .stop = &run->stop,
        .trace = trace,
        .trace_ctx = trace_ctx,
    };
    enum skep_code code;

    out->res.size = sizeof(out->res);
    out->ctx_at = (uint64_t)(uintptr_t)opts.ctx;
    out->data_at = (uint64_t)(uintptr_t)opts.data;
    code = skep_run(program->prog, &opts, &out->res, &err);
    out->what = code ? SKT_FAULTED : SKT_RAN;
    if (code != out->res.fault.code ||
        (code && (err.code != code || err.where != out->res.fault.pc))) {
        out->what = SKT_BROKEN;
        snprintf(out->reason, sizeof(out->reason),
                 "result, fault and error differ: %.100s", err.message);
    }
    if (code)
        out->res.fault.pc -= program->first;
    if (out->res.uninit_reads)
        out->res.uninit_pc -= program->first;
    take_back(&out->ctx, run->ctx.len, opts.ctx);
    take_back(&out->data, run->data.len, opts.data);
}

static struct skt_str no_excuse(const struct skt_machine *machine,
                                const struct skt_program *program,
                                const struct skt_run *run)
{
    (void)machine, (void)program, (void)run;
    return skt_str("");
}

static void run_checked(struct skt_program *program, const struct skt_run *run,
                        struct skt_outcome *out)
{
    run_skep(program, run, 0, NULL, NULL, out);
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

static void run_traced(struct skt_program *program, const struct skt_run *run,
                       struct skt_outcome *out)
{
    struct watch w = { .program = program, .out = out, .expected = SKEP_TRACE_BEFORE };

    run_skep(program, run, 0, watch, &w, out);
    if (w.expected != SKEP_TRACE_BEFORE || w.expected_pc != UINT32_MAX)
        w.wrong = "the trace does not end";
    if (w.wrong && out->what != SKT_BROKEN) {
        out->what = SKT_BROKEN;
        snprintf(out->reason, sizeof(out->reason), "%s", w.wrong);
    }
}

/* ---- Unchecked -------------------------------------------------------------------- */

static struct skt_str fast_excuse(const struct skt_machine *machine,
                                  const struct skt_program *program,
                                  const struct skt_run *run)
{
    (void)machine;
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

static void run_fast(struct skt_program *program, const struct skt_run *run,
                     struct skt_outcome *out)
{
    run_skep(program, run, SKEP_RUN_UNCHECKED, NULL, NULL, out);
}

/* ---- The table -------------------------------------------------------------------- */

const struct skt_engine skt_engines[SKT_ENGINES] = {
    { .name = "checked",
      .tells = SKT_TELLS_ALL,
      .excuse = no_excuse,
      .run = run_checked },
    { .name = "traced",
      .tells = SKT_TELLS_ALL,
      .traces = 1,
      .excuse = no_excuse,
      .run = run_traced },
    { .name = "fast",
      .tells = SKT_TELLS_R0 | SKT_TELLS_FUEL | SKT_TELLS_FAULT,
      .excuse = fast_excuse,
      .run = run_fast },
    { .name = "kernel",
      .refuses = 1,
      .excuse = skt_kernel_excuse,
      .run = skt_kernel_run },
};

int skt_engine_is_here(const struct skt_machine *machine, const struct skt_engine *engine)
{
    return engine->run != skt_kernel_run || !machine->no_kernel[0];
}
