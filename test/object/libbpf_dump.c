/* What libbpf submits to the kernel for an object, in the form of canon.h.
 *
 *     libbpf_dump [--kernel FOLDER] OBJECT
 *
 * The kernel is made up (fake.h, kernel.h): no privileges are needed. libbpf gives up on an
 * object if one of its programs cannot be loaded. Such an object is opened again for each
 * program, to load that one alone.
 *
 * Programs that attach to a function that the kernel does not have, or to another program,
 * attach to a program that is made up. Struct_ops maps of types that the kernel does not have
 * are left out. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "canon.h"
#include "fake.h"
#include "kernel.h"
#include "libbpf_types.h"

/* Newer than some headers. */
enum { MAP_TYPE_ARENA = 33 };

/* What programs of sections without a type are loaded as: libbpf wants one. */
enum { TYPE_INSTEAD = BPF_PROG_TYPE_EXT + 1000 };

/* How to load. */
enum {
    FAKE_TARGETS = 1,  /* programs attach to a made up program */
    NO_STRUCT_OPS = 2, /* without maps of that type */
};

/* ---- Reasons ------------------------------------------------------------------------ */

static char reason[512]; /* libbpf's first warning since it was cleared */

__attribute__((format(printf, 2, 0))) static int
on_message(enum libbpf_print_level level, const char *format, va_list list)
{
    if (level == LIBBPF_WARN && !reason[0]) {
        vsnprintf(reason, sizeof(reason), format, list);
        reason[strcspn(reason, "\n")] = '\0';
    }
    return 0;
}

static void note_errno(int error)
{
    size_t len = strlen(reason);

    snprintf(reason + len, sizeof(reason) - len, " (%s)", strerror(error));
}

/* ---- Loading ------------------------------------------------------------------------ */

static int attaches_by_btf(const struct bpf_program *prog)
{
    switch (bpf_program__type(prog)) {
    case BPF_PROG_TYPE_TRACING:
    case BPF_PROG_TYPE_LSM:
    case BPF_PROG_TYPE_EXT:
        return 1;
    default:
        return 0;
    }
}

/* Opens the object and loads programs: all if `only` is NULL, that of the name `only`, none
 * if it is "". NULL: refused, and `reason` says why. */
static struct bpf_object *load(const char *path, const char *only, int how)
{
    struct bpf_object *object;
    struct bpf_program *prog;
    struct bpf_map *map;
    int target;

