/* What the tests of callbacks and of tail calls share: helpers that make them, the kinds of runs
 * that all have to agree, and traces as paths. */
#ifndef UNIT_CALLS_H
#define UNIT_CALLS_H

#include "host.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_TARGETS = 40, FAILED = 0xdead };

/* What helpers find and leave: the run's `user`. */
struct log {
    const skep_prog *targets[MAX_TARGETS];
    uint64_t order[64]; /* what `note` was given */
    int notes;
    int stop;            /* the run's stop flag */
    enum skep_code code; /* of the first callback that failed */
};

/* Calls the function a1 with a2 to a5 and 55. Returns its result, or FAILED. */
static inline uint64_t call5(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                             uint64_t a5, skep_call *call)
{
    struct log *log = skep_call_user(call);
    uint64_t args[5] = { a2, a3, a4, a5, 55 }, r0 = 0;
    enum skep_code code = skep_call_function(call, a1, args, &r0);

    if (!code)
        return r0;
    if (!log->code)
        log->code = code;
    return FAILED;
}

/* Calls a1 as call5 does, and does not care about a failure. */
static inline uint64_t stubborn(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                                uint64_t a5, skep_call *call)
{
    struct log *log = skep_call_user(call);
    uint64_t args[5] = { 0 }, r0 = 0;

    call5(a1, a2, a3, a4, a5, call);
    if (log->code) {
        assert_int_equal(skep_call_function(call, a1, args, &r0), log->code);
        assert_int_equal(skep_call_function(call, 1, args, &r0), log->code);
        assert_int_equal(skep_call_tail(call, log->targets[0]), 0);
        skep_call_abort(call, "too late");
    }
    return 7;
}

/* Calls a2(i, a3) for i from 0 to a1 - 1, or until one returns not 0; returns how often. */
static inline uint64_t loop_n(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                              uint64_t a5, skep_call *call)
{
    (void)a4, (void)a5;
    for (uint64_t i = 0; i < a1; i++) {
        uint64_t r0 = 0;

        if (skep_call_function(call, a2, (uint64_t[5]){ i, a3 }, &r0))
            return FAILED;
        if (r0)
            return i + 1;
    }
    return a1;
}

static inline uint64_t note(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    struct log *log = skep_call_user(call);

    (void)a2, (void)a3, (void)a4, (void)a5;
    log->order[log->notes++ % 64] = a1;
    return 0;
}

static inline uint64_t stop_it(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                               uint64_t a5, skep_call *call)
{
    struct log *log = skep_call_user(call);

    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    skep_stop(&log->stop, 1);
    return 0;
}

static inline uint64_t give_up(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                               uint64_t a5, skep_call *call)
{
    uint64_t r0 = 0;

    (void)a3, (void)a4, (void)a5;
    skep_call_abort(call, "enough");
    if (a1)
        assert_int_equal(skep_call_function(call, a2, (uint64_t[5]){ 0 }, &r0),
                         SKEP_E_HELPER_ABORT);
    return 0;
}

/* Asks for a tail call to target a1; returns the answer. */
static inline uint64_t tail(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    struct log *log = skep_call_user(call);

    (void)a2, (void)a3, (void)a4, (void)a5;
    return (uint64_t)skep_call_tail(call, log->targets[a1 % MAX_TARGETS]);
}

/* Asks for one to target a1, has the function a2 called, then asks for target a3 unless that is
 * a1; ends the run if a4. */
static inline uint64_t tail_twice(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                                  uint64_t a5, skep_call *call)
{
    struct log *log = skep_call_user(call);
    uint64_t r0 = 0;

    (void)a5;
    skep_call_tail(call, log->targets[a1]);
    if (a2 && skep_call_function(call, a2, (uint64_t[5]){ 0 }, &r0))
        return 0;
    if (a3 != a1)
        skep_call_tail(call, log->targets[a3]);
    if (a4)
        skep_call_abort(call, "after all");
    return r0;
}

/* Makes the 8 bytes at a1 those of a2, if the program may write there. */
static inline uint64_t put(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                           uint64_t a5, skep_call *call)
{
    (void)a3, (void)a4, (void)a5;
    if (!skep_call_writable(call, a1, 8))
        return 0;
    memcpy((void *)(uintptr_t)a1, &a2, 8);
    return 1;
}

