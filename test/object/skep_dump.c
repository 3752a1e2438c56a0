/* What skep makes of an object, in the form of canon.h.
 *
 *     skep_dump --kernel FOLDER OBJECT
 *
 * The folder is that of kernel.h, its BTF raw. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canon.h"
#include "load/object_parts.h"
#include "skep_types.h"

/* Linux's names for what a program needs: uapi/linux/bpf.h. */
enum { F_SLEEPABLE = 1 << 4, F_XDP_HAS_FRAGS = 1 << 5 };
enum { PROG_TRACING = 26, PROG_STRUCT_OPS = 27, PROG_EXT = 28, PROG_LSM = 29 };

/* ---- The kernel --------------------------------------------------------------------- */

struct kernel_files {
    struct canon_file btf, module, config, symbols, release;
};

/* Looks a symbol up in text as that of /proc/kallsyms. */
static int find_symbol(void *ctx, const char *name, uint64_t *address)
{
    const struct kernel_files *files = ctx;
    size_t len = strlen(name);

    for (const char *line = (const char *)files->symbols.data; line && *line;) {
        const char *end = line + strcspn(line, "\n");
        char *rest;
        unsigned long long value = strtoull(line, &rest, 16);

        if (rest + 3 + len <= end && strncmp(rest + 3, name, len) == 0 &&
            strchr("\n\t ", rest[3 + len])) {
            *address = value;
            return 1;
        }
        line = *end ? end + 1 : end;
    }
    return 0;
}

/* ---- Maps --------------------------------------------------------------------------- */

/* The name that libbpf calls the map by: that of sections such as .data.name and .rodata.name
 * is theirs, that of other sections is the one that goes to the kernel. */
static const char *map_name(const struct sk_obj_map *map)
{
    if (strcmp(map->name, ".data") == 0 || strcmp(map->name, ".rodata") == 0 ||
        strncmp(map->name, ".bss", 4) == 0 || strcmp(map->name, ".kconfig") == 0)
        return map->kernel_name;
    return map->name;
}

static struct canon_map definition(const struct sk_obj_map *map)
{
    return (struct canon_map){
        .name = map_name(map),
        .kernel_name = map->kernel_name,
        .type = map->def.kind,
        .key_size = map->def.key_size,
        .value_size = map->def.value_size,
        .max_entries = map->def.max_entries,
        .flags = map->def.flags,
        .extra = map->def.extra,
        .numa = map->def.numa_node,
        .pin = map->pinning,
        .key_type = map->key_type,
        .value_type = map->value_type,
    };
}

static void put_map(const struct sk_object *object, const struct sk_obj_map *map)
{
    struct canon_map canon = definition(map);
    const char *name = map_name(map);
    /* What a map of struct_ops holds is put into it when it is attached. */
    int is_struct_ops = map->role == SK_OBJ_MAP_STRUCT_OPS;
    int is_data = map->role == SK_OBJ_MAP_DATA || map->role == SK_OBJ_MAP_KCONFIG;

    canon_map(&canon);
    if (map->inner >= 0) {
        canon = definition(&object->maps[map->inner]);
        canon_inner(name, &canon);
    }
    for (uint32_t i = 0; i < map->slot_count && !is_struct_ops; i++) {
        const struct sk_obj_slot *slot = &map->slots[i];

        if (map->def.kind == SK_MAP_PROG_ARRAY)
            canon_slot(name, slot->index, object->funcs[slot->target].name);
        else
            canon_slot(name, slot->index, map_name(&object->maps[slot->target]));
    }
    if (map->data && !is_struct_ops)
        canon_data(name, map->data, map->data_size);
    if (is_data && (map->def.flags & SK_MAP_RDONLY_PROG))
        canon_freeze(name);
}

static void put_object(const struct sk_object *object)
{
    canon_object(object->license, object->version);
    for (uint32_t i = 0; i < object->map_count; i++)
        if (object->maps[i].role != SK_OBJ_MAP_INNER)
            put_map(object, &object->maps[i]);
    skep_types(object);
}

/* ---- Programs ----------------------------------------------------------------------- */

static const char *name_of_map(void *ctx, int32_t imm)
{
    const struct sk_object *object = ctx;

    return imm >= 1 && (uint32_t)imm <= object->map_count
               ? map_name(&object->maps[imm - 1])
               : "?";
}

static uint32_t linux_flags(uint32_t flags)
{
    return (flags & SK_PROG_SLEEPABLE ? (uint32_t)F_SLEEPABLE : 0) |
           (flags & SK_PROG_FRAGS ? (uint32_t)F_XDP_HAS_FRAGS : 0);
}

