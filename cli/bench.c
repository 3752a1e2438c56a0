/* skep bench: how fast a program loads and runs.
 *
 * Runs are timed in batches, for one alone is often shorter than the clock can see. The
 * first batch warms up; the fastest of the others says what the machine can do, the
 * middle one what it usually does. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <skep_native.h>

#include "clock.h"
#include "command.h"
#include "context.h"
#include "cost.h"
#include "engine.h"
#include "fault.h"
#include "program.h"
#include "report.h"
#include "stop.h"
#include "text.h"

enum { BATCHES = COST_SAMPLES_MAX };

static const uint64_t batch_ns = 2 * 1000 * 1000;

struct figures {
    enum skep_engine engine;
    struct timing run, load, compile; /* ns; compile is 0 without code */
    uint64_t retval, insns;
    size_t code_bytes; /* 0: the interpreter ran it */
};

/* One program and how it is run. */
struct job {
    const struct program *program;
    const struct context *context;
    enum skep_native_flags kind; /* of the code, where there is some */
    struct skep_run_opts opts;
    struct skep_result res;
};

/* Runs the program `runs` times; *ns is how long that took. */
static int run_batch(struct job *job, uint64_t runs, uint64_t *ns)
{
    const struct program *program = job->program;
    uint64_t start = now_ns();
    struct skep_err err;

    for (uint64_t i = 0; i < runs; i++) {
        if (stop_is_set(job->opts.stop))
            return fail_stopped(program);
        if (skep_run(program->prog, &job->opts, &job->res, &err) != SKEP_OK)
            return fail_run(program, job->context, &job->res, &err);
    }
    *ns = now_ns() - start;
    return 0;
}

/* How many runs fill a batch. */
static int find_length(struct job *job, uint64_t *runs)
{
    uint64_t ns = 0;
    int status = 0;

    for (*runs = 1; !status && ns < batch_ns / 2; *runs *= 2)
        status = run_batch(job, *runs, &ns);
    return status;
}

/* Spreads `repeat` runs over batches; 0: as many as is good. */
static int time_runs(struct job *job, uint64_t repeat, struct timing *timing)
{
    uint64_t batches = repeat && repeat < BATCHES ? repeat : BATCHES, runs = 0, ns = 0;
    double samples[BATCHES];
    int status = 0;

    if (repeat)
        runs = repeat / batches;
    else
        status = find_length(job, &runs);
    if (!status)
        status = run_batch(job, runs, &ns);
    for (uint64_t i = 0; i < batches && !status; i++) {
        status = run_batch(job, runs, &ns);
        samples[i] = (double)ns / (double)runs;
    }
    if (!status)
        *timing = timing_of(samples, batches);
    return status;
}

static int count_insn(void *ctx, const struct skep_trace_event *event)
{
    *(uint64_t *)ctx += event->phase == SKEP_TRACE_BEFORE;
    return 0;
}

/* One run with every access checked: what the program returns, and how many instructions
 * that takes. A program that faults is found out here, before it runs unchecked. */
static int count_insns(struct job *job, uint64_t *insns)
{
    struct skep_run_opts traced = job->opts;
    struct skep_err err;

    *insns = 0;
    traced.flags |= SKEP_RUN_INTERP;
    traced.trace = count_insn;
    traced.trace_ctx = insns;
    if (skep_run(job->program->prog, &traced, &job->res, &err) != SKEP_OK)
        return fail_run(job->program, job->context, &job->res, &err);
    return 0;
}

/* The name of the program in the report. */
static const char *label(const struct program *program)
{
    return program->info.name[0] ? program->info.name : program->input.name;
}

/* The name of what ran: "jit", "interp-checked". */
static const char *full_name(const struct figures *figures, const struct job *job,
                             char buf[32])
{
    snprintf(buf, 32, "%s%s", engine_name(figures->engine),
             job->kind == SKEP_NATIVE_CHECKED ? "-checked" : "");
    return buf;
}

static void report_text(const struct figures *figures, const struct job *job)
{
    const struct program *program = job->program;
    double insns = (double)figures->insns, slots = program->info.insns;
    char name[32];

    text_put(stdout, label(program), strlen(label(program)));
    printf(": %u instructions, engine %s\n", program->info.insns,
           full_name(figures, job, name));
    printf("  ns a run            min %10.2f   median %10.2f\n", figures->run.min,
           figures->run.median);
    printf("  ns an instruction   min %10.3f   median %10.3f   (%" PRIu64 " executed)\n",
           figures->run.min / insns, figures->run.median / insns, figures->insns);
    printf("  ns a load           min %10.0f   median %10.0f   (%.1f an instruction)\n",
           figures->load.min, figures->load.median, figures->load.median / slots);
    if (figures->code_bytes)
        printf(
            "  ns to compile       min %10.0f   median %10.0f   (%.1f an instruction)\n"
            "  %zu bytes of code\n",
            figures->compile.min, figures->compile.median,
            figures->compile.median / slots, figures->code_bytes);
    printf("  returns %" PRIu64 "\n", figures->retval);
}

