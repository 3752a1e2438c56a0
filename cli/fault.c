/* The report of a run that failed. */
#include "fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "text.h"

/* The widest value: 0x and 16 digits, and 20 more in brackets. */
enum { REGISTERS = 11, ROWS = (REGISTERS + 1) / 2, COLUMN = 2 + 16 + 3 + 20 + 2 };

static void put_register(const struct places *places, const struct skep_fault *fault,
                         int n)
{
    char value[VALUE_TEXT_MAX];

    if (n == REGISTERS - 1)
        snprintf(value, sizeof(value), "0x%" PRIx64 ", the end of the stack",
                 fault->regs[n]);
    else
        value_text(places, fault->regs[n], value);
    fprintf(stderr, "r%-2d  %-*s", n, n + ROWS < REGISTERS ? COLUMN : 0, value);
}

/* r0 to r10 in two columns. */
static void put_registers(const struct places *places, const struct skep_fault *fault)
{
    for (int row = 0; row < ROWS; row++) {
        fputs("    ", stderr);
        put_register(places, fault, row);
        if (row + ROWS < REGISTERS)
            put_register(places, fault, row + ROWS);
        fputc('\n', stderr);
    }
}

/* The function and the line of C, if they are known: "in twice, a.c:12: return x * 2;". */
static void put_source(const struct skep_fault *fault)
{
    const char *name = function_name(fault->prog, fault->pc);
    struct skep_line line = { .size = sizeof(line) };

    if (!name[0])
        return;
    fputs("    in ", stderr);
    text_put(stderr, name, strlen(name));
    if (skep_prog_line(fault->prog, fault->pc, &line) == SKEP_OK) {
        fputs(", ", stderr);
        text_put(stderr, line.file, strlen(line.file));
        fprintf(stderr, ":%u: ", line.line);
        line_text(stderr, &line, 0);
    }
    fputc('\n', stderr);
}

int fail_run(const struct program *program, const struct context *context,
             const struct skep_result *res, const struct skep_err *err)
{
    const struct skep_fault *fault = &res->fault;
    struct places places = { .type = program->info.type,
                             .context = context,
                             .object = &program->object };
    char text[INSN_TEXT_MAX];
    int status = fail_library(program->input.name, err, NULL);

    if (status != SKEP_KIND_FAULT || fault->code == SKEP_OK)
        return status;
    places.frames[0] = fault->regs[10];
    fprintf(stderr, "  %4u: %s\n", fault->pc,
            insn_text(program->prog, fault->pc, text, sizeof(text)));
    if (fault->depth)
        fprintf(stderr, "    in a function called at depth %u\n", fault->depth);
    put_source(fault);
    put_registers(&places, fault);
    return status;
}

int fail_stopped(const struct program *program)
{
    return fail(SKEP_KIND_FAULT, program->input.name, "stopped between two runs");
}

void warn_uninit(const struct program *program, const struct skep_result *res)
{
    unsigned long long reads = res->uninit_reads;

    if (reads)
        warn(program->input.name,
             "slot %u: reads what was never written, and got 0 (%llu such read%s; "
             "--strict makes it a fault)",
             res->uninit_pc, reads, reads == 1 ? "" : "s");
}
