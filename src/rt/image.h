/* A program as engines see it: its instructions, and the code that was made of them.
 *
 * The first member of an image is its program, and the first of the public skep_prog is its
 * image: all three have one address, so that a run, which knows programs, finds their code. An
 * image does not change while any run can see it. */
#ifndef SK_RT_IMAGE_H
#define SK_RT_IMAGE_H

#include "prog/prog.h"

/* Code by what runs it, and how much it checks. */
enum sk_code_kind {
    SK_CODE_INTERP_CHECKED,
    SK_CODE_INTERP_FAST,
    SK_CODE_NATIVE_CHECKED,
    SK_CODE_NATIVE_UNCHECKED,
    SK_CODE_NATIVE_UNMETERED,
    SK_CODE_KINDS,
};

struct sk_image {
    struct sk_prog prog;
    const void
        *code[SK_CODE_KINDS]; /* NULL: there is none. What it is, the engine knows */
};

static inline const struct sk_image *sk_image_of(const struct sk_prog *prog)
{
    return (const struct sk_image *)(const void *)prog;
}

/* The handle that the caller of the library knows the program by. */
static inline const skep_prog *sk_handle_of(const struct sk_prog *prog)
{
    return (const skep_prog *)(const void *)prog;
}

#endif
