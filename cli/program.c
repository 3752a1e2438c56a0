/* Programs as commands get them. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "engine.h"
#include "json_program.h"
#include "report.h"
#include "text.h"

/* bpf_ktime_get_ns: nanoseconds of the monotonic clock. */
static uint64_t ktime_get_ns(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                             uint64_t a5, skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return now_ns();
}

int vm_open(skep_vm **vm)
{
    static const struct skep_helper helpers[] = {
        { .id = 5,
          .name = "bpf_ktime_get_ns",
          .fn = ktime_get_ns,
          .ret = SKEP_RET_NUMBER },
    };
    const struct skep_vm_opts opts = {
        .size = sizeof(opts),
        .helpers = helpers,
        .helper_count = sizeof(helpers) / sizeof(helpers[0]),
    };
    struct skep_err err;

    if (skep_vm_new(&opts, vm, &err) != SKEP_OK)
        return fail_library(NULL, &err, NULL);
    return 0;
}

enum { FORMAT_JSON = -1 };

static const struct {
    const char *name;
    int format;
} formats[] = {
    { "auto", SKEP_FORMAT_AUTO },   { "raw", SKEP_FORMAT_RAW },
    { "hex", SKEP_FORMAT_HEX },     { "json", FORMAT_JSON },
    { "array", SKEP_FORMAT_ARRAY }, { "asm", SKEP_FORMAT_ASM },
    { "elf", SKEP_FORMAT_ELF },
};

/* The format that --format says, or that the input looks like if that is JSON. */
static int find_format(const struct args *args, const struct input *input, int *format)
{
    const char *name = args->value[OPT_FORMAT];

    *format = SKEP_FORMAT_AUTO;
    for (size_t i = 0; name && i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (!strcmp(name, formats[i].name)) {
            *format = formats[i].format;
            name = NULL;
        }
    }
    if (name)
        return fail(SKEP_KIND_USAGE, NULL,
                    "--format: '%.60s' is none of auto, raw, hex, array, json, asm, elf",
                    name);
    if (*format == SKEP_FORMAT_AUTO && json_program_like(input))
        *format = FORMAT_JSON;
    return 0;
}

/* What the library is given to load: the input itself, or what JSON holds. */
struct source {
    const struct input *input;
    const void *data;
    size_t len;
    enum skep_format format;
    void *owned; /* from JSON; NULL: data is the input's */
};

static int source_open(const struct args *args, const struct input *input,
                       struct source *source)
{
    struct json_program json;
    int format, status = find_format(args, input, &format);

    if (status)
        return status;
    *source = (struct source){ .input = input, .data = input->data, .len = input->len };
    if (format != FORMAT_JSON) {
        source->format = (enum skep_format)format;
        return 0;
    }
    status = json_program_read(input, &json);
    if (status)
        return status;
    source->owned = json.data;
    source->data = json.data;
    source->len = json.len;
    source->format = json.format;
    return 0;
}

/* The library refused it: where that is, in the input's terms. */
static int source_fail(const struct source *source, const struct skep_err *err)
{
    if (source->owned && err->at == SKEP_AT_TEXT)
        return fail(skep_code_kind(err->code), source->input->name, "element %u: %s",
                    err->line - 1, err->message);
    return fail_library(source->input->name, err, source->input);
}

int check_type(const struct args *args)
{
    const char *wanted = args->value[OPT_TYPE], *name;
    char known[512] = "";
    size_t len = 0;

    for (size_t i = 0; wanted && (name = skep_vm_type_name(NULL, i)); i++) {
        if (!strcmp(wanted, name) || !strcmp(wanted, "unspec"))
            return 0;
        len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", i ? ", " : "",
                                name);
        if (len >= sizeof(known))
            len = sizeof(known) - 1;
    }
    return wanted ? fail(SKEP_KIND_USAGE, NULL,
                         "program type '%.60s' is not known, one of %s was expected",
                         wanted, known)
                  : 0;
}

/* What --type and the engine's options say; source is for its format. */
static int load_options(const struct args *args, const struct program_want *want,
                        const struct source *source, struct skep_load_opts *opts)
{
    *opts = (struct skep_load_opts){
        .size = sizeof(*opts),
        .format = source->format,
        .name = want->name,
        .type = args->value[OPT_TYPE],
        .engine = want->engine,
        .native = want->native,
    };
    int status = check_type(args);

    if (status)
        return status;
    return announce_ways(args, &opts->native);
}

static int is_object(const struct source *source)
{
    return (source->format == SKEP_FORMAT_AUTO || source->format == SKEP_FORMAT_ELF) &&
           object_like(source->data, source->len);
}

