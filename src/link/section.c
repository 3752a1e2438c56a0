/* Which sections of the inputs are linked, and where each comes to lie in the output. */
#include <string.h>

#include "base/bits.h"
#include "isa/isa.h"
#include "link/parts.h"

enum { ALIGN_MAX = 4096 };

/* More would not do: instructions refer to it by 32 bits. */
static const uint64_t size_max = INT32_MAX;

/* ---- Which ----------------------------------------------------------------------- */

/* What debuggers and other tools look at, not those who load programs. */
static int is_about(const char *name)
{
    static const char *const beginnings[] = { ".debug", ".note",    ".llvm",
                                              ".gnu",   ".comment", ".eh_frame" };

    if (!strcmp(name, ".BTF") || !strcmp(name, ".BTF.ext"))
        return 1;
    for (size_t i = 0; i < SK_LEN(beginnings); i++) {
        if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
            return 1;
    }
    return 0;
}

static enum skep_code find_role(const struct sk_link_file *file,
                                const struct sk_elf_section *section,
                                enum sk_link_role *role, struct skep_err *err)
{
    *role = SK_LINK_LEFT_OUT;
    switch (section->type) {
    case SK_SHT_NULL:
    case SK_SHT_STRTAB:
    case SK_SHT_SYMTAB:
    case SK_SHT_NOTE:
        return SKEP_OK;
    case SK_SHT_REL:
    case SK_SHT_RELA:
        *role = SK_LINK_RELOCS;
        return SKEP_OK;
    case SK_SHT_PROGBITS:
    case SK_SHT_NOBITS:
        if (!is_about(section->name) &&
            (section->size || strcmp(section->name, ".text") != 0))
            *role = SK_LINK_KEPT;
        return SKEP_OK;
    default:
        if (is_about(section->name))
            return SKEP_OK;
        return sk_link_fail_section(file, section, section->header, err,
                                    "its type is 0x%x, that of data, code, symbols or "
                                    "relocations was expected",
                                    section->type);
    }
}

static enum skep_code check_kept(const struct sk_link_file *file,
                                 const struct sk_elf_section *section,
                                 struct skep_err *err)
{
    uint64_t align = section->align;
    const char *why = NULL;

    if (align > ALIGN_MAX || (align & (align - 1)))
        why = "its alignment is odd, a power of two up to 4096 was expected";
    else if (section->size > size_max)
        why = "it has 2 GiB or more";
    else if (section->flags & (SK_SHF_COMPRESSED | SK_SHF_GROUP | SK_SHF_TLS))
        why = "it is compressed, in a group or of threads, which is not supported";
    else if (section->flags & SK_SHF_EXECINSTR &&
             (section->type != SK_SHT_PROGBITS || section->size % SK_SLOT_BYTES))
        why = "it holds code, but no whole number of 8-byte slots";
    if (!why)
        return SKEP_OK;
    return sk_link_fail_section(file, section, section->header, err, "%s", why);
}

/* ---- Where ----------------------------------------------------------------------- */

/* The output's section of that name, made if need be. SK_LINK_NO_SECTION: no memory. */
static uint32_t section_of(struct sk_link *l, uint32_t file, const char *name)
{
    const uint32_t *there = sk_names_add(&l->section_names, name, l->section_count);

    if (!there)
        return SK_LINK_NO_SECTION;
    if (*there == l->section_count)
        l->sections[l->section_count++] =
            (struct sk_link_section){ .name = name, .file = file, .align = 1 };
    return *there;
}

/* Sections of which files have the same, if they have any. */
static int is_common(const char *name)
{
    return !strcmp(name, "license") || !strcmp(name, "version");
}

static enum skep_code check_same(const struct sk_link *l, const struct sk_link_file *file,
                                 const struct sk_elf_section *section,
                                 const struct sk_link_section *out, struct skep_err *err)
{
    const char *what = out->type != section->type         ? "type"
                       : out->flags != section->flags     ? "flags"
                       : out->entsize != section->entsize ? "entries' size"
                                                          : NULL;

    if (!what)
        return SKEP_OK;
    return sk_link_fail_section(file, section, section->header, err,
                                "its %s differs from that in %s", what,
                                l->files[out->file].name);
}

/* The file's section becomes the output's, or follows what is in that already. */
static enum skep_code append(struct sk_link *l, uint32_t number,
                             const struct sk_elf_section *section, struct skep_err *err)
{
    struct sk_link_file *file = &l->files[number];
    struct sk_link_in_section *in = &file->sections[section->index];
    struct sk_link_section *out = &l->sections[in->out];

    if (out->type == SK_SHT_NULL) {
        out->type = section->type;
        out->flags = section->flags;
        out->entsize = section->entsize;
        out->file = number;
    } else {
        SK_TRY(check_same(l, file, section, out, err));
        if (is_common(section->name)) {
            in->role = SK_LINK_REPEATED;
            return SKEP_OK;
        }
    }
    if (out->align < section->align)
        out->align = section->align;
    in->offset = (out->size + out->align - 1) & ~(out->align - 1);
    if (section->size > size_max - in->offset)
        return sk_link_fail_section(file, section, section->header, err,
                                    "all of that name have 2 GiB or more");
    out->size = in->offset + section->size;
    return SKEP_OK;
}