    fake_reset();
    reason[0] = '\0';
    target = fake_target();
    object = bpf_object__open_file(path, NULL);
    if (!object) {
        note_errno(errno);
        close(target);
        return NULL;
    }
    for (prog = bpf_object__next_program(object, NULL); prog;
         prog = bpf_object__next_program(object, prog)) {
        bpf_program__set_autoload(prog,
                                  !only || strcmp(bpf_program__name(prog), only) == 0);
        if (bpf_program__type(prog) == BPF_PROG_TYPE_UNSPEC)
            bpf_program__set_type(prog, (enum bpf_prog_type)TYPE_INSTEAD);
        if ((how & FAKE_TARGETS) && attaches_by_btf(prog))
            bpf_program__set_attach_target(prog, target, FAKE_TARGET);
    }
    for (map = bpf_object__next_map(object, NULL); map;
         map = bpf_object__next_map(object, map)) {
        if ((how & NO_STRUCT_OPS) && bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
            bpf_map__set_autocreate(map, false);
    }
    if (bpf_object__load(object) != 0) {
        note_errno(errno);
        bpf_object__close(object);
        object = NULL;
    }
    close(target);
    return object;
}

/* ---- Names -------------------------------------------------------------------------- */

static const char *map_name(const struct bpf_object *object, int thing)
{
    struct bpf_map *map;

    for (map = bpf_object__next_map(object, NULL); map;
         map = bpf_object__next_map(object, map)) {
        if (thing >= 0 && fake_find(bpf_map__fd(map)) == thing)
            return bpf_map__name(map);
    }
    return NULL;
}

static const char *prog_name(const struct bpf_object *object, int thing)
{
    struct bpf_program *prog;

    for (prog = bpf_object__next_program(object, NULL); prog;
         prog = bpf_object__next_program(object, prog)) {
        if (thing >= 0 && fake_find(bpf_program__fd(prog)) == thing)
            return bpf_program__name(prog);
    }
    return NULL;
}

/* ---- Maps --------------------------------------------------------------------------- */

static struct canon_map definition(const char *name, const union bpf_attr *attr)
{
    return (struct canon_map){
        .name = name,
        .kernel_name = attr->map_name,
        .type = attr->map_type,
        .key_size = attr->key_size,
        .value_size = attr->value_size,
        .max_entries = attr->max_entries,
        .flags = attr->map_flags,
        .extra = attr->map_extra,
        .numa = attr->numa_node,
        .key_type = attr->btf_key_type_id,
        .value_type = attr->btf_value_type_id,
        /* libbpf makes 0 the number of processors there. */
        .any_max = attr->map_type == BPF_MAP_TYPE_PERF_EVENT_ARRAY &&
                   (int)attr->max_entries == libbpf_num_possible_cpus(),
    };
}

static void put_element(const struct bpf_object *object, const char *name,
                        const struct fake_thing *map, const struct fake_update *update)
{
    const char *target;

    switch (map->attr.map_type) {
    case BPF_MAP_TYPE_PROG_ARRAY:
        target = prog_name(object, update->target);
        canon_slot(name, update->key, target ? target : "?");
        break;
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
        target = map_name(object, update->target);
        canon_slot(name, update->key, target ? target : "?");
        break;
    default:
        canon_data(name, update->value, map->attr.value_size);
    }
}

static void put_arena(struct bpf_map *map)
{
    size_t len = 0;
    uint8_t *bytes;

    if (!bpf_map__initial_value(map, &len) || len == 0)
        return;
    bytes = calloc(1, len);
    if (bytes && fake_memory(bpf_map__fd(map), bytes, len))
        canon_data(bpf_map__name(map), bytes, len);
    free(bytes);
}

static void put_map(const struct bpf_object *object, struct bpf_map *map)
{
    int index = fake_find(bpf_map__fd(map));
    const char *name = bpf_map__name(map);
    const struct fake_thing *thing;
    struct canon_map canon;

    if (index < 0) {
        printf("map %s is not made\n", name);
        return;
    }
    thing = fake_at(index);
    canon = definition(name, &thing->attr);
    canon.pin = bpf_map__pin_path(map) != NULL;
    canon_map(&canon);
    if (thing->inner >= 0) {
        canon = definition("", &fake_at(thing->inner)->attr);
        canon_inner(name, &canon);
    }
    for (size_t i = 0; i < thing->update_count; i++)
        put_element(object, name, thing, &thing->updates[i]);
    if (thing->attr.map_type == MAP_TYPE_ARENA)
        put_arena(map);
    if (thing->is_frozen)
        canon_freeze(name);
}

/* The version that the object has; 0 if libbpf took the kernel's. */
static uint32_t version_of(const struct bpf_object *object)
{
    uint32_t version = bpf_object__kversion(object);
    struct utsname name;

    uname(&name);
    return version == canon_version(name.release) ? 0 : version;
}

/* The BTF that was submitted for the object. */
static void put_types(const struct bpf_object *object, const char *path)
{
    int index = fake_find(bpf_object__btf_fd(object));
    struct btf *submitted, *original;

    if (index < 0)
        return;
    submitted = btf__new(fake_at(index)->bytes, fake_at(index)->attr.btf_size);
    original = btf__parse_elf(path, NULL);
    if (submitted && original)
        libbpf_types(submitted, original);
    btf__free(submitted);
    btf__free(original);
}

static void put_object(const struct bpf_object *object, const char *path,
                       const char *license)
{
    struct bpf_map *map;

    canon_object(license, version_of(object));
    for (map = bpf_object__next_map(object, NULL); map;
         map = bpf_object__next_map(object, map))
        put_map(object, map);
    put_types(object, path);
}

/* ---- Programs ----------------------------------------------------------------------- */

/* The name of what a program attaches to in the kernel; "" if it is nothing that BTF knows,
 * NULL if it is made up. */
static const char *target_name(const union bpf_attr *attr, const struct btf *kernel)
{
    static const char *const prefixes[] = { "btf_trace_", "bpf_lsm_", "bpf_iter_" };
    const struct btf_type *type;
    const char *name;

    if (attr->attach_prog_fd)
        return NULL;
    if (!attr->attach_btf_id || attr->prog_type == BPF_PROG_TYPE_STRUCT_OPS)
        return "";
    type = btf__type_by_id(kernel, attr->attach_btf_id);
    if (!type)
        return NULL;
    name = btf__name_by_offset(kernel, type->name_off);
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return name + strlen(prefixes[i]);
    return name;
}

struct naming {
    const struct bpf_object *object;
};

static const char *name_of_map(void *ctx, int32_t fd)
{
    const struct naming *naming = ctx;
    const char *name = map_name(naming->object, fake_find(fd));

    return name ? name : "?";
}

static const char *btf_string(const struct btf *btf, uint32_t offset)
{
    const char *text = btf ? btf__name_by_offset(btf, offset) : NULL;

    return text ? text : "?";
}

static void put_infos(const struct fake_thing *prog)
{
    const union bpf_attr *attr = &prog->attr;
    struct btf *btf = NULL;

    if (prog->btf >= 0)
        btf = btf__new(fake_at(prog->btf)->bytes, fake_at(prog->btf)->attr.btf_size);
    for (uint32_t i = 0; i < attr->func_info_cnt; i++) {
        struct bpf_func_info func;
        const struct btf_type *type;

        memcpy(&func, prog->funcs + (size_t)i * attr->func_info_rec_size, sizeof(func));
        type = btf ? btf__type_by_id(btf, func.type_id) : NULL;
        canon_func(func.insn_off, type ? btf_string(btf, type->name_off) : "?");
    }
    for (uint32_t i = 0; i < attr->line_info_cnt; i++) {
        struct bpf_line_info line;

        memcpy(&line, prog->lines + (size_t)i * attr->line_info_rec_size, sizeof(line));
        canon_line(line.insn_off, btf_string(btf, line.file_name_off),
                   line.line_col >> 10, line.line_col & 0x3ff,
                   btf_string(btf, line.line_off));
    }
    btf__free(btf);
}

static void put_prog(const struct bpf_object *object, const struct bpf_program *prog,
                     const struct btf *kernel)
{
    int index = fake_find(bpf_program__fd(prog));
    const struct fake_thing *thing;
    struct naming naming = { object };

    if (index < 0) {
        canon_refused("prog", bpf_program__name(prog), "libbpf did not load it");
        return;
    }
    thing = fake_at(index);
    canon_prog(&(struct canon_prog){
        .name = bpf_program__name(prog),
        .section = bpf_program__section_name(prog),
        .type = thing->attr.prog_type == TYPE_INSTEAD ? 0 : thing->attr.prog_type,
        .attach = thing->attr.expected_attach_type,
        .flags = thing->attr.prog_flags,
        .target = target_name(&thing->attr, kernel),
        .count = thing->attr.insn_cnt,
    });
    canon_slots(thing->slots, thing->attr.insn_cnt, name_of_map, &naming);
    put_infos(thing);
}

/* The license as a program was submitted with; "?" without programs. */
static const char *license_of(const struct bpf_object *object)
{
    struct bpf_program *prog;

    for (prog = bpf_object__next_program(object, NULL); prog;
         prog = bpf_object__next_program(object, prog)) {
        int index = fake_find(bpf_program__fd(prog));

        if (index >= 0)
            return fake_at(index)->license;
    }
    return "?";
}

/* ---- Objects ------------------------------------------------------------------------ */

/* Loads the object without programs in the first way that succeeds. */
static struct bpf_object *load_bare(const char *path, int *how)
{
    struct bpf_object *object;
    char first[sizeof(reason)];

