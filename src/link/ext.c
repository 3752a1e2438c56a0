/* .BTF.ext of the output: the records of all files, by section, with their places, types
 * and strings in the output. */
#include "base/bits.h"
#include "base/sort.h"
#include "isa/isa.h"
#include "link/parts.h"

enum { HEADER_BYTES = 32, VERSION = 1 };

static const uint32_t record_bytes[SK_EXT_TABLES] = { 8, 16, 16 };

/* The records of one table for one section of one file. */
struct part {
    uint32_t out; /* the output's section */
    struct sk_link_file *file;
    struct sk_ext_section records;
    uint64_t offset, size; /* the file's section in the output */
};

struct parts {
    enum sk_ext_table table;
    struct part *parts;
    uint32_t count;
    uint32_t *order;
};

static void put(struct sk_link *l, uint32_t word)
{
    sk_blob_32(&l->ext, sk_le32(word));
}

/* ---- Records --------------------------------------------------------------------- */

/* Where a record's instruction is in the output. */
static enum skep_code place_of(const struct part *part, uint64_t insn_off, uint64_t at,
                               uint32_t *place, struct skep_err *err)
{
    char buf[SK_SHOWN_MAX];

    if (insn_off % SK_SLOT_BYTES || insn_off >= part->size)
        return sk_link_named(
            part->file,
            sk_btf_ext_fail(&part->file->ext, at, err,
                            "a record of 0x%llx in section '%s', a multiple of 8 below "
                            "0x%llx was expected",
                            (unsigned long long)insn_off,
                            sk_shown(buf, part->records.name),
                            (unsigned long long)part->size),
            err);
    *place = (uint32_t)(part->offset + insn_off);
    return SKEP_OK;
}

static enum skep_code put_func(struct sk_link *l, const struct part *part, uint32_t i,
                               struct skep_err *err)
{
    struct sk_ext_func func = sk_ext_func(&part->file->ext, &part->records, i);
    uint32_t place = 0;

    SK_TRY(place_of(part, func.insn_off, func.at, &place, err));
    put(l, place);
    put(l, l->final[func.type + part->file->shift]);
    return SKEP_OK;
}

static enum skep_code put_line(struct sk_link *l, const struct part *part, uint32_t i,
                               struct skep_err *err)
{
    struct sk_ext_line line = sk_ext_line(&part->file->ext, &part->records, i);
    uint32_t place = 0;

    SK_TRY(place_of(part, line.insn_off, line.at, &place, err));
    put(l, place);
    put(l, sk_btf_build_string(&l->build, line.file));
    put(l, sk_btf_build_string(&l->build, line.text));
    put(l, line.line_col);
    return SKEP_OK;
}

static enum skep_code put_core(struct sk_link *l, const struct part *part, uint32_t i,
                               struct skep_err *err)
{
    struct sk_ext_core core = sk_ext_core(&part->file->ext, &part->records, i);
    uint32_t place = 0;

    SK_TRY(place_of(part, core.insn_off, core.at, &place, err));
    put(l, place);
    put(l, core.type ? l->final[core.type + part->file->shift] : 0);
    put(l, sk_btf_build_string(&l->build, core.access));
    put(l, core.kind);
    return SKEP_OK;
}

static enum skep_code put_records(struct sk_link *l, enum sk_ext_table table,
                                  const struct part *part, struct skep_err *err)
{
    for (uint32_t i = 0; i < part->records.count; i++) {
        if (table == SK_EXT_FUNC)
            SK_TRY(put_func(l, part, i, err));
        else if (table == SK_EXT_LINE)
            SK_TRY(put_line(l, part, i, err));
        else
            SK_TRY(put_core(l, part, i, err));
    }
    return SKEP_OK;
}

/* ---- Tables ---------------------------------------------------------------------- */

static enum skep_code find_part(const struct sk_link_file *file, struct part *part,
                                struct skep_err *err)
{
    const uint32_t *index = sk_names_find(&file->names, part->records.name);
    char buf[SK_SHOWN_MAX];

