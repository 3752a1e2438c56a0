/* Coverage: form by engine.
 *
 * A form counts for an engine when the engine had the expected outcome of a run in which
 * the form was executed. For the kernel, that refuses what faults elsewhere, forms count
 * that fault for the want of an object (a map, a kernel function): a program cannot get
 * further with them there. */
#include "coverage.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"

/* What an engine can never execute in these tests. */
static const struct {
    const char *engine;
    enum sk_op op;
    const char *reason;
} impossible[] = {
    { "kernel", SK_OP_ADDR_SPACE_CAST, "the kernel wants an arena" },
};

static int is_impossible(const struct skt_engine *engine, unsigned op)
{
    for (size_t i = 0; i < SK_LEN(impossible); i++) {
        if (impossible[i].op == op && !strcmp(impossible[i].engine, engine->name))
            return 1;
    }
    return 0;
}

void skt_coverage_add(struct skt_coverage *coverage, const struct skt_engine *engine,
                      const struct skt_program *program, const uint8_t forms[SK_OP_COUNT])
{
    uint8_t *hit = coverage->hit[engine - skt_engines];
    struct skep_insn insn;

    if (engine->refuses && program->want) {
        if (program->want == SKEP_E_NO_OBJECT &&
            !skep_prog_insn(program->prog, program->want_pc, &insn))
            hit[insn.form] = 1;
        return;
    }
    for (unsigned op = 0; op < SK_OP_COUNT; op++)
        hit[op] |= forms[op];
}

int skt_coverage_save(const struct skt_coverage *coverage, const char *name)
{
    FILE *out = fopen(name, "a");
    int good;

    if (!out)
        return 0;
    for (unsigned e = 0; e < SKT_ENGINES; e++) {
        for (unsigned op = 0; op < SK_OP_COUNT; op++) {
            if (coverage->hit[e][op])
                fprintf(out, "%s %s\n", skt_engines[e].name, sk_isa[op].name);
        }
    }
    good = !ferror(out);
    return !fclose(out) && good;
}

static int note(struct skt_coverage *coverage, const char *engine, const char *form)
{
    for (unsigned e = 0; e < SKT_ENGINES; e++) {
        for (unsigned op = 0; op < SK_OP_COUNT; op++) {
            if (strcmp(skt_engines[e].name, engine) || strcmp(sk_isa[op].name, form))
                continue;
            coverage->hit[e][op] = 1;
            return 1;
        }
    }
    return 0;
}

int skt_coverage_read(struct skt_coverage *coverage, const char *name)
{
    FILE *in = fopen(name, "r");
    char engine[32], form[64];
    int read = 2, good = in != NULL;

    while (good && read == 2) {
        read = fscanf(in, "%31s %63s", engine, form);
        good = read == EOF || (read == 2 && note(coverage, engine, form));
    }
    if (in)
        fclose(in);
    return good;
}

unsigned skt_coverage_missing(const struct skt_coverage *coverage,
                              const struct skt_machine *machine)
{
    unsigned missing = 0;

    for (unsigned e = 0; e < SKT_ENGINES; e++) {
        const struct skt_engine *engine = &skt_engines[e];
        struct skt_str why = skt_engine_missing(machine, engine);

        if (why.len) {
            printf("%s: not here: %.*s\n", engine->name, (int)why.len, why.at);
            continue;
        }
        for (unsigned op = 0; op < SK_OP_COUNT; op++) {
            if (sk_isa[op].role == SK_ROLE_RESERVED ||
                coverage->hit[e][op] != is_impossible(engine, op))
                continue;
            printf("%s: %s %s\n", engine->name, sk_isa[op].name,
                   coverage->hit[e][op] ? "is executed, but said to be impossible"
                                        : "is never executed");
            missing++;
        }
    }
    return missing;
}
