/* Programs: functions and targets, what is refused, which instructions may read
 * registers that were never written, and tags: the article's, and those that the live
 * kernel gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "kernel.h"
#include "prog/prog.h"

enum { MAX_SLOTS = 128, MAP_ARRAY = 2 };

/* ---- Tools ------------------------------------------------------------------------- */

#define INSN(name, ...)                                                                  \
    {                                                                                    \
        .op = SK_OP_##name, __VA_ARGS__                                                  \
    }

struct fixture {
    struct sk_env env;
    uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES];
    uint32_t count;
    struct sk_prog prog;
    struct skep_err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct sk_mem mem = sk_mem_default();

    *state = f;
    return !f || sk_env_init(&f->env, &mem, NULL, NULL);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    sk_env_fini(&f->env);
    free(f);
    return 0;
}

static void assemble(struct fixture *f, const struct sk_insn *insns, size_t n)
{
    f->count = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(f->count + 2 <= MAX_SLOTS);
        f->count += sk_encode(f->slots, f->count, &insns[i]);
    }
}

static enum skep_code make(struct fixture *f, const struct skep_type *type)
{
    return sk_prog_init(&f->prog, &f->env, type, f->slots,
                        (size_t)f->count * SK_SLOT_BYTES, &f->err);
}

static void open_program(struct fixture *f, const struct sk_insn *insns, size_t n)
{
    assemble(f, insns, n);
    if (make(f, NULL))
        fail_msg("slot %u: %s", (unsigned)f->err.where, f->err.message);
}

static void assert_refused(struct fixture *f, const struct sk_insn *insns, size_t n,
                           enum skep_code code, uint64_t slot)
{
    struct sk_prog before;

    memset(&f->prog, 0x5a, sizeof(f->prog));
    before = f->prog;
    assemble(f, insns, n);
    assert_int_equal(make(f, NULL), code);
    assert_int_equal(f->err.code, code);
    assert_int_equal(f->err.at, SKEP_AT_SLOT);
    assert_int_equal(f->err.where, slot);
    assert_memory_equal(&before, &f->prog, sizeof(before));
}

/* ---- Functions and targets --------------------------------------------------------- */

static void test_one_function(void **state)
{
    static const struct sk_insn insns[] = {
        INSN(LDDW, .imm = (int64_t)UINT64_C(0x123456789abcdef0)),
        INSN(JEQ64_IMM, .off = 1),
        INSN(JA, .off = -2),
        INSN(EXIT),
    };
    struct fixture *f = *state;

    open_program(f, insns, SK_LEN(insns));
    assert_int_equal(f->prog.count, 5);
    assert_int_equal(f->prog.function_count, 1);
    assert_int_equal(f->prog.functions[0].first, 0);
    assert_int_equal(f->prog.functions[0].end, 5);
    assert_int_equal(f->prog.insns[0].op, SK_OP_LDDW);
    assert_int_equal(f->prog.insns[1].op, SK_OP_SECOND);
    assert_int_equal(f->prog.flags[0], SK_SLOT_FUNCTION);
    assert_int_equal(f->prog.flags[1], 0);
    assert_int_equal(f->prog.flags[2], SK_SLOT_TARGET);
    assert_int_equal(f->prog.flags[4], SK_SLOT_TARGET);
    assert_memory_equal(f->prog.slots, f->slots, f->count * SK_SLOT_BYTES);
    sk_prog_fini(&f->prog);
}

static void test_functions(void **state)
{
    static const struct sk_insn insns[] = {
        INSN(CALL_LOCAL, .src = 1, .imm = 4), /* 0: to 5 */
        INSN(EXIT),                           /* 1 */
        INSN(CALL_LOCAL, .src = 1, .imm = 2), /* 2: to 5 */
        INSN(CALL_LOCAL, .src = 1,
             .imm = -4), /* 3: to 0, which calls this one's callee */
        INSN(EXIT),      /* 4 */
        INSN(LDDW_CODE, .src = 4, .dst = 3, .imm = (uint32_t)-4), /* 5: address of 2 */
        INSN(MOV64_IMM, .imm = 3),                                /* 7 */
        INSN(EXIT),                                               /* 8 */
    };
    struct fixture *f = *state;

    open_program(f, insns, SK_LEN(insns));
    assert_int_equal(f->prog.function_count, 3);
    assert_int_equal(f->prog.functions[1].first, 2);
    assert_int_equal(f->prog.functions[1].end, 5);
    assert_int_equal(f->prog.functions[2].end, 9);
    assert_int_equal(sk_prog_function_of(&f->prog, 0), 0);
    assert_int_equal(sk_prog_function_of(&f->prog, 1), 0);
    assert_int_equal(sk_prog_function_of(&f->prog, 2), 1);
    assert_int_equal(sk_prog_function_of(&f->prog, 4), 1);
    assert_int_equal(sk_prog_function_of(&f->prog, 5), 2);
    assert_int_equal(sk_prog_function_of(&f->prog, 8), 2);
    assert_true(f->prog.flags[2] & SK_SLOT_FUNCTION);
    assert_true(f->prog.flags[5] & SK_SLOT_FUNCTION);
    assert_false(f->prog.flags[3] & SK_SLOT_FUNCTION);
    sk_prog_fini(&f->prog);
}

