/* A program as engines see it: its instructions, and the code that was made of them.
 *
 * The first member of an image is its program, and the first of the public skep_prog is
 * its image: all three have one address, so that a run, which knows programs, finds their
 * code. An image does not change while any run can see it. */
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

enum sk_writable {
    SK_WRITE_NONE,
    SK_WRITE_ALL,
    SK_WRITE_FIELDS, /* a context: those fields of the program's type that say so */
};

/* Memory [base, base + size) that a program may use. */
struct sk_region {
    uint64_t base, size;
    const char *name;
    uint32_t writable; /* enum sk_writable */
};

struct sk_image {
    struct sk_prog prog;
    /* NULL: there is none. What it is, the engine knows. */
    const void *code[SK_CODE_KINDS];
    /* The values of maps that the program refers to, by address; owned. */
    struct sk_region *values;
    uint32_t value_count;
};

/* Finds the values that the program refers to, whose notes are set. */
enum skep_code sk_image_find_values(struct sk_image *image, struct skep_err *err);
void sk_image_free_values(struct sk_image *image);

/* The region among the image's values that addr lies in or behind, nearest; NULL: none
 * begins at or before it. */
const struct sk_region *sk_image_value_at(const struct sk_image *image, uint64_t addr);

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
