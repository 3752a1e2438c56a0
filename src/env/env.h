/* What surrounds a program: the helpers and program types that an instance knows.
 *
 * Prototypes and layouts only; implementations are the engines' affair. An sk_env owns
 * copies of what the caller declared, does not change after sk_env_init, and may be read
 * by any thread.
 *
 * What sk_env_init promises of each declared helper: its id fits an immediate and is no
 * other's; its name is a C identifier and no other helper's, with or without "bpf_"; it
 * has a function; each memory argument has a length (a SIZE behind it, or arg_size); a
 * SIZE follows memory. Of each declared type: names are C identifiers, no two types or
 * fields of a type share one, and fields lie in the context.
 *
 * A type with ctx_size 0 takes a context of any size, has no fields, and its programs may
 * write to all of it. Other contexts are written only where a field with SKEP_FIELD_WRITE
 * lies. */
#ifndef SK_ENV_ENV_H
#define SK_ENV_ENV_H

#include "base/mem.h"

enum {
    SK_ENV_NAME_MAX = 64, /* of declared names, with the terminator */
    SK_ENV_MAX = 4096,    /* declared helpers, types, and fields of a type */
};

struct sk_env {
    struct sk_mem mem;
    void *block; /* one allocation of `bytes`: all of what follows, and the names */
    size_t bytes;
    struct skep_helper *helpers; /* sorted by id */
    size_t helper_count;
    struct skep_type *types; /* the caller's */
    size_t type_count;
    uint32_t cpu; /* this machine's enum skep_cpu_features: to ask takes microseconds */
};

/* Copies and checks the caller's tables; opts may be NULL. On failure *env holds
 * nothing. */
enum skep_code sk_env_init(struct sk_env *env, const struct sk_mem *mem,
                           const struct skep_vm_opts *opts, struct skep_err *err);
void sk_env_fini(struct sk_env *env);

/* The declared helper of that id, or NULL. */
const struct skep_helper *sk_env_helper(const struct sk_env *env, uint32_t id);

/* The name of a helper: the declared one, else Linux's ("bpf_map_lookup_elem"), else
 * NULL. `env` may be NULL: Linux's only. */
const char *sk_env_helper_name(const struct sk_env *env, uint32_t id);

/* The id of the helper of that name, with or without "bpf_"; -1 if there is none. A name
 * of Linux's whose id was declared under another name is none. `env` may be NULL. */
int64_t sk_env_helper_id(const struct sk_env *env, const char *name, size_t len);

/* Program type by index, built-in ones first, and by name; NULL if there is none. `env`
 * may be NULL: built-in ones only. */
const struct skep_type *sk_env_type(const struct sk_env *env, size_t index);
const struct skep_type *sk_env_find_type(const struct sk_env *env, const char *name);

/* A field of a type by name, or NULL. */
const struct skep_field *sk_type_field(const struct skep_type *type, const char *name,
                                       size_t len);

#endif
