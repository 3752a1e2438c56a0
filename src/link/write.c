/* Writing the output: names, symbols (local ones first), sections, their relocations,
 * types.
 *
 * All names, of symbols and of sections, are in .strtab, which comes last but for the
 * headers. */
#include "base/bits.h"
#include "base/elf_write.h"
#include "base/sort.h"
#include "link/parts.h"

enum { STRTAB = 1, SYMTAB = 2, FIRST = 3 };

struct writer {
    struct sk_link *l;
    struct sk_blob *blob;
    struct sk_blob strings;
    struct sk_names names; /* what is in strings */
    Elf64_Shdr *headers;
    uint32_t count;
    uint32_t *relocs; /* by section */
};

/* ---- Names ----------------------------------------------------------------------- */

static uint32_t name_at(struct writer *w, const char *name)
{
    uint32_t offset = (uint32_t)w->strings.len;
    const uint32_t *there = sk_names_add(&w->names, name, offset);

    if (!there) {
        w->strings.failed = 1;
        return 0;
    }
    if (*there == offset)
        sk_blob_text(&w->strings, name);
    return *there;
}

/* The name of relocations: ".rel" and that of the section. */
static uint32_t rel_name_at(struct writer *w, const char *name)
{
    uint32_t offset = (uint32_t)w->strings.len;

    sk_blob_add(&w->strings, ".rel", 4);
    sk_blob_text(&w->strings, name);
    return offset;
}

/* ---- Numbers --------------------------------------------------------------------- */

static enum skep_code number_sections(struct writer *w, struct skep_err *err)
{
    struct sk_link *l = w->l;
    uint32_t index = FIRST;

    for (uint32_t i = 0; i < l->section_count; i++) {
        if (l->sections[i].type != SK_SHT_NULL)
            l->sections[i].index = index++;
    }
    /* each may have relocations, and .BTF and .BTF.ext come after them */
    if (2 * (uint64_t)index + 2 >= SK_SHN_LORESERVE)
        return sk_fail(err, E_FORMAT, sk_at_nothing(),
                       "the output would have more sections than fit in its header");
    return sk_arena_new(&l->arena, &w->headers, 2 * (size_t)index + 2,
                        sizeof(w->headers[0]), err);
}

/* Returns how many local ones there are. */
static uint32_t number_symbols(struct sk_link *l)
{
    uint32_t index = 1, locals;

    for (uint32_t i = 1; i < l->symbol_count; i++) {
        if (l->symbols[i].bind == SK_STB_LOCAL)
            l->symbols[i].index = index++;
    }
    locals = index;
    for (uint32_t i = 1; i < l->symbol_count; i++) {
        if (l->symbols[i].bind != SK_STB_LOCAL)
            l->symbols[i].index = index++;
    }
    return locals;
}

/* ---- Symbols --------------------------------------------------------------------- */

static void put_symbol(struct writer *w, const struct sk_link_symbol *s)
{
    Elf64_Sym symbol = {
        .st_name = name_at(w, s->name),
        .st_info = (uint8_t)ELF64_ST_INFO(s->bind, s->type),
        .st_other = s->visibility,
        .st_shndx = SK_SHN_UNDEF,
        .st_value = s->value,
        .st_size = s->size,
    };

    if (s->section == SK_LINK_ABSOLUTE)
        symbol.st_shndx = SK_SHN_ABS;
    else if (s->section != SK_LINK_NO_SECTION)
        symbol.st_shndx = (uint16_t)w->l->sections[s->section].index;
    sk_elf_put_symbol(w->blob, &symbol);
}

static void put_symbols(struct writer *w)
{
    const struct sk_link *l = w->l;
    uint32_t locals = number_symbols(w->l);
    Elf64_Shdr *header = &w->headers[SYMTAB];

    *header = sk_elf_section_begin(w->blob, SK_SHT_SYMTAB, 0, 8);
    header->sh_name = name_at(w, ".symtab");
    header->sh_link = STRTAB;
    header->sh_info = locals;
    header->sh_entsize = sizeof(Elf64_Sym);
    sk_elf_put_symbol(w->blob, &(const Elf64_Sym){ .st_name = 0 });
    for (uint32_t i = 1; i < l->symbol_count; i++) {
        if (l->symbols[i].bind == SK_STB_LOCAL)
            put_symbol(w, &l->symbols[i]);
    }
    for (uint32_t i = 1; i < l->symbol_count; i++) {
        if (l->symbols[i].bind != SK_STB_LOCAL)
            put_symbol(w, &l->symbols[i]);
    }
    sk_elf_section_end(w->blob, header);
}

/* ---- Sections -------------------------------------------------------------------- */

static void put_section(struct writer *w, const struct sk_link_section *section)
{
    Elf64_Shdr *header = &w->headers[section->index];

    *header =
        sk_elf_section_begin(w->blob, section->type, section->flags, section->align);
    header->sh_name = name_at(w, section->name);
    header->sh_entsize = section->entsize;
    if (section->data)
        sk_blob_add(w->blob, section->data, section->size);
    header->sh_size = section->size;
    w->count = section->index + 1;
}

