/* How long skep takes to load (decode and check) a long program. */
#ifndef BENCH_LOAD_TIME_H
#define BENCH_LOAD_TIME_H

#include "measure.h"

struct bench_load {
    uint32_t slots, insns;
    double min_ns, median_ns; /* of one load */
};

/* Loads a program of at least `slots_wanted` slots, plan->batches times.  Returns true
 * and fills *load; on failure prints the reason to standard error. */
bool bench_load_time(size_t slots_wanted, const struct bench_plan *plan,
                     struct bench_load *load);

/* Lets free(3) keep what it gets, so that page faults are not measured; nothing to do for C
 * libraries that cannot be told. */
void bench_keep_freed_memory(void);

#endif
