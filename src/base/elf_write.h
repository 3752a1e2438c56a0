/* Writing ELF relocatable objects: 64 bits, little-endian, whatever this machine is
 * (System V ABI, chapter 4).
 *
 *     sk_elf_begin(blob);
 *     header = sk_elf_section_begin(blob, SHT_PROGBITS, SHF_ALLOC, 8);
 *     ... the section's bytes ...
 *     sk_elf_section_end(blob, &header);
 *     sk_elf_finish(blob, machine, headers, count, names);
 *
 * Headers of sections are in the host's order until sk_elf_finish writes them. */
#ifndef SK_BASE_ELF_WRITE_H
#define SK_BASE_ELF_WRITE_H

#include <elf.h>

#include "base/blob.h"

/* Leaves room for the header. */
void sk_elf_begin(struct sk_blob *blob);

/* Sections begin and end with the blob. */
Elf64_Shdr sk_elf_section_begin(struct sk_blob *blob, uint32_t type, uint64_t flags,
                                uint64_t align);
void sk_elf_section_end(const struct sk_blob *blob, Elf64_Shdr *section);

void sk_elf_put_symbol(struct sk_blob *blob, const Elf64_Sym *symbol);

/* Writes the headers; section `names` has the names of sections. `count` is below
 * SHN_LORESERVE. */
void sk_elf_finish(struct sk_blob *blob, uint16_t machine, const Elf64_Shdr *headers,
                   size_t count, size_t names);

#endif
