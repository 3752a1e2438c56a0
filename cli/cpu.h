/* What CPUs code is made for, as --cpu says. */
#ifndef CLI_CPU_H
#define CLI_CPU_H

#include <skep_native.h>

#include "args.h"

/* The enum skep_cpu_features that --cpu asks for, for code of that target; the baseline
 * without it. Returns the exit status. */
int cpu_read(const struct args *args, enum skep_target target, uint32_t *features);

#endif
