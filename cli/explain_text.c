/* The explanation of a program for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "explain.h"
#include "text.h"

enum {
    TEXT_COLUMNS = 36,
    BYTES_COLUMNS = 36,
    WORDS_MAX = 512,
    SOURCES_SHOWN = 6,
    BAR_COLUMNS = 40
};

static void put_heading(const char *name, const struct colours *colours)
{
    printf("\n%s%s%s\n", colours->strong, name, colours->end);
}

static void put_summary(const struct program *program)
{
    const struct skep_prog_info *info = &program->info;
    char tag[TAG_TEXT];

    text_put(stdout, program->input.name, strlen(program->input.name));
    if (info->name[0]) {
        fputs(": ", stdout);
        text_put(stdout, info->name, strlen(info->name));
    }
    printf("\n  %u instructions in %u slots of 8 bytes: %u bytes\n", info->insns,
           info->slots, info->slots * 8);
    printf("  type %s, tag %s, %u function%s\n", type_name(info), tag_text(info, tag),
           info->functions, info->functions == 1 ? "" : "s");
}

static void put_context(const struct skep_type *type, const struct colours *colours)
{
    if (!type || !type->field_count)
        return;
    put_heading("Context", colours);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct skep_field *field = &type->fields[i];

        printf("  +%-4u %2u bytes  %s%s\n", field->offset, field->size, field->name,
               field->flags & SKEP_FIELD_WRITE ? "  (may be written)" : "");
    }
}

/* A program whose type goes by name only has a context too, of a layout that is not known. */
static void put_registers(const struct skep_prog_info *info,
                          const struct colours *colours)
{
    int has_context = info->type || (info->type_name && info->type_name[0]);

    put_heading("Registers, 64 bits each; w0 to w10 are their low 32 bits", colours);
    puts(
        "  r0      the result: of the program at its exit, of a function after its call");
    printf("  r1      at the start %s\n",
           has_context ? "the address of the context" : "the address of the memory");
    if (!has_context)
        puts("  r2      at the start the memory's length");
    puts("  r1-r5   arguments of calls, which lose their values");
    puts("  r6-r9   keep their values over calls");
    puts("  r10     the end of the function's stack of 512 bytes; read-only");
}

static unsigned percent(const struct program *program, uint32_t count)
{
    return (unsigned)(((uint64_t)count * 100 + program->info.insns / 2) /
                      program->info.insns);
}

static void put_classes(const struct program *program, const struct survey *survey,
                        const struct colours *colours)
{
    static const char bar[BAR_COLUMNS + 1] = "########################################";

    put_heading("Classes of instructions", colours);
    for (unsigned i = 0; i < EXPLAIN_CLASSES; i++) {
        uint32_t count = survey->classes[i];
        unsigned share = percent(program, count);

        if (count)
            printf("  %-6s %6u  %3u%%  %.*s\n", class_name(i), count, share,
                   (int)(share * BAR_COLUMNS + 99) / 100, bar);
    }
}

/* From which slots control comes here other than from the one before; a blank line sets
 * it off within the function that begins at `begin`. */
static void put_sources(const struct survey *survey, uint32_t pc, uint32_t begin,
                        const struct colours *colours)
{
    uint32_t source = survey->first[pc], shown = 0;

    if (source == EXPLAIN_NONE)
        return;
    printf("%s%s      -- reached from", pc == begin ? "" : "\n", colours->dim);
    for (; source != EXPLAIN_NONE && shown < SOURCES_SHOWN; source = survey->next[source])
        printf("%s %u", shown++ ? "," : "", source);
    printf("%s%s\n", source != EXPLAIN_NONE ? ", ..." : "", colours->end);
}

