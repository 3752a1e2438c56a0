/* Many short bodies in one program, run as native code beside the checked interpreter.
 *
 * Each body starts with all ten registers set, of which up to three are operands that change
 * from run to run, and afterwards all registers are written to the body's block of the
 * context: what native code leaves must be what the interpreter leaves, byte by byte. So a
 * program is compiled once for hundreds of bodies and run for thousands of operands.
 *
 *     inputs      fp-8 = r1; fp-16 ... = the context's first numbers (struct operands)
 *     body n      [if fp-SELECT != n goto body n+1]
 *                 [scratch = m]
 *                 r0 ... r9 = operands or fillers
 *                 ... as given ...
 *                 block n = r0 ... r9 [, scratch]
 *     end         r0 = 0; exit
 *
 * Native code is made in each combination of kind (checked, unchecked, unmetered) and way
 * (plain, blinded, without what only some machines have). */
#ifndef EDGE_PACK_H
#define EDGE_PACK_H

#include "interp/interp.h"
#include "jit/jit.h"

enum pack_flags {
    PACK_MEMORY = 1, /* bodies use the scratch memory: 16 bytes of the context, */
    PACK_STACK = 2,  /* or of the stack */
    PACK_SELECT = 4, /* a run is of one body; it may fault, or leave by itself */
    /* Runs go through the gate, and the stack is where the interpreter has it: for bodies to
     * which its address makes a difference. */
    PACK_GATED = 8,
};

enum {
    PACK_CASES = 300,
    PACK_BODY = 12, /* slots of a body, at most */
    PACK_SCRATCH_SIZE = 16,
    PACK_STACK_AT = -160, /* of the scratch memory, from r10 */
    PACK_NONE = 0xff,     /* no register */
    PACK_WAYS = 3,
    PACK_NATIVES = 3 * PACK_WAYS,
};

/* What a run starts with. */
struct operands {
    uint64_t reg[3];
    uint64_t m[2]; /* the scratch memory */
    uint64_t select;
    uint64_t fill[SK_R10]; /* other registers */
};

struct pack_case {
    uint8_t
        reg[3]; /* the registers of the operands; PACK_NONE. Earlier ones come first */
    uint8_t count;
    struct sk_insn body[PACK_BODY];
};

struct pack;
struct pack *pack_new(const struct sk_env *env);
void pack_free(struct pack *pack);

void pack_begin(struct pack *pack, uint32_t flags);

/* Whether all of its instructions are legal. */
int pack_is_legal(const struct pack_case *c);

/* Adds a body; 0: there is no room. */
int pack_add(struct pack *pack, const struct pack_case *c);
uint32_t pack_count(const struct pack *pack);

/* The address of the scratch memory, and the whole context. */
uint64_t pack_scratch(const struct pack *pack);
uint64_t pack_context(const struct pack *pack, uint64_t *len);
uint64_t pack_stack(const struct pack *pack); /* r10 */

/* Compiles what was added. On failure says why on standard output and returns 0. */
int pack_compile(struct pack *pack);

/* Runs it on the interpreter and on the native code of the kinds (bit n: enum sk_code_kind n),
 * and compares. Returns the number of comparisons; 0: something differed, and what, is on
 * standard output. *code is how the run ended. */
uint32_t pack_run(struct pack *pack, const struct operands *in, uint32_t kinds,
                  uint64_t fuel, enum skep_code *code);

enum {
    PACK_CHECKED = 1 << SK_CODE_NATIVE_CHECKED,
    PACK_METERED = PACK_CHECKED | 1 << SK_CODE_NATIVE_UNCHECKED,
    PACK_ALL = PACK_METERED | 1 << SK_CODE_NATIVE_UNMETERED,
};

#endif
