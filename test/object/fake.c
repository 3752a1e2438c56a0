/* See fake.h. */
#include "fake.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MEMORY = 1 << 30,   /* of a map, none of it in use */
    TARGET_BTF_ID = 77, /* ids of BTF */
    MODULE_BTF_ID = 78,
    VMLINUX_LDDW = 0x18,
};

static const void *module_btf;
static size_t module_len;
static struct fake_thing *things;
static int thing_count;

/* int (*)(void) and a function of that type: header, three types, strings. */
static const struct {
    struct {
        uint16_t magic;
        uint8_t version, flags;
        uint32_t hdr_len, type_off, type_len, str_off, str_len;
    } header;
    uint32_t types[10];
    char strings[1 + sizeof("int") + sizeof(FAKE_TARGET)];
} target_btf = {
    .header = { 0xeb9f, 1, 0, 24, 0, sizeof(uint32_t) * 10, sizeof(uint32_t) * 10,
                1 + sizeof("int") + sizeof(FAKE_TARGET) },
    .types = { 1, 1u << 24, 4, 1u << 24 | 32, /* int */
               0, 13u << 24, 1,               /* int (*)(void) */
               5, 12u << 24 | 1, 2 },         /* the function, global */
    .strings = "\0int\0" FAKE_TARGET,
};

static void *copy(uint64_t from, size_t len)
{
    void *to = calloc(1, len ? len : 1);

    if (!to)
        abort();
    if (from && len)
        memcpy(to, (const void *)(uintptr_t)from, len);
    return to;
}

/* Room for one more object in an array of `count`. */
static void *grow(void *array, size_t count, size_t size)
{
    void *more = realloc(array, (count + 1) * size);

    if (!more)
        abort();
    return more;
}

void fake_reset(void)
{
    for (int i = 0; i < thing_count; i++) {
        struct fake_thing *thing = &things[i];

        for (size_t k = 0; k < thing->update_count; k++)
            free(thing->updates[k].value);
        free(thing->updates);
        free(thing->license);
        free(thing->slots);
        free(thing->funcs);
        free(thing->lines);
        free(thing->maps);
        free(thing->bytes);
    }
    free(things);
    things = NULL;
    thing_count = 0;
}

int fake_find(int fd)
{
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0)
        return -1;
    for (int i = 0; i < thing_count; i++)
        if (things[i].inode == status.st_ino)
            return i;
    return -1;
}

struct fake_thing *fake_at(int index)
{
    return &things[index];
}

int fake_memory(int fd, void *bytes, size_t len)
{
    return pread(fd, bytes, len, 0) == (ssize_t)len;
}

/* A new thing with a descriptor. */
static int make(enum fake_kind kind, const union bpf_attr *attr)
{
    int fd = memfd_create("fake", MFD_CLOEXEC);
    struct stat status;
    struct fake_thing *thing;

    things = grow(things, (size_t)thing_count, sizeof(*things));
    if (fd < 0 || ftruncate(fd, MEMORY) != 0 || fstat(fd, &status) != 0) {
        perror("fake bpf(2)");
        abort();
    }
    thing = &things[thing_count++];
    memset(thing, 0, sizeof(*thing));
    thing->kind = kind;
    thing->inode = status.st_ino;
    thing->attr = *attr;
    thing->inner = thing->btf = -1;
    return fd;
}

static int load_prog(const union bpf_attr *attr)
{
    int fd = make(FAKE_PROG, attr);
    struct fake_thing *prog = &things[thing_count - 1];

    prog->license = strdup(attr->license ? (const char *)(uintptr_t)attr->license : "");
    prog->slots = copy(attr->insns, (size_t)attr->insn_cnt * 8);
    prog->funcs =
        copy(attr->func_info, (size_t)attr->func_info_cnt * attr->func_info_rec_size);
    prog->lines =
        copy(attr->line_info, (size_t)attr->line_info_cnt * attr->line_info_rec_size);
    prog->maps = calloc(attr->insn_cnt + 1, sizeof(int));
    if (!prog->license || !prog->maps)
        abort();
    for (uint32_t pc = 0; pc < attr->insn_cnt; pc++) {
        int32_t imm;

        memcpy(&imm, prog->slots + (size_t)pc * 8 + 4, sizeof(imm));
        prog->maps[pc] =
            prog->slots[(size_t)pc * 8] == VMLINUX_LDDW ? fake_find(imm) : -1;
    }
    prog->btf = fake_find((int)attr->prog_btf_fd);
    return fd;
}

static int create_map(const union bpf_attr *attr)
{
    int inner = attr->inner_map_fd ? fake_find((int)attr->inner_map_fd) : -1;
    int fd = make(FAKE_MAP, attr);

    things[thing_count - 1].inner = inner;
    return fd;
}

static int load_btf(const union bpf_attr *attr)
{
    int fd = make(FAKE_BTF, attr);

    things[thing_count - 1].bytes = copy(attr->btf, attr->btf_size);
    return fd;
}

