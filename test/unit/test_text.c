/* Instructions, listings and graphs as text. Expected texts are what Linux's verifier
 * log, bpftool and llvm-mc print for the same bytes; where they have none, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/num.h"
#include "kernel.h"
#include "text/template.h"
#include "text/text.h"

/* ---- Tools ----------------------------------------------------------------------- */

enum { MAX_SLOTS = 64, MAX_TEXT = 8192 };

/* Reads bytes in hexadecimal, blanks between them. Returns how many slots they are. */
static uint32_t slots_of(uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES], const char *hex)
{
    uint32_t n = 0;

    for (; *hex; hex += *hex == ' ') {
        assert_true(n < MAX_SLOTS * SK_SLOT_BYTES);
        slots[n++] = (uint8_t)(sk_num_hex_digit(hex[0]) << 4 | sk_num_hex_digit(hex[1]));
        hex += 2;
    }
    assert_int_equal(n % SK_SLOT_BYTES, 0);
    return n / SK_SLOT_BYTES;
}

static const char *text_of(char buf[MAX_TEXT], enum skep_dialect dialect,
                           const struct sk_insn *insn)
{
    struct sk_out out;

    sk_out_buf(&out, buf, MAX_TEXT);
    sk_text_insn(&out, NULL, dialect, insn, 0);
    return buf;
}

/* The sentence for the instruction at slot 10. */
static const char *words_of(char buf[MAX_TEXT], const char *hex)
{
    uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES];
    struct sk_insn insns[11] = { 0 };
    const struct sk_prog prog = { .insns = insns, .count = 11 };
    struct sk_out out;

    assert_int_equal(sk_decode(slots, slots_of(slots, hex), 0, &insns[10], NULL),
                     SKEP_OK);
    sk_out_buf(&out, buf, MAX_TEXT);
    sk_text_words_of(&out, &prog, 10);
    return buf;
}

static const char *slots_text(char buf[MAX_TEXT], enum skep_dialect dialect,
                              const char *hex)
{
    uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES];
    struct sk_out out;

    sk_out_buf(&out, buf, MAX_TEXT);
    sk_text_slots(&out, NULL, dialect, slots, slots_of(slots, hex));
    return buf;
}

/* A program to list, and what it needs. */
struct listed {
    struct sk_env env;
    struct sk_prog prog;
    struct sk_out out;
    char text[MAX_TEXT];
};

static void open_program(struct listed *l, const char *hex)
{
    uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES];
    size_t len = (size_t)slots_of(slots, hex) * SK_SLOT_BYTES;
    struct sk_mem mem = sk_mem_default();

    assert_int_equal(sk_env_init(&l->env, &mem, NULL, NULL), SKEP_OK);
    assert_int_equal(sk_prog_init(&l->prog, &l->env, NULL, slots, len, NULL), SKEP_OK);
    sk_out_buf(&l->out, l->text, sizeof(l->text));
}

static void close_program(struct listed *l)
{
    sk_prog_fini(&l->prog);
    sk_env_fini(&l->env);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* ---- One instruction ------------------------------------------------------------- */

static const struct form {
    const char *bytes, *kernel, *llvm;
} forms[] = {
#define FORM(bytes, kernel, llvm) { bytes, kernel, llvm },
#include "text_forms.def"
#undef FORM
};

static void test_forms_in_both_dialects(void **state)
{
    uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES];
    char buf[MAX_TEXT];
    struct sk_insn insn;

    (void)state;
    for (size_t i = 0; i < SK_LEN(forms); i++) {
        uint32_t count = slots_of(slots, forms[i].bytes);

        assert_int_equal(sk_decode(slots, count, 0, &insn, NULL), SKEP_OK);
        assert_int_equal(sk_insn_slots(&insn), count);
        assert_string_equal(text_of(buf, SKEP_KERNEL, &insn), forms[i].kernel);
        assert_string_equal(text_of(buf, SKEP_LLVM, &insn), forms[i].llvm);
    }
}

