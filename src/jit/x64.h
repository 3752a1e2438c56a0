/* Lowering to x86-64, tier 1: one pass over the decoded program.
 *
 * Registers are where Linux has them, so that r1 to r5 are a C function's first arguments:
 *
 *     r0  r1  r2  r3  r4  r5  r6  r7  r8  r9  r10
 *     rax rdi rsi rdx rcx r8  rbx r13 r14 r15 rbp
 *
 * r12 points into the run, r10 and r11 are scratch, and r9 where no fuel is counted; else it is
 * what is left of it. A register's home is the machine register
 * above; its value may be elsewhere for a while: x64_value.c. */
#ifndef SK_JIT_X64_H
#define SK_JIT_X64_H

#include <stddef.h>

#include "base/bits.h"
#include "jit/blind.h"
#include "jit/jit.h"
#include "jit/lower.h"
#include "jit/x64_enc.h"

enum { RUN = X64_R12, T0 = X64_R11, T1 = X64_R10, T2 = X64_R9, FUEL = T2, NO_REG = 0xff };

/* What a register holds while it is not in its home; a and b are eBPF registers and mean the
 * contents of their homes. */
enum x64_kind {
    X64_CONST, /* imm */
    X64_SUM,   /* a + (b << scale) + imm, 64 bits; b may be NO_REG */
    X64_LSH,   /* a << scale, of `width` bits */
    X64_RSH,   /* a >> scale, of `width` bits, zeros come in */
    X64_LOW,   /* the low 32 bits of a */
};

struct x64_value {
    uint8_t kind, a, b, scale, width;
    int64_t imm;
};

/* Kinds of fixups; below: a condition. X64_LEA | reg: reg = the label's address. */
enum x64_jump { X64_JMP = 16, X64_CALL = 17, X64_LEA = 32 };

struct x64 {
    const struct sk_prog *prog;
    struct sk_code_buf buf;
    uint32_t mode; /* enum sk_jit_mode */
    uint32_t features;
    const struct sk_live *live; /* of each slot */
    uint32_t pc, next;
    uint32_t now;      /* registers whose value counts: read here or live afterwards */
    uint32_t pending;  /* registers that are not in their home */
    uint32_t zx;       /* homes whose upper 32 bits are known to be 0 */
    uint32_t zx16;     /* homes of which only the low 16 bits may be set */
    uint32_t stackish; /* registers that point to the stack, as far as this block shows */
    struct sk_known known; /* of the stack, in this block */
    uint64_t key;          /* the state of blinding */
    struct x64_value value[SK_REGS_AX];
    /* the function */
    uint32_t saved;      /* r6 to r9 that it saves */
    uint32_t budget;     /* 1: it has a may_goto budget on the machine's stack */
    uint32_t frame;      /* bytes for stacks, without a gate, and to keep rsp aligned */
    uint32_t has_r10;    /* 1: it makes its r10, which is above them */
    int32_t depth;       /* bytes from rsp to the CFA */
    uint32_t leave;      /* label: its end as by exit; 0: not needed yet */
    uint32_t after_call; /* label: where it goes on after helpers that want something */
    uint32_t returns; /* label: where it returns the constant `returned`; 0: none yet */
    int32_t returned;
    uint32_t leave_bound;
    /* the program */
    struct sk_survey survey;
    uint32_t fault_exit; /* label */
    uint32_t *helpers;   /* by the environment's order: x64_helper_label; 0: not used */
    uint32_t shared[SK_S_COUNT]; /* labels; 0: not used */
    struct sk_stubs stubs;       /* of the function */
};

#define EMIT(t, enc, ...) ((t)->buf.at = x64_##enc((t)->buf.at, ##__VA_ARGS__))

extern const uint8_t x64_home[SK_REGS_AX];

static inline int x64_has(const struct x64 *t, uint32_t mode)
{
    return (t->mode & mode) != 0;
}

/* ---- Values: x64_value.c ---- */

void x64_settle_all(struct x64 *t,
                    uint32_t mask); /* those of mask; others are forgotten */
void x64_vacate_from(struct x64 *t, unsigned r);
void x64_bring_home(struct x64 *t, unsigned r);
unsigned x64_use_pending(struct x64 *t, unsigned r);
int x64_const(const struct x64 *t, unsigned r,
              int32_t *imm); /* r is known and that small */
struct x64_mem x64_address(struct x64 *t, unsigned r, int32_t off);
void x64_move(struct x64 *t, unsigned d, unsigned s);
void x64_move32(struct x64 *t, unsigned d, unsigned s);
void x64_set(struct x64 *t, unsigned d, uint64_t imm);
int x64_add_lazy(struct x64 *t, unsigned d, unsigned s); /* 0: not possible */
void x64_add_imm(struct x64 *t, unsigned d, int32_t imm);
int x64_shift_lazy(struct x64 *t, enum x64_shift op, unsigned w, unsigned d, unsigned n);
int x64_rotate(struct x64 *t, unsigned w, unsigned d, unsigned s);
void x64_forget(struct x64 *t); /* at a label */

static inline int x64_is_pending(const struct x64 *t, unsigned r)
{
    return t->pending >> r & 1;
}

