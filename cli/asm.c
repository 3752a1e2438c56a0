/* skep asm: text to slots. */
#include <skep_text.h>
#include <stdio.h>

#include "command.h"
#include "output.h"
#include "program.h"
#include "report.h"

static int assemble(const struct args *args, skep_vm *vm, const struct input *input)
{
    const struct skep_asm_opts opts = {
        .size = sizeof(opts),
        .type = args->value[OPT_TYPE],
        .no_check = args->value[OPT_NO_CHECK] != NULL,
    };
    struct skep_err err;
    void *slots;
    size_t len;
    int status;

    if (skep_asm(vm, input->data, input->len, &opts, &slots, &len, &err) != SKEP_OK)
        return fail_library(input->name, &err, input);
    status = output_write(args->value[OPT_OUTPUT], slots, len);
    skep_release(vm, slots, len);
    return status;
}

int cmd_asm(const struct cli *cli)
{
    struct input input;
    skep_vm *vm;
    int status;

    if (!cli->args.value[OPT_OUTPUT])
        return fail(SKEP_KIND_USAGE, NULL,
                    "skep asm needs -o OUT; -o - is standard output");
    status = check_type(&cli->args);
    if (status)
        return status;
    status = input_read(cli->args.words[0], &input);
    if (status)
        return status;
    status = vm_open(&vm);
    if (!status) {
        status = assemble(&cli->args, vm, &input);
        skep_vm_free(vm);
    }
    input_free(&input);
    return status;
}
