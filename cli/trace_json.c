/* A trace as JSON: one object a line, for the start, each instruction, and the end.
 * Numbers stand there as such and, since not all readers take 64 bits, as hexadecimal
 * strings. */
#include <stdio.h>

#include "trace.h"

static void start(struct trace *trace)
{
    const struct skep_prog_info *info = &trace->program->info;
    struct jw *j = &trace->j;
    char tag[TAG_TEXT];

    jw_open(j, NULL, '{');
    jw_str(j, "event", "start");
    jw_str(j, "name", info->name);
    jw_str(j, "type", type_name(info));
    jw_str(j, "tag", tag_text(info, tag));
    if (trace->context->ctx) {
        jw_hex(j, "ctx_address", (uint64_t)(uintptr_t)trace->context->ctx);
        jw_bytes(j, "ctx", trace->context->ctx, trace->context->ctx_len);
    }
    jw_close(j, '}');
    jw_end(j);
}

static void put_change(struct jw *j, uint64_t before, uint64_t after)
{
    jw_u64(j, "old", before);
    jw_u64(j, "new", after);
    jw_hex(j, "old_hex", before);
    jw_hex(j, "new_hex", after);
}

/* What is behind an address goes as "at": "ctx+4". */
static void put_register(struct trace *trace, int number, uint64_t before, uint64_t after)
{
    char name[16], place[VALUE_TEXT_MAX];
    struct jw *j = &trace->j;

    snprintf(name, sizeof(name), "r%d", number);
    jw_open(j, NULL, '{');
    jw_str(j, "reg", name);
    put_change(j, before, after);
    if (number != 10 && place_text(&trace->places, after, place, sizeof(place)))
        jw_str(j, "at", place);
    jw_close(j, '}');
}

static void put_registers(struct trace *trace, const struct skep_trace_event *event,
                          int written)
{
    jw_open(&trace->j, "regs", '[');
    for (int i = 0; i <= 10; i++)
        if (event->regs[i] != event->old_regs[i] || (i == written && !event->fault))
            put_register(trace, i, event->old_regs[i], event->regs[i]);
    jw_close(&trace->j, ']');
}

static void put_memory(struct trace *trace, const struct skep_trace_event *event)
{
    const char *field = written_field(trace, event);
    const char *variable = variable_at(&trace->places, event->mem_addr);
    struct jw *j = &trace->j;

    jw_open(j, "mem", '{');
    jw_str(j, "region", event->mem_region);
    jw_i64(j, "offset", event->mem_offset);
    if (field)
        jw_str(j, "field", field);
    if (variable)
        jw_str(j, "variable", variable);
    jw_u64(j, "size", event->mem_len);
    put_change(j, memory_number(event->mem_old, event->mem_len),
               memory_number(event->mem_new, event->mem_len));
    jw_close(j, '}');
}

/* The function, and the source line if the instruction begins it. */
static void put_source(struct trace *trace, uint32_t pc)
{
    const char *name = function_name(trace->program->prog, pc);
    struct skep_line line = { .size = sizeof(line) };

    if (name[0])
        jw_str(&trace->j, "function", name);
    if (skep_prog_line(trace->program->prog, pc, &line) == SKEP_OK && line.pc == pc)
        line_json(&trace->j, &line, 1);
}

static void insn(struct trace *trace, const struct skep_trace_event *event)
{
    char text[INSN_TEXT_MAX];
    struct skep_insn decoded = { 0 };
    struct skep_form form;
    struct jw *j = &trace->j;

    skep_prog_insn(trace->program->prog, event->pc, &decoded);
    form = insn_form(&decoded);
    jw_open(j, NULL, '{');
    jw_str(j, "event", "insn");
    jw_u64(j, "pc", event->pc);
    jw_u64(j, "depth", event->depth);
    put_source(trace, event->pc);
    jw_str(j, "insn", insn_text(trace->program->prog, event->pc, text, sizeof(text)));
    jw_str(j, "form", form.name);
    jw_str(j, "class", form.class_name);
    put_registers(trace, event, written_register(&decoded, &form));
    if (event->mem_len)
        put_memory(trace, event);
    if (event->next_pc != UINT32_MAX)
        jw_u64(j, "next", event->next_pc);
    if (event->fault)
        jw_str(j, "fault", skep_code_name(event->fault));
    jw_close(j, '}');
    jw_end(j);
}

static void end(struct trace *trace, const struct skep_result *res, uint64_t fuel_used,
                const struct skep_err *err)
{
    struct jw *j = &trace->j;

    jw_open(j, NULL, '{');
    jw_str(j, "event", "end");
    jw_u64(j, "insns", trace->insns);
    jw_u64(j, "fuel", fuel_used);
    if (err) {
        jw_str(j, "fault", skep_code_name(err->code));
        jw_u64(j, "pc", res->fault.pc);
        jw_str(j, "error", err->message);
    } else {
        uint64_t retval = program_retval(trace->program, res);

        jw_u64(j, "retval", retval);
        jw_hex(j, "retval_hex", retval);
    }
    jw_close(j, '}');
    jw_end(j);
}

const struct trace_printer trace_json = { start, insn, end };
