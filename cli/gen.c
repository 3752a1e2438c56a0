/* skep gen object: objects linked into one. */
#include <skep_object.h>
#include <stdlib.h>

#include "command.h"
#include "input.h"
#include "output.h"
#include "program.h"
#include "report.h"

/* The inputs are read before the output is written, so that it may be one of them. */
static int write_linked(const struct args *args, skep_vm *vm,
                        const struct skep_link_input *inputs, size_t count)
{
    struct skep_err err;
    void *object;
    size_t len;
    int status;

    if (skep_link(vm, inputs, count, &object, &len, &err) != SKEP_OK)
        return fail_library(NULL, &err, NULL);
    status = output_write(args->words[0], object, len);
    skep_release(vm, object, len);
    return status;
}

static int link_files(const struct args *args, skep_vm *vm, struct input *files,
                      struct skep_link_input *inputs)
{
    size_t count = args->count - 1;

    for (size_t i = 0; i < count; i++) {
        int status = input_read(args->words[i + 1], &files[i]);

        if (status)
            return status;
        inputs[i] = (struct skep_link_input){ .size = sizeof(inputs[i]),
                                              .name = files[i].name,
                                              .data = files[i].data,
                                              .len = files[i].len };
    }
    return write_linked(args, vm, inputs, count);
}

static void free_files(struct input *files, size_t count)
{
    for (size_t i = 0; files && i < count; i++)
        input_free(&files[i]);
    free(files);
}

int cmd_gen_object(const struct cli *cli)
{
    size_t count = cli->args.count - 1;
    struct input *files = calloc(count, sizeof(files[0]));
    struct skep_link_input *inputs = calloc(count, sizeof(inputs[0]));
    skep_vm *vm;
    int status;

    if (!files || !inputs) {
        status = fail_memory();
    } else {
        status = vm_open(&vm);
        if (!status) {
            status = link_files(&cli->args, vm, files, inputs);
            skep_vm_free(vm);
        }
    }
    free_files(files, count);
    free(inputs);
    return status;
}
