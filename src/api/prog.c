/* Loading programs and telling about them. */
#include <stdio.h>
#include <string.h>

#include "api/object.h"
#include "api/vm.h"
#include "load/load.h"
#include "text/asm.h"

/* What the stages of skep_load hand on. */
struct input {
    enum skep_format format;
    uint8_t *slots;
    size_t bytes;
    struct sk_api_type type;
    struct sk_asm text; /* of assembly text: also owns slots */
};

/* A .type line goes for a text unless the options name a type. */
static enum skep_code assemble(struct skep_vm *vm, const char *text, size_t len,
                               const struct skep_load_opts *opts, struct input *in,
                               struct skep_err *err)
{
    SK_TRY(sk_asm(&vm->env, &vm->mem, text, len, in->type.layout, &in->text, err));
    in->slots = in->text.slots;
    in->bytes = in->text.bytes;
    if (opts->type || !in->text.type)
        return SKEP_OK;
    return sk_api_find_type(vm, in->text.type->name, &in->type, err);
}

static enum skep_code read_input(struct skep_vm *vm, const void *data, size_t len,
                                 const struct skep_load_opts *opts, struct input *in,
                                 struct skep_err *err)
{
    in->format = opts->format;
    if (in->format == SKEP_FORMAT_AUTO)
        in->format = sk_load_detect(data, len);
    in->type = (struct sk_api_type){ .name = "" };
    if (opts->type)
        SK_TRY(sk_api_find_type(vm, opts->type, &in->type, err));
    if (in->format != SKEP_FORMAT_ASM)
        return sk_load_slots(&vm->mem, in->format, data, len, &in->slots, &in->bytes,
                             err);
    return assemble(vm, data, len, opts, in, err);
}

static void free_input(struct skep_vm *vm, struct input *in)
{
    if (in->format == SKEP_FORMAT_ASM)
        sk_asm_fini(&in->text, &vm->mem);
    else
        sk_mem_free(&vm->mem, in->slots, in->bytes, 1);
}

/* An error in assembled slots is shown where the text has the instruction. */
static void point_at_text(const struct input *in, struct skep_err *err)
{
    if (in->format != SKEP_FORMAT_ASM || !err || err->at != SKEP_AT_SLOT)
        return;
    if (err->where >= in->bytes / SK_SLOT_BYTES)
        return;
    err->line = in->text.lines[err->where].line;
    err->column = in->text.lines[err->where].column;
    err->at = SKEP_AT_TEXT;
}

static enum skep_code make_prog(struct skep_vm *vm, const struct input *in,
                                const struct skep_load_opts *opts, struct skep_prog *p,
                                struct skep_err *err)
{
    const char *name = opts->name;
    enum skep_code code = sk_prog_init(&p->image.prog, &vm->env, in->type.layout,
                                       in->slots, in->bytes, err);

    if (code) {
        point_at_text(in, err);
        return code;
    }
    p->type_name = in->type.name;
    p->type_number = in->type.number;
    snprintf(p->image.prog.name, sizeof(p->image.prog.name), "%s",
             name                            ? name
             : in->format == SKEP_FORMAT_ASM ? in->text.name
                                             : "");
    return sk_api_make_code(p, opts, err);
}

enum skep_code sk_api_make_code(struct skep_prog *prog, const struct skep_load_opts *opts,
                                struct skep_err *err)
{
    SK_TRY(sk_image_find_values(&prog->image, err));
    SK_TRY(sk_code_init(&prog->code, &prog->image.prog, err));
    prog->image.code[SK_CODE_INTERP_CHECKED] = prog->code.checked;
    prog->image.code[SK_CODE_INTERP_FAST] = prog->code.fast;
    return sk_api_load_native(prog, opts->engine, opts->native, err);
}

static enum skep_code need_input(const struct skep_vm *vm, const void *data,
                                 const void *out, struct skep_err *err)
{
    SK_TRY(sk_api_need(vm, "vm", err));
    SK_TRY(sk_api_need(data, "data", err));
    return sk_api_need(out, "the place of the result", err);
}

/* ---- Objects ------------------------------------------------------------------------ */

