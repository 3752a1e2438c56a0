/* Opening an object: sections that have a meaning by name, then what is in them, in the
 * order of object_parts.h. */
#include "load/object.h"
#include "isa/isa.h"

#include <string.h>

#include "base/bits.h"
#include "base/escape.h"
#include "load/object_parts.h"

enum { LICENSE_MAX = 128 }; /* LICENSE_MAX: as Linux has it, with the NUL */

/* ---- Code ------------------------------------------------------------------------------ */

int sk_obj_is_code(const struct sk_elf_section *section)
{
    return section->type == SK_SHT_PROGBITS && section->flags & SK_SHF_EXECINSTR &&
           section->size;
}

static enum skep_code check_code(const struct sk_elf_section *code, struct skep_err *err)
{
    if (code->type != SK_SHT_PROGBITS)
        return sk_elf_fail(code, code->header, err,
                           "its type is %u, %d (program data) was expected of code",
                           code->type, SK_SHT_PROGBITS);
    if (code->flags & SK_SHF_WRITE)
        return sk_elf_fail(code, code->header, err, "it holds code, but is writable");
    if (code->flags & SK_SHF_COMPRESSED)
        return sk_elf_fail(code, code->header, err, "compressed code is not supported");
    if (code->size % SK_SLOT_BYTES || code->size / SK_SLOT_BYTES > UINT32_MAX)
        return sk_elf_fail(code, code->header, err,
                           "it has %llu bytes, whole instructions of 8 were expected",
                           (unsigned long long)code->size);
    if (sk_obj_len(code->name, SK_FUNC_NAME_MAX) == SK_FUNC_NAME_MAX)
        return sk_elf_fail(code, code->header, err,
                           "it holds code, and its name is longer than %d bytes",
                           SK_FUNC_NAME_MAX - 1);
    return SKEP_OK;
}

/* All code is sound, and all of it together no more than the file: what is made of an
 * object is no greater than it. */
static enum skep_code check_all_code(const struct sk_object *o, struct skep_err *err)
{
    uint64_t bytes = 0;

    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i);

        if (!(section.flags & SK_SHF_EXECINSTR) || !section.size)
            continue;
        SK_TRY(check_code(&section, err));
        bytes += section.size;
        if (bytes > o->elf.len)
            return sk_elf_fail(&section, section.header, err,
                               "it and the code before it have more bytes than the file, "
                               "sections apart were expected");
    }
    return SKEP_OK;
}

/* ---- Sections by name ------------------------------------------------------------------- */

static enum skep_code read_license(struct sk_object *o,
                                   const struct sk_elf_section *section,
                                   struct skep_err *err)
{
    const char *text = (const char *)sk_elf_bytes(&o->elf, section);
    size_t most = section->size < LICENSE_MAX ? (size_t)section->size : LICENSE_MAX;

    if (!most || section->type != SK_SHT_PROGBITS || sk_obj_len(text, most) == most)
        return sk_elf_fail(section, section->offset, err,
                           "the license is no text that ends with a NUL byte within %d "
                           "bytes",
                           LICENSE_MAX);
    o->license = text;
    return SKEP_OK;
}

static enum skep_code read_version(struct sk_object *o,
                                   const struct sk_elf_section *section,
                                   struct skep_err *err)
{
    if (section->size != sizeof(uint32_t) || section->type != SK_SHT_PROGBITS)
        return sk_elf_fail(section, section->header, err,
                           "the version has %llu bytes, 4 were expected",
                           (unsigned long long)section->size);
    o->version = sk_le32(sk_load32(sk_elf_bytes(&o->elf, section)));
    return SKEP_OK;
}

/* Where to keep a section that there is one of, by its name; NULL: it has no meaning. */
static struct sk_elf_section *kept(struct sk_elf_section named[4], const char *name)
{
    static const char *const names[4] = { "license", "version", ".BTF", ".BTF.ext" };

    for (size_t i = 0; i < SK_LEN(names); i++)
        if (!strcmp(name, names[i]))
            return &named[i];
    return NULL;
}

static enum skep_code find_named(const struct sk_object *o,
                                 struct sk_elf_section named[4], struct skep_err *err)
{
    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i), *place;

        place = kept(named, section.name);
        if (!place)
            continue;
        if (place->index)
            return sk_elf_fail(&section, section.header, err,
                               "it is a second section of that name, the first has "
                               "index %u",
                               place->index);
        if (section.flags & SK_SHF_COMPRESSED)
            return sk_elf_fail(&section, section.header, err,
                               "compressed sections are not supported");
        *place = section;
    }
    return SKEP_OK;
}

/* Whether a section has a meaning only through symbols: types, variables, declarations of maps,
 * and relocations. */
