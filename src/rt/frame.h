/* A run: registers, frames, stack, the memory that the program may use, fuel. The
 * contract of all engines.
 *
 * An sk_run lives on the stack of skep_run. An engine is entered through run->enter, at
 * slot 0 and depth 0. It keeps `regs`, `fuel`, `depth`, `written` and `prog` up to date
 * where it calls anything declared here, or a helper, which may enter it again
 * (skep_call_function); afterwards `fuel` may be less. (Machine code that calls a helper
 * itself may keep r6 to r10 until sk_run_after_call: nobody reads them before but for a
 * fault's report.) On a fault it leaves in `regs` the registers as they were before the
 * faulting instruction.
 *
 * The stack grows down: frame d has the 512 bytes below its r10.
 *
 *     run->stack                                       run->stack + 4096
 *     |   frame 7   |  ...  |   frame 1   |   frame 0   |
 *                                         ^ r10 of frame 1
 *
 * Fuel: see struct skep_result. sk_charge is taken before a jump back (the slots jumped
 * over), a local call (the callee's slots), a helper call (1). */
#ifndef SK_RT_FRAME_H
#define SK_RT_FRAME_H

#include "rt/call.h"
#include "rt/image.h"

enum {
    SK_STACK_TOTAL = SK_STACK_BYTES * SK_MAX_FRAMES,
    SK_MAX_REGIONS = 32,
    SK_MAY_GOTO_BUDGET = 8 * 1024 * 1024, /* Linux's BPF_MAX_LOOPS */
    SK_MAX_TAIL_CALLS = 33,               /* Linux's MAX_TAIL_CALL_CNT */
};

/* What a local call saves. */
struct sk_frame {
    const struct sk_prog *prog; /* the caller's: the callee may leave it by tail calls */
    uint64_t saved[4];          /* r6 to r9 of the caller */
    uint32_t return_pc;
    uint32_t written;  /* the caller's set of written registers */
    uint32_t may_goto; /* what is left of this frame's loop budget */
};

/* The region that was used last, for the quick check. An access of 1 << k bytes at addr
 * lies in it if addr - base < count[k]; all 0: none. */
struct sk_hint {
    uint64_t base;
    uint64_t count[4]; /* addresses from base on at which such an access may start */
};

struct sk_tracer {
    skep_trace_fn fn; /* NULL: not traced */
    void *ctx;
    uint64_t old_regs[SK_REGS];
    struct skep_trace_event event; /* of the instruction in progress */
    uint32_t active;
};

/* Machine code knows the first members by their offsets: those it uses most come
 * first. */
struct sk_run {
    uint64_t regs[SK_REGS];
    uint64_t fuel;
    const int *stop;
    struct sk_hint read_hint, write_hint;
    uint64_t stack_low;  /* lowest address granted: that of the deepest frame */
    uint64_t stack_span; /* bytes from there to the top */
    uint64_t stack_base;
    uint64_t native_sp;       /* machine code: where a fault goes back to */
    const void *native_entry; /* machine code: where a tail call goes on */
    uint32_t depth;
    uint32_t base;    /* the depth at which run->enter returns: not 0 in callbacks */
    uint32_t written; /* registers that hold a value; exact in checked runs */
    uint32_t strict;
    uint32_t checked;
    const struct sk_prog *prog;  /* an image's; another than was run after a tail call */
    const struct sk_image *tail; /* not NULL: where to go on, by sk_run_tail */
    struct skep_call call;       /* of the helper that was called last */
    enum sk_code_kind kind;      /* of the code that is running */
    uint32_t tail_calls;         /* that were made */
    /* The engine. Runs the function at slot pc of run->prog, whose frame is entered and
     * whose arguments are in place, until it returns: its result is then in r0, and the
     * frame still entered. Or returns the fault that it recorded. */
    enum skep_code (*enter)(struct sk_run *run, uint32_t pc);
    struct skep_err *err;
    const uint8_t *data; /* what packet loads read */
    uint64_t data_len;
    uint64_t ctx;      /* address: r1 at the start */
    uint64_t entry_r2; /* r2 at the start */
    void *user;
    uint64_t uninit_reads;
    uint32_t uninit_pc;
    uint32_t region_count;
    uint32_t image_count;
    struct skep_fault fault;
    struct sk_tracer tracer;
    struct sk_region regions[SK_MAX_REGIONS]; /* without the stack and values of maps */
    /* Programs that ran and refer to values of maps. All of those values may be used from
     * then on, also in the programs before them: what is allowed, stays so. */
    const struct sk_image *images[SK_MAX_TAIL_CALLS + 1];
    struct sk_frame frames[SK_MAX_FRAMES];
    /* One byte a stack byte, at the same distance from each: not 0 if it was never
     * written. */
    _Alignas(16) uint8_t stack_unwritten[SK_STACK_TOTAL];
    _Alignas(16) uint8_t stack[SK_STACK_TOTAL];
};