    object = load(path, "", *how = 0);
    memcpy(first, reason, sizeof(first));
    if (!object)
        object = load(path, "", *how = NO_STRUCT_OPS);
    memcpy(reason, first, sizeof(first));
    return object;
}

static void dump_one(const char *path, const char *name, int how,
                     const struct btf *kernel)
{
    struct bpf_object *object = load(path, name, how);
    struct bpf_program *prog;
    char first[sizeof(reason)];

    memcpy(first, reason, sizeof(first));
    if (!object)
        object = load(path, name, how | FAKE_TARGETS);
    if (!object) {
        canon_refused("prog", name, first);
        return;
    }
    for (prog = bpf_object__next_program(object, NULL); prog;
         prog = bpf_object__next_program(object, prog)) {
        if (strcmp(bpf_program__name(prog), name) == 0)
            put_prog(object, prog, kernel);
    }
    bpf_object__close(object);
}

/* The name of program `index`, for free(3); NULL past the last. */
static char *name_at(const struct bpf_object *object, size_t index)
{
    struct bpf_program *prog = bpf_object__next_program(object, NULL);

    while (prog && index-- > 0)
        prog = bpf_object__next_program(object, prog);
    return prog ? strdup(bpf_program__name(prog)) : NULL;
}

/* Each program in an object of its own. */
static void dump_single(const char *path, const struct btf *kernel)
{
    int how;
    struct bpf_object *object = load_bare(path, &how);
    char *name;

    if (!object) {
        canon_refused("object", "", reason);
        return;
    }
    put_object(object, path, license_of(object));
    bpf_object__close(object);
    for (size_t i = 0; (object = bpf_object__open_file(path, NULL)); i++) {
        name = name_at(object, i);
        bpf_object__close(object);
        if (!name)
            return;
        dump_one(path, name, how, kernel);
        free(name);
    }
}

static void dump(const char *path, const struct btf *kernel)
{
    struct bpf_object *object = load(path, NULL, 0);
    struct bpf_program *prog;

    if (!object) {
        dump_single(path, kernel);
        return;
    }
    put_object(object, path, license_of(object));
    for (prog = bpf_object__next_program(object, NULL); prog;
         prog = bpf_object__next_program(object, prog))
        put_prog(object, prog, kernel);
    bpf_object__close(object);
}

int main(int argc, char **argv)
{
    struct canon_file module = { NULL, 0 };
    struct btf *kernel;

    if (argc == 4 && strcmp(argv[1], "--kernel") == 0) {
        kernel_set(argv[2]);
        module = canon_read(argv[2], "module");
        fake_module(module.data, module.len);
    } else if (argc != 2) {
        fprintf(stderr, "usage: libbpf_dump [--kernel FOLDER] OBJECT\n");
        return 2;
    }
    libbpf_set_print(on_message);
    kernel = btf__load_vmlinux_btf();
    dump(argv[argc - 1], kernel);
    btf__free(kernel);
    fake_reset();
    free(module.data);
    return 0;
}
