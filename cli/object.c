/* Objects as commands get them. */
#include "object.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

int object_like(const void *data, size_t len)
{
    return len >= 4 && memcmp(data, "\177ELF", 4) == 0;
}

int object_refuse_options(const struct args *args)
{
    static const enum option options[] = { OPT_BTF, OPT_KCONFIG, OPT_SET, OPT_VARS };

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (args->value[options[i]])
            return fail(SKEP_KIND_USAGE, NULL, "--%s is for ELF objects only",
                        option_table[options[i]].name);
    return 0;
}

/* NAME=VALUE */
static int set_one(skep_object *object, const struct input *input, const char *text)
{
    const char *equals = strchr(text, '=');
    struct skep_err err;
    char *name;
    int status = 0;

    if (!equals || equals == text)
        return fail(SKEP_KIND_USAGE, NULL, "--set: '%.60s' is not NAME=VALUE", text);
    name = strndup(text, (size_t)(equals - text));
    if (!name)
        return fail_memory();
    if (skep_object_set_text(object, name, equals + 1, &err) != SKEP_OK)
        status = fail_library(input->name, &err, NULL);
    free(name);
    return status;
}

/* Opens it to see what it needs of the kernel. */
static int find_needs(skep_vm *vm, const struct input *input, const void *data,
                      size_t len, const struct skep_object_opts *opts, uint32_t *needs)
{
    struct skep_object_info info = { .size = sizeof(info) };
    struct skep_err err;
    skep_object *handle;

    if (skep_object_open(vm, data, len, opts, &handle, &err) != SKEP_OK)
        return fail_library(input->name, &err, NULL);
    skep_object_info(handle, &info);
    *needs = info.needs;
    skep_object_free(handle);
    return 0;
}

static int open_adapted(const struct args *args, skep_vm *vm, const struct input *input,
                        const void *data, size_t len, struct skep_object_opts *opts,
                        struct object *object)
{
    struct skep_err err;
    uint32_t needs = 0;
    int status = find_needs(vm, input, data, len, opts, &needs);

    if (!status)
        status = kernel_open(args, vm, needs, object->kernel, opts);
    if (!status &&
        skep_object_open(vm, data, len, opts, &object->handle, &err) != SKEP_OK)
        status = fail_library(input->name, &err, NULL);
    for (size_t i = 0; i < args->set_count && !status; i++)
        status = set_one(object->handle, input, args->sets[i]);
    return status;
}

int object_open(const struct args *args, skep_vm *vm, const struct input *input,
                const void *data, size_t len, struct object *object)
{
    struct skep_object_opts opts = { .size = sizeof(opts), .name = input->name };
    int status;

    *object = (struct object){ .info = { .size = sizeof(object->info) } };
    object->kernel = calloc(1, sizeof(*object->kernel));
    if (!object->kernel)
        return fail_memory();
    status = open_adapted(args, vm, input, data, len, &opts, object);
    if (status)
        object_close(object);
    else
        skep_object_info(object->handle, &object->info);
    return status;
}

void object_close(struct object *object)
{
    skep_object_free(object->handle);
    if (object->kernel)
        kernel_close(object->kernel);
    free(object->kernel);
    *object = (struct object){ 0 };
}

int object_fail(const struct object *object, const char *subject,
                const struct skep_err *err)
{
    return fail_library(err->at == SKEP_AT_TEXT ? object->kernel->config.name : subject,
                        err, NULL);
}
