/* The checked loop with a hook around each instruction. */
#define LOOP sk_interp_traced
#define CHECKED 1
#define TRACED 1
#include "interp/loop.inc"