/* r's value comes home. */
static inline void x64_settle(struct x64 *t, unsigned r)
{
    if (x64_is_pending(t, r))
        x64_bring_home(t, r);
}

/* A machine register with r's value. */
static inline unsigned x64_use(struct x64 *t, unsigned r)
{
    return x64_is_pending(t, r) ? x64_use_pending(t, r) : x64_home[r];
}

/* One with its low 32 bits. */
static inline unsigned x64_use32(struct x64 *t, unsigned r)
{
    if (x64_is_pending(t, r) && t->value[r].kind == X64_LOW)
        return x64_home[t->value[r].a];
    return x64_use(t, r);
}

/* Nothing else depends on r's home. */
static inline void x64_vacate(struct x64 *t, unsigned r)
{
    if (t->pending & ~(1u << r))
        x64_vacate_from(t, r);
}

/* r is home, and may be changed there. */
static inline void x64_own(struct x64 *t, unsigned r)
{
    x64_settle(t, r);
    x64_vacate(t, r);
}

/* r's home may be overwritten. */
static inline void x64_define(struct x64 *t, unsigned r)
{
    x64_vacate(t, r);
    t->pending &= ~(1u << r);
}

/* d's home has a new value of `w` bits. */
static inline void x64_defined(struct x64 *t, unsigned d, unsigned w)
{
    uint32_t bit = 1u << d;

    t->zx = w <= 32 ? t->zx | bit : t->zx & ~bit;
    t->zx16 = w <= 16 ? t->zx16 | bit : t->zx16 & ~bit;
    t->stackish &= ~bit;
}

/* r's home is about to be used for something else; then its value, of `w` bits, in a register. */
void x64_keep(struct x64 *t, unsigned r);
void x64_give_back(struct x64 *t, unsigned r, unsigned reg, unsigned w);

/* ---- Rows: x64_alu.c, x64_divide.c, x64_mem.c, x64_jump.c, x64_call.c; exit: x64_frame.c ---- */

typedef void (*x64_row)(struct x64 *t, const struct sk_insn *i);
#define ISA(id, ...) void x64_emit_##id(struct x64 *t, const struct sk_insn *i);
#include "isa/isa.def"
#undef ISA
x64_row x64_row_of(uint16_t op);

/* ---- Blinding: x64_blind.c ---- */

/* Lowers `i` with its constant blinded; 0: it has none that matters. */
int x64_blind(struct x64 *t, const struct sk_insn *i);
void x64_blind_imm(struct x64 *t, unsigned reg, int64_t imm);

/* ---- Jumps: x64_jump.c ---- */

/* Takes fuel, or ends the run with the fault that the row of the instruction has. */
void x64_charge(struct x64 *t, uint32_t cost);
/* Lowers a load together with the next instruction, if that is a jump which compares nothing but
 * what was loaded, with an immediate, and is the last to need it; 0: it is not. */
int x64_compare_memory(struct x64 *t, const struct sk_insn *load);

/* ---- Frames: x64_frame.c ---- */

void x64_prologue(struct x64 *t, uint32_t function, int indirect);
/* The epilogue without its ret; x64_unwound stands behind what leaves. */
void x64_unwind(struct x64 *t);
void x64_unwound(struct x64 *t);
uint32_t x64_leave_label(struct x64 *t);      /* the function's end, as by exit */
uint32_t x64_after_call_label(struct x64 *t); /* where helpers go that want something */
/* Whether r0 = constant; exit stands at pc, not to be reached from elsewhere. */
int x64_returns_constant(const struct x64 *t, uint32_t pc);
void x64_clear(struct x64 *t, uint32_t mask); /* registers become 0, the flags are lost */
void x64_function_end(struct x64 *t);
void x64_gate(struct x64 *t);
void x64_in_gate(struct x64 *t); /* here the stack is that of the gate while it waits */

/* What DWARF calls a register (System V ABI for x86-64, figure 3.36). */
unsigned x64_dwarf(unsigned reg);

/* ---- Slow paths: x64_slow.c ---- */

/* A piece of code out of the way, for the instruction in progress, that calls a shared routine
 * with the address `mem` and comes back where sk_stubs_come_back says. Returns its label. */
uint32_t x64_stub(struct x64 *t, enum sk_shared shared, struct x64_mem mem);
/* Calls a shared routine here. */
void x64_call_shared(struct x64 *t, enum sk_shared shared);
void x64_fuel(struct x64 *t, int store); /* run->fuel = FUEL, or FUEL = run->fuel */
/* What all calls of that helper (by the environment's order) share. */
uint32_t x64_helper_label(struct x64 *t, uint32_t index);
void x64_stubs(struct x64 *t);       /* at the end of a function */
void x64_shared_code(struct x64 *t); /* at the end of the program */

/* Where RUN points: what code uses of the run is then in reach of one byte. */
enum { X64_RUN_AT = 128 };
#define X64_AT_RUN(field)                                                                \
    x64_at(RUN, (int32_t)offsetof(struct sk_run, field) - X64_RUN_AT)

/* From a byte of the stack to the byte that says whether it was written. */
enum {
    X64_SHADOW = (int)offsetof(struct sk_run, stack_unwritten) -
                 (int)offsetof(struct sk_run, stack)
};

#endif