static void test_forms_leave_no_row_out(void **state)
{
    uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES], seen[SK_OP_COUNT] = { 0 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(forms); i++) {
        slots_of(slots, forms[i].bytes);
        seen[sk_row_of(sk_slot_read(slots, 0))] = 1;
    }
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        if (sk_isa[op].role != SK_ROLE_RESERVED && !seen[op])
            fail_msg("no text of %s is expected", sk_isa[op].name);
    }
}

/* The fields that a template names; fails on a placeholder that is none. */
static unsigned uses_of(const char *text)
{
    static const unsigned uses[SK_HOLE_COUNT] = {
        [SK_HOLE_D] = SKEP_USES_DST,
        [SK_HOLE_WD] = SKEP_USES_DST,
        [SK_HOLE_S] = SKEP_USES_SRC,
        [SK_HOLE_WS] = SKEP_USES_SRC,
        [SK_HOLE_I] = SKEP_USES_IMM,
        [SK_HOLE_X] = SKEP_USES_IMM,
        [SK_HOLE_U] = SKEP_USES_IMM,
        [SK_HOLE_N] = SKEP_USES_NEXT_IMM,
        [SK_HOLE_DA] = SKEP_USES_IMM,
        [SK_HOLE_SA] = SKEP_USES_IMM,
        [SK_HOLE_O] = SKEP_USES_OFF,
        [SK_HOLE_J] = SKEP_USES_OFF,
        [SK_HOLE_JL] = SKEP_USES_IMM,
        [SK_HOLE_F] = SKEP_USES_IMM,
        [SK_HOLE_C] = SKEP_USES_IMM,
        [SK_HOLE_H] = SKEP_USES_IMM,
        [SK_HOLE_IO] = SKEP_USES_IMM,
        [SK_HOLE_NO] = SKEP_USES_NEXT_IMM,
        [SK_HOLE_Q] = SKEP_USES_IMM | SKEP_USES_NEXT_IMM,
        [SK_HOLE_K] = SKEP_USES_IMM | SKEP_USES_OFF,
    };
    struct sk_piece piece;
    unsigned all = 0;

    while (sk_template_next(&text, &piece)) {
        assert_true(piece.hole != SK_HOLE_NONE || piece.text);
        all |= uses[piece.hole];
    }
    return all;
}

static void test_dialects_name_the_same_fields(void **state)
{
    (void)state;
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        assert_int_equal(uses_of(sk_template(op, SKEP_KERNEL)), sk_isa[op].uses);
        assert_int_equal(uses_of(sk_template(op, SKEP_LLVM)), sk_isa[op].uses);
        assert_int_equal(uses_of(sk_isa[op].words) & ~(unsigned)sk_isa[op].uses, 0);
    }
}

static void test_texts_of_a_dialect_differ(void **state)
{
    char all[SK_OP_COUNT][80];

    (void)state;
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        struct sk_insn insn = sk_text_example(op);
        char buf[MAX_TEXT];

        snprintf(all[op], sizeof(all[op]), "%.*s", (int)sizeof(all[op]) - 1,
                 text_of(buf, SKEP_LLVM, &insn));
        for (unsigned other = 0; other < op; other++)
            assert_string_not_equal(all[op], all[other]);
    }
}

static void test_examples_decode_to_themselves(void **state)
{
    (void)state;
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        struct sk_insn example = sk_text_example(op), insn;
        uint8_t slots[16];
        uint32_t count = sk_encode(slots, 0, &example);

        if (sk_isa[op].role == SK_ROLE_RESERVED)
            continue;
        assert_int_equal(sk_decode(slots, count, 0, &insn, NULL), SKEP_OK);
        assert_int_equal(insn.op, op);
        assert_int_equal(insn.dst, example.dst);
        assert_int_equal(insn.src, example.src);
        assert_int_equal(insn.off, example.off);
        assert_int_equal(insn.imm, example.imm);
    }
}

static uint64_t helper(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                       skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return 0;
}

