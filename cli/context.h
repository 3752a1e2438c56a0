/* What a program is run with: its context, its packet and the limits, from the options
 * and the FIELD=VALUE operands that run, trace and bench share. */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include "args.h"
#include "program.h"

struct context {
    unsigned char *ctx, *data; /* owned; NULL if there is none */
    size_t ctx_len, data_len;
};

/* The operand that names the PROGRAM in FILE [PROGRAM] [FIELD=VALUE...], or NULL. */
const char *operand_program(const struct args *args);

/* Makes the context for the program. Returns the exit status; on failure there is nothing
 * to free. */
int context_open(const struct args *args, const struct skep_prog_info *info,
                 struct context *context);
void context_close(struct context *context);

struct cli;

/* Opens the program, for that engine, and its context as the arguments say, calls `work`
 * and closes both. Returns the exit status. */
int context_with(const struct cli *cli, enum skep_engine engine,
                 int (*work)(const struct cli *cli, const struct program *program,
                             const struct context *context));

/* Fills *opts from the options and the context, which must live as long. Returns the exit
 * status. */
int run_options(const struct args *args, const struct context *context,
                struct skep_run_opts *opts);

#endif
