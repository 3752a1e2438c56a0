/* .BTF.ext:
 *
 *     header | tables of functions, lines, and perhaps CO-RE relocations
 *
 *     table    record size:32 | sections
 *     section  name:32 | count:32 | records
 *
 * A function's record is insn_off, type; a line's insn_off, file, text, line and column;
 * a CO-RE relocation's insn_off, type, access string, kind. Records may be longer than
 * that. */
#include "btf/ext.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/escape.h"

enum {
    HEADER_MIN = 24,
    SECTION_HEAD = 8,
    H_VERSION = 2,
    H_FLAGS = 3,
    H_LEN = 4,
    H_TABLES = 8, /* offset and length of each */
};

static const char *const table_names[SK_EXT_TABLES] = { "function", "line", "CO-RE" };
static const uint32_t record_min[SK_EXT_TABLES] = { 8, 16, 16 };

/* ---- Bytes and faults ------------------------------------------------------------ */

static const uint8_t *get(const struct sk_btf_ext *ext, uint64_t at, uint64_t len)
{
    if (at > ext->len || len > ext->len - at)
        return NULL;
    return ext->data + at;
}

static uint32_t get32(const struct sk_btf_ext *ext, uint64_t at)
{
    const uint8_t *p = get(ext, at, 4);

    return p ? sk_le32(sk_load32(p)) : 0;
}

enum skep_code sk_btf_ext_fail(const struct sk_btf_ext *ext, uint64_t at,
                               struct skep_err *err, const char *format, ...)
{
    const char *name = ext->source.section ? ext->source.section : ".BTF.ext";
    uint64_t in_file = ext->source.offset + at;
    char what[SKEP_MESSAGE_MAX], shown[SK_SHOWN_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return sk_fail(err, E_SECTION, sk_at_part(in_file), sk_shown(shown, name),
                   ext->source.index, (unsigned long long)in_file, what);
}

/* ---- Checks ---------------------------------------------------------------------- */

static enum skep_code check_header(const struct sk_btf_ext *ext, struct skep_err *err)
{
    uint32_t magic, header;

    if (ext->len < HEADER_MIN)
        return sk_btf_ext_fail(ext, ext->len, err, "%zu bytes, the header alone has %d",
                               ext->len, HEADER_MIN);
    magic = sk_le16(sk_load16(ext->data));
    if (magic != SK_BTF_MAGIC)
        return sk_btf_ext_fail(ext, 0, err, "the magic number is 0x%04x, not 0x%04x",
                               magic, (unsigned)SK_BTF_MAGIC);
    if (ext->data[H_VERSION] != 1)
        return sk_btf_ext_fail(ext, H_VERSION, err, "version %u, 1 was expected",
                               ext->data[H_VERSION]);
    if (ext->data[H_FLAGS])
        return sk_btf_ext_fail(ext, H_FLAGS, err, "flags 0x%x, none are known",
                               ext->data[H_FLAGS]);
    header = get32(ext, H_LEN);
    if (header < HEADER_MIN || header > ext->len)
        return sk_btf_ext_fail(ext, H_LEN, err,
                               "a header of %u bytes, %d to %zu were expected", header,
                               HEADER_MIN, ext->len);
    return SKEP_OK;
}

/* Sets a table of the header, from which `header` bytes are there. */
static enum skep_code find_table(struct sk_btf_ext *ext, enum sk_ext_table table,
                                 struct skep_err *err)
{
    uint64_t field = H_TABLES + 8 * (uint64_t)table, header = get32(ext, H_LEN);
    uint64_t at = header + get32(ext, field), len = get32(ext, field + 4);
    uint32_t size;

    if (field + 8 > header || !len)
        return SKEP_OK;
    if (get32(ext, field) % 4 || len < 4 || !get(ext, at, len))
        return sk_btf_ext_fail(
            ext, field, err,
            "the %s table is %llu bytes at 0x%llx, 4 or more within 0x%zx and aligned to 4 "
            "were expected",
            table_names[table], (unsigned long long)len, (unsigned long long)at,
            ext->len);
    size = get32(ext, at);
    if (size < record_min[table] || size % 4)
        return sk_btf_ext_fail(
            ext, at, err, "%s records of %u bytes, %u or more, in fours, were expected",
            table_names[table], size, record_min[table]);
    ext->tables[table].at = at + 4;
    ext->tables[table].len = len - 4;
    ext->tables[table].record_size = size;
    return SKEP_OK;
}

static enum skep_code check_string(const struct sk_btf_ext *ext, uint64_t at,
                                   const char *what, struct skep_err *err)
{
    uint32_t offset = get32(ext, at);

    if (sk_btf_string(ext->btf, offset))
        return SKEP_OK;
    return sk_btf_ext_fail(ext, at, err, "a %s at 0x%x of the strings, past their end",
                           what, offset);
}

static enum skep_code check_record(const struct sk_btf_ext *ext, enum sk_ext_table table,
                                   uint64_t at, struct skep_err *err)
{
    uint32_t type = get32(ext, at + 4);

    switch (table) {
    case SK_EXT_FUNC:
        if (type < sk_btf_count(ext->btf) &&
            sk_btf_type(ext->btf, type).kind == SK_BTF_FUNC)
            return SKEP_OK;
        return sk_btf_ext_fail(ext, at + 4, err,
                               "a function of type %u, a FUNC was expected", type);
    case SK_EXT_LINE:
        SK_TRY(check_string(ext, at + 4, "file name", err));
        return check_string(ext, at + 8, "line", err);
    default:
        if (type >= sk_btf_count(ext->btf))
            return sk_btf_ext_fail(ext, at + 4, err,
                                   "a relocation of type %u, an id below %u was expected",
                                   type, sk_btf_count(ext->btf));
        return check_string(ext, at + 8, "access string", err);
    }
}

static enum skep_code check_table(const struct sk_btf_ext *ext, enum sk_ext_table table,
                                  struct skep_err *err)
{
    uint64_t at = ext->tables[table].at, end = at + ext->tables[table].len;
    uint64_t size = ext->tables[table].record_size;

