/* skep prog dump xlated: a program's instructions as bpftool lists them. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "program.h"
#include "report.h"

enum { DUMP_VISUAL = 1u << 31 }; /* beside enum skep_list_flags */

#define WORDS "opcodes, linum, visual"

/* Reads the words behind FILE, and behind PROGRAM if `named`. */
static int read_flags(const struct args *args, int named, uint32_t *flags)
{
    static const struct {
        const char *word;
        uint32_t flag;
    } known[] = {
        { "opcodes", SKEP_LIST_OPCODES },
        { "linum", SKEP_LIST_LINUM },
        { "visual", DUMP_VISUAL },
    };

    *flags = 0;
    for (size_t i = named ? 2 : 1; i < args->count; i++) {
        uint32_t flag = 0;

        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]) && !flag; k++)
            if (is_prefix(args->words[i], known[k].word))
                flag = known[k].flag;
        if (!flag)
            return fail(SKEP_KIND_USAGE, NULL, "'%.60s' is none of " WORDS,
                        args->words[i]);
        *flags |= flag;
    }
    if ((*flags & DUMP_VISUAL) && *flags != DUMP_VISUAL)
        return fail(SKEP_KIND_USAGE, NULL, "visual goes with neither opcodes nor linum");
    return 0;
}

/* Fields of a slot as bpftool writes them: "0x1", and with two digits "0x05". */
static void put_nibble(struct jw *j, const char *key, unsigned value)
{
    jw_hex(j, key, value & 0xf);
}

static void put_byte(struct jw *j, const char *key, unsigned char value)
{
    char text[8];

    snprintf(text, sizeof(text), "0x%02x", value);
    jw_str(j, key, text);
}

static void put_opcodes(struct jw *j, const unsigned char *slot, uint32_t slots)
{
    unsigned char imm[8];

    memcpy(imm, slot + 4, 4);
    jw_open(j, "opcodes", '{');
    put_byte(j, "code", slot[0]);
    put_nibble(j, "src_reg", slot[1] >> 4);
    put_nibble(j, "dst_reg", slot[1]);
    jw_bytes(j, "off", slot + 2, 2);
    if (slots == 2)
        memcpy(imm + 4, slot + 12, 4);
    jw_bytes(j, "imm", imm, (size_t)slots * 4);
    jw_close(j, '}');
}

/* The prototype of a function that begins at the instruction, and the source line that does. */
static void put_notes(struct jw *j, const struct program *program,
                      const struct skep_insn *insn, uint32_t flags)
{
    const char *why = skep_prog_poison(program->prog, insn->pc);
    struct skep_function_note note = { .size = sizeof(note) };
    struct skep_line line = { .size = sizeof(line) };
    uint32_t first = 0, end;

    skep_prog_function(program->prog, insn->function, &first, &end);
    if (first == insn->pc &&
        skep_prog_function_note(program->prog, insn->function, &note) == SKEP_OK &&
        note.proto[0])
        jw_str(j, "proto", note.proto);
    if (why)
        jw_str(j, "invalid_core_relocation", why);
    if (skep_prog_line(program->prog, insn->pc, &line) != SKEP_OK || line.pc != insn->pc)
        return;
    line_json(j, &line, flags & SKEP_LIST_LINUM);
}

static void put_insns(struct jw *j, const struct program *program, uint32_t flags)
{
    const unsigned char *bytes = skep_prog_bytes(program->prog);
    struct skep_insn insn;

    for (uint32_t pc = 0; pc < program->info.slots; pc += insn.slots) {
        char text[INSN_TEXT_MAX], whole[INSN_TEXT_MAX + 8];

        skep_prog_insn(program->prog, pc, &insn);
        insn_text(program->prog, pc, text, sizeof(text));
        snprintf(whole, sizeof(whole), "(%02x) %s", insn.opcode, text);
        jw_open(j, NULL, '{');
        put_notes(j, program, &insn, flags);
        jw_str(j, "disasm", whole);
        if (flags & SKEP_LIST_OPCODES)
            put_opcodes(j, bytes + (size_t)pc * 8, insn.slots);
        jw_close(j, '}');
    }
}

static int dump_text(const struct program *program, uint32_t flags)
{
    struct skep_err err;
    enum skep_code code;

    if (flags & DUMP_VISUAL)
        code = skep_list_visual(program->prog, write_stdout, NULL, &err);
    else
        code = skep_list(program->prog, flags, write_stdout, NULL, &err);
    if (code == SKEP_OK || code == SKEP_E_OUTPUT)
        return 0;
    return fail_library(program->input.name, &err, NULL);
}

/* What dumps programs one after the other. */
struct dump {
    const struct cli *cli;
    uint32_t flags;
    struct jw j;
    uint32_t count;
};

/* Several programs have heads, as those that one name fits have in bpftool. */
static int dump_one(void *ctx, struct program *program)
{
    struct dump *dump = ctx;
    int several = program->shown > 1, first = dump->count == 0;

    if (!program->prog)
        return 0;
    dump->count++;
    if (dump->cli->style == STYLE_TEXT) {
        if (several && !(dump->flags & DUMP_VISUAL)) {
            fputs(first ? "" : "\n", stdout);
            program_head(program);
            putchar('\n');
        }
        return dump_text(program, dump->flags);
    }
    if (first)
        jw_open(&dump->j, NULL, '[');
    if (several) {
        jw_open(&dump->j, NULL, '{');
        program_head_json(&dump->j, program);
        jw_open(&dump->j, "insns", '[');
    }
    put_insns(&dump->j, program, dump->flags);
    if (several) {
        jw_close(&dump->j, ']');
        jw_close(&dump->j, '}');
    }
    return 0;
}

int cmd_prog_dump_xlated(const struct cli *cli)
{
    static const char *const words[] = { "opcodes", "linum", "visual", NULL };
    const struct program_want want = { .name = program_operand(&cli->args, words),
                                       .words = WORDS,
                                       .engine = SKEP_ENGINE_INTERP };
    struct dump dump = { .cli = cli, .j = cli_json(cli) };
    int status = read_flags(&cli->args, want.name != NULL, &dump.flags);

    if (!status && cli->style != STYLE_TEXT && (dump.flags & DUMP_VISUAL))
        status = fail(SKEP_KIND_USAGE, NULL, "visual does not go with JSON");
    if (!status)
        status = programs_each(&cli->args, &want, dump_one, &dump);
    if (cli->style != STYLE_TEXT)
        jw_end_list(&dump.j, dump.count, status);
    return status;
}