/* Opens the object that was read, which is taken over, and finds the program that is meant. */
static enum skep_code open_object(struct skep_vm *vm, struct input *in,
                                  const struct skep_load_opts *opts,
                                  struct skep_object **object, uint32_t *program,
                                  struct skep_err *err)
{
    uint8_t *bytes = in->slots;
    enum skep_code code;

    in->slots = NULL;
    SK_TRY(sk_api_object_open(vm, bytes, in->bytes, NULL, object, err));
    code = sk_api_object_choose(*object, opts, program, err);
    if (code)
        sk_api_object_drop(*object);
    return code;
}

static enum skep_code load_object(struct skep_vm *vm, struct input *in,
                                  const struct skep_load_opts *opts,
                                  struct skep_prog **prog, struct skep_err *err)
{
    struct skep_object *object;
    enum skep_code code;
    uint32_t program;

    SK_TRY(open_object(vm, in, opts, &object, &program, err));
    code = sk_api_object_load(object, program, opts, prog, err);
    sk_api_object_drop(object);
    return code;
}

/* The slots of an object's program take the place of the object. */
static enum skep_code read_object(struct skep_vm *vm, struct input *in,
                                  const struct skep_load_opts *opts, struct skep_err *err)
{
    struct sk_built built = { .mem = vm->mem };
    struct skep_object *object;
    enum skep_code code;
    uint32_t program;

    SK_TRY(open_object(vm, in, opts, &object, &program, err));
    code = sk_object_build(&object->object, program, &built, err);
    if (!code) {
        in->bytes = (size_t)built.count * SK_SLOT_BYTES;
        in->slots = sk_mem_resize(&vm->mem, NULL, 0, in->bytes, 1);
        if (in->slots)
            memcpy(in->slots, built.slots, in->bytes);
        else
            code = sk_fail(err, E_NO_MEMORY, sk_at_nothing(), in->bytes);
        sk_built_fini(&built);
    }
    sk_api_object_drop(object);
    return code;
}

static int is_object(const struct input *in)
{
    return in->format == SKEP_FORMAT_ELF ||
           ((in->format == SKEP_FORMAT_HEX || in->format == SKEP_FORMAT_ARRAY) &&
            sk_load_is_object(in->slots, in->bytes));
}

/* ---- Loading ------------------------------------------------------------------------ */

static enum skep_code load_slots(struct skep_vm *vm, const struct input *in,
                                 const struct skep_load_opts *opts,
                                 struct skep_prog **prog, struct skep_err *err)
{
    struct skep_prog *fresh = sk_mem_new(&vm->mem, 1, sizeof(*fresh));
    enum skep_code code;

    if (!fresh)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*fresh));
    code = make_prog(vm, in, opts, fresh, err);
    if (!code) {
        *prog = fresh;
    } else {
        fresh->image.prog.mem = vm->mem;
        skep_prog_free(fresh);
    }
    return code;
}

enum skep_code skep_load(skep_vm *vm, const void *data, size_t len,
                         const struct skep_load_opts *opts, skep_prog **prog,
                         struct skep_err *err)
{
    struct skep_load_opts o;
    struct input in = { 0 };
    enum skep_code code;

