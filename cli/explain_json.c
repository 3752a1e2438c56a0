/* The explanation of a program as JSON: one object. */
#include <string.h>

#include "explain.h"

enum { WORDS_MAX = 512 };

static void put_sources(struct jw *j, const struct survey *survey, uint32_t pc)
{
    uint32_t source = survey->first[pc];

    if (source == EXPLAIN_NONE)
        return;
    jw_open(j, "from", '[');
    for (; source != EXPLAIN_NONE; source = survey->next[source])
        jw_u64(j, NULL, source);
    jw_close(j, ']');
}

static void put_insn(struct jw *j, const struct program *program,
                     const struct survey *survey, const struct skep_insn *insn)
{
    const unsigned char *bytes = skep_prog_bytes(program->prog);
    char text[INSN_TEXT_MAX], words[WORDS_MAX], opcode[32];
    struct skep_form form = insn_form(insn);
    struct skep_line line = { .size = sizeof(line) };

    skep_insn_words(program->prog, insn->pc, words, sizeof(words));
    opcode_words(insn->opcode, opcode, sizeof(opcode));
    jw_open(j, NULL, '{');
    jw_u64(j, "slot", insn->pc);
    jw_u64(j, "function", insn->function);
    put_sources(j, survey, insn->pc);
    jw_bytes(j, "bytes", bytes + (size_t)insn->pc * 8, (size_t)insn->slots * 8);
    if (skep_prog_line(program->prog, insn->pc, &line) == SKEP_OK &&
        line.pc == insn->pc) {
        jw_open(j, "line", '{'); /* "src" is a register here */
        line_json(j, &line, 1);
        jw_close(j, '}');
    }
    jw_str(j, "insn", insn_text(program->prog, insn->pc, text, sizeof(text)));
    jw_str(j, "meaning", words);
    if (skep_prog_poison(program->prog, insn->pc))
        jw_str(j, "invalid_core_relocation", skep_prog_poison(program->prog, insn->pc));
    if (skep_prog_extern(program->prog, insn->pc))
        jw_str(j, "kernel_name", skep_prog_extern(program->prog, insn->pc));
    jw_str(j, "form", form.name);
    jw_str(j, "class", form.class_name);
    jw_str(j, "opcode", opcode);
    jw_u64(j, "dst", insn->dst);
    jw_u64(j, "src", insn->src);
    jw_i64(j, "off", insn->off);
    jw_i64(j, "imm", insn->imm);
    if (insn->slots == 2)
        jw_i64(j, "next_imm", insn->next_imm);
    if (insn->target != UINT32_MAX)
        jw_u64(j, "target", insn->target);
    jw_close(j, '}');
}

/* What is known of the functions, if anything is. */
static void put_functions(struct jw *j, const struct program *program)
{
    struct skep_function_note note = { .size = sizeof(note) };

    if (skep_prog_function_note(program->prog, 0, &note) != SKEP_OK || !note.name[0])
        return;
    jw_open(j, "function_names", '[');
    for (uint32_t i = 0; skep_prog_function_note(program->prog, i, &note) == SKEP_OK; i++)
        jw_str(j, NULL, note.name);
    jw_close(j, ']');
}

void explain_json(struct jw *j, const struct program *program,
                  const struct survey *survey)
{
    const struct skep_prog_info *info = &program->info;
    struct skep_insn insn = { 0 };
    char tag[TAG_TEXT];

    jw_open(j, NULL, '{');
    jw_str(j, "name", info->name);
    jw_str(j, "type", type_name(info));
    jw_str(j, "tag", tag_text(info, tag));
    jw_u64(j, "insns", info->insns);
    jw_u64(j, "slots", info->slots);
    jw_u64(j, "bytes", (uint64_t)info->slots * 8);
    jw_u64(j, "functions", info->functions);
    put_functions(j, program);
    jw_open(j, "classes", '{');
    for (unsigned i = 0; i < EXPLAIN_CLASSES; i++)
        if (survey->classes[i])
            jw_u64(j, class_name(i), survey->classes[i]);
    jw_close(j, '}');
    jw_open(j, "instructions", '[');
    for (uint32_t pc = 0; pc < info->slots; pc += insn.slots) {
        skep_prog_insn(program->prog, pc, &insn);
        put_insn(j, program, survey, &insn);
    }
    jw_close(j, ']');
    jw_close(j, '}');
}