static void test_bad_lengths(void **state)
{
    struct fixture *f = *state;
    uint8_t byte = 0x95;

    assert_int_equal(sk_prog_init(&f->prog, &f->env, NULL, &byte, 0, &f->err),
                     SKEP_E_EMPTY);
    for (size_t len = 1; len < 8; len++)
        assert_int_equal(sk_prog_init(&f->prog, &f->env, NULL, f->slots, len, &f->err),
                         SKEP_E_LENGTH);
    assert_int_equal(sk_prog_init(&f->prog, &f->env, NULL, f->slots,
                                  ((size_t)SK_MAX_SLOTS + 1) * SK_SLOT_BYTES, &f->err),
                     SKEP_E_TOO_LONG);
}

static void test_bad_jumps(void **state)
{
    static const struct sk_insn before[] = { INSN(JA, .off = -2), INSN(EXIT) };
    static const struct sk_insn behind[] = { INSN(JEQ64_IMM, .off = 1), INSN(EXIT) };
    static const struct sk_insn far[] = { INSN(JA32, .imm = INT32_MAX), INSN(EXIT) };
    static const struct sk_insn far_back[] = { INSN(JA32, .imm = INT32_MIN), INSN(EXIT) };
    static const struct sk_insn second[] = { INSN(MAY_GOTO, .off = 1),
                                             INSN(LDDW, .imm = 1), INSN(EXIT) };
    static const struct sk_insn call[] = { INSN(CALL_LOCAL, .src = 1, .imm = 1),
                                           INSN(EXIT) };
    static const struct sk_insn code[] = { INSN(LDDW_CODE, .src = 4, .imm = 0),
                                           INSN(EXIT) };
    static const struct sk_insn across[] = { INSN(CALL_LOCAL, .src = 1, .imm = 2),
                                             INSN(JA, .off = 1), INSN(EXIT), INSN(EXIT) };
    struct fixture *f = *state;

    assert_refused(f, before, 2, SKEP_E_JUMP_RANGE, 0);
    assert_string_equal(f->err.message, "jump to -1, the program has slots 0 to 1");
    assert_refused(f, behind, 2, SKEP_E_JUMP_RANGE, 0);
    assert_refused(f, far, 2, SKEP_E_JUMP_RANGE, 0);
    assert_string_equal(f->err.message,
                        "jump to 2147483648, the program has slots 0 to 1");
    assert_refused(f, far_back, 2, SKEP_E_JUMP_RANGE, 0);
    assert_refused(f, second, 3, SKEP_E_JUMP_WIDE, 0);
    assert_refused(f, call, 2, SKEP_E_JUMP_RANGE, 0);
    assert_refused(f, code, 2, SKEP_E_JUMP_WIDE, 0);
    assert_refused(f, across, 4, SKEP_E_JUMP_FUNCTION, 1);
    assert_string_equal(f->err.message, "jump to 3 leaves the function of slots 0 to 2");
}

