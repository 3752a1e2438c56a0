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

/* What explains programs one after the other. */
struct explaining {
    const struct cli *cli;
    struct jw j;
    uint32_t count;
};

static int explain_one(void *ctx, struct program *program)
{
    struct explaining *e = ctx;
    struct survey survey;
    int status, first = e->count == 0;

    if (!program->prog)
        return 0;
    status = survey_open(program, &survey);
    if (status)
        return status;
    e->count++;
    if (e->cli->style == STYLE_TEXT) {
        fputs(first ? "" : "\n", stdout);
        explain_text(program, &survey);
    } else {
        if (first && program->shown > 1)
            jw_open(&e->j, NULL, '[');
        explain_json(&e->j, program, &survey);
    }
    survey_close(&survey);
    return 0;
}

/* JSON is one object; of several programs an array of them. */
int cmd_explain(const struct cli *cli)
{
    const struct program_want want = { .name = program_operand(&cli->args, NULL),
                                       .engine = SKEP_ENGINE_INTERP };
    struct explaining e = { .cli = cli, .j = cli_json(cli) };
    int status = programs_each(&cli->args, &want, explain_one, &e);

    if (cli->style == STYLE_TEXT)
        return status;
    if (e.count && !e.j.depth) /* the only one, without an array */
        jw_end(&e.j);
    else
        jw_end_list(&e.j, e.count, status);
    return status;
}