static void test_declared_helpers_go_by_their_names(void **state)
{
    static const struct skep_helper helpers[] = {
        { .id = 5, .name = "now", .fn = helper }
    };
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = helpers,
                                 .helper_count = 1 };
    struct sk_insn insn = { .op = SK_OP_CALL, .imm = 5 };
    struct sk_mem mem = sk_mem_default();
    struct sk_env env;
    struct sk_out out;
    char buf[MAX_TEXT];

    (void)state;
    assert_int_equal(sk_env_init(&env, &mem, &opts, NULL), SKEP_OK);
    sk_out_buf(&out, buf, sizeof(buf));
    sk_text_insn(&out, &env, SKEP_KERNEL, &insn, 0);
    assert_string_equal(buf, "call now#5");
    sk_out_buf(&out, buf, sizeof(buf));
    sk_text_words_of(&out, &(struct sk_prog){ .env = &env, .insns = &insn, .count = 1 },
                     0);
    assert_string_equal(buf, "call the helper now with r1 to r5; its result comes in r0");
    sk_env_fini(&env);
}

static void test_text_that_has_no_room_is_cut(void **state)
{
    struct sk_insn insn = { .op = SK_OP_ADD64_IMM, .dst = SK_R1, .imm = 7 };
    char buf[6] = "-----";
    struct sk_out out;

    (void)state;
    sk_out_buf(&out, buf, 5);
    sk_text_insn(&out, NULL, SKEP_KERNEL, &insn, 0);
    assert_string_equal(buf, "r1 +");
    assert_int_equal(buf[5], 0);
    assert_int_equal(out.len, strlen("r1 += 7"));
    sk_out_buf(&out, NULL, 0);
    sk_text_insn(&out, NULL, SKEP_LLVM, &insn, 0);
    assert_int_equal(out.len, strlen("r1 += 0x7"));
}

/* ---- Sentences ------------------------------------------------------------------- */

static void test_sentences(void **state)
{
    static const struct {
        const char *bytes, *words;
    } table[] = {
        { "b4 01 00 00 ff ff ff ff", "set w1 to -1" },
        { "0f 21 00 00 00 00 00 00", "add r2 to r1" },
        { "54 03 00 00 ff ff 00 00", "keep in w3 only the bits of 0xffff" },
        { "54 03 00 00 f0 ff ff ff", "keep in w3 only the bits of 0xfffffff0" },
        { "57 03 00 00 f0 ff ff ff", "keep in r3 only the bits of 0xfffffffffffffff0" },
        { "37 03 00 00 ff ff ff ff", "divide r3 by 18446744073709551615, unsigned" },
        { "34 03 00 00 ff ff ff ff", "divide w3 by 4294967295, unsigned" },
        { "34 03 01 00 ff ff ff ff", "divide w3 by -1, signed, towards 0" },
        { "15 02 fd ff 02 00 00 00", "jump to 8 if r2 equals 2" },
        { "25 02 04 00 ff ff ff ff", "jump to 15 if r2 is above 18446744073709551615, "
                                     "unsigned" },
        { "26 02 04 00 ff ff ff ff", "jump to 15 if w2 is above 4294967295, unsigned" },
        { "c5 02 04 00 ff ff ff ff", "jump to 15 if r2 is less than -1, signed" },
        { "06 00 00 00 f5 ff ff ff", "jump to 0, by a 32-bit distance" },
        { "61 14 08 00 00 00 00 00",
          "load the 4 bytes at r1 +8 into r4, the rest becomes 0" },
        { "73 2a ff ff 00 00 00 00",
          "store the low 8 bits of r2 into the byte at r10 -1" },
        { "85 00 00 00 05 00 00 00",
          "call the helper bpf_ktime_get_ns with r1 to r5; its result comes in r0" },
        { "85 00 00 00 0f 27 00 00",
          "call the helper number 9999 with r1 to r5; its result comes in r0" },
        { "85 10 00 00 02 00 00 00",
          "call the function at 13 with r1 to r5; its result comes in r0" },
        { "85 20 05 00 07 00 00 00",
          "call the kernel function of BTF id 7 in BTF object 5 "
          "with r1 to r5; its result comes in r0" },
        { "18 01 00 00 01 00 00 00 00 00 00 00 02 00 00 00",
          "set r1 to the 64-bit number 0x200000001" },
        { "18 21 00 00 03 00 00 00 00 00 00 00 08 00 00 00",
          "set r1 to the address of byte 8 in the first value of map 3" },
        { "18 41 00 00 05 00 00 00 00 00 00 00 00 00 00 00",
          "set r1 to the address of the function at 16" },
        { "95 00 00 00 00 00 00 00", "return r0 to the caller" },
    };
    char buf[MAX_TEXT];

    (void)state;
    for (size_t i = 0; i < SK_LEN(table); i++)
        assert_string_equal(words_of(buf, table[i].bytes), table[i].words);
}

