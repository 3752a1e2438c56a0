/* Does the oracle itself tell the truth?
 *
 * Every expectation here is written by hand, from RFC 9669 or bpf(2); none comes from
 * skep.  Ends with 77 (skipped) and the reason on standard output where bpf(2) is not
 * permitted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define REGS(dst, src) (uint8_t)((src) << 4 | (dst))

enum { EXIT_SKIPPED = 77, ENOTSUPP_KERNEL = 524 };

static const struct oracle_insn return_zero[] = {
    { 0xb7, 0, 0, 0 }, /* r0 = 0 */
    { 0x95, 0, 0, 0 }, /* exit */
};

/* Load, run, close; the load and the run must succeed. */
static void load_and_run(const struct oracle_prog *prog, struct oracle_io *io)
{
    int fd = oracle_load(prog, NULL);

    assert_true(fd >= 0);
    assert_int_equal(oracle_run(fd, io), 0);
    oracle_close(fd);
}

static void syscall_program_reads_and_writes_its_context(void **unused)
{
    static const struct oracle_insn insns[] = {
        { 0x79, REGS(0, 1), 0, 0 },  /* r0 = *(u64 *)(r1 + 0) */
        { 0x79, REGS(2, 1), 8, 0 },  /* r2 = *(u64 *)(r1 + 8) */
        { 0x0f, REGS(0, 2), 0, 0 },  /* r0 += r2 */
        { 0x7b, REGS(1, 0), 16, 0 }, /* *(u64 *)(r1 + 16) = r0 */
        { 0x95, 0, 0, 0 },           /* exit */
    };
    struct oracle_prog prog = { ORACLE_SYSCALL, 0, insns, COUNT(insns), NULL };
    uint64_t ctx[3] = { 0x100000003, 4, 0 };
    struct oracle_io io = { .ctx = ctx, .ctx_size = sizeof(ctx) };

    (void)unused;
    load_and_run(&prog, &io);
    assert_int_equal(io.retval, 7);
    assert_int_equal(ctx[0], 0x100000003);
    assert_int_equal(ctx[2], 0x100000007);
}

static void context_shorter_than_its_accesses_is_an_error(void **unused)
{
    static const struct oracle_insn insns[] = {
        { 0x79, REGS(0, 1), 8, 0 }, /* r0 = *(u64 *)(r1 + 8) */
        { 0x95, 0, 0, 0 },          /* exit */
    };
    struct oracle_prog prog = { ORACLE_SYSCALL, 0, insns, COUNT(insns), NULL };
    uint64_t ctx[2] = { 0, 0 };
    struct oracle_io io = { .ctx = ctx, .ctx_size = 15, .retval = 9 };
    int fd = oracle_load(&prog, NULL);

    (void)unused;
    assert_true(fd >= 0);
    assert_int_equal(oracle_run(fd, &io), -EINVAL);
    assert_int_equal(io.retval, 9);
    oracle_close(fd);
}

static void xdp_program_writes_its_packet(void **unused)
{
    static const struct oracle_insn insns[] = {
        { 0x61, REGS(2, 1), 0, 0 },  /* r2 = *(u32 *)(r1 + 0)   data */
        { 0x61, REGS(3, 1), 4, 0 },  /* r3 = *(u32 *)(r1 + 4)   data_end */
        { 0xbf, REGS(4, 2), 0, 0 },  /* r4 = r2 */
        { 0x07, REGS(4, 0), 0, 2 },  /* r4 += 2 */
        { 0xb7, REGS(0, 0), 0, 1 },  /* r0 = 1 */
        { 0x2d, REGS(4, 3), 2, 0 },  /* if r4 > r3 goto +2 */
        { 0x6a, REGS(2, 0), 0, -2 }, /* *(u16 *)(r2 + 0) = -2 */
        { 0xb7, REGS(0, 0), 0, 2 },  /* r0 = 2 */
        { 0x95, 0, 0, 0 },           /* exit */
    };
    struct oracle_prog prog = { ORACLE_XDP, 0, insns, COUNT(insns), NULL };
    uint8_t packet[20] = { 1, 2, 3 };
    struct oracle_io io = { .data = packet, .data_size = sizeof(packet) };

    (void)unused;
    load_and_run(&prog, &io);
    assert_int_equal(io.retval, 2);
    assert_int_equal(io.data_size, sizeof(packet));
    assert_int_equal(packet[0], 0xfe);
    assert_int_equal(packet[1], 0xff);
    assert_int_equal(packet[2], 3);
}

