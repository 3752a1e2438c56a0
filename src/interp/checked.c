/* The loop for programs without a proof: every access is checked. */
#define LOOP sk_interp_checked
#define HANDLERS sk_interp_checked_handlers
#define CHECKED 1
#define TRACED 0
#include "interp/loop.inc"
