/* Objects as commands get them: opened, adapted to a kernel, variables set. */
#ifndef CLI_OBJECT_H
#define CLI_OBJECT_H

#include <skep_object.h>

#include "args.h"
#include "input.h"
#include "kernel.h"

struct object {
    skep_object *handle;
    struct skep_object_info info;
    struct kernel *kernel; /* owned */
};

/* Whether the bytes are an ELF file. */
int object_like(const void *data, size_t len);

/* Opens the object in `len` bytes at data as --btf, --kconfig and --set say. Returns the exit
 * status; on failure there is nothing to close. */
int object_open(const struct args *args, skep_vm *vm, const struct input *input,
                const void *data, size_t len, struct object *object);
/* Programs that were loaded from it stay. */
void object_close(struct object *object);

/* Reports why a program of it was not loaded; subject is what is named, unless the error is in
 * the kernel's configuration. Returns the exit status. */
int object_fail(const struct object *object, const char *subject,
                const struct skep_err *err);

/* The options that objects have: one of them given for what is none fails. */
int object_refuse_options(const struct args *args);

#endif
