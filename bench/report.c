/* What was measured, as a table for people or as JSON for tools.
 *
 * Both say the same: the ns of a run, how that compares with the kernel's code (with the
 * host's -O2 where the kernel is not to be had), what checks cost, how large the code is, and
 * the geometric means.  Programs with calls are listed, but are in no means of times. */
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A figure of a program that `a` and `b` choose; 0: there is none. */
typedef double (*figure_fn)(const struct bench_row *row, unsigned a, unsigned b);

enum scope { WITHOUT_CALLS, WITH_CALLS };

/* The geometric mean of a figure; 0 if there is none. */
static double mean(const struct bench_row *rows, size_t count, enum scope scope,
                   figure_fn figure, unsigned a, unsigned b)
{
    double sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        double x = figure(&rows[i], a, b);

        if (x == 0 || (scope == WITHOUT_CALLS && bench_has_calls(rows[i].prog)))
            continue;
        sum += log(x);
        n++;
    }
    return n == 0 ? 0 : exp(sum / (double)n);
}

static double time_ratio(const struct bench_row *row, unsigned column, unsigned to)
{
    return bench_ratio(row, column, to);
}

/* Of the XDP form, which has the kernel's code too. */
static double size_ratio(const struct bench_row *row, unsigned a, unsigned b)
{
    const struct bench_sizes *sizes = &row->sizes;

    (void)a, (void)b;
    if (sizes->kernel_xdp == 0 || sizes->unmetered_xdp == 0)
        return 0;
    return (double)sizes->unmetered_xdp / (double)sizes->kernel_xdp;
}

static double bytes_per_insn(const struct bench_row *row, unsigned machine, unsigned kind)
{
    return (double)row->sizes.made[machine][kind] / (double)row->sizes.insns;
}

static const char *const scope_names[] = {
    [WITHOUT_CALLS] = "mean, without calls",
    [WITH_CALLS] = "mean, with calls",
};

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
        printf(" %13s", "-");
    else
        printf(" %13.*f", decimals, x);
}

static void print_heading(const char *title, const char *second)
{
    printf("%-15s %5s", title, second);
    for (size_t c = 0; c < BENCH_COLUMNS; c++)
        printf(" %13s", bench_engines[c]->name);
    putchar('\n');
}

static void print_times(const struct bench_row *rows, size_t count)
{
    print_heading("median ns", "insns");
    for (size_t i = 0; i < count; i++) {
        const struct bench_row *row = &rows[i];

        printf("%-11s %9" PRIu64, row->prog->name, row->insns);
        for (size_t c = 0; c < BENCH_COLUMNS; c++)
            print_number(row->cells[c].median, 1);
        putchar('\n');
    }
}

