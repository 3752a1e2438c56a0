/* Batches of bodies for one form after the other. */
#ifndef EDGE_FORMS_H
#define EDGE_FORMS_H

#include "pack.h"

/* Registers of a body: those of the form, and one that is none of them. */
enum who { X, Y, Z, FP };

/* An instruction on them. */
struct step {
    uint16_t op;      /* enum sk_op */
    uint8_t dst, src; /* enum who */
    int32_t imm;
};

enum { FORMS_INPUTS = 4096, SHOWN = 10, FUEL = 1 << 20 };

struct forms {
    struct pack *pack;
    enum sk_op op; /* the form */
    uint32_t thin;
    /* the batch */
    uint32_t flags, kinds; /* of pack.h */
    uint64_t fuel;
    uint32_t some; /* 1: all pairs of registers; n: one out of n */
    struct operands in[FORMS_INPUTS];
    uint32_t count;
    /* so far */
    uint32_t batches, programs;
    uint64_t runs, failed, comparisons[SK_OP_COUNT];
};

/* A batch: begin, add operands and bodies, finish; then it has run. A batch of too many bodies
 * runs in parts. */
void forms_begin(struct forms *f, uint32_t flags, uint32_t kinds);
struct operands *forms_operands(struct forms *f);
int forms_goes(const struct forms *f,
               unsigned n); /* whether the n-th kind of batch is made */
int forms_wants(struct forms *f, unsigned x,
                unsigned y); /* if not all pairs are tested */
void forms_add(struct forms *f, const struct pack_case *c); /* unless it is illegal */
void forms_finish(struct forms *f);

/* A body: registers, then instructions. */
void forms_case(struct pack_case *c, unsigned x, unsigned y);
void forms_put(struct pack_case *c, struct sk_insn insn);
/* 0: the body has no such register. */
int forms_steps(struct pack_case *c, const struct step *steps, unsigned count);
/* Overwrites one of its registers, whose value is therefore dead; 0: that may not be. */
int forms_kill(struct pack_case *c);

/* The forms of a kind: forms_registers.c, forms_memory.c. */
void test_registers(struct forms *f, enum sk_op op);
void test_packet(struct forms *f, enum sk_op op);
void test_memory(struct forms *f, enum sk_op op);

#endif
