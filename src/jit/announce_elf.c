/* An ELF file that describes code which lies elsewhere, for GDB:
 *
 *     header | .symtab | .strtab | .debug_frame | .shstrtab | section headers
 *
 * and .text, which has no bytes in the file, only the code's address and length. As in an
 * executable file, all addresses are final. */
#include <elf.h>
#include <string.h>

#include "base/bits.h"
#include "jit/announce_ways.h"

enum { TEXT = 1, SYMTAB, STRTAB, FRAME, SHSTRTAB, SECTIONS };

static const char *const names[SECTIONS] = { "",        ".text",        ".symtab",
                                             ".strtab", ".debug_frame", ".shstrtab" };

/* ELF asks for a first symbol that is none, and for local ones before the others; all
 * others here are global. */
static void add_symbols(struct sk_blob *blob, const struct sk_announce_code *code)
{
    const Elf64_Sym none = { 0 };
    uint32_t name = 1;

    sk_blob_add(blob, &none, sizeof(none));
    for (size_t i = 0; i < code->symbol_count; i++) {
        const struct sk_announce_symbol *symbol = &code->symbols[i];
        const Elf64_Sym entry = {
            .st_name = name,
            .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
            .st_shndx = TEXT,
            .st_value = (uint64_t)(uintptr_t)code->address + symbol->offset,
            .st_size = symbol->size,
        };

        sk_blob_add(blob, &entry, sizeof(entry));
        name += (uint32_t)strlen(symbol->name) + 1;
    }
}

static void add_symbol_names(struct sk_blob *blob, const struct sk_announce_code *code)
{
    sk_blob_8(blob, 0);
    for (size_t i = 0; i < code->symbol_count; i++)
        sk_blob_text(blob, code->symbols[i].name);
}

static void begin_section(struct sk_blob *blob, Elf64_Shdr *section)
{
    sk_blob_align(blob, 0, 8, 0);
    section->sh_addralign = 8;
    section->sh_offset = blob->len;
}

static void end_section(const struct sk_blob *blob, Elf64_Shdr *section)
{
    section->sh_size = blob->len - section->sh_offset;
}

/* The sections' contents; *headers become true but for their names. */
static void add_sections(struct sk_blob *blob, const struct sk_announce_code *code,
                         Elf64_Shdr headers[SECTIONS])
{
    headers[TEXT] = (Elf64_Shdr){
        .sh_type = SHT_NOBITS,
        .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
        .sh_addr = (uint64_t)(uintptr_t)code->address,
        .sh_offset = sizeof(Elf64_Ehdr),
        .sh_size = code->len,
        .sh_addralign = 16,
    };
    headers[SYMTAB] = (Elf64_Shdr){
        .sh_type = SHT_SYMTAB,
        .sh_link = STRTAB,
        .sh_info = 1, /* the first that is not local */
        .sh_entsize = sizeof(Elf64_Sym),
    };
    begin_section(blob, &headers[SYMTAB]);
    add_symbols(blob, code);
    end_section(blob, &headers[SYMTAB]);

    headers[STRTAB] = (Elf64_Shdr){ .sh_type = SHT_STRTAB };
    begin_section(blob, &headers[STRTAB]);
    add_symbol_names(blob, code);
    end_section(blob, &headers[STRTAB]);

    headers[FRAME] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS };
    begin_section(blob, &headers[FRAME]);
    sk_announce_frame(blob, code);
    end_section(blob, &headers[FRAME]);
}

static void add_section_names(struct sk_blob *blob, Elf64_Shdr headers[SECTIONS])
{
    headers[SHSTRTAB] = (Elf64_Shdr){ .sh_type = SHT_STRTAB };
    begin_section(blob, &headers[SHSTRTAB]);
    for (size_t i = 0; i < SECTIONS; i++) {
        headers[i].sh_name = (uint32_t)(blob->len - headers[SHSTRTAB].sh_offset);
        sk_blob_text(blob, names[i]);
    }
    end_section(blob, &headers[SHSTRTAB]);
}

void sk_announce_elf(struct sk_blob *blob, const struct sk_announce_code *code)
{
    Elf64_Ehdr header = {
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
                     SK_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_EXEC,
        .e_machine = SK_ELF_MACHINE,
        .e_version = EV_CURRENT,
        .e_ehsize = sizeof(header),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = SECTIONS,
        .e_shstrndx = SHSTRTAB,
    };
    Elf64_Shdr headers[SECTIONS] = { 0 };

    sk_blob_add(blob, &header, sizeof(header));
    add_sections(blob, code, headers);
    add_section_names(blob, headers);
    sk_blob_align(blob, 0, 8, 0);
    header.e_shoff = blob->len;
    sk_blob_add(blob, headers, sizeof(headers));
    sk_blob_patch(blob, 0, &header, sizeof(header));
}