/* The test run hands a socket filter the frame without its 14 bytes of link header. */
static void socket_filter_reads_its_packet(void **unused)
{
    static const struct oracle_insn insns[] = {
        { 0xbf, REGS(6, 1), 0, 0 }, /* r6 = r1 */
        { 0x28, 0, 0, 1 },          /* r0 = *(u16 *)skb[1], big-endian */
        { 0x95, 0, 0, 0 },          /* exit */
    };
    struct oracle_prog prog = { ORACLE_SOCKET_FILTER, 0, insns, COUNT(insns), NULL };
    uint8_t packet[20] = { [14] = 0xa0, 0xa1, 0xa2, 0xa3 };
    struct oracle_io io = { .data = packet, .data_size = sizeof(packet) };

    (void)unused;
    load_and_run(&prog, &io);
    assert_int_equal(io.retval, 0xa1a2);
}

static void device_program_loads_but_has_no_test_run(void **unused)
{
    struct oracle_prog prog = { ORACLE_CGROUP_DEVICE, 0, return_zero, 2, NULL };
    struct oracle_io io = { .ctx = NULL };
    int fd = oracle_load(&prog, NULL);

    (void)unused;
    assert_true(fd >= 0);
    assert_int_equal(oracle_run(fd, &io), -ENOTSUPP_KERNEL);
    oracle_close(fd);
}

static void refusal_gives_its_errno_and_its_reason(void **unused)
{
    static const struct oracle_insn insns[] = {
        { 0xbf, REGS(0, 3), 0, 0 }, /* r0 = r3, which nobody has set */
        { 0x95, 0, 0, 0 },          /* exit */
    };
    struct oracle_prog prog = { ORACLE_SYSCALL, 0, insns, COUNT(insns), NULL };
    char text[4096];
    struct oracle_log log = { .text = text, .size = sizeof(text), .level = 1 };

    (void)unused;
    assert_int_equal(oracle_load(&prog, &log), -EACCES);
    assert_non_null(strstr(text, "R3 !read_ok"));
}

/* What printf(1) and sha256sum(1), or sha1sum(1), make of return_zero. */
static void tag_is_the_digest_of_the_instructions(void **unused)
{
    static const uint8_t sha256[8] = { 0x59, 0xf4, 0xa9, 0x31, 0x74, 0x4d, 0xcd, 0xc6 };
    static const uint8_t sha1[8] = { 0xa0, 0x4f, 0x5e, 0xef, 0x06, 0xa7, 0xf5, 0x55 };
    struct oracle_prog prog = { ORACLE_SYSCALL, 0, return_zero, 2, NULL };
    struct oracle_info info;
    int fd = oracle_load(&prog, NULL);

    (void)unused;
    assert_true(fd >= 0);
    assert_int_equal(oracle_info(fd, &info), 0);
    assert_true(!memcmp(info.tag, sha256, 8) || !memcmp(info.tag, sha1, 8));
    assert_int_equal(info.xlated_size, sizeof(return_zero));
    oracle_close(fd);
}

/* Lines of oracle_text(), by slot. */
struct listing {
    char text[8][80];
    uint32_t lines;
};

static void keep_line(void *user, uint32_t pc, const char *text)
{
    struct listing *l = user;

    assert_true(pc < COUNT(l->text));
    assert_true(l->text[pc][0] == '\0');
    snprintf(l->text[pc], sizeof(l->text[pc]), "%s", text);
    l->lines++;
}