/* ---- Slots that need not be a program -------------------------------------------- */

static void test_slots_in_both_dialects(void **state)
{
    static const char hex[] = "18 01 00 00 07 00 00 00 00 00 00 00 00 00 00 00 "
                              "b7 00 00 00 ff ff ff ff 95 00 00 00 00 00 00 00";
    char buf[MAX_TEXT];

    (void)state;
    assert_string_equal(slots_text(buf, SKEP_KERNEL, hex), "0: (18) r1 = 0x7\n"
                                                           "2: (b7) r0 = -1\n"
                                                           "3: (95) exit\n");
    assert_string_equal(slots_text(buf, SKEP_LLVM, hex), "0: r1 = 0x7 ll\n"
                                                         "2: r0 = -0x1\n"
                                                         "3: exit\n");
    assert_string_equal(slots_text(buf, SKEP_KERNEL, ""), "");
}

/* The kernel, too, shows these as if reserved fields were 0, and refuses them then. */
static void test_slots_with_reserved_fields(void **state)
{
    static const struct {
        const char *bytes, *text;
    } table[] = {
        { "0f dc 00 00 00 00 00 00", "0: (0f) r12 += r13\n" },
        { "87 30 00 00 05 00 00 00", "0: (87) r0 = -r0\n" },
        { "95 10 02 00 03 00 00 00", "0: (95) exit\n" },
        { "b7 00 18 00 00 00 00 00", "0: (b7) r0 = 0\n" },
        { "b7 0a 00 00 01 00 00 00", "0: (b7) r10 = 1\n" },
        { "8d 01 00 00 00 00 00 00", "0: (8d) callx r1\n" },
        { "0d 01 00 00 00 00 00 00", "0: (0d) gotox r1\n" },
        { "05 00 ff 7f 00 00 00 00", "0: (05) goto pc+32767\n" },
        { "18 01 07 00 01 00 00 00 00 11 07 00 02 00 00 00",
          "0: (18) r1 = 0x200000001\n" },
    };
    char buf[MAX_TEXT];

    (void)state;
    for (size_t i = 0; i < SK_LEN(table); i++)
        assert_string_equal(slots_text(buf, SKEP_KERNEL, table[i].bytes), table[i].text);
}

static void test_slots_that_mean_nothing(void **state)
{
    static const struct {
        const char *bytes, *text;
    } table[] = {
        { "db 2a f8 ff ff 00 00 00", "0: BUG_db\n" }, /* Linux 6.18's log */
        { "d3 a1 f8 ff 00 00 00 00", "0: BUG_d3\n" },
        { "99 a1 f8 ff 00 00 00 00", "0: BUG_ldx_99\n" },
        { "92 0a f8 ff 00 00 00 00", "0: BUG_st_92\n" },
        { "38 00 00 00 00 00 00 00", "0: BUG_ld_38\n" },
        { "d7 00 00 00 11 00 00 00", "0: BUG_alu64_d7\n" },
        { "d4 00 00 00 11 00 00 00", "0: BUG_alu_d4\n" },
        { "f5 00 00 00 11 00 00 00", "0: BUG_jmp_f5\n" },
        { "8e 00 00 00 11 00 00 00", "0: BUG_jmp32_8e\n" },
        { "18 91 00 00 11 00 00 00 00 00 00 00 00 00 00 00", "0: BUG_ld_18\n"
                                                             "1: BUG_ld_00\n" },
        /* a 64-bit load without a second slot: cut off, or something else there */
        { "18 01 00 00 11 00 00 00", "0: BUG_ld_18\n" },
        { "18 01 00 00 11 00 00 00 95 00 00 00 00 00 00 00", "0: BUG_ld_18\n"
                                                             "1: (95) exit\n" },
    };
    char buf[MAX_TEXT];

    (void)state;
    for (size_t i = 0; i < SK_LEN(table); i++)
        assert_string_equal(slots_text(buf, SKEP_KERNEL, table[i].bytes), table[i].text);
}

