/* Reading ELF. Offsets of fields are those of Elf64_Ehdr, Elf64_Shdr, Elf64_Sym and
 * Elf64_Rel (System V ABI, chapter 4). */
#include "load/elf.h"
#include "isa/isa.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/escape.h"

enum {
    HEADER_BYTES = 64,
    SECTION_BYTES = 64,
    SYMBOL_BYTES = 24,
    REL_BYTES = 16,
    RELA_BYTES = 24,
};

/* Fields of the header. */
enum {
    EI_CLASS = 4,
    EI_DATA = 5,
    EI_VERSION = 6,
    EI_OSABI = 7,
    E_TYPE = 16,
    E_MACHINE = 18,
    E_VERSION = 20,
    E_SHOFF = 40,
    E_EHSIZE = 52,
    E_SHENTSIZE = 58,
    E_SHNUM = 60,
    E_SHSTRNDX = 62,
};

/* Fields of a section header. */
enum {
    SH_NAME = 0,
    SH_TYPE = 4,
    SH_FLAGS = 8,
    SH_OFFSET = 24,
    SH_SIZE = 32,
    SH_LINK = 40,
    SH_INFO = 44,
    SH_ADDRALIGN = 48,
    SH_ENTSIZE = 56,
};

/* Fields of a symbol. */
enum { ST_NAME = 0, ST_INFO = 4, ST_OTHER = 5, ST_SHNDX = 6, ST_VALUE = 8, ST_SIZE = 16 };

enum { SHN_XINDEX = 0xffff };

/* ---- Bytes ------------------------------------------------------------------------ */

/* The one way to the file's bytes: `len` of them at `at`; NULL if not all are there. */
static const uint8_t *get(const struct sk_elf *elf, uint64_t at, uint64_t len)
{
    if (at > elf->len || len > elf->len - at)
        return NULL;
    return elf->data + at;
}

/* Numbers; 0 outside of the file. */
static uint32_t get8(const struct sk_elf *elf, uint64_t at)
{
    const uint8_t *p = get(elf, at, 1);

    return p ? *p : 0;
}

static uint32_t get16(const struct sk_elf *elf, uint64_t at)
{
    const uint8_t *p = get(elf, at, 2);

    return p ? sk_le16(sk_load16(p)) : 0;
}

static uint32_t get32(const struct sk_elf *elf, uint64_t at)
{
    const uint8_t *p = get(elf, at, 4);

    return p ? sk_le32(sk_load32(p)) : 0;
}

static uint64_t get64(const struct sk_elf *elf, uint64_t at)
{
    const uint8_t *p = get(elf, at, 8);

    return p ? sk_le64(sk_load64(p)) : 0;
}

/* ---- Faults ----------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static enum skep_code
fail_header(uint64_t at, struct skep_err *err, const char *format, ...)
{
    char what[SKEP_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return sk_fail(err, E_OBJECT, sk_at_part(at), (unsigned long long)at, what);
}

enum skep_code sk_elf_fail(const struct sk_elf_section *section, uint64_t at,
                           struct skep_err *err, const char *format, ...)
{
    const char *name = section->name ? section->name : "?";
    char what[SKEP_MESSAGE_MAX], buf[SK_SHOWN_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return sk_fail(err, E_SECTION, sk_at_part(at), sk_shown(buf, name), section->index,
                   (unsigned long long)at, what);
}

/* ---- The header ------------------------------------------------------------------- */

/* A byte of the identification or a half-word of the header that has one good value. */
struct expected {
    uint8_t at, size;
    uint16_t value;
    const char *name, *means;
};

/* What a value of a field means that is likely to be met; NULL: nothing that is known here. */
static const char *meaning(uint8_t field, uint32_t value)
{
    static const struct {
        uint8_t field;
        uint16_t value;
        const char *means;
    } known[] = {
        { EI_CLASS, 1, "32 bits" },      { E_TYPE, 2, "executable" },
        { E_TYPE, 3, "shared object" },  { E_TYPE, 4, "core file" },
        { E_MACHINE, 0, "none" },        { E_MACHINE, 3, "i386" },
        { E_MACHINE, 8, "MIPS" },        { E_MACHINE, 20, "PowerPC" },
        { E_MACHINE, 21, "PowerPC 64" }, { E_MACHINE, 22, "S/390" },
        { E_MACHINE, 40, "ARM" },        { E_MACHINE, 43, "SPARC V9" },
        { E_MACHINE, 62, "x86-64" },     { E_MACHINE, 183, "AArch64" },
        { E_MACHINE, 243, "RISC-V" },    { E_MACHINE, 258, "LoongArch" },
    };

    for (size_t i = 0; i < SK_LEN(known); i++)
        if (known[i].field == field && known[i].value == value)
            return known[i].means;
    return NULL;
}

