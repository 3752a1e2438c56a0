/* Measuring one program on all engines, side by side.
 *
 * Time is taken over batches of runs, long enough that the clock costs nothing.  The
 * engines take turns, a batch each, until all have had all of theirs: what disturbs the
 * machine for a while then disturbs all of them, and the ratio of the medians stays. */
#include "measure.h"

#include "timing.h"

#include <skep_native.h>
#include <string.h>

const struct bench_engine *const bench_engines[BENCH_COLUMNS] = {
    [BENCH_KERNEL] = &bench_kernel,
    [BENCH_O2] = &bench_native_o2,
    [BENCH_O3] = &bench_native_o3,
    [BENCH_FAST] = &bench_skep_fast,
    [BENCH_CHECKED] = &bench_skep_checked,
    [BENCH_JIT_UNMETERED] = &bench_jit_unmetered,
    [BENCH_JIT_CHECKED] = &bench_jit_checked,
};

/* Finds how many runs fill a batch; that also warms up caches and branch predictors. */
static void calibrate(const struct bench_engine *engine, struct bench_cell *cell,
                      uint64_t batch_ns)
{
    const uint64_t reps_max = (uint64_t)1 << 26;
    uint64_t took;

    cell->reps = 4;
    for (;;) {
        took = engine->run(cell->handle, cell->reps, &cell->result);
        if (took >= batch_ns / 2 || cell->reps >= reps_max)
            break;
        cell->reps *= took < batch_ns / 32 ? 8 : 2;
    }
}

static void open_all(struct bench_row *row, const struct bench_plan *plan)
{
    for (size_t c = 0; c < BENCH_COLUMNS; c++) {
        struct bench_cell *cell = &row->cells[c];

        cell->handle = bench_engines[c]->open(row->prog, cell->why);
        if (cell->handle != NULL)
            calibrate(bench_engines[c], cell, plan->batch_ns);
    }
}

static void take_turns(struct bench_row *row, size_t batches,
                       double samples[BENCH_COLUMNS][BENCH_BATCHES_MAX])
{
    for (size_t batch = 0; batch < batches; batch++) {
        for (size_t c = 0; c < BENCH_COLUMNS; c++) {
            struct bench_cell *cell = &row->cells[c];
            uint64_t took;

            if (cell->reps == 0)
                continue;
            took = bench_engines[c]->run(cell->handle, cell->reps, &cell->result);
            samples[c][batch] = (double)took / (double)cell->reps;
        }
    }
}

static bool all_agree(const struct bench_row *row)
{
    uint32_t expected = row->cells[BENCH_O2].result;

    for (size_t c = 0; c < BENCH_COLUMNS; c++)
        if (row->cells[c].reps != 0 && row->cells[c].result != expected)
            return false;
    return true;
}

static struct bench_sizes measure_sizes(const struct bench_prog *prog)
{
    static const uint32_t machines[BENCH_MACHINES] = {
        [BENCH_X86_64] = SKEP_TARGET_X86_64,
        [BENCH_ARM64] = SKEP_TARGET_ARM64,
    };
    static const uint32_t kinds[BENCH_COMPILE_KINDS] = {
        [BENCH_COMPILE_UNMETERED] = SKEP_NATIVE_UNMETERED,
        [BENCH_COMPILE_CHECKED] = SKEP_NATIVE_CHECKED,
    };
    const uint32_t host = SKEP_TARGET_HOST;
    struct bench_sizes sizes = {
        .kernel_xdp = bench_kernel_code_len(prog),
        .unmetered_xdp = bench_code_size(&prog->xdp, host, SKEP_NATIVE_UNMETERED),
        .unmetered_mem = bench_code_size(&prog->mem, host, SKEP_NATIVE_UNMETERED),
        .checked_mem = bench_code_size(&prog->mem, host, SKEP_NATIVE_CHECKED),
        .insns = bench_insns(&prog->mem),
    };

    for (size_t m = 0; m < BENCH_MACHINES; m++)
        for (size_t k = 0; k < BENCH_COMPILE_KINDS; k++)
            sizes.made[m][k] = bench_code_size(&prog->mem, machines[m], kinds[k]);
    return sizes;
}

void bench_measure(const struct bench_prog *prog, const struct bench_plan *plan,
                   struct bench_row *row)
{
    static double samples[BENCH_COLUMNS][BENCH_BATCHES_MAX];

    memset(row, 0, sizeof(*row));
    row->prog = prog;
    row->sizes = measure_sizes(prog);
    row->insns = bench_count_insns(prog);
    open_all(row, plan);
    take_turns(row, plan->batches, samples);
    for (size_t c = 0; c < BENCH_COLUMNS; c++) {
        struct bench_cell *cell = &row->cells[c];

        if (cell->reps == 0)
            continue;
        cell->median = time_median(samples[c], plan->batches);
        cell->min = samples[c][0];
        bench_engines[c]->close(cell->handle);
    }
    row->agree = all_agree(row);
}

double bench_ratio(const struct bench_row *row, enum bench_column column,
                   enum bench_column to)
{
    const struct bench_cell *above = &row->cells[column], *below = &row->cells[to];

    return above->reps != 0 && below->reps != 0 ? above->median / below->median : 0;
}
