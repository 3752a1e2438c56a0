/* Numbers of a running program as people read them: addresses by what they point into. */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "context.h"
#include "object.h"

enum { PLACE_FRAMES = 8, VALUE_TEXT_MAX = 96 };

/* What addresses may point into. */
struct places {
    const struct skep_type *type; /* NULL: raw */
    const struct context *context;
    const struct object *object;   /* its global data; handle NULL: there is none */
    uint64_t frames[PLACE_FRAMES]; /* r10 of each function in progress */
    uint32_t depth;                /* the innermost of them */
};

/* "ctx+4", "data+12", "prog.bss+8", "r10-8", or in a caller's frame "frame0-8". Returns NULL if the
 * number is no address of the program's. */
const char *place_text(const struct places *places, uint64_t value, char *buf,
                       size_t size);

/* "7", "0x2a (42)", "0xfffffffffffffff6 (-10)", "ctx+4 (0x55d0c0de2004)" */
const char *value_text(const struct places *places, uint64_t value,
                       char buf[VALUE_TEXT_MAX]);

/* The global variable that the address lies in, or NULL. */
const char *variable_at(const struct places *places, uint64_t addr);

/* The name of the context's field that begins `offset` bytes into it, or NULL. */
const char *field_at(const struct skep_type *type, uint64_t offset);

#endif