static enum skep_code check_expected(const struct sk_elf *elf, const struct expected *e,
                                     struct skep_err *err)
{
    uint32_t found = e->size == 1   ? get8(elf, e->at)
                     : e->size == 2 ? get16(elf, e->at)
                                    : get32(elf, e->at);
    const char *means;

    if (found == e->value)
        return SKEP_OK;
    means = meaning(e->at, found);
    return fail_header(e->at, err, "%s is %u%s%s%s, %u (%s) was expected", e->name, found,
                       means ? " (" : "", means ? means : "", means ? ")" : "", e->value,
                       e->means);
}

/* What every file has that is read here. */
static enum skep_code check_header(const struct sk_elf *elf, struct skep_err *err)
{
    static const struct expected fields[] = {
        { EI_CLASS, 1, 2, "the class", "64 bits" },
        { EI_DATA, 1, 1, "the data encoding", "little-endian" },
        { EI_VERSION, 1, 1, "the ident version", "current" },
        { E_VERSION, 4, 1, "e_version", "current" },
        { E_EHSIZE, 2, HEADER_BYTES, "e_ehsize", "bytes" },
        { E_SHENTSIZE, 2, SECTION_BYTES, "e_shentsize", "bytes" },
    };
    static const uint8_t magic[4] = { 0x7f, 'E', 'L', 'F' };

    if (elf->len < sizeof(magic) || memcmp(elf->data, magic, sizeof(magic)))
        return fail_header(0, err, "no ELF file: 7f 45 4c 46 was expected");
    if (elf->len < HEADER_BYTES)
        return fail_header(elf->len, err,
                           "the file is too short: %zu bytes, %d were expected", elf->len,
                           HEADER_BYTES);
    if (get8(elf, EI_DATA) == 2)
        return fail_header(
            EI_DATA, err,
            "big-endian objects are not supported, little-endian was expected");
    for (size_t i = 0; i < SK_LEN(fields); i++)
        SK_TRY(check_expected(elf, &fields[i], err));
    return SKEP_OK;
}

/* What objects for eBPF have. */
static enum skep_code check_machine(const struct sk_elf *elf, struct skep_err *err)
{
    static const struct expected type = { E_TYPE, 2, 1, "e_type", "relocatable" };
    static const struct expected machine = { E_MACHINE, 2, 247, "e_machine", "eBPF" };
    uint32_t osabi = get8(elf, EI_OSABI);

    SK_TRY(check_expected(elf, &type, err));
    SK_TRY(check_expected(elf, &machine, err));
    if (osabi != 0 && osabi != 3)
        return fail_header(EI_OSABI, err,
                           "the OS ABI is %u, 0 (none) or 3 (GNU) was expected", osabi);
    return SKEP_OK;
}

/* Finds the section headers. Where there are many, their number and the index of the
 * names are in the first one. */
static enum skep_code find_table(struct sk_elf *elf, struct skep_err *err)
{
    uint64_t table = get64(elf, E_SHOFF), count = get16(elf, E_SHNUM);
    uint32_t names = get16(elf, E_SHSTRNDX);

