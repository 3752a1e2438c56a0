/* The rules for what a caller may declare. Names are foreign text here until they are
 * found to be identifiers, so messages show them escaped. */
#include "env/check.h"

#include <string.h>

#include "base/escape.h"
#include "env/env.h"

/* The length of a string, at most SK_ENV_NAME_MAX. */
static size_t name_len(const char *name)
{
    const char *end = memchr(name, 0, SK_ENV_NAME_MAX);

    return end ? (size_t)(end - name) : SK_ENV_NAME_MAX;
}

/* Why a name cannot be used, or NULL. */
static const char *name_fault(const char *name)
{
    size_t len;

    if (!name)
        return "the name is NULL";
    len = name_len(name);
    if (len == SK_ENV_NAME_MAX)
        return "the name is longer than 63 characters";
    if (!len || (name[0] >= '0' && name[0] <= '9'))
        return "the name does not begin with a letter or _";
    for (size_t i = 0; i < len; i++) {
        char c = name[i], lower = (char)(c | 0x20);

        if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '_')
            return "the name may hold letters, digits and _ only";
    }
    return NULL;
}

/* A name that may be anything, for a message. */
static const char *shown(char buf[SK_ENV_NAME_MAX], const char *name)
{
    if (!name)
        return "NULL";
    return sk_escape(buf, SK_ENV_NAME_MAX, name, name_len(name));
}

static int is_memory(enum skep_arg arg)
{
    return arg == SKEP_ARG_MEM_READ || arg == SKEP_ARG_MEM_WRITE;
}

static int is_size(enum skep_arg arg)
{
    return arg == SKEP_ARG_SIZE || arg == SKEP_ARG_SIZE0;
}

/* Why argument i of a helper is no argument, or NULL. */
static const char *arg_fault(const struct skep_helper *helper, int i)
{
    enum skep_arg arg = helper->arg[i];
    enum skep_arg before = i > 0 ? helper->arg[i - 1] : SKEP_ARG_ANY;
    enum skep_arg behind = i < 4 ? helper->arg[i + 1] : SKEP_ARG_NONE;

    if ((unsigned)arg > SKEP_ARG_SIZE0)
        return "an argument is none of enum skep_arg";
    if (arg != SKEP_ARG_NONE && before == SKEP_ARG_NONE)
        return "an argument follows the end of the list";
    if (is_size(arg) && !is_memory(before))
        return "a SIZE argument follows no memory argument";
    if (helper->arg_size[i] && !is_memory(arg))
        return "arg_size is set for an argument that is no memory";
    if (helper->arg_size[i] && is_size(behind))
        return "a memory argument has both arg_size and a SIZE behind it";
    if (is_memory(arg) && !helper->arg_size[i] && !is_size(behind))
        return "a memory argument has neither arg_size nor a SIZE behind it";
    return NULL;
}

static const char *prototype_fault(const struct skep_helper *helper)
{
    const char *fault = NULL;

    for (int i = 0; i < 5 && !fault; i++)
        fault = arg_fault(helper, i);
    if (fault)
        return fault;
    if ((unsigned)helper->ret > SKEP_RET_MEM)
        return "ret is none of enum skep_ret";
    if (helper->ret == SKEP_RET_MEM && !helper->ret_size)
        return "it returns memory of ret_size 0";
    if (helper->ret != SKEP_RET_MEM && helper->ret_size)
        return "ret_size is set, but it returns no memory";
    return NULL;
}

/* Two names that programs cannot tell apart. */
static int same_helper_name(const char *a, const char *b)
{
    a += strncmp(a, "bpf_", 4) ? 0 : 4;
    b += strncmp(b, "bpf_", 4) ? 0 : 4;
    return !strcmp(a, b);
}

