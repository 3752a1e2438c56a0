/* What the file says of instructions: relocations, source lines and CO-RE records, each kind
 * a list that is ordered by section and slot, so that those of a function are found at once
 * and come in the order of its code.
 *
 * A mark's `where`: of a relocation the section of relocations << 32 | its index there; of a
 * record the offset in .BTF.ext. */
#include <string.h>

#include "base/sort.h"
#include "isa/isa.h"
#include "load/object_parts.h"

/* Sections of code by name. */
struct names {
    struct sk_mem mem;
    struct sk_code_name {
        const char *name;
        uint32_t section;
        uint32_t slots;
    } * list;
    uint32_t count, cap;
};

/* ---- Lists ----------------------------------------------------------------------------- */

static int compare_places(uint32_t section_a, uint32_t slot_a, uint32_t section_b,
                          uint32_t slot_b)
{
    if (section_a != section_b)
        return section_a < section_b ? -1 : 1;
    return slot_a < slot_b ? -1 : slot_a > slot_b;
}

static int mark_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_obj_mark *m = a, *n = b;
    int order = compare_places(m->section, m->slot, n->section, n->slot);

    (void)ctx;
    return order ? order < 0 : m->where < n->where;
}

static void sort_marks(struct sk_object *o, enum sk_obj_mark_kind kind)
{
    sk_sort(o->marks[kind].list, o->marks[kind].count, sizeof(struct sk_obj_mark),
            mark_before, NULL);
}

static enum skep_code new_marks(struct sk_object *o, enum sk_obj_mark_kind kind,
                                uint64_t count, struct skep_err *err)
{
    o->marks[kind].list = sk_mem_new(&o->mem, count, sizeof(struct sk_obj_mark));
    if (!o->marks[kind].list)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       (size_t)count * sizeof(struct sk_obj_mark));
    o->marks[kind].cap = count;
    return SKEP_OK;
}

static void add_mark(struct sk_object *o, enum sk_obj_mark_kind kind, uint32_t section,
                     uint64_t off, uint64_t where)
{
    o->marks[kind].list[o->marks[kind].count++] = (struct sk_obj_mark){
        .section = section, .slot = (uint32_t)(off / SK_SLOT_BYTES), .where = where
    };
}

void sk_obj_free_marks(struct sk_object *o)
{
    for (int kind = 0; kind < SK_OBJ_MARK_KINDS; kind++)
        sk_mem_free(&o->mem, o->marks[kind].list, o->marks[kind].cap,
                    sizeof(struct sk_obj_mark));
}

static int is_place_before(const void *item, const void *key)
{
    const struct sk_obj_mark *m = item, *place = key;

    return compare_places(m->section, m->slot, place->section, place->slot) < 0;
}

size_t sk_obj_mark_from(const struct sk_object *o, enum sk_obj_mark_kind kind,
                        uint32_t section, uint32_t slot)
{
    const struct sk_obj_mark place = { .section = section, .slot = slot };

    return sk_lower_bound(o->marks[kind].list, o->marks[kind].count, sizeof(place),
                          is_place_before, &place);
}

/* ---- Relocations ----------------------------------------------------------------------- */

/* Whether a section relocates code; *code is that. */
static int relocates_code(const struct sk_object *o, const struct sk_elf_section *section,
                          struct sk_elf_section *code)
{
    if ((section->type != SK_SHT_REL && section->type != SK_SHT_RELA) || !section->size)
        return 0;
    *code = sk_elf_section(&o->elf, section->info);
    return sk_obj_is_code(code);
}

static enum skep_code check_reloc_section(const struct sk_object *o,
                                          const struct sk_elf_section *section,
                                          struct skep_err *err)
{
    if (section->type == SK_SHT_RELA)
        return sk_elf_fail(section, section->header, err,
                           "relocations of code with addends (SHT_RELA) are not "
                           "supported, SHT_REL was expected");
    if (!o->elf.symbol_table || section->link != o->elf.symbol_table)
        return sk_elf_fail(section, section->header, err,
                           "its symbols are in section %u, the symbol table (index %u) "
                           "was expected",
                           section->link, o->elf.symbol_table);
    return SKEP_OK;
}