    if (!table)
        return fail_header(E_SHOFF, err, "e_shoff is 0, section headers were expected");
    if (!get(elf, table, SECTION_BYTES))
        return fail_header(E_SHOFF, err,
                           "e_shoff is 0x%llx, and the file ends at 0x%zx: it is cut, or "
                           "an offset within it was expected",
                           (unsigned long long)table, elf->len);
    if (table % 8)
        return fail_header(E_SHOFF, err,
                           "e_shoff is 0x%llx, a multiple of 8 was expected",
                           (unsigned long long)table);
    if (!count)
        count = get64(elf, table + SH_SIZE);
    if (!count || count > (elf->len - table) / SECTION_BYTES)
        return fail_header(
            E_SHNUM, err,
            "there are %llu section headers, 1 to %llu would fit in the file",
            (unsigned long long)count,
            (unsigned long long)((elf->len - table) / SECTION_BYTES));
    if (count > UINT32_MAX)
        return fail_header(E_SHNUM, err, "there are more than 2^32 section headers");
    if (names == SHN_XINDEX)
        names = get32(elf, table + SH_LINK);
    if (!names || names >= count)
        return fail_header(E_SHSTRNDX, err,
                           "e_shstrndx is %u, a section's index below %llu was expected",
                           names, (unsigned long long)count);
    elf->table = table;
    elf->section_count = (uint32_t)count;
    elf->names = names;
    return SKEP_OK;
}

/* ---- Sections --------------------------------------------------------------------- */

struct sk_elf_section sk_elf_nameless(const struct sk_elf *elf, uint32_t index)
{
    uint64_t at = elf->table + (uint64_t)index * SECTION_BYTES;

    return (struct sk_elf_section){
        .index = index,
        .type = get32(elf, at + SH_TYPE),
        .link = get32(elf, at + SH_LINK),
        .info = get32(elf, at + SH_INFO),
        .flags = get64(elf, at + SH_FLAGS),
        .offset = get64(elf, at + SH_OFFSET),
        .size = get64(elf, at + SH_SIZE),
        .align = get64(elf, at + SH_ADDRALIGN),
        .entsize = get64(elf, at + SH_ENTSIZE),
        .header = at,
    };
}

/* A string of a string table that was checked; NULL if it begins outside. */
static const char *string_at(const struct sk_elf *elf, uint32_t table, uint32_t offset)
{
    struct sk_elf_section section = sk_elf_nameless(elf, table);

    if (offset >= section.size)
        return NULL;
    return (const char *)get(elf, section.offset + offset, 1);
}

static const char *section_name(const struct sk_elf *elf,
                                const struct sk_elf_section *section)
{
    return string_at(elf, elf->names, get32(elf, section->header + SH_NAME));
}

struct sk_elf_section sk_elf_section(const struct sk_elf *elf, uint32_t index)
{
    struct sk_elf_section section = sk_elf_nameless(elf, index);

    section.name = section_name(elf, &section);
    return section;
}

static int has_bytes(const struct sk_elf_section *section)
{
    return section->type != SK_SHT_NULL && section->type != SK_SHT_NOBITS &&
           section->size;
}

/* A section's bytes lie in the file and behind its header. */
static enum skep_code check_place(const struct sk_elf *elf,
                                  const struct sk_elf_section *section,
                                  struct skep_err *err)
{
    if (!has_bytes(section))
        return SKEP_OK;
    if (section->offset < HEADER_BYTES)
        return sk_elf_fail(section, section->header + SH_OFFSET, err,
                           "sh_offset is %llu, inside the ELF header of %d bytes",
                           (unsigned long long)section->offset, HEADER_BYTES);
    if (!get(elf, section->offset, section->size))
        return sk_elf_fail(
            section, section->header + SH_OFFSET, err,
            "its 0x%llx bytes at 0x%llx do not lie in the file of 0x%zx bytes",
            (unsigned long long)section->size, (unsigned long long)section->offset,
            elf->len);
    return SKEP_OK;
}

/* A string table ends with a NUL, so that no string goes beyond it. */
static enum skep_code check_strings(const struct sk_elf *elf,
                                    const struct sk_elf_section *table,
                                    struct skep_err *err)
{
    if (table->type != SK_SHT_STRTAB)
        return sk_elf_fail(table, table->header + SH_TYPE, err,
                           "its type is %u, %d (string table) was expected", table->type,
                           SK_SHT_STRTAB);
    SK_TRY(check_place(elf, table, err));
    if (!table->size || get8(elf, table->offset + table->size - 1))
        return sk_elf_fail(table, table->offset + table->size, err,
                           "the string table does not end with a NUL byte");
    return SKEP_OK;
}

/* The size of a table's entries; 0 for other sections. */
static uint64_t entry_bytes(const struct sk_elf_section *section)
{
    switch (section->type) {
    case SK_SHT_SYMTAB:
        return SYMBOL_BYTES;
    case SK_SHT_REL:
        return REL_BYTES;
    case SK_SHT_RELA:
        return RELA_BYTES;
    default:
        return 0;
    }
}

