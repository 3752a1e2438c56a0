/* Lowering to arm64: one pass over the decoded program, a row at a time.
 *
 * r1 to r5 are a C function's first arguments, r6 to r10 are where C functions keep them:
 *
 *     r0  r1  r2  r3  r4  r5  r6  r7  r8  r9  r10
 *     x7  x0  x1  x2  x3  x4  x19 x20 x21 x22 x25
 *
 * x26 points to the run, in code with a gate. x9 to x12 are scratch, inside one row. x5 keeps
 * a constant for the rows that follow, x15 the frame's other end. Code with a gate keeps in
 * registers what it asks the run most often: fuel, and where the hints of memory begin; what
 * calls C stores and reloads them (a64_slow.c). */
#ifndef SK_JIT_A64_H
#define SK_JIT_A64_H

#include <stddef.h>
#include <string.h>

#include "base/bits.h"
#include "jit/a64_branch.h"
#include "jit/a64_enc.h"
#include "jit/a64_mem.h"
#include "jit/blind.h"
#include "jit/jit.h"
#include "jit/lower.h"

enum {
    RUN = 26,
    T0 = 9, /* an address, where a stub is about to be called */
    T1 = 10,
    T2 = 11,
    T3 = 12,
    KEPT = 5,        /* the last constant that needed a register: a64_const */
    FUEL = 8,        /* metered code: run->fuel */
    STOP = 6,        /* metered code: run->stop */
    READ_BASE = 13,  /* checked code: run->read_hint.base */
    WRITE_BASE = 14, /* checked code: run->write_hint.base */
    LOW = 15,        /* the frame's lowest byte, at r10 - 512; checked code: its shadow */
    NO_REG = 0xff,
};

/* Kinds of fixups. A condition is a kind itself; an even kind and the odd one that follows
 * negate each other. */
enum a64_jump {
    A64_B_ALWAYS = 16,
    A64_BL = 17,
    A64_LDR_X4 = 18,  /* loads x4 from the label */
    A64_LDR_X10 = 20, /* loads x10 */
    A64_ADDRESS = 32, /* | rt: rt = the label's address; T0 is scratch */
    A64_CBZ = 0x100,  /* | rt << 2 | x << 1 | (1: CBNZ) */
    A64_TBZ = 0x1000, /* | bit << 6 | rt << 1 | (1: TBNZ) */
};

static inline uint16_t a64_kind_cbz(int x, unsigned rt)
{
    return (uint16_t)((unsigned)A64_CBZ | rt << 2 | (x ? 2u : 0));
}

static inline uint16_t a64_kind_cbnz(int x, unsigned rt)
{
    return a64_kind_cbz(x, rt) | 1u;
}

static inline uint16_t a64_kind_tbz(unsigned rt, unsigned bit)
{
    return (uint16_t)((unsigned)A64_TBZ | bit << 6 | rt << 1);
}

static inline uint16_t a64_kind_tbnz(unsigned rt, unsigned bit)
{
    return a64_kind_tbz(rt, bit) | 1u;
}

/* An address: a machine register and a constant. */
struct a64_place {
    uint8_t base; /* NO_REG: none */
    int32_t off;
};

struct a64 {
    const struct sk_prog *prog;
    struct sk_code_buf buf;
    uint32_t mode; /* enum sk_jit_mode */
    uint32_t features;
    const struct sk_live *live; /* of each slot */
    uint32_t pc, next;
    unsigned
        lhs; /* the machine register with the first operand of arithmetic, dst's value */
    uint32_t stackish; /* registers that point to the stack, as far as this block shows */
    struct sk_known known; /* of the stack, in this block */
    uint64_t kept;         /* what KEPT has, if kept_known */
    uint32_t kept_known;
    uint64_t key; /* the state of blinding */
    /* the function */
    uint8_t
        frame[8]; /* machine registers in the frame, from sp on; T0: a may_goto budget */
    uint32_t frame_len;
    uint32_t stack; /* without a gate, bytes for stacks above the frame, below its r10 */
    uint32_t leave; /* label: its end as by exit; 0: not needed yet */
    uint32_t after_call; /* label: where it goes on after helpers that want something */
    uint32_t leave_bound, entry; /* entry: it is called from C without a gate */
    /* the program */
    struct sk_survey survey;
    uint32_t fault_exit; /* label */
    uint32_t address;    /* label: the program's address; 0: not used */
    uint32_t *helpers;   /* by the environment's order: a64_helper_label; 0: not used */
    uint32_t shared[SK_S_COUNT]; /* labels; 0: not used */
    struct sk_stubs stubs;       /* of the function */
};

extern const uint8_t a64_home[SK_REGS_AX];

static inline void a64_put(struct a64 *t, uint32_t word)
{
    for (unsigned n = 0; n < 4; n++)
        *t->buf.at++ = (uint8_t)(word >> 8 * n);
}

