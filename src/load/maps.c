/* The maps of an object: what is common to all, and the order of the work.
 *
 * Maps are kept by role, then by section, then by offset, so that the map of a symbol is
 * found by bisection. Contents and slots of all maps lie in one block each. */
#include "load/maps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/sort.h"

enum skep_code sk_maps_fail(const char *name, struct skep_err *err, const char *format,
                            ...)
{
    char what[SKEP_MESSAGE_MAX], buf[SK_SHOWN_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return sk_fail(err, E_MAP, sk_at_nothing(), sk_shown(buf, name), what);
}

/* ---- Sections --------------------------------------------------------------------- */

/* Whether a name is `base`, or begins with it and `more`. */
static int is_named(const char *name, const char *base, char more)
{
    size_t len = strlen(base);

    return !strncmp(name, base, len) && (!name[len] || name[len] == more);
}

static enum sk_maps_use use_of_bytes(const char *name)
{
    if (!strcmp(name, ".maps"))
        return SK_USE_DECLARED;
    if (is_named(name, "maps", '/'))
        return SK_USE_LEGACY;
    if (is_named(name, ".data", '.'))
        return SK_USE_DATA;
    if (is_named(name, ".rodata", '.'))
        return SK_USE_RODATA;
    if (!strcmp(name, SK_ARENA_SECTION))
        return SK_USE_ARENA;
    if (!strcmp(name, ".struct_ops") || !strcmp(name, "?.struct_ops"))
        return SK_USE_STRUCT_OPS;
    if (!strcmp(name, ".struct_ops.link") || !strcmp(name, "?.struct_ops.link"))
        return SK_USE_STRUCT_OPS_LINK;
    return SK_USE_OTHER;
}

/* Sections that are empty, or hold code, make no maps, whatever their names are. */
enum sk_maps_use sk_maps_use_of(const struct sk_elf_section *section)
{
    if (!section->size || (section->flags & SK_SHF_EXECINSTR))
        return SK_USE_OTHER;
    if (section->type == SK_SHT_PROGBITS)
        return use_of_bytes(section->name);
    if (section->type != SK_SHT_NOBITS)
        return SK_USE_OTHER;
    if (!strcmp(section->name, SK_ARENA_SECTION))
        return SK_USE_ARENA;
    return is_named(section->name, ".bss", '.') ? SK_USE_BSS : SK_USE_OTHER;
}

enum skep_code sk_maps_check_section(const struct sk_maps_maker *maker,
                                     const struct sk_elf_section *section)
{
    if (section->flags & SK_SHF_COMPRESSED)
        return sk_elf_fail(section, section->header, maker->err,
                           "it is compressed, which is not supported");
    return SKEP_OK;
}

/* Two sections of one name would share their variables. */
enum skep_code sk_maps_find_datasec(const struct sk_maps_maker *maker,
                                    const struct sk_elf_section *section, uint32_t *id)
{
    struct sk_obj_datasec_name *found = sk_obj_find_datasec(maker->object, section->name);

    *id = 0;
    if (!found)
        return SKEP_OK;
    if (found->section)
        return sk_elf_fail(section, section->header, maker->err,
                           "the variables of its name are those of section %u",
                           found->section);
    found->section = section->index;
    *id = found->id;
    return SKEP_OK;
}

enum skep_code sk_maps_reserve(struct sk_maps_maker *maker,
                               const struct sk_elf_section *section, uint64_t size)
{
    SK_TRY(sk_maps_check_section(maker, section));
    if (section->type == SK_SHT_NOBITS) {
        if (size > SK_MAPS_ZEROS_MAX - maker->zeros)
            return sk_elf_fail(section, section->header, maker->err,
                               "its 0x%llx bytes of zeros are too many: all sections "
                               "without bytes in the file may have 0x%x together",
                               (unsigned long long)size, (unsigned)SK_MAPS_ZEROS_MAX);
        maker->zeros += size;
        return SKEP_OK;
    }
    if (size > maker->object->elf.len - maker->copied || size > INT32_MAX)
        return sk_elf_fail(section, section->header, maker->err,
                           "it overlaps with other data: with its 0x%llx bytes there is "
                           "more data than the file's 0x%zx bytes",
                           (unsigned long long)size, maker->object->elf.len);
    maker->copied += size;
    return SKEP_OK;
}

/* ---- Names that the kernel sees --------------------------------------------------- */

/* How much of a name goes to the kernel. */
static size_t kernel_len(const char *name)
{
    size_t len = 0;

    while (len < SK_MAP_NAME_MAX - 1 && name[len])
        len++;
    return len;
}

static int is_kernel_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.';
}

/* Data of one section is called after the object, cut so that 7 characters of the
 * section's name, or all if they are more, have room: "a_long_n.data". A section with a
 * second dot keeps its name alone. */
