/* skep prog run: run a program and print what it returns. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "command.h"
#include "context.h"
#include "fault.h"
#include "output.h"
#include "program.h"
#include "report.h"

enum { DUMP_ROW = 16 };

/* What came out of the runs. */
struct outcome {
    struct skep_result res;
    uint64_t fuel; /* used by the last run */
    uint64_t repeat;
    uint64_t average; /* ns of one run */
};

/* The memory whose contents after the run are worth showing: a raw program's, or the packet. */
struct memory {
    const unsigned char *bytes;
    size_t len;
};

static struct memory memory_out(const struct program *program,
                                const struct context *context)
{
    if (!program->info.type)
        return (struct memory){ context->ctx, context->ctx_len };
    return (struct memory){ context->data, context->data_len };
}

static void put_memory(struct memory memory)
{
    for (size_t row = 0; row < memory.len; row += DUMP_ROW) {
        size_t n = memory.len - row < DUMP_ROW ? memory.len - row : DUMP_ROW;

        printf("%06zx ", row);
        for (size_t i = 0; i < DUMP_ROW; i++) {
            if (i < n)
                printf("%s %02x", i == DUMP_ROW / 2 ? " " : "", memory.bytes[row + i]);
            else
                fputs(i == DUMP_ROW / 2 ? "    " : "   ", stdout);
        }
        fputs("  ", stdout);
        for (size_t i = 0; i < n; i++)
            putchar(isprint(memory.bytes[row + i]) ? memory.bytes[row + i] : '.');
        putchar('\n');
    }
}

static void report_text(const struct program *program, const struct outcome *outcome,
                        struct memory memory)
{
    put_memory(memory);
    printf("Return value: %" PRIu64 ", duration%s: %" PRIu64 "ns\n",
           program_retval(program, &outcome->res),
           outcome->repeat > 1 ? " (average)" : "", outcome->average);
}

static void report_json(struct jw j, const struct program *program,
                        const struct outcome *outcome, struct memory memory)
{
    jw_open(&j, NULL, '{');
    if (memory.bytes)
        jw_bytes(&j, "data_out", memory.bytes, memory.len);
    jw_u64(&j, "retval", program_retval(program, &outcome->res));
    jw_u64(&j, "duration", outcome->average);
    jw_u64(&j, "fuel", outcome->fuel);
    jw_u64(&j, "uninit_reads", outcome->res.uninit_reads);
    if (outcome->res.uninit_reads)
        jw_u64(&j, "uninit_slot", outcome->res.uninit_pc);
    jw_close(&j, '}');
    jw_end(&j);
}

/* Writes the memory to --data-out if that is given; *memory then has nothing left to show. */
static int write_memory(const struct args *args, struct memory *memory)
{
    const char *path = args->value[OPT_DATA_OUT];
    struct memory all = *memory;

    if (!path)
        return 0;
    *memory = (struct memory){ NULL, 0 };
    return output_write(path, all.len ? (const void *)all.bytes : "", all.len);
}

static int run_all(const struct program *program, const struct context *context,
                   const struct skep_run_opts *opts, struct outcome *outcome)
{
    uint64_t fuel = opts->fuel ? opts->fuel : SKEP_FUEL_DEFAULT, start = now_ns();
    struct skep_err err;

    outcome->res = (struct skep_result){ .size = sizeof(outcome->res) };
    for (uint64_t i = 0; i < outcome->repeat; i++)
        if (skep_run(program->prog, opts, &outcome->res, &err) != SKEP_OK)
            return fail_run(program, context, &outcome->res, &err);
    outcome->average = (now_ns() - start) / outcome->repeat;
    outcome->fuel = fuel - outcome->res.fuel_left;
    return 0;
}

static int run_program(const struct cli *cli, const struct program *program,
                       const struct context *context)
{
    struct outcome outcome = { .repeat = 1 };
    struct memory memory = memory_out(program, context);
    struct skep_run_opts opts;
    int status = run_options(&cli->args, context, &opts);

    if (!status)
        status = args_number(&cli->args, OPT_REPEAT, 1, UINT32_MAX, &outcome.repeat);
    if (!status)
        status = run_all(program, context, &opts, &outcome);
    if (!status)
        status = write_memory(&cli->args, &memory);
    if (status)
        return status;
    warn_uninit(program, &outcome.res);
    if (cli->style == STYLE_TEXT)
        report_text(program, &outcome, memory);
    else
        report_json(cli_json(cli), program, &outcome, memory);
    return 0;
}

int cmd_prog_run(const struct cli *cli)
{
    struct program program;
    struct context context;
    int status = program_open(&cli->args, operand_program(&cli->args), &program);

    if (status)
        return status;
    status = context_open(&cli->args, &program.info, &context);
    if (!status) {
        status = run_program(cli, &program, &context);
        context_close(&context);
    }
    program_close(&program);
    return status;
}
