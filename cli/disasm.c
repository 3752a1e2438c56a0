/* skep disasm: slots to text, one instruction a line. */
#include <skep_text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "program.h"
#include "report.h"

/* Turns lines "INDEX: TEXT" into an array of objects, begun by the first one: slots that
 * are refused shall leave no output. The library passes lines in pieces. */
struct lines {
    struct jw j;
    size_t count;
    char line[INSN_TEXT_MAX + 32];
    size_t len;
};

static void put_object(struct lines *lines)
{
    char *colon = strstr(lines->line, ": ");

    if (!colon)
        return;
    if (lines->count++ == 0)
        jw_open(&lines->j, NULL, '[');
    jw_open(&lines->j, NULL, '{');
    jw_u64(&lines->j, "slot", strtoull(lines->line, NULL, 10));
    jw_str(&lines->j, "disasm", colon + 2);
    jw_close(&lines->j, '}');
}

static int take_piece(void *ctx, const char *text, size_t len)
{
    struct lines *lines = ctx;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n') {
            lines->line[lines->len] = 0;
            put_object(lines);
            lines->len = 0;
        } else if (lines->len + 1 < sizeof(lines->line)) {
            lines->line[lines->len++] = text[i];
        }
    }
    return ferror(stdout);
}

static enum skep_code disassemble(const struct cli *cli, skep_vm *vm, const void *slots,
                                  size_t len, struct skep_err *err)
{
    const struct skep_disasm_opts opts = {
        .size = sizeof(opts),
        .dialect = cli->args.value[OPT_LLVM] ? SKEP_LLVM : SKEP_KERNEL,
        .no_check = cli->args.value[OPT_NO_CHECK] != NULL,
    };
    struct lines lines = { .j = cli_json(cli) };
    enum skep_code code;

    if (cli->style == STYLE_TEXT)
        return skep_disasm(vm, slots, len, &opts, write_stdout, NULL, err);
    code = skep_disasm(vm, slots, len, &opts, take_piece, &lines, err);
    if (lines.count) {
        jw_close(&lines.j, ']');
        jw_end(&lines.j);
    }
    return code;
}

int cmd_disasm(const struct cli *cli)
{
    struct skep_err err;
    enum skep_code code;
    skep_vm *vm;
    void *slots;
    size_t len;
    int status = vm_open(&vm);

    if (status)
        return status;
    status = slots_read(&cli->args, vm, &slots, &len);
    if (!status) {
        code = disassemble(cli, vm, slots, len, &err);
        if (code != SKEP_OK && code != SKEP_E_OUTPUT)
            status = fail_library(input_name(cli->args.words[0]), &err, NULL);
        skep_release(vm, slots, len);
    }
    skep_vm_free(vm);
    return status;
}