#define ANY SKEP_ARG_ANY
static const struct skep_helper helpers[] = {
    { .id = 1000, .name = "call5", .fn = call5, .arg = { ANY, ANY, ANY, ANY, ANY } },
    { .id = 1001, .name = "stubborn", .fn = stubborn, .arg = { ANY } },
    { .id = 1002, .name = "loop_n", .fn = loop_n, .arg = { ANY, ANY, ANY } },
    { .id = 1003, .name = "note", .fn = note, .arg = { ANY } },
    { .id = 1004, .name = "stop_it", .fn = stop_it },
    { .id = 1005, .name = "give_up", .fn = give_up, .arg = { ANY, ANY } },
    { .id = 1006, .name = "tail", .fn = tail, .arg = { ANY } },
    { .id = 1007, .name = "tail_twice", .fn = tail_twice, .arg = { ANY, ANY, ANY, ANY } },
    { .id = 1008, .name = "put", .fn = put, .arg = { ANY, ANY } },
};

/* ---- Kinds of runs ----------------------------------------------------------------- */

static inline int look_on(void *ctx, const struct skep_trace_event *event)
{
    (void)ctx, (void)event;
    return 0;
}

static const struct kind {
    const char *name;
    uint32_t flags;
    skep_trace_fn trace;
} kinds[] = {
    { "checked", 0, NULL },
    { "strict", SKEP_RUN_STRICT, NULL },
    { "traced", 0, look_on },
    { "unchecked", SKEP_RUN_UNCHECKED, NULL },
    { "checked interpreter", SKEP_RUN_INTERP, NULL },
    { "unchecked interpreter", SKEP_RUN_INTERP | SKEP_RUN_UNCHECKED, NULL },
};

static inline int is_checked(const struct kind *kind)
{
    return !(kind->flags & SKEP_RUN_UNCHECKED);
}

struct bench {
    skep_vm *vm;
    struct log log;
    uint64_t ctx[4];
    uint64_t fuel; /* of the next runs; 0: the default */
    struct skep_result res;
    struct skep_err err;
    const struct kind *kind; /* of the run that was made last */
};

static inline int set_up(void **state)
{
    static struct bench b;
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = helpers,
                                 .helper_count = LEN(helpers) };

    b = (struct bench){ .vm = new_vm(&opts), .res = { .size = sizeof(b.res) } };
    *state = &b;
    return 0;
}

static inline int tear_down(void **state)
{
    struct bench *b = *state;

    for (int i = 0; i < MAX_TARGETS; i++) {
        for (int j = i + 1; j < MAX_TARGETS; j++) {
            if (b->log.targets[j] == b->log.targets[i])
                b->log.targets[j] = NULL;
        }
        skep_prog_free((skep_prog *)(uintptr_t)b->log.targets[i]);
    }
    skep_vm_free(b->vm);
    return 0;
}

static inline enum skep_code run(struct bench *b, const struct kind *kind,
                                 const skep_prog *prog)
{
    struct skep_run_opts opts = { .size = sizeof(opts),
                                  .flags = kind->flags,
                                  .trace = kind->trace,
                                  .ctx = b->ctx,
                                  .ctx_len = sizeof(b->ctx),
                                  .fuel = b->fuel,
                                  .stop = &b->log.stop,
                                  .user = &b->log };
    enum skep_code code;

    b->kind = kind;
    memset(b->ctx, 0, sizeof(b->ctx));
    b->log.notes = 0;
    b->log.stop = 0;
    b->log.code = SKEP_OK;
    code = skep_run(prog, &opts, &b->res, &b->err);
    assert_int_equal(code, b->res.fault.code);
    if (code && b->err.where != b->res.fault.pc)
        fail_msg("%s: the error is at %u, the fault at %u", kind->name,
                 (unsigned)b->err.where, b->res.fault.pc);
    return code;
}

static inline int is_as_expected(const struct bench *b, enum skep_code code,
                                 enum skep_code want)
{
    if (code == want)
        return 1;
    fail_msg("%s: %s instead of %s: %s", b->kind->name, skep_code_name(code),
             skep_code_name(want), code ? b->err.message : "");
    return 0;
}

