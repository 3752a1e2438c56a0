/* Helpers: arguments against prototypes, results, memory that they grant, endings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <skep.h>

#include "host.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* What helpers see and do: the run's `user`. */
struct log {
    int calls;
    uint64_t args[5];
    uint8_t seen[64];  /* memory that was read */
    uint8_t given[16]; /* memory to hand out */
    uint8_t pool[64][8];
    int given_parts;
    int readable, writable;
};

static struct log *note(skep_call *call, uint64_t a1, uint64_t a2, uint64_t a3,
                        uint64_t a4, uint64_t a5)
{
    struct log *log = skep_call_user(call);

    log->calls++;
    log->args[0] = a1;
    log->args[1] = a2;
    log->args[2] = a3;
    log->args[3] = a4;
    log->args[4] = a5;
    return log;
}

static uint64_t five(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                     skep_call *call)
{
    note(call, a1, a2, a3, a4, a5);
    return a1 + a2 + a3 + a4 + a5;
}

static uint64_t read_memory(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    struct log *log = note(call, a1, a2, a3, a4, a5);

    if (a2 <= sizeof(log->seen))
        memcpy(log->seen, (const void *)(uintptr_t)a1, a2);
    return 0;
}

static uint64_t read_eight(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                           uint64_t a5, skep_call *call)
{
    struct log *log = note(call, a1, a2, a3, a4, a5);

    memcpy(log->seen, (const void *)(uintptr_t)a1, 8);
    return 0;
}

static uint64_t fill_memory(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    note(call, a1, a2, a3, a4, a5);
    if (a2)
        *(uint8_t *)(uintptr_t)a1 = 0xee; /* the first byte only */
    return 3;
}

static uint64_t give_memory(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    struct log *log = note(call, a1, a2, a3, a4, a5);

    return a1 ? (uint64_t)(uintptr_t)log->given : 0;
}

static uint64_t give_part(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                          skep_call *call)
{
    struct log *log = note(call, a1, a2, a3, a4, a5);

    return (uint64_t)(uintptr_t)log->pool[log->given_parts++ % 64];
}

static uint64_t end_run(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                        skep_call *call)
{
    note(call, a1, a2, a3, a4, a5);
    if (a1)
        skep_call_abort(call, a1 == 1
                                  ? "enough"
                                  : "a very long reason, longer than the eighty bytes "
                                    "that are kept of it, so that its end is lost");
    return 5;
}

/* Returns the 8 bytes at a1 and puts a2 there, as far as it may. */
static uint64_t exchange(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                         skep_call *call)
{
    uint64_t old = 99;

    (void)a3;
    (void)a4;
    (void)a5;
    if (skep_call_readable(call, a1, 8))
        memcpy(&old, (const void *)(uintptr_t)a1, 8);
    if (skep_call_writable(call, a1, 8))
        memcpy((void *)(uintptr_t)a1, &a2, 8);
    return old;
}

static uint64_t ask(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                    skep_call *call)
{
    struct log *log = note(call, a1, a2, a3, a4, a5);

    log->readable = skep_call_readable(call, a1, a2);
    log->writable = skep_call_writable(call, a1, a2);
    return 0;
}

