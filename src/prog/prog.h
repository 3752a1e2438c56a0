/* A program: its slots, its instructions decoded, its functions. Made once, then
 * constant.
 *
 * What sk_prog_init promises, and everything behind it relies on:
 * - each instruction is legal (isa.h), each jump and call lands on the first slot of one;
 * - function 0 begins at slot 0; functions are ordered, do not overlap and cover the
 * program;
 *   jumps stay in their function, and no function's end is fallen off;
 * - insns has one element a slot; that of a wide instruction's second slot is
 * SK_OP_SECOND. */
#ifndef SK_PROG_PROG_H
#define SK_PROG_PROG_H

#include "base/mem.h"
#include "env/env.h"
#include "isa/isa.h"
#include "prog/notes.h"

enum {
    SK_NAME_MAX = 64,
    SK_MAX_SLOTS = 4 * 1000 * 1000, /* Linux: 1,000,000 instructions */
    SK_STACK_BYTES = 512,           /* of a frame: Linux's MAX_BPF_STACK */
    SK_MAX_FRAMES = 8,              /* Linux's MAX_CALL_FRAMES */
};

/* Slots [first, end). */
struct sk_function {
    uint32_t first, end;
};

enum sk_slot_flags {
    SK_SLOT_FUNCTION = 1, /* a function begins here */
    SK_SLOT_TARGET = 2,   /* a jump lands here */
    SK_SLOT_TRACKED = 4,  /* a checked run must look at registers first: definite.c */
};

struct sk_prog {
    struct sk_mem mem;
    const struct sk_env *env;
    const struct skep_type *type; /* NULL: raw */
    char name[SK_NAME_MAX];
    uint8_t *slots; /* owned; `count` of 8 bytes */
    uint32_t count;
    struct sk_insn *insns;
    struct sk_function *functions;
    uint32_t function_count;
    uint8_t *flags;        /* enum sk_slot_flags, one a slot */
    uint8_t tracked;       /* 1: some slot has SK_SLOT_TRACKED */
    struct sk_notes notes; /* set by the maker after sk_prog_init, which leaves none */
};

/* Decodes and checks `len` bytes of slots into *prog. Copies them. `env` and `type`
 * (NULL: raw) are borrowed for the program's life. On failure *prog holds nothing. */
enum skep_code sk_prog_init(struct sk_prog *prog, const struct sk_env *env,
                            const struct skep_type *type, const void *slots, size_t len,
                            struct skep_err *err);
void sk_prog_fini(struct sk_prog *prog);

/* The index of the function that slot pc belongs to. */
uint32_t sk_prog_function_of(const struct sk_prog *prog, uint32_t pc);

/* How many slots the function that begins at slot pc has: what a call of it costs. */
static inline uint32_t sk_prog_function_slots(const struct sk_prog *prog, uint32_t pc)
{
    const struct sk_function *f = &prog->functions[sk_prog_function_of(prog, pc)];

    return f->end - f->first;
}

/* The first 8 bytes of the SHA-256 over the slots, references to maps zeroed: how Linux
 * 6.18 tags programs. Costs time in proportion to the program. */
void sk_prog_tag(const struct sk_prog *prog, uint8_t tag[8]);

/* The tag in the name of a function's code. The entry has the program's. Of others Linux
 * tags the code that it compiles: a local call has 1 for imm and the index of the function
 * for off. Calls of helpers and kernel functions, and other instructions that it replaces,
 * it tags as its own build makes them; they are taken as they stand here. */
void sk_prog_function_tag(const struct sk_prog *prog, uint32_t function, uint8_t tag[8]);

#endif
