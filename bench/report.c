/* What was measured, as a table for people or as JSON for tools.
 *
 * Both say the same: the ns of a run, how that compares with the kernel's code (with the
 * host's -O2 where the kernel is not to be had), and the geometric means.  Programs with
 * calls are listed, but are not in the means. */
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The geometric mean of `column` relative to `to`; 0 if there is nothing to compare. */
static double mean_ratio(const struct bench_row *rows, size_t count,
                         enum bench_column column, enum bench_column to)
{
    double sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        double ratio = bench_ratio(&rows[i], column, to);

        if (ratio == 0 || bench_has_calls(rows[i].prog))
            continue;
        sum += log(ratio);
        n++;
    }
    return n == 0 ? 0 : exp(sum / (double)n);
}

/* The column that the others are compared with. */
static enum bench_column measure_of(const struct bench_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].cells[BENCH_KERNEL].reps != 0)
            return BENCH_KERNEL;
    return BENCH_O2;
}

static void print_number(double x, int decimals)
{
    if (x == 0)
        printf(" %12s", "-");
    else
        printf(" %12.*f", decimals, x);
}

static void print_heading(const char *title, const char *second)
{
    printf("%-15s %5s", title, second);
    for (size_t c = 0; c < BENCH_COLUMNS; c++)
        printf(" %12s", bench_engines[c]->name);
}

static void print_times(const struct bench_row *rows, size_t count)
{
    print_heading("median ns", "insns");
    printf("   fast ns/insn\n");
    for (size_t i = 0; i < count; i++) {
        const struct bench_row *row = &rows[i];

        printf("%-11s %9" PRIu64, row->prog->name, row->insns);
        for (size_t c = 0; c < BENCH_COLUMNS; c++)
            print_number(row->cells[c].median, 1);
        if (row->insns != 0)
            printf("   %12.2f", row->cells[BENCH_FAST].median / (double)row->insns);
        putchar('\n');
    }
}

static void print_ratios(const struct bench_row *rows, size_t count, enum bench_column to)
{
    printf("\nrelative to %s:\n", bench_engines[to]->name);
    print_heading("", "");
    printf("   checked/fast\n");
    for (size_t i = 0; i < count; i++) {
        const struct bench_row *row = &rows[i];

        printf("%-21s", row->prog->name);
        for (enum bench_column c = 0; c < BENCH_COLUMNS; c++)
            print_number(bench_ratio(row, c, to), 2);
        printf("  ");
        print_number(bench_ratio(row, BENCH_CHECKED, BENCH_FAST), 2);
        putchar('\n');
    }
    printf("%-21s", "mean, without calls");
    for (enum bench_column c = 0; c < BENCH_COLUMNS; c++)
        print_number(mean_ratio(rows, count, c, to), 2);
    printf("  ");
    print_number(mean_ratio(rows, count, BENCH_CHECKED, BENCH_FAST), 2);
    putchar('\n');
}

/* The programs with calls beside what a C compiler makes of them: Linux runs them through a
 * system call, which is no measure. */
static void print_calls(const struct bench_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!bench_has_calls(rows[i].prog))
            continue;
        printf("%s, relative to %s:", rows[i].prog->name, bench_engines[BENCH_O2]->name);
        for (enum bench_column c = BENCH_FAST; c < BENCH_COLUMNS; c++) {
            double ratio = bench_ratio(&rows[i], c, BENCH_O2);

            if (ratio != 0)
                printf("  %s %.2f", bench_engines[c]->name, ratio);
        }
        putchar('\n');
    }
}

static double size_ratio(const struct bench_sizes *sizes)
{
    if (sizes->kernel_xdp == 0 || sizes->unmetered_xdp == 0)
        return 0;
    return (double)sizes->unmetered_xdp / (double)sizes->kernel_xdp;
}

/* Of all programs, those with calls too: sizes are exact. */
static double mean_size_ratio(const struct bench_row *rows, size_t count)
{
    double sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        double ratio = size_ratio(&rows[i].sizes);

        if (ratio == 0)
            continue;
        sum += log(ratio);
        n++;
    }
    return n == 0 ? 0 : exp(sum / (double)n);
}