#define EMIT(t, enc, ...) a64_put(t, a64_##enc(__VA_ARGS__))

static inline int a64_has(const struct a64 *t, uint32_t mode)
{
    return (t->mode & mode) != 0;
}

/* ---- Sequences: a64.c ---- */

void a64_set(struct a64 *t, unsigned rd, uint64_t value);
/* A register with the value: not in stubs and shared code. */
unsigned a64_const(struct a64 *t, uint64_t value);
/* rd = rn + value, of 64 or (x: 0) 32 bits. */
void a64_add_const(struct a64 *t, int x, unsigned rd, unsigned rn, int64_t value);
/* Compares rn with a number. */
void a64_compare_const(struct a64 *t, int x, unsigned rn, int64_t value);
/* The place's address: its base, or T0 with the sum. */
unsigned a64_address(struct a64 *t, struct a64_place place);
/* An access at any offset; T3 is scratch. */
void a64_load(struct a64 *t, enum a64_size size, unsigned rt, struct a64_place place);
void a64_load_signed(struct a64 *t, enum a64_size size, unsigned rt,
                     struct a64_place place);
void a64_store(struct a64 *t, enum a64_size size, unsigned rt, struct a64_place place);

#define A64_AT_RUN(field)                                                                \
    ((struct a64_place){ RUN, (int32_t)offsetof(struct sk_run, field) })

/* ---- Rows with the next ones: a64_fuse.c ---- */

/* Lower the row together with what follows; 0: not possible. */
int a64_fuse_mul(struct a64 *t, const struct sk_insn *i, int x);
int a64_fuse_shift(struct a64 *t, const struct sk_insn *i, int x, enum a64_shift op,
                   unsigned n);
int a64_fuse_sum(struct a64 *t, const struct sk_insn *i);

/* ---- Rows: a64_alu.c, a64_mem.c, a64_jump.c, a64_call.c; exit: a64_frame.c ---- */

typedef void (*a64_row)(struct a64 *t, const struct sk_insn *i);
#define ISA(id, ...) void a64_emit_##id(struct a64 *t, const struct sk_insn *i);
#include "isa/isa.def"
#undef ISA

a64_row a64_row_of(uint16_t op);

/* ---- Blinding: a64_blind.c ---- */

/* Lowers `i` with its constant blinded; 0: it has none that matters. */
int a64_blind(struct a64 *t, const struct sk_insn *i);
/* reg = imm; x17 is scratch. */
void a64_blind_imm(struct a64 *t, unsigned reg, int64_t imm);

/* Takes fuel, or ends the run with the fault that the row of the instruction has: a64_jump.c. */
void a64_charge(struct a64 *t, uint32_t cost);

/* ---- Frames: a64_frame.c ---- */

void a64_prologue(struct a64 *t, uint32_t function, int indirect);
/* The epilogue without its ret; a64_unwound stands behind what leaves. */
void a64_unwind(struct a64 *t);
void a64_unwound(struct a64 *t);
int a64_links(const struct a64 *t); /* whether the frame has the return address */
int32_t a64_frame_size(const struct a64 *t);
uint32_t a64_leave_label(struct a64 *t);      /* the function's end, as by exit */
uint32_t a64_after_call_label(struct a64 *t); /* where helpers go that want something */
void a64_clear(struct a64 *t, uint32_t mask); /* registers become 0 */
void a64_find_low(struct a64 *t);             /* after calls LOW is not what it was */
void a64_function_end(struct a64 *t);
void a64_gate(struct a64 *t);
void a64_in_gate(struct a64 *t); /* here the stack is that of the gate while it waits */

/* ---- Slow paths: a64_slow.c ---- */

/* A piece of code out of the way, for the instruction in progress, that calls a shared
 * routine with the address `place` and comes back where sk_stubs_come_back says. Returns its
 * label. */
uint32_t a64_stub(struct a64 *t, enum sk_shared shared, struct a64_place place);
/* Calls a shared routine here. */
void a64_call_shared(struct a64 *t, enum sk_shared shared);
/* What all calls of that helper (by the environment's order) share. */
uint32_t a64_helper_label(struct a64 *t, uint32_t index);
void a64_stubs(struct a64 *t);       /* at the end of a function */
void a64_shared_code(struct a64 *t); /* at the end of the program */
/* Loads what is kept of the run in registers. r10 is there. */
void a64_keep(struct a64 *t);

static const struct a64_place a64_nowhere = { NO_REG, 0 };

/* From a byte of the stack to the byte that says whether it was written. */
enum {
    A64_SHADOW = (int)offsetof(struct sk_run, stack_unwritten) -
                 (int)offsetof(struct sk_run, stack)
};

/* From LOW to the frame's end. */
static inline int32_t a64_low_distance(const struct a64 *t)
{
    return SK_STACK_BYTES - (a64_has(t, SK_JIT_CHECKED) ? (int32_t)A64_SHADOW : 0);
}

#endif
