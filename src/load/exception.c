/* Callbacks for exceptions: a tag "exception_callback:NAME" on the function of a program says
 * which function Linux is to call when the program throws. Nothing in the code refers to it,
 * so it is appended behind all that is reached otherwise.
 *
 * A program has one callback at most: Linux refuses several (libbpf takes none of them then),
 * and libbpf refuses a name that no function has. Other programs of the object do not mind. */
#include <string.h>

#include "base/sort.h"
#include "load/object_parts.h"
#include "prog/prog.h"

static const char prefix[] = "exception_callback:";

/* Indices of functions in two orders, of the same name programs last; both have func_count
 * elements. */
struct orders {
    uint32_t *by_type, *by_name;
};

static int type_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_object *o = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    uint32_t s = o->funcs[i].btf_id, t = o->funcs[k].btf_id;

    return s != t ? s < t : i < k;
}

static int name_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_object *o = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    int order = strcmp(o->funcs[i].name, o->funcs[k].name);

    if (!order)
        order = o->funcs[i].is_program - o->funcs[k].is_program;
    return order ? order < 0 : i < k;
}

/* The name of the callback that a type gives; NULL: it gives none. */
static const char *callback_of(const struct sk_btf_type *type)
{
    if (type->kind != SK_BTF_DECL_TAG || sk_btf_component(type) != -1 ||
        strncmp(type->name, prefix, sizeof(prefix) - 1))
        return NULL;
    return type->name + sizeof(prefix) - 1;
}

/* The first function of a name that is no program; -1: none. */
static int32_t function_named(const struct sk_object *o, const uint32_t *by_name,
                              const char *name)
{
    uint32_t low = 0, high = o->func_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (strcmp(o->funcs[by_name[middle]].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == o->func_count || strcmp(o->funcs[by_name[low]].name, name) ||
        o->funcs[by_name[low]].is_program)
        return -1;
    return (int32_t)by_name[low];
}

/* The first function of a type; NULL: none. */
static struct sk_obj_func *function_of(struct sk_object *o, const uint32_t *by_type,
                                       uint32_t type)
{
    struct sk_obj_func *func;
    uint32_t low = 0, high = o->func_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (o->funcs[by_type[middle]].btf_id < type)
            low = middle + 1;
        else
            high = middle;
    }
    func = low < o->func_count ? &o->funcs[by_type[low]] : NULL;
    return func && func->btf_id == type ? func : NULL;
}

/* Gives the function of a type the callback that a tag names. */
static void set_callback(struct sk_object *o, const struct orders *orders,
                         const struct sk_btf_type *tag, const char *name)
{
    int32_t callback = function_named(o, orders->by_name, name);
    struct sk_obj_func *func = function_of(o, orders->by_type, tag->type);

    if (!func || func->bad_callback)
        return;
    if (callback < 0 || func->callback)
        func->bad_callback = tag->id;
    else
        func->callback = 1 + (uint32_t)callback;
}

static enum skep_code make_orders(const struct sk_object *o, struct orders *orders,
                                  struct skep_err *err)
{
    orders->by_type = sk_mem_new(&o->mem, o->func_count, sizeof(uint32_t));
    orders->by_name = sk_mem_new(&o->mem, o->func_count, sizeof(uint32_t));
    if (!orders->by_type || !orders->by_name)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       o->func_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < o->func_count; i++)
        orders->by_type[i] = orders->by_name[i] = i;
    sk_sort(orders->by_type, o->func_count, sizeof(uint32_t), type_before, o);
    sk_sort(orders->by_name, o->func_count, sizeof(uint32_t), name_before, o);
    return SKEP_OK;
}

enum skep_code sk_obj_find_callbacks(struct sk_object *o, struct skep_err *err)
{
    struct orders orders = { NULL, NULL };
    enum skep_code code = SKEP_OK;

    for (uint32_t id = 1; id < sk_btf_count(&o->btf) && !code; id++) {
        struct sk_btf_type type = sk_btf_type(&o->btf, id);
        const char *name = callback_of(&type);

        if (name && !orders.by_type)
            code = make_orders(o, &orders, err);
        if (name && !code)
            set_callback(o, &orders, &type, name);
    }
    sk_mem_free(&o->mem, orders.by_type, o->func_count, sizeof(uint32_t));
    sk_mem_free(&o->mem, orders.by_name, o->func_count, sizeof(uint32_t));
    return code;
}

enum skep_code sk_obj_check_callback(const struct sk_object *o,
                                     const struct sk_obj_func *func, struct skep_err *err)
{
    struct sk_elf_section section = sk_elf_section(&o->elf, func->section);
    struct sk_btf_type tag;
    char name[SK_SHOWN_MAX], callback[SK_SHOWN_MAX];

    if (!func->bad_callback)
        return SKEP_OK;
    tag = sk_btf_type(&o->btf, func->bad_callback);
    return sk_elf_fail(&section, section.offset + (uint64_t)func->first * SK_SLOT_BYTES,
                       err, "program '%s' has %s for exceptions, '%s'",
                       sk_obj_shown(name, func->name),
                       func->callback ? "a second callback" : "an unknown callback",
                       sk_obj_shown(callback, callback_of(&tag)));
}