/* Prepares everything but the options (fuel, err, ctx, data, user) and what goes with
 * them: r1, r2, the regions; and the engine: kind, enter. Field by field, as the struct
 * is large and a run may be short. The program is an image's. */
void sk_run_init(struct sk_run *run, const struct sk_prog *prog);

/* Adds a region; returns 0 when there is no room. Empty ones need none. */
int sk_run_grant(struct sk_run *run, uint64_t base, uint64_t size, const char *name,
                 enum sk_writable writable);

/* Lets the run use the values of maps that the program refers to. */
void sk_run_grant_values(struct sk_run *run, const struct sk_prog *prog);

/* Opens the frame `run->depth`: sets r10 and forgets what was written to its stack. */
void sk_run_enter(struct sk_run *run);

/* Goes back to the frame below; r10 is its again. */
void sk_run_leave(struct sk_run *run);

enum sk_access_kind { SK_READ, SK_WRITE, SK_ATOMIC };

/* The region that allows the access to [addr, addr + len), or NULL. The stack is one:
 * then that is *stack. */
const struct sk_region *sk_run_find(const struct sk_run *run, uint64_t addr, uint64_t len,
                                    enum sk_access_kind kind, struct sk_region *stack);

/* Says in `why` of an access that no region allows what is wrong: "r10-520, the frame's
 * ...", "offset 9 of prog.bss, which has 8 bytes", "prog.rodata is read-only". */
void sk_run_explain(const struct sk_run *run, uint64_t addr, uint64_t len,
                    enum sk_access_kind kind, char *why, size_t size);

/* Records a fault of the instruction at pc, with `code` already in run->err; returns it.
 */
enum skep_code sk_run_fault(struct sk_run *run, uint32_t pc, enum skep_code code);

/* Why there is no fuel left to go on, or the stop: for engines to call when sk_charge
 * said 0. */
enum skep_code sk_run_exhausted(struct sk_run *run, uint32_t pc, uint32_t cost);

/* Takes `cost` from fuel that the engine keeps; 0: there is too little, or the run is to
 * stop. */
static inline int sk_charge(uint64_t *fuel, const int *stop, uint32_t cost)
{
    if (__builtin_expect(*fuel < cost, 0))
        return 0;
    if (__builtin_expect(__atomic_load_n(stop, __ATOMIC_RELAXED), 0))
        return 0;
    *fuel -= cost;
    return 1;
}

/* ---- Checked memory: what the quick checks of an engine leave over
 * ---------------------- */

/* Reads `size` bytes for the instruction at pc, zero-extended, or records a fault. Stack
 * bytes never written read as 0 and are counted, or in strict runs fault. */
enum skep_code sk_run_read(struct sk_run *run, uint32_t pc, uint64_t addr, uint32_t size,
                           uint64_t *value);

/* Whether the instruction at pc may write there; marks stack bytes as written. */
enum skep_code sk_run_write(struct sk_run *run, uint32_t pc, uint64_t addr,
                            uint32_t size);

/* The same for an atomic: read and write, aligned. Stack bytes never written become 0. */
enum skep_code sk_run_atomic(struct sk_run *run, uint32_t pc, uint64_t addr,
                             uint32_t size);

/* The first accesses will probably be to the region that was granted first. */
void sk_run_expect(struct sk_run *run);