static void text_has_each_instruction_once(void **unused)
{
    static const struct oracle_insn insns[] = {
        { 0x18, REGS(0, 0), 0, 1 }, /* r0 = 0x100000001 ll */
        { 0x00, 0, 0, 1 },
        { 0x71, REGS(2, 1), 0, 0 },             /* r2 = *(u8 *)(r1 + 0) */
        { 0x16, REGS(2, 0), 1, 255 },           /* if w2 == 255 goto +1 */
        { 0x07, REGS(0, 0), 0, -1 },            /* r0 += -1 */
        { 0x7b, REGS(10, 0), -8, 0 },           /* *(u64 *)(r10 - 8) = r0 */
        { 0xdb, REGS(10, 2), -8, 0x01 | 0x40 }, /* r2 = fetch_or(r10 - 8, r2) */
        { 0x95, 0, 0, 0 },                      /* exit, seen on both paths */
    };
    static const char *const expected[] = {
        "(18) r0 = 0x100000001",
        "",
        "(71) r2 = *(u8 *)(r1 +0)",
        "(16) if w2 == 0xff goto pc+1",
        "(07) r0 += -1",
        "(7b) *(u64 *)(r10 -8) = r0",
        "(db) r2 = atomic64_fetch_or((u64 *)(r10 -8), r2)",
        "(95) exit",
    };
    struct oracle_prog prog = { ORACLE_SYSCALL, 0, insns, COUNT(insns), NULL };
    struct listing l = { .lines = 0 };

    (void)unused;
    assert_int_equal(oracle_text(&prog, keep_line, &l), 0);
    assert_int_equal(l.lines, COUNT(insns) - 1);
    for (size_t i = 0; i < COUNT(insns); i++)
        assert_string_equal(l.text[i], expected[i]);
}

/* A log as a kernel without the list of live registers writes it. */
static void log_without_a_list_is_read_from_the_walk(void **unused)
{
    static const char log[] = "func#0 @0\n"
                              "0: R1=ctx() R10=fp0\n"
                              "0: (85) call pc+1\n"
                              "caller:\n"
                              " R10=fp0\n"
                              "2: (b7) r0 = 1                        ; frame1: R0_w=1\n"
                              "3: (95) exit\n"
                              "returning from callee:\n"
                              "from 3 to 1: R0_w=1 R10=fp0\n"
                              "1: R0_w=1 R10=fp0\n"
                              "mark_precise: regs=r0 stack= before 0: (85) call pc+1\n"
                              "1: (bf) r1 = (s8)r0;\n"
                              "3: safe\n"
                              "9: (95) exit\n"
                              "processed 4 insns (limit 1000000)";
    struct listing l = { .lines = 0 };

    (void)unused;
    assert_int_equal(oracle_log_lines(log, 4, keep_line, &l), 0);
    assert_int_equal(l.lines, 4);
    assert_string_equal(l.text[0], "(85) call pc+1");
    assert_string_equal(l.text[1], "(bf) r1 = (s8)r0");
    assert_string_equal(l.text[2], "(b7) r0 = 1");
    assert_string_equal(l.text[3], "(95) exit");
}

static void text_has_the_instructions_of_loops(void **unused)
{
    static const struct oracle_insn insns[] = {
        { 0xb7, REGS(0, 0), 0, 3 },  /* r0 = 3 */
        { 0x07, REGS(0, 0), 0, -1 }, /* r0 += -1 */
        { 0xb4, REGS(4, 0), 0, 7 },  /* w4 = 7 */
        { 0x55, REGS(0, 0), -3, 0 }, /* if r0 != 0 goto -3 */
        { 0xbf, REGS(0, 9), 0, 0 },  /* r0 = r9, which nobody has set */
        { 0x95, 0, 0, 0 },           /* exit, never walked */
    };
    struct oracle_prog prog = { ORACLE_SYSCALL, 0, insns, COUNT(insns), NULL };
    struct listing l = { .lines = 0 };

    (void)unused;
    assert_int_equal(oracle_text(&prog, keep_line, &l), -EACCES);
    assert_string_equal(l.text[1], "(07) r0 += -1");
    assert_string_equal(l.text[2], "(b4) w4 = 7");
    assert_string_equal(l.text[3], "(55) if r0 != 0x0 goto pc-3");
}

static void text_reaches_the_refused_instruction(void **unused)
{
    static const struct oracle_insn insns[] = {
        { 0xb4, REGS(4, 0), 0, 7 },  /* w4 = 7 */
        { 0x7b, REGS(4, 10), 0, 0 }, /* *(u64 *)(r4 + 0) = r10: no address */
        { 0xb7, REGS(0, 0), 0, 0 },  /* r0 = 0 */
        { 0x95, 0, 0, 0 },           /* exit */
    };
    struct oracle_prog prog = { ORACLE_SYSCALL, 0, insns, COUNT(insns), NULL };
    struct listing l = { .lines = 0 };

    (void)unused;
    assert_int_equal(oracle_text(&prog, keep_line, &l), -EACCES);
    assert_string_equal(l.text[0], "(b4) w4 = 7");
    assert_string_equal(l.text[1], "(7b) *(u64 *)(r4 +0) = r10");
}