static enum skep_code check_reloc(const struct sk_object *o,
                                  const struct sk_elf_section *section,
                                  const struct sk_elf_section *code, uint32_t i,
                                  struct skep_err *err)
{
    struct sk_elf_reloc reloc = sk_elf_reloc(&o->elf, section, i);

    if (reloc.offset % SK_SLOT_BYTES || reloc.offset >= code->size)
        return sk_elf_fail(section, reloc.at, err,
                           "relocation %u is of offset 0x%llx, a multiple of 8 below "
                           "0x%llx was expected",
                           i, (unsigned long long)reloc.offset,
                           (unsigned long long)code->size);
    if (reloc.symbol >= o->elf.symbol_count)
        return sk_elf_fail(
            section, reloc.at, err,
            "relocation %u names symbol %u, an index below %u was expected", i,
            reloc.symbol, o->elf.symbol_count);
    if (reloc.type != SK_R_BPF_64_64 && reloc.type != SK_R_BPF_64_32)
        return sk_elf_fail(section, reloc.at, err,
                           "relocation %u has type %u, %d (R_BPF_64_64) or %d "
                           "(R_BPF_64_32) was expected of code",
                           i, reloc.type, SK_R_BPF_64_64, SK_R_BPF_64_32);
    return SKEP_OK;
}

static enum skep_code count_relocs(const struct sk_object *o, uint64_t *count,
                                   struct skep_err *err)
{
    uint64_t bytes = 0;

    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i), code;

        if (!relocates_code(o, &section, &code))
            continue;
        SK_TRY(check_reloc_section(o, &section, err));
        bytes += section.size;
        *count += section.size / section.entsize;
        if (bytes > o->elf.len)
            return sk_elf_fail(&section, section.header, err,
                               "it and the sections of relocations before it have more "
                               "bytes than the file, sections apart were expected");
    }
    return SKEP_OK;
}

static enum skep_code list_relocs(struct sk_object *o, struct skep_err *err)
{
    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i), code;

        if (!relocates_code(o, &section, &code))
            continue;
        for (uint32_t k = 0; k < section.size / section.entsize; k++) {
            SK_TRY(check_reloc(o, &section, &code, k, err));
            add_mark(o, SK_OBJ_RELOC, code.index,
                     sk_elf_reloc(&o->elf, &section, k).offset, (uint64_t)i << 32 | k);
        }
    }
    return SKEP_OK;
}

struct sk_elf_reloc sk_obj_reloc(const struct sk_object *o,
                                 const struct sk_obj_mark *mark)
{
    struct sk_elf_section section =
        sk_elf_nameless(&o->elf, (uint32_t)(mark->where >> 32));

    return sk_elf_reloc(&o->elf, &section, (uint32_t)mark->where);
}

/* An instruction has one relocation at most. */
static enum skep_code check_relocs_once(const struct sk_object *o, struct skep_err *err)
{
    const struct sk_obj_mark *list = o->marks[SK_OBJ_RELOC].list;

    for (size_t i = 1; i < o->marks[SK_OBJ_RELOC].count; i++) {
        struct sk_elf_section section;

        if (list[i].section != list[i - 1].section || list[i].slot != list[i - 1].slot)
            continue;
        section = sk_elf_section(&o->elf, (uint32_t)(list[i].where >> 32));
        return sk_elf_fail(&section, sk_obj_reloc(o, &list[i]).at, err,
                           "relocation %u is of offset 0x%llx as is another one, one of "
                           "each instruction was expected",
                           (uint32_t)list[i].where,
                           (unsigned long long)list[i].slot * SK_SLOT_BYTES);
    }
    return SKEP_OK;
}

enum skep_code sk_obj_find_relocs(struct sk_object *o, struct skep_err *err)
{
    uint64_t count = 0;

    SK_TRY(count_relocs(o, &count, err));
    SK_TRY(new_marks(o, SK_OBJ_RELOC, count, err));
    SK_TRY(list_relocs(o, err));
    sort_marks(o, SK_OBJ_RELOC);
    return check_relocs_once(o, err);
}