/* Finds the object's program that opts name. */
static int choose(struct program *program, const struct skep_load_opts *opts)
{
    struct skep_err err;

    if (skep_object_choose(program->object.handle, opts, &program->index, &err) ==
        SKEP_OK)
        return 0;
    return fail_library(program->input.name, &err, NULL);
}

static int load_source(const struct args *args, const struct program_want *want,
                       const struct source *source, struct program *program)
{
    struct skep_load_opts opts;
    struct skep_err err;
    int status = load_options(args, want, source, &opts);

    if (!status && is_object(source)) {
        status = object_open(args, program->vm, &program->input, source->data,
                             source->len, &program->object);
        if (!status && (want->name || !want->all))
            status = choose(program, &opts);
        if (status || (want->all && !want->name))
            return status;
        if (skep_object_load(program->object.handle, program->index, &opts,
                             &program->prog, &err) != SKEP_OK)
            return object_fail(&program->object, program->input.name, &err);
        return 0;
    }
    if (!status)
        status = object_refuse_options(args);
    if (!status && skep_load(program->vm, source->data, source->len, &opts,
                             &program->prog, &err) != SKEP_OK)
        status = source_fail(source, &err);
    return status;
}

/* Loads the input into program->vm. */
static int load(const struct args *args, const struct program_want *want,
                struct program *program)
{
    struct source source;
    int status = source_open(args, &program->input, &source);

    if (status)
        return status;
    status = load_source(args, want, &source, program);
    free(source.owned);
    return status;
}

/* The program runs all the same. */
static void warn_unannounced(const struct program *program)
{
    static const enum skep_native_flags kinds[] = { SKEP_NATIVE_CHECKED,
                                                    SKEP_NATIVE_UNCHECKED,
                                                    SKEP_NATIVE_UNMETERED };
    const struct skep_err *err = NULL;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !err; i++)
        err = skep_native_announce_err(skep_prog_native(program->prog, kinds[i]));
    if (err)
        warn(program->input.name, "%s", err->message);
}

const char *program_operand(const struct args *args, const char *const *words)
{
    if (args->count < 2)
        return NULL;
    for (; words && *words; words++)
        if (is_prefix(args->words[1], *words))
            return NULL;
    return args->words[1];
}

static int check_name(const struct program_want *want, const struct input *input)
{
    if (!want->name || !want->words || object_like(input->data, input->len))
        return 0;
    return fail(SKEP_KIND_USAGE, NULL, "'%.60s' is none of %s", want->name, want->words);
}

static void loaded(struct program *program)
{
    warn_unannounced(program);
    skep_prog_info(program->prog, &program->info);
}

/* With want->all an object's programs are not loaded yet. The input is taken over. */
static int open_input(const struct args *args, const struct program_want *want,
                      const struct input *take_input, struct program *program)
{
    int status;

    *program = (struct program){ .input = *take_input,
                                 .info = { .size = sizeof(program->info) } };
    status = check_name(want, &program->input);
    if (!status)
        status = vm_open(&program->vm);
    if (!status)
        status = load(args, want, program);
    if (status)
        program_close(program);
    else if (program->prog)
        loaded(program);
    return status;
}

int program_open(const struct args *args, const struct program_want *want,
                 struct program *program)
{
    static const struct program_want looked_at = { .engine = SKEP_ENGINE_INTERP };

    struct input input;
    int status = input_read(args->words[0], &input);

    return status ? status : open_input(args, want ? want : &looked_at, &input, program);
}

/* What is known of the object's program without loading it. */
static void describe(struct program *program, struct skep_program_info *info)
{
    *info = (struct skep_program_info){ .size = sizeof(*info) };
    skep_object_program(program->object.handle, program->index, info);
    program->info.name = info->name;
    program->info.type_name = info->type;
    program->info.section = info->section;
}

/* One program of the object. */
static int show_program(const struct args *args, const struct program_want *want,
                        struct program *program,
                        int (*show)(void *ctx, struct program *program), void *ctx)
{
    const struct source source = { .format = SKEP_FORMAT_AUTO };
    struct skep_program_info info;
    struct skep_load_opts opts;
    struct skep_err err;
    char subject[256];
    int status = load_options(args, want, &source, &opts), shown;

    program->info = (struct skep_prog_info){ .size = sizeof(program->info) };
    program->failed = NULL;
    if (status)
        return status;
    if (skep_object_load(program->object.handle, program->index, &opts, &program->prog,
                         &err) == SKEP_OK) {
        loaded(program);
    } else {
        describe(program, &info);
        snprintf(subject, sizeof(subject), "%s: program %s", program->input.name,
                 info.name);
        program->failed = &err; /* cppcheck-suppress autoVariables */
        status = object_fail(&program->object, subject, &err);
        if (info.flags & SKEP_PROGRAM_OPTIONAL)
            status = 0;
    }
    shown = show(ctx, program);
    skep_prog_free(program->prog);
    program->prog = NULL;
    program->failed = NULL;
    return status ? status : shown;
}

