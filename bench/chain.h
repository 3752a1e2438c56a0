/* Long programs, made of the benchmark programs: for timing what is done once a program. */
#ifndef BENCH_CHAIN_H
#define BENCH_CHAIN_H

#include "engine.h"

/* RFC 9669, 3. */
struct bench_slot {
    uint8_t opcode;
    uint8_t regs; /* source above destination, four bits each */
    int16_t off;
    int32_t imm;
};

struct bench_chain {
    struct bench_slot *slots; /* for free(3) */
    size_t count;
    const struct bench_prog *last; /* whose copy is the last one; NULL: there is none */
};

/* Makes a program of at least `slots_wanted` slots. */
void bench_chain_init(struct bench_chain *chain, size_t slots_wanted);

#endif
