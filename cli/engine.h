/* Which engine runs a program, as the options say. */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include <skep.h>

#include "args.h"

/* The engine that --jit, --interp or --interpret asks for; without them the best that the
 * machine has. Returns the exit status. */
int engine_choose(const struct args *args, enum skep_engine *engine);

/* Adds the flags (enum skep_native_flags) that --announce asks for. Returns the exit
 * status. */
int announce_ways(const struct args *args, uint32_t *flags);

/* "interp" or "jit". */
const char *engine_name(enum skep_engine engine);

#endif
