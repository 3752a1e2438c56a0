/* What eBPF means: a slow interpreter of raw slots, written from RFC 9669 alone.
 *
 * It shares nothing with the library: it decodes opcodes by their fields as the
 * document lists them and computes with integers wide enough to hold every result, so
 * that no behaviour of C at the edges can slip in. It takes the bodies that
 * oracle_wrap() wraps, and is an oracle where the live kernel may not be asked. */
#ifndef EDGE_MODEL_H
#define EDGE_MODEL_H

#include "kernel.h"

enum model_end {
    MODEL_EXIT,    /* the body left by its exit */
    MODEL_REFUSED, /* an instruction or an access that the document does not define */
    MODEL_ENDLESS, /* it took more steps than allowed */
};

/* Runs a body of `count` slots from a state to its exit; only then *state is changed. */
enum model_end model_run(const struct oracle_insn *body, uint32_t count,
                         struct oracle_state *state, uint64_t steps);

#endif
