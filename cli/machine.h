/* Machine code as text, through Capstone. */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include <skep_native.h>
#include <stddef.h>
#include <stdint.h>

enum machine_syntax { MACHINE_ATT, MACHINE_INTEL }; /* of x86-64 */

struct machine {
    enum skep_target target;
    size_t handle; /* Capstone's */
    void *insn;    /* what Capstone decodes into */
};

/* An instruction, or data where there is none: "movq", "8(%rdi), %rax". */
struct machine_insn {
    size_t len; /* in bytes, at least 1 */
    char operation[32];
    char operands[192]; /* "" if there are none */
};

/* Returns the exit status; on failure there is nothing to close. */
int machine_open(struct machine *machine, enum skep_target target,
                 enum machine_syntax syntax);
void machine_close(struct machine *machine);

/* Decodes what lies at `code`, of which `len` bytes (not 0) may be looked at; `address` is
 * its own. Bytes that are no instruction become data. */
void machine_decode(const struct machine *machine, const unsigned char *code, size_t len,
                    uint64_t address, struct machine_insn *insn);

/* `len` bytes of data, as an assembler would be told: .zero, .quad or .byte. */
void machine_data(const unsigned char *code, size_t len, struct machine_insn *insn);

#endif