/* The program returns r0 in every kind of run, and reads nothing that was not written. */
static inline void assert_returns(struct bench *b, const skep_prog *prog, uint64_t r0)
{
    for (size_t i = 0; i < LEN(kinds); i++) {
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_OK);
        if (b->res.r0 != r0)
            fail_msg("%s: r0 is %llu", kinds[i].name, (unsigned long long)b->res.r0);
        assert_int_equal(b->res.uninit_reads, 0);
        if (kinds[i].flags & SKEP_RUN_INTERP)
            assert_int_equal(b->res.engine, SKEP_ENGINE_INTERP);
    }
}

/* It ends with that fault in every kind of run, or in every checked kind. */
static inline void assert_faults_if(struct bench *b, const skep_prog *prog,
                                    int unchecked_too, enum skep_code want, uint32_t pc,
                                    uint32_t depth)
{
    for (size_t i = 0; i < LEN(kinds); i++) {
        if (!unchecked_too && !is_checked(&kinds[i]))
            continue;
        is_as_expected(b, run(b, &kinds[i], prog), want);
        if (b->res.fault.pc != pc || b->res.fault.depth != depth)
            fail_msg("%s: at %u in depth %u", kinds[i].name, b->res.fault.pc,
                     b->res.fault.depth);
        assert_int_equal(b->res.r0, 0);
    }
}

static inline void assert_faults(struct bench *b, const skep_prog *prog,
                                 enum skep_code want, uint32_t pc, uint32_t depth)
{
    assert_faults_if(b, prog, 1, want, pc, depth);
}

static inline void text_returns(struct bench *b, const char *text, uint64_t r0)
{
    skep_prog *prog = load(b->vm, text);

    assert_returns(b, prog, r0);
    skep_prog_free(prog);
}

static inline void text_faults(struct bench *b, const char *text, enum skep_code want,
                               uint32_t pc, uint32_t depth)
{
    skep_prog *prog = load(b->vm, text);

    assert_faults(b, prog, want, pc, depth);
    skep_prog_free(prog);
}

/* The least fuel with which it ends well is `fuel`, and that leaves nothing. */
static inline void assert_costs(struct bench *b, const skep_prog *prog, uint64_t fuel,
                                uint32_t pc, uint32_t depth)
{
    for (size_t i = 0; i < LEN(kinds); i++) {
        b->fuel = fuel;
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_OK);
        assert_int_equal(b->res.fuel_left, 0);
        b->fuel = fuel - 1;
        is_as_expected(b, run(b, &kinds[i], prog), SKEP_E_FUEL);
        if (b->res.fault.pc != pc || b->res.fault.depth != depth)
            fail_msg("%s: at %u in depth %u", kinds[i].name, b->res.fault.pc,
                     b->res.fault.depth);
        b->fuel = 0;
    }
}

/* ---- Traces ------------------------------------------------------------------------ */

enum { MAX_EVENTS = 64 };

struct path {
    struct skep_trace_event events[MAX_EVENTS];
    int count;
    int stop_at; /* the event that ends the run, from 1; 0: none */
};

static inline int follow(void *ctx, const struct skep_trace_event *event)
{
    struct path *path = ctx;

    assert_in_range(path->count, 0, MAX_EVENTS - 1);
    path->events[path->count++] = *event;
    return path->count == path->stop_at;
}

static inline enum skep_code trace(struct bench *b, const skep_prog *prog,
                                   struct path *path)
{
    struct skep_run_opts opts = {
        .size = sizeof(opts), .user = &b->log, .trace = follow, .trace_ctx = path
    };

    path->count = 0;
    return skep_run(prog, &opts, &b->res, &b->err);
}

/* Phase, pc, depth, and where it goes on. */
struct step {
    char phase;
    uint32_t pc, depth, next;
};

static inline void assert_path(const struct path *path, const struct step *steps,
                               int count)
{
    for (int i = 0; i < count && i < path->count; i++) {
        const struct skep_trace_event *e = &path->events[i];

        if ((e->phase == SKEP_TRACE_BEFORE ? 'B' : 'A') != steps[i].phase ||
            e->pc != steps[i].pc || e->depth != steps[i].depth ||
            (e->phase == SKEP_TRACE_AFTER && e->next_pc != steps[i].next))
            fail_msg("event %d: pc %u, depth %u, next %u", i, e->pc, e->depth,
                     e->next_pc);
    }
    assert_int_equal(path->count, count);
}

#define END UINT32_MAX

#endif
