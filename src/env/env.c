/* The environment of programs: names of helpers, and copies of what a caller declared.
 *
 * All copies lie in one block, so that one allocation can fail and one is to be freed:
 *
 *     helpers | types | fields of the types | names
 */
#include "env/env.h"

#include <string.h>

#include "base/bits.h"
#include "base/sort.h"
#include "env/check.h"
#include "env/progtype.h"

/* Linux's names by id. 0 is no helper, but has one. */
static const char *const linux_names[] = {
    [0] = "bpf_unspec",
#define HELPER(id, name) [id] = "bpf_" #name,
#include "env/helper.def"
#undef HELPER
};

/* ---- Copying ---------------------------------------------------------------------- */

/* Where the next parts of the block go. */
struct room {
    struct skep_helper *helpers;
    struct skep_type *types;
    struct skep_field *fields;
    char *names;
};

static size_t count_fields(const struct skep_vm_opts *opts)
{
    size_t count = 0;

    for (size_t i = 0; i < opts->type_count; i++)
        count += opts->types[i].field_count;
    return count;
}

static size_t count_names(const struct skep_vm_opts *opts)
{
    size_t bytes = 0;

    for (size_t i = 0; i < opts->helper_count; i++)
        bytes += strlen(opts->helpers[i].name) + 1;
    for (size_t i = 0; i < opts->type_count; i++) {
        const struct skep_type *type = &opts->types[i];

        bytes += strlen(type->name) + 1;
        for (size_t k = 0; k < type->field_count; k++)
            bytes += strlen(type->fields[k].name) + 1;
    }
    return bytes;
}

static const char *copy_name(struct room *room, const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = memcpy(room->names, name, size);

    room->names += size;
    return copy;
}

/* Inserts a helper into the `count` ones that are sorted already. */
static void copy_helper(struct room *room, size_t count, const struct skep_helper *helper)
{
    struct skep_helper *at = room->helpers + count;

    for (; at > room->helpers && at[-1].id > helper->id; at--)
        at[0] = at[-1];
    *at = *helper;
    at->name = copy_name(room, helper->name);
}

static void copy_type(struct room *room, struct skep_type *copy,
                      const struct skep_type *type)
{
    *copy = *type;
    copy->name = copy_name(room, type->name);
    copy->fields = room->fields;
    for (size_t i = 0; i < type->field_count; i++) {
        *room->fields = type->fields[i];
        room->fields->name = copy_name(room, type->fields[i].name);
        room->fields++;
    }
}

/* Copies tables that were checked. */
static enum skep_code copy_tables(struct sk_env *env, const struct skep_vm_opts *opts,
                                  struct skep_err *err)
{
    size_t helpers = opts->helper_count * sizeof(struct skep_helper);
    size_t types = opts->type_count * sizeof(struct skep_type);
    size_t fields = count_fields(opts) * sizeof(struct skep_field);
    size_t bytes = helpers + types + fields + count_names(opts);
    char *block = sk_mem_new(&env->mem, bytes, 1);
    struct room room;

    if (!block)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), bytes);
    room.helpers = (struct skep_helper *)(void *)block;
    room.types = (struct skep_type *)(void *)(block + helpers);
    room.fields = (struct skep_field *)(void *)(block + helpers + types);
    room.names = block + helpers + types + fields;
    env->block = block;
    env->bytes = bytes;
    env->helpers = room.helpers;
    env->helper_count = opts->helper_count;
    env->types = room.types;
    env->type_count = opts->type_count;
    for (size_t i = 0; i < opts->helper_count; i++)
        copy_helper(&room, i, &opts->helpers[i]);
    for (size_t i = 0; i < opts->type_count; i++)
        copy_type(&room, &env->types[i], &opts->types[i]);
    return SKEP_OK;
}

enum skep_code sk_env_init(struct sk_env *env, const struct sk_mem *mem,
                           const struct skep_vm_opts *opts, struct skep_err *err)
{
    static const struct skep_vm_opts none = { .size = sizeof(none) };

    *env = (struct sk_env){ .mem = *mem };
    if (!opts)
        opts = &none;
    SK_TRY(sk_env_check(opts, err));
    return copy_tables(env, opts, err);
}

void sk_env_fini(struct sk_env *env)
{
    sk_mem_free(&env->mem, env->block, env->bytes, 1);
    *env = (struct sk_env){ .mem = env->mem };
}

/* ---- Looking up ------------------------------------------------------------------- */

static int has_id_before(const void *item, const void *key)
{
    return ((const struct skep_helper *)item)->id < *(const uint32_t *)key;
}

const struct skep_helper *sk_env_helper(const struct sk_env *env, uint32_t id)
{
    size_t count = env ? env->helper_count : 0;
    const struct skep_helper *found;

    if (!count)
        return NULL;
    found = env->helpers +
            sk_lower_bound(env->helpers, count, sizeof(*found), has_id_before, &id);
    return found < env->helpers + count && found->id == id ? found : NULL;
}

const char *sk_env_helper_name(const struct sk_env *env, uint32_t id)
{
    const struct skep_helper *helper = sk_env_helper(env, id);

    if (helper)
        return helper->name;
    return id < SK_LEN(linux_names) ? linux_names[id] : NULL;
}

/* Whether `known`, a name with or without "bpf_", is the word, which has none. */
static int is_word(const char *known, const char *word, size_t len)
{
    if (!strncmp(known, "bpf_", 4))
        known += 4;
    return strlen(known) == len && !memcmp(known, word, len);
}

int64_t sk_env_helper_id(const struct sk_env *env, const char *name, size_t len)
{
    if (len > 4 && !memcmp(name, "bpf_", 4)) {
        name += 4;
        len -= 4;
    }
    for (size_t i = 0; env && i < env->helper_count; i++) {
        if (is_word(env->helpers[i].name, name, len))
            return env->helpers[i].id;
    }
    for (uint32_t id = 0; id < SK_LEN(linux_names); id++) {
        if (is_word(linux_names[id], name, len) && !sk_env_helper(env, id))
            return id;
    }
    return -1;
}

const struct skep_type *sk_env_type(const struct sk_env *env, size_t index)
{
    if (index < SK_PROGTYPE_COUNT)
        return &sk_progtypes[index];
    index -= SK_PROGTYPE_COUNT;
    return env && index < env->type_count ? &env->types[index] : NULL;
}

const struct skep_type *sk_env_find_type(const struct sk_env *env, const char *name)
{
    const struct skep_type *type;

    for (size_t i = 0; (type = sk_env_type(env, i)); i++) {
        if (!strcmp(type->name, name))
            return type;
    }
    return NULL;
}
