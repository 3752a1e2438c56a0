/* Programs in JSON. */
#ifndef CLI_JSON_PROGRAM_H
#define CLI_JSON_PROGRAM_H

#include <skep.h>

#include "input.h"

/* Whether the input begins as JSON does: with an array, or with an object that has a
 * key. */
int json_program_like(const struct input *input);

/* What JSON holds. */
struct json_program {
    enum skep_format format; /* RAW; or ASM, where element N is line N + 1 */
    void *data;              /* owned */
    size_t len;
};

/* Reads slots from what `bpftool -j prog dump xlated ... opcodes` prints, from an array
 * of bytes, or from an object with hexadecimal digits as `insns`; or assembly text from
 * what bpftool prints without opcodes, or skep -j disasm. program->data is to be freed.
 * Returns the exit status. */
int json_program_read(const struct input *input, struct json_program *program);

#endif
