/* skep bench: how fast a program loads and runs.
 *
 * Runs are timed in batches, for one alone is often shorter than the clock can see. The
 * first batch warms up; the fastest of the others says what the machine can do, the
 * middle one what it usually does. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "context.h"
#include "fault.h"
#include "program.h"
#include "report.h"
#include "stop.h"
#include "text.h"

enum { BATCHES = 31, LOADS = 31 };

static const uint64_t batch_ns = 2 * 1000 * 1000;

struct timing {
    double min, median;
};

struct figures {
    const char *engine;
    struct timing run, load; /* ns */
    uint64_t retval, insns;
};

/* One program and how it is run. */
struct job {
    const struct program *program;
    const struct context *context;
    struct skep_run_opts opts;
    struct skep_result res;
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts the samples. */
static struct timing summarise(double *samples, size_t n)
{
    qsort(samples, n, sizeof(*samples), compare);
    return (struct timing){ samples[0], (samples[(n - 1) / 2] + samples[n / 2]) / 2 };
}

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
        *timing = summarise(samples, batches);
    return status;
}

/* Times skep_load on the program's slots. */
static int time_loads(const struct job *job, struct timing *timing)
{
    const struct program *program = job->program;
    const void *slots = skep_prog_bytes(program->prog);
    const struct skep_load_opts opts = { .size = sizeof(opts),
                                         .format = SKEP_FORMAT_RAW };
    double samples[LOADS];
    struct skep_err err;

    for (int i = 0; i < LOADS; i++) {
        uint64_t start = now_ns();
        skep_prog *prog;

        if (stop_is_set(job->opts.stop))
            return fail_stopped(program);
        if (skep_load(program->vm, slots, (size_t)program->info.slots * 8, &opts, &prog,
                      &err) != SKEP_OK)
            return fail_library(program->input.name, &err, NULL);
        samples[i] = (double)(now_ns() - start);
        skep_prog_free(prog);
    }
    *timing = summarise(samples, LOADS);
    return 0;
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

static void report_text(const struct figures *figures, const struct program *program)
{
    double insns = (double)figures->insns, slots = program->info.insns;

    text_put(stdout, label(program), strlen(label(program)));
    printf(": %u instructions, engine %s\n", program->info.insns, figures->engine);
    printf("  ns a run            min %10.2f   median %10.2f\n", figures->run.min,
           figures->run.median);
    printf("  ns an instruction   min %10.3f   median %10.3f   (%" PRIu64 " executed)\n",
           figures->run.min / insns, figures->run.median / insns, figures->insns);
    printf("  ns a load           min %10.0f   median %10.0f   (%.1f an instruction)\n",
           figures->load.min, figures->load.median, figures->load.median / slots);
    printf("  returns %" PRIu64 "\n", figures->retval);
}

static void report_json(struct jw j, const struct figures *figures,
                        const struct program *program)
{
    jw_open(&j, NULL, '{');
    jw_str(&j, "program", label(program));
    jw_str(&j, "engine", figures->engine);
    jw_real(&j, "ns_min", figures->run.min);
    jw_real(&j, "ns_median", figures->run.median);
    jw_u64(&j, "retval", figures->retval);
    jw_u64(&j, "insns", figures->insns);
    jw_real(&j, "load_ns", figures->load.median);
    jw_close(&j, '}');
    jw_end(&j);
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
    figures->engine = "interp-checked";
    if (!cli->args.value[OPT_CHECKED]) {
        figures->engine = "interp";
        job->opts.flags |= SKEP_RUN_UNCHECKED;
    }
    status = time_runs(job, repeat, &figures->run);
    return status ? status : time_loads(job, &figures->load);
}

static int bench_program(const struct cli *cli, const struct program *program,
                         const struct context *context)
{
    struct job job = {
        .program = program,
        .context = context,
        .res = { .size = sizeof(job.res) },
    };
    struct figures figures = { 0 };
    int status = measure(cli, &job, &figures);

    if (status)
        return status;
    if (cli->style == STYLE_TEXT)
        report_text(&figures, program);
    else
        report_json(cli_json(cli), &figures, program);
    return 0;
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
    struct program program;
    struct context context;
    int status = check_options(&cli->args);

    if (!status)
        status = program_open(&cli->args, operand_program(&cli->args), &program);
    if (status)
        return status;
    status = context_open(&cli->args, &program.info, &context);
    if (!status) {
        status = bench_program(cli, &program, &context);
        context_close(&context);
    }
    program_close(&program);
    return status;
}
