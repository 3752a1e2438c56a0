/* Callbacks for exceptions: a tag "exception_callback:NAME" on the function of a program says
 * which function Linux is to call when the program throws. Nothing in the code refers to it,
 * so it is appended behind all that is reached otherwise.
 *
 * A program has one callback at most: Linux refuses several (libbpf takes none of them then),
 * and libbpf refuses a name that no function has, or a static or hidden one. Other programs of
 * the object do not mind. */
#include <string.h>

#include "base/sort.h"
#include "load/object_parts.h"
#include "prog/prog.h"

static const char prefix[] = "exception_callback:";

/* Whether Linux would take the function for a callback. */
static int can_be_callback(const struct sk_obj_func *func)
{
    return func->is_global && !func->is_hidden;
}

/* Functions by name, of the same name programs last and of the others those first that cannot
 * be callbacks: their indices, func_count of them. What a tag is of is known by name as well:
 * there may be no record of functions' types. */
static int name_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_object *o = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    int order = strcmp(o->funcs[i].name, o->funcs[k].name);

    if (!order)
        order = o->funcs[i].is_program - o->funcs[k].is_program;
    if (!order)
        order = can_be_callback(&o->funcs[i]) - can_be_callback(&o->funcs[k]);
    return order ? order < 0 : i < k;
}

/* The name of the callback that a type gives; NULL: it gives none. */
static const char *callback_of(const struct sk_object *o, const struct sk_btf_type *type)
{
    if (type->kind != SK_BTF_DECL_TAG || sk_btf_component(type) != -1 ||
        strncmp(type->name, prefix, sizeof(prefix) - 1) ||
        sk_btf_type(&o->btf, type->type).kind != SK_BTF_FUNC)
        return NULL;
    return type->name + sizeof(prefix) - 1;
}

enum function_kind { NO_PROGRAM, PROGRAM }; /* is_program of a function */

/* What function is looked for, and the object that may have it. */
struct wanted {
    const struct sk_object *object;
    const char *name;
    enum function_kind kind;
};

static int is_before_wanted(const void *item, const void *key)
{
    const struct wanted *wanted = key;
    const struct sk_obj_func *func = &wanted->object->funcs[*(const uint32_t *)item];
    int order = strcmp(func->name, wanted->name);

    return order ? order < 0 : func->is_program < wanted->kind;
}

/* The first function of a name and kind; NULL: there is none. */
static struct sk_obj_func *function_named(struct sk_object *o, const uint32_t *by_name,
                                          const char *name, enum function_kind kind)
{
    const struct wanted wanted = { o, name, kind };
    size_t i = sk_lower_bound(by_name, o->func_count, sizeof(by_name[0]),
                              is_before_wanted, &wanted);
    struct sk_obj_func *func = i < o->func_count ? &o->funcs[by_name[i]] : NULL;

    return func && func->is_program == kind && !strcmp(func->name, name) ? func : NULL;
}

/* Gives a program the callback that its tag names. */
static void set_callback(struct sk_object *o, const uint32_t *by_name,
                         const struct sk_btf_type *tag, const char *name)
{
    const char *tagged = sk_btf_type(&o->btf, tag->type).name;
    struct sk_obj_func *program = function_named(o, by_name, tagged, PROGRAM);
    const struct sk_obj_func *callback = function_named(o, by_name, name, NO_PROGRAM);

    if (!program || program->bad_callback)
        return;
    program->is_callback_static = callback && !can_be_callback(callback);
    if (!callback || program->callback || program->is_callback_static)
        program->bad_callback = tag->id;
    else
        program->callback = 1 + (uint32_t)(callback - o->funcs);
}

static enum skep_code sort_names(const struct sk_object *o, uint32_t **by_name,
                                 struct skep_err *err)
{
    *by_name = sk_mem_new(&o->mem, o->func_count, sizeof(uint32_t));
    if (!*by_name)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       o->func_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < o->func_count; i++)
        (*by_name)[i] = i;
    sk_sort(*by_name, o->func_count, sizeof(uint32_t), name_before, o);
    return SKEP_OK;
}

enum skep_code sk_obj_find_callbacks(struct sk_object *o, struct skep_err *err)
{
    uint32_t *by_name = NULL;
    enum skep_code code = SKEP_OK;

    for (uint32_t id = 1; id < sk_btf_count(&o->btf) && !code; id++) {
        struct sk_btf_type type = sk_btf_type(&o->btf, id);
        const char *name = callback_of(o, &type);

        if (name && !by_name)
            code = sort_names(o, &by_name, err);
        if (name && !code)
            set_callback(o, by_name, &type, name);
    }
    sk_mem_free(&o->mem, by_name, o->func_count, sizeof(uint32_t));
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
                       sk_shown(name, func->name),
                       func->callback             ? "a second callback"
                       : func->is_callback_static ? "a static or hidden callback"
                                                  : "an unknown callback",
                       sk_shown(callback, callback_of(o, &tag)));
}