static void test_falling_off(void **state)
{
    static const struct sk_insn plain[] = { INSN(EXIT), INSN(MOV64_IMM) };
    static const struct sk_insn jump[] = { INSN(MOV64_IMM), INSN(JEQ64_IMM, .off = -2) };
    static const struct sk_insn wide[] = { INSN(MOV64_IMM), INSN(LDDW) };
    static const struct sk_insn between[] = { INSN(CALL_LOCAL, .src = 1, .imm = 1),
                                              INSN(MOV64_IMM), INSN(EXIT) };
    static const struct sk_insn call[] = { INSN(CALL_LOCAL, .src = 1, .imm = -1) };
    static const struct sk_insn loop[] = { INSN(JA, .off = -1) };
    struct fixture *f = *state;

    assert_refused(f, plain, 2, SKEP_E_FALL_OFF, 1);
    assert_refused(f, jump, 2, SKEP_E_FALL_OFF, 1);
    assert_refused(f, wide, 2, SKEP_E_FALL_OFF, 1);
    assert_refused(f, between, 3, SKEP_E_FALL_OFF, 1);
    assert_refused(f, call, 1, SKEP_E_FALL_OFF, 0);
    open_program(f, loop, 1);
    sk_prog_fini(&f->prog);
}

/* ---- Registers that may be read unwritten ------------------------------------------ */

/* Asserts that exactly these slots are tracked. */
static void assert_tracked(struct fixture *f, uint64_t slots)
{
    uint64_t got = 0;

    for (uint32_t pc = 0; pc < f->prog.count; pc++)
        got |= (uint64_t)((f->prog.flags[pc] & SK_SLOT_TRACKED) != 0) << pc;
    assert_int_equal(got, slots);
    sk_prog_fini(&f->prog);
}

static void test_nothing_is_tracked(void **state)
{
    static const struct sk_insn insns[] = {
        INSN(MOV64_REG, .dst = 6, .src = 1),
        INSN(MOV64_REG, .dst = 3, .src = 2),
        INSN(STXDW, .dst = 10, .src = 3, .off = -8),
        INSN(JEQ64_REG, .dst = 6, .src = 3, .off = 1),
        INSN(MOV64_IMM, .dst = 7, .imm = 1),
        INSN(MOV64_IMM, .imm = 0),
        INSN(EXIT),
    };
    struct fixture *f = *state;

    open_program(f, insns, SK_LEN(insns));
    assert_tracked(f, 0);
}

static void test_entry_registers(void **state)
{
    static const struct sk_insn insns[] = { INSN(MOV64_REG, .src = 2), INSN(EXIT) };
    const struct skep_type type = { .name = "typed", .ctx_size = 8 };
    struct fixture *f = *state;

    open_program(f, insns, 2);
    assert_tracked(f, 0);
    assert_int_equal(make(f, &type), SKEP_OK);
    assert_tracked(f, 1);
}

static void test_exit_reads_r0(void **state)
{
    static const struct sk_insn insns[] = { INSN(MOV64_IMM, .dst = 3), INSN(EXIT) };
    struct fixture *f = *state;

    open_program(f, insns, 2);
    assert_tracked(f, 3); /* slot 0 because it writes, as there is a suspect */
}

static void test_one_path_writes(void **state)
{
    static const struct sk_insn insns[] = {
        INSN(JEQ64_IMM, .dst = 1, .off = 1), /* 0 */
        INSN(MOV64_IMM, .dst = 3),           /* 1: on one path only */
        INSN(MOV64_IMM, .imm = 1),           /* 2: writes r0 for the first time */
        INSN(ADD64_REG, .src = 3),           /* 3: suspect */
        INSN(ADD64_IMM, .imm = 1),           /* 4 */
        INSN(EXIT),                          /* 5 */
    };
    struct fixture *f = *state;

    open_program(f, insns, SK_LEN(insns));
    assert_tracked(f, 1 << 1 | 1 << 2 | 1 << 3);
}

/* What a loop's body writes is written after it, but not on the way in. */
static void test_loops(void **state)
{
    static const struct sk_insn insns[] = {
        INSN(MOV64_IMM, .imm = 3),           /* 0 */
        INSN(JEQ64_IMM, .dst = 0, .off = 3), /* 1 */
        INSN(MOV64_IMM, .dst = 4, .imm = 1), /* 2 */
        INSN(SUB64_REG, .dst = 0, .src = 4), /* 3: fine */
        INSN(JA, .off = -4),                 /* 4: to 1 */
        INSN(ADD64_REG, .dst = 0, .src = 4), /* 5: suspect, the loop may be skipped */
        INSN(EXIT),                          /* 6 */
    };
    struct fixture *f = *state;

    open_program(f, insns, SK_LEN(insns));
    assert_tracked(f, 1 << 0 | 1 << 2 | 1 << 5);
}

