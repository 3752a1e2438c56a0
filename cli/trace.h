/* A traced run, and the two ways of showing it. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include "colour.h"
#include "command.h"
#include "place.h"
#include "program.h"

struct trace {
    const struct program *program;
    const struct context *context;
    struct places places;
    uint64_t insns; /* executed so far */
    struct colours colours;
    struct jw j;
};

/* How a trace is shown. */
struct trace_printer {
    void (*start)(struct trace *trace);
    void (*insn)(struct trace *trace, const struct skep_trace_event *event);
    /* err is NULL after a good end */
    void (*end)(struct trace *trace, const struct skep_result *res, uint64_t fuel_used,
                const struct skep_err *err);
};

extern const struct trace_printer trace_text, trace_json;

/* Bytes of memory as a little-endian number. */
uint64_t memory_number(const uint8_t *bytes, uint32_t len);

/* The context's field that the instruction wrote, or NULL. */
const char *written_field(const struct trace *trace,
                          const struct skep_trace_event *event);

/* The register that the form's text names as what gets a value, or -1: "{d} = ..." */
int written_register(const struct skep_insn *insn, const struct skep_form *form);

#endif
