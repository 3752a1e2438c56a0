/* What an object has by name, sorted so that looking up takes few steps.
 *
 * A string table may be one long string that all names share, so comparing names stops after
 * SK_OBJ_NAME_MAX bytes. */
#include <string.h>

#include "base/sort.h"
#include "load/core_parts.h"
#include "load/object_parts.h"

int sk_obj_name_cmp(const char *a, const char *b)
{
    return a == b ? 0 : strncmp(a, b, SK_OBJ_NAME_MAX);
}

size_t sk_obj_name_len(const char *name)
{
    size_t len = 0;

    while (len < SK_OBJ_NAME_MAX && name[len])
        len++;
    return len;
}

size_t sk_obj_essential_len(const char *name)
{
    size_t len = sk_obj_name_len(name);

    return len < SK_OBJ_NAME_MAX ? sk_core_name(name).len : len;
}

static int symbol_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_obj_symbol_name *x = a, *y = b;
    int order = sk_obj_name_cmp(x->name, y->name);

    (void)ctx;
    if (!order)
        order = sk_obj_name_cmp(x->section, y->section);
    return order ? order < 0 : x->symbol < y->symbol;
}

static int datasec_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_obj_datasec_name *x = a, *y = b;
    int order = sk_obj_name_cmp(x->name, y->name);

    (void)ctx;
    return order ? order < 0 : x->id < y->id;
}

/* Whether the symbol is a variable that other objects could see. */
static int is_variable(const struct sk_elf_symbol *symbol)
{
    return symbol->section != SK_SHN_UNDEF && symbol->section < SK_SHN_LORESERVE &&
           (symbol->bind == SK_STB_GLOBAL || symbol->bind == SK_STB_WEAK) &&
           (symbol->type == SK_STT_NOTYPE || symbol->type == SK_STT_OBJECT);
}

/* Counts variables among the symbols, and notes them if `to` is not NULL. */
static enum skep_code each_symbol(const struct sk_object *object,
                                  struct sk_obj_symbol_name *to, uint32_t *count,
                                  struct skep_err *err)
{
    struct sk_elf_symbol symbol;
    uint32_t n = 0;

    for (uint32_t i = 1; i < object->elf.symbol_count; i++) {
        SK_TRY(sk_elf_symbol(&object->elf, i, &symbol, err));
        if (!is_variable(&symbol))
            continue;
        if (to)
            to[n] = (struct sk_obj_symbol_name){
                .name = symbol.name,
                .section = sk_elf_section(&object->elf, symbol.section).name,
                .symbol = i,
            };
        n++;
    }
    *count = n;
    return SKEP_OK;
}

static enum skep_code index_symbols(struct sk_object *object, struct skep_err *err)
{
    struct sk_obj_names *names = &object->names;
    uint32_t count;

    SK_TRY(each_symbol(object, NULL, &count, err));
    names->symbols = sk_mem_new(&object->mem, count, sizeof(names->symbols[0]));
    if (!names->symbols)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       count * sizeof(names->symbols[0]));
    names->symbol_count = count;
    SK_TRY(each_symbol(object, names->symbols, &count, err));
    sk_sort(names->symbols, count, sizeof(names->symbols[0]), symbol_before, NULL);
    return SKEP_OK;
}

/* Counts DATASECs, and notes them if `to` is not NULL. */
static uint32_t each_datasec(const struct sk_object *object,
                             struct sk_obj_datasec_name *to)
{
    uint32_t n = 0;

    for (uint32_t id = 1; object->has_btf && id < sk_btf_count(&object->btf); id++) {
        struct sk_btf_type type = sk_btf_type(&object->btf, id);

        if (type.kind != SK_BTF_DATASEC)
            continue;
        if (to)
            to[n] = (struct sk_obj_datasec_name){ .name = type.name, .id = id };
        n++;
    }
    return n;
}

static enum skep_code index_datasecs(struct sk_object *object, struct skep_err *err)
{
    struct sk_obj_names *names = &object->names;
    uint32_t count = each_datasec(object, NULL);

    names->datasecs = sk_mem_new(&object->mem, count, sizeof(names->datasecs[0]));
    if (!names->datasecs)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       count * sizeof(names->datasecs[0]));
    names->datasec_count = each_datasec(object, names->datasecs);
    sk_sort(names->datasecs, count, sizeof(names->datasecs[0]), datasec_before, NULL);
    return SKEP_OK;
}

enum skep_code sk_obj_index_names(struct sk_object *object, struct skep_err *err)
{
    if (!object->names.symbols)
        SK_TRY(index_symbols(object, err));
    if (!object->names.datasecs)
        SK_TRY(index_datasecs(object, err));
    return SKEP_OK;
}

static int is_symbol_before(const void *item, const void *key)
{
    return symbol_before(item, key, NULL);
}

static int is_datasec_before(const void *item, const void *key)
{
    return datasec_before(item, key, NULL);
}

uint32_t sk_obj_symbol_named(const struct sk_object *object, const char *name,
                             const char *section)
{
    const struct sk_obj_symbol_name *all = object->names.symbols;
    const struct sk_obj_symbol_name wanted = { .name = name, .section = section };
    size_t i = sk_lower_bound(all, object->names.symbol_count, sizeof(wanted),
                              is_symbol_before, &wanted);

    if (i == object->names.symbol_count || sk_obj_name_cmp(all[i].name, name) ||
        sk_obj_name_cmp(all[i].section, section))
        return 0;
    return all[i].symbol;
}

struct sk_obj_datasec_name *sk_obj_find_datasec(const struct sk_object *object,
                                                const char *name)
{
    struct sk_obj_datasec_name *all = object->names.datasecs;
    const struct sk_obj_datasec_name wanted = { .name = name };
    size_t i = sk_lower_bound(all, object->names.datasec_count, sizeof(wanted),
                              is_datasec_before, &wanted);

    if (i == object->names.datasec_count || sk_obj_name_cmp(all[i].name, name))
        return NULL;
    return &all[i];
}

uint32_t sk_obj_datasec_named(const struct sk_object *object, const char *name)
{
    const struct sk_obj_datasec_name *found = sk_obj_find_datasec(object, name);

    return found ? found->id : 0;
}
