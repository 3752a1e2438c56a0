/* Which variables are in which section of data, for the DATASECs of the output: those of
 * the inputs with their places in the output. Of several definitions of a symbol the one
 * that counts is listed; one that is declared only is listed once, as of .kconfig and
 * .ksyms. */

#include <stdarg.h>
#include <stdio.h>

#include "btf/words.h"
#include "link/parts.h"

/* A DATASEC of a file, and an entry of it. */
struct incoming {
    uint32_t number;
    struct sk_link_file *file;
    struct sk_btf_type datasec;
    uint32_t out;    /* the output's section */
    uint64_t offset; /* of this file's part in that */
    struct sk_btf_secvar entry;
    struct sk_btf_type type; /* the VAR or FUNC */
};

__attribute__((format(printf, 3, 4))) static enum skep_code
fail_datasec(const struct incoming *in, struct skep_err *err, const char *format, ...)
{
    const struct sk_btf *btf = &in->file->btf;
    uint32_t words;
    const uint8_t *record = sk_btf_record(btf, in->datasec.id, &words);
    char what[SKEP_MESSAGE_MAX], buf[SK_SHOWN_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return sk_link_named(in->file,
                         sk_btf_fail(btf, in->datasec.id, (uint64_t)(record - btf->data),
                                     err, "section '%s': %s",
                                     sk_shown(buf, in->datasec.name), what),
                         err);
}

static enum skep_code fail(const struct incoming *in, const char *what,
                           struct skep_err *err)
{
    char buf[SK_SHOWN_MAX];

    return fail_datasec(in, err, "variable '%s': %s", sk_shown(buf, in->type.name), what);
}

static enum skep_code add(struct sk_link *l, const struct incoming *in, uint64_t offset,
                          struct skep_err *err)
{
    const struct sk_link_section *out = &l->sections[in->out];

    if (out->type != SK_SHT_NULL &&
        (offset > out->size || in->entry.size > out->size - offset))
        return fail(in, "it does not lie within its section", err);
    l->vars[l->var_count++] =
        (struct sk_link_var){ in->out, in->type.id + in->file->shift, (uint32_t)offset,
                              in->entry.size };
    return SKEP_OK;
}

/* The symbol of a VAR or FUNC; NULL: it has none. */
static struct sk_link_symbol *symbol_of(struct sk_link *l, const struct incoming *in)
{
    const uint32_t *there = sk_names_find(&l->globals, in->type.name);

    if (in->type.kind == SK_BTF_VAR && sk_btf_var_linkage(&in->type) == SK_BTF_STATIC)
        return NULL;
    return there ? &l->symbols[*there] : NULL;
}

static enum skep_code add_entry(struct sk_link *l, const struct incoming *in,
                                struct skep_err *err)
{
    struct sk_link_symbol *symbol = symbol_of(l, in);

    if (!symbol)
        return add(l, in, in->offset + in->entry.offset, err);
    if (symbol->file != in->number || symbol->btf != in->type.id)
        return SKEP_OK; /* another one counts */
    if (symbol->section == in->out)
        return add(l, in, symbol->value, err);
    if (symbol->section != SK_LINK_NO_SECTION)
        return fail(in, "its symbol is in another section", err);
    if (symbol->is_listed)
        return SKEP_OK;
    symbol->is_listed = 1;
    return add(l, in, 0, err);
}

/* Finds the output's section; *kept says whether the variables are in the output at
 * all. */
static enum skep_code find_section(struct sk_link *l, struct incoming *in, int *kept,
                                   struct skep_err *err)
{
    const uint32_t *index = sk_names_find(&in->file->names, in->datasec.name);

    *kept = 1;
    in->offset = 0;
    if (index && *index == SK_LINK_AMBIGUOUS)
        return fail_datasec(in, err, "it is there several times, once was expected");
    if (index) {
        *kept = in->file->sections[*index].role == SK_LINK_KEPT;
        in->out = in->file->sections[*index].out;
        in->offset = in->file->sections[*index].offset;
        return SKEP_OK;
    }
    in->out = *sk_names_find(&l->section_names, in->datasec.name);
    return SKEP_OK;
}

static enum skep_code add_datasec(struct sk_link *l, struct incoming *in,
                                  struct skep_err *err)
{
    int kept;

    SK_TRY(find_section(l, in, &kept, err));
    for (uint32_t i = 0; i < in->datasec.vlen; i++) {
        in->entry = sk_btf_secvar(&in->datasec, i);
        in->type = sk_btf_type(&in->file->btf, in->entry.type);
        if (kept)
            SK_TRY(add_entry(l, in, err));
        else if (in->type.kind == SK_BTF_VAR)
            l->dropped[in->type.id + in->file->shift] = 1;
    }
    return SKEP_OK;
}

enum skep_code sk_link_vars(struct sk_link *l, struct skep_err *err)
{
    size_t most = 0;

    for (uint32_t f = 0; f < l->file_count; f++) {
        const struct sk_btf *btf = &l->files[f].btf;

        for (uint32_t id = 1; id < sk_btf_count(btf); id++) {
            struct sk_btf_type type = sk_btf_type(btf, id);

            most += type.kind == SK_BTF_DATASEC ? type.vlen : 0;
        }
    }
    SK_TRY(sk_arena_new(&l->arena, &l->vars, most, sizeof(l->vars[0]), err));
    for (uint32_t f = 0; f < l->file_count; f++) {
        struct incoming in = { .number = f, .file = &l->files[f] };

        for (uint32_t id = 1; id < sk_btf_count(&in.file->btf); id++) {
            in.datasec = sk_btf_type(&in.file->btf, id);
            if (in.datasec.kind == SK_BTF_DATASEC)
                SK_TRY(add_datasec(l, &in, err));
        }
    }
    for (uint32_t i = 0; i < l->var_count; i++)
        l->dropped[l->vars[i].type] = 0;
    return SKEP_OK;
}
