/* What the kernel wants to be told of a program before it lets callbacks be used: for each of
 * its functions a type, in BTF. */
#ifndef ORACLE_FUNCTIONS_H
#define ORACLE_FUNCTIONS_H

#include <linux/bpf.h>

#include "kernel.h"

struct oracle_functions {
    int btf; /* a descriptor; negative: the program uses no callbacks */
    struct bpf_func_info *info;
    uint32_t count;
};

/* Finds the program's functions, if it takes the address of one, and gives all of them the same
 * type: static, without known arguments.  Returns 0 or a negative errno; *functions then holds
 * nothing. */
int oracle_functions_init(struct oracle_functions *functions,
                          const struct oracle_prog *prog);
void oracle_functions_fini(struct oracle_functions *functions);

#endif