static void name_data(struct sk_obj_map *map, const char *object)
{
    int room = SK_MAP_NAME_MAX - 1, len = (int)kernel_len(map->name);
    int prefix = room - (len < 7 ? 7 : len);

    if (strchr(map->name + 1, '.'))
        prefix = 0;
    snprintf(map->kernel_name, sizeof(map->kernel_name), "%.*s%.*s", prefix, object, len,
             map->name);
    for (char *p = map->kernel_name; *p; p++) {
        if (!is_kernel_char(*p))
            *p = '_';
    }
}

static void name_map(struct sk_obj_map *map, const char *object)
{
    static const char suffix[] = ".inner";
    size_t len = kernel_len(map->name);

    if (map->role == SK_OBJ_MAP_DATA || map->role == SK_OBJ_MAP_KCONFIG) {
        name_data(map, object);
        return;
    }
    memset(map->kernel_name, 0, sizeof(map->kernel_name));
    memcpy(map->kernel_name, map->name, len);
    if (map->role == SK_OBJ_MAP_INNER)
        strncat(map->kernel_name, suffix, SK_MAP_NAME_MAX - 1 - len);
}

enum skep_code sk_maps_add(struct sk_maps_maker *maker, const struct sk_obj_map *map)
{
    struct sk_object *o = maker->object;

    SK_TRY(sk_mem_grow(&o->mem, &o->maps, &maker->cap, o->map_count, 1,
                       sizeof(o->maps[0]), maker->err));
    o->maps[o->map_count] = *map;
    name_map(&o->maps[o->map_count], o->name);
    o->map_count++;
    return SKEP_OK;
}

/* ---- Contents --------------------------------------------------------------------- */

/* The section that a map's contents come from; index 0: none, they are zeros. */
static struct sk_elf_section source_of(const struct sk_maps_maker *maker,
                                       const struct sk_obj_map *map)
{
    uint32_t index = map->role == SK_OBJ_MAP_BTF ? maker->arena_section : map->section;
    struct sk_elf_section section = sk_elf_section(&maker->object->elf, index);

    if (section.type != SK_SHT_PROGBITS)
        section.index = 0;
    return section;
}

static enum skep_code fill_contents(const struct sk_maps_maker *maker)
{
    struct sk_object *o = maker->object;
    size_t size = 0, at = 0;

    for (uint32_t i = 0; i < o->map_count; i++)
        size += ((size_t)o->maps[i].data_size + 7) & ~(size_t)7;
    if (!size)
        return SKEP_OK;
    o->contents = sk_mem_new(&o->mem, size, 1);
    if (!o->contents)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(), size);
    o->contents_size = size;
    for (uint32_t i = 0; i < o->map_count; i++) {
        struct sk_obj_map *map = &o->maps[i];
        struct sk_elf_section source = source_of(maker, map);
        uint64_t from = map->role == SK_OBJ_MAP_STRUCT_OPS ? map->offset : 0;

        if (!map->data_size)
            continue;
        map->data = o->contents + at;
        at += ((size_t)map->data_size + 7) & ~(size_t)7;
        if (source.index)
            memcpy(map->data, sk_elf_bytes(&o->elf, &source) + from, map->data_size);
    }
    return SKEP_OK;
}

/* ---- Finding maps ----------------------------------------------------------------- */

static int name_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_obj_map *maps = ctx;

    return sk_obj_name_cmp(maps[*(const uint32_t *)a].name,
                           maps[*(const uint32_t *)b].name) < 0;
}

/* No two declared maps have one name. */
static enum skep_code check_names(const struct sk_maps_maker *maker)
{
    const struct sk_object *o = maker->object;
    uint32_t *order = sk_mem_new(&o->mem, o->map_count, sizeof(order[0])), count = 0;
    enum skep_code code = SKEP_OK;

    if (!order)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                       o->map_count * sizeof(order[0]));
    for (uint32_t i = 0; i < o->map_count; i++) {
        if (o->maps[i].role == SK_OBJ_MAP_BTF || o->maps[i].role == SK_OBJ_MAP_LEGACY)
            order[count++] = i;
    }
    sk_sort(order, count, sizeof(order[0]), name_before, o->maps);
    for (uint32_t i = 1; i < count && !code; i++) {
        const char *name = o->maps[order[i]].name;

        if (!sk_obj_name_cmp(o->maps[order[i - 1]].name, name))
            code = sk_maps_fail(name, maker->err, "it is declared more than once");
    }
    sk_mem_free(&o->mem, order, o->map_count, sizeof(order[0]));
    return code;
}

