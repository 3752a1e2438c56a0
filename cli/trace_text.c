/* A trace for people: a line for each instruction, "SLOT: TEXT  CLASS  WHAT CHANGED". */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "trace.h"

enum { TEXT_COLUMNS = 40, CLASS_COLUMNS = 6, EFFECTS_MAX = 1024, BYTES_SHOWN = 16 };

/* What an instruction changed, in words separated by commas. */
struct effects {
    char text[EFFECTS_MAX];
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct effects *effects,
                                                      const char *format, ...)
{
    size_t room = sizeof(effects->text) - effects->len;
    va_list args;
    int n;

    if (effects->len && room > 2) {
        memcpy(effects->text + effects->len, ", ", 3);
        effects->len += 2;
        room -= 2;
    }
    va_start(args, format);
    n = vsnprintf(effects->text + effects->len, room, format, args);
    va_end(args);
    if (n > 0)
        effects->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void add_change(struct effects *effects, const struct trace *trace,
                       const char *what, uint64_t before, uint64_t after)
{
    char old_text[VALUE_TEXT_MAX], new_text[VALUE_TEXT_MAX];

    value_text(&trace->places, before, old_text);
    value_text(&trace->places, after, new_text);
    if (before == after)
        add(effects, "%s: stays %s", what, new_text);
    else
        add(effects, "%s: %s -> %s", what, old_text, new_text);
}

/* Registers that differ, and the one that was written though it does not. r10 belongs to
 * the frame and only changes with it. */
static void add_registers(struct effects *effects, const struct trace *trace,
                          const struct skep_trace_event *event, int written)
{
    for (int i = 0; i < 10; i++) {
        char name[16];

        if (event->regs[i] == event->old_regs[i] && (i != written || event->fault))
            continue;
        snprintf(name, sizeof(name), "r%d", i);
        add_change(effects, trace, name, event->old_regs[i], event->regs[i]);
    }
}

static void add_memory(struct effects *effects, const struct trace *trace,
                       const struct skep_trace_event *event)
{
    char what[VALUE_TEXT_MAX], place[VALUE_TEXT_MAX / 2];
    const char *name = written_field(trace, event);

    if (!event->mem_len)
        return;
    if (!name)
        name = variable_at(&trace->places, event->mem_addr);
    if (!place_text(&trace->places, event->mem_addr, place, sizeof(place)))
        snprintf(place, sizeof(place), "%s%+" PRId64, event->mem_region,
                 event->mem_offset);
    snprintf(what, sizeof(what), "u%u at %s%s%s", event->mem_len * 8, place,
             name ? " " : "", name ? name : "");
    add_change(effects, trace, what, memory_number(event->mem_old, event->mem_len),
               memory_number(event->mem_new, event->mem_len));
}

/* Where it goes on, if that is not simply the next instruction. */
static void add_flow(struct effects *effects, const struct skep_trace_event *event,
                     const struct skep_insn *insn, const struct skep_form *form)
{
    if (event->fault)
        add(effects, "FAULT %s", skep_code_name(event->fault));
    else if (!strcmp(form->text, "exit") && event->next_pc == UINT32_MAX)
        add(effects, "the program ends");
    else if (!strcmp(form->text, "exit"))
        add(effects, "returns to %u", event->next_pc);
    else if (!strncmp(form->text, "call", 4) && insn->target != UINT32_MAX)
        add(effects, "calls the function at %u", event->next_pc);
    else if (insn->target == UINT32_MAX || !strcmp(form->class_name, "LD"))
        return;
    else if (!strncmp(form->text, "goto", 4))
        add(effects, "goes to %u", event->next_pc);
    else if (event->next_pc == insn->target)
        add(effects, "jumps to %u", event->next_pc);
    else
        add(effects, "does not jump");
}

/* The source line, where the run comes to the beginning of one, after the name of the function
 * that it is in. */
static void put_source(const struct trace *trace, const struct skep_trace_event *event)
{
    const char *name;
    struct skep_line line = { .size = sizeof(line) };

    if (skep_prog_line(trace->program->prog, event->pc, &line) != SKEP_OK ||
        line.pc != event->pc)
        return;
    name = function_name(trace->program->prog, event->pc);
    printf("%s%*s; ", trace->colours.dim, 6 + 2 * (int)event->depth, "");
    text_put(stdout, name, strlen(name));
    fputs(": ", stdout);
    line_text(stdout, &line, 0);
    printf("%s\n", trace->colours.end);
}

static void insn(struct trace *trace, const struct skep_trace_event *event)
{
    const struct colours *colours = &trace->colours;
    int indent = 2 * (int)event->depth;
    struct effects effects = { .len = 0 };
    struct skep_insn decoded = { 0 };
    char text[INSN_TEXT_MAX];
    struct skep_form form;
    const char *colour;

    put_source(trace, event);
    skep_prog_insn(trace->program->prog, event->pc, &decoded);
    form = insn_form(&decoded);
    add_registers(&effects, trace, event, written_register(&decoded, &form));
    add_memory(&effects, trace, event);
    add_flow(&effects, event, &decoded, &form);
    colour = event->fault ? colours->bad : colours->good;
    printf("%s%4u:%s %*s%-*s %s%-*s%s %s", colours->dim, event->pc, colours->end, indent,
           "", TEXT_COLUMNS - indent,
           insn_text(trace->program->prog, event->pc, text, sizeof(text)), colours->dim,
           CLASS_COLUMNS, form.class_name, colours->end, colour);
    text_put(stdout, effects.text, effects.len);
    puts(colours->end);
}

static void put_fields(const struct trace *trace)
{
    const struct skep_type *type = trace->places.type;
    char value[VALUE_TEXT_MAX];

    for (size_t i = 0; i < type->field_count; i++) {
        const struct skep_field *field = &type->fields[i];

        if (field->size > 8 ||
            (size_t)field->offset + field->size > trace->context->ctx_len)
            continue;
        printf("      ctx+%-3u u%-2u  %s = %s\n", field->offset, field->size * 8,
               field->name,
               value_text(&trace->places,
                          memory_number(trace->context->ctx + field->offset, field->size),
                          value));
    }
}

static void put_bytes(const char *name, const unsigned char *bytes, size_t len)
{
    printf("      %s, %zu bytes:", name, len);
    for (size_t i = 0; i < len && i < BYTES_SHOWN; i++)
        printf(" %02x", bytes[i]);
    puts(len > BYTES_SHOWN ? " ..." : "");
}

static void start(struct trace *trace)
{
    const struct skep_prog_info *info = &trace->program->info;
    const struct context *context = trace->context;
    char tag[TAG_TEXT];

    text_put(stdout, trace->program->input.name, strlen(trace->program->input.name));
    printf(": %s, %u instructions, tag %s\n", type_name(info), info->insns,
           tag_text(info, tag));
    if (info->type)
        puts("r1 = ctx, the context:");
    else if (context->ctx)
        printf("r1 = ctx, the memory; r2 = %zu, its length:\n", context->ctx_len);
    if (info->type && info->type->field_count)
        put_fields(trace);
    else if (context->ctx)
        put_bytes("ctx", context->ctx, context->ctx_len);
    if (context->data)
        put_bytes("data", context->data, context->data_len);
    printf("\n%sslot  %-*s %-*s what changed%s\n", trace->colours.dim, TEXT_COLUMNS,
           "instruction", CLASS_COLUMNS, "class", trace->colours.end);
}

static void end(struct trace *trace, const struct skep_result *res, uint64_t fuel_used,
                const struct skep_err *err)
{
    const struct colours *colours = &trace->colours;
    char value[VALUE_TEXT_MAX];

    if (err)
        printf("\n%sended by a fault at slot %u: %s%s\n", colours->bad, res->fault.pc,
               err->message, colours->end);
    else
        printf("\n%sreturned %s%s\n", colours->strong,
               value_text(&trace->places, program_retval(trace->program, res), value),
               colours->end);
    printf("%" PRIu64 " instructions executed, %" PRIu64 " of fuel used\n", trace->insns,
           fuel_used);
}

const struct trace_printer trace_text = { start, insn, end };
