/* skep btf: the types of an object or a kernel, and bytes printed by them. */
#include <skep_btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "kernel.h"
#include "output.h"
#include "program.h"
#include "report.h"

/* A BTF, and the one that it continues. */
struct types {
    skep_vm *vm;
    const char *name; /* for messages */
    skep_btf *btf, *base;
};

/* ---- Opening ------------------------------------------------------------------------ */

static int open_one(skep_vm *vm, const char *path, const skep_btf *base, skep_btf **btf)
{
    struct skep_err err;
    struct input input;
    int status = input_read(path, &input);

    if (status)
        return status;
    if (skep_btf_open(vm, input.data, input.len, base, btf, &err) != SKEP_OK)
        status = fail_library(input.name, &err, NULL);
    input_free(&input);
    return status;
}

/* What the file continues: --base-btf, or for a module of the running kernel the kernel. NULL:
 * nothing. */
static const char *base_path(const struct args *args, const char *path)
{
    if (args->value[OPT_BASE_BTF])
        return kernel_btf_path(args->value[OPT_BASE_BTF]);
    if (!strncmp(path, KERNEL_BTF_FOLDER, strlen(KERNEL_BTF_FOLDER)) &&
        strcmp(path, KERNEL_BTF) != 0)
        return KERNEL_BTF;
    return NULL;
}

static void types_close(struct types *types)
{
    skep_btf_free(types->btf);
    skep_btf_free(types->base);
    skep_vm_free(types->vm);
}

static int types_open(const struct args *args, const char *word, struct types *types)
{
    const char *path = kernel_btf_path(word), *base = base_path(args, path);
    int status;

    *types = (struct types){ .name = input_name(path) };
    status = vm_open(&types->vm);
    if (status)
        return status;
    if (base)
        status = open_one(types->vm, base, NULL, &types->base);
    if (!status)
        status = open_one(types->vm, path, types->base, &types->btf);
    if (status)
        types_close(types);
    return status;
}

/* Ends a call that wrote: what went wrong with standard output is found at the end. */
static int written(const struct types *types, enum skep_code code,
                   const struct skep_err *err)
{
    if (code == SKEP_OK || code == SKEP_E_OUTPUT)
        return 0;
    return fail_library(types->name, err, NULL);
}

/* ---- dump --------------------------------------------------------------------------- */

static int find_form(const struct cli *cli, const char *word, enum skep_btf_form *form)
{
    int raw = is_prefix(word, "raw");

    if (!raw && !is_prefix(word, "c"))
        return fail(SKEP_KIND_USAGE, NULL, "format %s is none of raw, c", word);
    if (!raw && cli->style != STYLE_TEXT)
        return fail(SKEP_KIND_USAGE, NULL, "format c does not go with JSON");
    if (!raw)
        *form = SKEP_BTF_C;
    return 0;
}

/* [file] FILE [format raw|c] */
static int read_operands(const struct cli *cli, const char **file,
                         enum skep_btf_form *form)
{
    char **words = cli->args.words;
    size_t count = cli->args.count, i = count > 1 && !strcmp(words[0], "file");

    *file = words[i++];
    *form = cli->style == STYLE_TEXT      ? SKEP_BTF_RAW
            : cli->style == STYLE_COMPACT ? SKEP_BTF_JSON
                                          : SKEP_BTF_JSON_PRETTY;
    if (i == count)
        return 0;
    if (!is_prefix(words[i], "format"))
        return fail(SKEP_KIND_USAGE, NULL, "'%s' is too much: skep %s %s", words[i],
                    cli->command->name, cli->command->operands);
    if (i + 2 != count)
        return fail(SKEP_KIND_USAGE, NULL, "format is one of raw, c");
    return find_form(cli, words[i + 1], form);
}

int cmd_btf_dump(const struct cli *cli)
{
    enum skep_btf_form form;
    struct types types;
    struct skep_err err;
    const char *file;
    int status = read_operands(cli, &file, &form);

    if (!status)
        status = types_open(&cli->args, file, &types);
    if (status)
        return status;
    status =
        written(&types, skep_btf_dump(types.btf, form, write_stdout, NULL, &err), &err);
    types_close(&types);
    return status;
}

/* ---- print -------------------------------------------------------------------------- */

/* Kinds that values have, the likeliest first, and how C calls them. */
static const struct {
    uint32_t kind;
    const char *keyword;
} kinds[] = {
    { SKEP_BTF_KIND_STRUCT, "struct " }, { SKEP_BTF_KIND_UNION, "union " },
    { SKEP_BTF_KIND_TYPEDEF, "" },       { SKEP_BTF_KIND_ENUM, "enum " },
    { SKEP_BTF_KIND_ENUM64, "enum " },   { SKEP_BTF_KIND_INT, "" },
    { SKEP_BTF_KIND_FLOAT, "" },         { SKEP_BTF_KIND_DATASEC, "" },
    { SKEP_BTF_KIND_VAR, "" },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* "7", "pair", "struct pair" */
static int find_type(const struct types *types, const char *word, uint32_t *id)
{
    uint64_t number;

    if (number_read(word, &number) == 0 && number < skep_btf_count(types->btf)) {
        *id = (uint32_t)number;
        return 0;
    }
    for (size_t i = 0; i < KINDS; i++) {
        size_t len = strlen(kinds[i].keyword);

        *id = skep_btf_find(types->btf, word, kinds[i].kind);
        if (!*id && len && !strncmp(word, kinds[i].keyword, len))
            *id = skep_btf_find(types->btf, word + len, kinds[i].kind);
        if (*id)
            return 0;
    }
    return fail(SKEP_KIND_USAGE, types->name, "there is no type '%.60s'", word);
}

/* Hexadecimal digits, or @FILE. */
static int read_bytes(const char *text, unsigned char **bytes, size_t *len)
{
    struct input input;
    int problem;

    if (text[0] == '@') {
        problem = input_read(text + 1, &input);
        *bytes = (unsigned char *)input.data;
        *len = input.len;
        return problem;
    }
    problem = hex_bytes(text, strlen(text), bytes, len);
    if (problem == -2)
        return fail_memory();
    return problem ? fail(SKEP_KIND_USAGE, NULL,
                          "'%.60s' is no hexadecimal text, nor @FILE", text)
                   : 0;
}

static int print_value(const struct cli *cli, const struct types *types,
                       const unsigned char *bytes, size_t len)
{
    uint32_t flags = 0, id = 0;
    enum skep_code code;
    struct skep_err err;
    int status = find_type(types, cli->args.words[1], &id);

    if (status)
        return status;
    if (cli->style != STYLE_TEXT)
        flags |= SKEP_PRINT_JSON;
    if (cli->style == STYLE_COMPACT)
        flags |= SKEP_PRINT_COMPACT;
    if (cli->args.value[OPT_ZEROS])
        flags |= SKEP_PRINT_ZEROS;
    code = skep_btf_print(types->btf, id, bytes, len, flags, write_stdout, NULL, &err);
    if (code == SKEP_OK)
        putchar('\n');
    return written(types, code, &err);
}

int cmd_btf_print(const struct cli *cli)
{
    unsigned char *bytes = NULL;
    struct types types;
    size_t len = 0;
    int status = read_bytes(cli->args.words[2], &bytes, &len);

    if (status)
        return status;
    status = types_open(&cli->args, cli->args.words[0], &types);
    if (!status) {
        status = print_value(cli, &types, bytes, len);
        types_close(&types);
    }
    free(bytes);
    return status;
}
