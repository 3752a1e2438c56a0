/* skep plugin: one program from standard input, its result on standard output. */
#include "plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "engine.h"
#include "program.h"
#include "report.h"

/* More than tests need, and about a second at most. */
#define FUEL_DEFAULT ((uint64_t)1 << 28)

/* The program of an object: function main in section .text or, made with a prologue for
 * XDP, xdp. */
static enum skep_code load_object(struct plugin_run *run, skep_prog **prog)
{
    struct skep_load_opts opts = {
        .size = sizeof(opts),
        .format = SKEP_FORMAT_ELF,
        .name = "main",
        .section = ".text",
        .engine = run->engine,
    };
    struct skep_err err;

    if (skep_load(run->vm, run->program, run->program_len, &opts, prog, &run->err) ==
        SKEP_OK)
        return SKEP_OK;
    opts.section = "xdp";
    if (skep_load(run->vm, run->program, run->program_len, &opts, prog, &err) == SKEP_OK)
        return SKEP_OK;
    return run->err.code;
}

static enum skep_code load(struct plugin_run *run, skep_prog **prog)
{
    const struct skep_load_opts opts = {
        .size = sizeof(opts),
        .format = SKEP_FORMAT_RAW,
        .engine = run->engine,
    };

    if (run->format == SKEP_FORMAT_ELF)
        return load_object(run, prog);
    return skep_load(run->vm, run->program, run->program_len, &opts, prog, &run->err);
}

enum skep_code plugin_run(struct plugin_run *run)
{
    const struct skep_run_opts opts = {
        .size = sizeof(opts),
        .ctx = run->mem,
        .ctx_len = run->mem_len,
        .fuel = run->fuel,
    };
    struct skep_result res = { .size = sizeof(res) };
    enum skep_code code;
    skep_prog *prog;

    run->stage = "load";
    code = load(run, &prog);
    if (code != SKEP_OK)
        return code;
    run->stage = "run";
    code = skep_run(prog, &opts, &res, &run->err);
    run->r0 = res.r0;
    skep_prog_free(prog);
    return code;
}

/* Digits, whose bytes are to be freed; `what` names them in the message. */
static int read_digits(const char *what, const char *text, size_t len,
                       unsigned char **bytes, size_t *count)
{
    int problem = hex_bytes(text, len, bytes, count);

    if (problem == -2)
        return fail_memory();
    if (problem)
        return fail(SKEP_KIND_MALFORMED, what,
                    "pairs of hexadecimal digits were expected");
    return 0;
}

/* The program, from --program or standard input. */
static int read_program(const struct args *args, unsigned char **bytes, size_t *count)
{
    const char *text = args->value[OPT_PROGRAM];
    struct input input;
    int status;

    if (text)
        return read_digits("--program", text, strlen(text), bytes, count);
    status = input_read("-", &input);
    if (status)
        return status;
    status = read_digits(input.name, input.data, input.len, bytes, count);
    input_free(&input);
    return status;
}

static int run_one(const struct args *args, struct plugin_run *run)
{
    if (args->value[OPT_ELF])
        run->format = SKEP_FORMAT_ELF;
    if (run->mem_len == 0)
        run->mem = NULL;
    if (plugin_run(run) != SKEP_OK)
        return fail_library(run->stage, &run->err, NULL);
    printf("%" PRIx64 "\n", run->r0);
    return 0;
}

static int spawn(const struct args *args, const struct plugin_run *how)
{
    struct plugin_run run = *how;
    unsigned char *program = NULL, *mem = NULL;
    int status = 0;

    if (args->count)
        status = read_digits("MEM", args->words[0], strlen(args->words[0]), &mem,
                             &run.mem_len);
    if (!status)
        status = read_program(args, &program, &run.program_len);
    run.program = program;
    run.mem = mem;
    if (!status)
        status = run_one(args, &run);
    free(program);
    free(mem);
    return status;
}

/* A batch has its programs and memories in the requests. */
static int check_batch(const struct args *args)
{
    const char *stranger = args->count                ? "MEM"
                           : args->value[OPT_PROGRAM] ? "--program"
                           : args->value[OPT_ELF]     ? "--elf"
                                                      : NULL;

    if (!args->value[OPT_BATCH] || !stranger)
        return 0;
    return fail(SKEP_KIND_USAGE, NULL, "--batch does not go with %s", stranger);
}

int cmd_plugin(const struct cli *cli)
{
    const struct args *args = &cli->args;
    struct plugin_run how = { .fuel = FUEL_DEFAULT, .format = SKEP_FORMAT_RAW };
    int status = check_batch(args);

    if (!status)
        status = engine_choose(args, &how.engine);
    if (!status)
        status = args_number(args, OPT_FUEL, 1, UINT64_MAX, &how.fuel);
    if (!status)
        status = vm_open(&how.vm);
    if (status)
        return status;
    status = args->value[OPT_BATCH] ? plugin_batch(&how) : spawn(args, &how);
    skep_vm_free(how.vm);
    return status;
}
