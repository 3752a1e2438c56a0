/* Symbols: local ones are kept as they are, sections have one each, and global ones of
 * one name become one. Of its definitions the strong one counts, or else the first; there
 * may be one strong one. What any file says of binding and visibility holds for all:
 * strong if one is strong, hidden if one is hidden. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "link/parts.h"

static const char maps_section[] = ".maps";

/* A symbol under way. */
struct incoming {
    uint32_t number; /* its file's */
    struct sk_link_file *file;
    struct sk_elf_symbol symbol;
    struct sk_link_symbol made; /* what it would be alone */
};

__attribute__((format(printf, 3, 4))) static enum skep_code
fail(const struct incoming *in, struct skep_err *err, const char *format, ...)
{
    const struct sk_elf *elf = &in->file->elf;
    struct sk_elf_section table = sk_elf_section(elf, elf->symbol_table);
    uint64_t at = table.offset + in->symbol.index * table.entsize;
    char what[SKEP_MESSAGE_MAX], buf[SK_SHOWN_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    if (!*in->symbol.name)
        return sk_link_fail_section(in->file, &table, at, err, "symbol %u: %s",
                                    in->symbol.index, what);
    return sk_link_fail_section(in->file, &table, at, err, "symbol '%s': %s",
                                sk_shown(buf, in->symbol.name), what);
}

/* ---- One alone ------------------------------------------------------------------- */

static enum skep_code check_kind(const struct incoming *in, struct skep_err *err)
{
    const struct sk_elf_symbol *s = &in->symbol;

    if (s->type > SK_STT_FILE)
        return fail(in, err, "its type is %u, data, a function or a section was expected",
                    s->type);
    if (s->bind > SK_STB_WEAK)
        return fail(in, err, "its binding is %u, local, global or weak was expected",
                    s->bind);
    if (s->visibility != SK_STV_DEFAULT && s->visibility != SK_STV_HIDDEN)
        return fail(in, err, "its visibility is %u, default or hidden was expected",
                    s->visibility);
    if (s->section >= SK_SHN_LORESERVE && s->type != SK_STT_FILE)
        return fail(in, err, "it is in no section (index 0x%x)", s->section);
    if (s->bind != SK_STB_LOCAL && !*s->name)
        return fail(in, err, "it is global, but has no name");
    if (s->bind != SK_STB_LOCAL && (s->type == SK_STT_SECTION || s->type == SK_STT_FILE))
        return fail(in, err, "its type is %u, local was expected of it", s->type);
    return SKEP_OK;
}

static enum skep_code check_place(const struct incoming *in, struct skep_err *err)
{
    struct sk_elf_section section = sk_elf_section(&in->file->elf, in->symbol.section);

    if (in->symbol.value > section.size ||
        in->symbol.size > section.size - in->symbol.value)
        return fail(in, err, "it does not lie within its section (index %u)",
                    section.index);
    return SKEP_OK;
}

/* Which VAR or FUNC describes it. */
static uint32_t find_type(const struct incoming *in)
{
    const uint32_t *there = sk_names_find(&in->file->types, in->symbol.name);

    return there ? *there : 0;
}

/* The name of the DATASEC of a type that has one. */
static const char *datasec_of(const struct sk_link_file *file, uint32_t type)
{
    uint32_t id = type ? file->datasec[type] : 0;

    return id ? sk_btf_type(&file->btf, id).name : NULL;
}

/* Fills in->made; *kept says whether the symbol is linked. */
static enum skep_code read_symbol(struct sk_link *l, struct incoming *in, int *kept,
                                  struct skep_err *err)
{
    const struct sk_elf_symbol *s = &in->symbol;
    const struct sk_link_in_section *section;

    in->made = (struct sk_link_symbol){
        .name = s->name,
        .section = s->type == SK_STT_FILE ? SK_LINK_ABSOLUTE : SK_LINK_NO_SECTION,
        .value = s->value,
        .size = s->size,
        .type = s->type,
        .bind = s->bind,
        .visibility = s->visibility,
        .file = in->number,
    };
    *kept = s->type == SK_STT_FILE || s->bind != SK_STB_LOCAL;
    if (s->bind != SK_STB_LOCAL)
        in->made.btf = find_type(in);
    if (in->made.btf) {
        in->made.first_type = in->made.btf + in->file->shift;
        in->made.place = datasec_of(in->file, in->made.btf);
    }
    if (s->section == SK_SHN_UNDEF || s->section >= SK_SHN_LORESERVE)
        return SKEP_OK;
    section = &in->file->sections[s->section];
    *kept = section->role == SK_LINK_KEPT;
    if (!*kept)
        return SKEP_OK;
    SK_TRY(check_place(in, err));
    in->made.section = section->out;
    in->made.place = l->sections[section->out].name;
    in->made.is_weak = s->bind == SK_STB_WEAK;
    in->made.value = s->type == SK_STT_SECTION ? 0 : s->value + section->offset;
    return SKEP_OK;
}

/* ---- Two of one name ------------------------------------------------------------- */

static int is_defined(const struct sk_link_symbol *symbol)
{
    return symbol->section != SK_LINK_NO_SECTION;
}

static enum skep_code check_types(struct sk_link *l, const struct incoming *in,
                                  const struct sk_link_symbol *old, struct skep_err *err)
{
    const struct sk_link_file *other = &l->files[old->file];
    const struct sk_link_typed a = { &other->btf, old->btf };
    const struct sk_link_typed b = { &in->file->btf, in->made.btf };
    const char *why = NULL;
    int good;

    if (!old->btf && !in->made.btf)
        return SKEP_OK;
    if (!old->btf || !in->made.btf)
        return fail(in, err, "%s has no type of it, so it cannot be that of %s",
                    old->btf ? in->file->name : other->name,
                    old->btf ? other->name : in->file->name);
    good = old->place && !strcmp(old->place, maps_section)
               ? sk_link_match_maps(l, a, b, &why)
               : sk_link_match(l, a, b, &why);
    if (good)
        return SKEP_OK;
    return fail(in, err, "it is not that of %s: %s", other->name, why);
}

static enum skep_code check_pair(struct sk_link *l, const struct incoming *in,
                                 const struct sk_link_symbol *old, struct skep_err *err)
{
    char here[SK_SHOWN_MAX], there[SK_SHOWN_MAX];

    if (is_defined(&in->made) && is_defined(old) && !in->made.is_weak && !old->is_weak)
        return fail(in, err, "it is defined in %s already", l->files[old->file].name);
    if (in->made.place && old->place && strcmp(in->made.place, old->place) != 0)
        return fail(in, err, "it is in '%s', but in '%s' in %s",
                    sk_shown(here, in->made.place), sk_shown(there, old->place),
                    l->files[old->file].name);
    return check_types(l, in, old, err);
}

/* Whether the new one says more than the old: it is a definition, and a better one; or of
 * two undefined ones the first that tells a place or a type. */
static int is_better(const struct sk_link_symbol *fresh, const struct sk_link_symbol *old)
{
    if (is_defined(fresh) != is_defined(old))
        return is_defined(fresh);
    if (is_defined(fresh))
        return old->is_weak && !fresh->is_weak;
    return !old->place && fresh->place;
}

static void unify(struct sk_link_symbol *old, const struct sk_link_symbol *fresh)
{
    uint8_t bind = fresh->bind == SK_STB_GLOBAL ? SK_STB_GLOBAL : old->bind;
    uint8_t visibility =
        fresh->visibility == SK_STV_HIDDEN ? SK_STV_HIDDEN : old->visibility;
    uint32_t first = old->first_type ? old->first_type : fresh->first_type;

    if (is_better(fresh, old))
        *old = *fresh;
    old->bind = bind;
    old->visibility = visibility;
    old->first_type = first;
}

/* ---- All ------------------------------------------------------------------------- */

static uint32_t add(struct sk_link *l, const struct incoming *in)
{
    l->symbols[l->symbol_count] = in->made;
    return l->symbol_count++;
}

static enum skep_code add_global(struct sk_link *l, const struct incoming *in,
                                 uint32_t *number, struct skep_err *err)
{
    const uint32_t *there = sk_names_add(&l->globals, in->made.name, l->symbol_count);

    if (!there)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(in->made));
    *number = *there;
    if (*there == l->symbol_count) {
        add(l, in);
        return SKEP_OK;
    }
    SK_TRY(check_pair(l, in, &l->symbols[*there], err));
    unify(&l->symbols[*there], &in->made);
    return SKEP_OK;
}