/* Notes the file's section of that name, for records that know names only. */
static enum skep_code note_name(struct sk_link_file *file,
                                const struct sk_elf_section *section,
                                struct skep_err *err)
{
    uint32_t *there = sk_names_add(&file->names, section->name, section->index);

    if (!there)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*there));
    if (*there != section->index)
        *there = SK_LINK_AMBIGUOUS;
    return SKEP_OK;
}

/* Sections that only types know of, as .ksyms. */
static enum skep_code add_datasecs(struct sk_link *l, uint32_t number,
                                   struct skep_err *err)
{
    const struct sk_btf *btf = &l->files[number].btf;

    for (uint32_t id = 1; id < sk_btf_count(btf); id++) {
        struct sk_btf_type type = sk_btf_type(btf, id);

        if (type.kind == SK_BTF_DATASEC &&
            section_of(l, number, type.name) == SK_LINK_NO_SECTION)
            return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(l->sections[0]));
    }
    return SKEP_OK;
}

static enum skep_code lay_out_file(struct sk_link *l, uint32_t number,
                                   struct skep_err *err)
{
    struct sk_link_file *file = &l->files[number];

    for (uint32_t i = 1; i < file->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&file->elf, i);
        struct sk_link_in_section *in = &file->sections[i];

        SK_TRY(find_role(file, &section, &in->role, err));
        if (in->role != SK_LINK_KEPT)
            continue;
        SK_TRY(check_kept(file, &section, err));
        SK_TRY(note_name(file, &section, err));
        in->out = section_of(l, number, section.name);
        if (in->out == SK_LINK_NO_SECTION)
            return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*in));
        SK_TRY(append(l, number, &section, err));
    }
    return add_datasecs(l, number, err);
}

/* ---- Bytes ----------------------------------------------------------------------- */

/* What lies between code of two files is code that does nothing: goto +0. */
static void fill_code(struct sk_link_section *out)
{
    for (uint64_t at = 0; at < out->size; at += SK_SLOT_BYTES)
        out->data[at] = sk_isa[SK_OP_JA].opcode;
}

static enum skep_code make_room(struct sk_link *l, struct skep_err *err)
{
    for (uint32_t i = 0; i < l->section_count; i++) {
        struct sk_link_section *out = &l->sections[i];

        if (out->type != SK_SHT_PROGBITS)
            continue;
        SK_TRY(sk_arena_new(&l->arena, &out->data, out->size, 1, err));
        if (out->flags & SK_SHF_EXECINSTR)
            fill_code(out);
    }
    return SKEP_OK;
}

static enum skep_code copy_section(const struct sk_link *l,
                                   const struct sk_link_file *file,
                                   const struct sk_elf_section *section,
                                   struct skep_err *err)
{
    const struct sk_link_in_section *in = &file->sections[section->index];
    const struct sk_link_section *out = &l->sections[in->out];
    const uint8_t *bytes = sk_elf_bytes(&file->elf, section);

    if (!section->size || section->type != SK_SHT_PROGBITS)
        return SKEP_OK;
    if (in->role == SK_LINK_KEPT)
        memcpy(out->data + in->offset, bytes, section->size);
    else if (section->size != out->size || memcmp(out->data, bytes, out->size) != 0)
        return sk_link_fail_section(file, section, section->offset, err,
                                    "it differs from that in %s",
                                    l->files[out->file].name);
    return SKEP_OK;
}

static enum skep_code copy_file(const struct sk_link *l, const struct sk_link_file *file,
                                struct skep_err *err)
{
    for (uint32_t i = 1; i < file->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&file->elf, i);
        enum sk_link_role role = file->sections[i].role;

        if (role == SK_LINK_KEPT || role == SK_LINK_REPEATED)
            SK_TRY(copy_section(l, file, &section, err));
    }
    return SKEP_OK;
}

enum skep_code sk_link_lay_out(struct sk_link *l, struct skep_err *err)
{
    size_t most = 0;

    /* each comes from a section, or from a DATASEC without one */
    for (uint32_t f = 0; f < l->file_count; f++)
        most += (size_t)l->files[f].elf.section_count + sk_btf_count(&l->files[f].btf);
    SK_TRY(sk_arena_new(&l->arena, &l->sections, most, sizeof(l->sections[0]), err));
    for (uint32_t f = 0; f < l->file_count; f++)
        SK_TRY(lay_out_file(l, f, err));
    SK_TRY(make_room(l, err));
    for (uint32_t f = 0; f < l->file_count; f++)
        SK_TRY(copy_file(l, &l->files[f], err));
    return SKEP_OK;
}
