/* skep trace: run a program and show what each instruction changes. */
#include "trace.h"

#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "report.h"

uint64_t memory_number(const uint8_t *bytes, uint32_t len)
{
    uint64_t number = 0;

    for (uint32_t i = len; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

const char *written_field(const struct trace *trace, const struct skep_trace_event *event)
{
    if (!event->mem_len || strcmp(event->mem_region, "ctx") != 0)
        return NULL;
    return field_at(trace->places.type, (uint64_t)event->mem_offset);
}

int written_register(const struct skep_insn *insn, const struct skep_form *form)
{
    if (!strncmp(form->text, "{d} ", 4) || !strncmp(form->text, "{wd} ", 5))
        return insn->dst;
    if (!strncmp(form->text, "{s} ", 4))
        return insn->src;
    if (!strncmp(form->text, "r0 ", 3))
        return 0;
    if (!strncmp(form->text, "call", 4) && insn->target == UINT32_MAX)
        return 0; /* a helper's result */
    return -1;
}

/* What the hook needs: the trace and how it is shown. */
struct watch {
    struct trace *trace;
    const struct trace_printer *printer;
};

static int on_event(void *ctx, const struct skep_trace_event *event)
{
    struct watch *watch = ctx;
    struct places *places = &watch->trace->places;

    if (event->phase == SKEP_TRACE_BEFORE) {
        places->depth = event->depth < PLACE_FRAMES ? event->depth : PLACE_FRAMES - 1;
        places->frames[places->depth] = event->regs[10];
        return 0;
    }
    watch->trace->insns++;
    watch->printer->insn(watch->trace, event);
    return ferror(stdout);
}

static int trace_run(const struct trace_printer *printer, struct trace *trace,
                     const struct skep_run_opts *plain)
{
    struct watch watch = { .trace = trace, .printer = printer };
    struct skep_result res = { .size = sizeof(res) };
    uint64_t fuel = plain->fuel ? plain->fuel : SKEP_FUEL_DEFAULT;
    struct skep_run_opts opts = *plain;
    struct skep_err err;
    enum skep_code code;

    opts.trace = on_event;
    opts.trace_ctx = &watch;
    printer->start(trace);
    code = skep_run(trace->program->prog, &opts, &res, &err);
    if (ferror(stdout))
        return 0; /* output_finish reports that */
    if (code != SKEP_OK && skep_code_kind(code) != SKEP_KIND_FAULT)
        return fail_run(trace->program, trace->context, &res, &err);
    printer->end(trace, &res, fuel - res.fuel_left, code == SKEP_OK ? NULL : &err);
    fflush(stdout);
    if (code != SKEP_OK)
        return fail_run(trace->program, trace->context, &res, &err);
    warn_uninit(trace->program, &res);
    return 0;
}

static int trace_program(const struct cli *cli, const struct program *program,
                         const struct context *context)
{
    struct trace trace = {
        .program = program,
        .context = context,
        .places = { .type = program->info.type,
                    .context = context,
                    .object = &program->object },
        .colours = colours_stdout(),
        .j = cli_json(cli),
    };
    struct skep_run_opts opts;
    int status = run_options(&cli->args, context, &opts);

    if (status)
        return status;
    return trace_run(cli->style == STYLE_TEXT ? &trace_text : &trace_json, &trace, &opts);
}

int cmd_trace(const struct cli *cli)
{
    return context_with(cli, SKEP_ENGINE_INTERP, trace_program);
}
