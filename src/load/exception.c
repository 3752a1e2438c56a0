/* Callbacks for exceptions: a tag "exception_callback:NAME" on the function of a program says
 * which function Linux is to call when the program throws. Nothing in the code refers to it,
 * so it is appended behind all that is reached otherwise. */
#include <string.h>

#include "base/sort.h"
#include "load/object_parts.h"

static const char prefix[] = "exception_callback:";

/* Indices of functions in two orders; both have func_count elements. */
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

/* The first global function of a name; -1: none. */
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
    if (low == o->func_count || strcmp(o->funcs[by_name[low]].name, name))
        return -1;
    return (int32_t)by_name[low];
}

/* Gives the programs of a type their callback. */
static void set_callback(struct sk_object *o, const struct orders *orders, uint32_t type,
                         const char *name)
{
    int32_t callback = function_named(o, orders->by_name, name);
    uint32_t low = 0, high = o->func_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (o->funcs[orders->by_type[middle]].btf_id < type)
            low = middle + 1;
        else
            high = middle;
    }
    if (callback < 0 || low == o->func_count ||
        o->funcs[orders->by_type[low]].btf_id != type)
        return;
    o->funcs[orders->by_type[low]].callback = 1 + (uint32_t)callback;
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
            set_callback(o, &orders, type.type, name);
    }
    sk_mem_free(&o->mem, orders.by_type, o->func_count, sizeof(uint32_t));
    sk_mem_free(&o->mem, orders.by_name, o->func_count, sizeof(uint32_t));
    return code;
}
