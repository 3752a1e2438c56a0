/* skep prog compile: a program as an object file and a C header. */
#include <limits.h>
#include <skep_native.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "program.h"
#include "report.h"

/* Where the two files go. */
struct places {
    const char *object, *header;
    char beside[PATH_MAX]; /* the header's, if it is not named */
};

static int read_places(const struct args *args, struct places *places)
{
    const char *object = args->value[OPT_OUTPUT];
    size_t len;

    if (!object)
        return fail(SKEP_KIND_USAGE, NULL,
                    "skep prog compile needs -o OUT; -o - is standard output");
    places->object = object;
    places->header = args->value[OPT_HEADER];
    if (!places->header && strcmp(object, "-") != 0) {
        len = strlen(object);
        if (len > 2 && !strcmp(object + len - 2, ".o"))
            len -= 2;
        if (len + sizeof(".h") > sizeof(places->beside))
            return fail(SKEP_KIND_USAGE, object, "the name is too long");
        memcpy(places->beside, object, len);
        memcpy(places->beside + len, ".h", sizeof(".h"));
        places->header = places->beside;
    }
    if (places->header && !strcmp(places->header, object))
        return fail(SKEP_KIND_USAGE, object, "object and header cannot both go there");
    return 0;
}

enum { SYMBOL_TEXT = 300 }; /* longer than what the library takes */

/* The first `len` bytes of the text as an identifier. */
static void make_identifier(const char *text, size_t len, char symbol[SYMBOL_TEXT])
{
    size_t n = 0;

    if (!len || (*text >= '0' && *text <= '9'))
        symbol[n++] = '_';
    for (size_t i = 0; i < len && n + 1 < SYMBOL_TEXT; i++) {
        char c = text[i];
        int fits =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        symbol[n++] = (char)(fits ? c : '_');
    }
    symbol[n] = 0;
}

/* What the function is called: a name of "main" says nothing, and C has its own. */
static void find_symbol(const struct args *args, const struct program *program,
                        char symbol[SYMBOL_TEXT])
{
    const char *given = args->value[OPT_NAME], *name = program->info.name;
    const char *slash, *dot;

    if (given) {
        snprintf(symbol, SYMBOL_TEXT, "%s", given);
        return;
    }
    if (*name && strcmp(name, "main") != 0) {
        make_identifier(name, strlen(name), symbol);
        return;
    }
    name = args->words[0];
    slash = strrchr(name, '/');
    name = slash ? slash + 1 : name;
    if (!strcmp(name, "-"))
        name = "prog";
    dot = strchr(name + 1, '.');
    make_identifier(name, dot ? (size_t)(dot - name) : strlen(name), symbol);
}

/* A file's contents, made by the library. */
struct part {
    void *data;
    size_t len;
};

static int write_parts(const struct places *places, const struct part *object,
                       const struct part *header)
{
    int status = 0;

    /* The object last: to make(1), it is what is there or not. */
    if (places->header)
        status = output_write(places->header, header->data, header->len);
    if (!status)
        status = output_write(places->object, object->data, object->len);
    return status;
}

static int write_native(const struct args *args, const struct places *places,
                        const struct program *program, const skep_native *native)
{
    struct part object = { 0 }, header = { 0 };
    char symbol[SYMBOL_TEXT];
    struct skep_err err;
    int status;

    find_symbol(args, program, symbol);
    if (skep_native_object(native, symbol, &object.data, &object.len, &err) == SKEP_OK &&
        skep_native_header(native, symbol, &header.data, &header.len, &err) == SKEP_OK)
        status = write_parts(places, &object, &header);
    else
        status = fail_library(program->input.name, &err, NULL);
    skep_release(program->vm, object.data, object.len);
    skep_release(program->vm, header.data, header.len);
    return status;
}

int cmd_prog_compile(const struct cli *cli)
{
    const struct args *args = &cli->args;
    const struct program_want want = {
        .name = args->count > 1 ? args->words[1] : NULL,
        .engine = SKEP_ENGINE_INTERP,
    };
    struct skep_compile_opts opts = { .size = sizeof(opts),
                                      .flags = SKEP_NATIVE_OBJECT | SKEP_NATIVE_PADS };
    struct program program;
    struct places places;
    struct skep_err err;
    skep_native *native;
    int status = read_places(args, &places);

    if (args->value[OPT_BLIND])
        opts.flags |= SKEP_NATIVE_BLIND;
    if (!status)
        status = target_read(args, &opts.target);
    if (!status)
        status = program_open(args, &want, &program);
    if (status)
        return status;
    if (skep_compile(program.prog, &opts, &native, &err) == SKEP_OK) {
        status = write_native(args, &places, &program, native);
        skep_native_free(native);
    } else {
        status = fail_library(program.input.name, &err, NULL);
    }
    program_close(&program);
    return status;
}