/* Why a helper clashes with Linux's or with one of those before it, or NULL. */
static const char *clash(const struct skep_helper *helpers, size_t index)
{
    const struct skep_helper *helper = &helpers[index];
    int64_t linux_id = sk_env_helper_id(NULL, helper->name, strlen(helper->name));

    if (linux_id >= 0 && linux_id != helper->id)
        return "Linux has a helper of that name under another id";
    for (size_t i = 0; i < index; i++) {
        if (helpers[i].id == helper->id)
            return "the id is declared twice";
        if (same_helper_name(helpers[i].name, helper->name))
            return "the name is declared twice";
    }
    return NULL;
}

static const char *helper_fault(const struct skep_helper *helpers, size_t index)
{
    const struct skep_helper *helper = &helpers[index];
    const char *fault = name_fault(helper->name);

    if (fault)
        return fault;
    if (!helper->fn)
        return "fn is NULL";
    if (helper->id > INT32_MAX)
        return "the id does not fit a call's immediate";
    fault = prototype_fault(helper);
    return fault ? fault : clash(helpers, index);
}

static const char *field_fault(const struct skep_type *type, size_t index)
{
    const struct skep_field *field = &type->fields[index];
    const char *fault = name_fault(field->name);

    if (fault)
        return fault;
    if (!field->size)
        return "the size is 0";
    if ((uint64_t)field->offset + field->size > type->ctx_size)
        return "it lies outside the context";
    if (field->flags & ~(uint32_t)SKEP_FIELD_WRITE)
        return "flags has bits that mean nothing";
    for (size_t i = 0; i < index; i++) {
        if (!strcmp(type->fields[i].name, field->name))
            return "the name is declared twice";
    }
    return NULL;
}

static const char *type_fault(const struct skep_type *types, size_t index)
{
    const struct skep_type *type = &types[index];
    const char *fault = name_fault(type->name);

    if (fault)
        return fault;
    if (sk_env_find_type(NULL, type->name) || !strcmp(type->name, "raw") ||
        !strcmp(type->name, "unspec"))
        return "the name is that of a built-in type";
    for (size_t i = 0; i < index; i++) {
        if (!strcmp(types[i].name, type->name))
            return "the name is declared twice";
    }
    if (type->field_count && !type->fields)
        return "fields is NULL, but field_count is not 0";
    if (type->field_count > SK_ENV_MAX)
        return "there are more than 4096 fields";
    if (type->field_count && !type->ctx_size)
        return "a context of any size (ctx_size 0) has no fields";
    return NULL;
}

static enum skep_code check_type(const struct skep_type *types, size_t index,
                                 struct skep_err *err)
{
    const struct skep_type *type = &types[index];
    const char *fault = type_fault(types, index);
    char buf[SK_ENV_NAME_MAX], field_buf[SK_ENV_NAME_MAX];

    if (fault)
        return sk_fail(err, E_TYPE_TABLE, sk_at_nothing(), shown(buf, type->name), fault);
    for (size_t i = 0; i < type->field_count; i++) {
        fault = field_fault(type, i);
        if (fault)
            return sk_fail(err, E_FIELD_TABLE, sk_at_nothing(), type->name,
                           shown(field_buf, type->fields[i].name), fault);
    }
    return SKEP_OK;
}

enum skep_code sk_env_check(const struct skep_vm_opts *opts, struct skep_err *err)
{
    char buf[SK_ENV_NAME_MAX];

    if (opts->helper_count > SK_ENV_MAX || opts->type_count > SK_ENV_MAX)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                       "more than 4096 helpers or program types");
    if ((opts->helper_count && !opts->helpers) || (opts->type_count && !opts->types))
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                       "a table of helpers or program types is NULL, its count is not 0");
    for (size_t i = 0; i < opts->helper_count; i++) {
        const char *fault = helper_fault(opts->helpers, i);

        if (fault)
            return sk_fail(err, E_HELPER_TABLE, sk_at_nothing(), opts->helpers[i].id,
                           shown(buf, opts->helpers[i].name), fault);
    }
    for (size_t i = 0; i < opts->type_count; i++)
        SK_TRY(check_type(opts->types, i, err));
    return SKEP_OK;
}