static enum skep_code check_table(const struct sk_elf *elf,
                                  const struct sk_elf_section *section,
                                  struct skep_err *err)
{
    uint64_t bytes = entry_bytes(section);

    if (!bytes)
        return SKEP_OK;
    if (section->entsize != bytes)
        return sk_elf_fail(section, section->header + SH_ENTSIZE, err,
                           "sh_entsize is %llu, %llu was expected",
                           (unsigned long long)section->entsize,
                           (unsigned long long)bytes);
    if (section->size % bytes)
        return sk_elf_fail(section, section->header + SH_SIZE, err,
                           "sh_size is %llu, a multiple of %llu was expected",
                           (unsigned long long)section->size, (unsigned long long)bytes);
    if (section->size / bytes > UINT32_MAX)
        return sk_elf_fail(section, section->header + SH_SIZE, err,
                           "the table has more than 2^32 entries");
    if (section->type != SK_SHT_SYMTAB && section->info >= elf->section_count)
        return sk_elf_fail(section, section->header + SH_INFO, err,
                           "it relocates section %u, an index below %u was expected",
                           section->info, elf->section_count);
    return SKEP_OK;
}

static enum skep_code check_sections(const struct sk_elf *elf, struct skep_err *err)
{
    for (uint32_t i = 1; i < elf->section_count; i++) {
        struct sk_elf_section section = sk_elf_section(elf, i);

        if (!section.name)
            return sk_elf_fail(&section, section.header + SH_NAME, err,
                               "its name lies outside of the string table (index %u)",
                               elf->names);
        SK_TRY(check_place(elf, &section, err));
        SK_TRY(check_table(elf, &section, err));
    }
    return SKEP_OK;
}

static enum skep_code find_symbols(struct sk_elf *elf, struct skep_err *err)
{
    for (uint32_t i = 1; i < elf->section_count; i++) {
        struct sk_elf_section section = sk_elf_section(elf, i), strings;

        if (section.type != SK_SHT_SYMTAB)
            continue;
        if (elf->symbol_table)
            return sk_elf_fail(&section, section.header + SH_TYPE, err,
                               "it is a second symbol table, the first has index %u",
                               elf->symbol_table);
        if (section.link >= elf->section_count)
            return sk_elf_fail(
                &section, section.header + SH_LINK, err,
                "its names are in section %u, an index below %u was expected",
                section.link, elf->section_count);
        strings = sk_elf_section(elf, section.link);
        SK_TRY(check_strings(elf, &strings, err));
        elf->symbol_table = i;
        elf->symbol_names = section.link;
        elf->symbol_count = (uint32_t)(section.size / SYMBOL_BYTES);
    }
    return SKEP_OK;
}

const uint8_t *sk_elf_bytes(const struct sk_elf *elf,
                            const struct sk_elf_section *section)
{
    return get(elf, section->offset, section->size);
}

/* ---- Symbols and relocations ------------------------------------------------------ */