static int update_element(const union bpf_attr *attr)
{
    int index = fake_find((int)attr->map_fd);
    struct fake_thing *map;
    struct fake_update *update;

    if (index < 0)
        return -EBADF;
    map = &things[index];
    map->updates = grow(map->updates, map->update_count, sizeof(*map->updates));
    update = &map->updates[map->update_count++];
    memcpy(&update->key, (const void *)(uintptr_t)attr->key, sizeof(update->key));
    update->value = copy(attr->value, map->attr.value_size);
    update->target = -1;
    if (map->attr.value_size == sizeof(int)) {
        int fd;

        memcpy(&fd, update->value, sizeof(fd));
        update->target = fake_find(fd);
    }
    return 0;
}

static int freeze(const union bpf_attr *attr)
{
    int index = fake_find((int)attr->map_fd);

    if (index < 0)
        return -EBADF;
    things[index].is_frozen = 1;
    return 0;
}

int fake_target(void)
{
    static const union bpf_attr none;

    return make(FAKE_PROG, &none);
}

void fake_module(const void *btf, size_t len)
{
    module_btf = btf;
    module_len = len;
}

static int next_btf(union bpf_attr *attr)
{
    if (!module_btf || attr->start_id >= MODULE_BTF_ID)
        return -ENOENT;
    attr->next_id = MODULE_BTF_ID;
    return 0;
}

static int get_btf(const union bpf_attr *attr)
{
    int is_module = attr->btf_id == MODULE_BTF_ID;
    const void *bytes = is_module ? module_btf : &target_btf;
    size_t len = is_module ? module_len : sizeof(target_btf);
    int fd = make(FAKE_BTF, attr);

    things[thing_count - 1].bytes = copy((uintptr_t)bytes, len);
    things[thing_count - 1].attr.btf_size = (uint32_t)len;
    things[thing_count - 1].btf_id = attr->btf_id;
    return fd;
}

/* Fills in what there is room for. */
static void get_btf_info(const struct fake_thing *thing, struct bpf_btf_info *info)
{
    static const char name[] = "module";

    if (info->btf && info->btf_size >= thing->attr.btf_size)
        memcpy((void *)(uintptr_t)info->btf, thing->bytes, thing->attr.btf_size);
    info->btf_size = thing->attr.btf_size;
    info->id = thing->btf_id;
    info->kernel_btf = thing->btf_id == MODULE_BTF_ID;
    if (info->name && info->name_len >= sizeof(name))
        memcpy((void *)(uintptr_t)info->name, name, sizeof(name));
    info->name_len = sizeof(name) - 1;
}

/* Information about a thing: only that about BTF matters to libbpf. */
static int get_info(const union bpf_attr *attr)
{
    int index = fake_find((int)attr->info.bpf_fd);
    void *info = (void *)(uintptr_t)attr->info.info;
    struct bpf_prog_info prog = { .btf_id = TARGET_BTF_ID };
    struct bpf_btf_info btf = { 0 };
    size_t len = attr->info.info_len;

    if (index < 0)
        return -EBADF;
    switch (things[index].kind) {
    case FAKE_PROG:
        memcpy(info, &prog, len < sizeof(prog) ? len : sizeof(prog));
        break;
    case FAKE_BTF:
        memcpy(&btf, info, len < sizeof(btf) ? len : sizeof(btf));
        get_btf_info(&things[index], &btf);
        memcpy(info, &btf, len < sizeof(btf) ? len : sizeof(btf));
        break;
    default:
        memset(info, 0, len);
    }
    return 0;
}

static int answer(int command, union bpf_attr *attr)
{
    switch (command) {
    case BPF_PROG_LOAD:
        return load_prog(attr);
    case BPF_MAP_CREATE:
        return create_map(attr);
    case BPF_BTF_LOAD:
        return load_btf(attr);
    case BPF_MAP_UPDATE_ELEM:
        return update_element(attr);
    case BPF_MAP_FREEZE:
        return freeze(attr);
    case BPF_OBJ_GET_INFO_BY_FD:
        return get_info(attr);
    case BPF_BTF_GET_NEXT_ID:
        return next_btf(attr);
    case BPF_BTF_GET_FD_BY_ID:
        return get_btf(attr);
    case BPF_PROG_BIND_MAP:
    case BPF_OBJ_PIN:
        return 0;
    case BPF_MAP_LOOKUP_ELEM:
    case BPF_OBJ_GET:
        return -ENOENT; /* nothing is there or pinned */
    case BPF_LINK_CREATE:
        return -EBADF; /* as probes want it */
    default:
        return -EINVAL;
    }
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
    long argument[6];
    va_list list;

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        argument[i] = va_arg(list, long);
    va_end(list);

    /* (libbpf asks in this way whether system calls have wrappers.) */
    if (number == SYS_perf_event_open)
        return memfd_create("fake", MFD_CLOEXEC);
    if (number == SYS_bpf) {
        union bpf_attr attr;
        size_t size = (size_t)argument[2];
        int result;

        memset(&attr, 0, sizeof(attr));
        memcpy(&attr, (void *)argument[1], size < sizeof(attr) ? size : sizeof(attr));
        result = answer((int)argument[0], &attr);
        memcpy((void *)argument[1], &attr, size < sizeof(attr) ? size : sizeof(attr));
        if (result >= 0)
            return result;
        errno = -result;
        return -1;
    }
    return __real_syscall(number, argument[0], argument[1], argument[2], argument[3],
                          argument[4], argument[5]);
}
