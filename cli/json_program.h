/* Programs in JSON. */
#ifndef CLI_JSON_PROGRAM_H
#define CLI_JSON_PROGRAM_H

#include "input.h"

/* Whether the input begins as JSON does: with an array, or with an object that has a
 * key. */
int json_program_like(const struct input *input);

/* Reads slots from what `bpftool -j prog dump xlated ... opcodes` prints, from an array
 * of bytes, or from an object with hexadecimal digits as `insns`. *slots is to be freed.
 * Returns the exit status. */
int json_program_read(const struct input *input, unsigned char **slots, size_t *len);

#endif