static const struct skep_helper helpers[] = {
    { .id = 1000,
      .name = "five",
      .fn = five,
      .arg = { SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY } },
    { .id = 1001,
      .name = "read_memory",
      .fn = read_memory,
      .arg = { SKEP_ARG_MEM_READ, SKEP_ARG_SIZE } },
    { .id = 1002,
      .name = "read_memory0",
      .fn = read_memory,
      .arg = { SKEP_ARG_MEM_READ, SKEP_ARG_SIZE0 } },
    { .id = 1003,
      .name = "read_eight",
      .fn = read_eight,
      .arg = { SKEP_ARG_MEM_READ },
      .arg_size = { 8 } },
    { .id = 1004,
      .name = "fill_memory",
      .fn = fill_memory,
      .arg = { SKEP_ARG_MEM_WRITE, SKEP_ARG_SIZE0 },
      .ret = SKEP_RET_VOID },
    { .id = 1005,
      .name = "give_memory",
      .fn = give_memory,
      .arg = { SKEP_ARG_ANY },
      .ret = SKEP_RET_MEM,
      .ret_size = 16 },
    { .id = 1006,
      .name = "give_part",
      .fn = give_part,
      .ret = SKEP_RET_MEM,
      .ret_size = 8 },
    { .id = 1007, .name = "end_run", .fn = end_run, .arg = { SKEP_ARG_ANY } },
    { .id = 1008, .name = "ask", .fn = ask, .arg = { SKEP_ARG_ANY, SKEP_ARG_ANY } },
    { .id = 1010,
      .name = "exchange",
      .fn = exchange,
      .arg = { SKEP_ARG_ANY, SKEP_ARG_ANY } },
    { .id = 1009, .name = "with_ctx", .fn = five, .arg = { SKEP_ARG_CTX } },
};

struct bench {
    skep_vm *vm;
    struct log log;
    uint64_t ctx[2];
    struct skep_run_opts opts;
    struct skep_result res;
    struct skep_err err;
};

static int set_up(void **state)
{
    static struct bench b;
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = helpers,
                                 .helper_count = LEN(helpers) };

    b = (struct bench){ .vm = new_vm(&opts),
                        .opts = { .size = sizeof(b.opts),
                                  .user = &b.log,
                                  .ctx = b.ctx,
                                  .ctx_len = sizeof(b.ctx) },
                        .res = { .size = sizeof(b.res) } };
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
    enum skep_code code = skep_run(prog, &b->opts, &b->res, &b->err);

    skep_prog_free(prog);
    return code;
}

/* The call is not made, and the run ends at it. */
static void assert_refused(struct bench *b, const char *text, uint32_t pc,
                           const char *message)
{
    b->log.calls = 0;
    assert_int_equal(run(b, text), SKEP_E_HELPER_ARG);
    assert_int_equal(b->log.calls, 0);
    assert_int_equal(b->res.fault.pc, pc);
    assert_non_null(strstr(b->err.message, message));
}

/* ---- Numbers ----------------------------------------------------------------------- */

static void test_five_arguments(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r1 = 1\nr2 = 20\nr3 = 300\nr4 = 4000\nr5 = -1\n"
                            "call five\nexit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 4320);
    assert_int_equal(b->log.calls, 1);
    assert_true(b->log.args[4] == UINT64_MAX);
}

