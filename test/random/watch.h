/* A trace function that holds each event against what the tables and the run say. */
#ifndef RANDOM_WATCH_H
#define RANDOM_WATCH_H

#include "rt/frame.h"

struct watch {
    const struct sk_prog *prog;
    const struct sk_run *run;
    uint64_t fuel;     /* at the start */
    uint64_t executed; /* instructions */
    uint32_t expected; /* slot of the next instruction; UINT32_MAX: the run is over */
    uint32_t inside;   /* 1: between BEFORE and AFTER */
    uint32_t tracked;  /* 1: the instruction that began is one */
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
