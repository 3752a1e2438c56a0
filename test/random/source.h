/* Where a generator's decisions come from: a seed, or bytes that somebody else chose.
 *
 * The same seed gives the same decisions on every machine. Bytes are for fuzzers: each
 * decision eats some, and when they are used up every answer is 0, so that a change of a
 * byte changes what follows it and nothing before. */
#ifndef RANDOM_SOURCE_H
#define RANDOM_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct source {
    const uint8_t *bytes; /* NULL: by seed */
    size_t left;
    uint64_t state;
};

/* Decisions by a seed; every seed is good. */
void source_seed(struct source *source, uint64_t seed);

/* Decisions by bytes, which are borrowed. */
void source_bytes(struct source *source, const uint8_t *bytes, size_t len);

/* A number from 0 to n - 1; n is not 0. */
uint32_t source_below(struct source *source, uint32_t n);

/* 1 with a probability of `percent` in 100. With used up bytes 1, unless it is 0. */
int source_chance(struct source *source, uint32_t percent);

/* Any 64-bit number, most often one at an edge: near 0, a power of two or its neighbour,
 * at the ends of what 8, 16, 32 or 64 bits hold, a pattern of bytes. */
uint64_t source_number(struct source *source);

/* The same for immediates. */
int32_t source_imm(struct source *source);

#endif
