/* Making a program that shows a failure smaller. */
#ifndef RANDOM_REDUCE_H
#define RANDOM_REDUCE_H

#include "generate.h"

/* Whether a program, well-formed or not, fails as the first one did. */
typedef int (*reduce_fails_fn)(void *ctx, const struct gen_prog *prog);

/* Leaves out instructions of *prog, which fails, as long as it still does; jumps and
 * calls keep their targets. */
void reduce(struct gen_prog *prog, reduce_fails_fn fails, void *ctx);

#endif
