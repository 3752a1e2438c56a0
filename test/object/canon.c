#include "canon.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 9669, section 5.4 */
enum { LDDW = 0x18, PSEUDO_MAP_FD = 1, PSEUDO_MAP_VALUE = 2, PSEUDO_BTF_ID = 3 };
enum { DATA_LINE = 32 };

static void put_escaped(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c >= 0x7f || *c == '"' || *c == '\\')
            printf("\\x%02x", *c);
        else
            putchar(*c);
    }
}

static void put_hex(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        printf("%02x", bytes[i]);
}

uint32_t canon_version(const char *release)
{
    uint32_t version = 0;
    char *end = (char *)(uintptr_t)release;

    for (int part = 0; part < 3; part++) {
        unsigned long number = strtoul(end, &end, 10);

        version = version << 8 | (uint32_t)(number < 255 ? number : 255);
        end += *end == '.';
    }
    return version;
}

struct canon_file canon_read(const char *folder, const char *name)
{
    struct canon_file file = { NULL, 0 };
    char path[4096];
    FILE *in;
    size_t cap = 0, got = 1;

    snprintf(path, sizeof(path), "%s%s%s", folder, *folder ? "/" : "", name);
    in = fopen(path, "rb");
    while (in && got > 0) {
        if (file.len + 1 >= cap) {
            cap = cap ? 2 * cap : 65536;
            file.data = realloc(file.data, cap);
            if (!file.data)
                abort();
        }
        got = fread(file.data + file.len, 1, cap - file.len - 1, in);
        file.len += got;
    }
    if (in) {
        file.data[file.len] = 0;
        fclose(in);
    }
    return file;
}

void canon_quoted(const char *text)
{
    putchar('"');
    put_escaped(text);
    putchar('"');
}

void canon_object(const char *license, uint32_t version)
{
    printf("object license ");
    canon_quoted(license);
    printf(" version %u\n", version);
}

static void put_map(const struct canon_map *map)
{
    printf(" type %u key %u value %u max ", map->type, map->key_size, map->value_size);
    if (map->any_max)
        putchar('?');
    else
        printf("%u", map->max_entries);
    printf(" flags 0x%x extra 0x%" PRIx64 " numa %u pin %u types %u and %u\n", map->flags,
           map->extra, map->numa, map->pin, map->key_type, map->value_type);
}

void canon_map(const struct canon_map *map)
{
    printf("map %s kernel %s", map->name, map->kernel_name);
    put_map(map);
}

void canon_inner(const char *outer, const struct canon_map *map)
{
    printf("inner %s", outer);
    put_map(map);
}

static int is_zero(const uint8_t *bytes, size_t len)
{
    return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

void canon_data(const char *map, const uint8_t *data, size_t len)
{
    printf("data %s size %zu\n", map, len);
    for (size_t at = 0; at < len; at += DATA_LINE) {
        size_t part = len - at < DATA_LINE ? len - at : DATA_LINE;

        if (is_zero(data + at, part))
            continue;
        printf("data %s %zu ", map, at);
        put_hex(data + at, part);
        putchar('\n');
    }
}

void canon_slot(const char *map, uint32_t index, const char *target)
{
    printf("slot %s %u %s\n", map, index, target);
}

void canon_freeze(const char *map)
{
    printf("freeze %s\n", map);
}

void canon_type(uint32_t id, const char *kind, const char *name)
{
    printf("type %u %s ", id, kind);
    canon_quoted(name);
}

void canon_number(int64_t number)
{
    printf(" %" PRId64, number);
}

void canon_part(const char *name)
{
    putchar(' ');
    canon_quoted(name);
}

void canon_unknown(void)
{
    printf(" ?");
}

void canon_end(void)
{
    putchar('\n');
}

void canon_var(const char *datasec, const char *name, uint64_t offset, uint64_t size,
               uint32_t id)
{
    printf("var %s ", datasec);
    canon_quoted(name);
    printf(" %" PRIu64 " %" PRIu64 " %u\n", offset, size, id);
}

void canon_prog(const struct canon_prog *prog)
{
    printf("prog %s section ", prog->name);
    canon_quoted(prog->section);
    printf(" type %u attach ", prog->type);
    if (prog->attach < 0)
        putchar('?');
    else
        printf("%" PRId64, prog->attach);
    printf(" flags 0x%x target ", prog->flags);
    if (prog->target)
        canon_quoted(prog->target);
    else
        putchar('?');
    printf(" count %u\n", prog->count);
}

static int is_map_address(const uint8_t *slot)
{
    int form = slot[1] >> 4;

    return slot[0] == LDDW && (form == PSEUDO_MAP_FD || form == PSEUDO_MAP_VALUE);
}

/* The second slot of a load. That of a variable of a module has a descriptor of BTF. */
static void put_second(const uint8_t *first)
{
    int32_t imm;

    memcpy(&imm, first + 12, sizeof(imm));
    if (first[1] >> 4 != PSEUDO_BTF_ID || imm == 0) {
        put_hex(first + 8, 8);
        putchar('\n');
    } else {
        put_hex(first + 8, 4);
        printf("00000000 of a module\n");
    }
}

void canon_slots(const uint8_t *slots, uint32_t count,
                 const char *(*name)(void *ctx, int32_t imm), void *ctx)
{
    for (uint32_t pc = 0; pc < count; pc++) {
        const uint8_t *slot = slots + (size_t)pc * 8;
        int32_t imm;

        if (!is_map_address(slot)) {
            put_hex(slot, 8);
            putchar('\n');
        } else {
            memcpy(&imm, slot + 4, sizeof(imm));
            put_hex(slot, 4);
            printf("00000000 map %s\n", name(ctx, imm));
        }
        /* The second slot may look like anything. */
        if (slot[0] == LDDW && pc + 1 < count) {
            pc++;
            put_second(slot);
        }
    }
}

void canon_func(uint32_t pc, const char *name)
{
    printf("func %u %s\n", pc, name);
}

void canon_line(uint32_t pc, const char *file, uint32_t line, uint32_t column,
                const char *text)
{
    printf("line %u ", pc);
    put_escaped(file);
    printf(":%u:%u ", line, column);
    put_escaped(text);
    putchar('\n');
}

void canon_refused(const char *what, const char *name, const char *reason)
{
    printf("%s %s%srefused: ", what, name, *name ? " " : "");
    put_escaped(reason);
    putchar('\n');
}