static void text_of_an_undecodable_program_is_empty(void **unused)
{
    static const struct oracle_insn insns[] = {
        { 0x8d, REGS(1, 0), 0, 0 }, /* callx r1, which Linux has not */
        { 0x95, 0, 0, 0 },          /* exit */
    };
    struct oracle_prog prog = { ORACLE_SYSCALL, 0, insns, COUNT(insns), NULL };
    struct listing l = { .lines = 0 };

    (void)unused;
    assert_int_equal(oracle_text(&prog, keep_line, &l), -EINVAL);
    assert_int_equal(l.lines, 0);
}

static void map_is_named_by_descriptor_and_by_index(void **unused)
{
    enum { MAP_ARRAY = 2, MAP_FD = 1, MAP_INDEX_VALUE = 6 };
    struct oracle_map shape = { MAP_ARRAY, 4, 16, 1, 0 };
    int fds[1] = { oracle_map(&shape) };
    struct oracle_insn insns[] = {
        { 0x18, REGS(1, MAP_FD), 0, fds[0] },
        { 0, 0, 0, 0 },
        { 0x18, REGS(2, MAP_INDEX_VALUE), 0, 0 },
        { 0, 0, 0, 8 },
        { 0xb7, 0, 0, 0 },
        { 0x95, 0, 0, 0 },
    };
    struct oracle_prog prog = { ORACLE_SYSCALL, 0, insns, COUNT(insns), fds };
    struct listing l = { .lines = 0 };

    (void)unused;
    assert_true(fds[0] >= 0);
    assert_int_equal(oracle_text(&prog, keep_line, &l), 0);
    assert_int_equal(l.lines, 4);
    assert_memory_equal(l.text[0], "(18) r1 = 0x", 12); /* an address follows */
    assert_memory_equal(l.text[2], "(18) r2 = 0x", 12);
    oracle_close(fds[0]);
}

static struct oracle_state numbered_state(uint64_t seed)
{
    struct oracle_state s;

    for (unsigned i = 0; i < ORACLE_REGS; i++)
        s.reg[i] = 0x0101010101010101 * (seed + i);
    for (unsigned i = 0; i < ORACLE_MEM; i++)
        s.mem[i] = (uint8_t)(seed + 100 + i);
    return s;
}

static void empty_body_leaves_the_state_as_it_was(void **unused)
{
    struct oracle_insn body[] = { { 0x95, 0, 0, 0 } };
    struct oracle_state before = numbered_state(3), after = before;

    (void)unused;
    assert_int_equal(oracle_run_body(body, 1, &after, 1), 0);
    assert_memory_equal(&after, &before, sizeof(before));
}

static void body_changes_what_it_names_and_nothing_else(void **unused)
{
    static const struct oracle_insn body[] = {
        { 0x0f, REGS(9, 1), 0, 0 },    /* r9 += r1 */
        { 0xb4, REGS(1, 0), 0, -1 },   /* w1 = -1 */
        { 0x73, REGS(10, 0), -64, 0 }, /* *(u8 *)(r10 - 64) = r0 */
        { 0x71, REGS(8, 10), -1, 0 },  /* r8 = *(u8 *)(r10 - 1) */
        { 0x95, 0, 0, 0 },             /* exit */
    };
    struct oracle_state before = numbered_state(5), after = before;

    (void)unused;
    assert_int_equal(oracle_run_body(body, COUNT(body), &after, 1), 0);
    before.reg[9] += before.reg[1];
    before.reg[1] = 0xffffffff;
    before.mem[0] = 5;
    before.reg[8] = before.mem[63];
    assert_memory_equal(&after, &before, sizeof(before));
}

/* Two ways out, three states, one load. */
static void body_leaves_at_each_of_its_exits(void **unused)
{
    static const struct oracle_insn body[] = {
        { 0x25, REGS(3, 0), 2, 10 },  /* if r3 > 10 goto +2 */
        { 0xb7, REGS(3, 0), 0, 111 }, /* r3 = 111 */
        { 0x95, 0, 0, 0 },            /* exit */
        { 0xb7, REGS(3, 0), 0, 222 }, /* r3 = 222 */
        { 0x95, 0, 0, 0 },            /* exit */
    };
    static const uint64_t in[] = { 10, 11, 0 }, out[] = { 111, 222, 111 };
    struct oracle_state states[3];

    (void)unused;
    for (size_t i = 0; i < COUNT(states); i++) {
        states[i] = numbered_state(i);
        states[i].reg[3] = in[i];
    }
    assert_int_equal(oracle_run_body(body, COUNT(body), states, COUNT(states)), 0);
    for (size_t i = 0; i < COUNT(states); i++) {
        struct oracle_state want = numbered_state(i);

        want.reg[3] = out[i];
        assert_memory_equal(&states[i], &want, sizeof(want));
    }
}

