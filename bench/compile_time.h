/* How long skep takes to make native code, by the length of the program. */
#ifndef BENCH_COMPILE_TIME_H
#define BENCH_COMPILE_TIME_H

#include "measure.h"

enum { BENCH_COMPILE_SIZES = 5 };

struct bench_compile {
    struct {
        uint32_t insns;
        size_t code_len;   /* bytes of native code */
        double ns, min_ns; /* of one compilation: median and minimum */
    } at[BENCH_COMPILE_SIZES];
    double fixed_ns; /* what a program of no instructions would take */
};

/* Compiles programs of 10, 100, ... instructions, plan->batches samples of each. Returns true
 * and fills compile[kind]; on failure prints the reason to standard error. */
bool bench_compile_time(const struct bench_plan *plan,
                        struct bench_compile compile[BENCH_COMPILE_KINDS]);

#endif
