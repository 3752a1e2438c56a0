/* What the assembler says of wrong texts: code, place and message; and that neither
 * hostile texts nor a lack of memory do more than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "text/asm.h"

/* ---- Tools ------------------------------------------------------------------------ */

struct wrong {
    const char *text;
    enum skep_code code;
    uint32_t line, column;
    const char *message; /* its beginning */
};

static void check_bytes(const struct wrong *wrong, size_t len)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_asm made = { .bytes = 12345 };
    struct skep_err err = { .code = SKEP_OK };
    enum skep_code code = sk_asm(NULL, &mem, wrong->text, len, NULL, &made, &err);

    if (code != wrong->code || err.code != code || err.at != SKEP_AT_TEXT ||
        err.line != wrong->line || err.column != wrong->column ||
        strncmp(err.message, wrong->message, strlen(wrong->message)) != 0)
        fail_msg("%.300s\n  gives  %s %u:%u: %s\n  not    %s %u:%u: %s", wrong->text,
                 skep_code_name(code), err.line, err.column, err.message,
                 skep_code_name(wrong->code), wrong->line, wrong->column, wrong->message);
    for (const char *c = err.message; *c; c++)
        assert_in_range(*c, ' ', '~');
    assert_int_equal(made.bytes, 12345); /* left alone */
}

static void check_all(const struct wrong *wrong, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_bytes(&wrong[i], strlen(wrong[i].text));
}

#define SYNTAX SKEP_E_SYNTAX
#define NUMBER SKEP_E_NUMBER
#define RANGE SKEP_E_RANGE
#define MISSING SKEP_E_LABEL_MISSING
#define TWICE SKEP_E_LABEL_TWICE
#define DIFFER SKEP_E_BYTES_DIFFER

/* ---- Instructions ------------------------------------------------------------------ */