static void print_sizes(const struct bench_row *rows, size_t count)
{
    printf(
        "\nbytes of native code: \"xdp\" is the same BPF code for kernel and skep, \"mem\" "
        "what skep ran above\n");
    printf("%-21s %12s %12s %12s   %12s %12s\n", "", "kernel xdp", "jit-unm. xdp",
           "ratio", "jit-unm. mem", "jit-chk. mem");
    for (size_t i = 0; i < count; i++) {
        const struct bench_sizes *sizes = &rows[i].sizes;

        printf("%-21s", rows[i].prog->name);
        print_number((double)sizes->kernel_xdp, 0);
        print_number((double)sizes->unmetered_xdp, 0);
        print_number(size_ratio(sizes), 2);
        printf("  ");
        print_number((double)sizes->unmetered_mem, 0);
        print_number((double)sizes->checked_mem, 0);
        putchar('\n');
    }
    printf("%-21s %12s %12s", "mean, with calls", "", "");
    print_number(mean_size_ratio(rows, count), 2);
    putchar('\n');
}

/* What has no number, and why; a reason that holds for every program is said once. */
static void print_missing(const struct bench_row *rows, size_t count)
{
    for (size_t c = 0; c < BENCH_COLUMNS; c++) {
        const char *last = "";

        for (size_t i = 0; i < count; i++) {
            const struct bench_cell *cell = &rows[i].cells[c];

            if (cell->reps != 0 || strcmp(cell->why, last) == 0)
                continue;
            last = cell->why;
            printf("\n%s: from %s on: skipped: %s\n", bench_engines[c]->name,
                   rows[i].prog->name, last);
        }
    }
}

static void print_disagreement(const struct bench_row *row)
{
    printf("\n%s: the engines disagree:", row->prog->name);
    for (size_t c = 0; c < BENCH_COLUMNS; c++)
        if (row->cells[c].reps != 0)
            printf(" %s %08" PRIx32, bench_engines[c]->name, row->cells[c].result);
    putchar('\n');
}

void report_table(const struct bench_row *rows, size_t count)
{
    print_times(rows, count);
    print_ratios(rows, count, measure_of(rows, count));
    print_calls(rows, count);
    print_sizes(rows, count);
    print_missing(rows, count);
    for (size_t i = 0; i < count; i++)
        if (!rows[i].agree)
            print_disagreement(&rows[i]);
}

/* The reasons come from strerror and the library: quotes and backslashes are all that
 * could break a JSON string. */