/* Whatever the bytes, each line has the index of a slot, and no slot is left out but the
 * second ones of 64-bit loads. */
static void check_lines(const uint8_t *slots, size_t count, char *text)
{
    size_t pc = 0;

    while (pc < count) {
        char *end = strchr(text, '\n');

        assert_non_null(end);
        *end = 0;
        assert_int_equal(strtoul(text, &text, 10), pc);
        assert_true(!strncmp(text, ": ", 2) && strlen(text) > 4);
        pc += slots[pc * SK_SLOT_BYTES] == 0x18 && !strstr(text, "BUG_ld_18") ? 2 : 1;
        text = end + 1;
    }
    assert_int_equal(pc, count);
    assert_string_equal(text, "");
}

static void test_slots_of_any_bytes(void **state)
{
    uint8_t slots[MAX_SLOTS * SK_SLOT_BYTES];
    uint64_t random = 88172645463325252u;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint32_t count = (uint32_t)(next_random(&random) % MAX_SLOTS);
        char buf[MAX_TEXT];
        struct sk_out out;

        for (size_t i = 0; i < sizeof(slots); i++)
            slots[i] = (uint8_t)next_random(&random);
        for (size_t pc = 0; pc < count; pc++) { /* wide loads, second slots or not */
            if (next_random(&random) % 4 == 0)
                slots[pc * SK_SLOT_BYTES] = next_random(&random) % 2 ? 0x18 : 0;
        }
        sk_out_buf(&out, buf, sizeof(buf));
        sk_text_slots(&out, NULL, round % 2 ? SKEP_LLVM : SKEP_KERNEL, slots, count);
        check_lines(slots, count, buf);
    }
}

/* ---- bpftool's listing and graph ------------------------------------------------- */

/* A loop, a call, a 64-bit load, and a function with a branch. */
static const char looping[] = "61 16 00 00 00 00 00 00 18 07 00 00 ff ff ff ff "
                              "00 00 00 00 01 00 00 00 57 06 00 00 07 00 00 00 "
                              "bf 61 00 00 00 00 00 00 85 10 00 00 05 00 00 00 "
                              "4f 07 00 00 00 00 00 00 17 06 00 00 01 00 00 00 "
                              "65 06 fb ff 00 00 00 00 bf 70 00 00 00 00 00 00 "
                              "95 00 00 00 00 00 00 00 bf 10 00 00 00 00 00 00 "
                              "2e 10 01 00 00 00 00 00 67 00 00 00 01 00 00 00 "
                              "a7 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00";

/* bpftool 7.1 prints the same, but with a symbol's name behind the call. */
static void test_plain_listing(void **state)
{
    struct listed l;

    (void)state;
    open_program(&l, looping);
    sk_text_list(&l.out, &l.prog, 0);
    assert_string_equal(l.text, "   0: (61) r6 = *(u32 *)(r1 +0)\n"
                                "   1: (18) r7 = 0x1ffffffff\n"
                                "   3: (57) r6 &= 7\n"
                                "   4: (bf) r1 = r6\n"
                                "   5: (85) call pc+5\n"
                                "   6: (4f) r7 |= r0\n"
                                "   7: (17) r6 -= 1\n"
                                "   8: (65) if r6 s> 0x0 goto pc-5\n"
                                "   9: (bf) r0 = r7\n"
                                "  10: (95) exit\n"
                                "  11: (bf) r0 = r1\n"
                                "  12: (2e) if w0 > w1 goto pc+1\n"
                                "  13: (67) r0 <<= 1\n"
                                "  14: (a7) r0 ^= 1\n"
                                "  15: (95) exit\n");
    close_program(&l);
}