    while (at < end) {
        uint64_t count;

        if (end - at < SECTION_HEAD)
            return sk_btf_ext_fail(ext, at, err, "the %s table is cut",
                                   table_names[table]);
        SK_TRY(check_string(ext, at, "section's name", err));
        count = get32(ext, at + 4);
        if (!count || count > (end - at - SECTION_HEAD) / size)
            return sk_btf_ext_fail(
                ext, at + 4, err, "%llu %s records, 1 to %llu would fit in the table",
                (unsigned long long)count, table_names[table],
                (unsigned long long)((end - at - SECTION_HEAD) / size));
        for (uint64_t i = 0; i < count; i++)
            SK_TRY(check_record(ext, table, at + SECTION_HEAD + i * size, err));
        at += SECTION_HEAD + count * size;
    }
    return SKEP_OK;
}

enum skep_code sk_btf_ext_open(struct sk_btf_ext *ext, const struct sk_btf *btf,
                               const void *data, size_t len,
                               const struct sk_btf_source *source, struct skep_err *err)
{
    struct sk_btf_ext fresh = { .btf = btf, .data = data, .len = len };

    if (source)
        fresh.source = *source;
    SK_TRY(check_header(&fresh, err));
    for (int table = 0; table < SK_EXT_TABLES; table++) {
        SK_TRY(find_table(&fresh, (enum sk_ext_table)table, err));
        SK_TRY(check_table(&fresh, (enum sk_ext_table)table, err));
    }
    *ext = fresh;
    return SKEP_OK;
}

/* ---- Reading --------------------------------------------------------------------- */

int sk_btf_ext_next(const struct sk_btf_ext *ext, enum sk_ext_table table,
                    struct sk_ext_section *section)
{
    uint64_t begin = ext->tables[table].at, end = begin + ext->tables[table].len;
    uint64_t at = section->at ? section->next : begin;

    if (!begin || at >= end)
        return 0;
    section->name = sk_btf_string(ext->btf, get32(ext, at));
    section->count = get32(ext, at + 4);
    section->head = at;
    section->at = at + SECTION_HEAD;
    section->next =
        section->at + (uint64_t)section->count * ext->tables[table].record_size;
    return 1;
}

static uint64_t record_at(const struct sk_btf_ext *ext, enum sk_ext_table table,
                          const struct sk_ext_section *section, uint32_t i)
{
    return section->at + (uint64_t)i * ext->tables[table].record_size;
}

struct sk_ext_func sk_ext_func(const struct sk_btf_ext *ext,
                               const struct sk_ext_section *section, uint32_t i)
{
    uint64_t at = record_at(ext, SK_EXT_FUNC, section, i);

    return (struct sk_ext_func){ get32(ext, at), get32(ext, at + 4), at };
}

struct sk_ext_line sk_ext_line(const struct sk_btf_ext *ext,
                               const struct sk_ext_section *section, uint32_t i)
{
    uint64_t at = record_at(ext, SK_EXT_LINE, section, i);
    uint32_t line_col = get32(ext, at + 12);

    return (struct sk_ext_line){
        .insn_off = get32(ext, at),
        .file_off = get32(ext, at + 4),
        .text_off = get32(ext, at + 8),
        .file = sk_btf_string(ext->btf, get32(ext, at + 4)),
        .text = sk_btf_string(ext->btf, get32(ext, at + 8)),
        .line = line_col >> 10,
        .column = line_col & 0x3ff,
        .line_col = line_col,
        .at = at,
    };
}

struct sk_ext_core sk_ext_core(const struct sk_btf_ext *ext,
                               const struct sk_ext_section *section, uint32_t i)
{
    uint64_t at = record_at(ext, SK_EXT_CORE, section, i);

    return (struct sk_ext_core){
        .insn_off = get32(ext, at),
        .type = get32(ext, at + 4),
        .access = sk_btf_string(ext->btf, get32(ext, at + 8)),
        .kind = get32(ext, at + 12),
        .at = at,
    };
}
