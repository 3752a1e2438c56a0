/* The interpreter: direct-threaded code made from a program, and the loops that run it.
 *
 * One body (loop.inc) is built as three loops: checked; fast, which checks no access and
 * is for programs with a proof; and traced, the checked one with a hook around each
 * instruction. All three agree on result, memory, fuel and the place of a fault. Code is
 * constant once made. */
#ifndef SK_INTERP_INTERP_H
#define SK_INTERP_INTERP_H

#include "rt/frame.h"

/* A slot of threaded code: where its handler is, and its operands ready to use. */
struct sk_icode {
    const void *handler;
    union {
        struct {
            uint8_t dst, src;
            int16_t off;
            int32_t imm;
        };
        struct {
            int32_t distance; /* of a local call: target slot - own slot */
            uint32_t cost;    /* and what it costs in fuel */
        };
        const struct skep_helper *helper;
        /* In a wide instruction's second slot: the value that it loads. If that refers to a
         * map, the slot's handler is NULL for want of the map. */
        uint64_t wide;
    };
};

/* The handlers of a row: loop.inc. */
enum sk_variant {
    SK_PLAIN,     /* registers are read from memory */
    SK_ACC_DST,   /* the destination register's value is in acc */
    SK_ACC_SRC,   /* the source register's value is in acc */
    SK_FUSED,     /* for the slot before: does that instruction first */
    SK_FUSED_ACC, /* the same; the source register of that one is in acc */
    SK_VARIANTS,
};

/* Handlers of a loop by sk_op, and beside them the one that looks at registers first. */
struct sk_handlers {
    const void *op[SK_OP_COUNT][SK_VARIANTS];
    const void *track;
};

/* The loops, each as run->enter wants it. The first and the last run code of the kind
 * SK_CODE_INTERP_CHECKED, the other SK_CODE_INTERP_FAST. */
enum skep_code sk_interp_checked(struct sk_run *run, uint32_t pc);
enum skep_code sk_interp_fast(struct sk_run *run, uint32_t pc);
enum skep_code sk_interp_traced(struct sk_run *run, uint32_t pc);

/* Their handlers, for making code. (The traced loop finds its own.) */
const struct sk_handlers *sk_interp_checked_handlers(void);
const struct sk_handlers *sk_interp_fast_handlers(void);

/* The code of a program for the checked and for the fast loop, prog->count slots each. */
struct sk_code {
    struct sk_icode *checked, *fast;
};

/* Makes both. *code is the caller's, for sk_code_fini; on failure it is left alone. */
enum skep_code sk_code_init(struct sk_code *code, const struct sk_prog *prog,
                            struct skep_err *err);
void sk_code_fini(struct sk_code *code, const struct sk_prog *prog);

#endif
