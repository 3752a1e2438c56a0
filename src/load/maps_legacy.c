/* Maps as they were declared before BTF: records in a section "maps" (or "maps/..."), one for
 * each symbol, of a size that only the section's size and the number of symbols tell.
 *
 *     0 type | 4 key size | 8 value size | 12 entries        16 bytes: the least
 *     16 flags                                               libbpf's record
 *     20 id | 24 pinning | 28 inner id | 32 inner index      36 bytes: iproute2's record
 *
 * What else a record may hold is not known, and must be 0. Types of keys and values are said
 * elsewhere (maps_annotate.c). */
#include <string.h>

#include "base/bits.h"
#include "base/sort.h"
#include "load/maps.h"

enum {
    AT_TYPE = 0,
    AT_KEY = 4,
    AT_VALUE = 8,
    AT_ENTRIES = 12,
    AT_FLAGS = 16,
    AT_PINNING = 24,
    AT_INNER = 28,
    LEAST_BYTES = 16,
    LIBBPF_BYTES = 20,
    IPROUTE_BYTES = 36,
};

struct legacy {
    uint32_t section, symbol;
    uint64_t value;
    const char *name;
};

static int legacy_before(const void *a, const void *b, const void *ctx)
{
    const struct legacy *x = a, *y = b;

    (void)ctx;
    if (x->section != y->section)
        return x->section < y->section;
    return x->value != y->value ? x->value < y->value : x->symbol < y->symbol;
}

/* Whether a symbol is that of a map: compilers before LLVM 7 gave variables no type. */
static int is_map(const struct sk_object *object, const struct sk_elf_symbol *symbol)
{
    struct sk_elf_section section;

    if (symbol->section == SK_SHN_UNDEF || symbol->section >= SK_SHN_LORESERVE)
        return 0;
    if (symbol->type != SK_STT_OBJECT &&
        (symbol->type != SK_STT_NOTYPE || symbol->bind == SK_STB_LOCAL))
        return 0;
    section = sk_elf_section(&object->elf, symbol->section);
    return sk_maps_use_of(&section) == SK_USE_LEGACY;
}

/* Counts the maps, and notes them if `to` is not NULL. */
static enum skep_code each_map(const struct sk_maps_maker *maker, struct legacy *to,
                               uint32_t *count)
{
    struct sk_elf_symbol symbol;
    uint32_t n = 0;

    for (uint32_t i = 1; i < maker->object->elf.symbol_count; i++) {
        SK_TRY(sk_elf_symbol(&maker->object->elf, i, &symbol, maker->err));
        if (!is_map(maker->object, &symbol))
            continue;
        if (to)
            to[n] = (struct legacy){ .section = symbol.section,
                                     .symbol = i,
                                     .value = symbol.value,
                                     .name = symbol.name };
        n++;
    }
    *count = n;
    return SKEP_OK;
}

/* Fills the definition from a record of `bytes` bytes at `p`. */
static enum skep_code read_record(const struct sk_maps_maker *maker, const uint8_t *p,
                                  uint64_t bytes, struct sk_obj_map *map)
{
    uint64_t known = bytes == IPROUTE_BYTES ? AT_INNER : LIBBPF_BYTES;

    map->def = (struct sk_map_def){
        .kind = sk_le32(sk_load32(p + AT_TYPE)),
        .key_size = sk_le32(sk_load32(p + AT_KEY)),
        .value_size = sk_le32(sk_load32(p + AT_VALUE)),
        .max_entries = sk_le32(sk_load32(p + AT_ENTRIES)),
        .flags = bytes >= LIBBPF_BYTES ? sk_le32(sk_load32(p + AT_FLAGS)) : 0,
    };
    if (bytes == IPROUTE_BYTES)
        map->pinning = sk_load32(p + AT_PINNING) != 0;
    for (uint64_t i = known; i < bytes; i++) {
        if (p[i])
            return sk_maps_fail(map->name, maker->err,
                                "byte %llu of its record of %llu bytes is 0x%02x: "
                                "what it means is not known, 0 was expected",
                                (unsigned long long)i, (unsigned long long)bytes, p[i]);
    }
    return SKEP_OK;
}

/* Adds the maps of one section. */
static enum skep_code add_section(struct sk_maps_maker *maker, const struct legacy *maps,
                                  uint32_t count)
{
    struct sk_elf_section section = sk_elf_section(&maker->object->elf, maps[0].section);
    const uint8_t *data = sk_elf_bytes(&maker->object->elf, &section);
    uint64_t bytes = section.size / count;

    SK_TRY(sk_maps_check_section(maker, &section));
    if (section.size % count || bytes < LEAST_BYTES || bytes % 4)
        return sk_elf_fail(&section, section.header, maker->err,
                           "its 0x%llx bytes are no records of one size for %u maps (4 "
                           "numbers of 4 bytes or more)",
                           (unsigned long long)section.size, count);
    for (uint32_t i = 0; i < count; i++) {
        struct sk_obj_map map = { .name = maps[i].name,
                                  .role = SK_OBJ_MAP_LEGACY,
                                  .section = section.index,
                                  .offset = maps[i].value,
                                  .inner = -1 };

        if (!map.name[0] || sk_obj_name_len(map.name) == SK_OBJ_NAME_MAX)
            return sk_maps_fail(map.name, maker->err,
                                "a name of 1 to %d characters was expected",
                                SK_OBJ_NAME_MAX - 1);
        if (map.offset != i * bytes)
            return sk_maps_fail(map.name, maker->err,
                                "it is at 0x%llx of its section, 0x%llx was expected of "
                                "map %u with %llu bytes each",
                                (unsigned long long)map.offset,
                                (unsigned long long)(i * bytes), i,
                                (unsigned long long)bytes);
        SK_TRY(read_record(maker, data + map.offset, bytes, &map));
        SK_TRY(sk_maps_add(maker, &map));
    }
    return SKEP_OK;
}

static enum skep_code add_all(struct sk_maps_maker *maker, struct legacy *maps,
                              uint32_t count)
{
    uint32_t first = 0;

    SK_TRY(each_map(maker, maps, &count));
    sk_sort(maps, count, sizeof(maps[0]), legacy_before, NULL);
    for (uint32_t i = 1; i <= count; i++) {
        if (i < count && maps[i].section == maps[first].section)
            continue;
        SK_TRY(add_section(maker, maps + first, i - first));
        first = i;
    }
    return SKEP_OK;
}

enum skep_code sk_maps_add_legacy(struct sk_maps_maker *maker)
{
    const struct sk_mem *mem = &maker->object->mem;
    struct legacy *maps;
    enum skep_code code;
    uint32_t count;

    SK_TRY(each_map(maker, NULL, &count));
    if (!count)
        return SKEP_OK;
    maps = sk_mem_new(mem, count, sizeof(maps[0]));
    if (!maps)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(), count * sizeof(maps[0]));
    code = add_all(maker, maps, count);
    sk_mem_free(mem, maps, count, sizeof(maps[0]));
    SK_TRY(code);
    return sk_maps_annotate(maker);
}