static void print_ratios(const struct bench_row *rows, size_t count, enum bench_column to)
{
    printf("\nrelative to %s:\n", bench_engines[to]->name);
    print_heading("", "");
    for (size_t i = 0; i < count; i++) {
        printf("%-21s", rows[i].prog->name);
        for (enum bench_column c = 0; c < BENCH_COLUMNS; c++)
            print_number(bench_ratio(&rows[i], c, to), 2);
        putchar('\n');
    }
    printf("%-21s", scope_names[WITHOUT_CALLS]);
    for (enum bench_column c = 0; c < BENCH_COLUMNS; c++)
        print_number(mean(rows, count, WITHOUT_CALLS, time_ratio, c, to), 2);
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

/* Of each engine, its checked runs beside its others. */
static const struct {
    const char *name; /* in JSON */
    enum bench_column checked, other;
} checks[] = {
    { "checked/fast", BENCH_CHECKED, BENCH_FAST },
    { "jit-checked/jit-unmetered", BENCH_JIT_CHECKED, BENCH_JIT_UNMETERED },
};

enum { CHECKS = sizeof(checks) / sizeof(checks[0]) };

static void print_checks(const struct bench_row *rows, size_t count)
{
    printf("\nwhat checks cost in time: \"interpreter\" is skep-checked/skep-fast, "
           "\"native\" jit-checked/jit-unmetered\n");
    printf("%-21s %13s %13s   %13s %13s\n", "", "interpreter", "native", "ns/insn: fast",
           "jit-unmetered");
    for (size_t i = 0; i < count; i++) {
        const struct bench_row *row = &rows[i];
        double insns = (double)row->insns;

        printf("%-21s", row->prog->name);
        for (size_t n = 0; n < CHECKS; n++)
            print_number(bench_ratio(row, checks[n].checked, checks[n].other), 2);
        printf("  ");
        print_number(insns == 0 ? 0 : row->cells[BENCH_FAST].median / insns, 2);
        print_number(insns == 0 ? 0 : row->cells[BENCH_JIT_UNMETERED].median / insns, 3);
        putchar('\n');
    }
    printf("%-21s", scope_names[WITHOUT_CALLS]);
    for (size_t n = 0; n < CHECKS; n++)
        print_number(mean(rows, count, WITHOUT_CALLS, time_ratio, checks[n].checked,
                          checks[n].other),
                     2);
    putchar('\n');
}

static void print_sizes(const struct bench_row *rows, size_t count)
{
    printf(
        "\nbytes of native code: \"xdp\" is the same BPF code for kernel and skep, \"mem\" "
        "what skep ran above\n");
    printf("%-21s %13s %13s %13s   %13s %13s\n", "", "kernel xdp", "jit-unm. xdp",
           "ratio", "jit-unm. mem", "jit-chk. mem");
    for (size_t i = 0; i < count; i++) {
        const struct bench_sizes *sizes = &rows[i].sizes;

        printf("%-21s", rows[i].prog->name);
        print_number((double)sizes->kernel_xdp, 0);
        print_number((double)sizes->unmetered_xdp, 0);
        print_number(size_ratio(&rows[i], 0, 0), 2);
        printf("  ");
        print_number((double)sizes->unmetered_mem, 0);
        print_number((double)sizes->checked_mem, 0);
        putchar('\n');
    }
    for (enum scope scope = WITHOUT_CALLS; scope <= WITH_CALLS; scope++) {
        printf("%-21s %13s %13s", scope_names[scope], "", "");
        print_number(mean(rows, count, scope, size_ratio, 0, 0), 2);
        putchar('\n');
    }
}

static const char *const machine_names[BENCH_MACHINES] = {
    [BENCH_X86_64] = "x86_64",
    [BENCH_ARM64] = "arm64",
};

static const char *const kind_names[BENCH_COMPILE_KINDS] = {
    [BENCH_COMPILE_UNMETERED] = "unmetered",
    [BENCH_COMPILE_CHECKED] = "checked",
};

/* "arm64 checked" */
static const char *made_name(unsigned machine, unsigned kind, char buf[32])
{
    snprintf(buf, 32, "%s %s", machine_names[machine], kind_names[kind]);
    return buf;
}

static void print_densities(const struct bench_row *rows, size_t count)
{
    char name[32];

    printf("\nbytes of native code an instruction of the \"mem\" form\n%-15s %5s", "",
           "insns");
    for (unsigned n = 0; n < BENCH_MACHINES; n++)
        for (unsigned kind = 0; kind < BENCH_COMPILE_KINDS; kind++)
            printf(" %17s", made_name(n, kind, name));
    putchar('\n');
    for (size_t i = 0; i < count; i++) {
        printf("%-11s %9zu", rows[i].prog->name, rows[i].sizes.insns);
        for (unsigned n = 0; n < BENCH_MACHINES; n++)
            for (unsigned kind = 0; kind < BENCH_COMPILE_KINDS; kind++)
                printf(" %17.2f", bytes_per_insn(&rows[i], n, kind));
        putchar('\n');
    }
    for (enum scope scope = WITHOUT_CALLS; scope <= WITH_CALLS; scope++) {
        printf("%-21s", scope_names[scope]);
        for (unsigned n = 0; n < BENCH_MACHINES; n++)
            for (unsigned kind = 0; kind < BENCH_COMPILE_KINDS; kind++)
                printf(" %17.2f", mean(rows, count, scope, bytes_per_insn, n, kind));
        putchar('\n');
    }
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
    print_checks(rows, count);
    print_sizes(rows, count);
    print_densities(rows, count);
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

/* Prints a number, unless there is none, behind `separator`; returns the next separator. */
static const char *json_number(const char *separator, const char *name, double x)
{
    if (x == 0)
        return separator;
    printf("%s\"%s\": %.4f", separator, name, x);
    return ", ";
}

static const char *json_density(const char *separator, unsigned machine, unsigned kind,
                                double x)
{
    char made[32], name[64];

    snprintf(name, sizeof(name), "bytes/insn %s", made_name(machine, kind, made));
    return json_number(separator, name, x);
}

static void json_row(const struct bench_row *row, enum bench_column to)
{
    const struct bench_sizes *sizes = &row->sizes;
    const char *separator = ",\n     ";

    printf("    {\"program\": \"%s\", \"calls\": %s, \"insns\": %zu, "
           "\"insns_executed\": %" PRIu64 ", \"agree\": %s",
           row->prog->name, bench_has_calls(row->prog) ? "true" : "false", sizes->insns,
           row->insns, row->agree ? "true" : "false");
    for (size_t n = 0; n < CHECKS; n++)
        separator = json_number(separator, checks[n].name,
                                bench_ratio(row, checks[n].checked, checks[n].other));
    printf(",\n     \"code_bytes\": {\"kernel_xdp\": %zu, \"jit_unmetered_xdp\": %zu, "
           "\"jit_unmetered_mem\": %zu, \"jit_checked_mem\": %zu",
           sizes->kernel_xdp, sizes->unmetered_xdp, sizes->unmetered_mem,
           sizes->checked_mem);
    for (size_t n = 0; n < BENCH_MACHINES; n++)
        for (size_t kind = 0; kind < BENCH_COMPILE_KINDS; kind++)
            printf(", \"%s_%s_mem\": %zu", machine_names[n], kind_names[kind],
                   sizes->made[n][kind]);
    printf("},\n     \"engines\": [");
    for (enum bench_column c = 0; c < BENCH_COLUMNS; c++)
        json_cell(row, c, to);
    printf("]}");
}

/* All but the sizes of programs with calls are of those without. */
static void json_means(const struct bench_row *rows, size_t count, enum bench_column to)
{
    const char *separator = "";

    for (enum bench_column c = 0; c < BENCH_COLUMNS; c++)
        separator = json_number(separator, bench_engines[c]->name,
                                mean(rows, count, WITHOUT_CALLS, time_ratio, c, to));
    for (size_t n = 0; n < CHECKS; n++)
        separator = json_number(separator, checks[n].name,
                                mean(rows, count, WITHOUT_CALLS, time_ratio,
                                     checks[n].checked, checks[n].other));
    separator = json_number(separator, "code_bytes/kernel",
                            mean(rows, count, WITH_CALLS, size_ratio, 0, 0));
    separator = json_number(separator, "code_bytes/kernel without calls",
                            mean(rows, count, WITHOUT_CALLS, size_ratio, 0, 0));
    for (unsigned n = 0; n < BENCH_MACHINES; n++)
        for (unsigned kind = 0; kind < BENCH_COMPILE_KINDS; kind++)
            separator =
                json_density(separator, n, kind,
                             mean(rows, count, WITHOUT_CALLS, bytes_per_insn, n, kind));
}

void report_json(const struct bench_row *rows, size_t count)
{
    enum bench_column to = measure_of(rows, count);

    printf("{\n  \"relative_to\": \"%s\",\n  \"programs\": [\n", bench_engines[to]->name);
    for (size_t i = 0; i < count; i++) {
        json_row(&rows[i], to);
        printf("%s\n", i + 1 < count ? "," : "");
    }
    printf("  ],\n  \"geometric_means\": {");
    json_means(rows, count, to);
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

void report_compile_text(const struct bench_compile *compile)
{
    for (size_t kind = 0; kind < BENCH_COMPILE_KINDS; kind++) {
        const struct bench_compile *c = &compile[kind];

        printf("compile %s: a fixed cost of %.0f ns, and\n", kind_names[kind],
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
               kind_names[kind], c->fixed_ns);
        for (size_t i = 0; i < BENCH_COMPILE_SIZES; i++)
            printf("%s\n  {\"insns\": %" PRIu32 ", \"ns_median\": %.1f, "
                   "\"ns_min\": %.1f, \"code_bytes\": %zu}",
                   i == 0 ? "" : ",", c->at[i].insns, c->at[i].ns, c->at[i].min_ns,
                   c->at[i].code_len);
        printf("]}");
    }
    printf("}\n");
}
