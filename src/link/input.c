/* Opening an input: its sections, types and records of instructions. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "link/parts.h"

/* ---- Faults ---------------------------------------------------------------------- */

enum skep_code sk_link_fail(const struct sk_link_file *file, struct skep_err *err,
                            const char *format, ...)
{
    char what[SKEP_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return sk_fail(err, E_LINK, sk_at_nothing(), file->name, what);
}

enum skep_code sk_link_fail_section(const struct sk_link_file *file,
                                    const struct sk_elf_section *section, uint64_t at,
                                    struct skep_err *err, const char *format, ...)
{
    char what[SKEP_MESSAGE_MAX], buf[SK_SHOWN_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return sk_link_fail(file, err, "section '%s' (index %u), offset 0x%llx: %s",
                        sk_shown(buf, section->name), section->index,
                        (unsigned long long)at, what);
}

enum skep_code sk_link_named(const struct sk_link_file *file, enum skep_code code,
                             struct skep_err *err)
{
    char what[SKEP_MESSAGE_MAX];

    if (!code || code == SKEP_E_NO_MEMORY || !err)
        return code;
    memcpy(what, err->message, sizeof(what));
    snprintf(err->message, sizeof(err->message), "%s: %.*s", file->name,
             (int)(SKEP_MESSAGE_MAX - SK_LINK_NAME_MAX - 3), what);
    return code;
}

/* A file's name for messages: of a long path the end, which tells more. */
static void set_name(struct sk_link_file *file, const char *name)
{
    size_t len = name ? strlen(name) : 0;

    if (len >= SK_LINK_NAME_MAX) {
        memcpy(file->name, "...", 3);
        sk_escape(file->name + 3, SK_LINK_NAME_MAX - 3,
                  name + len - (SK_LINK_NAME_MAX - 4), SK_LINK_NAME_MAX - 4);
    } else {
        sk_escape(file->name, SK_LINK_NAME_MAX, name ? name : "", len);
    }
}

/* ---- Types ----------------------------------------------------------------------- */

static struct sk_btf_source source_of(const struct sk_elf_section *section)
{
    return (struct sk_btf_source){ section->name, section->index, section->offset };
}

/* Finds .BTF and .BTF.ext; index 0: there is none. */
static enum skep_code find_types(const struct sk_link_file *file, uint32_t *btf,
                                 uint32_t *ext, struct skep_err *err)
{
    for (uint32_t i = 1; i < file->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&file->elf, i);
        uint32_t *found = !strcmp(section.name, ".BTF")       ? btf
                          : !strcmp(section.name, ".BTF.ext") ? ext
                                                              : NULL;

        if (!found || section.type != SK_SHT_PROGBITS)
            continue;
        if (*found)
            return sk_link_fail_section(file, &section, section.header, err,
                                        "it is there twice, one was expected");
        *found = i;
    }
    return SKEP_OK;
}

static enum skep_code open_types(struct sk_link *l, struct sk_link_file *file,
                                 struct skep_err *err)
{
    uint32_t btf = 0, ext = 0;
    struct sk_elf_section section;
    struct sk_btf_source source;

    SK_TRY(find_types(file, &btf, &ext, err));
    if (!btf)
        return SKEP_OK;
    section = sk_elf_section(&file->elf, btf);
    source = source_of(&section);
    SK_TRY(
        sk_link_named(file,
                      sk_btf_open(&file->btf, l->mem, sk_elf_bytes(&file->elf, &section),
                                  section.size, NULL, &source, err),
                      err));
    file->has_btf = 1;
    if (!ext)
        return SKEP_OK;
    section = sk_elf_section(&file->elf, ext);
    source = source_of(&section);
    SK_TRY(sk_link_named(file,
                         sk_btf_ext_open(&file->ext, &file->btf,
                                         sk_elf_bytes(&file->elf, &section), section.size,
                                         &source, err),
                         err));
    file->has_ext = 1;
    return SKEP_OK;
}

/* Whether other files can refer to it. */
static int is_shared(const struct sk_btf_type *type)
{
    return (type->kind == SK_BTF_VAR && sk_btf_var_linkage(type) != SK_BTF_STATIC) ||
           (type->kind == SK_BTF_FUNC && type->vlen != SK_BTF_STATIC);
}

/* Notes the VARs and FUNCs by name, and which DATASEC each is in. */
static enum skep_code index_types(struct sk_link *l, struct sk_link_file *file,
                                  struct skep_err *err)
{
    uint32_t count = sk_btf_count(&file->btf);

    SK_TRY(sk_arena_new(&l->arena, &file->datasec, count, sizeof(uint32_t), err));
    for (uint32_t id = 1; id < count; id++) {
        struct sk_btf_type type = sk_btf_type(&file->btf, id);

        if (is_shared(&type) && !sk_names_add(&file->types, type.name, id))
            return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(type));
        for (uint32_t i = 0; type.kind == SK_BTF_DATASEC && i < type.vlen; i++)
            file->datasec[sk_btf_secvar(&type, i).type] = id;
    }
    return SKEP_OK;
}

enum skep_code sk_link_open(struct sk_link *l, struct sk_link_file *file,
                            const struct skep_link_input *input, struct skep_err *err)
{
    set_name(file, input->name);
    SK_TRY(
        sk_link_named(file, sk_elf_open(&file->elf, input->data, input->len, err), err));
    if (!file->elf.symbol_table)
        return sk_link_fail(file, err, "there is no symbol table");
    SK_TRY(sk_link_check_sections(file, err));
    SK_TRY(open_types(l, file, err));
    SK_TRY(sk_link_check_names(file, err));
    SK_TRY(sk_arena_new(&l->arena, &file->sections, file->elf.section_count,
                        sizeof(file->sections[0]), err));
    SK_TRY(sk_arena_new(&l->arena, &file->symbols, file->elf.symbol_count,
                        sizeof(uint32_t), err));
    SK_TRY(sk_arena_new(&l->arena, &file->symbol_types, file->elf.symbol_count,
                        sizeof(uint32_t), err));
    return index_types(l, file, err);
}
