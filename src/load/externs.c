/* Externs: what the object names, but does not have.
 *
 * A symbol that is not defined has a VAR or FUNC of its name among the types, and the DATASEC
 * that this is in says what it is: a value of the kernel's configuration (.kconfig), or
 * something of the kernel's own (.ksyms), which is looked up among its symbols if it has no
 * type (void), and among its types if it has one.
 *
 * Lists are joined by sorting one of them, so that the work is n log n. */
#include <string.h>

#include "base/escape.h"
#include "base/sort.h"
#include "load/externs.h"

/* Externs in another order, and the object that has them. */
struct order {
    struct sk_obj_extern *externs;
    uint32_t *at;
    uint32_t count;
};

/* ---- Symbols ---------------------------------------------------------------------- */

static int is_extern(const struct sk_elf_symbol *symbol)
{
    return symbol->section == SK_SHN_UNDEF && symbol->name[0] &&
           (symbol->bind == SK_STB_GLOBAL || symbol->bind == SK_STB_WEAK) &&
           (symbol->type == SK_STT_NOTYPE || symbol->type == SK_STT_FUNC ||
            symbol->type == SK_STT_OBJECT);
}

/* Counts the externs, and notes them if `to` is not NULL. */
static enum skep_code each_symbol(const struct sk_object *object,
                                  struct sk_obj_extern *to, uint32_t *count,
                                  struct skep_err *err)
{
    struct sk_elf_symbol symbol;
    uint32_t n = 0;

    for (uint32_t i = 1; i < object->elf.symbol_count; i++) {
        SK_TRY(sk_elf_symbol(&object->elf, i, &symbol, err));
        if (!is_extern(&symbol))
            continue;
        if (to)
            to[n] = (struct sk_obj_extern){ .name = symbol.name,
                                            .symbol = i,
                                            .is_weak = symbol.bind == SK_STB_WEAK };
        n++;
    }
    *count = n;
    return SKEP_OK;
}

/* ---- Types ------------------------------------------------------------------------ */

int sk_extern_name_before(const void *a, const void *b, const void *externs)
{
    const struct sk_obj_extern *e = externs;

    return sk_obj_name_cmp(e[*(const uint32_t *)a].name, e[*(const uint32_t *)b].name) <
           0;
}

static int id_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_obj_extern *e = ctx;

    return e[*(const uint32_t *)a].btf_id < e[*(const uint32_t *)b].btf_id;
}

/* What is looked for among externs in another order: a name or the id of a type. */
struct wanted {
    const struct sk_obj_extern *externs;
    const char *name;
    uint32_t id;
};

static int has_name_before(const void *item, const void *key)
{
    const struct wanted *wanted = key;

    return sk_obj_name_cmp(wanted->externs[*(const uint32_t *)item].name, wanted->name) <
           0;
}

static int has_id_before(const void *item, const void *key)
{
    const struct wanted *wanted = key;

    return wanted->externs[*(const uint32_t *)item].btf_id < wanted->id;
}

/* The place in an order by name of the first extern that is not before `name`. */
static size_t find_name(const struct order *o, const char *name)
{
    const struct wanted wanted = { .externs = o->externs, .name = name };

    return sk_lower_bound(o->at, o->count, sizeof(o->at[0]), has_name_before, &wanted);
}

/* Likewise in an order by id. */
static size_t find_id(const struct order *o, uint32_t id)
{
    const struct wanted wanted = { .externs = o->externs, .id = id };

    return sk_lower_bound(o->at, o->count, sizeof(o->at[0]), has_id_before, &wanted);
}

/* Gives each extern the first type that is an extern of its name. */
static void find_types(const struct sk_btf *btf, const struct order *o)
{
    for (uint32_t id = 1; id < sk_btf_count(btf); id++) {
        struct sk_btf_type type = sk_btf_type(btf, id);
        int is_func = type.kind == SK_BTF_FUNC && type.vlen == SK_BTF_EXTERN;
        int is_var =
            type.kind == SK_BTF_VAR && sk_btf_var_linkage(&type) == SK_BTF_EXTERN;

        if (!is_func && !is_var)
            continue;
        for (size_t i = find_name(o, type.name); i < o->count; i++) {
            struct sk_obj_extern *e = &o->externs[o->at[i]];

            if (e->btf_id || sk_obj_name_cmp(e->name, type.name))
                break;
            e->btf_id = id;
            e->is_func = (uint8_t)is_func;
        }
    }
}

/* Notes which externs a DATASEC declares. */
static void find_declared(const struct sk_btf *btf, uint32_t datasec_id,
                          const struct order *o)
{
    struct sk_btf_type datasec = sk_btf_type(btf, datasec_id);

    for (uint32_t k = 0; k < datasec.vlen; k++) {
        uint32_t id = sk_btf_secvar(&datasec, k).type;

        for (size_t i = find_id(o, id); i < o->count; i++) {
            struct sk_obj_extern *e = &o->externs[o->at[i]];

            if (e->btf_id != id || e->section_id)
                break;
            e->section_id = datasec_id;
        }
    }
}

