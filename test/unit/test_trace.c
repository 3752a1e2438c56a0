/* Trace events: which come, and what they say. Expected values are worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <skep.h>

#include "host.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_EVENTS = 64, END = -1 };

/* An event, with what it points to copied. */
struct event {
    struct skep_trace_event e;
    uint64_t regs[11], old_regs[11];
};

struct recorder {
    struct event events[MAX_EVENTS];
    size_t count;
    size_t stop_at; /* the event that ends the run, from 1; 0: none */
};

static int record(void *ctx, const struct skep_trace_event *event)
{
    struct recorder *r = ctx;
    struct event *copy = &r->events[r->count++];

    assert_true(r->count < MAX_EVENTS);
    copy->e = *event;
    memcpy(copy->regs, event->regs, sizeof(copy->regs));
    if (event->phase == SKEP_TRACE_AFTER)
        memcpy(copy->old_regs, event->old_regs, sizeof(copy->old_regs));
    return r->count == r->stop_at;
}

struct bench {
    skep_vm *vm;
    struct recorder recorder;
    struct skep_run_opts opts;
    struct skep_result res;
    struct skep_err err;
};

static uint64_t double_it(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                          skep_call *call)
{
    (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return 2 * a1;
}

static int set_up(void **state)
{
    static struct bench b;
    static const struct skep_helper helper = {
        .id = 1000, .name = "double_it", .fn = double_it, .arg = { SKEP_ARG_ANY }
    };
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = &helper,
                                 .helper_count = 1 };

    b = (struct bench){
        .vm = new_vm(&opts),
        .opts = { .size = sizeof(b.opts), .trace = record, .trace_ctx = &b.recorder },
        .res = { .size = sizeof(b.res) }
    };
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    skep_vm_free(b->vm);
    return 0;
}

static enum skep_code run(struct bench *b, const char *text)
{
    skep_prog *prog = load(b->vm, text);
    enum skep_code code;

    b->recorder.count = 0;
    code = skep_run(prog, &b->opts, &b->res, &b->err);
    skep_prog_free(prog);
    return code;
}

/* One executed instruction: where it stands, how deep, where it goes on, and a register
 * with its values before and after (r10 unless it says another). */
struct step {
    uint32_t pc, depth;
    int32_t next;
    uint32_t reg;
    uint64_t before, after;
};

static void assert_steps(struct bench *b, const struct step *steps, size_t count)
{
    assert_int_equal(b->recorder.count, 2 * count);
    for (size_t i = 0; i < count; i++) {
        const struct event *before = &b->recorder.events[2 * i];
        const struct event *after = before + 1;

        assert_int_equal(before->e.phase, SKEP_TRACE_BEFORE);
        assert_int_equal(after->e.phase, SKEP_TRACE_AFTER);
        assert_int_equal(before->e.pc, steps[i].pc);
        assert_int_equal(after->e.pc, steps[i].pc);
        assert_int_equal(before->e.depth, steps[i].depth);
        assert_int_equal(after->e.depth, steps[i].depth);
        assert_int_equal(after->e.next_pc, (uint32_t)steps[i].next);
        assert_int_equal(after->e.fault, SKEP_OK);
        assert_memory_equal(before->regs, after->old_regs, sizeof(before->regs));
        if (steps[i].reg == 10)
            continue;
        assert_true(before->regs[steps[i].reg] == steps[i].before);
        assert_true(after->regs[steps[i].reg] == steps[i].after);
    }
}

/* ---- Instructions ------------------------------------------------------------------ */

static void test_straight_line(void **state)
{
    static const struct step steps[] = {
        { 0, 0, 1, 0, 0, 5 },
        { 1, 0, 3, 3, 0, UINT64_C(0x100000000) },
        { 3, 0, 4, 0, 5, UINT64_C(0x100000005) },
        { 4, 0, 5, 0, UINT64_C(0x100000005), 5 },
        { 5, 0, END, 0, 5, 5 },
    };
    struct bench *b = *state;

    assert_int_equal(run(b, "r0 = 5\nr3 = 0x100000000 ll\nr0 += r3\nw0 = w0\nexit\n"),
                     SKEP_OK);
    assert_steps(b, steps, LEN(steps));
    assert_int_equal(b->res.r0, 5);
}

