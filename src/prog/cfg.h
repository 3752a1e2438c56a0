/* The control-flow graph: basic blocks of each function, and the edges between them.
 *
 * A block is a run of instructions that is entered at its first only and left at its
 * last only. Blocks are numbered in the order of their slots and cover the program, each
 * in one function. Calls do not end a block, nor do packet loads, which may leave the
 * function. Edges stay in the function, whose first block is where it is entered.
 *
 *     0: if r1 == 0x0 goto pc+2     block 0: next 1, jump 2
 *     1: r1 += -1                   block 1: jump 0
 *     2: goto pc-3
 *     3: exit                       block 2
 *
 * The graph is made once, then constant, and does not hold on to the program. */
#ifndef SK_PROG_CFG_H
#define SK_PROG_CFG_H

#include "prog/prog.h"

#define SK_NO_BLOCK UINT32_MAX

/* Slots [first, end), of which `last` begins the last instruction. */
struct sk_block {
    uint32_t first, last, end;
    uint32_t next; /* the block that follows unless `last` jumps, or SK_NO_BLOCK */
    uint32_t jump; /* the block that `last` jumps to, or SK_NO_BLOCK; may be `next` too */
};

struct sk_cfg {
    struct sk_mem mem;
    struct sk_block *blocks;
    uint32_t count;
    uint32_t *block_of; /* the block of each slot */
    uint32_t slots;     /* elements of block_of */
};

/* Finds the blocks and edges of a program. On failure *cfg holds nothing. */
enum skep_code sk_cfg_init(struct sk_cfg *cfg, const struct sk_prog *prog,
                           struct skep_err *err);
void sk_cfg_fini(struct sk_cfg *cfg);

#endif
