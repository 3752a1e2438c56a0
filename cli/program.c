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

/* Loads the input into program->vm. */
static int load(const struct args *args, const struct program_want *want,
                struct program *program)
{
    struct skep_load_opts opts = {
        .size = sizeof(opts),
        .name = want->name,
        .engine = want->engine,
        .native = want->native,
    };
    struct source source;
    struct skep_err err;
    int status = announce_ways(args, &opts.native);

    if (!status)
        status = source_open(args, &program->input, &source);
    if (status)
        return status;
    opts.format = source.format;
    opts.type = args->value[OPT_TYPE];
    if (skep_load(program->vm, source.data, source.len, &opts, &program->prog, &err) !=
        SKEP_OK)
        status = source_fail(&source, &err);
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
    int is_object = input->len >= 4 && memcmp(input->data, "\177ELF", 4) == 0;

    if (!want->name || !want->words || is_object)
        return 0;
    return fail(SKEP_KIND_USAGE, NULL, "'%.60s' is none of %s", want->name, want->words);
}

int program_open(const struct args *args, const struct program_want *want,
                 struct program *program)
{
    static const struct program_want looked_at = { .engine = SKEP_ENGINE_INTERP };
    int status;

    *program = (struct program){ .info = { .size = sizeof(program->info) } };
    status = input_read(args->words[0], &program->input);
    if (!status && want)
        status = check_name(want, &program->input);
    if (!status)
        status = vm_open(&program->vm);
    if (!status)
        status = load(args, want ? want : &looked_at, program);
    if (status) {
        program_close(program);
        return status;
    }
    warn_unannounced(program);
    skep_prog_info(program->prog, &program->info);
    return 0;
}

void program_close(struct program *program)
{
    skep_prog_free(program->prog);
    skep_vm_free(program->vm);
    input_free(&program->input);
    *program = (struct program){ 0 };
}

/* Turns the input into slots of the vm's allocator. */
static int read_slots(const struct args *args, skep_vm *vm, const struct input *input,
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

int slots_read(const struct args *args, skep_vm *vm, void **slots, size_t *len)
{
    struct input input;
    int status = input_read(args->words[0], &input);

    if (status)
        return status;
    status = read_slots(args, vm, &input, slots, len);
    input_free(&input);
    return status;
}

uint64_t program_retval(const struct program *program, const struct skep_result *res)
{
    return program->info.type ? (uint32_t)res->r0 : res->r0;
}

const char *type_name(const struct skep_prog_info *info)
{
    return info->type ? info->type->name : "raw";
}

const char *tag_text(const struct skep_prog_info *info, char buf[TAG_TEXT])
{
    for (size_t i = 0; i < sizeof(info->tag); i++)
        snprintf(buf + 2 * i, 3, "%02x", info->tag[i]);
    return buf;
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
