/* skep-bench: the benchmark programs on all engines, in one process. */
#include "compile_time.h"
#include "load_time.h"
#include "measure.h"
#include "report.h"
#include "timing.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* GO_ON: no status yet, the work is still to be done. */
enum { EXIT_USAGE = 2, GO_ON = -1 };

enum { LOAD_SLOTS = 10000 };

static const char usage_text[] =
    "usage: skep-bench [options] [PROGRAM...]\n"
    "Times the benchmark programs as the kernel's JIT code, host code, and on skep's\n"
    "interpreter and as its native code.\n"
    "\n"
    "  --json           JSON instead of a table\n"
    "  --load           instead: how long skep takes to load a long program\n"
    "  --compile        instead: how long skep takes to make native code\n"
    "  --list           instead: the programs' names\n"
    "  --batches N      samples of each program and engine (default 31)\n"
    "  --batch-us N     length of a sample in microseconds (default 2000)\n"
    "  --cpu N          the CPU to run on (default: the last one)\n"
    "\n"
    "Exit status: 0 fine; 1 a program failed or two engines disagree; 2 usage.\n";

enum mode { MODE_RUN, MODE_LOAD, MODE_COMPILE, MODE_LIST };
enum output { OUTPUT_TABLE, OUTPUT_JSON };

struct request {
    enum mode mode;
    enum output output;
    struct bench_plan plan;
    int cpu;
    char **names; /* the programs to run; NULL-terminated; none: all */
};

static const struct option options[] = {
    { "json", no_argument, NULL, 'j' },
    { "load", no_argument, NULL, 'l' },
    { "compile", no_argument, NULL, 'o' },
    { "list", no_argument, NULL, 'n' },
    { "batches", required_argument, NULL, 'b' },
    { "batch-us", required_argument, NULL, 't' },
    { "cpu", required_argument, NULL, 'c' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static int usage_error(const char *what, const char *which)
{
    fprintf(stderr, "skep-bench: %s: %s\n%s", what, which, usage_text);
    return EXIT_USAGE;
}

/* Reads a decimal number from `min` to `max`; false if `text` is none. */
static bool parse_number(const char *text, long min, long max, long *value)
{
    char *end;
    long x = strtol(text, &end, 10);

    if (end == text || *end != 0 || x < min || x > max)
        return false;
    *value = x;
    return true;
}

static const struct bench_prog *find_prog(const char *name)
{
    for (size_t i = 0; i < bench_prog_count; i++)
        if (strcmp(bench_progs[i].name, name) == 0)
            return &bench_progs[i];
    return NULL;
}

/* Takes one option over; returns GO_ON, or the status to exit with. */
static int take_option(int option, struct request *request)
{
    long number;

    switch (option) {
    case 'j':
        request->output = OUTPUT_JSON;
        return GO_ON;
    case 'l':
        request->mode = MODE_LOAD;
        return GO_ON;
    case 'o':
        request->mode = MODE_COMPILE;
        return GO_ON;
    case 'n':
        request->mode = MODE_LIST;
        return GO_ON;
    case 'b':
        if (!parse_number(optarg, 1, BENCH_BATCHES_MAX, &number))
            return usage_error("not a number from 1 to 200", optarg);
        request->plan.batches = (size_t)number;
        return GO_ON;
    case 't':
        if (!parse_number(optarg, 10, 10000000, &number))
            return usage_error("not a number from 10 to 10000000", optarg);
        request->plan.batch_ns = (uint64_t)number * 1000;
        return GO_ON;
    case 'c':
        if (!parse_number(optarg, 0, CPU_SETSIZE - 1, &number))
            return usage_error("not a CPU", optarg);
        request->cpu = (int)number;
        return GO_ON;
    case 'h':
        fputs(usage_text, stdout);
        return EXIT_SUCCESS;
    default:
        fputs(usage_text, stderr);
        return EXIT_USAGE;
    }
}

static int parse(int argc, char **argv, struct request *request)
{
    int option, status = GO_ON;

    while (status == GO_ON && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        status = take_option(option, request);
    request->names = argv + optind;
    for (char **name = request->names; status == GO_ON && *name != NULL; name++)
        if (find_prog(*name) == NULL)
            status = usage_error("no such program", *name);
    return status;
}

static bool wanted(const struct request *request, const struct bench_prog *prog)
{
    if (*request->names == NULL)
        return true;
    for (char **name = request->names; *name != NULL; name++)
        if (strcmp(*name, prog->name) == 0)
            return true;
    return false;
}

/* Fine if every engine that ran agrees, and skep runs every program. */
static bool row_fine(const struct bench_row *row)
{
    return row->agree && row->cells[BENCH_FAST].reps != 0 &&
           row->cells[BENCH_CHECKED].reps != 0;
}

static int run_programs(const struct request *request)
{
    struct bench_row *rows = calloc(bench_prog_count, sizeof(*rows));
    size_t count = 0;
    bool fine = true;

    if (rows == NULL)
        abort();
    for (size_t i = 0; i < bench_prog_count; i++) {
        if (!wanted(request, &bench_progs[i]))
            continue;
        bench_measure(&bench_progs[i], &request->plan, &rows[count]);
        fine = row_fine(&rows[count]) && fine;
        count++;
    }
    if (request->output == OUTPUT_JSON)
        report_json(rows, count);
    else
        report_table(rows, count);
    free(rows);
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int time_loading(const struct request *request)
{
    struct bench_load load;

    if (!bench_load_time(LOAD_SLOTS, &request->plan, &load))
        return EXIT_FAILURE;
    if (request->output == OUTPUT_JSON)
        report_load_json(&load);
    else
        report_load_text(&load);
    return EXIT_SUCCESS;
}

static int time_compiling(const struct request *request)
{
    struct bench_compile compile[BENCH_COMPILE_KINDS];

    if (!bench_compile_time(&request->plan, compile))
        return EXIT_FAILURE;
    if (request->output == OUTPUT_JSON)
        report_compile_json(compile);
    else
        report_compile_text(compile);
    return EXIT_SUCCESS;
}

static int list_programs(void)
{
    for (size_t i = 0; i < bench_prog_count; i++)
        puts(bench_progs[i].name);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct request request = {
        .plan = { .batch_ns = 2000000, .batches = 31 },
        .cpu = -1,
    };
    int status = parse(argc, argv, &request);

    if (status != GO_ON)
        return status;
    if (time_pin(request.cpu) < 0)
        perror("skep-bench: cannot stay on one CPU");
    frame_fill(bench_frame);
    switch (request.mode) {
    case MODE_RUN:
        return run_programs(&request);
    case MODE_LOAD:
        return time_loading(&request);
    case MODE_COMPILE:
        return time_compiling(&request);
    case MODE_LIST:
        return list_programs();
    }
    return EXIT_USAGE;
}
