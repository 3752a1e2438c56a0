/* skep object show, skep map show: what an object holds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "object.h"
#include "output.h"
#include "program.h"
#include "report.h"
#include "text.h"
#include "variable.h"

static void put(const char *text)
{
    text_put(stdout, text, strlen(text));
}

/* ---- Maps -------------------------------------------------------------------------- */

/* bpftool shows a number for types that it does not know. */
static const char *map_type(const struct skep_map_info *map, char buf[32])
{
    if (map->type)
        return map->type;
    snprintf(buf, 32, "type %" PRIu32, map->type_number);
    return buf;
}

static void map_text(const struct skep_map_info *map)
{
    char type[32];

    printf("%" PRIu32 ": %s  name ", map->id, map_type(map, type));
    put(map->kernel_name);
    printf("  flags 0x%" PRIx32 "\n", map->flags);
    printf("\tkey %" PRIu32 "B  value %" PRIu32 "B  max_entries %" PRIu32, map->key_size,
           map->value_size, map->max_entries);
    puts(map->frozen ? "  frozen" : "");
}

static void map_json(struct jw *j, const struct skep_map_info *map)
{
    char type[32];

    jw_open(j, NULL, '{');
    jw_u64(j, "id", map->id);
    jw_str(j, "type", map_type(map, type));
    jw_str(j, "name", map->kernel_name);
    if (strcmp(map->name, map->kernel_name) != 0)
        jw_str(j, "declared_name", map->name);
    jw_u64(j, "flags", map->flags);
    jw_u64(j, "bytes_key", map->key_size);
    jw_u64(j, "bytes_value", map->value_size);
    jw_u64(j, "max_entries", map->max_entries);
    if (map->extra)
        jw_u64(j, "map_extra", map->extra);
    jw_u64(j, "frozen", map->frozen);
    jw_close(j, '}');
}

static void maps_text(const struct object *object)
{
    struct skep_map_info map = { .size = sizeof(map) };

    for (uint32_t i = 0; skep_object_map(object->handle, i, &map) == SKEP_OK; i++)
        map_text(&map);
}

static void maps_json(struct jw *j, const char *key, const struct object *object)
{
    struct skep_map_info map = { .size = sizeof(map) };

    jw_open(j, key, '[');
    for (uint32_t i = 0; skep_object_map(object->handle, i, &map) == SKEP_OK; i++)
        map_json(j, &map);
    jw_close(j, ']');
}

/* ---- Programs ------------------------------------------------------------------------ */

static const struct {
    uint32_t flag;
    const char *name;
} program_flags[] = {
    { SKEP_PROGRAM_SLEEPABLE, "sleepable" },
    { SKEP_PROGRAM_FRAGS, "frags" },
    { SKEP_PROGRAM_OPTIONAL, "optional" },
};

static void programs_text(const struct object *object)
{
    struct skep_program_info info = { .size = sizeof(info) };

    for (uint32_t i = 0; skep_object_program(object->handle, i, &info) == SKEP_OK; i++) {
        printf("%" PRIu32 ": %s  name ", i, info.type);
        put(info.name);
        fputs("  section ", stdout);
        put(info.section);
        if (info.target[0]) {
            fputs("  target ", stdout);
            put(info.target);
        }
        for (size_t f = 0; f < sizeof(program_flags) / sizeof(program_flags[0]); f++)
            if (info.flags & program_flags[f].flag)
                printf("  %s", program_flags[f].name);
        printf("  slots %" PRIu32 "\n", info.slots);
    }
}

