/* Random programs, made from the table of the instruction set.
 *
 * The generator knows roles, not opcodes: a row that is added to isa.def appears in the
 * programs by itself. What a program may do depends on its mode. Each mode's promise:
 *
 *   GEN_KERNEL   a body for oracle_wrap(): Linux's verifier accepts it in a SYSCALL
 *                program, it ends, and its result depends on its start state alone
 *   GEN_ENDLESS  well-formed, reads only what was written, and every memory access is
 *                good, but it may run on for ever and call itself, divides by immediates
 *                of 0, and uses packet loads, a helper, and one that calls functions
 *   GEN_WILD     well-formed, nothing more
 *
 * Programs of GEN_ENDLESS and GEN_WILD are raw programs: they start with r1 and r2 as a
 * context and its length. */
#ifndef RANDOM_GENERATE_H
#define RANDOM_GENERATE_H

#include "isa/isa.h"
#include "source.h"

enum gen_mode { GEN_KERNEL, GEN_ENDLESS, GEN_WILD };

enum { GEN_MAX_SLOTS = 1024 };

struct gen_prog {
    uint32_t count; /* slots */
    uint8_t slots[GEN_MAX_SLOTS * SK_SLOT_BYTES];
};

/* Helpers that programs call: ids 1 to GEN_HELPERS. Only the first is safe with any
 * arguments on an engine that checks nothing, and the last with the address of a function;
 * GEN_WILD calls the others and some that are not there. */
enum { GEN_HELPERS = 6, GEN_SAFE_HELPERS = 1, GEN_CALLS_BACK = 6 };
extern const struct skep_helper gen_helpers[GEN_HELPERS];

/* Makes a program. All of it follows from the source and the mode. */
void gen_program(struct source *source, enum gen_mode mode, struct gen_prog *prog);

#endif