static void report_json(struct jw j, const struct figures *figures, const struct job *job)
{
    char name[32];

    jw_open(&j, NULL, '{');
    jw_str(&j, "program", label(job->program));
    jw_str(&j, "engine", full_name(figures, job, name));
    jw_real(&j, "ns_min", figures->run.min);
    jw_real(&j, "ns_median", figures->run.median);
    jw_u64(&j, "retval", figures->retval);
    jw_u64(&j, "insns", figures->insns);
    jw_u64(&j, "code_bytes", figures->code_bytes);
    jw_real(&j, "load_ns", figures->load.median);
    jw_null(&j, "verify_ns");
    jw_real(&j, "compile_ns", figures->compile.median);
    jw_close(&j, '}');
    jw_end(&j);
}

/* The runs' flags. Only code can do without fuel. */
static uint32_t run_flags(const struct job *job, const skep_native *native)
{
    if (job->kind == SKEP_NATIVE_CHECKED)
        return 0;
    if (job->kind == SKEP_NATIVE_UNMETERED && native)
        return SKEP_RUN_UNCHECKED | SKEP_RUN_UNMETERED;
    return SKEP_RUN_UNCHECKED;
}

/* Times the runs, and what comes before them. */
static int time_all(struct job *job, uint64_t repeat, struct figures *figures)
{
    const skep_native *native = skep_prog_native(job->program->prog, job->kind);
    int status;

    job->opts.flags |= run_flags(job, native);
    status = time_runs(job, repeat, &figures->run);
    figures->engine = job->res.engine;
    if (!status)
        status = cost_load(job->program, COST_SAMPLES_MAX, &figures->load);
    if (status || figures->engine != SKEP_ENGINE_JIT || !native)
        return status;
    skep_native_code(native, &figures->code_bytes);
    return cost_compile(job->program, job->kind, COST_SAMPLES_MAX, &figures->compile);
}

static int measure(const struct cli *cli, struct job *job, struct figures *figures)
{
    uint64_t repeat = 0;
    int status = run_options(&cli->args, job->context, &job->opts);

    if (!status)
        status = args_number(&cli->args, OPT_REPEAT, 1, UINT32_MAX, &repeat);
    if (!status)
        status = count_insns(job, &figures->insns);
    if (status)
        return status;
    figures->retval = program_retval(job->program, &job->res);
    return time_all(job, repeat, figures);
}

static int bench_program(const struct cli *cli, const struct program *program,
                         enum skep_native_flags kind, const struct context *context)
{
    struct job job = {
        .program = program,
        .context = context,
        .kind = kind,
        .res = { .size = sizeof(job.res) },
    };
    struct figures figures = { 0 };
    int status = measure(cli, &job, &figures);

    if (status)
        return status;
    if (cli->style == STYLE_TEXT)
        report_text(&figures, &job);
    else
        report_json(cli_json(cli), &figures, &job);
    return 0;
}

/* The kind of code that the options ask for. */
static enum skep_native_flags find_kind(const struct args *args)
{
    if (args->value[OPT_CHECKED])
        return SKEP_NATIVE_CHECKED;
    return args->value[OPT_FUEL] ? SKEP_NATIVE_UNCHECKED : SKEP_NATIVE_UNMETERED;
}

static int check_options(const struct args *args)
{
    if (args->value[OPT_CHECKED] && args->value[OPT_UNCHECKED])
        return fail(SKEP_KIND_USAGE, NULL,
                    "--checked and --unchecked exclude each other");
    if (args->value[OPT_STRICT] && !args->value[OPT_CHECKED])
        return fail(SKEP_KIND_USAGE, NULL, "--strict needs --checked");
    return 0;
}

int cmd_bench(const struct cli *cli)
{
    enum skep_native_flags kind = find_kind(&cli->args);
    struct program_want want = { .name = operand_program(&cli->args), .native = kind };
    struct program program;
    struct context context;
    int status = check_options(&cli->args);

    if (!status)
        status = engine_choose(&cli->args, &want.engine);
    if (!status)
        status = program_open(&cli->args, &want, &program);
    if (status)
        return status;
    status = context_open(&cli->args, &program.info, &context);
    if (!status) {
        status = bench_program(cli, &program, kind, &context);
        context_close(&context);
    }
    program_close(&program);
    return status;
}