static void print_string(const char *text)
{
    putchar('"');
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

static void json_cell(const struct bench_row *row, enum bench_column c,
                      enum bench_column to)
{
    const struct bench_cell *cell = &row->cells[c];
    double ratio = bench_ratio(row, c, to);

    printf("%s\n      {\"engine\": \"%s\"", c == 0 ? "" : ",", bench_engines[c]->name);
    if (cell->reps == 0) {
        printf(", \"skipped\": ");
        print_string(cell->why);
    } else {
        printf(", \"ns_min\": %.2f, \"ns_median\": %.2f, \"retval\": %" PRIu32, cell->min,
               cell->median, cell->result);
    }
    if (ratio != 0)
        printf(", \"ratio\": %.4f", ratio);
    putchar('}');
}

static void json_row(const struct bench_row *row, enum bench_column to)
{
    const struct bench_sizes *sizes = &row->sizes;

    printf("    {\"program\": \"%s\", \"calls\": %s, \"insns_executed\": %" PRIu64
           ", \"agree\": %s,\n",
           row->prog->name, bench_has_calls(row->prog) ? "true" : "false", row->insns,
           row->agree ? "true" : "false");
    printf("     \"code_bytes\": {\"kernel_xdp\": %zu, \"jit_unmetered_xdp\": %zu, "
           "\"jit_unmetered_mem\": %zu, \"jit_checked_mem\": %zu},\n     \"engines\": [",
           sizes->kernel_xdp, sizes->unmetered_xdp, sizes->unmetered_mem,
           sizes->checked_mem);
    for (enum bench_column c = 0; c < BENCH_COLUMNS; c++)
        json_cell(row, c, to);
    printf("]}");
}

/* Prints a mean, unless there is none, behind `separator`; returns the next separator. */
static const char *json_mean(const char *separator, const char *name, double mean)
{
    if (mean == 0)
        return separator;
    printf("%s\"%s\": %.4f", separator, name, mean);
    return ", ";
}

void report_json(const struct bench_row *rows, size_t count)
{
    enum bench_column to = measure_of(rows, count);
    const char *separator = "";

    printf("{\n  \"relative_to\": \"%s\",\n  \"programs\": [\n", bench_engines[to]->name);
    for (size_t i = 0; i < count; i++) {
        json_row(&rows[i], to);
        printf("%s\n", i + 1 < count ? "," : "");
    }
    printf("  ],\n  \"geometric_means\": {");
    for (enum bench_column c = 0; c < BENCH_COLUMNS; c++) {
        double mean = mean_ratio(rows, count, c, to);

        separator = json_mean(separator, bench_engines[c]->name, mean);
    }
    separator = json_mean(separator, "checked/fast",
                          mean_ratio(rows, count, BENCH_CHECKED, BENCH_FAST));
    json_mean(separator, "code_bytes/kernel", mean_size_ratio(rows, count));
    printf("}\n}\n");
}

void report_load_text(const struct bench_load *load)
{
    printf("load: %" PRIu32 " slots, %" PRIu32 " instructions: %.0f ns; "
           "%.1f ns an instruction, minimum %.1f\n",
           load->slots, load->insns, load->median_ns, load->median_ns / load->insns,
           load->min_ns / load->insns);
}

void report_load_json(const struct bench_load *load)
{
    printf("{\"slots\": %" PRIu32 ", \"insns\": %" PRIu32 ", \"load_ns_min\": %.0f, "
           "\"load_ns_median\": %.0f, \"load_ns_per_insn\": %.3f}\n",
           load->slots, load->insns, load->min_ns, load->median_ns,
           load->median_ns / load->insns);
}

static const char *const compile_names[BENCH_COMPILE_KINDS] = {
    [BENCH_COMPILE_UNMETERED] = "unmetered",
    [BENCH_COMPILE_CHECKED] = "checked",
};

void report_compile_text(const struct bench_compile *compile)
{
    for (size_t kind = 0; kind < BENCH_COMPILE_KINDS; kind++) {
        const struct bench_compile *c = &compile[kind];

        printf("compile %s: a fixed cost of %.0f ns, and\n", compile_names[kind],
               c->fixed_ns);
        for (size_t i = 0; i < BENCH_COMPILE_SIZES; i++)
            printf("  %9" PRIu32 " instructions: %10.1f ns an instruction, minimum %.1f; "
                   "%.1f bytes of code an instruction\n",
                   c->at[i].insns, c->at[i].ns / c->at[i].insns,
                   c->at[i].min_ns / c->at[i].insns,
                   (double)c->at[i].code_len / c->at[i].insns);
    }
}

void report_compile_json(const struct bench_compile *compile)
{
    putchar('{');
    for (size_t kind = 0; kind < BENCH_COMPILE_KINDS; kind++) {
        const struct bench_compile *c = &compile[kind];

        printf("%s\"%s\": {\"fixed_ns\": %.1f, \"sizes\": [", kind == 0 ? "" : ",\n ",
               compile_names[kind], c->fixed_ns);
        for (size_t i = 0; i < BENCH_COMPILE_SIZES; i++)
            printf("%s\n  {\"insns\": %" PRIu32 ", \"ns_median\": %.1f, "
                   "\"ns_min\": %.1f, \"code_bytes\": %zu}",
                   i == 0 ? "" : ",", c->at[i].insns, c->at[i].ns, c->at[i].min_ns,
                   c->at[i].code_len);
        printf("]}");
    }
    printf("}\n");
}