/* What BTF has a name for; to libbpf other programs have no target before they attach. */
static const char *linux_target(const struct sk_obj_prog *prog)
{
    switch (prog->type) {
    case PROG_TRACING:
    case PROG_LSM:
    case PROG_EXT:
        return prog->target;
    default:
        return "";
    }
}

static void put_built(struct sk_object *object, const struct sk_obj_prog *prog,
                      const struct sk_built *built)
{
    int has_funcs = object->has_ext && object->ext.tables[SK_EXT_FUNC].len > 0;

    canon_prog(&(struct canon_prog){
        .name = object->funcs[prog->func].name,
        .section = prog->section,
        .type = prog->type,
        .attach = prog->attach_type,
        .flags = linux_flags(prog->flags),
        .target = linux_target(prog),
        .count = built->count,
    });
    canon_slots(built->slots, built->count, name_of_map, object);
    for (uint32_t i = 0; i < built->func_count && has_funcs; i++) {
        const struct sk_obj_func *func = &object->funcs[built->funcs[i].func];

        canon_func(built->funcs[i].first, func->name);
    }
    for (uint32_t i = 0; i < built->line_count; i++) {
        const struct sk_ext_line *line = &built->lines[i].line;

        canon_line(built->lines[i].pc, line->file, line->line, line->column, line->text);
    }
}

static void put_prog(struct sk_object *object, uint32_t index)
{
    const struct sk_obj_prog *prog = &object->progs[index];
    struct sk_built built = { 0 };
    struct skep_err err = { 0 };

    if (sk_object_build(object, index, &built, &err) != SKEP_OK) {
        canon_refused("prog", object->funcs[prog->func].name, err.message);
        return;
    }
    put_built(object, prog, &built);
    sk_built_fini(&built);
}

/* ---- The whole ---------------------------------------------------------------------- */

static void dump(const struct canon_file *file, const char *path,
                 const struct sk_kernel *kernel)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_object object = { 0 };
    struct skep_err err = { 0 };

    if (sk_object_open(&object, &mem, file->data, file->len, path, kernel, &err) !=
        SKEP_OK) {
        canon_refused("object", "", err.message);
        return;
    }
    if (sk_obj_resolve_externs(&object, &err) != SKEP_OK)
        canon_refused("externs", "", err.message);
    put_object(&object);
    for (uint32_t i = 0; i < object.prog_count; i++)
        put_prog(&object, i);
    sk_object_close(&object);
}

int main(int argc, char **argv)
{
    struct sk_mem mem = sk_mem_default();
    struct kernel_files files;
    struct sk_btf btf = { 0 }, module = { 0 };
    const struct sk_btf *list[2] = { &btf, &module };
    struct sk_kernel kernel = { .symbol = find_symbol, .ctx = &files };
    struct skep_err err = { 0 };
    struct canon_file object;

    if (argc != 4 || strcmp(argv[1], "--kernel") != 0) {
        fprintf(stderr, "usage: skep_dump --kernel FOLDER OBJECT\n");
        return 2;
    }
    files.btf = canon_read(argv[2], "btf");
    files.module = canon_read(argv[2], "module");
    files.config = canon_read(argv[2], "config");
    files.symbols = canon_read(argv[2], "symbols");
    files.release = canon_read(argv[2], "release");
    object = canon_read("", argv[3]);
    if (!files.btf.data || !object.data ||
        sk_btf_open(&btf, &mem, files.btf.data, files.btf.len, NULL, NULL, &err) !=
            SKEP_OK) {
        fprintf(stderr, "skep_dump: %s or the kernel's BTF cannot be read%s%s\n", argv[3],
                err.message[0] ? ": " : "", err.message);
        return 5;
    }
    kernel.btf = list;
    kernel.btf_count = 1;
    if (files.module.data && sk_btf_open(&module, &mem, files.module.data,
                                         files.module.len, &btf, NULL, &err) == SKEP_OK)
        kernel.btf_count = 2;
    kernel.config = (const char *)files.config.data;
    kernel.config_len = files.config.len;
    kernel.version =
        canon_version(files.release.data ? (const char *)files.release.data : "");
    dump(&object, argv[3], &kernel);

    if (kernel.btf_count == 2)
        sk_btf_close(&module);
    sk_btf_close(&btf);
    free(files.btf.data);
    free(files.module.data);
    free(files.config.data);
    free(files.symbols.data);
    free(files.release.data);
    free(object.data);
    return 0;
}
