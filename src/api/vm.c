/* Instances. */
#include "api/vm.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "env/ctx.h"
#include "env/progkind.h"

enum skep_code sk_api_options(const void *opts, void *full, size_t full_size,
                              const char *name, struct skep_err *err)
{
    size_t size = 0, common;

    memset(full, 0, full_size);
    if (!opts)
        return SKEP_OK;
    memcpy(&size, opts, sizeof(size));
    common = size < full_size ? size : full_size;
    if (size < sizeof(size) || size > 65536)
        return sk_fail(err, E_STRUCT_SIZE, sk_at_nothing(), name, size);
    for (size_t i = common; i < size; i++) {
        if (((const char *)opts)[i])
            return sk_fail(err, E_STRUCT_SIZE, sk_at_nothing(), name, size);
    }
    memcpy(full, opts, common);
    return SKEP_OK;
}

void sk_api_give(void *info, void *full, size_t full_size)
{
    size_t size;

    memcpy(&size, info, sizeof(size));
    memcpy(full, &size, sizeof(size));
    if (size > full_size) /* fields of a later version */
        memset((char *)info + full_size, 0, size - full_size);
    memcpy(info, full, size < full_size ? size : full_size);
}

enum skep_code sk_api_need(const void *pointer, const char *name, struct skep_err *err)
{
    char what[40];

    if (pointer)
        return SKEP_OK;
    snprintf(what, sizeof(what), "%s is NULL", name);
    return sk_fail(err, E_ARGUMENT, sk_at_nothing(), what);
}

enum skep_code skep_vm_new(const struct skep_vm_opts *opts, skep_vm **vm,
                           struct skep_err *err)
{
    struct skep_vm_opts o;
    struct sk_mem mem = sk_mem_default();
    struct skep_vm *fresh;
    enum skep_code code;

    SK_TRY(sk_api_need(vm, "vm", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_vm_opts", err));
    if (o.alloc)
        mem = (struct sk_mem){ o.alloc, o.alloc_ctx };
    fresh = sk_mem_new(&mem, 1, sizeof(*fresh));
    if (!fresh)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*fresh));
    fresh->mem = mem;
    code = sk_env_init(&fresh->env, &mem, &o, err);
    if (code) {
        sk_mem_free(&mem, fresh, 1, sizeof(*fresh));
        return code;
    }
    fresh->env.cpu = sk_native_features();
    *vm = fresh;
    return SKEP_OK;
}

void skep_vm_free(skep_vm *vm)
{
    struct sk_mem mem;

    if (!vm)
        return;
    mem = vm->mem;
    sk_env_fini(&vm->env);
    sk_mem_free(&mem, vm, 1, sizeof(*vm));
}

const struct skep_type *skep_vm_type(const skep_vm *vm, size_t index)
{
    return vm ? sk_env_type(&vm->env, index) : NULL;
}

const struct skep_type *skep_vm_find_type(const skep_vm *vm, const char *name)
{
    return vm && name ? sk_env_find_type(&vm->env, name) : NULL;
}

const char *skep_vm_type_name(const skep_vm *vm, size_t index)
{
    uint32_t kinds = 0;

    while (sk_prog_kind_name(kinds))
        kinds++;
    if (index < kinds)
        return index ? sk_prog_kind_name((uint32_t)index) : "raw";
    index -= kinds;
    return vm && index < vm->env.type_count ? vm->env.types[index].name : NULL;
}

enum skep_code sk_api_find_type(const struct skep_vm *vm, const char *name,
                                struct sk_api_type *type, struct skep_err *err)
{
    const struct skep_type *layout = sk_env_find_type(&vm->env, name);
    int number = sk_prog_kind_number(strcmp(name, "raw") ? name : "unspec");
    char text[80];

    if (!layout && number < 0)
        return sk_fail(err, E_UNKNOWN_TYPE, sk_at_nothing(),
                       sk_escape(text, sizeof(text), name, strlen(name)));
    type->layout = layout;
    type->number = number > 0 ? (uint32_t)number : 0;
    type->name = layout ? layout->name : number ? sk_prog_kind_name(type->number) : "";
    return SKEP_OK;
}

enum skep_code skep_ctx_set(const struct skep_type *type, void *ctx, size_t ctx_len,
                            const char *field, const char *value, struct skep_err *err)
{
    SK_TRY(sk_api_need(type, "type", err));
    SK_TRY(sk_api_need(ctx, "ctx", err));
    SK_TRY(sk_api_need(field, "field", err));
    SK_TRY(sk_api_need(value, "value", err));
    return sk_ctx_set(type, ctx, ctx_len, field, value, err);
}

void skep_release(skep_vm *vm, void *block, size_t len)
{
    if (vm)
        sk_mem_free(&vm->mem, block, len, 1);
}

const char *skep_version(void)
{
    return SKEP_VERSION;
}
