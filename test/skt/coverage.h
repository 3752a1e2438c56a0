/* Which forms each engine has executed and got right. */
#ifndef SKT_COVERAGE_H
#define SKT_COVERAGE_H

#include "engine.h"

struct skt_coverage {
    uint8_t hit[SKT_ENGINES][SK_OP_COUNT];
};

/* Notes that the engine agreed about a run in which `forms` were executed. */
void skt_coverage_add(struct skt_coverage *coverage, const struct skt_engine *engine,
                      const struct skt_program *program,
                      const uint8_t forms[SK_OP_COUNT]);

/* Appends what is noted to a file, "ENGINE FORM" a line. Returns 0 if that fails. */
int skt_coverage_save(const struct skt_coverage *coverage, const char *name);

/* Reads such a file. Returns 0 if that fails or a line has no known names. */
int skt_coverage_read(struct skt_coverage *coverage, const char *name);

/* Prints which forms engines of this machine never executed, and returns how many; as
 * such counts also what is said to be impossible below, but was executed. */
unsigned skt_coverage_missing(const struct skt_coverage *coverage,
                              const struct skt_machine *machine);

#endif