static void test_jumps(void **state)
{
    static const struct step steps[] = {
        { 0, 0, 1, 0, 0, 2 },  { 1, 0, 2, 0, 2, 1 },    { 2, 0, 1, 0, 1, 1 },
        { 1, 0, 2, 0, 1, 0 },  { 2, 0, 3, 0, 0, 0 },    { 3, 0, 5, 10, 0, 0 },
        { 5, 0, 6, 10, 0, 0 }, { 6, 0, END, 10, 0, 0 },
    };
    struct bench *b = *state;

    assert_int_equal(run(b, "r0 = 2\n"
                            "again: r0 -= 1\n"
                            "if r0 != 0 goto again\n"
                            "goto out\n"
                            "r0 = 9\n"
                            "out: if w0 == 7 goto out\n"
                            "exit\n"),
                     SKEP_OK);
    assert_steps(b, steps, LEN(steps));
}

static void test_calls(void **state)
{
    static const struct step steps[] = {
        { 0, 0, 1, 6, 0, 4 },  { 1, 0, 2, 1, 0, 3 },    { 2, 0, 5, 10, 0, 0 },
        { 5, 1, 6, 6, 4, 9 },  { 6, 1, 7, 0, 0, 6 },    { 7, 1, 3, 6, 9, 4 },
        { 3, 0, 4, 0, 6, 10 }, { 4, 0, END, 10, 0, 0 },
    };
    struct bench *b = *state;
    const struct event *call, *back;

    assert_int_equal(run(b, "r6 = 4\n"
                            "r1 = 3\n"
                            "call f\n"
                            "r0 += r6\n"
                            "exit\n"
                            "f: r6 = 9\n"
                            "call double_it\n"
                            "exit\n"),
                     SKEP_OK);
    assert_steps(b, steps, LEN(steps));
    call = &b->recorder.events[5];
    back = &b->recorder.events[11];
    assert_true(call->regs[10] == call->old_regs[10] - 512);
    assert_true(back->regs[10] == back->old_regs[10] + 512);
    assert_int_equal(b->res.r0, 10);
}

/* ---- Memory ------------------------------------------------------------------------ */

static const struct event *after(const struct bench *b, size_t step)
{
    return &b->recorder.events[2 * step + 1];
}

static void assert_write(const struct event *event, const char *region, int64_t offset,
                         uint32_t len, uint64_t before, uint64_t now)
{
    assert_int_equal(event->e.mem_len, len);
    assert_string_equal(event->e.mem_region, region);
    assert_int_equal(event->e.mem_offset, offset);
    assert_memory_equal(event->e.mem_old, &before, len);
    assert_memory_equal(event->e.mem_new, &now, len);
}

static void test_writes(void **state)
{
    struct bench *b = *state;
    uint64_t ctx[2] = { 0, UINT64_C(0x1111111122222222) };

    b->opts.ctx = ctx;
    b->opts.ctx_len = sizeof(ctx);
    assert_int_equal(run(b, "*(u64 *)(r10 - 8) = -2\n"
                            "*(u8 *)(r10 - 8) = 7\n"
                            "r3 = 5\n"
                            "*(u32 *)(r1 + 12) = r3\n"
                            "lock *(u32 *)(r1 + 8) += r3\n"
                            "r3 = atomic64_xchg((u64 *)(r10 - 8), r3)\n"
                            "r0 = *(u64 *)(r10 - 8)\n"
                            "exit\n"),
                     SKEP_OK);
    assert_write(after(b, 0), "stack", -8, 8, 0, (uint64_t)-2);
    assert_write(after(b, 1), "stack", -8, 1, 0xfe, 7);
    assert_int_equal(after(b, 2)->e.mem_len, 0);
    assert_write(after(b, 3), "ctx", 12, 4, 0x11111111, 5);
    assert_true(after(b, 3)->e.mem_addr == (uintptr_t)ctx + 12);
    assert_write(after(b, 4), "ctx", 8, 4, 0x22222222, 0x22222227);
    assert_write(after(b, 5), "stack", -8, 8, UINT64_C(0xffffffffffffff07), 5);
    assert_int_equal(after(b, 6)->e.mem_len, 0); /* it only reads */
}

