/* ELF objects for eBPF: relocatable, 64 bits, little-endian (System V ABI, chapter 4).
 *
 * The file is untrusted. sk_elf_open checks the header, every section header and the
 * string tables that it uses, once; what the functions below hand out lies in the file,
 * and names are NUL-terminated. Symbols are checked as they are read. Nothing is
 * allocated, nothing is written, and all that an sk_elf points to is the file, which
 * must outlive it. Sections may overlap: they are only read.
 *
 * Each read goes through one function, get() in elf.c. */
#ifndef SK_LOAD_ELF_H
#define SK_LOAD_ELF_H

#include "base/err.h"

enum sk_elf_type {
    SK_SHT_NULL = 0,
    SK_SHT_PROGBITS = 1,
    SK_SHT_SYMTAB = 2,
    SK_SHT_STRTAB = 3,
    SK_SHT_RELA = 4,
    SK_SHT_NOTE = 7,
    SK_SHT_NOBITS = 8,
    SK_SHT_REL = 9,
};

enum sk_elf_flag {
    SK_SHF_WRITE = 1,
    SK_SHF_ALLOC = 2,
    SK_SHF_EXECINSTR = 4,
    SK_SHF_STRINGS = 0x20,
    SK_SHF_INFO_LINK = 0x40,
    SK_SHF_GROUP = 0x200,
    SK_SHF_TLS = 0x400,
    SK_SHF_COMPRESSED = 0x800,
};

enum { SK_SHN_UNDEF = 0, SK_SHN_LORESERVE = 0xff00, SK_SHN_ABS = 0xfff1 };
enum {
    SK_STT_NOTYPE = 0,
    SK_STT_OBJECT = 1,
    SK_STT_FUNC = 2,
    SK_STT_SECTION = 3,
    SK_STT_FILE = 4,
};
enum { SK_STB_LOCAL = 0, SK_STB_GLOBAL = 1, SK_STB_WEAK = 2 };
enum { SK_STV_DEFAULT = 0, SK_STV_INTERNAL = 1, SK_STV_HIDDEN = 2 };

/* Types of relocations (Documentation/bpf/llvm_reloc.rst). */
enum sk_elf_reloc_type {
    SK_R_BPF_64_64 = 1,       /* the address in a 64-bit load */
    SK_R_BPF_64_ABS64 = 2,    /* the same in data */
    SK_R_BPF_64_ABS32 = 3,    /* in 32 bits */
    SK_R_BPF_64_NODYLD32 = 4, /* in 32 bits of debugging information */
    SK_R_BPF_64_32 = 10,      /* the target of a call */
    SK_R_BPF_DATA_64 = 12,    /* ABS64 of GNU assemblers before 2.41 */
};

struct sk_elf_section {
    uint32_t index;
    const char *name; /* NULL: not known yet */
    uint32_t type;    /* enum sk_elf_type and others */
    uint32_t link, info;
    uint64_t flags; /* enum sk_elf_flag and others */
    uint64_t offset, size, align, entsize;
    uint64_t header; /* where its header is in the file */
};

struct sk_elf_symbol {
    uint32_t index;
    const char *name;
    uint64_t value, size;
    uint32_t section; /* from SK_SHN_LORESERVE: none */
    uint8_t type, bind, visibility;
};

struct sk_elf {
    const uint8_t *data;
    size_t len;
    uint64_t table; /* where the section headers are */
    uint32_t section_count;
    uint32_t names;        /* index of the string table of section names */
    uint32_t symbol_table; /* index of the only symbol table; 0: none */
    uint32_t symbol_names; /* index of its string table */
    uint32_t symbol_count;
};

enum skep_code sk_elf_open(struct sk_elf *elf, const uint8_t *data, size_t len,
                           struct skep_err *err);

/* The same of a file of any machine and type, such as a kernel's. Its symbols are not looked
 * at. */
enum skep_code sk_elf_open_any(struct sk_elf *elf, const uint8_t *data, size_t len,
                               struct skep_err *err);

/* Section `index`, which is less than section_count. */
struct sk_elf_section sk_elf_section(const struct sk_elf *elf, uint32_t index);

/* The same but for the name, which takes as long as the rest. */
struct sk_elf_section sk_elf_nameless(const struct sk_elf *elf, uint32_t index);

/* The bytes of a section that has some in the file. */
const uint8_t *sk_elf_bytes(const struct sk_elf *elf,
                            const struct sk_elf_section *section);

/* Reads symbol `index`, which is less than symbol_count. A function's section holds
 * code, and the function lies in it, whole slots from its start. */
enum skep_code sk_elf_symbol(const struct sk_elf *elf, uint32_t index,
                             struct sk_elf_symbol *out, struct skep_err *err);

/* The offset and symbol of entry `index` of a relocation section. Zeros past the end. */
struct sk_elf_reloc {
    uint64_t offset;
    uint32_t symbol, type;
    uint64_t at; /* where it is in the file */
};
struct sk_elf_reloc sk_elf_reloc(const struct sk_elf *elf,
                                 const struct sk_elf_section *section, uint32_t index);

/* Reports a fault of a section at an offset in the file. */
__attribute__((format(printf, 4, 5))) enum skep_code
sk_elf_fail(const struct sk_elf_section *section, uint64_t at, struct skep_err *err,
            const char *format, ...);

#endif