static void test_listing_with_opcodes(void **state)
{
    struct listed l;

    (void)state;
    open_program(&l, "18 00 00 00 07 00 00 00 00 00 00 00 01 00 00 00 "
                     "95 00 00 00 00 00 00 00");
    sk_text_list(&l.out, &l.prog, SKEP_LIST_OPCODES | SKEP_LIST_LINUM);
    assert_string_equal(l.text, "   0: (18) r0 = 0x100000007\n"
                                "       18 00 00 00 07 00 00 00 00 00 00 00 01 00 00 00\n"
                                "   2: (95) exit\n"
                                "       95 00 00 00 00 00 00 00\n");
    close_program(&l);
}

static int refuse(void *ctx, const char *text, size_t len)
{
    (void)text, (void)len;
    return --*(int *)ctx < 0;
}

static void test_a_writer_that_refuses_is_left_alone(void **state)
{
    struct listed l;
    int calls = 3;

    (void)state;
    open_program(&l, looping);
    sk_out_writer(&l.out, refuse, &calls);
    assert_int_equal(sk_text_visual(&l.out, &l.prog, NULL), SKEP_OK);
    assert_int_equal(l.out.failed, 1);
    assert_int_equal(calls, -1);
    close_program(&l);
}

/* clang-format off */
#define NODE(node, rest) "\tfn_" node " [shape=" rest "];\n\n"
#define DIAMOND(node, label) NODE(node, "Mdiamond,style=filled,label=\"" label "\"")
#define BLOCK(node, text) NODE(node, "record,style=filled,label=\"{" text "}\"")
#define LINE(text) text "\\l\\\n"
#define EDGE(from, to) \
    "\tfn_" from ":s -> fn_" to ":n " \
    "[style=\"solid,bold\", color=black, weight=10, constraint=true];\n"
#define HIDDEN_EDGE(from, to) \
    "\tfn_" from ":s -> fn_" to ":n [style=\"invis\", constraint=true];\n"

/* To the letter what bpftool 7.1 prints. */
static const char looping_graph[] =
    "digraph \"DOT graph for eBPF program\" {\n"
    "subgraph \"cluster_0\" {\n"
    "\tstyle=\"dashed\";\n"
    "\tcolor=\"black\";\n"
    "\tlabel=\"func_0 ()\";\n"
    DIAMOND("0_bb_0", "ENTRY")
    BLOCK("0_bb_2", LINE("   0: (61) r6 = *(u32 *)(r1 +0)")
          LINE(" |    1: (18) r7 = 0x1ffffffff")
          LINE(" |    3: (57) r6 \\&= 7"))
    BLOCK("0_bb_3", LINE("   4: (bf) r1 = r6")
          LINE(" |    5: (85) call pc+5")
          LINE(" |    6: (4f) r7 \\|= r0")
          LINE(" |    7: (17) r6 -= 1")
          LINE(" |    8: (65) if r6 s\\> 0x0 goto pc-5"))
    BLOCK("0_bb_4", LINE("   9: (bf) r0 = r7")
          LINE(" |   10: (95) exit"))
    DIAMOND("0_bb_1", "EXIT")
    EDGE("0_bb_0", "0_bb_2")
    EDGE("0_bb_2", "0_bb_3")
    EDGE("0_bb_3", "0_bb_4")
    EDGE("0_bb_3", "0_bb_3")
    EDGE("0_bb_4", "0_bb_1")
    HIDDEN_EDGE("0_bb_0", "0_bb_1")
    "}\n"
    "subgraph \"cluster_1\" {\n"
    "\tstyle=\"dashed\";\n"
    "\tcolor=\"black\";\n"
    "\tlabel=\"func_1 ()\";\n"
    DIAMOND("1_bb_0", "ENTRY")
    BLOCK("1_bb_2", LINE("   0: (bf) r0 = r1")
          LINE(" |    1: (2e) if w0 \\> w1 goto pc+1"))
    BLOCK("1_bb_3", LINE("   2: (67) r0 \\<\\<= 1"))
    BLOCK("1_bb_4", LINE("   3: (a7) r0 ^= 1")
          LINE(" |    4: (95) exit"))
    DIAMOND("1_bb_1", "EXIT")
    EDGE("1_bb_0", "1_bb_2")
    EDGE("1_bb_2", "1_bb_3")
    EDGE("1_bb_2", "1_bb_4")
    EDGE("1_bb_3", "1_bb_4")
    EDGE("1_bb_4", "1_bb_1")
    HIDDEN_EDGE("1_bb_0", "1_bb_1")
    "}\n"
    "}\n";

