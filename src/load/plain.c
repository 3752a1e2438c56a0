/* An object without relocations to slots: one section of code, its entry function in front.
 *
 * The section is the one that is asked for, or that of the function asked for, or the
 * only one with code. The entry is the function asked for, or the section's only
 * function, or its only one that is not local, or `main`, or in a section without
 * functions its start. Relocations against the section are refused: what they would
 * fill in is not there. */
#include <string.h>

#include "base/bits.h"
#include "base/escape.h"
#include "load/elf.h"
#include "load/entry.h"
#include "load/input.h"

enum { SHOWN_MAX = 48 };

struct object {
    struct sk_elf elf;
    const char *want_section, *want_function; /* NULL: any */
    struct sk_elf_section code;
    uint64_t entry, entry_end; /* bytes from the section's start */
    struct skep_err *err;
};

/* A name for a message. */
static const char *shown(char buf[SHOWN_MAX], const char *name)
{
    return sk_escape(buf, SHOWN_MAX, name, strlen(name));
}

static int is_function(const struct sk_elf_symbol *symbol)
{
    return symbol->type == SK_STT_FUNC && symbol->section != SK_SHN_UNDEF;
}

/* ---- The section ------------------------------------------------------------------ */

static int is_wanted(const struct object *o, const struct sk_elf_section *section)
{
    return !o->want_section || !strcmp(section->name, o->want_section);
}

static enum skep_code no_section(const struct object *o)
{
    char name[SHOWN_MAX];

    if (!o->want_section)
        return sk_fail(o->err, E_FORMAT, sk_at_nothing(),
                       "no section of the object holds code");
    return sk_fail(o->err, E_NO_SECTION, sk_at_nothing(), shown(name, o->want_section));
}

/* The only wanted section that holds code. */
static enum skep_code choose_section(struct object *o)
{
    struct sk_elf_section found = { .index = 0 };

    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i);
        char first[SHOWN_MAX], second[SHOWN_MAX];

        if (!(section.flags & SK_SHF_EXECINSTR) || !section.size ||
            !is_wanted(o, &section))
            continue;
        if (found.index)
            return sk_fail(o->err, E_SECTIONS, sk_at_byte(section.header),
                           shown(first, found.name), found.index,
                           shown(second, section.name), section.index);
        found = section;
    }
    if (!found.index)
        return no_section(o);
    o->code = found;
    return SKEP_OK;
}

static enum skep_code check_section(const struct object *o)
{
    const struct sk_elf_section *code = &o->code;

    if (code->type != SK_SHT_PROGBITS)
        return sk_elf_fail(code, code->header, o->err,
                           "its type is %u, %d (program data) was expected of code",
                           code->type, SK_SHT_PROGBITS);
    if (code->flags & SK_SHF_WRITE)
        return sk_elf_fail(code, code->header, o->err, "it holds code, but is writable");
    if (code->flags & SK_SHF_COMPRESSED)
        return sk_elf_fail(code, code->header, o->err,
                           "compressed code is not supported");
    if (code->size % SK_SLOT_BYTES || code->size / SK_SLOT_BYTES > UINT32_MAX)
        return sk_elf_fail(code, code->header, o->err,
                           "it has %llu bytes, whole instructions of 8 were expected",
                           (unsigned long long)code->size);
    return SKEP_OK;
}

/* A relocation against the code, for the message: what it refers to. */
static enum skep_code refuse_relocation(const struct object *o,
                                        const struct sk_elf_section *section)
{
    struct sk_elf_reloc reloc = sk_elf_reloc(&o->elf, section, 0);
    struct sk_elf_symbol symbol = { .name = "" };
    char name[SHOWN_MAX], code[SHOWN_MAX];

    if (reloc.symbol >= o->elf.symbol_count)
        return sk_elf_fail(section, reloc.at, o->err,
                           "relocation 0 names symbol %u, an index below %u was expected",
                           reloc.symbol, o->elf.symbol_count);
    SK_TRY(sk_elf_symbol(&o->elf, reloc.symbol, &symbol, o->err));
    return sk_elf_fail(
        section, reloc.at, o->err,
        "the instruction at 0x%llx of section '%s' needs '%s' (symbol %u): "
        "relocations are not supported",
        (unsigned long long)reloc.offset, shown(code, o->code.name),
        shown(name, symbol.name), reloc.symbol);
}

static enum skep_code check_relocations(const struct object *o)
{
    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i);

        if (section.type != SK_SHT_REL && section.type != SK_SHT_RELA)
            continue;
        if (section.info == o->code.index && section.size)
            return refuse_relocation(o, &section);
    }
    return SKEP_OK;
}

/* ---- The entry -------------------------------------------------------------------- */

/* Sets section and entry from the only function that has the name asked for. */
static enum skep_code find_wanted_function(struct object *o)
{
    struct sk_elf_symbol symbol;
    char name[SHOWN_MAX];
    int count = 0;