    if (!index || *index == SK_LINK_AMBIGUOUS)
        return sk_link_named(
            file,
            sk_btf_ext_fail(
                &file->ext, part->records.head, err,
                "records of section '%s', of which there %s, one was expected",
                sk_shown(buf, part->records.name),
                index ? "is more than one" : "is none"),
            err);
    part->out = file->sections[*index].out;
    part->offset = file->sections[*index].offset;
    part->size = sk_elf_section(&file->elf, *index).size;
    return SKEP_OK;
}

/* Finds the parts of a table; without memory for them they are only counted. */
static enum skep_code find_parts(struct sk_link *l, struct parts *p, struct skep_err *err)
{
    p->count = 0;
    for (uint32_t f = 0; f < l->file_count; f++) {
        struct sk_link_file *file = &l->files[f];
        struct part part = { .file = file };

        while (file->has_ext && sk_btf_ext_next(&file->ext, p->table, &part.records)) {
            if (p->parts) {
                SK_TRY(find_part(file, &part, err));
                p->parts[p->count] = part;
                p->order[p->count] = p->count;
            }
            p->count++;
        }
    }
    return SKEP_OK;
}

static int by_section(const void *ctx, uint32_t a, uint32_t b)
{
    const struct part *x = (const struct part *)ctx + a;
    const struct part *y = (const struct part *)ctx + b;

    return x->out < y->out ? -1 : x->out > y->out;
}

/* Puts the parts order[first] up to order[past], which are of one section. */
static enum skep_code put_section(struct sk_link *l, const struct parts *p,
                                  uint32_t first, uint32_t past, struct skep_err *err)
{
    uint32_t count = 0;

    for (uint32_t i = first; i < past; i++)
        count += p->parts[p->order[i]].records.count;
    put(l,
        sk_btf_build_string(&l->build, l->sections[p->parts[p->order[first]].out].name));
    put(l, count);
    for (uint32_t i = first; i < past; i++)
        SK_TRY(put_records(l, p->table, &p->parts[p->order[i]], err));
    return SKEP_OK;
}

static enum skep_code put_table(struct sk_link *l, struct parts *p, struct skep_err *err)
{
    uint32_t first = 0;

    SK_TRY(find_parts(l, p, err));
    if (!p->count)
        return SKEP_OK;
    SK_TRY(sk_arena_new(&l->arena, &p->order, p->count, sizeof(uint32_t), err));
    SK_TRY(sk_arena_new(&l->arena, &p->parts, p->count, sizeof(struct part), err));
    SK_TRY(find_parts(l, p, err));
    sk_sort_numbers(p->order, p->count, by_section, p->parts);
    put(l, record_bytes[p->table]);
    for (uint32_t i = 1; i <= p->count; i++) {
        if (i < p->count && p->parts[p->order[i]].out == p->parts[p->order[first]].out)
            continue;
        SK_TRY(put_section(l, p, first, i, err));
        first = i;
    }
    return SKEP_OK;
}

enum skep_code sk_link_ext(struct sk_link *l, struct skep_err *err)
{
    uint32_t header[HEADER_BYTES / 4] = { sk_le32(SK_BTF_MAGIC | VERSION << 16),
                                          sk_le32(HEADER_BYTES) };

    sk_blob_add(&l->ext, header, sizeof(header));
    for (int table = 0; table < SK_EXT_TABLES; table++) {
        struct parts parts = { .table = (enum sk_ext_table)table };
        size_t at = l->ext.len;

        SK_TRY(put_table(l, &parts, err));
        header[2 + 2 * table] = sk_le32((uint32_t)(at - HEADER_BYTES));
        header[3 + 2 * table] = sk_le32((uint32_t)(l->ext.len - at));
    }
    SK_TRY(sk_blob_check(&l->ext, err));
    if (l->ext.len > UINT32_MAX)
        return sk_fail(err, E_FORMAT, sk_at_nothing(), "more than 4 GiB of .BTF.ext");
    sk_blob_patch(&l->ext, 0, header, sizeof(header));
    SK_TRY(sk_link_check_output(l, l->build.strings.len, err));
    return sk_btf_build_finish(&l->build, &l->btf, err);
}