static enum skep_code add_symbol(struct sk_link *l, struct incoming *in,
                                 struct skep_err *err)
{
    uint32_t *number = &in->file->symbols[in->symbol.index];
    struct sk_link_section *section;
    int kept;

    SK_TRY(check_kind(in, err));
    SK_TRY(read_symbol(l, in, &kept, err));
    in->file->symbol_types[in->symbol.index] = in->made.btf;
    if (!kept)
        return SKEP_OK;
    if (in->made.bind != SK_STB_LOCAL)
        return add_global(l, in, number, err);
    if (in->made.type != SK_STT_SECTION) {
        *number = add(l, in);
        return SKEP_OK;
    }
    section = &l->sections[in->made.section];
    if (!section->symbol)
        section->symbol = add(l, in);
    *number = section->symbol;
    return SKEP_OK;
}

static enum skep_code add_file(struct sk_link *l, uint32_t number, struct skep_err *err)
{
    struct incoming in = { .number = number, .file = &l->files[number] };

    for (uint32_t i = 1; i < in.file->elf.symbol_count; i++) {
        SK_TRY(sk_link_named(in.file, sk_elf_symbol(&in.file->elf, i, &in.symbol, err),
                             err));
        SK_TRY(add_symbol(l, &in, err));
    }
    return SKEP_OK;
}

enum skep_code sk_link_symbols(struct sk_link *l, struct skep_err *err)
{
    size_t most = 1;

    for (uint32_t f = 0; f < l->file_count; f++)
        most += l->files[f].elf.symbol_count;
    SK_TRY(sk_arena_new(&l->arena, &l->symbols, most, sizeof(l->symbols[0]), err));
    l->symbol_count = 1;
    for (uint32_t f = 0; f < l->file_count; f++)
        SK_TRY(add_file(l, f, err));
    return SKEP_OK;
}
