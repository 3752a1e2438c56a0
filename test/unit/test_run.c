/* Running programs through the public interface: contexts, checks of memory, reads of
 * what was never written, fuel, calls, the unchecked engine, packets. */
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

/* ---- Tools ------------------------------------------------------------------------- */

struct bench {
    skep_vm *vm;
    struct skep_run_opts opts;
    struct skep_result res;
    struct skep_err err;
};

static int set_up(void **state)
{
    static struct bench b;
    static const struct skep_field fields[] = {
        { "input", 0, 4, 0 },
        { "output", 4, 4, SKEP_FIELD_WRITE },
        { "total", 8, 8, SKEP_FIELD_WRITE },
        { "limit", 16, 8, 0 },
    };
    static const struct skep_type type = { "job", 24, fields, LEN(fields) };
    struct skep_vm_opts opts = { .size = sizeof(opts), .types = &type, .type_count = 1 };

    b = (struct bench){ .vm = new_vm(&opts),
                        .opts = { .size = sizeof(b.opts) },
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

static enum skep_code run_typed(struct bench *b, const char *type, const char *text)
{
    skep_prog *prog = load_typed(b->vm, type, text);
    enum skep_code code = skep_run(prog, &b->opts, &b->res, &b->err);

    skep_prog_free(prog);
    return code;
}

static enum skep_code run(struct bench *b, const char *text)
{
    return run_typed(b, NULL, text);
}

static void assert_fault(struct bench *b, const char *text, enum skep_code code,
                         uint32_t pc)
{
    memset(&b->res, 0x5a, sizeof(b->res));
    b->res.size = sizeof(b->res);
    assert_int_equal(run(b, text), code);
    assert_int_equal(skep_code_kind(code), SKEP_KIND_FAULT);
    assert_int_equal(b->err.code, code);
    assert_int_equal(b->err.at, SKEP_AT_SLOT);
    assert_int_equal(b->err.where, pc);
    assert_int_equal(b->res.r0, 0);
    assert_int_equal(b->res.fault.code, code);
    assert_int_equal(b->res.fault.pc, pc);
}

/* ---- Contexts ---------------------------------------------------------------------- */

static void test_result(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r0 = 0x123456789abcdef0 ll\nexit\n"), SKEP_OK);
    assert_true(b->res.r0 == UINT64_C(0x123456789abcdef0));
    assert_true(b->res.fuel_left == SKEP_FUEL_DEFAULT);
    assert_int_equal(b->res.uninit_reads, 0);
    assert_int_equal(b->res.fault.code, SKEP_OK);
}

static void test_raw_context(void **state)
{
    struct bench *b = *state;
    uint64_t ctx[2] = { 40, 0 };

    b->opts.ctx = ctx;
    b->opts.ctx_len = sizeof(ctx);
    assert_int_equal(run(b, "r0 = *(u64 *)(r1 + 0)\n"
                            "r0 += r2\n"
                            "*(u64 *)(r1 + 8) = r0\n"
                            "exit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 56);
    assert_int_equal(ctx[1], 56);
    assert_int_equal(run(b, "r0 = r1\nexit\n"), SKEP_OK);
    assert_true(b->res.r0 == (uintptr_t)ctx);
}

static void test_context_without_memory(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r0 = r1\nr0 |= r2\nexit\n"), SKEP_OK);
    assert_int_equal(b->res.r0, 0);
    b->opts.ctx_len = 8;
    b->res.r0 = 77;
    assert_int_equal(run(b, "exit\n"), SKEP_E_ARGUMENT);
    assert_int_equal(b->res.r0, 77);
}

static void test_read_only_context(void **state)
{
    struct bench *b = *state;
    uint64_t ctx = 5;

    b->opts.ctx = &ctx;
    b->opts.ctx_len = sizeof(ctx);
    b->opts.flags = SKEP_RUN_CTX_READONLY;
    assert_int_equal(run(b, "r0 = *(u64 *)(r1 + 0)\nexit\n"), SKEP_OK);
    assert_int_equal(b->res.r0, 5);
    assert_fault(b, "r0 = *(u64 *)(r1 + 0)\n*(u64 *)(r1 + 0) = 6\nexit\n", SKEP_E_ACCESS,
                 1);
    assert_int_equal(b->res.fault.write, 1);
    assert_fault(b, "r3 = 1\nlock *(u64 *)(r1 + 0) += r3\nexit\n", SKEP_E_ACCESS, 1);
    assert_int_equal(ctx, 5);
}

static void test_typed_context(void **state)
{
    struct bench *b = *state;
    uint32_t ctx[6] = { 7 };

    b->opts.ctx = ctx;
    b->opts.ctx_len = sizeof(ctx);
    assert_int_equal(run_typed(b, "job",
                               "r0 = ctx.input\n"
                               "ctx.output = r0\n"
                               "*(u8 *)(r1 + 15) = 1\n"
                               "exit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 7);
    assert_int_equal(ctx[1], 7);
    assert_int_equal(ctx[3], 0x01000000);
    b->opts.ctx_len = 23;
    b->res.r0 = 77;
    assert_int_equal(run_typed(b, "job", "exit\n"), SKEP_E_CTX_SIZE);
    assert_int_equal(b->res.r0, 77);
}

/* Writes go to fields that say so, and not past their ends. */
static void test_fields_that_may_be_written(void **state)
{
    static const struct {
        const char *store;
        enum skep_code code;
    } stores[] = {
        { "*(u32 *)(r1 + 4) = 1\n", SKEP_OK },
        { "*(u16 *)(r1 + 6) = 1\n", SKEP_OK },
        { "*(u64 *)(r1 + 8) = 1\n", SKEP_OK },
        { "*(u32 *)(r1 + 0) = 1\n", SKEP_E_ACCESS },
        { "*(u8 *)(r1 + 3) = 1\n", SKEP_E_ACCESS },
        { "*(u64 *)(r1 + 4) = 1\n", SKEP_E_ACCESS },
        { "*(u64 *)(r1 + 0) = 1\n", SKEP_E_ACCESS },
        { "*(u64 *)(r1 + 16) = 1\n", SKEP_E_ACCESS },
        { "*(u16 *)(r1 + 15) = 1\n", SKEP_E_ACCESS },
        { "*(u8 *)(r1 + 16) = 1\n", SKEP_E_ACCESS },
    };
    struct bench *b = *state;
    uint64_t ctx[3];

    b->opts.ctx = ctx;
    b->opts.ctx_len = sizeof(ctx);
    for (size_t i = 0; i < LEN(stores); i++) {
        char text[200];

        /* first a good write, so that what is remembered of it is put to the test */
        snprintf(text, sizeof(text), "*(u64 *)(r1 + 8) = 9\n%sr0 = 0\nexit\n",
                 stores[i].store);
        assert_int_equal(run_typed(b, "job", text), stores[i].code);
    }
}

static void test_typed_program_has_no_length(void **state)
{
    struct bench *b = *state;
    uint64_t ctx[3] = { 0 };

    b->opts.ctx = ctx;
    b->opts.ctx_len = sizeof(ctx);
    assert_int_equal(run_typed(b, "job", "r0 = r2\nexit\n"), SKEP_OK);
    assert_int_equal(b->res.r0, 0);
    assert_int_equal(b->res.uninit_reads, 1);
    b->opts.flags = SKEP_RUN_STRICT;
    assert_int_equal(run_typed(b, "job", "r0 = r2\nexit\n"), SKEP_E_UNINIT_REG);
    assert_string_equal(b->err.message, "r2 is read, but nothing was written to it");
}

/* ---- Memory ------------------------------------------------------------------------ */

static void test_stack_bounds(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "*(u64 *)(r10 - 512) = 3\n"
                            "*(u64 *)(r10 - 8) = 4\n"
                            "r0 = *(u64 *)(r10 - 512)\n"
                            "r3 = *(u64 *)(r10 - 8)\n"
                            "r0 += r3\n"
                            "exit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 7);
    assert_fault(b, "*(u8 *)(r10 - 513) = 3\nexit\n", SKEP_E_ACCESS, 0);
    assert_fault(b, "*(u8 *)(r10 + 0) = 3\nexit\n", SKEP_E_ACCESS, 0);
    assert_fault(b, "*(u64 *)(r10 - 7) = 3\nexit\n", SKEP_E_ACCESS, 0);
    assert_int_equal(b->res.fault.len, 8);
    assert_true(b->res.fault.addr == b->res.fault.regs[10] - 7);
    assert_fault(b, "r3 = 1\nr0 = *(u16 *)(r10 - 1)\nexit\n", SKEP_E_ACCESS, 1);
    assert_int_equal(b->res.fault.write, 0);
}

static void test_wild_addresses(void **state)
{
    struct bench *b = *state;
    uint64_t ctx = 0;

    b->opts.ctx = &ctx;
    b->opts.ctx_len = sizeof(ctx);
    assert_fault(b, "r3 = 0\nr0 = *(u8 *)(r3 + 0)\nexit\n", SKEP_E_ACCESS, 1);
    assert_string_equal(b->err.message, "read of 1 bytes at 0x0: a null pointer");
    assert_fault(b, "r3 = -1\nr0 = *(u64 *)(r3 + 0)\nexit\n", SKEP_E_ACCESS, 1);
    assert_fault(b, "r3 = -4\n*(u64 *)(r3 + 0) = 1\nexit\n", SKEP_E_ACCESS, 1);
    assert_fault(b, "r3 = 0x123456789 ll\n*(u64 *)(r3 + 0) = 1\nexit\n", SKEP_E_ACCESS,
                 2);
    assert_fault(b, "r0 = *(u8 *)(r1 + 8)\nexit\n", SKEP_E_ACCESS, 0);
    assert_non_null(strstr(b->err.message, "offset 8 of ctx, which has 8 bytes"));
    assert_fault(b, "r0 = *(u8 *)(r1 - 1)\nexit\n", SKEP_E_ACCESS, 0);
    assert_fault(b, "r0 = *(u64 *)(r1 + 1)\nexit\n", SKEP_E_ACCESS, 0);
}

/* Each frame's stack can be reached from the functions that it calls, but not once it
 * is gone. */
static void test_stack_of_other_frames(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "*(u64 *)(r10 - 8) = 5\n"
                            "r1 = r10\n"
                            "call add\n"
                            "r0 = *(u64 *)(r10 - 8)\n"
                            "exit\n"
                            "add: r2 = *(u64 *)(r1 - 8)\n"
                            "r2 += 1\n"
                            "*(u64 *)(r1 - 8) = r2\n"
                            "r0 = 0\n"
                            "exit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 6);
    assert_fault(b,
                 "call leak\n"
                 "r0 = *(u64 *)(r0 - 8)\n"
                 "exit\n"
                 "leak: *(u64 *)(r10 - 8) = 5\n"
                 "r0 = r10\n"
                 "exit\n",
                 SKEP_E_ACCESS, 1);
}

static void test_atomics_are_aligned(void **state)
{
    struct bench *b = *state;

    assert_fault(b,
                 "r3 = 1\n*(u64 *)(r10 - 16) = 0\nlock *(u64 *)(r10 - 12) += r3\nexit\n",
                 SKEP_E_MISALIGNED, 2);
    assert_int_equal(b->res.fault.len, 8);
    assert_fault(b,
                 "*(u64 *)(r10 - 16) = 0\nr0 = load_acquire((u32 *)(r10 - 15))\nexit\n",
                 SKEP_E_MISALIGNED, 1);
    assert_fault(b, "r3 = 1\nstore_release((u16 *)(r10 - 3), r3)\nexit\n",
                 SKEP_E_MISALIGNED, 1);
    assert_int_equal(b->res.fault.write, 1);
    assert_int_equal(run(b, "r0 = 1\n"
                            "*(u64 *)(r10 - 16) = 0\n"
                            "lock *(u32 *)(r10 - 12) += r0\n"
                            "store_release((u8 *)(r10 - 3), r0)\n"
                            "exit\n"),
                     SKEP_OK);
}

/* ---- What was never written -------------------------------------------------------- */

static void test_unwritten_registers(void **state)
{
    static const char text[] = "r0 = 1\n"
                               "r0 += r7\n"
                               "r0 += r7\n"
                               "r0 += r8\n"
                               "exit\n";
    struct bench *b = *state;

    assert_int_equal(run(b, text), SKEP_OK);
    assert_int_equal(b->res.r0, 1);
    assert_int_equal(b->res.uninit_reads, 2); /* once read, r7 holds 0 */
    assert_int_equal(b->res.uninit_pc, 1);
    b->opts.flags = SKEP_RUN_STRICT;
    assert_fault(b, text, SKEP_E_UNINIT_REG, 1);
    assert_string_equal(b->err.message, "r7 is read, but nothing was written to it");
    assert_fault(b, "exit\n", SKEP_E_UNINIT_REG, 0);
}

static void test_registers_that_calls_lose(void **state)
{
    static const char text[] = "r1 = 1\nr6 = 2\ncall f\nr0 += r6\nr0 += r1\nexit\n"
                               "f: r0 = r6\nr1 = 7\nexit\n";
    struct bench *b = *state;

    assert_int_equal(run(b, text), SKEP_OK);
    assert_int_equal(b->res.r0, 2);
    assert_int_equal(b->res.uninit_reads, 2); /* r6 in f, r1 after it */
    assert_int_equal(b->res.uninit_pc, 6);
    b->opts.flags = SKEP_RUN_STRICT;
    assert_fault(b, text, SKEP_E_UNINIT_REG, 6);
    assert_int_equal(b->res.fault.depth, 1);
}

/* A register that one path wrote counts as written on that path only. */
static void test_written_on_one_path(void **state)
{
    static const char text[] = "if r2 == 0 goto out\n"
                               "r3 = 5\n"
                               "out: r0 = r3\n"
                               "exit\n";
    struct bench *b = *state;
    uint64_t ctx = 0;

    b->opts.flags = SKEP_RUN_STRICT;
    assert_fault(b, text, SKEP_E_UNINIT_REG, 2);
    b->opts.ctx = &ctx;
    b->opts.ctx_len = sizeof(ctx);
    assert_int_equal(run(b, text), SKEP_OK);
    assert_int_equal(b->res.r0, 5);
}

static void test_unwritten_stack(void **state)
{
    static const char text[] = "*(u16 *)(r10 - 6) = -1\n"
                               "r0 = *(u64 *)(r10 - 8)\n"
                               "r3 = *(u64 *)(r10 - 8)\n"
                               "r3 = *(u32 *)(r10 - 100)\n"
                               "exit\n";
    struct bench *b = *state;

    assert_int_equal(run(b, text), SKEP_OK);
    assert_true(b->res.r0 == UINT64_C(0x00000000ffff0000));
    assert_int_equal(b->res.uninit_pc, 1);
    assert_int_equal(b->res.uninit_reads, 3);
    b->opts.flags = SKEP_RUN_STRICT;
    assert_fault(b, text, SKEP_E_UNINIT_STACK, 1);
    assert_string_equal(b->err.message,
                        "8 bytes at r10-8 are read, not all were written");
    assert_int_equal(b->res.fault.len, 8);
}

/* A frame's stack is unwritten again at the next call. */
static void test_stack_is_forgotten(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r1 = 1\n"
                            "call f\n"
                            "r1 = 0\n"
                            "call f\n"
                            "exit\n"
                            "f: if r1 == 0 goto read\n"
                            "*(u64 *)(r10 - 8) = 5\n"
                            "read: r0 = *(u64 *)(r10 - 8)\n"
                            "exit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 0);
    assert_int_equal(b->res.uninit_reads, 1);
}

static void test_atomics_read_the_stack(void **state)
{
    static const char text[] =
        "r0 = 3\nr0 = atomic64_fetch_add((u64 *)(r10 - 8), r0)\nexit\n";
    struct bench *b = *state;

    assert_int_equal(run(b, text), SKEP_OK);
    assert_int_equal(b->res.r0, 0);
    assert_int_equal(b->res.uninit_reads, 1);
    b->opts.flags = SKEP_RUN_STRICT;
    assert_fault(b, text, SKEP_E_UNINIT_STACK, 1);
}

/* ---- Fuel -------------------------------------------------------------------------- */

/* Runs with just enough fuel, and with 1 less. */
static void assert_costs(struct bench *b, const char *text, uint64_t cost, uint32_t pc)
{
    b->opts.fuel = cost + 7;
    assert_int_equal(run(b, text), SKEP_OK);
    assert_int_equal(b->res.fuel_left, 7);
    if (!cost)
        return;
    b->opts.fuel = cost;
    assert_int_equal(run(b, text), SKEP_OK);
    assert_int_equal(b->res.fuel_left, 0);
    if (cost == 1)
        return; /* fuel 0 means the default */
    b->opts.fuel = cost - 1;
    assert_fault(b, text, SKEP_E_FUEL, pc);
}

static void test_fuel(void **state)
{
    struct bench *b = *state;

    /* no jump back, no call: free */
    assert_costs(b, "r0 = 1\nif r0 == 1 goto out\nr0 = 2\nout: goto end\nend: exit\n", 0,
                 0);
    /* a loop of 3 slots, taken twice */
    assert_costs(b, "r0 = 3\nagain: r4 = 1\nr0 -= 1\nif r0 != 0 goto again\nexit\n", 6,
                 3);
    /* a 64-bit load counts as two slots */
    assert_costs(b, "r0 = 2\nagain: r4 = 1 ll\nr0 -= 1\nif w0 != 0 goto again\nexit\n", 4,
                 4);
    /* a jump to itself never ends; any other way back costs as well */
    assert_costs(b, "r0 = 0\ngoto in\nback: exit\nin: r3 = 1\nr3 = 2\ngotol back\n", 4,
                 5);
    /* a call costs the slots of the function: 3, though 2 are run */
    assert_costs(b, "call f\nexit\nf: r0 = 1\nif r0 != 0 goto +0\nexit\n", 3, 0);
}

static void test_fuel_that_runs_out(void **state)
{
    struct bench *b = *state;

    b->opts.fuel = 100;
    assert_fault(b, "r0 = 0\nagain: r0 += 1\ngoto again\n", SKEP_E_FUEL, 2);
    assert_int_equal(b->res.fuel_left, 0);
    assert_int_equal(b->res.fault.regs[0], 51);
    assert_string_equal(b->err.message, "out of fuel: 2 slots of work wanted, 0 left");
    b->opts.fuel = 99;
    assert_fault(b, "r0 = 0\nagain: r0 += 1\ngoto again\n", SKEP_E_FUEL, 2);
    assert_int_equal(b->res.fuel_left, 1);
    assert_int_equal(b->res.fault.regs[0], 50);
}

/* ---- Calls ------------------------------------------------------------------------- */

static void test_call_depth(void **state)
{
    struct bench *b = *state;
    uint64_t depth = 7;

    b->opts.ctx = &depth;
    b->opts.ctx_len = sizeof(depth);
    /* r1 calls more */
    static const char text[] = "r1 = *(u64 *)(r1 + 0)\n"
                               "r0 = 0\n"
                               "call f\n"
                               "exit\n"
                               "f: r0 = r1\n"
                               "if r1 == 1 goto out\n"
                               "r1 -= 1\n"
                               "call f\n"
                               "out: r0 += 1\n"
                               "exit\n";
    assert_int_equal(run(b, text), SKEP_OK);
    assert_int_equal(b->res.r0, 8);
    depth = 8;
    assert_fault(b, text, SKEP_E_CALL_DEPTH, 7);
    assert_int_equal(b->res.fault.depth, 7);
}

static void test_saved_registers(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run(b, "r6 = 1\nr7 = 2\nr8 = 3\nr9 = 4\n"
                            "r5 = r10\n"
                            "call f\n"
                            "r0 -= r10\n" /* the distance of the frames */
                            "r0 += r6\nr0 += r7\nr0 += r8\nr0 += r9\n"
                            "exit\n"
                            "f: r6 = 0\nr7 = 0\nr8 = 0\nr9 = 0\nr0 = r10\nexit\n"),
                     SKEP_OK);
    assert_true(b->res.r0 == (uint64_t)-502);
}

/* ---- Options ----------------------------------------------------------------------- */

static int never_called(void *ctx, const struct skep_trace_event *event)
{
    (void)ctx, (void)event;
    fail();
    return 0;
}

static void test_unchecked(void **state)
{
    struct bench *b = *state;
    uint64_t ctx[2] = { 1, 2 };

    b->opts.ctx = ctx;
    b->opts.ctx_len = sizeof(ctx);
    b->opts.flags = SKEP_RUN_UNCHECKED;
    assert_int_equal(run(b, "r0 = *(u64 *)(r1 + 8)\n*(u64 *)(r10 - 8) = r0\nexit\n"),
                     SKEP_OK);
    assert_int_equal(b->res.r0, 2);
    b->opts.fuel = 10;
    assert_fault(b, "r0 = 0\nagain: r0 += 1\ngoto again\n", SKEP_E_FUEL, 2);
    b->res.r0 = 77;
    b->opts.flags = SKEP_RUN_UNCHECKED | SKEP_RUN_STRICT;
    assert_int_equal(run(b, "exit\n"), SKEP_E_ARGUMENT);
    b->opts.flags = SKEP_RUN_UNCHECKED;
    b->opts.trace = never_called;
    assert_int_equal(run(b, "exit\n"), SKEP_E_ARGUMENT);
    assert_int_equal(b->res.r0, 77);
}

static void test_stop_flag(void **state)
{
    struct bench *b = *state;
    int stop = 0;

    b->opts.stop = &stop;
    assert_int_equal(run(b, "r0 = 2\nagain: r0 -= 1\nif r0 != 0 goto again\nexit\n"),
                     SKEP_OK);
    skep_stop(&stop, 1);
    assert_int_equal(stop, 1);
    assert_int_equal(run(b, "r0 = 1\nexit\n"), SKEP_OK); /* nothing that costs fuel */
    assert_fault(b, "r0 = 2\nagain: r0 -= 1\nif r0 != 0 goto again\nexit\n",
                 SKEP_E_STOPPED, 2);
    skep_stop(&stop, 0);
    assert_int_equal(stop, 0);
}

static void test_fault_without_err(void **state)
{
    struct bench *b = *state;
    skep_prog *prog = load(b->vm, "r3 = 0\nr0 = *(u64 *)(r3 + 0)\nexit\n");

    assert_int_equal(skep_run(prog, NULL, &b->res, NULL), SKEP_E_ACCESS);
    assert_int_equal(b->res.fault.pc, 1);
    skep_prog_free(prog);
}

/* ---- Packets ----------------------------------------------------------------------- */

static void test_packet_loads(void **state)
{
    static const uint8_t packet[] = { 0x11, 0x22, 0x33, 0x44, 0x55 };
    static const struct {
        const char *load;
        uint64_t r0;
    } loads[] = {
        { "r0 = *(u8 *)skb[4]\n", 0x55 },
        { "r0 = *(u16 *)skb[1]\n", 0x2233 },
        { "r0 = *(u32 *)skb[1]\n", 0x22334455 },
        { "r0 = *(u16 *)skb[r7 + 1]\n", 0x4455 },
        { "r0 = *(u8 *)skb[r7 + -2]\n", 0x11 },
        { "r0 = *(u8 *)skb[r8 + 1]\n", 0x44 }, /* the low 32 bits of r8 count */
    };
    struct bench *b = *state;

    b->opts.data = (void *)(uintptr_t)packet;
    b->opts.data_len = sizeof(packet);
    for (size_t i = 0; i < LEN(loads); i++) {
        char text[200];

        snprintf(text, sizeof(text), "r6 = r1\nr7 = 2\nr8 = 0x500000002 ll\n%sexit\n",
                 loads[i].load);
        assert_int_equal(run(b, text), SKEP_OK);
        assert_int_equal(b->res.r0, loads[i].r0);
    }
}

/* A load outside of the packet ends the function with r0 = 0. */
static void test_packet_loads_outside(void **state)
{
    static const char *const loads[] = {
        "r0 = *(u8 *)skb[5]\n",      "r0 = *(u16 *)skb[4]\n",
        "r0 = *(u32 *)skb[2]\n",     "r0 = *(u8 *)skb[-1]\n",
        "r0 = *(u8 *)skb[r7 + 3]\n", "r0 = *(u32 *)skb[-3]\n",
        "r0 = *(u8 *)skb[r8]\n",     "r0 = *(u16 *)skb[2147483647]\n",
    };
    uint8_t packet[5] = { 1, 2, 3, 4, 5 };
    struct bench *b = *state;

    b->opts.data = packet;
    b->opts.data_len = sizeof(packet);
    for (size_t i = 0; i < LEN(loads); i++) {
        char text[300];

        snprintf(text, sizeof(text),
                 "r6 = r1\ncall f\nr0 += 40\nexit\n"
                 "f: r6 = 0\nr7 = 2\nr8 = -1\n%sr0 = 9\nexit\n",
                 loads[i]);
        assert_int_equal(run(b, text), SKEP_OK);
        assert_int_equal(b->res.r0, 40);
    }
}

/* A raw program's packet is its context, when no other is given. */
static void test_packet_is_the_context(void **state)
{
    struct bench *b = *state;
    uint8_t ctx[2] = { 6, 7 };

    b->opts.ctx = ctx;
    b->opts.ctx_len = sizeof(ctx);
    assert_int_equal(run(b, "r6 = r1\nr0 = *(u16 *)skb[0]\nexit\n"), SKEP_OK);
    assert_int_equal(b->res.r0, 0x0607);
}

/* ---- Objects that are not there ---------------------------------------------------- */

static void test_no_objects(void **state)
{
    struct bench *b = *state;

    assert_fault(b, "r0 = 1\nr1 = map[id:5]\nexit\n", SKEP_E_NO_OBJECT, 1);
    assert_non_null(strstr(b->err.message, "map 5"));
    assert_fault(b, "r1 = map[id:5][0]+8\nexit\n", SKEP_E_NO_OBJECT, 0);
    assert_fault(b, "call 77777\nexit\n", SKEP_E_NO_HELPER, 0);
    assert_string_equal(b->err.message, "helper unknown#77777 is not there");
    assert_fault(b, "call bpf_map_lookup_elem\nexit\n", SKEP_E_NO_HELPER, 0);
    assert_string_equal(b->err.message, "helper bpf_map_lookup_elem#1 is not there");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(result),
        TEST(raw_context),
        TEST(context_without_memory),
        TEST(read_only_context),
        TEST(typed_context),
        TEST(fields_that_may_be_written),
        TEST(typed_program_has_no_length),
        TEST(stack_bounds),
        TEST(wild_addresses),
        TEST(stack_of_other_frames),
        TEST(atomics_are_aligned),
        TEST(unwritten_registers),
        TEST(registers_that_calls_lose),
        TEST(written_on_one_path),
        TEST(unwritten_stack),
        TEST(stack_is_forgotten),
        TEST(atomics_read_the_stack),
        TEST(fuel),
        TEST(fuel_that_runs_out),
        TEST(call_depth),
        TEST(saved_registers),
        TEST(unchecked),
        TEST(stop_flag),
        TEST(fault_without_err),
        TEST(packet_loads),
        TEST(packet_loads_outside),
        TEST(packet_is_the_context),
        TEST(no_objects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
