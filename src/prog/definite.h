/* Definite assignment: which instructions may read a register that nothing was written
 * to. */
#ifndef SK_PROG_DEFINITE_H
#define SK_PROG_DEFINITE_H

#include "prog/prog.h"

/* Sets SK_SLOT_TRACKED where a checked run must look. See definite.c. */
enum skep_code sk_prog_find_tracked(struct sk_prog *prog, struct skep_err *err);

/* The registers that hold a value when the program begins. */
uint32_t sk_prog_entry_regs(const struct sk_prog *prog);

#endif