static void find_sections(const struct sk_object *object, const struct order *o)
{
    uint32_t kconfig = sk_obj_datasec_named(object, ".kconfig");
    uint32_t ksyms = sk_obj_datasec_named(object, ".ksyms");

    if (kconfig)
        find_declared(&object->btf, kconfig, o);
    if (ksyms)
        find_declared(&object->btf, ksyms, o);
    for (uint32_t i = 0; i < o->count; i++) {
        struct sk_obj_extern *e = &o->externs[i];

        e->is_kconfig = kconfig && e->section_id == kconfig && !e->is_func;
        if (e->is_kconfig)
            sk_kconfig_measure(object, e);
    }
}

static enum skep_code declare(struct sk_object *object, struct skep_err *err)
{
    struct order o = { .externs = object->externs, .count = object->extern_count };

    if (!object->has_btf || !o.count)
        return SKEP_OK;
    o.at = sk_mem_new(&object->mem, o.count, sizeof(o.at[0]));
    if (!o.at)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), o.count * sizeof(o.at[0]));
    for (uint32_t i = 0; i < o.count; i++)
        o.at[i] = i;
    sk_sort(o.at, o.count, sizeof(o.at[0]), sk_extern_name_before, o.externs);
    find_types(&object->btf, &o);
    sk_sort(o.at, o.count, sizeof(o.at[0]), id_before, o.externs);
    find_sections(object, &o);
    sk_kconfig_lay_out(object, o.at);
    sk_mem_free(&object->mem, o.at, o.count, sizeof(o.at[0]));
    return SKEP_OK;
}

enum skep_code sk_obj_find_externs(struct sk_object *object, struct skep_err *err)
{
    struct sk_obj_extern *externs;
    uint32_t count;

    if (object->externs)
        return SKEP_OK;
    SK_TRY(sk_obj_index_names(object, err));
    SK_TRY(each_symbol(object, NULL, &count, err));
    externs = sk_mem_new(&object->mem, count, sizeof(externs[0]));
    if (!externs)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), count * sizeof(externs[0]));
    object->externs = externs;
    object->extern_count = count;
    SK_TRY(each_symbol(object, externs, &count, err));
    SK_TRY(declare(object, err));
    for (uint32_t i = 0; i < count; i++) {
        /* One that nothing can be is not absent: nobody knows what it would be. */
        if (!externs[i].section_id || (externs[i].is_kconfig && !externs[i].size))
            externs[i].is_weak = 0;
    }
    return SKEP_OK;
}

uint32_t sk_extern_type(const struct sk_object *object, const struct sk_obj_extern *ext)
{
    struct sk_btf_type type = sk_btf_type(&object->btf, ext->btf_id);

    return sk_btf_skip_aliases(&object->btf, type.type).id;
}

enum skep_code sk_obj_resolve_externs(struct sk_object *object, struct skep_err *err)
{
    if (object->has_resolved_externs)
        return SKEP_OK;
    SK_TRY(sk_kconfig_resolve(object, err));
    SK_TRY(sk_ksyms_resolve(object, err));
    object->has_resolved_externs = 1;
    return SKEP_OK;
}

/* ---- What programs need ----------------------------------------------------------- */

static int has_symbol_before(const void *item, const void *key)
{
    return ((const struct sk_obj_extern *)item)->symbol < *(const uint32_t *)key;
}

const struct sk_obj_extern *sk_obj_extern_of(const struct sk_object *object,
                                             uint32_t symbol)
{
    size_t i = sk_lower_bound(object->externs, object->extern_count,
                              sizeof(object->externs[0]), has_symbol_before, &symbol);

    if (i == object->extern_count || object->externs[i].symbol != symbol)
        return NULL;
    return &object->externs[i];
}

/* Why an extern was not found. */
static const char *why_missing(const struct sk_object *object,
                               const struct sk_obj_extern *ext)
{
    if (!ext->section_id)
        return "it is extern, and no DATASEC '.kconfig' or '.ksyms' declares it";
    if (ext->is_kconfig && !ext->size)
        return "no value of the kernel's configuration has its type";
    if (ext->is_kconfig && !strncmp(ext->name, "CONFIG_", 7))
        return object->kernel.config
                   ? "the kernel's configuration does not have it"
                   : "it is of the kernel's configuration, and none is given";
    if (ext->is_kconfig)
        return "it is no value of the kernel that is known here";
    if (ext->is_incompatible)
        return "the kernel has it with another type";
    if (!ext->is_func && !sk_extern_type(object, ext))
        return object->kernel.symbol ? "the kernel has no such symbol"
                                     : "it is a symbol of the kernel, and none are given";
    return object->kernel.btf_count
               ? "the kernel's types do not have it"
               : "it is of the kernel, and the kernel's types are not given";
}

enum skep_code sk_obj_need_extern(const struct sk_object *object,
                                  const struct sk_obj_extern *ext, struct skep_err *err)
{
    char buf[SK_SHOWN_MAX];

    if (ext->is_found || ext->is_weak)
        return SKEP_OK;
    return sk_fail(err, E_EXTERN, sk_at_nothing(), sk_shown(buf, ext->name),
                   why_missing(object, ext));
}