static void test_a_call_costs_one(void **state)
{
    struct bench *b = *state;

    b->opts.fuel = 2;
    assert_int_equal(run(b, "r1 = 0\ncall ask\nr1 = 0\ncall ask\nr0 = 1\nexit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.fuel_left, 0);
    b->opts.fuel = 1;
    assert_int_equal(run(b, "r1 = 0\ncall ask\nr1 = 0\ncall ask\nr0 = 1\nexit\n"),
                     SKEP_E_FUEL);
    assert_int_equal(b->res.fault.pc, 3);
    assert_int_equal(b->log.calls, 3);
}

static void test_a_call_loses_its_arguments(void **state)
{
    static const char text[] =
        "r1 = 1\nr6 = 6\ncall give_part\nr0 = r1\nr0 += r6\nexit\n";
    struct bench *b = *state;

    assert_int_equal(run(b, text), SKEP_OK);
    assert_int_equal(b->res.r0, 6);
    assert_int_equal(b->res.uninit_reads, 1);
    b->opts.flags = SKEP_RUN_STRICT;
    assert_int_equal(run(b, text), SKEP_E_UNINIT_REG);
}

static void test_strict_arguments(void **state)
{
    struct bench *b = *state;

    b->opts.flags = SKEP_RUN_STRICT;
    assert_refused(b, "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\ncall five\nexit\n", 4,
                   "helper five, argument 5: nothing was written to the register");
    assert_int_equal(run(b, "r2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\ncall five\nr0 = 0\nexit\n"),
                     SKEP_OK);
    b->opts.flags = 0;
    assert_int_equal(run(b, "r1 = 1\nr3 = 3\nr2 = 2\ncall five\nexit\n"), SKEP_OK);
    assert_int_equal(b->res.r0, 6);
    assert_int_equal(b->res.uninit_reads, 1);
    assert_int_equal(b->res.uninit_pc, 3);
    /* what a function left in the registers is not passed on */
    assert_int_equal(run(b, "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\ncall f\nr1 = 1\n"
                            "call five\nexit\nf: r2 = 9\nr0 = 0\nexit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 1);
}

static void test_void(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r2 = 0\ncall fill_memory\nexit\n"), SKEP_OK);
    assert_int_equal(b->log.calls, 1);
    assert_int_equal(b->res.r0, 0);
}

static void test_context_argument(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "call with_ctx\nr0 = 0\nexit\n"), SKEP_OK);
    assert_true(b->log.args[0] == (uintptr_t)b->ctx);
    assert_refused(b, "r1 += 1\ncall with_ctx\nexit\n", 1,
                   "helper with_ctx, argument 1: it is not the context");
}

/* ---- Memory ------------------------------------------------------------------------ */

static void test_memory_that_is_read(void **state)
{
    struct bench *b = *state;

    b->ctx[0] = UINT64_C(0x0706050403020100);
    assert_int_equal(run(b, "r2 = 8\ncall read_memory\nexit\n"), SKEP_OK);
    assert_memory_equal(b->log.seen, b->ctx, 8);
    assert_int_equal(run(b, "call read_eight\nexit\n"), SKEP_OK);
    assert_int_equal(
        run(b, "r1 = r10\nr1 += -16\n*(u64 *)(r1 + 0) = 7\n*(u64 *)(r1 + 8) = 8\n"
               "r2 = 16\ncall read_memory\nexit\n"),
        SKEP_OK);
    assert_int_equal(b->log.seen[0], 7);
    assert_int_equal(b->log.seen[8], 8);
}

static void test_memory_that_is_not_the_programs(void **state)
{
    struct bench *b = *state;

    assert_refused(b, "r2 = 17\ncall read_memory\nexit\n", 1, "may not read 17 bytes");
    assert_int_equal(b->res.fault.len, 17);
    assert_true(b->res.fault.addr == (uintptr_t)b->ctx);
    assert_refused(b, "r1 += 9\ncall read_eight\nexit\n", 1, "may not read 8 bytes");
    assert_refused(b, "r1 = r10\nr1 += -520\nr2 = 4\ncall fill_memory\nexit\n", 3,
                   "may not write 4 bytes");
    assert_int_equal(b->res.fault.write, 1);
    assert_refused(b, "r1 = 0\ncall read_eight\nexit\n", 1,
                   "may not read 8 bytes at 0x0");
    assert_refused(b, "r2 = -1\ncall read_memory\nexit\n", 1, "may not read");
    b->opts.flags = SKEP_RUN_CTX_READONLY;
    assert_refused(b, "r2 = 4\ncall fill_memory\nexit\n", 1, "may not write 4 bytes");
    assert_int_equal(run(b, "r2 = 4\ncall read_memory\nexit\n"), SKEP_OK);
}

static void test_sizes(void **state)
{
    struct bench *b = *state;

    assert_refused(b, "r2 = 0\ncall read_memory\nexit\n", 1,
                   "helper read_memory, argument 2: the size must not be 0");
    assert_int_equal(run(b, "r1 = 12345\nr2 = 0\ncall read_memory0\nexit\n"), SKEP_OK);
    assert_refused(b, "r1 = 12345\nr2 = 1\ncall read_memory0\nexit\n", 2,
                   "may not read 1 bytes");
}

/* Stack that was never written is 0 to a helper that reads it. */
static void test_unwritten_stack_for_a_reader(void **state)
{
    static const char text[] =
        "*(u8 *)(r10 - 3) = 9\n"
        "r1 = r10\nr1 += -8\nr2 = 8\ncall read_memory\nr0 = 0\nexit\n";
    static const uint8_t expected[8] = { 0, 0, 0, 0, 0, 9, 0, 0 };
    struct bench *b = *state;

    memset(b->log.seen, 0xff, sizeof(b->log.seen));
    assert_int_equal(run(b, text), SKEP_OK);
    assert_memory_equal(b->log.seen, expected, 8);
    assert_int_equal(b->res.uninit_reads, 1);
    assert_int_equal(b->res.uninit_pc, 4);
    b->opts.flags = SKEP_RUN_STRICT;
    b->log.calls = 0;
    assert_int_equal(run(b, text), SKEP_E_UNINIT_STACK);
    assert_int_equal(b->log.calls, 0);
    assert_int_equal(b->res.fault.pc, 4);
}

/* What a helper fills counts as written, also the part that it left alone: that is 0. */
static void test_stack_that_is_filled(void **state)
{
    struct bench *b = *state;

    b->opts.flags = SKEP_RUN_STRICT;
    assert_int_equal(run(b, "r1 = r10\nr1 += -8\nr2 = 8\ncall fill_memory\n"
                            "r0 = *(u64 *)(r10 - 8)\nexit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 0xee);
    assert_int_equal(b->res.uninit_reads, 0);
    assert_int_equal(run(b, "r1 = r10\nr1 += -8\nr2 = 4\ncall fill_memory\n"
                            "r0 = *(u64 *)(r10 - 8)\nexit\n"),
                     SKEP_E_UNINIT_STACK);
}

static void test_memory_that_is_given(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r1 = 1\ncall give_memory\n*(u64 *)(r0 + 8) = 77\n"
                            "r0 = *(u64 *)(r0 + 8)\nexit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 77);
    assert_int_equal(b->log.given[8], 77);
    assert_int_equal(run(b, "r1 = 1\ncall give_memory\n*(u8 *)(r0 + 16) = 1\nexit\n"),
                     SKEP_E_ACCESS);
    assert_non_null(
        strstr(b->err.message, "offset 16 of give_memory, which has 16 bytes"));
    assert_int_equal(run(b, "r1 = 0\ncall give_memory\n*(u8 *)(r0 + 0) = 1\nexit\n"),
                     SKEP_E_ACCESS);
    assert_int_equal(b->res.fault.addr, 0);
}

/* The grant ends with the run. */
static void test_given_memory_is_taken_back(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r1 = 1\ncall give_memory\nexit\n"), SKEP_OK);
    b->ctx[0] = b->res.r0;
    assert_int_equal(run(b, "r1 = *(u64 *)(r1 + 0)\nr0 = *(u64 *)(r1 + 0)\nexit\n"),
                     SKEP_E_ACCESS);
}

/* The same piece may be given any number of times, different ones up to a limit. */
static void test_how_much_is_given(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r6 = 1000\nagain: r1 = 1\ncall give_memory\nr6 -= 1\n"
                            "if r6 != 0 goto again\nexit\n"),
                     SKEP_OK);
    assert_int_equal(
        run(b, "r6 = 1000\nagain: call give_part\n*(u64 *)(r0 + 0) = 1\nr6 -= 1\n"
               "if r6 != 0 goto again\nexit\n"),
        SKEP_E_TOO_MANY_REGIONS);
    assert_string_equal(b->err.message,
                        "helper give_part: the run has 32 regions of memory, there is no "
                        "room for another");
}

static void test_asking_for_access(void **state)
{
    static const struct {
        const char *text;
        int readable, writable;
    } cases[] = {
        { "r2 = 16\ncall ask\nexit\n", 1, 0 },
        { "r2 = 17\ncall ask\nexit\n", 0, 0 },
        { "r1 = r10\nr1 += -512\nr2 = 512\ncall ask\nexit\n", 1, 1 },
        { "r1 = r10\nr1 += -512\nr2 = 513\ncall ask\nexit\n", 0, 0 },
        { "r1 = 0\nr2 = 1\ncall ask\nexit\n", 0, 0 },
        { "r2 = -1\ncall ask\nexit\n", 0, 0 },
    };
    struct bench *b = *state;

    b->opts.flags = SKEP_RUN_CTX_READONLY;
    for (size_t i = 0; i < LEN(cases); i++) {
        assert_int_equal(run(b, cases[i].text), SKEP_OK);
        assert_int_equal(b->log.readable, cases[i].readable);
        assert_int_equal(b->log.writable, cases[i].writable);
    }
    b->opts.flags = SKEP_RUN_UNCHECKED;
    assert_int_equal(run(b, "r1 = 0\nr2 = 1\ncall ask\nexit\n"), SKEP_OK);
    assert_int_equal(b->log.readable, 1);
    assert_int_equal(b->log.writable, 1);
}

/* Stack bytes that nobody wrote: a helper sees 0, not the host's; what it writes
 * counts. */
static void test_asking_settles_the_stack(void **state)
{
    static const char twice[] = "r1 = r10\nr1 += -8\nr2 = 5\ncall exchange\nr6 = r0\n"
                                "r0 = *(u64 *)(r10 - 8)\nr6 <<= 8\nr0 += r6\nexit\n";
    struct bench *b = *state;

    assert_int_equal(run(b, twice), SKEP_OK);
    assert_int_equal(b->res.r0, 5);
    assert_int_equal(b->res.uninit_reads, 1);
    b->opts.flags = SKEP_RUN_STRICT;
    assert_int_equal(run(b, twice), SKEP_OK);
    assert_int_equal(b->res.r0, (99 << 8) + 5); /* strict: not readable, but writable */
}

/* ---- Endings ----------------------------------------------------------------------- */

static void test_abort(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r1 = 0\ncall end_run\nexit\n"), SKEP_OK);
    assert_int_equal(b->res.r0, 5);
    assert_int_equal(run(b, "r0 = 4\nr1 = 1\ncall end_run\nexit\n"), SKEP_E_HELPER_ABORT);
    assert_string_equal(b->err.message, "helper end_run ended the run: enough");
    assert_int_equal(b->res.r0, 0);
    assert_int_equal(b->res.fault.pc, 2);
    assert_int_equal(b->res.fault.regs[0], 4); /* before the call */
    assert_int_equal(b->res.fault.regs[1], 1);
    assert_int_equal(run(b, "r1 = 2\ncall end_run\nexit\n"), SKEP_E_HELPER_ABORT);
    assert_int_equal(strlen(b->err.message),
                     strlen("helper end_run ended the run: ") + 80);
}

static void test_unchecked_calls(void **state)
{
    struct bench *b = *state;

    b->opts.flags = SKEP_RUN_UNCHECKED;
    assert_int_equal(run(b, "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\ncall five\nexit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 15);
    assert_int_equal(run(b, "r1 += 1\ncall with_ctx\nr0 = 0\nexit\n"), SKEP_OK);
    assert_int_equal(run(b, "r1 = 1\ncall end_run\nexit\n"), SKEP_E_HELPER_ABORT);
    assert_int_equal(run(b, "call 4000\nexit\n"), SKEP_E_NO_HELPER);
    assert_int_equal(
        run(b, "r6 = 1000\nagain: call give_part\n*(u64 *)(r0 + 0) = 1\nr6 -= 1\n"
               "if r6 != 0 goto again\nr0 = 0\nexit\n"),
        SKEP_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(five_arguments),
        TEST(a_call_costs_one),
        TEST(a_call_loses_its_arguments),
        TEST(strict_arguments),
        TEST(void),
        TEST(context_argument),
        TEST(memory_that_is_read),
        TEST(memory_that_is_not_the_programs),
        TEST(sizes),
        TEST(unwritten_stack_for_a_reader),
        TEST(stack_that_is_filled),
        TEST(memory_that_is_given),
        TEST(given_memory_is_taken_back),
        TEST(how_much_is_given),
        TEST(asking_for_access),
        TEST(asking_settles_the_stack),
        TEST(abort),
        TEST(unchecked_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