/* The fields that the instruction's form uses. */
static void put_fields(const struct skep_insn *insn, const struct skep_form *form)
{
    const char *selector = form->selector;

    if (form->uses & SKEP_USES_DST)
        printf(" dst=r%u", insn->dst);
    if (form->uses & SKEP_USES_SRC)
        printf(" src=r%u", insn->src);
    else if (!strcmp(selector, "src") && insn->src)
        printf(" src=%u", insn->src);
    if ((form->uses & SKEP_USES_OFF) || (!strcmp(selector, "off") && insn->off))
        printf(" off=%d", insn->off);
    if ((form->uses & SKEP_USES_IMM) || (!strcmp(selector, "imm") && insn->imm))
        printf(" imm=%" PRId32, insn->imm);
    if (insn->slots == 2)
        printf(" next_imm=%" PRId32, insn->next_imm);
}

static void put_bytes(const unsigned char *slots, uint32_t count)
{
    int at = 0;

    for (uint32_t i = 0; i < count * 8; i++)
        at += printf("%02x ", slots[i]);
    printf("%*s", at < BYTES_COLUMNS ? BYTES_COLUMNS - at : 1, "");
}

static void put_insn(const struct program *program, const struct skep_insn *insn,
                     const struct colours *colours)
{
    const unsigned char *bytes = skep_prog_bytes(program->prog);
    char text[INSN_TEXT_MAX], words[WORDS_MAX], opcode[32];
    struct skep_form form = insn_form(insn);

    skep_insn_words(program->prog, insn->pc, words, sizeof(words));
    opcode_words(insn->opcode, opcode, sizeof(opcode));
    printf("%s%4u:%s %-*s %s\n", colours->strong, insn->pc, colours->end, TEXT_COLUMNS,
           insn_text(program->prog, insn->pc, text, sizeof(text)), words);
    printf("%s      ", colours->dim);
    put_bytes(bytes + (size_t)insn->pc * 8, insn->slots);
    printf(" %s", opcode);
    put_fields(insn, &form);
    printf("%s\n", colours->end);
}

/* The source line that begins at the instruction. */
static void put_source(const struct program *program, uint32_t pc,
                       const struct colours *colours)
{
    struct skep_line line = { .size = sizeof(line) };

    if (skep_prog_line(program->prog, pc, &line) != SKEP_OK || line.pc != pc)
        return;
    printf("%s%6s; ", colours->good, "");
    line_text(stdout, &line, 0);
    printf("%s%s  (", colours->end, colours->dim);
    text_put(stdout, line.file, strlen(line.file));
    printf(":%u)%s\n", line.line, colours->end);
}

/* Returns the function's first slot. */
static uint32_t put_function(const struct program *program, uint32_t function,
                             const struct colours *colours)
{
    uint32_t first = 0, end = 0;
    struct skep_function_note note = { .size = sizeof(note), .name = "" };

    skep_prog_function(program->prog, function, &first, &end);
    skep_prog_function_note(program->prog, function, &note);
    printf("\n%sFunction %u", colours->strong, function);
    if (note.name[0]) {
        fputs(", ", stdout);
        text_put(stdout, note.name, strlen(note.name));
    }
    printf(", slots %u to %u%s\n", first, end - 1, colours->end);
    if (note.proto[0]) {
        fputs("  ", stdout);
        text_put(stdout, note.proto, strlen(note.proto));
        putchar('\n');
    }
    return first;
}

void explain_text(const struct program *program, const struct survey *survey)
{
    struct colours colours = colours_stdout();
    uint32_t function = UINT32_MAX, begin = 0;
    struct skep_insn insn = { 0 };

    put_summary(program);
    put_context(program->info.type, &colours);
    put_registers(&program->info, &colours);
    put_classes(program, survey, &colours);
    for (uint32_t pc = 0; pc < program->info.slots && !ferror(stdout); pc += insn.slots) {
        skep_prog_insn(program->prog, pc, &insn);
        if (insn.function != function) {
            function = insn.function;
            begin = put_function(program, function, &colours);
        }
        put_sources(survey, pc, begin, &colours);
        put_source(program, pc, &colours);
        put_insn(program, &insn, &colours);
    }
}
