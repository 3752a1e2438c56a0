/* skep prog compile: a program as an object file and a C header. */
#include <limits.h>
#include <skep_native.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "cpu.h"
#include "output.h"
#include "program.h"
#include "report.h"

/* Where the two files go. */
struct places {
    const char *object, *header;
    char beside[PATH_MAX]; /* the header's, if it is not named */
};

static int has_ending(const char *path, const char *ending)
{
    size_t len = strlen(path), end = strlen(ending);

    return len > end && !strcmp(path + len - end, ending);
}

/* The header's place beside the object: .h for .o. */
static int find_beside(const char *object, const char *input, struct places *places)
{
    size_t len = strlen(object);

    if (has_ending(object, ".h"))
        return fail(SKEP_KIND_USAGE, object,
                    "is a header's name: name the object otherwise, or the header with "
                    "--header");
    if (has_ending(object, ".o"))
        len -= 2;
    if (len + sizeof(".h") > sizeof(places->beside))
        return fail(SKEP_KIND_USAGE, object, "the name is too long");
    memcpy(places->beside, object, len);
    memcpy(places->beside + len, ".h", sizeof(".h"));
    places->header = places->beside;
    return output_spares(places->header, input);
}

static int read_places(const struct args *args, struct places *places)
{
    const char *object = args->value[OPT_OUTPUT], *header = args->value[OPT_HEADER];

    if (!object)
        return fail(SKEP_KIND_USAGE, NULL,
                    "skep prog compile needs -o OUT; -o - is standard output");
    places->object = object;
    places->header = header;
    if (!header)
        return output_is_regular(object) ? find_beside(object, args->words[0], places)
                                         : 0;
    if (!strcmp(header, object) ||
        (strcmp(header, "-") && strcmp(object, "-") && output_same(header, object)))
        return fail(SKEP_KIND_USAGE, object, "object and header cannot both go there");
    return 0;
}

enum {
    SYMBOL_TEXT = 300, /* longer than what the library takes */
    SYMBOL_MADE = 254, /* characters of one that is made here; one more may follow */
};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* How many of the text's first characters a symbol had better not begin with: those of names
 * that C keeps for compilers. */
static size_t reserved_part(const char *text)
{
    size_t n = strspn(text, "_");

    return n > 1 || (n && text[n] >= 'A' && text[n] <= 'Z') ? n : 0;
}

/* The first `len` bytes of the text as an identifier. */
static void make_identifier(const char *text, size_t len, char symbol[SYMBOL_TEXT])
{
    char made[SYMBOL_MADE + 1] = "";
    size_t n = len < SYMBOL_MADE ? len : SYMBOL_MADE, skip;

    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        int fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);

        made[i] = (char)(fits ? c : '_');
    }
    skip = reserved_part(made);
    snprintf(symbol, SYMBOL_TEXT, "%s%.*s", n == skip || is_digit(made[skip]) ? "_" : "",
             SYMBOL_MADE - 1, made + skip);
}

/* What the function is called by default: a name of "main" says nothing, and C has its
 * own. */
static void find_symbol(const struct args *args, const struct program *program,
                        char symbol[SYMBOL_TEXT])
{
    const char *name = program->info.name, *slash, *dot;

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

/* Makes the object under the name that is asked for, or one found here, and says which. A
 * found one that C or the program has already gets something behind it. */
static enum skep_code make_object(const struct args *args, const struct program *program,
                                  const skep_native *native, char symbol[SYMBOL_TEXT],
                                  struct part *object, struct skep_err *err)
{
    const char *given = args->value[OPT_NAME];
    enum skep_code code;

    if (given)
        snprintf(symbol, SYMBOL_TEXT, "%s", given);
    else
        find_symbol(args, program, symbol);
    code = skep_native_object(native, symbol, &object->data, &object->len, err);
    if (code != SKEP_E_ARGUMENT || given)
        return code;
    memcpy(symbol + strlen(symbol), "_", sizeof("_"));
    return skep_native_object(native, symbol, &object->data, &object->len, err);
}

static int write_parts(const struct places *places, const struct part *object,
                       const struct part *header)
{
    /* The object first, for its name comes last: to make(1), it is what is there or not. */
    const struct output outputs[] = {
        { places->object, object->data, object->len },
        { places->header, header->data, header->len },
    };

    return output_write_all(outputs, places->header ? 2 : 1);
}

static int write_native(const struct args *args, const struct places *places,
                        const struct program *program, const skep_native *native)
{
    struct part object = { 0 }, header = { 0 };
    char symbol[SYMBOL_TEXT];
    struct skep_err err;
    int status;

    if (make_object(args, program, native, symbol, &object, &err) == SKEP_OK &&
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
        .name = program_operand(args, NULL),
        .engine = SKEP_ENGINE_INTERP,
    };
    struct skep_compile_opts opts = { .size = sizeof(opts),
                                      .flags = SKEP_NATIVE_OBJECT | SKEP_NATIVE_PADS };
    struct program program;
    struct places places = { 0 };
    struct skep_err err;
    skep_native *native;
    int status = read_places(args, &places);

    if (args->value[OPT_BLIND])
        opts.flags |= SKEP_NATIVE_BLIND;
    if (!status)
        status = target_read(args, &opts.target);
    if (!status)
        status = cpu_read(args, opts.target, &opts.features);
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
