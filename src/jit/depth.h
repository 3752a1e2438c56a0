/* How deep a program's calls of its own functions nest. */
#ifndef SK_JIT_DEPTH_H
#define SK_JIT_DEPTH_H

#include "prog/prog.h"

struct sk_depth {
    uint32_t frames; /* that calls may open, at most SK_MAX_FRAMES + 1 */
    uint32_t pc;     /* then: a call that may be the one too many; else UINT32_MAX */
};

/* Fills *out; 0: no memory. Functions whose address is taken count from themselves. Calls in
 * code that nothing leads to may count while they fit into SK_MAX_FRAMES: they make no program too
 * deep. */
int sk_depth_of_calls(const struct sk_prog *prog, struct sk_depth *out);

#endif