static int needs_symbols(const struct sk_elf_section *section)
{
    if (!strcmp(section->name, ".BTF") || !strcmp(section->name, ".BTF.ext") ||
        !strcmp(section->name, "maps") || !strncmp(section->name, "maps/", 5) ||
        section->type == SK_SHT_REL || section->type == SK_SHT_RELA)
        return 1;
    return section->flags & SK_SHF_ALLOC && !(section->flags & SK_SHF_EXECINSTR) &&
           section->size && strcmp(section->name, "license") != 0 &&
           strcmp(section->name, "version") != 0;
}

/* Tools that strip objects drop the symbols, and with them the relocations: code that refers
 * to anything would then run with zeros in their places. Only code that stands alone is taken
 * without them. */
static enum skep_code check_stripped(const struct sk_object *o, struct skep_err *err)
{
    for (uint32_t i = 1; i < o->elf.section_count && !o->elf.symbol_table; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i);

        if (needs_symbols(&section))
            return sk_elf_fail(&section, section.header, err,
                               "there is no symbol table: the object was stripped, one "
                               "with symbols and relocations was expected, as the "
                               "compiler wrote it");
    }
    return SKEP_OK;
}

static struct sk_btf_source source_of(const struct sk_elf_section *section)
{
    return (struct sk_btf_source){ section->name, section->index, section->offset };
}

static enum skep_code open_types(struct sk_object *o, const struct sk_elf_section *btf,
                                 const struct sk_elf_section *ext, struct skep_err *err)
{
    struct sk_btf_source source = source_of(btf), ext_source = source_of(ext);

    if (!btf->index)
        return SKEP_OK;
    if (btf->type != SK_SHT_PROGBITS || !btf->size)
        return sk_elf_fail(btf, btf->header, err,
                           "it holds no bytes, types were expected");
    SK_TRY(sk_btf_open(&o->btf, &o->mem, sk_elf_bytes(&o->elf, btf), btf->size, NULL,
                       &source, err));
    o->has_btf = 1;
    if (!ext->index)
        return SKEP_OK;
    if (ext->type != SK_SHT_PROGBITS || !ext->size)
        return sk_elf_fail(ext, ext->header, err,
                           "it holds no bytes, records were expected");
    SK_TRY(sk_btf_ext_open(&o->ext, &o->btf, sk_elf_bytes(&o->elf, ext), ext->size,
                           &ext_source, err));
    o->has_ext = 1;
    return SKEP_OK;
}

/* ---- Opening --------------------------------------------------------------------------- */

/* "dir/prog.bpf.o" is object "prog". */
static void set_name(struct sk_object *o, const char *name)
{
    const char *base = strrchr(name, '/');
    size_t len;

    base = base ? base + 1 : name;
    len = strcspn(base, ".");
    if (len >= sizeof(o->name))
        len = sizeof(o->name) - 1;
    memcpy(o->name, base, len);
    o->name[len] = 0;
}

static enum skep_code open_object(struct sk_object *o, const uint8_t *data, size_t len,
                                  struct skep_err *err)
{
    struct sk_elf_section named[4] = { { .index = 0 } };

    SK_TRY(sk_elf_open(&o->elf, data, len, err));
    SK_TRY(check_all_code(o, err));
    SK_TRY(find_named(o, named, err));
    if (named[0].index)
        SK_TRY(read_license(o, &named[0], err));
    if (named[1].index)
        SK_TRY(read_version(o, &named[1], err));
    SK_TRY(sk_obj_find_funcs(o, err));
    SK_TRY(sk_obj_find_progs(o, err));
    SK_TRY(open_types(o, &named[2], &named[3], err));
    SK_TRY(sk_obj_find_relocs(o, err));
    if (o->has_ext)
        SK_TRY(sk_obj_find_records(o, err));
    if (o->has_btf)
        SK_TRY(sk_obj_find_callbacks(o, err));
    SK_TRY(check_stripped(o, err));
    SK_TRY(sk_obj_find_externs(o, err));
    return sk_obj_find_maps(o, err);
}

enum skep_code sk_object_open(struct sk_object *o, const struct sk_mem *mem,
                              const void *data, size_t len, const char *name,
                              const struct sk_kernel *kernel, struct skep_err *err)
{
    enum skep_code code;

    *o = (struct sk_object){ .mem = *mem, .license = "" };
    if (kernel)
        o->kernel = *kernel;
    if (name)
        set_name(o, name);
    code = open_object(o, data, len, err);
    if (code)
        sk_object_close(o);
    return code;
}

void sk_object_close(struct sk_object *o)
{
    if (!o->mem.fn)
        return;
    if (o->core)
        sk_core_free(o->core);
    sk_obj_free_maps(o);
    sk_obj_free_marks(o);
    sk_obj_free_funcs(o);
    if (o->has_btf)
        sk_btf_close(&o->btf);
    *o = (struct sk_object){ .func_count = 0 };
}
