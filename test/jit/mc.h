/* An assembler as the judge of encoders: lines of assembly, each with the bytes that it
 * should become, go through one process of LLVM's llvm-mc and are compared with what it
 * makes of them.
 *
 *     mc_expect32(mc, a64_add(true, 0, 1, 2), "add x0, x1, x2"); */
#ifndef TEST_JIT_MC_H
#define TEST_JIT_MC_H

#include <stddef.h>
#include <stdint.h>

struct mc;

/* Adds a line: one instruction, and the `len` bytes (15 at most) that it should become.
 * Memory that runs out ends the program. */
__attribute__((format(printf, 4, 5))) void mc_expect(struct mc *mc, const uint8_t *bytes,
                                                     size_t len, const char *format, ...);

/* The same for an instruction of 32 bits, little-endian. */
__attribute__((format(printf, 3, 4))) void mc_expect32(struct mc *mc, uint32_t word,
                                                       const char *format, ...);

/* A test program, for an architecture (-triple) and its extensions (-mattr; "" for none): assembles
 * all lines that `count` functions add, and compares. Returns its exit status: 0 if they are as
 * llvm-mc has them, 77 (skipped) without it. Standard output says which lines differ, and how, or
 * why it was skipped. */
int mc_main(const char *triple, const char *attributes,
            void (*const families[])(struct mc *), size_t count);

#endif
