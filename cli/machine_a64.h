/* arm64 instructions that Capstone 4 prints as numbers or hints. */
#ifndef CLI_MACHINE_A64_H
#define CLI_MACHINE_A64_H

#include <stdint.h>

#include "machine.h"

/* Fills *insn and returns 1 if `word` is such an instruction: an atomic of version 8.1 (LSE)
 * or a landing pad. Otherwise returns 0. */
int machine_a64(uint32_t word, struct machine_insn *insn);

#endif
