/* What the tests of the public interface share: a host that loads programs in text. */
#ifndef UNIT_HOST_H
#define UNIT_HOST_H

#include <skep.h>
#include <string.h>

/* Calls for which a test cannot go on when they fail. */
static inline skep_vm *new_vm(const struct skep_vm_opts *opts)
{
    struct skep_err err;
    skep_vm *vm = NULL;

    if (skep_vm_new(opts, &vm, &err))
        fail_msg("%s", err.message);
    return vm;
}

static inline skep_prog *load_typed(skep_vm *vm, const char *type, const char *text)
{
    struct skep_load_opts opts = { .size = sizeof(opts),
                                   .format = SKEP_FORMAT_ASM,
                                   .type = type,
                                   .native = SKEP_NATIVE_CHECKED | SKEP_NATIVE_UNCHECKED |
                                             SKEP_NATIVE_UNMETERED };
    struct skep_err err;
    skep_prog *prog = NULL;

    if (skep_load(vm, text, strlen(text), &opts, &prog, &err))
        fail_msg("line %u, column %u: %s", err.line, err.column, err.message);
    return prog;
}

static inline skep_prog *load(skep_vm *vm, const char *text)
{
    return load_typed(vm, NULL, text);
}

#endif