/* ---- Records of .BTF.ext --------------------------------------------------------------- */

static int code_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_code_name *m = a, *n = b;
    int order = strcmp(m->name, n->name);

    (void)ctx;
    return order ? order < 0 : m->section < n->section;
}

static enum skep_code list_names(const struct sk_object *o, struct names *names,
                                 struct skep_err *err)
{
    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i);

        names->cap += (uint32_t)sk_obj_is_code(&section);
    }
    names->list = sk_mem_new(&names->mem, names->cap, sizeof(*names->list));
    if (!names->list)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       names->cap * sizeof(*names->list));
    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i);

        if (sk_obj_is_code(&section))
            names->list[names->count++] =
                (struct sk_code_name){ section.name, i,
                                       (uint32_t)(section.size / SK_SLOT_BYTES) };
    }
    sk_sort(names->list, names->count, sizeof(*names->list), code_before, NULL);
    return SKEP_OK;
}

static int is_name_before(const void *item, const void *key)
{
    return strcmp(((const struct sk_code_name *)item)->name, key) < 0;
}

/* The first section of code of a name; NULL: none. */
static const struct sk_code_name *code_of(const struct names *names, const char *name)
{
    size_t i = sk_lower_bound(names->list, names->count, sizeof(names->list[0]),
                              is_name_before, name);

    if (i == names->count || strcmp(names->list[i].name, name))
        return NULL;
    return &names->list[i];
}

static uint64_t record_at(const struct sk_object *o, enum sk_ext_table table,
                          const struct sk_ext_section *section, uint32_t i)
{
    return section->at + (uint64_t)i * o->ext.tables[table].record_size;
}

/* The offset in the code that record i is of. */
static uint64_t record_off(const struct sk_object *o, enum sk_ext_table table,
                           const struct sk_ext_section *section, uint32_t i)
{
    switch (table) {
    case SK_EXT_FUNC:
        return sk_ext_func(&o->ext, section, i).insn_off;
    case SK_EXT_LINE:
        return sk_ext_line(&o->ext, section, i).insn_off;
    default:
        return sk_ext_core(&o->ext, section, i).insn_off;
    }
}

/* A record is of a slot of its section, and not before the one before. */
static enum skep_code check_record(const struct sk_object *o, enum sk_ext_table table,
                                   const struct sk_ext_section *section,
                                   const struct sk_code_name *code, uint32_t i,
                                   uint64_t *off, struct skep_err *err)
{
    uint64_t now = record_off(o, table, section, i);
    char name[SK_SHOWN_MAX];

    if (now % SK_SLOT_BYTES || now / SK_SLOT_BYTES >= code->slots)
        return sk_btf_ext_fail(&o->ext, record_at(o, table, section, i), err,
                               "the record is of offset 0x%llx of section '%s', a "
                               "multiple of 8 below 0x%llx was expected",
                               (unsigned long long)now, sk_shown(name, code->name),
                               (unsigned long long)code->slots * SK_SLOT_BYTES);
    if (i && now < *off && table != SK_EXT_CORE)
        return sk_btf_ext_fail(&o->ext, record_at(o, table, section, i), err,
                               "the record is of offset 0x%llx of section '%s', after "
                               "one of 0x%llx, records in order were expected",
                               (unsigned long long)now, sk_shown(name, code->name),
                               (unsigned long long)*off);
    *off = now;
    return SKEP_OK;
}

/* A record of a function gives it its type. */
static void set_type(struct sk_object *o, uint32_t section, uint64_t off, uint32_t type)
{
    int32_t i = sk_obj_func_at(o, section, (uint32_t)(off / SK_SLOT_BYTES));

    for (; i >= 0 && (uint32_t)i < o->func_count && o->funcs[i].section == section &&
           o->funcs[i].first == off / SK_SLOT_BYTES && !o->funcs[i].btf_id;
         i++)
        o->funcs[i].btf_id = type;
}