    SK_TRY(need_input(vm, data, prog, err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_load_opts", err));
    SK_TRY(read_input(vm, data, len, &o, &in, err));
    if (is_object(&in))
        return load_object(vm, &in, &o, prog, err);
    code = load_slots(vm, &in, &o, prog, err);
    free_input(vm, &in);
    return code;
}

void skep_prog_free(skep_prog *prog)
{
    struct skep_object *object;
    struct sk_mem mem;

    if (!prog)
        return;
    mem = prog->image.prog.mem;
    sk_api_free_native(prog);
    sk_code_fini(&prog->code, &prog->image.prog);
    sk_image_free_values(&prog->image);
    sk_prog_fini(&prog->image.prog);
    object = prog->object;
    sk_mem_free(&mem, prog, 1, sizeof(*prog));
    sk_api_object_drop(object);
}

enum skep_code skep_read(skep_vm *vm, const void *data, size_t len,
                         const struct skep_load_opts *opts, enum skep_format *format,
                         void **out, size_t *out_len, struct skep_err *err)
{
    struct skep_load_opts o;
    struct input in = { 0 };

    SK_TRY(need_input(vm, data, out, err));
    SK_TRY(sk_api_need(out_len, "out_len", err));
    SK_TRY(sk_api_need(format, "format", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_load_opts", err));
    if (*format != SKEP_FORMAT_AUTO)
        o.format = *format;
    SK_TRY(read_input(vm, data, len, &o, &in, err));
    if (is_object(&in))
        SK_TRY(read_object(vm, &in, &o, err));
    *format = in.format;
    *out = in.slots;
    *out_len = in.bytes;
    if (in.format == SKEP_FORMAT_ASM) {
        in.text.slots = NULL;
        sk_asm_fini(&in.text, &vm->mem);
    }
    return SKEP_OK;
}

enum skep_code skep_asm(skep_vm *vm, const char *text, size_t len,
                        const struct skep_asm_opts *opts, void **out, size_t *out_len,
                        struct skep_err *err)
{
    struct skep_asm_opts o;
    struct input in = { 0 };
    struct sk_prog prog;
    enum skep_code code;

    SK_TRY(need_input(vm, text, out, err));
    SK_TRY(sk_api_need(out_len, "out_len", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_asm_opts", err));
    SK_TRY(read_input(
        vm, text, len,
        &(struct skep_load_opts){ .format = SKEP_FORMAT_ASM, .type = o.type }, &in, err));
    code = o.no_check
               ? SKEP_OK
               : sk_prog_init(&prog, &vm->env, in.type.layout, in.slots, in.bytes, err);
    if (code) {
        point_at_text(&in, err);
        free_input(vm, &in);
        return code;
    }
    if (!o.no_check)
        sk_prog_fini(&prog);
    *out = in.slots;
    *out_len = in.bytes;
    in.text.slots = NULL;
    sk_asm_fini(&in.text, &vm->mem);
    return SKEP_OK;
}

/* What the object that the program is from says of it. */
static void add_object(const skep_prog *prog, struct skep_prog_info *info)
{
    const struct skep_object *object = prog->object;
    const struct sk_obj_prog *p = &object->object.progs[prog->program];
    const struct sk_notes *notes = &prog->image.prog.notes;

    info->attach_type = p->attach_type;
    info->section = p->section;
    info->target = p->target;
    info->program_flags = p->flags & (SK_PROG_SLEEPABLE | SK_PROG_FRAGS);
    info->license = object->object.license;
    info->lines = notes->line_count;
    for (uint32_t i = 0; i < notes->map_count; i++)
        info->maps += notes->maps[i] != NULL;
}

void skep_prog_info(const skep_prog *prog, struct skep_prog_info *info)
{
    const struct sk_prog *p = &prog->image.prog;
    struct skep_prog_info full = {
        .name = p->name,
        .type = p->type,
        .slots = p->count,
        .functions = p->function_count,
        .type_name = prog->type_name ? prog->type_name
                     : p->type       ? p->type->name
                                     : "",
        .type_number = prog->type_number,
        .section = "",
        .target = "",
        .license = "",
    };

    for (uint32_t pc = 0; pc < p->count; pc++)
        full.insns += p->insns[pc].op != SK_OP_SECOND;
    sk_prog_tag(p, full.tag);
    if (prog->object)
        add_object(prog, &full);
    sk_api_give(info, &full, sizeof(full));
}

uint32_t skep_prog_maps(const skep_prog *prog, uint32_t *ids, uint32_t room)
{
    const struct sk_notes *notes = prog ? &prog->image.prog.notes : NULL;
    uint32_t count = 0;

    for (uint32_t i = 0; notes && i < notes->map_count; i++) {
        if (!notes->maps[i])
            continue;
        if (ids && count < room)
            ids[count] = i + 1;
        count++;
    }
    return count;
}

const void *skep_prog_bytes(const skep_prog *prog)
{
    return prog ? prog->image.prog.slots : NULL;
}

enum skep_code skep_prog_function(const skep_prog *prog, uint32_t index, uint32_t *first,
                                  uint32_t *end)
{
    if (!prog || !first || !end || index >= prog->image.prog.function_count)
        return SKEP_E_ARGUMENT;
    *first = prog->image.prog.functions[index].first;
    *end = prog->image.prog.functions[index].end;
    return SKEP_OK;
}
