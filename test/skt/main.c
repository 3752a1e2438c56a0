/* skt: runs .skt files on all engines.
 *
 *     skt [-v] [--filter WORD] [--coverage FILE] FILE...
 *     skt --uncovered FILE
 *
 * Exit status: 0, 1 if anything failed, 2 for usage. What is counted are pairs of a run
 * and an engine, and under the name "text" each program's way through encoder,
 * disassembler and assembler. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "report.h"

enum { DIFF_MAX = 8192 };

struct session {
    skep_vm *vm;
    struct skt_machine machine;
    struct skt_report report;
    struct skt_coverage coverage;
    const char *filter, *coverage_file, *uncovered_file;
    struct skt_program program; /* of the case in progress */
    const struct skt_case *test;
};

static void fail(struct session *s, uint32_t line, const char *column, const char *diff)
{
    skt_report_fail(&s->report, line, s->test->title, column, diff);
}

/* ---- One run ---------------------------------------------------------------------- */

/* What is wrong with the case itself, if anything. */
static int is_sound(struct session *s, const struct skt_run *run)
{
    if (run->bad_line) {
        fail(s, run->bad_line, "case", run->why);
        return 0;
    }
    return 1;
}

static int check_program(struct session *s, struct skt_run *run)
{
    char text[DIFF_MAX];
    struct sk_out diff;

    if (!skt_program_make(&s->program, run))
        return !s->program.bad_line;
    if (s->program.bad_line) {
        fail(s, s->program.bad_line, "case", s->program.why);
        return 0;
    }
    sk_out_buf(&diff, text, sizeof(text));
    if (skt_program_check(&s->program, run->test, &diff)) {
        skt_report_pass(&s->report);
        return 1;
    }
    fail(s, run->number, "text", text);
    return s->program.prog != NULL;
}

/* Whether the engine takes the run; if not, that is counted. */
static int is_asked(struct session *s, const struct skt_engine *engine,
                    const struct skt_run *run)
{
    struct skt_str why;

    if (!s->program.prog && !engine->refuses)
        return 0; /* the loader is every engine's of ours, and had its say */
    why = engine->excuse(engine, &s->machine, &s->program, run);
    if (why.len)
        skt_report_skip(&s->report, engine->name, why);
    return !why.len;
}

/* Runs on all engines; outcome[e] is good if good[e]. */
static void ask_engines(struct session *s, struct skt_run *run,
                        struct skt_outcome *outcome, int *good)
{
    const struct skt_outcome *first = NULL;

    for (int e = 0; e < SKT_ENGINES; e++) {
        const struct skt_engine *engine = &skt_engines[e];
        char text[DIFF_MAX];
        struct sk_out diff;

        good[e] = 0;
        if (!is_asked(s, engine, run))
            continue;
        memset(&outcome[e], 0, sizeof(outcome[e]));
        engine->run(engine, &s->program, run, &outcome[e]);
        sk_out_buf(&diff, text, sizeof(text));
        good[e] = skt_judge(engine, &s->program, run, &outcome[e], first, &diff);
        if (good[e])
            skt_report_pass(&s->report);
        else
            fail(s, run->number, engine->name, text);
        if (!first)
            first = &outcome[e];
    }
}

static void note_coverage(struct session *s, const struct skt_outcome *outcome,
                          const int *good)
{
    for (int t = 0; t < SKT_ENGINES; t++) {
        if (!skt_engines[t].traces || !good[t])
            continue;
        for (int e = 0; e < SKT_ENGINES; e++) {
            if (good[e])
                skt_coverage_add(&s->coverage, &skt_engines[e], &s->program,
                                 outcome[t].forms);
        }
    }
}

static void do_run(void *user, struct skt_run *run)
{
    struct session *s = user;
    struct skt_outcome *outcome;
    int good[SKT_ENGINES];

    s->report.now.runs++;
    if (!is_sound(s, run) || !check_program(s, run))
        return;
    outcome = calloc(SKT_ENGINES, sizeof(*outcome));
    if (!outcome)
        abort();
    ask_engines(s, run, outcome, good);
    note_coverage(s, outcome, good);
    free(outcome);
}