/* Records that an atomic access is not aligned. */
enum skep_code sk_run_misaligned(struct sk_run *run, uint32_t pc, uint64_t addr,
                                 uint32_t size);

/* Before a `tracked` instruction: unwritten registers that it reads become 0 and are
 * counted, or in strict runs fault. */
enum skep_code sk_run_track(struct sk_run *run, uint32_t pc);

/* The instruction at pc reads registers (bit n: rn) that were never written: they become
 * 0 and count as one read. */
void sk_run_miss(struct sk_run *run, uint32_t pc, uint32_t missing);

/* For memory handed to a helper: whether the run may read (or write) it. */
int sk_run_may_read(struct sk_run *run, uint64_t addr, uint64_t len);
int sk_run_may_write(struct sk_run *run, uint64_t addr, uint64_t len);

/* Whether all stack bytes among [addr, addr + len) were written. */
int sk_run_is_written(const struct sk_run *run, uint64_t addr, uint64_t len);

/* Stack bytes among [addr, addr + len) that were never written become 0 and count as one
 * read; strict runs fault. Other memory is left alone. */
enum skep_code sk_run_settle(struct sk_run *run, uint32_t pc, uint64_t addr,
                             uint64_t len);

/* Stack bytes among [addr, addr + len) that were never written become 0, and all of them
 * count as written: for memory that a helper may fill. */
void sk_run_fill(struct sk_run *run, uint64_t addr, uint64_t len);

/* ---- Calls to the host
 * ------------------------------------------------------------------ */

/* Calls a helper (NULL: it is not there) for the instruction at pc with r1 to r5; its
 * result in r0, r1 to r5 become 0. Unless run->tail is set afterwards: then registers are
 * left alone, and the engine has to go on with sk_run_tail. */
enum skep_code sk_run_call(struct sk_run *run, uint32_t pc,
                           const struct skep_helper *helper);

/* The helper that the call at pc calls; NULL: it is not there. */
const struct skep_helper *sk_run_helper(const struct sk_run *run, uint32_t pc);

/* For machine code that calls a helper itself: what is to be done if call.event is not 0
 * once it has returned. Returns the fault if the run ends; else there is a tail call, as
 * from sk_run_call. */
enum skep_code sk_run_after_call(struct sk_run *run, uint32_t pc);

/* Makes the tail call to run->tail, whose fuel is taken already: the program, its first
 * registers, and the frame anew. Returns the target's code of run->kind, for the engine
 * to go on with at its beginning; run->tail is NULL again. */
const void *sk_run_tail(struct sk_run *run);

/* What skep_call_tail promises. */
int sk_call_tail(struct skep_call *call, const struct sk_image *target);

/* The legacy packet loads: 1: the value is in r0, r1 to r5 are 0; 0: outside of the
 * packet, the function ends with r0 = 0. */
int sk_run_packet(struct sk_run *run, uint32_t pc);

/* A local call that would need one frame too many. */
enum skep_code sk_run_too_deep(struct sk_run *run, uint32_t pc);

/* Faults of instructions that need an object which is not there (maps, kernel functions).
 */
enum skep_code sk_run_no_object(struct sk_run *run, uint32_t pc);

/* The value that a function's address has in registers: opaque, the same on every engine.
 */
static inline uint64_t sk_code_address(uint32_t pc)
{
    return UINT64_C(0x736b000000000000) | (uint64_t)pc * SK_SLOT_BYTES;
}

/* ---- Tracing
 * ---------------------------------------------------------------------------- */

/* Calls the trace function before the instruction at pc, or after the one before it. What
 * the trace function answers: not 0 means stop. sk_trace_after does nothing when no
 * instruction is in progress; next_pc is UINT32_MAX at the end, fault SKEP_OK unless the
 * instruction faulted. */
int sk_trace_before(struct sk_run *run, uint32_t pc);
int sk_trace_after(struct sk_run *run, uint32_t next_pc, enum skep_code fault);

/* Records that the trace function ended the run before the instruction at pc. */
enum skep_code sk_trace_stopped(struct sk_run *run, uint32_t pc);

#endif
