/* The report of a run that failed. */
#ifndef CLI_FAULT_H
#define CLI_FAULT_H

#include "place.h"
#include "program.h"

/* Says on standard error why skep_run did not end well; after a run-time fault also the
 * instruction, the memory around the address, and the registers. Returns the exit
 * status. */
int fail_run(const struct program *program, const struct context *context,
             const struct skep_result *res, const struct skep_err *err);

/* Says that a signal came between two runs of the program. Returns the exit status. */
int fail_stopped(const struct program *program);

/* Warns of reads of what was never written. */
void warn_uninit(const struct program *program, const struct skep_result *res);

#endif
