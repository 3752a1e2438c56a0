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
    printf("    {\"program\": \"%s\", \"calls\": %s, \"insns_executed\": %" PRIu64
           ", \"agree\": %s,\n     \"engines\": [",
           row->prog->name, bench_has_calls(row->prog) ? "true" : "false", row->insns,
           row->agree ? "true" : "false");
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
    json_mean(separator, "checked/fast",
              mean_ratio(rows, count, BENCH_CHECKED, BENCH_FAST));
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