    for (uint32_t i = 1; i < o->elf.symbol_count; i++) {
        struct sk_elf_section section;

        SK_TRY(sk_elf_symbol(&o->elf, i, &symbol, o->err));
        if (!is_function(&symbol) || strcmp(symbol.name, o->want_function))
            continue;
        section = sk_elf_section(&o->elf, symbol.section);
        if (!is_wanted(o, &section))
            continue;
        o->code = section;
        o->entry = symbol.value;
        count++;
    }
    shown(name, o->want_function);
    if (!count)
        return sk_fail(o->err, E_NO_FUNCTION, sk_at_nothing(), name);
    if (count > 1)
        return sk_fail(o->err, E_FUNCTION_TWICE, sk_at_nothing(), name);
    return SKEP_OK;
}

/* Sets the entry of the section by the rule at the top of this file. */
static enum skep_code choose_entry(struct object *o)
{
    struct sk_elf_symbol symbol, only = { .name = NULL }, shared = only, named = only;
    char name[SHOWN_MAX];
    int all = 0, global = 0;

    for (uint32_t i = 1; i < o->elf.symbol_count; i++) {
        SK_TRY(sk_elf_symbol(&o->elf, i, &symbol, o->err));
        if (!is_function(&symbol) || symbol.section != o->code.index)
            continue;
        all++;
        only = symbol;
        if (symbol.bind != SK_STB_LOCAL) {
            global++;
            shared = symbol;
        }
        if (!strcmp(symbol.name, "main"))
            named = symbol;
    }
    if (all > 1)
        only = global == 1 ? shared : named;
    if (all && !only.name)
        return sk_fail(o->err, E_FUNCTIONS, sk_at_nothing(), shown(name, o->code.name),
                       all);
    o->entry = only.value;
    return SKEP_OK;
}

/* The end of the entry function: what its symbol says, or where the next one begins. */
static enum skep_code find_entry_end(struct object *o)
{
    struct sk_elf_symbol symbol;
    uint64_t next = o->code.size, size = 0;

    for (uint32_t i = 1; i < o->elf.symbol_count; i++) {
        SK_TRY(sk_elf_symbol(&o->elf, i, &symbol, o->err));
        if (!is_function(&symbol) || symbol.section != o->code.index)
            continue;
        if (symbol.value > o->entry && symbol.value < next)
            next = symbol.value;
        if (symbol.value == o->entry && symbol.size > size)
            size = symbol.size;
    }
    o->entry_end = size ? o->entry + size : next;
    return SKEP_OK;
}

/* ---- The slots -------------------------------------------------------------------- */

static enum skep_code fill(const struct object *o, uint8_t *slots)
{
    const uint8_t *bytes = sk_elf_bytes(&o->elf, &o->code);
    struct skep_err inner = { 0 };
    uint64_t at;

    if (!o->entry) {
        memcpy(slots, bytes, o->code.size);
        return SKEP_OK;
    }
    if (!sk_entry_to_front(slots, bytes, (uint32_t)(o->code.size / SK_SLOT_BYTES),
                           (uint32_t)(o->entry / SK_SLOT_BYTES),
                           (uint32_t)(o->entry_end / SK_SLOT_BYTES), &inner))
        return SKEP_OK;
    at = o->code.offset + inner.where * SK_SLOT_BYTES;
    return sk_elf_fail(&o->code, at, o->err, "slot %llu: %s",
                       (unsigned long long)inner.where, inner.message);
}

static enum skep_code copy_code(const struct object *o, const struct sk_mem *mem,
                                struct sk_block *out)
{
    struct sk_block block = { .len = o->code.size, .cap = o->code.size };
    enum skep_code code;

    block.data = sk_mem_new(mem, block.len, 1);
    if (!block.data)
        return sk_fail(o->err, E_NO_MEMORY, sk_at_nothing(), block.len);
    code = fill(o, block.data);
    if (code)
        sk_mem_free(mem, block.data, block.cap, 1);
    else
        *out = block;
    return code;
}

enum skep_code sk_object_read(const struct sk_mem *mem, const uint8_t *data, size_t len,
                              const struct skep_load_opts *opts, struct sk_block *out,
                              struct skep_err *err)
{
    struct object o = { .want_section = opts ? opts->section : NULL,
                        .want_function = opts ? opts->name : NULL,
                        .err = err };

    SK_TRY(sk_elf_open(&o.elf, data, len, err));
    if (o.want_function)
        SK_TRY(find_wanted_function(&o));
    else
        SK_TRY(choose_section(&o));
    SK_TRY(check_section(&o));
    SK_TRY(check_relocations(&o));
    if (!o.want_function)
        SK_TRY(choose_entry(&o));
    SK_TRY(find_entry_end(&o));
    return copy_code(&o, mem, out);
}
