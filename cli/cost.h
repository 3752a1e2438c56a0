/* What it costs to get a program ready, measured by doing it again. */
#ifndef CLI_COST_H
#define CLI_COST_H

#include <stdint.h>

#include "program.h"

enum { COST_SAMPLES_MAX = 31 };

/* The shortest of the samples and the middle one. */
struct timing {
    double min, median;
};

/* Sorts the samples. */
struct timing timing_of(double *samples, size_t n);

/* Both do it `samples` times, and end early, with a report, when the command is stopped.
 * They return the exit status. */

/* Reading and checking the program's slots. No code is made of them. */
int cost_load(const struct program *program, size_t samples, struct timing *timing);

/* Making code for this machine, of the kind that `flags` (enum skep_native_flags) say. */
int cost_compile(const struct program *program, uint32_t flags, size_t samples,
                 struct timing *timing);

#endif
