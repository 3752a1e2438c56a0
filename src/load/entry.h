/* Moving a function to the front of a program. */
#ifndef SK_LOAD_ENTRY_H
#define SK_LOAD_ENTRY_H

#include "isa/isa.h"

/* Writes the `count` slots at `from` to `to`, the function of slots [first, end) before
 * all others. Calls and addresses of functions go where they went. Refused is what
 * would not mean the same then: slots that are no instructions, jumps into the function
 * or out of it, and its beginning or end if an instruction goes on across it. Errors
 * count slots of `from`. */
enum skep_code sk_entry_to_front(void *to, const void *from, uint32_t count,
                                 uint32_t first, uint32_t end, struct skep_err *err);

#endif
