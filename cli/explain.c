/* skep explain: a program instruction by instruction. */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opcode.h"
#include "report.h"

int survey_open(const struct program *program, struct survey *survey)
{
    uint32_t slots = program->info.slots;

    *survey = (struct survey){
        .first = malloc(slots * sizeof(*survey->first)),
        .next = malloc(slots * sizeof(*survey->next)),
    };
    if (!survey->first || !survey->next) {
        survey_close(survey);
        return fail_memory();
    }
    memset(survey->first, 0xff, slots * sizeof(*survey->first));
    /* Backwards, so that each list begins with the lowest slot. */
    for (uint32_t pc = slots; pc-- > 0;) {
        struct skep_insn insn = { 0 };

        skep_prog_insn(program->prog, pc, &insn);
        if (insn.slots == 0)
            continue;
        survey->classes[insn.opcode & 7]++;
        if (insn.target < slots) {
            survey->next[pc] = survey->first[insn.target];
            survey->first[insn.target] = pc;
        }
    }
    return 0;
}

void survey_close(struct survey *survey)
{
    free(survey->first);
    free(survey->next);
    *survey = (struct survey){ 0 };
}

const char *class_name(unsigned low_bits)
{
    struct opcode_part parts[OPCODE_PARTS];

    opcode_parts((uint8_t)low_bits, parts);
    return parts[2].name;
}

void opcode_words(uint8_t opcode, char *buf, size_t size)
{
    struct opcode_part parts[OPCODE_PARTS];

    opcode_parts(opcode, parts);
    snprintf(buf, size, "%s|%s|%s", parts[2].name, parts[0].name, parts[1].name);
}

int cmd_explain(const struct cli *cli)
{
    const struct program_want want = { .name = program_operand(&cli->args, NULL),
                                       .engine = SKEP_ENGINE_INTERP };
    struct program program;
    struct survey survey;
    int status = program_open(&cli->args, &want, &program);

    if (status)
        return status;
    status = survey_open(&program, &survey);
    if (!status) {
        if (cli->style == STYLE_TEXT)
            explain_text(&program, &survey);
        else
            explain_json(cli_json(cli), &program, &survey);
        survey_close(&survey);
    }
    program_close(&program);
    return status;
}
