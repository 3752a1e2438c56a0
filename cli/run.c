/* skep prog run: run a program and print what it returns. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "command.h"
#include "context.h"
#include "engine.h"
#include "fault.h"
#include "output.h"
#include "program.h"
#include "report.h"
#include "stop.h"
#include "variable.h"

enum { DUMP_ROW = 16 };

/* Bytes whose contents after the run are worth showing, or none. */
struct memory {
    const unsigned char *bytes;
    size_t len;
};

/* What came out of the runs. */
struct outcome {
    struct skep_result res;
    uint64_t fuel; /* used by the last run */
    uint64_t repeat;
    uint64_t average;   /* ns of one run */
    struct memory data; /* a raw program's memory */
    struct memory ctx;  /* a typed program's context, if it may write to it */
    int vars;           /* whether variables are to be shown */
};

static int may_write(const struct skep_type *type)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (type->fields[i].flags & SKEP_FIELD_WRITE)
            return 1;
    return type->ctx_size == 0;
}

static void note_memory(const struct skep_type *type, const struct context *context,
                        struct outcome *outcome)
{
    if (!type)
        outcome->data = (struct memory){ context->ctx, context->ctx_len };
    else if (may_write(type))
        outcome->ctx = (struct memory){ context->ctx, context->ctx_len };
}

/* A row of a dump: offset, bytes, characters. */
static void put_row(const struct memory *memory, size_t row)
{
    size_t n = memory->len - row < DUMP_ROW ? memory->len - row : DUMP_ROW;
    const unsigned char *bytes = memory->bytes + row;

    printf("%06zx ", row);
    for (size_t i = 0; i < DUMP_ROW; i++) {
        fputs(i == DUMP_ROW / 2 ? "  " : " ", stdout);
        if (i < n)
            printf("%02x", bytes[i]);
        else
            fputs("  ", stdout);
    }
    fputs("  ", stdout);
    for (size_t i = 0; i < n; i++)
        putchar(isprint(bytes[i]) ? bytes[i] : '.');
    putchar('\n');
}

static void put_memory(const char *name, const struct memory *memory)
{
    if (memory->len)
        printf("%s:\n", name);
    for (size_t row = 0; row < memory->len; row += DUMP_ROW)
        put_row(memory, row);
}

static void report_text(const struct program *program, const struct outcome *outcome)
{
    put_memory("data_out", &outcome->data);
    put_memory("ctx_out", &outcome->ctx);
    if (outcome->vars)
        variables_text(&program->object, 1);
    printf("Return value: %" PRIu64 ", duration%s: %" PRIu64 "ns\n",
           program_retval(program, &outcome->res),
           outcome->repeat > 1 ? " (average)" : "", outcome->average);
}

static void report_json(struct jw j, const struct program *program,
                        const struct outcome *outcome)
{
    jw_open(&j, NULL, '{');
    if (outcome->data.bytes)
        jw_bytes(&j, "data_out", outcome->data.bytes, outcome->data.len);
    if (outcome->vars)
        variables_values(&j, "vars", &program->object);
    if (outcome->ctx.bytes)
        jw_bytes(&j, "ctx_out", outcome->ctx.bytes, outcome->ctx.len);
    jw_u64(&j, "retval", program_retval(program, &outcome->res));
    jw_u64(&j, "duration", outcome->average);
    jw_str(&j, "engine", engine_name(outcome->res.engine));
    jw_u64(&j, "fuel", outcome->fuel);
    jw_u64(&j, "uninit_reads", outcome->res.uninit_reads);
    if (outcome->res.uninit_reads)
        jw_u64(&j, "uninit_slot", outcome->res.uninit_pc);
    jw_close(&j, '}');
    jw_end(&j);
}

/* Writes the data to --data-out if that is given; then there is nothing left to show. */
static int write_data(const struct args *args, struct outcome *outcome)
{
    const char *path = args->value[OPT_DATA_OUT];
    struct memory data = outcome->data;

    if (!path)
        return 0;
    if (!data.bytes)
        return fail(SKEP_KIND_USAGE, NULL, "--data-out: the program was given no data");
    outcome->data = (struct memory){ NULL, 0 };
    return output_write(path, data.bytes, data.len);
}

static int run_all(const struct program *program, const struct context *context,
                   const struct skep_run_opts *opts, struct outcome *outcome)
{
    uint64_t fuel = opts->fuel ? opts->fuel : SKEP_FUEL_DEFAULT, start = now_ns();
    uint64_t repeat = outcome->repeat, left = repeat;
    struct skep_err err;

    outcome->res = (struct skep_result){ .size = sizeof(outcome->res) };
    do {
        if (stop_is_set(opts->stop))
            return fail_stopped(program);
        if (skep_run(program->prog, opts, &outcome->res, &err) != SKEP_OK)
            return fail_run(program, context, &outcome->res, &err);
    } while (--left);
    outcome->average = (now_ns() - start) / repeat;
    outcome->fuel = fuel - outcome->res.fuel_left;
    return 0;
}

static int run_program(const struct cli *cli, const struct program *program,
                       const struct context *context)
{
    struct outcome outcome = { .repeat = 1, .vars = cli->args.value[OPT_VARS] != NULL };
    struct skep_run_opts opts;
    int status = run_options(&cli->args, context, &opts);

    if (!status)
        status = args_number(&cli->args, OPT_REPEAT, 1, UINT32_MAX, &outcome.repeat);
    note_memory(program->info.type, context, &outcome);
    if (!status)
        status = run_all(program, context, &opts, &outcome);
    if (!status)
        status = write_data(&cli->args, &outcome);
    if (status)
        return status;
    warn_uninit(program, &outcome.res);
    if (cli->style == STYLE_TEXT)
        report_text(program, &outcome);
    else
        report_json(cli_json(cli), program, &outcome);
    return 0;
}

int cmd_prog_run(const struct cli *cli)
{
    enum skep_engine engine;
    int status = engine_choose(&cli->args, &engine);

    return status ? status : context_with(cli, engine, run_program);
}