static void test_calls_lose_arguments(void **state)
{
    static const struct sk_insn helper[] = {
        INSN(CALL, .imm = 1),
        INSN(ADD64_REG, .src = 2),
        INSN(EXIT),
    };
    static const struct sk_insn packet[] = {
        INSN(MOV64_REG, .dst = 6, .src = 1),
        INSN(LDABSB),
        INSN(ADD64_REG, .src = 1),
        INSN(EXIT),
    };
    static const struct sk_insn no_context[] = { INSN(LDABSB), INSN(EXIT) };
    struct fixture *f = *state;

    open_program(f, helper, SK_LEN(helper));
    assert_tracked(f, 1 << 0 | 1 << 1);
    open_program(f, packet, SK_LEN(packet));
    assert_tracked(f, 1 << 0 | 1 << 1 | 1 << 2);
    open_program(f, no_context, SK_LEN(no_context));
    assert_tracked(f, 1);
}

/* A function has the arguments that all its callers have, and no saved registers. */
static void test_functions_get_arguments(void **state)
{
    static const struct sk_insn insns[] = {
        INSN(MOV64_IMM, .dst = 6),            /* 0 */
        INSN(MOV64_IMM, .dst = 3),            /* 1 */
        INSN(CALL_LOCAL, .src = 1, .imm = 4), /* 2: to 7, r1 r2 r3 */
        INSN(MOV64_IMM, .dst = 1),            /* 3 */
        INSN(MOV64_IMM, .dst = 2),            /* 4 */
        INSN(CALL_LOCAL, .src = 1, .imm = 1), /* 5: to 7, r1 r2 */
        INSN(EXIT),                           /* 6 */
        INSN(MOV64_REG, .src = 2),            /* 7: fine */
        INSN(ADD64_REG, .src = 3),            /* 8: suspect */
        INSN(ADD64_REG, .src = 6),            /* 9: suspect */
        INSN(EXIT),                           /* 10 */
    };
    struct fixture *f = *state;

    open_program(f, insns, SK_LEN(insns));
    /* 2 and 5 write r0, which was unwritten before the first; 3 and 4 what the call
     * lost */
    assert_true(f->prog.flags[7] & SK_SLOT_TRACKED);
    assert_true(f->prog.flags[8] & SK_SLOT_TRACKED);
    assert_true(f->prog.flags[9] & SK_SLOT_TRACKED);
    assert_false(f->prog.flags[10] & SK_SLOT_TRACKED);
    assert_false(f->prog.flags[6] & SK_SLOT_TRACKED);
    sk_prog_fini(&f->prog);
}

/* What cannot be reached is never suspected. */
static void test_unreachable(void **state)
{
    static const struct sk_insn insns[] = {
        INSN(MOV64_IMM),
        INSN(EXIT),
        INSN(MOV64_REG, .src = 9),
        INSN(EXIT),
    };
    struct fixture *f = *state;

    open_program(f, insns, SK_LEN(insns));
    assert_tracked(f, 0);
}

/* ---- Tags -------------------------------------------------------------------------- */

/* The rules of the article's device filter: a type, access bits or 7 for all, a device;
 * -1 for any. */
static const int rules[][4] = {
    { 1, 1, -1, -1 }, { 2, 1, -1, -1 },  { 2, 7, 1, 3 },    { 2, 7, 1, 5 },
    { 2, 7, 1, 7 },   { 2, 7, 5, 0 },    { 2, 7, 1, 8 },    { 2, 7, 1, 9 },
    { 2, 7, 5, 2 },   { 2, 7, 136, -1 }, { 2, 7, 10, 200 },
};

struct writer {
    struct fixture *f;
    uint32_t unaimed[4]; /* jumps to the next rule */
    uint32_t n;
};

static void write_insn(struct writer *w, struct sk_insn insn)
{
    w->f->count += sk_encode(w->f->slots, w->f->count, &insn);
}

static void write_unless(struct writer *w, struct sk_insn jump)
{
    w->unaimed[w->n++] = w->f->count;
    write_insn(w, jump);
}

