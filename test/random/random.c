/* Random programs on all builds of the interpreter, as native code, on a model written from
 * RFC 9669, and on the live kernel.
 *
 *     random [--count N] [--seed S] [--no-kernel] [--print]
 *
 * makes N programs (default 1000) of each mode of generate.h. Program number i follows
 * from seed S + i alone (default 1), so that a failure is shown again by --count 1 and
 * its own seed. A program that fails is printed as small as it could be made, with the
 * states that differ. --print shows the programs and runs nothing.
 *
 * Exit status: 0, 1 when a program failed, 2 for bad arguments. Without permission for
 * bpf(2) the comparisons with the kernel are skipped, and counted as such. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "check.h"
#include "kernel.h"
#include "reduce.h"

enum { MODES = GEN_WILD + 1, FAILURES_SHOWN = 5 };

static const char *const mode_names[MODES] = { "kernel", "endless", "wild" };

struct options {
    uint64_t count, seed;
    int kernel, print;
};

struct totals {
    uint64_t passed, failed, skipped;
};

/* ---- A failure --------------------------------------------------------------------- */

struct failure {
    struct checker *checker;
    enum gen_mode mode;
    uint64_t seed;
    enum verdict verdict;
};

static int fails_alike(void *ctx, const struct gen_prog *prog)
{
    const struct failure *f = ctx;

    return check_program(f->checker, f->mode, f->seed, prog, NULL) == f->verdict;
}

static void show_failure(struct failure *failure, const struct gen_prog *prog)
{
    struct gen_prog small = *prog;

    if (failure->verdict != VERDICT_REFUSED)
        reduce(&small, fails_alike, failure);
    printf("FAILED: %s program of seed %llu, %u slots, reduced to %u:\n",
           mode_names[failure->mode], (unsigned long long)failure->seed, prog->count,
           small.count);
    check_print(failure->checker, &small, stdout);
    check_program(failure->checker, failure->mode, failure->seed, &small, stdout);
}

/* ---- A crash ----------------------------------------------------------------------- */

/* The program in progress, for whoever has to say what crashed. */
static char in_progress[80];

static void say_what_crashed(int signal_number)
{
    ssize_t n = write(STDOUT_FILENO, in_progress, strlen(in_progress));

    (void)n;
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void watch_for_crashes(void)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

    for (size_t i = 0; i < SK_LEN(signals); i++)
        signal(signals[i], say_what_crashed);
}

/* ---- Many programs ----------------------------------------------------------------- */

static void generate(uint64_t seed, enum gen_mode mode, struct gen_prog *prog)
{
    struct source source;

    source_seed(&source, seed);
    gen_program(&source, mode, prog);
}

static void run_one(struct checker *checker, enum gen_mode mode, uint64_t seed,
                    struct totals *totals)
{
    struct gen_prog prog;
    struct failure failure = { checker, mode, seed, VERDICT_AGREE };

    generate(seed, mode, &prog);
    snprintf(in_progress, sizeof(in_progress), "CRASHED: %s program of seed %llu\n",
             mode_names[mode], (unsigned long long)seed);
    failure.verdict = check_program(checker, mode, seed, &prog, NULL);
    switch (failure.verdict) {
    case VERDICT_AGREE:
        totals->passed++;
        return;
    case VERDICT_TOO_LONG:
        totals->skipped++;
        return;
    case VERDICT_DIFFER:
    case VERDICT_FAULT:
    case VERDICT_MODEL:
    case VERDICT_KERNEL:
    case VERDICT_REFUSED:
        if (totals->failed++ < FAILURES_SHOWN)
            show_failure(&failure, &prog);
    }
}

static int run_all(struct checker *checker, const struct options *options)
{
    struct totals totals = { 0 };

    for (uint64_t i = 0; i < options->count; i++) {
        for (enum gen_mode mode = GEN_KERNEL; mode <= GEN_WILD; mode++)
            run_one(checker, mode, options->seed + i, &totals);
    }
    if (totals.skipped)
        printf("skipped: %llu programs have more paths than Linux's verifier walks\n",
               (unsigned long long)totals.skipped);
    if (!checker->kernel)
        totals.skipped += options->count;
    printf("%llu programs of each mode from seed %llu\n",
           (unsigned long long)options->count, (unsigned long long)options->seed);
    printf("interpreter = native code: %llu programs\n",
           (unsigned long long)checker->on_native);
    printf("interpreter = live kernel: %llu programs\n",
           (unsigned long long)checker->on_kernel);
    printf("%llu passed, %llu failed, %llu skipped\n", (unsigned long long)totals.passed,
           (unsigned long long)totals.failed, (unsigned long long)totals.skipped);
    return totals.failed != 0;
}

static void print_all(const struct checker *checker, const struct options *options)
{
    for (uint64_t i = 0; i < options->count; i++) {
        for (enum gen_mode mode = GEN_KERNEL; mode <= GEN_WILD; mode++) {
            struct gen_prog prog;

            generate(options->seed + i, mode, &prog);
            printf("== %s, seed %llu\n", mode_names[mode],
                   (unsigned long long)(options->seed + i));
            check_print(checker, &prog, stdout);
        }
    }
}

/* ---- The command ------------------------------------------------------------------- */

static int read_number(const char *text, uint64_t *number)
{
    char *end;

    errno = 0;
    if (!text)
        return 0;
    *number = strtoull(text, &end, 0);
    return !errno && end != text && !*end;
}

static int read_options(char **args, struct options *options)
{
    for (; *args; args++) {
        if (!strcmp(*args, "--no-kernel")) {
            options->kernel = 0;
        } else if (!strcmp(*args, "--print")) {
            options->print = 1;
        } else if (!strcmp(*args, "--count") && read_number(args[1], &options->count)) {
            args++;
        } else if (!strcmp(*args, "--seed") && read_number(args[1], &options->seed)) {
            args++;
        } else {
            return 0;
        }
    }
    return 1;
}

static int ask_kernel(const struct options *options)
{
    char reason[128] = "--no-kernel";

    if (options->kernel && oracle_is_complete(reason, sizeof(reason)))
        return 1;
    printf("skipped: %llu comparisons with the live kernel: %s\n",
           (unsigned long long)options->count, reason);
    return 0;
}

/* Says why native code is left out, if it is. */
static void ask_native(const struct sk_env *env, const struct options *options)
{
    const char *why = machine_no_native(env);

    if (why)
        printf("skipped: %llu comparisons with native code: %s\n",
               (unsigned long long)options->count * MODES, why);
}

int main(int argc, char **argv)
{
    static struct checker checker;
    struct options options = { .count = 1000, .seed = 1, .kernel = 1 };
    struct skep_vm_opts vm = { .size = sizeof(vm),
                               .helpers = gen_helpers,
                               .helper_count = GEN_HELPERS };
    struct sk_mem mem = sk_mem_default();
    struct skep_err err;
    int status = 0;

    (void)argc;
    if (!read_options(argv + 1, &options)) {
        fprintf(stderr, "usage: %s [--count N] [--seed S] [--no-kernel] [--print]\n",
                argv[0]);
        return 2;
    }
    if (sk_env_init(&checker.env, &mem, &vm, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    if (options.print) {
        print_all(&checker, &options);
    } else {
        watch_for_crashes();
        ask_native(&checker.env, &options);
        checker.kernel = ask_kernel(&options);
        status = run_all(&checker, &options);
    }
    sk_env_fini(&checker.env);
    return status;
}