/* ---- Cases and files -------------------------------------------------------------- */

static int is_wanted(const struct session *s, const struct skt_case *test)
{
    return !s->filter ||
           memmem(test->title.at, test->title.len, s->filter, strlen(s->filter));
}

static void do_case(struct session *s, const struct skt_case *test)
{
    uint64_t runs = s->report.now.runs, failed = s->report.now.failed;

    s->test = test;
    skt_program_init(&s->program, s->vm);
    s->report.now.cases++;
    s->report.now.facts += test->facts;
    skt_expand(test, do_run, s);
    skt_program_free(&s->program);
    if (s->report.now.runs == runs)
        fail(s, test->number, "case", "it has no results, so nothing is run");
    if (s->report.verbose)
        printf("%s:%u: %.*s: %llu runs, %llu failed\n", s->report.file, test->number,
               (int)test->title.len, test->title.at,
               (unsigned long long)(s->report.now.runs - runs),
               (unsigned long long)(s->report.now.failed - failed));
}

static void do_file(struct session *s, const char *name)
{
    struct skt_file file;

    s->report.file = name;
    if (!skt_file_read(&file, name))
        skt_report_fail(&s->report, file.bad_line, skt_str(file.why), "file", "");
    else
        for (size_t i = 0; i < file.case_count; i++) {
            if (is_wanted(s, &file.cases[i]))
                do_case(s, &file.cases[i]);
        }
    skt_file_free(&file);
    skt_report_file(&s->report);
}

/* ---- The command ------------------------------------------------------------------ */

static int usage(void)
{
    fputs("usage: skt [-v] [--filter WORD] [--coverage FILE] FILE...\n"
          "       skt --uncovered FILE\n",
          stderr);
    return 2;
}

/* Takes the options; returns the index of the first file, or 0. */
static int take_options(struct session *s, int argc, char **argv)
{
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        const char **value = !strcmp(argv[i], "--filter")      ? &s->filter
                             : !strcmp(argv[i], "--coverage")  ? &s->coverage_file
                             : !strcmp(argv[i], "--uncovered") ? &s->uncovered_file
                                                               : NULL;

        if (!strcmp(argv[i], "-v"))
            s->report.verbose = 1;
        else if (!value || ++i == argc)
            return 0;
        else
            *value = argv[i];
    }
    return (i < argc) == !s->uncovered_file ? i : 0;
}

static int list_uncovered(struct session *s)
{
    unsigned missing;

    if (!skt_coverage_read(&s->coverage, s->uncovered_file)) {
        fprintf(stderr, "skt: %s cannot be read\n", s->uncovered_file);
        return 1;
    }
    missing = skt_coverage_missing(&s->coverage, &s->machine);
    printf("%u of %d forms times %d engines missing\n", missing, SK_OP_COUNT,
           SKT_ENGINES);
    return missing != 0;
}

static int run_files(struct session *s, char **files)
{
    for (; *files; files++)
        do_file(s, *files);
    skt_report_end(&s->report);
    if (s->coverage_file && !skt_coverage_save(&s->coverage, s->coverage_file)) {
        fprintf(stderr, "skt: %s cannot be written\n", s->coverage_file);
        return 1;
    }
    return s->report.all.failed != 0;
}

int main(int argc, char **argv)
{
    struct session *s = calloc(1, sizeof(*s));
    int files = s ? take_options(s, argc, argv) : 0, status;

    if (!files) {
        free(s);
        return usage();
    }
    s->vm = skt_host_new();
    skt_machine_init(&s->machine, s->vm);
    status = s->uncovered_file ? list_uncovered(s) : run_files(s, argv + files);
    skep_vm_free(s->vm);
    free(s);
    return status;
}