static void write_rule(struct writer *w, const int rule[4])
{
    w->n = 0;
    write_unless(w, (struct sk_insn)INSN(JNE64_IMM, .dst = 2, .imm = rule[0]));
    if (rule[1] != 7) {
        write_insn(w, (struct sk_insn)INSN(MOV32_REG, .dst = 1, .src = 3));
        write_insn(w, (struct sk_insn)INSN(AND32_IMM, .dst = 1, .imm = rule[1]));
        write_unless(w, (struct sk_insn)INSN(JNE64_REG, .dst = 1, .src = 3));
    }
    if (rule[2] >= 0)
        write_unless(w, (struct sk_insn)INSN(JNE64_IMM, .dst = 4, .imm = rule[2]));
    if (rule[3] >= 0)
        write_unless(w, (struct sk_insn)INSN(JNE64_IMM, .dst = 5, .imm = rule[3]));
    write_insn(w, (struct sk_insn)INSN(MOV32_IMM, .imm = 1));
    write_insn(w, (struct sk_insn)INSN(EXIT));
    while (w->n--) {
        struct sk_slot slot = sk_slot_read(w->f->slots, w->unaimed[w->n]);

        slot.off = (int16_t)(w->f->count - w->unaimed[w->n] - 1);
        sk_slot_write(w->f->slots, w->unaimed[w->n], slot);
    }
}

static void write_article(struct fixture *f)
{
    static const struct sk_insn prologue[] = {
        INSN(LDXW, .dst = 2, .src = 1),
        INSN(AND32_IMM, .dst = 2, .imm = 0xffff),
        INSN(LDXW, .dst = 3, .src = 1),
        INSN(RSH32_IMM, .dst = 3, .imm = 16),
        INSN(LDXW, .dst = 4, .src = 1, .off = 4),
        INSN(LDXW, .dst = 5, .src = 1, .off = 8),
    };
    struct writer w = { .f = f };

    assemble(f, prologue, SK_LEN(prologue));
    for (size_t i = 0; i < SK_LEN(rules); i++)
        write_rule(&w, rules[i]);
    write_insn(&w, (struct sk_insn)INSN(MOV32_IMM));
    write_insn(&w, (struct sk_insn)INSN(EXIT));
}

static void test_tag_of_the_article(void **state)
{
    static const uint8_t tag[8] = { 0xa2, 0xfb, 0x42, 0xce, 0x03, 0x99, 0x3d, 0x38 };
    struct fixture *f = *state;
    uint8_t got[8];

    write_article(f);
    assert_int_equal(f->count, 64);
    assert_int_equal(make(f, NULL), SKEP_OK);
    sk_prog_tag(&f->prog, got);
    assert_memory_equal(got, tag, sizeof(tag));
    sk_prog_fini(&f->prog);
}

/* As sha256sum(1) has it. */
static void test_tag_of_two_instructions(void **state)
{
    static const struct sk_insn insns[] = { INSN(MOV64_IMM), INSN(EXIT) };
    static const uint8_t tag[8] = { 0x59, 0xf4, 0xa9, 0x31, 0x74, 0x4d, 0xcd, 0xc6 };
    struct fixture *f = *state;
    uint8_t got[8];

    open_program(f, insns, SK_LEN(insns));
    sk_prog_tag(&f->prog, got);
    assert_memory_equal(got, tag, sizeof(tag));
    sk_prog_fini(&f->prog);
}

/* A program that calls d1, which calls d2 and d3, as does d2 the latter. The kernel's names of
 * their code (6.18): bpf_prog_69b75a2db0b58d0a_d1, ..._39ca625de95af323_d2,
 * ..._a7b80bfc2f996944_d3. */
static const struct sk_insn calling[] = {
    INSN(MOV64_IMM, .dst = 1, .imm = 5),
    INSN(CALL_LOCAL, .src = 1, .imm = 2),
    INSN(ADD64_IMM, .dst = 0, .imm = 1),
    INSN(EXIT),
    INSN(MOV64_REG, .dst = 6, .src = 1), /* d1 */
    INSN(CALL_LOCAL, .src = 1, .imm = 6),
    INSN(MOV64_REG, .dst = 7, .src = 0),
    INSN(ADD64_IMM, .dst = 6, .imm = 1),
    INSN(MOV64_REG, .dst = 1, .src = 6),
    INSN(CALL_LOCAL, .src = 1, .imm = 5),
    INSN(ADD64_REG, .dst = 0, .src = 7),
    INSN(EXIT),
    INSN(CALL_LOCAL, .src = 1, .imm = 2), /* d2 */
    INSN(XOR64_IMM, .dst = 0, .imm = 7),
    INSN(EXIT),
    INSN(MOV64_REG, .dst = 0, .src = 1), /* d3 */
    INSN(MUL64_IMM, .dst = 0, .imm = 3),
    INSN(EXIT),
};