static void test_no_instructions(void **state)
{
    static const struct wrong wrong[] = {
        { "", SKEP_E_EMPTY, 1, 1, "no instructions" },
        { "\xef\xbb\xbf", SKEP_E_EMPTY, 1, 1, "no instructions" },
        { "; comment", SKEP_E_EMPTY, 1, 10, "no instructions" },
        { "/* \n */\r\n\n", SKEP_E_EMPTY, 4, 1, "no instructions" },
        { "label:", SKEP_E_EMPTY, 1, 7, "no instructions" },
        { ".equ A, 1", SKEP_E_EMPTY, 1, 10, "no instructions" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

static void test_no_text(void **state)
{
    static const char nul[] = "exit\n r0 = \0 1";
    const struct wrong with_nul = { nul, SYNTAX, 2, 7, "byte 0x00 is no text" };
    static const struct wrong wrong[] = {
        { "exit ; \xff", SYNTAX, 1, 8, "byte 0xff is no text" },
        { "exit\n; \xc3(", SYNTAX, 2, 3, "byte 0xc3 is no text" },
        { "; \xe2\x82", SYNTAX, 1, 3, "byte 0xe2 is no text" },
        { "; \xc0\x80", SYNTAX, 1, 3, "byte 0xc0 is no text" },         /* too long */
        { "; \xed\xa0\x80", SYNTAX, 1, 3, "byte 0xed is no text" },     /* a surrogate */
        { "; \xf4\x90\x80\x80", SYNTAX, 1, 3, "byte 0xf4 is no text" }, /* past the end */
        { "\xef\xbb\xbf\xfe", SYNTAX, 1, 1, "byte 0xfe is no text" },
        { "r1 = \xc3\xa9", SYNTAX, 1, 6, "this character means nothing here: '\\xc3'" },
        { "r1 = \033[31m", SYNTAX, 1, 6, "this character means nothing here: '\\x1b'" },
        { "@", SYNTAX, 1, 1, "this character means nothing here: '@'" },
    };

    (void)state;
    check_bytes(&with_nul, sizeof(nul) - 1);
    check_all(wrong, SK_LEN(wrong));
}

static void test_unknown_words(void **state)
{
    static const struct wrong wrong[] = {
        { "mov r1, 5", SYNTAX, 1, 1, "unknown instruction 'mov'" },
        { "exit\n\t foo: frob", SYNTAX, 2, 8, "unknown instruction 'frob'" },
        { "r11 = 5", SYNTAX, 1, 1, "there is no register 'r11'" },
        { "R1 = 5", SYNTAX, 1, 1, "there is no register 'R1'" },
        { "r1 = w11", SYNTAX, 1, 6, "there is no register 'w11'" },
        { "r1 = *(u32 *)(r99 +0)", SYNTAX, 1, 15, "there is no register 'r99'" },
        { "r01 = 5", SYNTAX, 1, 1, "there is no register 'r01'" },
        { "if w1 == r2 goto +1", SYNTAX, 1, 10,
          "expected a register w0 to w10, a number" },
        { "r1 = foo", MISSING, 1, 6, "'foo' is not defined" },
        { "goto foo", MISSING, 1, 6, "'foo' is not defined" },
        { "call foo", MISSING, 1, 6, "'foo' is not defined" },
        { "r1 = subprog[exit]", MISSING, 1, 14, "'exit' is not defined" },
        { "r1 = a\na: exit", MISSING, 1, 6, "'a' is not defined" },
        { "a: r1 = a", SYNTAX, 1, 9, "a label is no number" },
        { ".equ A, 1\ngoto A", SYNTAX, 2, 6, "expected a label, found the constant 'A'" },
        { "BUG_d3", SYNTAX, 1, 1, "unknown instruction 'BUG_d3'" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

/* The furthest place that any template reaches, and what stands there in them. */
static void test_wrong_operands(void **state)
{
    static const struct wrong wrong[] = {
        { "r1 += ; a number", SYNTAX, 1, 7,
          "expected a register r0 to r10, a number, found the end of the line" },
        { "exit 5", SYNTAX, 1, 6, "expected the end of the line, found '5'" },
        { "r1 += 5 r2", SYNTAX, 1, 9, "expected the end of the line, found 'r2'" },
        { "r1 = *(u33 *)(r2 +0)", SYNTAX, 1, 8,
          "expected 'u8', 's8', 'u16', 's16', 'u32'" },
        { "r1 = *(u32 *)(r2 +0", SYNTAX, 1, 20, "expected ')', found the end" },
        { "lock r1", SYNTAX, 1, 6, "expected '*', found 'r1'" },
        { "call", SYNTAX, 1, 5, "expected a function or helper, found the end" },
        { "call r1", SYNTAX, 1, 6, "expected a function or helper, found 'r1'" },
        { "goto", SYNTAX, 1, 5, "expected a label or pc+N, found the end" },
        { "goto 5", SYNTAX, 1, 6, "expected a label or pc+N, found '5'" },
        { "goto pc", SYNTAX, 1, 8, "expected '+' or '-'" },
        { "goto pc+", SYNTAX, 1, 9, "expected a number" },
        { "if r1 == 5", SYNTAX, 1, 11, "expected 'goto', found the end" },
        { "if r1 = 5 goto a", SYNTAX, 1, 7, "expected '==', '>', '>=', '&', '!=', 's'" },
        { "goto +1 <main", SYNTAX, 1, 9, "expected the end of the line, found '<'" },
        { "r1 = -r2", SYNTAX, 1, 7, "expected the same register as before, found 'r2'" },
        { "r1 = be16 r3", SYNTAX, 1, 11, "expected the same register as before" },
        { "r2 = atomic_fetch_add((u32 *)(r1 +0), r3)", SYNTAX, 1, 39,
          "expected the same register as before, found 'r3'" },
        { "r0 = *(u8 *)skb[]", SYNTAX, 1, 17, "expected a register r0 to r10, a number" },
        { "r1 = \"a\"", SYNTAX, 1, 6, "expected a register r0 to r10, a number" },
        { "call #", SYNTAX, 1, 6, "expected a function or helper" },
        { "call f#0x", NUMBER, 1, 8, "number '0x' is malformed" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

static void test_labels(void **state)
{
    static const struct wrong wrong[] = {
        { "a: exit\n\n a: exit", TWICE, 3, 2, "'a' is defined already, in line 1" },
        { ".equ a, 1\na: exit", TWICE, 2, 1, "'a' is defined already, in line 1" },
        { "a: exit\n.equ a, 1", TWICE, 2, 6, "'a' is defined already, in line 1" },
        { "r0: exit", SYNTAX, 1, 1, "'r0' cannot be a label" },
        { "w10: exit", SYNTAX, 1, 1, "'w10' cannot be a label" },
        { "pc: exit", SYNTAX, 1, 1, "'pc' cannot be a label" },
        { "1: exit\n3: exit", SYNTAX, 2, 1, "slot 2 comes here, but the listing says 3" },
        { "exit\ngoto a\ngoto b\nb: exit", MISSING, 2, 6, "'a' is not defined" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

/* ---- Numbers ----------------------------------------------------------------------- */

static void test_numbers(void **state)
{
    static const struct wrong wrong[] = {
        { "r1 = 18446744073709551616", NUMBER, 1, 6,
          "number '18446744073709551616' does not fit in 64 bits" },
        { "r1 = -9223372036854775809", SYNTAX, 1, 7, "the negative number does not fit" },
        { "r1 = 0x", NUMBER, 1, 6, "number '0x' is malformed" },
        { "r1 = 0xg", NUMBER, 1, 6, "number '0xg' is malformed" },
        { "r1 = 1e5", NUMBER, 1, 6, "number '1e5' is malformed" },
        { "r1 = 10k", NUMBER, 1, 6, "number '10k' is malformed" },
        { "r1 = 08", NUMBER, 1, 6, "number '08' is malformed" },
        { "r1 = 0b", NUMBER, 1, 6, "number '0b' is malformed" },
        { "r1 = 0b12", NUMBER, 1, 6, "number '0b12' is malformed" },
        { "w1 += 4294967296", RANGE, 1, 7,
          "4294967296 does not fit in 32 bits (-2147483648 to 4294967295)" },
        { "r1 &= 0xffffffff", RANGE, 1, 7,
          "4294967295 does not fit in 32 bits with a sign (-2147483648 to 2147483647)" },
        { "w1 = -2147483649", RANGE, 1, 6, "-2147483649 does not fit in 32 bits" },
        { "w1 = 0xffffffffffffffff", NUMBER, 1, 6,
          "number '0xffffffffffffffff' is too big" },
        { "r1 = *(u8 *)(r2 +32768)", RANGE, 1, 17,
          "32768 does not fit in an offset (-32768 to 32767)" },
        { "r1 = *(u8 *)(r2 -32769)", RANGE, 1, 17, "-32769 does not fit in an offset" },
        { "goto pc+32768", RANGE, 1, 6, "32768 does not fit in the offset of a jump" },
        { "call pc+2147483648", RANGE, 1, 6, "2147483648 does not fit in a distance" },
        { "r1 = addr_space_cast(r2, 0, 65536)", RANGE, 1, 29,
          "65536 does not fit in 16 bits" },
        { "r1 = map[id:4294967296]", RANGE, 1, 13, "4294967296 does not fit in 32 bits" },
        { "r1 = 'a", SYNTAX, 1, 6, "no character constant" },
        { "r1 = 'ab'", SYNTAX, 1, 6, "no character constant" },
        { "r1 = ''", SYNTAX, 1, 6, "no character constant" },
        { "r1 = '\\q'", SYNTAX, 1, 6, "no character constant" },
        { "r1 = '", SYNTAX, 1, 6, "no character constant" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

static void test_expressions(void **state)
{
    static const struct wrong wrong[] = {
        { "r1 = 1/0", SYNTAX, 1, 7, "division by zero" },
        { "r1 = 1 % (2 - 2)", SYNTAX, 1, 8, "division by zero" },
        { "r1 = (1", SYNTAX, 1, 8, "expected ')'" },
        { "r1 = 1 +", SYNTAX, 1, 9, "expected a number" },
        { "r1 = 1 + r2", SYNTAX, 1, 10, "expected a number" },
        { "r1 = 1 ? 2", SYNTAX, 1, 11, "expected ':'" },
        { "r1 = 1 << 64", SYNTAX, 1, 8, "shifts go from 0 to 63 bits" },
        { "r1 = 1 >> -1", SYNTAX, 1, 8, "shifts go from 0 to 63 bits" },
        { "r1 = 0xffffffffffffffff + 1", SYNTAX, 1, 25, "the result does not fit" },
        { "r1 = 0xffffffffffffffff * 2", SYNTAX, 1, 25, "the result does not fit" },
        { "r1 = 0x8000000000000000 * -2", SYNTAX, 1, 25, "the result does not fit" },
        { "r1 = 2 << 63", SYNTAX, 1, 8, "the result does not fit" },
        { "r1 = 1 + ?", SYNTAX, 1, 10, "expected a number" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

/* A jump that only the place of its label makes too long. */
static void test_label_out_of_reach(void **state)
{
    enum { BETWEEN = 32768 };
    static const char head[] = "goto a\n", line[] = "exit\n", tail[] = "a: exit";
    char *text = malloc(sizeof(head) + (size_t)BETWEEN * sizeof(line) + sizeof(tail));
    const struct wrong wrong = { text, RANGE, 1, 6,
                                 "32768 does not fit in the offset of a jump" };
    char *at = text;

    (void)state;
    assert_non_null(text);
    at = stpcpy(at, head);
    for (int i = 0; i < BETWEEN; i++)
        at = stpcpy(at, line);
    stpcpy(at, tail);
    check_bytes(&wrong, strlen(text));
    free(text);
}

/* ---- Everything else --------------------------------------------------------------- */

static void test_directives(void **state)
{
    static const struct wrong wrong[] = {
        { ".foo", SYNTAX, 1, 1, "unknown directive '.foo'" },
        { ".equ", SYNTAX, 1, 5, "expected a name, found the end of the line" },
        { ".equ r1, 5", SYNTAX, 1, 6, "expected a name, found 'r1'" },
        { ".equ A 5", SYNTAX, 1, 8, "expected ',', found '5'" },
        { ".equ A, B", MISSING, 1, 9, "'B' is not defined" },
        { ".equ A, 1 2", SYNTAX, 1, 11, "expected the end of the line, found '2'" },
        { ".equ A, 1\n.equ A, 1", TWICE, 2, 6, "'A' is defined already, in line 1" },
        { ".quad", SYNTAX, 1, 6, "expected a number" },
        { ".quad 1,", SYNTAX, 1, 9, "expected a number" },
        { ".word 4294967296, 1", RANGE, 1, 7, "4294967296 does not fit in 32 bits" },
        { ".word 1", SYNTAX, 1, 7, "words of 32 bits fill slots of 64" },
        { ".word 1, 2, 3\nexit", SYNTAX, 1, 13, "words of 32 bits fill slots of 64" },
        { ".word 1\na: .word 2", SYNTAX, 1, 7, "words of 32 bits fill slots of 64" },
        { ".word 1\n.quad 2", SYNTAX, 1, 7, "words of 32 bits fill slots of 64" },
        { ".name", SYNTAX, 1, 6, "expected a name, found the end of the line" },
        { ".name \"a", SYNTAX, 1, 7, "the string has no end in this line" },
        { ".name \"\"", SYNTAX, 1, 7, "a name has 1 to 63 bytes, not 0" },
        { ".name a123456789b123456789c123456789d123456789e123456789f123456789abcd",
          SYNTAX, 1, 7, "a name has 1 to 63 bytes, not 64" },
        { ".type nothing", SYNTAX, 1, 7, "program type 'nothing' is not known" },
        { ".type 5", SYNTAX, 1, 7, "expected a name, found '5'" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

static void test_context_fields(void **state)
{
    static const struct wrong wrong[] = {
        { "r1 = ctx.major", SYNTAX, 1, 6, "context fields need a program type" },
        { ".type cgroup_device\nr1 = ctx.mayor", SYNTAX, 2, 10,
          "the program type has no context field 'mayor'" },
        { ".type cgroup_device\nr1 = ctx(r1)", SYNTAX, 2, 13,
          "expected '.' and a context" },
        { ".type cgroup_device\nr1 = ctx(w1).major", SYNTAX, 2, 10,
          "expected a register r0" },
        { ".type cgroup_device\nr1 = ctx(r1.major", SYNTAX, 2, 10,
          "expected a register r0" },
        { ".type cgroup_device\nr1 = ctx", MISSING, 2, 6, "'ctx' is not defined" },
        { ".type syscall\nr1 = ctx.x", SYNTAX, 2, 10,
          "the program type has no context field 'x'" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

static void test_comments_and_strings_without_end(void **state)
{
    static const struct wrong wrong[] = {
        { "exit\n/* a\n", SYNTAX, 2, 1, "the comment has no end" },
        { "exit /* a\nexit\n", SYNTAX, 1, 6, "the comment has no end" },
        { "r1 = /*", SYNTAX, 1, 6, "the comment has no end" },
        { "exit /*/", SYNTAX, 1, 6, "the comment has no end" },
        { "\"a\nb\"", SYNTAX, 1, 1, "the string has no end in this line" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

static void test_listings(void **state)
{
    static const struct wrong wrong[] = {
        { "(07) r1 = 5", SYNTAX, 1, 1, "opcode 0x07 is not that of this instruction" },
        { "0: b7 01 00 00 06 00 00 00 r1 = 0x5", DIFFER, 1, 4,
          "the bytes beside the text say 'r1 = 6'" },
        { "r1 = 5\n   b7 01 00 00 06 00 00 00", DIFFER, 2, 4,
          "the bytes beside the text say 'r1 = 6'" },
        { "ff 01 00 00 06 00 00 00 r1 = 5", DIFFER, 1, 1,
          "the bytes beside the text say 'no instruction'" },
        { "18 01 00 00 06 00 00 00 r1 = 6", DIFFER, 1, 1,
          "the bytes beside the text say 'no instruction'" }, /* but half of one */
        { "85 10 00 00 02 00 00 00 call f\nf: exit", DIFFER, 1, 1,
          "the bytes beside the text say 'call pc+2'" },
        { "b7 01 r1 = 5", SYNTAX, 1, 1,
          "2 bytes stand here, an instruction has 8 or 16" },
        { "b7 01 00 00 06 00 00 00", SYNTAX, 1, 1, "bytes without an instruction" },
        { "0: 00 00 00 00 00 00 00 00 <unknown>", SYNTAX, 1, 28, "expected a register" },
        { "0: (95) exit\n\t\t0000000000000008:  R_BPF_64_32\tf", SYNTAX, 2, 3,
          "a relocation: this program is not linked yet" },
        { "0000000000000004 <f>:", SYNTAX, 1, 1, "the address is no multiple of 8" },
        { "0: exit\n0000000000000010 <f>:\n", SYNTAX, 2, 1,
          "slot 1 comes here, but the listing says 2" },
    };

    (void)state;
    check_all(wrong, SK_LEN(wrong));
}

/* ---- Hostile texts ----------------------------------------------------------------- */

/* 2 MiB of the same, with a beginning. */
static void check_flood(const char *head, const char *piece, enum skep_code code,
                        uint32_t column, const char *message)
{
    enum { LEN = 2 << 20 };
    size_t head_len = strlen(head), piece_len = strlen(piece);
    char *text = malloc(LEN + 1);
    struct wrong wrong = { text, code, 1, column, message };

    assert_non_null(text);
    memcpy(text, head, head_len + 1);
    for (size_t at = head_len; at + piece_len <= LEN; at += piece_len)
        memcpy(text + at, piece, piece_len + 1);
    check_bytes(&wrong, strlen(text));
    free(text);
}

static void test_floods(void **state)
{
    (void)state;
    check_flood("", "x", SYNTAX, 1, "unknown instruction 'xxx");
    check_flood("r1 = ", "(", SYNTAX, 38, "the expression is nested too deeply");
    check_flood("r1 = ", "-", SYNTAX, 38, "the expression is nested too deeply");
    check_flood("r1 = ", "~ ", SYNTAX, 70, "the expression is nested too deeply");
    check_flood("r1 = ", "1||1&&1|1^1&1==1<1<<1+1*(", SYNTAX, 830, "the expression is");
    check_flood("r1 = ", "1?", SYNTAX, 71, "the expression is nested too deeply");
    check_flood("r1 = ", "1?1:", SYNTAX, 135, "the expression is nested too deeply");
    check_flood("\"", "a", SYNTAX, 1, "the string has no end in this line");
    check_flood("/*", "x", SYNTAX, 1, "the comment has no end");
    check_flood("r1 = ", "9", NUMBER, 6, "number '9999");
    check_flood("goto +1 ", "<", SYNTAX, 9, "expected the end of the line");
    check_flood("", "a:", TWICE, 3, "'a' is defined already, in line 1");
    check_flood("", "0:", SYNTAX, 3, "expected a register");
    check_flood("", "00 ", SYNTAX, 49, "expected a register");
    check_flood("", "/* */", SKEP_E_EMPTY, (2 << 20) / 5 * 5 + 1, "no instructions");
}

/* ---- Memory ------------------------------------------------------------------------ */

/* An allocator that counts, and fails when it is told to. */
struct counter {
    size_t live; /* bytes */
    int fail_in; /* the allocation that fails, 1 for the next; 0: none */
};

static void *counted(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct counter *counter = ctx;
    void *block;

    if (new_size && counter->fail_in && !--counter->fail_in)
        return NULL;
    block = new_size ? realloc(ptr, new_size) : NULL;
    if (!new_size)
        free(ptr);
    counter->live += new_size - old_size;
    return block;
}

/* Each allocation fails once, and nothing is lost then. */
static void test_out_of_memory(void **state)
{
    static const char text[] = ".equ A, 1\n.type cgroup_device\na: b: r1 = ctx.major\n"
                               "85 10 00 00 00 00 00 00 call c\nc: goto a\n.quad 1, 2\n";
    struct counter counter = { 0 };
    const struct sk_mem mem = { .fn = counted, .ctx = &counter };
    struct sk_asm made = { 0 };
    enum skep_code code = SKEP_E_NO_MEMORY;
    int failures = -1;

    (void)state;
    for (int k = 1; code != SKEP_OK; k++, failures++) {
        struct skep_err err;

        counter.fail_in = k;
        code = sk_asm(NULL, &mem, text, strlen(text), NULL, &made, &err);
        assert_true(code == SKEP_OK || code == SKEP_E_NO_MEMORY);
        if (code) {
            assert_int_equal(err.code, code);
            assert_int_equal(counter.live, 0);
        }
    }
    assert_in_range(failures, 8, 100);
    assert_int_equal(made.bytes, 40);
    sk_asm_fini(&made, &mem);
    counter.fail_in = 0;
    assert_int_equal(sk_asm(NULL, &mem, "exit\nfoo", 8, NULL, &made, NULL), SYNTAX);
    assert_int_equal(counter.live, 0);
}

/* A text without an end behind it is not read further: the sanitizers watch. */
static void test_every_prefix(void **state)
{
    static const char text[] =
        "\xef\xbb\xbf.type cgroup_device\n.equ A, 'a' + '\\x41' << 0x2 /* c */\n"
        "  0: 18 01 00 00 07 00 00 00 00 00 00 00 00 00 00 00 r1 = 0x7 ll\n"
        "0000000000000010 <f>:\n 2: (85) call bpf_ktime_get_ns#5\n r0 = ctx(r6).major\n"
        "int f(void):\nlock *(u64 *)(r10 -8) += r2\n.name \"x\"\ncall #5@6\ngoto +1 <f>\n"
        " 05 00 01 00 00 00 00 00\nexit // \xc3\xa4";
    struct sk_mem mem = sk_mem_default();

    (void)state;
    for (size_t len = 0; len < sizeof(text); len++) {
        char *cut = malloc(len ? len : 1);
        struct sk_asm made;

        assert_non_null(cut);
        memcpy(cut, text, len);
        if (!sk_asm(NULL, &mem, cut, len, NULL, &made, NULL))
            sk_asm_fini(&made, &mem);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_instructions),
        cmocka_unit_test(test_no_text),
        cmocka_unit_test(test_unknown_words),
        cmocka_unit_test(test_wrong_operands),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_label_out_of_reach),
        cmocka_unit_test(test_directives),
        cmocka_unit_test(test_context_fields),
        cmocka_unit_test(test_comments_and_strings_without_end),
        cmocka_unit_test(test_listings),
        cmocka_unit_test(test_floods),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_every_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
