/* One random program on all engines: do they agree? */
#ifndef RANDOM_CHECK_H
#define RANDOM_CHECK_H

#include <stdio.h>

#include "generate.h"
#include "machine.h"

enum verdict {
    VERDICT_AGREE,
    VERDICT_DIFFER, /* two builds differ, or a traced run's events are wrong */
    VERDICT_FAULT,  /* a program that must not fault did, or read what it did not write */
    VERDICT_MODEL,  /* the builds agree, the model of RFC 9669 differs */
    VERDICT_KERNEL, /* the builds and the model agree, the kernel differs */
    VERDICT_REFUSED,  /* the library or Linux does not take the program */
    VERDICT_TOO_LONG, /* Linux's verifier gave up: too many paths */
};

struct checker {
    struct sk_env env; /* with gen_helpers */
    struct arena arena;
    struct outcome outcomes[BUILD_COUNT];
    int kernel;      /* 1: also on the live kernel */
    uint32_t builds; /* bit n: on build n, which the first must be one of; 0: on all */
    uint64_t on_native, on_kernel; /* programs that agreed there so far */
};

/* Runs a program of the mode with start states, contexts and amounts of fuel by `seed`.
 * Says on `out` (NULL: nowhere) how engines differ. */
enum verdict check_program(struct checker *checker, enum gen_mode mode, uint64_t seed,
                           const struct gen_prog *prog, FILE *out);

/* Prints a program: its text, and its slots as hexadecimal digits. */
void check_print(const struct checker *checker, const struct gen_prog *prog, FILE *out);

#endif
