/* The kernel that objects are adapted to: its types, configuration and symbols, given by
 * options or those of the running kernel. */
#ifndef CLI_KERNEL_H
#define CLI_KERNEL_H

#include <skep_object.h>

#include "args.h"
#include "input.h"

#define KERNEL_BTF_FOLDER "/sys/kernel/btf/"
#define KERNEL_BTF KERNEL_BTF_FOLDER "vmlinux"

/* Where types are: "vmlinux" is the running kernel's, all else a path. */
const char *kernel_btf_path(const char *word);

struct kernel {
    skep_btf *btf;                 /* NULL: the object's own types */
    const skep_btf *first;         /* the same, for the options */
    struct input config;           /* data NULL: none */
    int has_symbols;               /* those below were asked for */
    struct input kallsyms;         /* /proc/kallsyms */
    struct kernel_symbol *symbols; /* its lines, by name */
    size_t symbol_count;
};

/* Gets what an object needs, enum skep_object_needs, and fills in the options. Returns
 * the exit status; on failure there is nothing to close. */
int kernel_open(const struct args *args, skep_vm *vm, uint32_t needs,
                struct kernel *kernel, struct skep_object_opts *opts);
void kernel_close(struct kernel *kernel);

#endif