static void test_tags_of_functions(void **state)
{
    static const uint64_t tags[] = { 0x69b75a2db0b58d0a, 0x39ca625de95af323,
                                     0xa7b80bfc2f996944 };
    struct fixture *f = *state;
    uint8_t entry[8], got[8];

    open_program(f, calling, SK_LEN(calling));
    assert_int_equal(f->prog.function_count, 4);
    sk_prog_tag(&f->prog, entry);
    sk_prog_function_tag(&f->prog, 0, got);
    assert_memory_equal(got, entry, sizeof(got));
    for (uint32_t i = 0; i < SK_LEN(tags); i++) {
        uint64_t tag = 0;

        sk_prog_function_tag(&f->prog, 1 + i, got);
        for (size_t k = 0; k < sizeof(got); k++)
            tag = tag << 8 | got[k];
        assert_int_equal(tag, tags[i]);
    }
    sk_prog_fini(&f->prog);
}

static void assert_kernel_tag(struct fixture *f, uint32_t type, const int *fds)
{
    struct oracle_prog prog = { type, 0, f->slots, f->count, fds };
    struct oracle_info info;
    uint8_t tag[8];
    int fd = oracle_load(&prog, NULL);

    assert_true(fd >= 0);
    assert_int_equal(oracle_info(fd, &info), 0);
    oracle_close(fd);
    assert_int_equal(make(f, NULL), SKEP_OK);
    sk_prog_tag(&f->prog, tag);
    assert_memory_equal(tag, info.tag, sizeof(tag));
    sk_prog_fini(&f->prog);
}

/* Each way to name a map, twice: neither descriptor nor offset may show. */
static void test_tags_of_the_kernel(void **state)
{
    const struct oracle_map shape = { MAP_ARRAY, 4, 16, 1, 0 };
    const int fds[2] = { oracle_map(&shape), oracle_map(&shape) };
    static const uint16_t forms[] = { SK_OP_LDDW_MAP_FD, SK_OP_LDDW_MAP_VALUE,
                                      SK_OP_LDDW_MAP_IDX, SK_OP_LDDW_MAP_IDX_VALUE };
    struct fixture *f = *state;

    assert_true(fds[0] >= 0 && fds[1] >= 0);
    for (size_t i = 0; i < 2 * SK_LEN(forms); i++) {
        uint16_t op = forms[i / 2];
        int by_index = sk_isa[op].value >= 5;
        int64_t map = by_index ? (int64_t)(i % 2) : fds[i % 2];
        int64_t offset =
            sk_isa[op].uses & SKEP_USES_NEXT_IMM ? (int64_t)(i % 2) << 35 : 0;
        const struct sk_insn insns[] = {
            { .op = op, .dst = 2, .src = (uint8_t)sk_isa[op].value, .imm = map | offset },
            INSN(LDDW, .dst = 3, .imm = (int64_t)UINT64_C(0x5566778899aabbcc)),
            INSN(MOV64_IMM, .imm = (int64_t)i),
            INSN(EXIT),
        };

        assemble(f, insns, SK_LEN(insns));
        assert_kernel_tag(f, ORACLE_SYSCALL, fds);
    }
    write_article(f);
    assert_kernel_tag(f, ORACLE_CGROUP_DEVICE, NULL);
    oracle_close(fds[0]);
    oracle_close(fds[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(one_function),
        TEST(functions),
        TEST(bad_lengths),
        TEST(bad_jumps),
        TEST(falling_off),
        TEST(nothing_is_tracked),
        TEST(entry_registers),
        TEST(exit_reads_r0),
        TEST(one_path_writes),
        TEST(loops),
        TEST(calls_lose_arguments),
        TEST(functions_get_arguments),
        TEST(unreachable),
        TEST(tag_of_the_article),
        TEST(tag_of_two_instructions),
        TEST(tags_of_functions),
    };
    static const struct CMUnitTest with_kernel[] = { TEST(tags_of_the_kernel) };
    char reason[128];
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    if (oracle_is_complete(reason, sizeof(reason)))
        failed += cmocka_run_group_tests(with_kernel, NULL, NULL);
    else
        printf("skipped: tags of the live kernel: %s\n", reason);
    return failed;
}
