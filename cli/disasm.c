/* skep disasm: slots to text, one instruction a line. */
#include <skep_text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "program.h"
#include "report.h"
#include "text.h"

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

/* ---- Objects ----------------------------------------------------------------------- */

/* What lists an object's programs one after the other. */
struct object_lines {
    const struct cli *cli;
    struct jw j;
    uint32_t count;
};

static void put_line(const struct program *program, const struct skep_insn *insn,
                     enum skep_dialect dialect)
{
    char text[INSN_TEXT_MAX];

    skep_insn_text(program->prog, insn->pc, dialect, text, sizeof(text));
    if (dialect == SKEP_KERNEL)
        printf("%u: (%02x) %s\n", insn->pc, insn->opcode, text);
    else
        printf("%u: %s\n", insn->pc, text);
}

/* Prototype and source line where the instruction begins them. */
static void put_notes(const struct program *program, const struct skep_insn *insn)
{
    struct skep_function_note note = { .size = sizeof(note), .proto = "" };
    const char *why = skep_prog_poison(program->prog, insn->pc);
    struct skep_line line = { .size = sizeof(line) };
    uint32_t first = UINT32_MAX, end;

    skep_prog_function(program->prog, insn->function, &first, &end);
    if (first == insn->pc)
        skep_prog_function_note(program->prog, insn->function, &note);
    if (note.proto[0]) {
        text_put(stdout, note.proto, strlen(note.proto));
        puts(":");
    }
    if (skep_prog_line(program->prog, insn->pc, &line) == SKEP_OK &&
        line.pc == insn->pc) {
        fputs("; ", stdout);
        line_text(stdout, &line, 0);
        putchar('\n');
    }
    if (why) {
        fputs("; <invalid CO-RE relocation>: ", stdout);
        text_put(stdout, why, strlen(why));
        putchar('\n');
    }
}

static void put_insn_json(struct jw *j, const struct program *program,
                          const struct skep_insn *insn, enum skep_dialect dialect)
{
    char text[INSN_TEXT_MAX], whole[INSN_TEXT_MAX + 8];
    struct skep_line line = { .size = sizeof(line) };

    skep_insn_text(program->prog, insn->pc, dialect, text, sizeof(text));
    snprintf(whole, sizeof(whole), "(%02x) %s", insn->opcode, text);
    jw_open(j, NULL, '{');
    jw_u64(j, "slot", insn->pc);
    if (skep_prog_line(program->prog, insn->pc, &line) == SKEP_OK && line.pc == insn->pc)
        line_json(j, &line, 0);
    jw_str(j, "disasm", dialect == SKEP_KERNEL ? whole : text);
    jw_close(j, '}');
}

static void put_program(struct object_lines *lines, const struct program *program)
{
    enum skep_dialect dialect =
        lines->cli->args.value[OPT_LLVM] ? SKEP_LLVM : SKEP_KERNEL;
    struct skep_insn insn;

    for (uint32_t pc = 0; pc < program->info.slots && !ferror(stdout); pc += insn.slots) {
        skep_prog_insn(program->prog, pc, &insn);
        if (lines->cli->style == STYLE_TEXT) {
            put_notes(program, &insn);
            put_line(program, &insn, dialect);
        } else {
            put_insn_json(&lines->j, program, &insn, dialect);
        }
    }
}

static int disasm_one(void *ctx, struct program *program)
{
    struct object_lines *lines = ctx;
    int several = program->shown > 1, first = lines->count == 0;
    int json = lines->cli->style != STYLE_TEXT;

    if (!program->prog)
        return 0;
    lines->count++;
    if (json && first)
        jw_open(&lines->j, NULL, '[');
    if (json && several) {
        jw_open(&lines->j, NULL, '{');
        program_head_json(&lines->j, program);
        jw_open(&lines->j, "insns", '[');
    } else if (several) {
        fputs(first ? "" : "\n", stdout);
        program_head(program);
        putchar('\n');
    }
    put_program(lines, program);
    if (json && several) {
        jw_close(&lines->j, ']');
        jw_close(&lines->j, '}');
    }
    return 0;
}

static int disasm_object(const struct cli *cli, const struct input *take_input)
{
    const struct program_want want = { .name = program_operand(&cli->args, NULL),
                                       .engine = SKEP_ENGINE_INTERP };
    struct object_lines lines = { .cli = cli, .j = cli_json(cli) };
    int status = programs_of(&cli->args, &want, take_input, disasm_one, &lines);

    if (cli->style != STYLE_TEXT)
        jw_end_list(&lines.j, lines.count, status);
    return status;
}

/* ---- Slots ------------------------------------------------------------------------- */

static int disasm_slots(const struct cli *cli, const struct input *input)
{
    struct skep_err err;
    enum skep_code code;
    skep_vm *vm;
    void *slots;
    size_t len;
    int status = vm_open(&vm);

    if (status)
        return status;
    status = slots_of(&cli->args, vm, input, &slots, &len);
    if (!status) {
        code = disassemble(cli, vm, slots, len, &err);
        if (code != SKEP_OK && code != SKEP_E_OUTPUT)
            status = fail_library(input->name, &err, NULL);
        skep_release(vm, slots, len);
    }
    skep_vm_free(vm);
    return status;
}

int cmd_disasm(const struct cli *cli)
{
    struct input input;
    int status = input_read(cli->args.words[0], &input);

    if (status)
        return status;
    if (object_like(input.data, input.len) && !cli->args.value[OPT_NO_CHECK] &&
        !cli->args.value[OPT_FORMAT])
        return disasm_object(cli, &input);
    status = disasm_slots(cli, &input);
    input_free(&input);
    return status;
}