int programs_each(const struct args *args, const struct program_want *want,
                  int (*show)(void *ctx, struct program *program), void *ctx)
{
    struct input input;
    int status = input_read(args->words[0], &input);

    return status ? status : programs_of(args, want, &input, show, ctx);
}

int programs_of(const struct args *args, const struct program_want *want,
                const struct input *take_input,
                int (*show)(void *ctx, struct program *program), void *ctx)
{
    struct program_want all = *want;
    struct program program;
    int status, first = 0;

    all.all = 1;
    status = open_input(args, &all, take_input, &program);
    if (status)
        return status;
    if (program.prog) {
        program.shown = 1;
        first = show(ctx, &program);
        program_close(&program);
        return first;
    }
    program.shown = program.object.info.programs;
    for (; program.index < program.shown && !ferror(stdout); program.index++) {
        status = show_program(args, want, &program, show, ctx);
        if (!first)
            first = status;
    }
    program_close(&program);
    return first;
}

void program_close(struct program *program)
{
    skep_prog_free(program->prog);
    object_close(&program->object);
    skep_vm_free(program->vm);
    input_free(&program->input);
    *program = (struct program){ 0 };
}

int slots_of(const struct args *args, skep_vm *vm, const struct input *input,
             void **slots, size_t *len)
{
    const struct skep_load_opts opts = { .size = sizeof(opts) };
    struct source source;
    struct skep_err err;
    int status = source_open(args, input, &source);

    if (status)
        return status;
    if (skep_read(vm, source.data, source.len, &opts, &source.format, slots, len, &err) !=
        SKEP_OK)
        status = source_fail(&source, &err);
    free(source.owned);
    return status;
}

uint64_t program_retval(const struct program *program, const struct skep_result *res)
{
    return program->info.type || program->info.type_name[0] ? (uint32_t)res->r0 : res->r0;
}

const char *type_name(const struct skep_prog_info *info)
{
    return info->type_name && info->type_name[0] ? info->type_name : "raw";
}

const char *tag_text(const struct skep_prog_info *info, char buf[TAG_TEXT])
{
    for (size_t i = 0; i < sizeof(info->tag); i++)
        snprintf(buf + 2 * i, 3, "%02x", info->tag[i]);
    return buf;
}

void line_json(struct jw *j, const struct skep_line *line, int linum)
{
    jw_str(j, "src", line->text);
    if (!linum)
        return;
    jw_str(j, "file", line->file);
    if (line->line)
        jw_u64(j, "line_num", line->line);
    if (line->column)
        jw_u64(j, "line_col", line->column);
}

void line_text(FILE *file, const struct skep_line *line, int linum)
{
    const char *at = line->text;

    for (size_t n; n = strcspn(at, "\t"), at[n]; at += n + 1) { /* as bpftool has them */
        text_put(file, at, n);
        fputc('\t', file);
    }
    text_put(file, at, strlen(at));
    if (!linum)
        return;
    fputs(" [file:", file);
    text_put(file, line->file, strlen(line->file));
    fprintf(file, " line_num:%u line_col:%u]", line->line, line->column);
}

const char *function_name(const skep_prog *prog, uint32_t pc)
{
    struct skep_function_note note = { .size = sizeof(note), .name = "" };
    struct skep_insn insn = { 0 };

    if (skep_prog_insn(prog, pc, &insn) == SKEP_OK)
        skep_prog_function_note(prog, insn.function, &note);
    return note.name;
}

const char *insn_text(const skep_prog *prog, uint32_t pc, char *buf, size_t size)
{
    skep_insn_text(prog, pc, SKEP_KERNEL, buf, size);
    return buf;
}

struct skep_form insn_form(const struct skep_insn *insn)
{
    struct skep_form form = { 0 };

    skep_form_get(insn->form, &form);
    return form;
}

int target_read(const struct args *args, enum skep_target *target)
{
    const char *name = args->value[OPT_TARGET];

    *target = SKEP_TARGET_HOST;
    if (!name)
        return 0;
    if (!strcmp(name, "x86_64") || !strcmp(name, "x86-64") || !strcmp(name, "amd64"))
        *target = SKEP_TARGET_X86_64;
    else if (!strcmp(name, "arm64") || !strcmp(name, "aarch64"))
        *target = SKEP_TARGET_ARM64;
    else
        return fail(SKEP_KIND_USAGE, NULL,
                    "--target: '%.60s' is neither x86_64 nor arm64", name);
    return 0;
}
