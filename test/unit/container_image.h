/* A small object in memory for tests of loaders: three functions that call each other,
 * data with a relocation, a .bss and symbols. Tests change it as they need. */
#ifndef TEST_UNIT_CONTAINER_IMAGE_H
#define TEST_UNIT_CONTAINER_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <elf.h>

enum { EM_BPF_MACHINE = 247 };

/* Sections of the object by index. */
enum { NONE, STRTAB, TEXT, PROG, DATA, REL_DATA, BSS, SYMTAB, SECTIONS };

/* Its symbols by index. */
enum { SYM_NONE, SYM_LEAF, SYM_MAIN, SYM_TAIL, SYM_VALUE, SYM_EXTERN, SYMBOLS };

/* The object, with the places that tests change. */
struct image {
    Elf64_Ehdr header;
    uint8_t prog[80];
    uint8_t data[8];
    Elf64_Rel rel_data[1];
    Elf64_Sym symbols[SYMBOLS];
    char strings[80];
    Elf64_Shdr sections[SECTIONS];
};

/*  0 leaf: w0 = 7
 *  1       exit
 *  2 main: call leaf
 *  3       r1 = tail ll
 *  5       call tail
 *  6       exit
 *  7 tail: call leaf
 *  8       call main
 *  9       exit */
static const uint8_t prog_code[80] = {
    0xb4, 0x00, 0, 0, 0x07, 0x00, 0x00, 0x00, 0x95, 0,    0, 0, 0,    0,    0,    0,
    0x85, 0x10, 0, 0, 0xfd, 0xff, 0xff, 0xff, 0x18, 0x41, 0, 0, 3,    0,    0,    0,
    0,    0,    0, 0, 0,    0,    0,    0,    0x85, 0x10, 0, 0, 1,    0,    0,    0,
    0x95, 0,    0, 0, 0,    0,    0,    0,    0x85, 0x10, 0, 0, 0xf8, 0xff, 0xff, 0xff,
    0x85, 0x10, 0, 0, 0xf9, 0xff, 0xff, 0xff, 0x95, 0,    0, 0, 0,    0,    0,    0,
};

/*  0 main: call leaf
 *  1       r1 = tail ll
 *  3       call tail
 *  4       exit
 *  5 leaf: w0 = 7
 *  6       exit
 *  7 tail: call leaf
 *  8       call main
 *  9       exit */
static const uint8_t main_first[80] = {
    0x85, 0x10, 0, 0, 4,    0,    0,    0,    0x18, 0x41, 0, 0, 5,    0,    0,    0,
    0,    0,    0, 0, 0,    0,    0,    0,    0x85, 0x10, 0, 0, 3,    0,    0,    0,
    0x95, 0,    0, 0, 0,    0,    0,    0,    0xb4, 0,    0, 0, 7,    0,    0,    0,
    0x95, 0,    0, 0, 0,    0,    0,    0,    0x85, 0x10, 0, 0, 0xfd, 0xff, 0xff, 0xff,
    0x85, 0x10, 0, 0, 0xf7, 0xff, 0xff, 0xff, 0x95, 0,    0, 0, 0,    0,    0,    0,
};

/* All names, of sections and symbols. */
static const char names[80] =
    "\0.strtab\0.text\0prog\0.data\0.rel.data\0.bss\0.symtab\0leaf\0main\0tail\0"
    "value\0out";

static uint32_t name_of(const char *name)
{
    for (size_t at = 0; at < sizeof(names); at += strlen(names + at) + 1) {
        if (!strcmp(names + at, name))
            return (uint32_t)at;
    }
    return UINT32_MAX;
}

static Elf64_Shdr section(const char *name, uint32_t type, uint64_t flags, size_t offset,
                          size_t size)
{
    return (Elf64_Shdr){ .sh_name = name_of(name),
                         .sh_type = type,
                         .sh_flags = flags,
                         .sh_offset = offset,
                         .sh_size = size,
                         .sh_addralign = 8 };
}

static Elf64_Sym symbol(const char *name, int bind, int type, uint16_t index,
                        uint64_t value, uint64_t size)
{
    return (Elf64_Sym){ .st_name = name_of(name),
                        .st_info = (unsigned char)(bind << 4 | type),
                        .st_shndx = index,
                        .st_value = value,
                        .st_size = size };
}

static void fill_sections(struct image *o)
{
    size_t data = offsetof(struct image, data), rel = offsetof(struct image, rel_data);
    size_t symbols = offsetof(struct image, symbols);

    o->sections[STRTAB] = section(".strtab", SHT_STRTAB, 0,
                                  offsetof(struct image, strings), sizeof(o->strings));
    o->sections[TEXT] = section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 64, 0);
    o->sections[PROG] =
        section("prog", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 64, sizeof(o->prog));
    o->sections[DATA] =
        section(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, data, sizeof(o->data));
    o->sections[REL_DATA] = section(".rel.data", SHT_REL, 0, rel, sizeof(o->rel_data));
    o->sections[REL_DATA].sh_entsize = sizeof(Elf64_Rel);
    o->sections[REL_DATA].sh_link = SYMTAB;
    o->sections[REL_DATA].sh_info = DATA;
    o->sections[BSS] = section(".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, data, 64);
    o->sections[SYMTAB] = section(".symtab", SHT_SYMTAB, 0, symbols, sizeof(o->symbols));
    o->sections[SYMTAB].sh_entsize = sizeof(Elf64_Sym);
    o->sections[SYMTAB].sh_link = STRTAB;
    o->sections[SYMTAB].sh_info = SYM_MAIN;
}

static struct image image(void)
{
    struct image o;

    memset(&o, 0, sizeof(o));
    memcpy(o.header.e_ident, ELFMAG, SELFMAG);
    o.header.e_ident[EI_CLASS] = ELFCLASS64;
    o.header.e_ident[EI_DATA] = ELFDATA2LSB;
    o.header.e_ident[EI_VERSION] = EV_CURRENT;
    o.header.e_type = ET_REL;
    o.header.e_machine = EM_BPF_MACHINE;
    o.header.e_version = EV_CURRENT;
    o.header.e_shoff = offsetof(struct image, sections);
    o.header.e_ehsize = sizeof(Elf64_Ehdr);
    o.header.e_shentsize = sizeof(Elf64_Shdr);
    o.header.e_shnum = SECTIONS;
    o.header.e_shstrndx = STRTAB;
    memcpy(o.prog, prog_code, sizeof(o.prog));
    memcpy(o.strings, names, sizeof(o.strings));
    o.symbols[SYM_LEAF] = symbol("leaf", STB_LOCAL, STT_FUNC, PROG, 0, 16);
    o.symbols[SYM_MAIN] = symbol("main", STB_GLOBAL, STT_FUNC, PROG, 16, 40);
    o.symbols[SYM_TAIL] = symbol("tail", STB_LOCAL, STT_FUNC, PROG, 56, 24);
    o.symbols[SYM_VALUE] = symbol("value", STB_GLOBAL, STT_OBJECT, DATA, 0, 8);
    o.symbols[SYM_EXTERN] = symbol("out", STB_GLOBAL, STT_FUNC, SHN_UNDEF, 0, 0);
    fill_sections(&o);
    return o;
}

#endif
