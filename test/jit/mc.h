/* An assembler as the judge of encoders: lines of assembly, each with the bytes that it
 * should become, go through one process of LLVM's llvm-mc and are compared with what it
 * makes of them.
 *
 *     struct mc *mc = mc_new("aarch64", "+lse");
 *     mc_expect32(mc, a64_add(true, 0, 1, 2), "add x0, x1, x2");
 *     switch (mc_run(mc)) ...
 *     mc_free(mc); */
#ifndef TEST_JIT_MC_H
#define TEST_JIT_MC_H

#include <stddef.h>
#include <stdint.h>

struct mc;

enum mc_result {
    MC_AGREES,
    MC_DIFFERS, /* which lines do, and how, is on standard output */
    MC_ABSENT,  /* llvm-mc is not installed; the reason is on standard output */
};

/* An empty list of lines for an architecture (-triple) and its extensions (-mattr; "" for
 * none). */
struct mc *mc_new(const char *triple, const char *attributes);
void mc_free(struct mc *mc);

/* Adds a line: one instruction, and the `len` bytes (15 at most) that it should become.
 * Memory that runs out ends the program. */
__attribute__((format(printf, 4, 5))) void mc_expect(struct mc *mc, const uint8_t *bytes,
                                                     size_t len, const char *format, ...);

/* The same for an instruction of 32 bits, little-endian. */
__attribute__((format(printf, 3, 4))) void mc_expect32(struct mc *mc, uint32_t word,
                                                       const char *format, ...);

/* Assembles all lines and compares. */
enum mc_result mc_run(struct mc *mc);

#endif