/* Each exit leads to EXIT, and a block may end in a 64-bit load. bpftool draws an edge
 * from the first exit to the block behind, and an empty field under the load. */
static const char two_exits_graph[] =
    "digraph \"DOT graph for eBPF program\" {\n"
    "subgraph \"cluster_0\" {\n"
    "\tstyle=\"dashed\";\n"
    "\tcolor=\"black\";\n"
    "\tlabel=\"func_0 ()\";\n"
    DIAMOND("0_bb_0", "ENTRY")
    BLOCK("0_bb_2", LINE("   0: (15) if r1 == 0x7 goto pc+3"))
    BLOCK("0_bb_3", LINE("   1: (18) r0 = 0x7")
          LINE(" |    3: (95) exit"))
    BLOCK("0_bb_4", LINE("   4: (18) r0 = 0x8"))
    BLOCK("0_bb_5", LINE("   6: (25) if r0 \\> 0x9 goto pc-1"))
    BLOCK("0_bb_6", LINE("   7: (95) exit"))
    DIAMOND("0_bb_1", "EXIT")
    EDGE("0_bb_0", "0_bb_2")
    EDGE("0_bb_2", "0_bb_3")
    EDGE("0_bb_2", "0_bb_4")
    EDGE("0_bb_3", "0_bb_1")
    EDGE("0_bb_4", "0_bb_5")
    EDGE("0_bb_5", "0_bb_6")
    EDGE("0_bb_5", "0_bb_5")
    EDGE("0_bb_6", "0_bb_1")
    HIDDEN_EDGE("0_bb_0", "0_bb_1")
    "}\n"
    "}\n";
/* clang-format on */

static void test_graphs(void **state)
{
    struct listed l;

    (void)state;
    open_program(&l, looping);
    assert_int_equal(sk_text_visual(&l.out, &l.prog, NULL), SKEP_OK);
    assert_string_equal(l.text, looping_graph);
    close_program(&l);
    open_program(&l, "15 01 03 00 07 00 00 00 18 00 00 00 07 00 00 00 "
                     "00 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00 "
                     "18 00 00 00 08 00 00 00 00 00 00 00 00 00 00 00 "
                     "25 00 ff ff 09 00 00 00 95 00 00 00 00 00 00 00");
    assert_int_equal(sk_text_visual(&l.out, &l.prog, NULL), SKEP_OK);
    assert_string_equal(l.text, two_exits_graph);
    close_program(&l);
}

/* ---- The live kernel ------------------------------------------------------------- */

/* Forms that the kernel shows as they are in a program that does not have to run. The
 * others name maps, functions and variables, of which it shows addresses. */
static int kernel_shows(const struct sk_row *row, unsigned op)
{
    if (row->role == SK_ROLE_WIDE)
        return op == SK_OP_LDDW;
    return row->role != SK_ROLE_RESERVED && row->role != SK_ROLE_EXIT &&
           op != SK_OP_CALL_LOCAL && op != SK_OP_CALL_KFUNC;
}

/* An instance of a row with random fields; jumps go a few slots ahead only. */
static struct sk_insn random_insn(unsigned op, uint64_t *random)
{
    static const int32_t edges[] = { 0, 1, -1, INT32_MAX, INT32_MIN, 0x7fff, -0x8000 };
    const struct sk_row *row = &sk_isa[op];
    struct sk_insn insn = sk_text_example(op);
    int jumps = row->role == SK_ROLE_JCOND || row->role == SK_ROLE_JMAY;