static int by_section(const void *ctx, uint32_t a, uint32_t b)
{
    const struct sk_link_reloc *x = (const struct sk_link_reloc *)ctx + a;
    const struct sk_link_reloc *y = (const struct sk_link_reloc *)ctx + b;

    return x->section < y->section ? -1 : x->section > y->section;
}

static void put_relocs(struct writer *w, const uint32_t *relocs, uint32_t count)
{
    const struct sk_link *l = w->l;
    const struct sk_link_section *section = &l->sections[l->relocs[relocs[0]].section];
    Elf64_Shdr *header = &w->headers[w->count++];

    *header = sk_elf_section_begin(w->blob, SK_SHT_REL, SHF_INFO_LINK, 8);
    header->sh_name = rel_name_at(w, section->name);
    header->sh_link = SYMTAB;
    header->sh_info = section->index;
    header->sh_entsize = sizeof(Elf64_Rel);
    for (uint32_t i = 0; i < count; i++) {
        const struct sk_link_reloc *reloc = &l->relocs[relocs[i]];
        uint64_t symbol = l->symbols[reloc->symbol].index;

        sk_blob_64(w->blob, sk_le64(reloc->offset));
        sk_blob_64(w->blob, sk_le64(ELF64_R_INFO(symbol, reloc->type)));
    }
    sk_elf_section_end(w->blob, header);
}

static enum skep_code put_all_relocs(struct writer *w, struct skep_err *err)
{
    struct sk_link *l = w->l;
    uint32_t first = 0;

    SK_TRY(sk_arena_new(&l->arena, &w->relocs, l->reloc_count, sizeof(uint32_t), err));
    for (uint32_t i = 0; i < l->reloc_count; i++)
        w->relocs[i] = i;
    sk_sort_numbers(w->relocs, l->reloc_count, by_section, l->relocs);
    for (uint32_t i = 1; i <= l->reloc_count; i++) {
        if (i < l->reloc_count &&
            l->relocs[w->relocs[i]].section == l->relocs[w->relocs[first]].section)
            continue;
        put_relocs(w, w->relocs + first, i - first);
        first = i;
    }
    return SKEP_OK;
}

static void put_bytes(struct writer *w, const char *name, const struct sk_blob *bytes)
{
    Elf64_Shdr *header = &w->headers[w->count++];

    *header = sk_elf_section_begin(w->blob, SK_SHT_PROGBITS, 0, 8);
    header->sh_name = name_at(w, name);
    sk_blob_add(w->blob, bytes->data, bytes->len);
    sk_elf_section_end(w->blob, header);
}

static void put_strings(struct writer *w)
{
    Elf64_Shdr *header = &w->headers[STRTAB];
    uint32_t name = name_at(w, ".strtab");

    *header = sk_elf_section_begin(w->blob, SK_SHT_STRTAB, SK_SHF_STRINGS, 1);
    header->sh_name = name;
    sk_blob_add(w->blob, w->strings.data, w->strings.len);
    w->blob->failed |= w->strings.failed;
    sk_elf_section_end(w->blob, header);
}

/* ---- The file -------------------------------------------------------------------- */

static int has_types(const struct sk_link *l)
{
    for (uint32_t f = 0; f < l->file_count; f++) {
        if (l->files[f].has_btf)
            return 1;
    }
    return 0;
}

static int has_records(const struct sk_link *l)
{
    for (uint32_t f = 0; f < l->file_count; f++) {
        if (l->files[f].has_ext)
            return 1;
    }
    return 0;
}

static enum skep_code write_file(struct writer *w, struct skep_err *err)
{
    const struct sk_link *l = w->l;

    SK_TRY(number_sections(w, err));
    w->count = FIRST;
    name_at(w, "");
    sk_elf_begin(w->blob);
    put_symbols(w);
    for (uint32_t i = 0; i < l->section_count; i++) {
        if (l->sections[i].type != SK_SHT_NULL)
            put_section(w, &l->sections[i]);
    }
    SK_TRY(put_all_relocs(w, err));
    if (has_types(l))
        put_bytes(w, ".BTF", &l->btf);
    if (has_records(l))
        put_bytes(w, ".BTF.ext", &l->ext);
    put_strings(w);
    if (w->strings.len > UINT32_MAX)
        return sk_fail(err, E_FORMAT, sk_at_nothing(), "more than 4 GiB of names");
    SK_TRY(sk_link_check_output(l, w->strings.len, err));
    sk_elf_finish(w->blob, EM_BPF, w->headers, w->count, STRTAB);
    return sk_blob_check(w->blob, err);
}

enum skep_code sk_link_write(struct sk_link *l, struct sk_blob *blob,
                             struct skep_err *err)
{
    struct writer w = { .l = l, .blob = blob };
    size_t before = blob->len;
    enum skep_code code;

    sk_blob_init(&w.strings, l->mem);
    sk_names_init(&w.names, l->mem);
    code = write_file(&w, err);
    if (code)
        blob->len = before;
    sk_blob_fini(&w.strings);
    sk_names_fini(&w.names);
    return code;
}
