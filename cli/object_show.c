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

/* What libbpf calls enum libbpf_pin_type. */
static const char *pinning_text(uint32_t pinning)
{
    return pinning == 1 ? "by_name" : "other";
}

/* What goes beyond what bpftool map show has: a line of it, if there is some. */
static void map_more(const struct skep_map_info *map)
{
    const char *before = "\t";

    if (map->inner >= 0) {
        printf("%sinner_map %" PRId32, before, map->inner + 1);
        before = "  ";
    }
    if (map->pinning) {
        printf("%spinning %s", before, pinning_text(map->pinning));
        before = "  ";
    }
    if (map->numa_node) {
        printf("%snuma_node %" PRIu32, before, map->numa_node);
        before = "  ";
    }
    if (map->kernel_value_type) {
        printf("%sbtf_vmlinux_value_type_id %" PRIu32, before, map->kernel_value_type);
        before = "  ";
    }
    if (before[0] == ' ')
        putchar('\n');
}

/* The program or map that a slot has. */
static const char *slot_target(const struct object *object,
                               const struct skep_map_slot *slot)
{
    struct skep_program_info program = { .size = sizeof(program) };
    struct skep_map_info map = { .size = sizeof(map) };

    if (slot->map >= 0) {
        skep_object_map(object->handle, (uint32_t)slot->map, &map);
        return map.kernel_name;
    }
    skep_object_program(object->handle, (uint32_t)slot->program, &program);
    return program.name;
}

/* "key: 2 value: prog 1 name t2", or with the member's name for a key. */
static void slots_text(const struct object *object, uint32_t index)
{
    struct skep_map_slot slot = { .size = sizeof(slot) };

    for (uint32_t i = 0; skep_object_map_slot(object->handle, index, i, &slot) == SKEP_OK;
         i++) {
        fputs("\tkey: ", stdout);
        if (slot.member[0])
            put(slot.member);
        else
            printf("%" PRIu32, slot.index);
        if (slot.map >= 0)
            printf("  value: map %" PRId32 "  name ", slot.map + 1);
        else
            printf("  value: prog %" PRId32 "  name ", slot.program);
        put(slot_target(object, &slot));
        putchar('\n');
    }
}

static void map_text(const struct object *object, uint32_t index,
                     const struct skep_map_info *map)
{
    char type[32];

    printf("%" PRIu32 ": %s  name ", map->id, map_type(map, type));
    put(map->kernel_name);
    printf("  flags 0x%" PRIx32 "\n", map->flags);
    printf("\tkey %" PRIu32 "B  value %" PRIu32 "B  max_entries %" PRIu32, map->key_size,
           map->value_size, map->max_entries);
    puts(map->frozen ? "  frozen" : "");
    map_more(map);
    slots_text(object, index);
}

static void slots_json(struct jw *j, const struct object *object, uint32_t index)
{
    struct skep_map_slot slot = { .size = sizeof(slot) };

    jw_open(j, "elements", '[');
    for (uint32_t i = 0; skep_object_map_slot(object->handle, index, i, &slot) == SKEP_OK;
         i++) {
        jw_open(j, NULL, '{');
        if (slot.member[0])
            jw_str(j, "key", slot.member);
        else
            jw_u64(j, "key", slot.index);
        if (slot.map >= 0)
            jw_u64(j, "map_id", (uint32_t)slot.map + 1);
        else
            jw_u64(j, "prog_id", (uint32_t)slot.program);
        jw_str(j, "name", slot_target(object, &slot));
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

static void more_json(struct jw *j, const struct skep_map_info *map)
{
    if (map->extra)
        jw_u64(j, "map_extra", map->extra);
    if (map->inner >= 0)
        jw_u64(j, "inner_map_id", (uint32_t)map->inner + 1);
    if (map->pinning)
        jw_str(j, "pinning", pinning_text(map->pinning));
    if (map->numa_node)
        jw_u64(j, "numa_node", map->numa_node);
    if (map->kernel_value_type)
        jw_u64(j, "btf_vmlinux_value_type_id", map->kernel_value_type);
}

static void map_json(struct jw *j, const struct object *object, uint32_t index,
                     const struct skep_map_info *map)
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
    more_json(j, map);
    jw_u64(j, "frozen", map->frozen);
    if (map->slots)
        slots_json(j, object, index);
    jw_close(j, '}');
}

static void maps_text(const struct object *object)
{
    struct skep_map_info map = { .size = sizeof(map) };

    for (uint32_t i = 0; skep_object_map(object->handle, i, &map) == SKEP_OK; i++)
        map_text(object, i, &map);
}

static void maps_json(struct jw *j, const char *key, const struct object *object)
{
    struct skep_map_info map = { .size = sizeof(map) };

    jw_open(j, key, '[');
    for (uint32_t i = 0; skep_object_map(object->handle, i, &map) == SKEP_OK; i++)
        map_json(j, object, i, &map);
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
        if (info.attach[0])
            printf("  attach_type %s", info.attach);
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
        if (info.attach[0])
            jw_str(j, "attach_type_name", info.attach);
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

/* "bool CONFIG_X", or its name if its type is not known. */
static const char *extern_text(const struct object *object, uint32_t index,
                               const struct skep_extern_info *ext,
                               char buf[DECLARATION_MAX])
{
    if (!skep_object_extern_declaration(object->handle, index, buf, DECLARATION_MAX))
        snprintf(buf, DECLARATION_MAX, "%s", ext->name);
    return buf;
}

static void externs_text(const struct object *object)
{
    struct skep_extern_info ext = { .size = sizeof(ext) };
    char text[DECLARATION_MAX];

    for (uint32_t i = 0; skep_object_extern(object->handle, i, &ext) == SKEP_OK; i++) {
        printf("%s ", extern_kind(&ext));
        put(extern_text(object, i, &ext, text));
        if (ext.data) {
            fputs(" = ", stdout);
            typed_text(object, ext.type, ext.data, ext.bytes);
        }
        printf("%s%s\n", ext.weak ? "  weak" : "", ext.found ? "" : "  not found");
    }
}

static void boolean(struct jw *j, const char *key, uint32_t value)
{
    if (value)
        jw_true(j, key);
    else
        jw_false(j, key);
}

static void externs_json(struct jw *j, const struct object *object)
{
    struct skep_extern_info ext = { .size = sizeof(ext) };
    char text[DECLARATION_MAX];

    jw_open(j, "externs", '[');
    for (uint32_t i = 0; skep_object_extern(object->handle, i, &ext) == SKEP_OK; i++) {
        jw_open(j, NULL, '{');
        jw_str(j, "name", ext.name);
        jw_str(j, "kind", extern_kind(&ext));
        jw_str(j, "declaration", extern_text(object, i, &ext, text));
        boolean(j, "weak", ext.weak);
        boolean(j, "found", ext.found);
        if (ext.data)
            typed_json(j, "value", "bytes_of_value", object, ext.type, ext.data,
                       ext.bytes);
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
    struct skep_err err;
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
            if (skep_object_resolve(object.handle, &err) != SKEP_OK)
                status = object_fail(&object, input.name, &err);
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
