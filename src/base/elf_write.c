/* Writing ELF relocatable objects. */
#include "base/elf_write.h"

#include "base/bits.h"

void sk_elf_begin(struct sk_blob *blob)
{
    const Elf64_Ehdr later = { .e_ident = { 0 } };

    sk_blob_add(blob, &later, sizeof(later));
}

Elf64_Shdr sk_elf_section_begin(struct sk_blob *blob, uint32_t type, uint64_t flags,
                                uint64_t align)
{
    sk_blob_align(blob, 0, align, 0);
    return (Elf64_Shdr){
        .sh_type = type, .sh_flags = flags, .sh_offset = blob->len, .sh_addralign = align
    };
}

void sk_elf_section_end(const struct sk_blob *blob, Elf64_Shdr *section)
{
    section->sh_size = blob->len - section->sh_offset;
}

void sk_elf_put_symbol(struct sk_blob *blob, const Elf64_Sym *symbol)
{
    const Elf64_Sym in_file = {
        .st_name = sk_le32(symbol->st_name),
        .st_info = symbol->st_info,
        .st_other = symbol->st_other,
        .st_shndx = sk_le16(symbol->st_shndx),
        .st_value = sk_le64(symbol->st_value),
        .st_size = sk_le64(symbol->st_size),
    };

    sk_blob_add(blob, &in_file, sizeof(in_file));
}

static void put_section(struct sk_blob *blob, const Elf64_Shdr *header)
{
    const Elf64_Shdr in_file = {
        .sh_name = sk_le32(header->sh_name),
        .sh_type = sk_le32(header->sh_type),
        .sh_flags = sk_le64(header->sh_flags),
        .sh_offset = sk_le64(header->sh_offset),
        .sh_size = sk_le64(header->sh_size),
        .sh_link = sk_le32(header->sh_link),
        .sh_info = sk_le32(header->sh_info),
        .sh_addralign = sk_le64(header->sh_addralign),
        .sh_entsize = sk_le64(header->sh_entsize),
    };

    sk_blob_add(blob, &in_file, sizeof(in_file));
}

void sk_elf_finish(struct sk_blob *blob, uint16_t machine, const Elf64_Shdr *headers,
                   size_t count, size_t names)
{
    Elf64_Ehdr header = {
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                     EV_CURRENT },
        .e_type = sk_le16(ET_REL),
        .e_machine = sk_le16(machine),
        .e_version = sk_le32(EV_CURRENT),
        .e_ehsize = sk_le16(sizeof(header)),
        .e_shentsize = sk_le16(sizeof(Elf64_Shdr)),
        .e_shnum = sk_le16((uint16_t)count),
        .e_shstrndx = sk_le16((uint16_t)names),
    };

    sk_blob_align(blob, 0, 8, 0);
    header.e_shoff = sk_le64(blob->len);
    for (size_t i = 0; i < count; i++)
        put_section(blob, &headers[i]);
    sk_blob_patch(blob, 0, &header, sizeof(header));
}
