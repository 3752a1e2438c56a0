/* An opcode byte taken apart into its three parts (RFC 9669, 3):
 *
 *     arithmetic and jumps    code:4  source:1  class:3
 *     loads and stores        mode:3  size:2    class:3
 */
#ifndef CLI_OPCODE_H
#define CLI_OPCODE_H

#include <stdint.h>

enum { OPCODE_PARTS = 3 };

struct opcode_part {
    const char *kind;    /* "code", "source", "mode", "size", "class" */
    const char *name;    /* "ADD"; "?" for values without one */
    const char *meaning; /* in words, or "" */
    int shift, bits;     /* where it lies in the byte */
};

/* The parts, highest bits first. */
void opcode_parts(uint8_t opcode, struct opcode_part parts[OPCODE_PARTS]);

#endif
