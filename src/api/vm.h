/* What the public handles are, and taking structs from callers. */
#ifndef SK_API_VM_H
#define SK_API_VM_H

#include "env/env.h"
#include "interp/interp.h"
#include "jit/jit.h"

struct skep_vm {
    struct sk_mem mem;
    struct sk_env env;
};

struct skep_object; /* api/object.h */

struct skep_prog {
    struct sk_image image; /* first: see image.h */
    struct sk_code code;
    struct sk_native *native[SK_CODE_KINDS]; /* of the kinds that were made */
    struct skep_object *object;              /* that it was loaded from, or NULL */
    uint32_t program;                        /* its index there */
    const char *type_name;                   /* "": raw; NULL: as the layout says */
    uint32_t type_number;                    /* enum bpf_prog_type; 0: none of Linux's */
};

/* What the name of a program type says. Linux's types are all known by name, some of them with
 * the layout of their context. */
struct sk_api_type {
    const struct skep_type *layout; /* NULL: not known, or raw */
    const char *name;               /* "": raw. Lives as long as the vm */
    uint32_t number;                /* enum bpf_prog_type; 0: none of Linux's */
};
enum skep_code sk_api_find_type(const struct skep_vm *vm, const char *name,
                                struct sk_api_type *type, struct skep_err *err);

/* Makes all that runs need of a program whose slots and notes are there: opts' engine and native
 * say which code. */
enum skep_code sk_api_make_code(struct skep_prog *prog, const struct skep_load_opts *opts,
                                struct skep_err *err);

/* Makes the native code that the flags (enum skep_native_flags) ask for. */
enum skep_code sk_api_load_native(struct skep_prog *prog, enum skep_engine engine,
                                  uint32_t flags, struct skep_err *err);
void sk_api_free_native(struct skep_prog *prog);

/* Copies a caller's options, which begin with their size, into *full; fields that the
 * caller does not have become 0, and those that this library does not have must be 0.
 * opts NULL: all 0. */
enum skep_code sk_api_options(const void *opts, void *full, size_t full_size,
                              const char *name, struct skep_err *err);

/* Copies the first `*(size_t *)info` bytes of a result of `full_size` bytes to the caller. */
void sk_api_give(void *info, void *full, size_t full_size);

/* E_ARGUMENT when a pointer that a call cannot do without is NULL. */
enum skep_code sk_api_need(const void *pointer, const char *name, struct skep_err *err);

#endif