static void programs_json(struct jw *j, const struct object *object)
{
    struct skep_program_info info = { .size = sizeof(info) };

    jw_open(j, "programs", '[');
    for (uint32_t i = 0; skep_object_program(object->handle, i, &info) == SKEP_OK; i++) {
        jw_open(j, NULL, '{');
        jw_u64(j, "id", i);
        jw_str(j, "name", info.name);
        jw_str(j, "section", info.section);
        jw_str(j, "type", info.type);
        jw_u64(j, "attach_type", info.attach_type);
        if (info.target[0])
            jw_str(j, "target", info.target);
        for (size_t f = 0; f < sizeof(program_flags) / sizeof(program_flags[0]); f++)
            if (info.flags & program_flags[f].flag)
                jw_true(j, program_flags[f].name);
        jw_u64(j, "slots", info.slots);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

/* ---- Externs -------------------------------------------------------------------------- */

static const char *extern_kind(const struct skep_extern_info *ext)
{
    return ext->function ? "function" : ext->kconfig ? "kconfig" : "symbol";
}

static void externs_text(const struct object *object)
{
    struct skep_extern_info ext = { .size = sizeof(ext) };

    for (uint32_t i = 0; skep_object_extern(object->handle, i, &ext) == SKEP_OK; i++) {
        printf("%s ", extern_kind(&ext));
        put(ext.name);
        puts(ext.weak ? "  weak" : "");
    }
}

static void externs_json(struct jw *j, const struct object *object)
{
    struct skep_extern_info ext = { .size = sizeof(ext) };

    jw_open(j, "externs", '[');
    for (uint32_t i = 0; skep_object_extern(object->handle, i, &ext) == SKEP_OK; i++) {
        jw_open(j, NULL, '{');
        jw_str(j, "name", ext.name);
        jw_str(j, "kind", extern_kind(&ext));
        if (ext.weak)
            jw_true(j, "weak");
        else
            jw_false(j, "weak");
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

/* ---- The commands --------------------------------------------------------------------- */

static void heading(const char *name, uint32_t count, void (*show)(const struct object *),
                    const struct object *object)
{
    if (!count)
        return;
    printf("\n%s:\n", name);
    show(object);
}

static void all_variables(const struct object *object)
{
    variables_text(object, 0);
}

static void object_text(const struct object *object)
{
    const struct skep_object_info *info = &object->info;

    fputs("object ", stdout);
    put(info->name);
    fputs("  license ", stdout);
    put(info->license[0] ? info->license : "none");
    if (info->version)
        printf("  version 0x%" PRIx32, info->version);
    puts(info->btf ? "  btf" : "");
    heading("programs", info->programs, programs_text, object);
    heading("maps", info->maps, maps_text, object);
    heading("variables", info->variables, all_variables, object);
    heading("externs", info->externs, externs_text, object);
}

static void object_json(struct jw *j, const struct object *object)
{
    const struct skep_object_info *info = &object->info;

    jw_open(j, NULL, '{');
    jw_str(j, "name", info->name);
    jw_str(j, "license", info->license);
    jw_u64(j, "version", info->version);
    programs_json(j, object);
    maps_json(j, "maps", object);
    variables_json(j, object);
    externs_json(j, object);
    jw_close(j, '}');
    jw_end(j);
}

/* Opens the object of the first operand and shows it. */
static int with_object(const struct cli *cli,
                       void (*show)(const struct cli *cli, const struct object *object))
{
    struct object object;
    struct input input;
    skep_vm *vm = NULL;
    int status = input_read(cli->args.words[0], &input);

    if (status)
        return status;
    if (object_like(input.data, input.len))
        status = vm_open(&vm);
    else
        status = fail(SKEP_KIND_MALFORMED, input.name, "is no ELF object");
    if (!status) {
        status = object_open(&cli->args, vm, &input, input.data, input.len, &object);
        if (!status) {
            show(cli, &object);
            object_close(&object);
        }
        skep_vm_free(vm);
    }
    input_free(&input);
    return status;
}

static void show_maps(const struct cli *cli, const struct object *object)
{
    struct jw j = cli_json(cli);

    if (cli->style == STYLE_TEXT) {
        maps_text(object);
        return;
    }
    maps_json(&j, NULL, object);
    jw_end(&j);
}

static void show_object(const struct cli *cli, const struct object *object)
{
    struct jw j = cli_json(cli);

    if (cli->style == STYLE_TEXT)
        object_text(object);
    else
        object_json(&j, object);
}

int cmd_map_show(const struct cli *cli)
{
    return with_object(cli, show_maps);
}

int cmd_object_show(const struct cli *cli)
{
    return with_object(cli, show_object);
}
