/* A trace function that holds each event against what the tables and the run say. */
#ifndef RANDOM_WATCH_H
#define RANDOM_WATCH_H

#include "rt/frame.h"

struct watch {
    const struct sk_prog *prog;
    const struct sk_run *run;
    uint64_t fuel;     /* at the start */
    uint64_t executed; /* instructions */
    /* Instructions that began: the last one, and the calls of helpers whose callbacks run. */
    struct {
        uint32_t pc, depth;
        uint32_t tracked; /* 1: it is one */
    } begun[SK_MAX_FRAMES];
    uint32_t inside; /* their number */
    uint32_t after;  /* 1: the event before was an AFTER, or there was none */
    uint32_t
        expected; /* then: where that goes on; UINT32_MAX: the run or a callback is over */
    uint32_t tracked; /* of the event in progress */
    char complaint[160];
};

/* Starts watching a run that is prepared, with its fuel. */
void watch_begin(struct watch *watch, const struct sk_prog *prog,
                 const struct sk_run *run);

/* The trace function; ctx is the watch. */
int watch_event(void *ctx, const struct skep_trace_event *event);

/* Ends it: the run's answer, and the fuel that is left. */
void watch_end(struct watch *watch, enum skep_code code, uint64_t fuel_left);

#endif