static enum skep_code make(struct sk_maps_maker *maker)
{
    SK_TRY(sk_maps_add_legacy(maker));
    SK_TRY(sk_maps_add_declared(maker));
    SK_TRY(sk_maps_add_data(maker));
    SK_TRY(sk_maps_add_kconfig(maker));
    SK_TRY(sk_maps_add_struct_ops(maker));
    SK_TRY(sk_maps_add_inner(maker));
    SK_TRY(check_names(maker));
    SK_TRY(sk_maps_fill_slots(maker));
    SK_TRY(sk_maps_number_operations(maker));
    return fill_contents(maker);
}

/* Gives back the room that growing left. */
static void trim(struct sk_object *object)
{
    struct sk_obj_map *less = NULL;

    if (object->map_count && object->map_count < object->map_cap)
        less = sk_mem_resize(&object->mem, object->maps, object->map_cap,
                             object->map_count, sizeof(*less));
    if (!less)
        return;
    object->maps = less;
    object->map_cap = object->map_count;
}

enum skep_code sk_obj_find_maps(struct sk_object *object, struct skep_err *err)
{
    struct sk_maps_maker maker = { .object = object, .err = err };
    enum skep_code code;

    SK_TRY(sk_obj_index_names(object, err));
    SK_TRY(sk_obj_find_externs(object, err));
    code = make(&maker);
    sk_mem_free(&object->mem, maker.decls, maker.decl_count, sizeof(maker.decls[0]));
    object->map_cap = maker.cap;
    if (code)
        return code;
    trim(object);
    return sk_obj_find_vars(object, err);
}

void sk_obj_free_maps(struct sk_object *object)
{
    const struct sk_mem *mem = &object->mem;
    struct sk_obj_names *names = &object->names;

    sk_mem_free(mem, object->maps, object->map_cap, sizeof(object->maps[0]));
    sk_mem_free(mem, object->slots, object->slot_count, sizeof(object->slots[0]));
    sk_mem_free(mem, object->contents, object->contents_size, 1);
    sk_mem_free(mem, object->vars, object->var_count, sizeof(object->vars[0]));
    sk_mem_free(mem, object->externs, object->extern_count, sizeof(object->externs[0]));
    sk_mem_free(mem, names->symbols, names->symbol_count, sizeof(names->symbols[0]));
    sk_mem_free(mem, names->datasecs, names->datasec_count, sizeof(names->datasecs[0]));
}

/* ---- The map of a symbol ---------------------------------------------------------- */

/* Whether a map begins at or before the place that `key` is in, in order of roles. */
static int begins_upto(const void *item, const void *key)
{
    const struct sk_obj_map *m = item, *place = key;

    return m->role != place->role         ? m->role < place->role
           : m->section != place->section ? m->section < place->section
                                          : m->offset <= place->offset;
}

int32_t sk_maps_covering(const struct sk_object *object, enum sk_obj_map_role role,
                         uint32_t section, uint64_t offset)
{
    const struct sk_obj_map place = { .role = role,
                                      .section = section,
                                      .offset = offset };
    size_t n = sk_lower_bound(object->maps, object->map_count, sizeof(place), begins_upto,
                              &place);

    if (!n || object->maps[n - 1].role != role || object->maps[n - 1].section != section)
        return -1;
    return (int32_t)n - 1;
}

/* The map that begins just there. */
static int32_t map_at(const struct sk_object *object, enum sk_obj_map_role role,
                      uint32_t section, uint64_t offset)
{
    int32_t map = sk_maps_covering(object, role, section, offset);

    return map >= 0 && object->maps[map].offset == offset ? map : -1;
}

int32_t sk_obj_map_of_symbol(const struct sk_object *object,
                             const struct sk_elf_symbol *symbol, uint64_t *offset)
{
    struct sk_elf_section section;

    *offset = 0;
    if (symbol->section == SK_SHN_UNDEF || symbol->section >= SK_SHN_LORESERVE)
        return -1;
    section = sk_elf_section(&object->elf, symbol->section);
    switch (sk_maps_use_of(&section)) {
    case SK_USE_LEGACY:
        return map_at(object, SK_OBJ_MAP_LEGACY, section.index, symbol->value);
    case SK_USE_DECLARED:
        return map_at(object, SK_OBJ_MAP_BTF, section.index, symbol->value);
    case SK_USE_STRUCT_OPS:
    case SK_USE_STRUCT_OPS_LINK:
        return map_at(object, SK_OBJ_MAP_STRUCT_OPS, section.index, symbol->value);
    case SK_USE_DATA:
    case SK_USE_RODATA:
    case SK_USE_BSS:
        *offset = symbol->value;
        return map_at(object, SK_OBJ_MAP_DATA, section.index, 0);
    case SK_USE_ARENA:
        *offset = symbol->value;
        return (int32_t)object->arena_map - 1;
    default:
        return -1;
    }
}