    if (row->uses & SKEP_USES_DST)
        insn.dst = (uint8_t)(next_random(random) % SK_R10);
    if (row->uses & SKEP_USES_SRC)
        insn.src = (uint8_t)(next_random(random) % SK_R10);
    if (row->uses & SKEP_USES_OFF)
        insn.off = (int16_t)(jumps ? next_random(random) % 4 : next_random(random));
    if (row->uses & SKEP_USES_IMM)
        insn.imm = next_random(random) % 2 ? (int32_t)next_random(random)
                                           : edges[next_random(random) % SK_LEN(edges)];
    if (row->uses & SKEP_USES_NEXT_IMM)
        insn.imm = (int64_t)next_random(random);
    if (row->role == SK_ROLE_JUMP) /* all that follows must be reached */
        insn.off = 0, insn.imm = 0;
    return insn;
}

struct comparison {
    const uint8_t *slots;
    uint32_t count, lines;
};

static void compare_line(void *user, uint32_t pc, const char *text)
{
    struct comparison *c = user;
    struct sk_insn insn;
    struct sk_out out;
    char buf[MAX_TEXT];

    c->lines++;
    assert_int_equal(sk_decode(c->slots, c->count, pc, &insn, NULL), SKEP_OK);
    sk_out_buf(&out, buf, sizeof(buf));
    sk_printf(&out, "(%02x) ", sk_isa[insn.op].opcode);
    sk_text_insn(&out, NULL, SKEP_KERNEL, &insn, pc);
    assert_string_equal(buf, text);
}

/* The log lists a program that is well-formed, whatever it does. A load comes first, so
 * that kernels that list only what they walk have a line as well. */
static void test_text_is_that_of_the_live_kernel(void **state)
{
    enum { ROUNDS = 20, LANDING = 4 };
    static const struct sk_insn move = { .op = SK_OP_MOV64_IMM },
                                leave = { .op = SK_OP_EXIT };
    uint8_t slots[(SK_OP_COUNT * 2 + LANDING) * SK_SLOT_BYTES];
    uint64_t random = 2463534242u;
    char reason[128];

    (void)state;
    if (!oracle_available(reason, sizeof(reason))) {
        print_message("skipped: %s\n", reason);
        skip();
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct comparison c = { .slots = slots };
        struct oracle_prog prog = { .type = ORACLE_SYSCALL, .insns = slots };
        struct sk_insn insn = random_insn(SK_OP_LDDW, &random);

        c.count = sk_encode(slots, 0, &insn);
        for (unsigned op = 0; op < SK_OP_COUNT; op++) {
            insn = random_insn(op, &random);
            if (op != SK_OP_LDDW && kernel_shows(&sk_isa[op], op))
                c.count += sk_encode(slots, c.count, &insn);
        }
        for (int i = 0; i < LANDING; i++)
            c.count += sk_encode(slots, c.count, &move);
        c.count += sk_encode(slots, c.count, &leave);
        prog.count = c.count;
        oracle_text(&prog, compare_line, &c);
        assert_true(c.lines > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_in_both_dialects),
        cmocka_unit_test(test_forms_leave_no_row_out),
        cmocka_unit_test(test_dialects_name_the_same_fields),
        cmocka_unit_test(test_texts_of_a_dialect_differ),
        cmocka_unit_test(test_examples_decode_to_themselves),
        cmocka_unit_test(test_declared_helpers_go_by_their_names),
        cmocka_unit_test(test_text_that_has_no_room_is_cut),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_slots_in_both_dialects),
        cmocka_unit_test(test_slots_with_reserved_fields),
        cmocka_unit_test(test_slots_that_mean_nothing),
        cmocka_unit_test(test_slots_of_any_bytes),
        cmocka_unit_test(test_plain_listing),
        cmocka_unit_test(test_listing_with_opcodes),
        cmocka_unit_test(test_a_writer_that_refuses_is_left_alone),
        cmocka_unit_test(test_graphs),
        cmocka_unit_test(test_text_is_that_of_the_live_kernel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
