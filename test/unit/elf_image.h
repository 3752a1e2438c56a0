/* Objects in memory for tests of the loader: sections, symbols, relocations and bytes, put
 * together as a compiler would, and then spoilt as a test needs.
 *
 *     struct elf e = elf_new();
 *     uint32_t text = elf_section(&e, "xdp", SHT_PROGBITS, SHF_EXECINSTR, code, sizeof(code));
 *     uint32_t main = elf_symbol(&e, "main", STB_GLOBAL, STT_FUNC, text, 0, sizeof(code));
 *     elf_reloc(&e, text, 8, main, 10);
 *     elf_write(&e);                      (then e.file, e.file_len)
 *     elf_free(&e);
 *
 * Section 1 is the string table, section 2 the symbol table; symbol 0 is there already.
 * Relocations of a section stand together, in a section ".relNAME" that the first makes. */
#ifndef TEST_UNIT_ELF_IMAGE_H
#define TEST_UNIT_ELF_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <elf.h>

enum { ELF_STRTAB = 1, ELF_SYMTAB = 2 };

struct elf_bytes {
    uint8_t *data;
    size_t len, cap;
};

struct elf_part {
    Elf64_Shdr header;
    struct elf_bytes bytes;
};

struct elf {
    Elf64_Ehdr header; /* may be changed before elf_write */
    struct elf_part *parts;
    uint32_t part_count;
    uint32_t part_cap;
    uint8_t *file; /* after elf_write */
    size_t file_len;
};

/* Appends to a block; returns where. */
static inline size_t elf_put(struct elf_bytes *b, const void *data, size_t len)
{
    size_t at = b->len;

    if (!len)
        return at;
    if (b->cap - b->len < len) {
        b->cap = (b->len + len) * 2 + 64;
        b->data = realloc(b->data, b->cap);
        if (!b->data)
            abort();
    }
    if (data)
        memcpy(b->data + at, data, len);
    else
        memset(b->data + at, 0, len);
    b->len += len;
    return at;
}

/* Where a string is in the string table, which gets it. */
static inline uint32_t elf_string(struct elf *e, const char *s)
{
    return (uint32_t)elf_put(&e->parts[ELF_STRTAB].bytes, s, strlen(s) + 1);
}

/* Appends to a section. */
static inline void elf_add(struct elf *e, uint32_t section, const void *data, size_t len)
{
    elf_put(&e->parts[section].bytes, data, len);
}

/* A new section; data NULL: `len` zeros. Its header may be changed before elf_write; sizes
 * and offsets that are 0 then are filled in. */
static inline uint32_t elf_section(struct elf *e, const char *name, uint32_t type,
                                   uint64_t flags, const void *data, size_t len)
{
    uint32_t index = e->part_count++;

    if (e->part_count > e->part_cap) {
        e->part_cap = 2 * e->part_count;
        e->parts = realloc(e->parts, e->part_cap * sizeof(*e->parts));
        if (!e->parts)
            abort();
    }
    memset(&e->parts[index], 0, sizeof(e->parts[index]));
    e->parts[index].header.sh_type = type;
    e->parts[index].header.sh_flags = flags;
    e->parts[index].header.sh_addralign = 8;
    if (type == SHT_NOBITS)
        e->parts[index].header.sh_size = len;
    else
        elf_put(&e->parts[index].bytes, data, len);
    if (*name)
        e->parts[index].header.sh_name = elf_string(e, name);
    return index;
}

static inline uint32_t elf_symbol(struct elf *e, const char *name, int bind, int type,
                                  uint32_t section, uint64_t value, uint64_t size)
{
    Elf64_Sym symbol = { .st_name = *name ? elf_string(e, name) : 0,
                         .st_info = (unsigned char)(bind << 4 | type),
                         .st_shndx = (uint16_t)section,
                         .st_value = value,
                         .st_size = size };

    return (uint32_t)(elf_put(&e->parts[ELF_SYMTAB].bytes, &symbol, sizeof(symbol)) /
                      sizeof(symbol));
}

