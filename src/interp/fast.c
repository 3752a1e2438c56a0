/* The loop for programs with a proof, or that the caller trusts: no access is checked. */
#define LOOP sk_interp_fast
#define HANDLERS sk_interp_fast_handlers
#define CHECKED 0
#define TRACED 0
#include "interp/loop.inc"