static void body_calls_its_own_function(void **unused)
{
    static const struct oracle_insn body[] = {
        { 0x85, REGS(0, 1), 0, 6 }, /* call the function below */
        { 0xb7, REGS(1, 0), 0, 1 }, /* r1 = 1, and so on: a call leaves them unset */
        { 0xb7, REGS(2, 0), 0, 2 }, { 0xb7, REGS(3, 0), 0, 3 },
        { 0xb7, REGS(4, 0), 0, 4 }, { 0xb7, REGS(5, 0), 0, 5 },
        { 0x95, 0, 0, 0 },          /* exit: to the epilogue */
        { 0xbf, REGS(0, 2), 0, 0 }, /* r0 = r2 */
        { 0xb7, REGS(6, 0), 0, 9 }, /* r6 = 9: restored by the return */
        { 0x95, 0, 0, 0 },          /* exit: back to the caller */
    };
    struct oracle_state before = numbered_state(1), after = before;

    (void)unused;
    assert_int_equal(oracle_run_body(body, COUNT(body), &after, 1), 0);
    before.reg[0] = before.reg[2];
    for (uint64_t i = 1; i <= 5; i++)
        before.reg[i] = i;
    assert_memory_equal(&after, &before, sizeof(before));
}

static void body_that_the_verifier_refuses_is_an_error(void **unused)
{
    static const struct oracle_insn body[] = {
        { 0x7b, REGS(3, 0), 0, 0 }, /* *(u64 *)(r3 + 0) = r0: r3 is a number */
        { 0x95, 0, 0, 0 },          /* exit */
    };
    struct oracle_state before = numbered_state(0), after = before;

    (void)unused;
    assert_int_equal(oracle_run_body(body, COUNT(body), &after, 1), -EACCES);
    assert_memory_equal(&after, &before, sizeof(before));
}

static void wrapped_program_must_fit(void **unused)
{
    struct oracle_insn out[ORACLE_BODY_AT + 2];
    uint32_t max = COUNT(out);

    (void)unused;
    assert_int_equal(oracle_wrap(return_zero, 2, out, max), max);
    assert_int_equal(oracle_wrap(return_zero, 2, out, max - 1), 0);
    assert_int_equal(oracle_wrap(return_zero, 0, out, max), 0);
    assert_int_equal(oracle_wrap(out, ORACLE_BODY_MAX + 1, out, UINT32_MAX), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(syscall_program_reads_and_writes_its_context),
        cmocka_unit_test(context_shorter_than_its_accesses_is_an_error),
        cmocka_unit_test(xdp_program_writes_its_packet),
        cmocka_unit_test(socket_filter_reads_its_packet),
        cmocka_unit_test(device_program_loads_but_has_no_test_run),
        cmocka_unit_test(refusal_gives_its_errno_and_its_reason),
        cmocka_unit_test(tag_is_the_digest_of_the_instructions),
        cmocka_unit_test(text_has_each_instruction_once),
        cmocka_unit_test(log_without_a_list_is_read_from_the_walk),
        cmocka_unit_test(text_has_the_instructions_of_loops),
        cmocka_unit_test(text_reaches_the_refused_instruction),
        cmocka_unit_test(text_of_an_undecodable_program_is_empty),
        cmocka_unit_test(map_is_named_by_descriptor_and_by_index),
        cmocka_unit_test(empty_body_leaves_the_state_as_it_was),
        cmocka_unit_test(body_changes_what_it_names_and_nothing_else),
        cmocka_unit_test(body_leaves_at_each_of_its_exits),
        cmocka_unit_test(body_calls_its_own_function),
        cmocka_unit_test(body_that_the_verifier_refuses_is_an_error),
        cmocka_unit_test(wrapped_program_must_fit),
    };
    char reason[128];

    if (!oracle_available(reason, sizeof(reason))) {
        printf("skipped: %s\n", reason);
        return EXIT_SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
