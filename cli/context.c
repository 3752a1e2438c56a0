/* What a program is run with. */
#include "context.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"
#include "stop.h"

const char *operand_program(const struct args *args)
{
    return args->count > 1 && !strchr(args->words[1], '=') ? args->words[1] : NULL;
}

/* Takes the bytes of a file over. */
static int read_file(const char *path, unsigned char **bytes, size_t *len)
{
    struct input input;
    int status = input_read(path, &input);

    if (status)
        return status;
    *bytes = (unsigned char *)input.data;
    *len = input.len;
    return 0;
}

/* --ctx: hexadecimal digits, or @FILE. */
static int read_ctx(const char *text, struct context *context)
{
    int problem;

    if (text[0] == '@')
        return read_file(text + 1, &context->ctx, &context->ctx_len);
    problem = hex_bytes(text, strlen(text), &context->ctx, &context->ctx_len);
    if (problem == -2)
        return fail_memory();
    if (problem)
        return fail(SKEP_KIND_USAGE, NULL,
                    "--ctx: '%.60s' is no hexadecimal text, nor @FILE", text);
    return 0;
}

static int set_field(const struct skep_type *type, struct context *context,
                     const char *field, const char *value)
{
    struct skep_err err;

    if (skep_ctx_set(type, context->ctx, context->ctx_len, field, value, &err) != SKEP_OK)
        return fail_library(NULL, &err, NULL);
    return 0;
}

/* The bits of a device's access that letters name; 0 if one is unknown or there is
 * none. */
static unsigned access_bits(const char *letters)
{
    unsigned bits = 0;

    for (; *letters; letters++) {
        if (*letters == 'm')
            bits |= 1;
        else if (*letters == 'r')
            bits |= 2;
        else if (*letters == 'w')
            bits |= 4;
        else
            return 0;
    }
    return bits;
}

enum { DEVICE_PARTS = 4, DEVICE_PART_MAX = 32, DEVICE_BLOCK = 1, DEVICE_CHAR = 2 };

/* Splits "c:1:3:rw"; -1 if it has other than four parts. */
static int split_device(const char *text, char parts[DEVICE_PARTS][DEVICE_PART_MAX])
{
    for (int i = 0; i < DEVICE_PARTS; i++) {
        size_t len = strcspn(text, ":");

        if (len == 0 || len >= DEVICE_PART_MAX ||
            (text[len] == ':') != (i < DEVICE_PARTS - 1))
            return -1;
        memcpy(parts[i], text, len);
        parts[i][len] = 0;
        text += len + 1;
    }
    return 0;
}

/* device=c:1:3:rw, as device allow lists write it. */
static int set_device(const struct skep_type *type, struct context *context,
                      const char *text)
{
    char parts[DEVICE_PARTS][DEVICE_PART_MAX], access_type[DEVICE_PART_MAX];
    unsigned access = 0, kind = 0;
    int status;

    if (split_device(text, parts) == 0) {
        access = access_bits(parts[3]);
        kind = !strcmp(parts[0], "b")   ? DEVICE_BLOCK
               : !strcmp(parts[0], "c") ? DEVICE_CHAR
                                        : 0;
    }
    if (access == 0 || kind == 0)
        return fail(
            SKEP_KIND_USAGE, NULL,
            "device=%.60s: TYPE:MAJOR:MINOR:ACCESS was expected, such as c:1:3:rw", text);
    snprintf(access_type, sizeof(access_type), "%u", access << 16 | kind);
    status = set_field(type, context, "access_type", access_type);
    if (!status)
        status = set_field(type, context, "major", parts[1]);
    if (!status)
        status = set_field(type, context, "minor", parts[2]);
    return status;
}

static int has_field(const struct skep_type *type, const char *name)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (!strcmp(type->fields[i].name, name))
            return 1;
    return 0;
}

/* One FIELD=VALUE. */
static int set_operand(const struct skep_type *type, struct context *context,
                       const char *operand)
{
    char field[64];
    const char *equals = strchr(operand, '=');

    if (!equals)
        return fail(SKEP_KIND_USAGE, NULL, "'%.60s' is no FIELD=VALUE", operand);
    if (!type)
        return fail(SKEP_KIND_USAGE, NULL,
                    "%.60s: a raw program's context has no fields; use --type or --ctx",
                    operand);
    snprintf(field, sizeof(field), "%.*s", (int)(equals - operand), operand);
    if (!strcmp(field, "device") && has_field(type, "access_type"))
        return set_device(type, context, equals + 1);
    return set_field(type, context, field, equals + 1);
}

/* Without bytes from the command line, a context of zeros or, if the program is raw, the
 * packet. */
static int default_ctx(const struct skep_type *type, struct context *context)
{
    if (!type) {
        context->ctx = context->data;
        context->ctx_len = context->data_len;
        context->data = NULL;
        context->data_len = 0;
        return 0;
    }
    context->ctx = calloc(1, (size_t)type->ctx_size + 1);
    context->ctx_len = type->ctx_size;
    return context->ctx ? 0 : fail_memory();
}

static int fill(const struct args *args, const struct skep_type *type,
                struct context *context)
{
    const char *ctx = args->value[OPT_CTX], *data = args->value[OPT_DATA_IN];
    size_t first = operand_program(args) ? 2 : 1;
    int status = 0;

    if (data && type)
        return fail(SKEP_KIND_USAGE, NULL,
                    "--data-in: programs of type %s are given no packet", type->name);
    if (data)
        status = read_file(data, &context->data, &context->data_len);
    if (!status)
        status = ctx ? read_ctx(ctx, context) : default_ctx(type, context);
    for (size_t i = first; i < args->count && !status; i++)
        status = set_operand(type, context, args->words[i]);
    return status;
}

int context_open(const struct args *args, const struct skep_prog_info *info,
                 struct context *context)
{
    int status;

    *context = (struct context){ 0 };
    status = fill(args, info->type, context);
    if (status)
        context_close(context);
    return status;
}

void context_close(struct context *context)
{
    free(context->ctx);
    free(context->data);
    *context = (struct context){ 0 };
}

int run_options(const struct args *args, const struct context *context,
                struct skep_run_opts *opts)
{
    *opts = (struct skep_run_opts){
        .size = sizeof(*opts),
        .flags = args->value[OPT_STRICT] ? SKEP_RUN_STRICT : 0,
        .ctx = context->ctx,
        .ctx_len = context->ctx_len,
        .data = context->data,
        .data_len = context->data_len,
        .stop = stop_flag(),
    };
    return args_number(args, OPT_FUEL, 1, UINT64_MAX, &opts->fuel);
}

int context_with(const struct cli *cli, enum skep_engine engine,
                 int (*work)(const struct cli *cli, const struct program *program,
                             const struct context *context))
{
    const struct program_want want = { .name = operand_program(&cli->args),
                                       .engine = engine,
                                       .native = SKEP_NATIVE_CHECKED };
    struct program program;
    struct context context;
    int status = program_open(&cli->args, &want, &program);

    if (status)
        return status;
    status = context_open(&cli->args, &program.info, &context);
    if (!status) {
        status = work(cli, &program, &context);
        context_close(&context);
    }
    program_close(&program);
    return status;
}