static void test_write_to_the_caller(void **state)
{
    struct bench *b = *state;

    assert_int_equal(
        run(b, "r1 = r10\ncall f\nexit\nf: *(u64 *)(r1 - 8) = 1\nr0 = 0\nexit\n"),
        SKEP_OK);
    assert_write(after(b, 2), "stack", 504, 8, 0, 1); /* from the callee's r10 */
}

/* ---- Endings ----------------------------------------------------------------------- */

static void test_fault(void **state)
{
    struct bench *b = *state;
    const struct event *last;

    assert_int_equal(run(b, "r3 = 5\n*(u64 *)(r3 + 0) = 1\nexit\n"), SKEP_E_ACCESS);
    assert_int_equal(b->recorder.count, 4);
    last = after(b, 1);
    assert_int_equal(last->e.fault, SKEP_E_ACCESS);
    assert_int_equal(last->e.pc, 1);
    assert_int_equal(last->e.next_pc, UINT32_MAX);
    assert_int_equal(last->e.mem_len, 0);
}

static void test_no_fuel(void **state)
{
    struct bench *b = *state;

    b->opts.fuel = 3;
    assert_int_equal(run(b, "r0 = 0\nagain: r0 += 1\ngoto again\n"), SKEP_E_FUEL);
    assert_int_equal(b->recorder.count, 2 * 5);
    assert_int_equal(after(b, 4)->e.fault, SKEP_E_FUEL);
    assert_int_equal(after(b, 4)->e.pc, 2);
}

/* The trace function ends the run, before an instruction or after it. */
static void test_stop(void **state)
{
    static const char text[] = "r0 = 1\nr0 = 2\nr0 = 3\nexit\n";
    struct bench *b = *state;

    for (size_t event = 1; event <= 8; event++) {
        b->recorder.stop_at = event;
        assert_int_equal(run(b, text), SKEP_E_STOPPED);
        assert_int_equal(b->recorder.count, event); /* and is not called again */
        assert_int_equal(b->err.code, SKEP_E_STOPPED);
        assert_int_equal(b->res.fault.code, SKEP_E_STOPPED);
        assert_int_equal(b->res.r0, 0);
        /* stopped before instruction n, or after n - 1 */
        assert_int_equal(b->res.fault.regs[0], event / 2 > 3 ? 3 : event / 2);
    }
    b->recorder.stop_at = 0;
    assert_int_equal(run(b, text), SKEP_OK);
}

static void test_tracing_changes_nothing(void **state)
{
    static const char text[] = "r0 = 0\n"
                               "r3 = 4\n"
                               "again: *(u32 *)(r10 - 8) = r3\n"
                               "r4 = *(u64 *)(r10 - 8)\n"
                               "r0 += r4\n"
                               "r0 += r9\n"
                               "r3 -= 1\n"
                               "if r3 != 0 goto again\n"
                               "exit\n";
    struct bench *b = *state;
    struct skep_result traced;

    assert_int_equal(run(b, text), SKEP_OK);
    traced = b->res;
    b->opts.trace = NULL;
    assert_int_equal(run(b, text), SKEP_OK);
    assert_int_equal(b->res.r0, traced.r0);
    assert_int_equal(b->res.fuel_left, traced.fuel_left);
    assert_int_equal(b->res.uninit_reads, traced.uninit_reads);
    assert_int_equal(b->res.uninit_pc, traced.uninit_pc);
    assert_int_equal(b->res.r0, 10);
    assert_int_equal(b->res.uninit_reads,
                     5); /* half of the stack cell four times, and r9 */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(straight_line),           TEST(jumps), TEST(calls),   TEST(writes),
        TEST(write_to_the_caller),     TEST(fault), TEST(no_fuel), TEST(stop),
        TEST(tracing_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
