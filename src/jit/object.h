/* Code that stands alone (SK_JIT_OBJECT) as files: an ELF relocatable object, and the C header
 * that goes with it. Both are the same on every host. */
#ifndef SK_JIT_OBJECT_H
#define SK_JIT_OBJECT_H

#include "base/blob.h"
#include "jit/jit.h"

/* Whether the program can do without a run: E_STANDALONE with the slot if not. */
enum skep_code sk_object_check(const struct sk_prog *prog, struct skep_err *err);

/* Adds the object, or the header, to the empty blob, which remembers whether memory ran out.
 * E_ARGUMENT: `name` is none that the function can have. */
enum skep_code sk_object_write(const struct sk_native *native, const char *name,
                               struct sk_blob *blob, struct skep_err *err);
enum skep_code sk_object_header(const struct sk_native *native, const char *name,
                                struct sk_blob *blob, struct skep_err *err);

#endif
