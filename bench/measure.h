/* Measuring one program on all engines, side by side. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "engine.h"

enum { BENCH_BATCHES_MAX = 200 };

/* The engines in the order of the columns; the first one is the measure of the others. */
enum bench_column {
    BENCH_KERNEL,
    BENCH_O2,
    BENCH_O3,
    BENCH_FAST,
    BENCH_CHECKED,
    BENCH_JIT_UNMETERED,
    BENCH_JIT_CHECKED,
    BENCH_COLUMNS
};

extern const struct bench_engine *const bench_engines[BENCH_COLUMNS];

struct bench_cell {
    void *handle;       /* while it is measured */
    uint64_t reps;      /* runs in a batch; 0: this engine cannot run the program */
    double min, median; /* ns of one run */
    uint32_t result;
    char why[BENCH_WHY]; /* if reps is 0 */
};

enum bench_machine { BENCH_X86_64, BENCH_ARM64, BENCH_MACHINES };

enum bench_compile_kind {
    BENCH_COMPILE_UNMETERED,
    BENCH_COMPILE_CHECKED,
    BENCH_COMPILE_KINDS
};

/* Bytes of machine code; 0: not known. Programs differ between the forms: only the first two
 * are of the same BPF code. */
struct bench_sizes {
    size_t kernel_xdp;    /* the kernel's code of the XDP form */
    size_t unmetered_xdp; /* skep's of the XDP form, which is compiled for this only */
    size_t unmetered_mem; /* and of the form that it runs */
    size_t checked_mem;
    /* The form that it runs, compiled for each machine, and how many instructions that has. */
    size_t made[BENCH_MACHINES][BENCH_COMPILE_KINDS];
    size_t insns;
};

struct bench_row {
    const struct bench_prog *prog;
    struct bench_sizes sizes;
    uint64_t insns; /* executed by one run */
    bool agree;     /* all engines returned the same */
    struct bench_cell cells[BENCH_COLUMNS];
};

struct bench_plan {
    uint64_t batch_ns;
    size_t batches; /* at most BENCH_BATCHES_MAX */
};

/* Measures `prog` on every engine that can run it. */
void bench_measure(const struct bench_prog *prog, const struct bench_plan *plan,
                   struct bench_row *row);

/* The median of a column relative to another one's; 0 if one of them is missing. */
double bench_ratio(const struct bench_row *row, enum bench_column column,
                   enum bench_column to);

#endif