static enum skep_code list_records(struct sk_object *o, enum sk_ext_table table,
                                   const struct sk_ext_section *section,
                                   const struct sk_code_name *code, struct skep_err *err)
{
    uint64_t off = 0;

    for (uint32_t i = 0; i < section->count; i++) {
        SK_TRY(check_record(o, table, section, code, i, &off, err));
        if (table == SK_EXT_FUNC)
            set_type(o, code->section, off, sk_ext_func(&o->ext, section, i).type);
        else
            add_mark(o, table == SK_EXT_LINE ? SK_OBJ_LINE : SK_OBJ_CORE, code->section,
                     off, record_at(o, table, section, i));
    }
    return SKEP_OK;
}

static uint64_t count_records(const struct sk_object *o, enum sk_ext_table table)
{
    struct sk_ext_section section = { 0 };
    uint64_t count = 0;

    while (sk_btf_ext_next(&o->ext, table, &section))
        count += section.count;
    return count;
}

/* The records of one section of code. */
struct part {
    const struct sk_code_name *code;
    struct sk_ext_section records;
};

static int part_before(const void *a, const void *b, const void *ctx)
{
    const struct part *p = a, *q = b;

    (void)ctx;
    if (p->code->section != q->code->section)
        return p->code->section < q->code->section;
    return p->records.at < q->records.at;
}

/* The parts of a table in the order of their sections, so that the marks mostly come in order;
 * records of sections without code are of nothing. Returns how many. */
static uint32_t find_parts(const struct sk_object *o, const struct names *names,
                           enum sk_ext_table table, struct part *parts)
{
    struct sk_ext_section section = { 0 };
    uint32_t count = 0;

    while (sk_btf_ext_next(&o->ext, table, &section)) {
        const struct sk_code_name *code = code_of(names, section.name);

        if (code && parts)
            parts[count] = (struct part){ code, section };
        count += code != NULL;
    }
    return count;
}

static enum skep_code find_table(struct sk_object *o, const struct names *names,
                                 enum sk_ext_table table, struct skep_err *err)
{
    uint32_t count = find_parts(o, names, table, NULL);
    struct part *parts = sk_mem_new(&o->mem, count, sizeof(*parts));
    enum skep_code code = SKEP_OK;

    if (!parts)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), count * sizeof(*parts));
    find_parts(o, names, table, parts);
    sk_sort(parts, count, sizeof(*parts), part_before, NULL);
    for (uint32_t i = 0; i < count && !code; i++)
        code = list_records(o, table, &parts[i].records, parts[i].code, err);
    sk_mem_free(&o->mem, parts, count, sizeof(*parts));
    return code;
}

enum skep_code sk_obj_find_records(struct sk_object *o, struct skep_err *err)
{
    struct names names = { .mem = o->mem };
    enum skep_code code = list_names(o, &names, err);

    if (!code)
        code = new_marks(o, SK_OBJ_LINE, count_records(o, SK_EXT_LINE), err);
    if (!code)
        code = new_marks(o, SK_OBJ_CORE, count_records(o, SK_EXT_CORE), err);
    for (int table = 0; table < SK_EXT_TABLES && !code; table++)
        code = find_table(o, &names, (enum sk_ext_table)table, err);
    sk_mem_free(&names.mem, names.list, names.cap, sizeof(*names.list));
    sort_marks(o, SK_OBJ_LINE);
    sort_marks(o, SK_OBJ_CORE);
    return code;
}

/* One record as a section of its own. */
static struct sk_ext_section only(const struct sk_obj_mark *mark)
{
    return (struct sk_ext_section){ .count = 1, .at = mark->where };
}

struct sk_ext_line sk_obj_line(const struct sk_object *o, const struct sk_obj_mark *mark)
{
    struct sk_ext_section section = only(mark);

    return sk_ext_line(&o->ext, &section, 0);
}

struct sk_ext_core sk_obj_core(const struct sk_object *o, const struct sk_obj_mark *mark)
{
    struct sk_ext_section section = only(mark);

    return sk_ext_core(&o->ext, &section, 0);
}