/* Reports a fault of the symbol table. */
__attribute__((format(printf, 4, 5))) static enum skep_code
fail_symbol(const struct sk_elf *elf, uint64_t at, struct skep_err *err,
            const char *format, ...)
{
    struct sk_elf_section table = sk_elf_section(elf, elf->symbol_table);
    char what[SKEP_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return sk_elf_fail(&table, at, err, "%s", what);
}

/* A function lies in code, at a slot, and does not go beyond it. */
static enum skep_code check_function(const struct sk_elf *elf, uint64_t at,
                                     const struct sk_elf_symbol *symbol,
                                     struct skep_err *err)
{
    struct sk_elf_section code;
    char buf[SK_SHOWN_MAX];

    if (symbol->section == SK_SHN_UNDEF)
        return SKEP_OK;
    if (symbol->section >= SK_SHN_LORESERVE)
        return fail_symbol(elf, at + ST_SHNDX, err, "function '%s' is in no section",
                           sk_shown(buf, symbol->name));
    code = sk_elf_nameless(elf, symbol->section);
    if (code.type != SK_SHT_PROGBITS || !(code.flags & SK_SHF_EXECINSTR))
        return fail_symbol(elf, at + ST_SHNDX, err,
                           "function '%s' is in section %u, which holds no code",
                           sk_shown(buf, symbol->name), symbol->section);
    if (symbol->value >= code.size || symbol->value % SK_SLOT_BYTES)
        return fail_symbol(elf, at + ST_VALUE, err,
                           "function '%s' is at 0x%llx, a multiple of 8 below 0x%llx was "
                           "expected",
                           sk_shown(buf, symbol->name), (unsigned long long)symbol->value,
                           (unsigned long long)code.size);
    if (symbol->size > code.size - symbol->value || symbol->size % SK_SLOT_BYTES)
        return fail_symbol(
            elf, at + ST_SIZE, err,
            "function '%s' has 0x%llx bytes, a multiple of 8 up to 0x%llx was "
            "expected",
            sk_shown(buf, symbol->name), (unsigned long long)symbol->size,
            (unsigned long long)(code.size - symbol->value));
    return SKEP_OK;
}

enum skep_code sk_elf_symbol(const struct sk_elf *elf, uint32_t index,
                             struct sk_elf_symbol *out, struct skep_err *err)
{
    uint64_t at =
        sk_elf_nameless(elf, elf->symbol_table).offset + (uint64_t)index * SYMBOL_BYTES;
    uint32_t info = get8(elf, at + ST_INFO);
    struct sk_elf_symbol symbol = {
        .index = index,
        .name = string_at(elf, elf->symbol_names, get32(elf, at + ST_NAME)),
        .value = get64(elf, at + ST_VALUE),
        .size = get64(elf, at + ST_SIZE),
        .section = get16(elf, at + ST_SHNDX),
        .type = (uint8_t)(info & 15),
        .bind = (uint8_t)(info >> 4),
        .visibility = get8(elf, at + ST_OTHER) & 3,
    };

    if (!symbol.name)
        return fail_symbol(
            elf, at + ST_NAME, err,
            "the name of symbol %u lies outside of the string table (index %u)", index,
            elf->symbol_names);
    if (symbol.section == SHN_XINDEX)
        return fail_symbol(
            elf, at + ST_SHNDX, err,
            "symbol %u has an extended section index: these are not supported", index);
    if (symbol.section < SK_SHN_LORESERVE && symbol.section >= elf->section_count)
        return fail_symbol(elf, at + ST_SHNDX, err,
                           "symbol %u is in section %u, an index below %u was expected",
                           index, symbol.section, elf->section_count);
    if (symbol.type == SK_STT_FUNC)
        SK_TRY(check_function(elf, at, &symbol, err));
    *out = symbol;
    return SKEP_OK;
}

struct sk_elf_reloc sk_elf_reloc(const struct sk_elf *elf,
                                 const struct sk_elf_section *section, uint32_t index)
{
    uint64_t at = section->offset + index * section->entsize;
    uint64_t info = get64(elf, at + 8);

    return (struct sk_elf_reloc){
        .offset = get64(elf, at),
        .symbol = (uint32_t)(info >> 32),
        .type = (uint32_t)info,
        .at = at,
    };
}

/* ---- Opening ---------------------------------------------------------------------- */

/* The sections, of which *elf knows the bytes already. */
static enum skep_code open_sections(struct sk_elf *elf, struct skep_err *err)
{
    struct sk_elf_section names;

    SK_TRY(find_table(elf, err));
    names = sk_elf_nameless(elf, elf->names);
    SK_TRY(check_strings(elf, &names, err));
    return check_sections(elf, err);
}

enum skep_code sk_elf_open(struct sk_elf *elf, const uint8_t *data, size_t len,
                           struct skep_err *err)
{
    *elf = (struct sk_elf){ .data = data, .len = len };
    SK_TRY(check_header(elf, err));
    SK_TRY(check_machine(elf, err));
    SK_TRY(open_sections(elf, err));
    return find_symbols(elf, err);
}

enum skep_code sk_elf_open_any(struct sk_elf *elf, const uint8_t *data, size_t len,
                               struct skep_err *err)
{
    *elf = (struct sk_elf){ .data = data, .len = len };
    SK_TRY(check_header(elf, err));
    return open_sections(elf, err);
}