/* The section of relocations of `target`; makes one if there is none. */
static inline uint32_t elf_reloc_section(struct elf *e, uint32_t target)
{
    char name[64] = ".rel";
    uint32_t index;

    for (uint32_t i = 1; i < e->part_count; i++)
        if (e->parts[i].header.sh_type == SHT_REL && e->parts[i].header.sh_info == target)
            return i;
    strncat(name,
            (const char *)e->parts[ELF_STRTAB].bytes.data +
                e->parts[target].header.sh_name,
            sizeof(name) - 8);
    index = elf_section(e, name, SHT_REL, 0, NULL, 0);
    e->parts[index].header.sh_entsize = sizeof(Elf64_Rel);
    e->parts[index].header.sh_link = ELF_SYMTAB;
    e->parts[index].header.sh_info = target;
    return index;
}

static inline void elf_reloc(struct elf *e, uint32_t target, uint64_t offset,
                             uint32_t symbol, uint32_t type)
{
    Elf64_Rel rel = { .r_offset = offset,
                      .r_info = ELF64_R_INFO((uint64_t)symbol, type) };

    elf_add(e, elf_reloc_section(e, target), &rel, sizeof(rel));
}

static inline struct elf elf_new(void)
{
    struct elf e;

    memset(&e, 0, sizeof(e));
    memcpy(e.header.e_ident, ELFMAG, SELFMAG);
    e.header.e_ident[EI_CLASS] = ELFCLASS64;
    e.header.e_ident[EI_DATA] = ELFDATA2LSB;
    e.header.e_ident[EI_VERSION] = EV_CURRENT;
    e.header.e_type = ET_REL;
    e.header.e_machine = EM_BPF;
    e.header.e_version = EV_CURRENT;
    e.header.e_ehsize = sizeof(Elf64_Ehdr);
    e.header.e_shentsize = sizeof(Elf64_Shdr);
    e.header.e_shstrndx = ELF_STRTAB;
    elf_section(&e, "", SHT_NULL, 0, NULL, 0);
    elf_section(&e, "", SHT_STRTAB, 0, NULL, 1);
    e.parts[ELF_STRTAB].header.sh_name = elf_string(&e, ".strtab");
    elf_section(&e, ".symtab", SHT_SYMTAB, 0, NULL, sizeof(Elf64_Sym));
    e.parts[ELF_SYMTAB].header.sh_entsize = sizeof(Elf64_Sym);
    e.parts[ELF_SYMTAB].header.sh_link = ELF_STRTAB;
    return e;
}

/* Puts the file together; what it was before is dropped. */
static inline void elf_write(struct elf *e)
{
    static const uint8_t zeros[8];
    struct elf_bytes file = { NULL, 0, 0 };
    Elf64_Ehdr header = e->header;

    elf_put(&file, NULL, sizeof(header));
    for (uint32_t i = 1; i < e->part_count; i++) {
        Elf64_Shdr *h = &e->parts[i].header;

        if (!h->sh_size)
            h->sh_size = e->parts[i].bytes.len;
        if (!h->sh_offset)
            h->sh_offset = file.len;
        elf_put(&file, e->parts[i].bytes.data, e->parts[i].bytes.len);
        elf_put(&file, zeros, -file.len & 7);
    }
    header.e_shoff = file.len;
    if (e->part_count < SHN_LORESERVE)
        header.e_shnum = (Elf64_Half)e->part_count;
    else
        e->parts[0].header.sh_size = e->part_count;
    for (uint32_t i = 0; i < e->part_count; i++)
        elf_put(&file, &e->parts[i].header, sizeof(Elf64_Shdr));
    memcpy(file.data, &header, sizeof(header));
    free(e->file);
    /* Not a byte more than the file has, so that reading past it is seen. */
    e->file = malloc(file.len);
    if (!e->file)
        abort();
    memcpy(e->file, file.data, file.len);
    e->file_len = file.len;
    free(file.data);
}

static inline void elf_free(struct elf *e)
{
    for (uint32_t i = 0; i < e->part_count; i++)
        free(e->parts[i].bytes.data);
    free(e->parts);
    free(e->file);
    memset(e, 0, sizeof(*e));
}

#endif
