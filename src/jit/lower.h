/* What lowering needs for any machine: looks at the instructions around, and what is known of the
 * stack. */
#ifndef SK_JIT_LOWER_H
#define SK_JIT_LOWER_H

#include "jit/code.h"
#include "jit/survey.h"

/* ---- Instructions around ------------------------------------------------------------ */

/* The instruction at pc if control only reaches it from the one before, else NULL. */
static inline const struct sk_insn *sk_follower(const struct sk_prog *prog, uint32_t pc)
{
    if (pc >= prog->count ||
        prog->flags[pc] & (SK_SLOT_TARGET | SK_SLOT_FUNCTION | SK_SLOT_TRACKED))
        return NULL;
    return &prog->insns[pc];
}

/* A wide instruction as it is lowered: what refers to a map that is there loads a number, which
 * is put into *wide. */
const struct sk_insn *sk_wide(const struct sk_prog *prog, const struct sk_insn *insn,
                              struct sk_insn *wide);

/* Whether a jump at pc costs fuel. */
static inline int sk_jump_costs(uint32_t mode, uint32_t pc, uint32_t target)
{
    return mode & SK_JIT_METERED && target <= pc;
}

/* The jump at pc that a conditional one before it to `target` skips, if the two can be one: goes
 * where the second goes, by the contrary condition. */
const struct sk_insn *sk_skipped_jump(const struct sk_prog *prog, uint32_t mode,
                                      uint32_t pc, uint32_t target);

/* Loads that acquire and stores that release: they must be aligned. */
static inline int sk_is_ordered(const struct sk_insn *insn)
{
    return sk_isa[insn->op].field == SK_FIELD_IMM;
}

/* ---- The frame ---------------------------------------------------------------------- */

/* Whether calls move r10 for the function that they call. */
static inline int sk_moves_r10(const struct sk_survey *survey)
{
    return survey->uses_r10 && (survey->gated || !survey->takes_addresses);
}

/* Stack bytes of the frame that a block knows to be written: a bit each, from r10 - 512 up. */
struct sk_known {
    uint64_t bits[SK_STACK_BYTES / 64];
};

/* Of bytes [off, off + size), relative to r10. */
int sk_is_known(const struct sk_known *known, int off, unsigned size);
void sk_know(struct sk_known *known, int off, unsigned size);

/* ---- Labels ------------------------------------------------------------------------- */

/* Those of a program: one a slot, by its number, and these. */
static inline uint32_t sk_label_function(const struct sk_prog *prog, uint32_t function)
{
    return prog->count + function;
}
static inline uint32_t sk_label_gate(const struct sk_prog *prog)
{
    return prog->count + prog->function_count;
}
/* Where tail calls arrive. */
static inline uint32_t sk_label_tail(const struct sk_prog *prog)
{
    return sk_label_gate(prog) + 1;
}
/* What functions share begins here. */
static inline uint32_t sk_label_shared(const struct sk_prog *prog)
{
    return sk_label_gate(prog) + 2;
}
static inline uint32_t sk_label_count(const struct sk_prog *prog)
{
    return sk_label_gate(prog) + 3;
}

/* The label labels[n] of labels[0 .. count), which are made when they are needed first: *labels
 * is NULL, then owned by the caller and zero where there is none. */
uint32_t sk_label_of(struct sk_code_buf *buf, uint32_t **labels, size_t count, size_t n);

/* ---- Shared routines ---------------------------------------------------------------- */

/* At the end of the code, those that some instruction needs. */
enum sk_shared {
    SK_S_MEDIUM,                 /* an access that may be to the stack: sk_medium */
    SK_S_SLOW = SK_S_MEDIUM + 8, /* an access, decided in C */
    SK_S_FAULT_AT,   /* the fault of the instruction, by its row; does not return */
    SK_S_TRACK,      /* sk_run_track */
    SK_S_CALL,       /* a helper, called from C */
    SK_S_AFTER_CALL, /* a helper was called, and wants something */
    SK_S_PACKET,     /* a packet load */
    SK_S_ENTER,
    SK_S_LEAVE, /* frames of local calls */
    SK_S_TAIL,  /* goes on in another program */
    SK_S_COUNT
};

/* What those that call C tell it: enum sk_slow. */
extern const uint8_t sk_slow_of[SK_S_COUNT];

static inline enum sk_shared sk_medium(int write, unsigned size)
{
    return (enum sk_shared)(SK_S_MEDIUM + 4 * write + __builtin_ctz(size));
}

/* The label of a routine, from now on needed; 0 are those that are not. */
static inline uint32_t sk_shared_label(struct sk_code_buf *buf,
                                       uint32_t labels[SK_S_COUNT], enum sk_shared shared)
{
    if (!labels[shared])
        labels[shared] = sk_code_label(buf);
    return labels[shared];
}

/* ---- Stubs -------------------------------------------------------------------------- */

/* A piece of code out of the way, at the end of a function: calls a shared routine for an
 * instruction, with an address as the machine has it. */
struct sk_stub {
    uint32_t label, pc;
    uint32_t
        back; /* label: where it comes back to; SK_NO_WAY_BACK: the routine does not return */
    uint8_t shared;
    uint8_t base, index, scale;
    int32_t off;
};
#define SK_NO_WAY_BACK UINT32_MAX

struct sk_stubs {
    struct sk_stub *list;
    uint32_t count;
    size_t cap;
};

/* Adds a stub, and gives it a label, which it returns, and one to come back to unless it has
 * SK_NO_WAY_BACK. */
uint32_t sk_stub_add(struct sk_code_buf *buf, struct sk_stubs *stubs,
                     struct sk_stub stub);

/* Here stubs from the one of that number on come back. */
void sk_stubs_come_back(struct sk_code_buf *buf, const struct sk_stubs *stubs,
                        uint32_t first);

#endif
