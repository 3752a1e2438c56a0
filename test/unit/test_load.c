/* Formats by their looks, and hexadecimal text and arrays of C to slots. Objects have a
 * test of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "isa/isa.h"
#include "load/load.h"

/* r0 = 1; exit */
#define ONE_EXIT                                                                         \
    0xb7, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x95, 0x00, 0x00, 0x00, 0x00, 0x00,  \
        0x00, 0x00

static const uint8_t one_exit[] = { ONE_EXIT };

/* ---- Detection -------------------------------------------------------------------- */

struct sample {
    enum skep_format format;
    const char *text;
};

static void test_detect_text(void **state)
{
    static const struct sample samples[] = {
        { SKEP_FORMAT_HEX, "b700000001000000" },
        { SKEP_FORMAT_HEX, "B7 00\n00 00,01,0x00 0X00\t00\r\n" },
        { SKEP_FORMAT_HEX, "\n\n95" },
        { SKEP_FORMAT_HEX, "7" },
        { SKEP_FORMAT_ASM, ""
                           "\n \n" },
        { SKEP_FORMAT_ASM, "exit" },
        { SKEP_FORMAT_ASM, "x95" },
        { SKEP_FORMAT_ASM, "r0 = 1\nexit\n" },
        { SKEP_FORMAT_ASM, "r1 = *(u32 *)(r1 + 0)\n" },
        { SKEP_FORMAT_ASM, "   0: (b7) r0 = 1\n" },
        { SKEP_FORMAT_ASM, "; a list = {\nexit" },
        { SKEP_FORMAT_ASM, "# int a[] = { 1 }\nexit" },
        { SKEP_FORMAT_ASM, "// \"\n/* { */ exit" },
        { SKEP_FORMAT_ASM, "; gr\xc3\xbc\xc3\x9f\nexit" },
        { SKEP_FORMAT_ASM, "\xef\xbb\xbf; BOM\nexit" },
        { SKEP_FORMAT_ASM, "\xf0\x9f\x90\x9d" },
        { SKEP_FORMAT_ASM, "r0 = r1 = {" },
        { SKEP_FORMAT_ASM, "main: {" },
        { SKEP_FORMAT_ARRAY, "{ 1 }" },
        { SKEP_FORMAT_ARRAY, "/* a */ // b\n#define C\n  {" },
        { SKEP_FORMAT_ARRAY, "static const struct bpf_insn prog[] = {" },
        { SKEP_FORMAT_ARRAY, "unsigned char a_b[16] __attribute__((aligned(8))) = {" },
        { SKEP_FORMAT_ARRAY, "const char *p = (void *)\"\\xb7\"" },
        { SKEP_FORMAT_ARRAY, "\"\\xb7\"" },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(samples); i++)
        assert_int_equal(sk_load_detect(samples[i].text, strlen(samples[i].text)),
                         samples[i].format);
}

static void test_detect_bytes(void **state)
{
    (void)state;
    assert_int_equal(sk_load_detect(one_exit, sizeof(one_exit)), SKEP_FORMAT_RAW);
    assert_int_equal(sk_load_detect(one_exit, 1), SKEP_FORMAT_RAW);
    assert_int_equal(sk_load_detect("", 0), SKEP_FORMAT_RAW);
    assert_int_equal(sk_load_detect("exit\0", 5), SKEP_FORMAT_RAW);
    assert_int_equal(sk_load_detect("\x7f"
                                    "ELF",
                                    4),
                     SKEP_FORMAT_ELF);
    assert_int_equal(sk_load_detect("\x7f"
                                    "ELF12345",
                                    9),
                     SKEP_FORMAT_ELF);
    assert_int_equal(sk_load_detect("\x7f"
                                    "E",
                                    2),
                     SKEP_FORMAT_ELF);
    assert_int_equal(sk_load_detect("\x7f"
                                    "X",
                                    2),
                     SKEP_FORMAT_RAW);
    assert_int_equal(sk_load_detect("\xc3", 1), SKEP_FORMAT_RAW);
    assert_int_equal(sk_load_detect("\xc3(", 2), SKEP_FORMAT_RAW);
    assert_int_equal(sk_load_detect("\xc0\x80", 2), SKEP_FORMAT_RAW);
    assert_int_equal(sk_load_detect("exit    \xff", 9), SKEP_FORMAT_ASM);
}

/* A text of 8 bytes or a little more, with some UTF-8. */
static void random_text(char text[16])
{
    static const char *const pieces[] = {
        "\xc3\xa4", "\xd0\x96", "\xe2\x82\xac", "\xf0\x9f\x90\x9d", "\t", "\n", "\r\n"
    };
    size_t len = 0;

    memset(text, 0, 16);
    while (len < SK_SLOT_BYTES) {
        unsigned choice = (unsigned)rand() % 10;

        if (choice < SK_LEN(pieces))
            strcpy(text + len, pieces[choice]);
        else
            text[len] = (char)(' ' + rand() % 95);
        len = strlen(text);
    }
}

/* What lets the first slot tell text from instructions: see load.h. */
static void test_text_is_no_instruction(void **state)
{
    struct sk_insn insn;
    char text[16];

    (void)state;
    srand(1);
    for (int i = 0; i < 300000; i++) {
        random_text(text);
        assert_int_not_equal(sk_load_detect(text, strlen(text)), SKEP_FORMAT_RAW);
        if (sk_decode(text, 1, 0, &insn, NULL))
            continue;
        assert_true(text[1] == '\t' || text[1] == '\n');
        assert_true(insn.dst == SK_R9 || insn.dst == SK_R10);
        assert_true(insn.off > 0 || insn.off < -512);
    }
}

/* ---- Reading ---------------------------------------------------------------------- */

/* Reads a text and compares the slots. */
static void expect_bytes(enum skep_format format, const char *text,
                         const uint8_t *expected, size_t count)
{
    struct sk_mem mem = sk_mem_default();
    struct skep_err err = { 0 };
    uint8_t *slots = NULL;
    size_t bytes = 0;
    char *copy = strndup(text, strlen(text)); /* exact, so that ASan sees the end */

    if (sk_load_slots(&mem, format, copy, strlen(text), &slots, &bytes, &err))
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(bytes, count);
    assert_memory_equal(slots, expected, count);
    sk_mem_free(&mem, slots, bytes, 1);
    free(copy);
}

struct refusal {
    const char *text;
    enum skep_code code;
    uint32_t line, column; /* 0: none */
};

static void expect_refusals(enum skep_format format, const struct refusal *cases,
                            size_t count)
{
    struct sk_mem mem = sk_mem_default();

    for (size_t i = 0; i < count; i++) {
        struct skep_err err = { 0 };
        uint8_t *slots = NULL;
        size_t bytes = 7, len = strlen(cases[i].text);
        char *copy = malloc(len ? len : 1);

        memcpy(copy, cases[i].text, len);
        if (sk_load_slots(&mem, format, copy, len, &slots, &bytes, &err) != cases[i].code)
            fail_msg("%s: %s %s", cases[i].text, skep_code_name(err.code), err.message);
        assert_null(slots);
        assert_int_equal(bytes, 7);
        if (cases[i].line && (err.line != cases[i].line || err.column != cases[i].column))
            fail_msg("%s: %u:%u", cases[i].text, err.line, err.column);
        free(copy);
    }
}

static void test_raw(void **state)
{
    struct sk_mem mem = sk_mem_default();
    uint8_t *slots;
    size_t bytes;

    (void)state;
    assert_int_equal(
        sk_load_slots(&mem, SKEP_FORMAT_RAW, one_exit, 16, &slots, &bytes, NULL),
        SKEP_OK);
    assert_int_equal(bytes, 16);
    assert_memory_equal(slots, one_exit, 16);
    sk_mem_free(&mem, slots, bytes, 1);
    for (size_t len = 0; len < 16; len++) {
        enum skep_code code = len == 0   ? SKEP_E_EMPTY
                              : len == 8 ? SKEP_OK
                                         : SKEP_E_LENGTH;

        slots = NULL;
        assert_int_equal(
            sk_load_slots(&mem, SKEP_FORMAT_RAW, one_exit, len, &slots, &bytes, NULL),
            code);
        sk_mem_free(&mem, slots, 8, 1);
    }
}

static void test_no_such_format(void **state)
{
    static const enum skep_format formats[] = { SKEP_FORMAT_AUTO, SKEP_FORMAT_ASM,
                                                (enum skep_format)99 };
    struct sk_mem mem = sk_mem_default();
    uint8_t *slots;
    size_t bytes;

    (void)state;
    for (size_t i = 0; i < SK_LEN(formats); i++)
        assert_int_equal(
            sk_load_slots(&mem, formats[i], one_exit, 16, &slots, &bytes, NULL),
            SKEP_E_ARGUMENT);
}

static void test_hex(void **state)
{
    static const char *const texts[] = {
        "b7000000010000009500000000000000",
        "B7 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00\n",
        "  b700  0000\r\n01000000\t9500 0000 00 00 00 00",
        "0xb7, 0x00, 0x0, 0x0, 0x1, 0, 0x0 0,",
    };

    (void)state;
    for (size_t i = 0; i < 3; i++)
        expect_bytes(SKEP_FORMAT_HEX, texts[i], one_exit, 16);
    expect_refusals(SKEP_FORMAT_HEX,
                    (const struct refusal[]){
                        { texts[3], SKEP_E_HEX, 1, 28 },
                        { "", SKEP_E_EMPTY, 0, 0 },
                        { " \n", SKEP_E_EMPTY, 0, 0 },
                        { "b7", SKEP_E_LENGTH, 0, 0 },
                        { "b7 00\n00 0", SKEP_E_HEX, 2, 4 },
                        { "b7 00\n00 0g", SKEP_E_HEX, 2, 4 },
                        { "b7 0x", SKEP_E_HEX, 1, 4 },
                        { "0xb700", SKEP_E_HEX, 1, 1 },
                        { "0x-1", SKEP_E_HEX, 1, 1 },
                        { "0x0xb7", SKEP_E_HEX, 1, 1 },
                    },
                    10);
    expect_bytes(SKEP_FORMAT_HEX, "0xb7,0x00,0x0 0x0,0x1,00,0x0,00", one_exit, 8);
}

static void test_hex_message(void **state)
{
    static const char text[] = "00 \x1b[2J'";
    struct sk_mem mem = sk_mem_default();
    struct skep_err err;
    uint8_t *slots;
    size_t bytes;

    (void)state;
    sk_load_slots(&mem, SKEP_FORMAT_HEX, text, sizeof(text) - 1, &slots, &bytes, &err);
    assert_string_equal(err.message, "'\\x1b[2J\\x27' is no pair of hexadecimal digits");
}

/* ---- Arrays ----------------------------------------------------------------------- */

static void test_array_of_bytes(void **state)
{
    static const char *const texts[] = {
        "{ 0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0 }",
        "{0xb7,0,0,0,1,0,0,0,0225,0,0,0,0,0,0b0,0u,};",
        ("unsigned char prog_bin[] = {\n  0xb7, 0x00, 0x00, 0x00,\n"
         "  0x01, 0x00, 0x00, 0x00, 0x95, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00\n};\n"
         "unsigned int prog_bin_len = 16;\n"),
        ("#include <stdint.h>\n/* p */ static const uint8_t p[16] = { // x\n"
         " 183, 0, 0, 0, 1, 0, 0, 0, /* } */ 149, 0, 0, 0, 0, 0, 0, 0 };\n#endif\n"),
        "signed char p[] = { -73, 0, 0, 0, 1, 0, 0, 0, -107, 0, 0, 0, 0, 0, 0, 0 };",
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(texts); i++)
        expect_bytes(SKEP_FORMAT_ARRAY, texts[i], one_exit, 16);
}

static void test_array_of_words(void **state)
{
    static const char *const texts[] = {
        "{ 0x1000000b7, 0x95 }",
        "uint64_t prog[] = { 0x1000000b7ULL, 0x95ull };",
        "__u64 prog[2] = { 4294967479, 149 };",
        "static unsigned long long prog[] = { 0x1000000b7LL, 0x95L };",
        "uint32_t prog[] = { 0xb7, 1, 0x95, 0 };",
        "short prog[] = { 0xb7, 0, 1, 0, 0x95, 0, 0, 0 };",
    };
    static const uint8_t exits[] = { 0x95, 0, 0, 0, 0, 0, 0, 0 };
    static const uint8_t ones[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                    0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(texts); i++)
        expect_bytes(SKEP_FORMAT_ARRAY, texts[i], one_exit, 16);
    expect_bytes(SKEP_FORMAT_ARRAY, "u64 prog[] = { 0x95 };", exits, 8);
    expect_bytes(SKEP_FORMAT_ARRAY, "{ -1, 256 }", ones, 16);
}

static void test_array_of_instructions(void **state)
{
    static const char *const texts[] = {
        "{ { 0xb7, 0, 0, 0, 1 }, { 0x95, 0, 0, 0, 0 } }",
        "struct bpf_insn prog[] = {\n\t{ .code = 0xb7, .dst_reg = 0, .src_reg = 0,\n"
        "\t  .off = 0, .imm = 1 },\n\t{ .code = 0x95 },\n};\n",
        ("{ { .opcode = 0xb7, .dst = 0, .src = 0, .offset = 0, .imm = 1, },"
         "  { 0x95, .imm = 0 } }"),
        "{ { .imm = 1, .code = 0xb7, 0, 0 }, { .code = 0x95 } }",
    };
    static const uint8_t stores[] = { 0x7b, 0x1a, 0xf8, 0xff, 0x00, 0x00, 0x00, 0x00,
                                      0xb4, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff };

    (void)state;
    for (size_t i = 0; i < SK_LEN(texts); i++)
        expect_bytes(SKEP_FORMAT_ARRAY, texts[i], one_exit, 16);
    expect_bytes(SKEP_FORMAT_ARRAY, "{ { 0x7b, 10, 1, -8, 0 }, { 0xb4, 0, 0, 0, -1 } }",
                 stores, 16);
    expect_bytes(SKEP_FORMAT_ARRAY,
                 "{ { 0x7b, 0xa, 1, 0xfff8, 0 }, { 0xb4, 0, 0, 0, 0xffffffff } }", stores,
                 16);
}

static void test_array_of_characters(void **state)
{
    static const char *const texts[] = {
        "\"\\xb7\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x95\\0\\0\\0\\0\\0\\0\\0\"",
        ("const char p[] = \"\\\n\\xb7\\x0\\x000\\0\\x01\\0\\0\\0\\\r\n\\225\" /* */\n"
         "  \"\\0\\0\\0\\0\\0\\0\\000\";"),
        "s->data = (void *)\"\\xb7\"",
    };
    static const uint8_t named[] = { '\a', '\b', '\f', '\n', '\r', '\t', '\v', '\\',
                                     '\'', '"',  '?',  'a',  '~',  1,    '8',  '/' };

    (void)state;
    expect_bytes(SKEP_FORMAT_ARRAY, texts[0], one_exit, 16);
    expect_bytes(SKEP_FORMAT_ARRAY, texts[1], one_exit, 16);
    expect_bytes(SKEP_FORMAT_ARRAY, "\"\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"\\?a~\\18/\"",
                 named, 16);
    expect_refusals(SKEP_FORMAT_ARRAY,
                    (const struct refusal[]){
                        { texts[2], SKEP_E_SYNTAX, 1, 2 },
                        { "\"\\x\"", SKEP_E_SYNTAX, 1, 4 },
                        { "\"\\x100\"", SKEP_E_SYNTAX, 1, 6 },
                        { "\"\\400\"", SKEP_E_SYNTAX, 1, 5 },
                        { "\"\\q\"", SKEP_E_SYNTAX, 1, 3 },
                        { "\"\\", SKEP_E_SYNTAX, 0, 0 },
                        { "\"abc", SKEP_E_SYNTAX, 1, 5 },
                        { "\"abc\n\"", SKEP_E_SYNTAX, 1, 5 },
                        { "\"abcdefgh\" {", SKEP_E_SYNTAX, 1, 12 },
                        { "\"\"", SKEP_E_EMPTY, 0, 0 },
                    },
                    10);
}

static void test_array_refused(void **state)
{
    static const struct refusal cases[] = {
        { "", SKEP_E_SYNTAX, 1, 1 },
        { "{", SKEP_E_SYNTAX, 1, 2 },
        { "{}", SKEP_E_EMPTY, 0, 0 },
        { "{ 1, 2 }", SKEP_E_LENGTH, 0, 0 },
        { "{ 1 2 }", SKEP_E_SYNTAX, 1, 5 },
        { "{ ,1 }", SKEP_E_SYNTAX, 1, 3 },
        { "{ 1,,2 }", SKEP_E_SYNTAX, 1, 5 },
        { "{ 1, }}", SKEP_E_SYNTAX, 1, 7 },
        { "{ 0x }", SKEP_E_NUMBER, 1, 3 },
        { "{ 08 }", SKEP_E_NUMBER, 1, 3 },
        { "{ 0x1g }", SKEP_E_NUMBER, 1, 3 },
        { "{ BPF_K }", SKEP_E_NUMBER, 1, 3 },
        { "{ - }", SKEP_E_SYNTAX, 1, 5 },
        { "{ 1\n, 0x10000000000000000 }", SKEP_E_NUMBER, 2, 3 },
        { "{ -9223372036854775809 }", SKEP_E_NUMBER, 1, 4 },
        { "char p[] = { 256 }", SKEP_E_NUMBER, 1, 14 },
        { "char p[] = { -129 }", SKEP_E_NUMBER, 1, 15 },
        { "int p[] = { 4294967296 }", SKEP_E_NUMBER, 1, 13 },
        { "{ { 1, 2, 3, 4 } }", SKEP_E_SYNTAX, 1, 17 }, /* as classic BPF has them */
        { "{ { 1, 2, 3, 4, 5, 6 } }", SKEP_E_SYNTAX, 1, 20 },
        { "{ { 256, 0, 0, 0, 0 } }", SKEP_E_NUMBER, 1, 5 },
        { "{ { -1, 0, 0, 0, 0 } }", SKEP_E_NUMBER, 1, 6 },
        { "{ { 0, 16, 0, 0, 0 } }", SKEP_E_NUMBER, 1, 8 },
        { "{ { 0, 0, 16, 0, 0 } }", SKEP_E_NUMBER, 1, 11 },
        { "{ { 0, 0, 0, 65536, 0 } }", SKEP_E_NUMBER, 1, 14 },
        { "{ { 0, 0, 0, -32769, 0 } }", SKEP_E_NUMBER, 1, 15 },
        { "{ { 0, 0, 0, 0, 4294967296 } }", SKEP_E_NUMBER, 1, 17 },
        { "{ { .jt = 1 } }", SKEP_E_SYNTAX, 1, 6 },
        { "{ { .imm 1 } }", SKEP_E_SYNTAX, 1, 10 },
        { "{ { .imm = 1, 2 } }", SKEP_E_SYNTAX, 1, 15 },
        { "{ { 0x95, 0, 0, 0, 0 }, 1 }", SKEP_E_SYNTAX, 1, 25 },
        { "{ 1, { 0x95, 0, 0, 0, 0 } }", SKEP_E_SYNTAX, 1, 6 },
        { "{ { 0x95, 0, 0, 0, 0 }", SKEP_E_SYNTAX, 1, 23 },
        { "{ 0, 0, 0, 0, 0, 0, 0, 0 } x", SKEP_E_SYNTAX, 1, 29 },
        { "{ 0, 0, 0, 0, 0, 0, 0, 0 }; int x = 1", SKEP_E_SYNTAX, 1, 38 },
        { "{ 0, 0, 0, 0, 0, 0, 0, 0 }; int x = y;", SKEP_E_NUMBER, 1, 37 },
        { "char p[] { 1 }", SKEP_E_SYNTAX, 1, 10 },
        { "r0 = 1 + 2", SKEP_E_SYNTAX, 1, 8 },
        { "/* no end", SKEP_E_SYNTAX, 1, 10 },
    };

    (void)state;
    expect_refusals(SKEP_FORMAT_ARRAY, cases, SK_LEN(cases));
}

static void test_array_with_nul(void **state)
{
    static const char text[] = "{ 0, 0, 0, 0, 0, 0, 0, 0 };\0 more";
    struct sk_mem mem = sk_mem_default();
    uint8_t *slots;
    size_t bytes;

    (void)state;
    assert_int_equal(sk_load_slots(&mem, SKEP_FORMAT_ARRAY, text, sizeof(text) - 1,
                                   &slots, &bytes, NULL),
                     SKEP_E_SYNTAX);
}

/* ---- Memory ----------------------------------------------------------------------- */

struct counter {
    size_t live;
    int fail_in; /* the allocation that fails, 1 for the next */
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

static void test_out_of_memory(void **state)
{
    static const struct sample samples[] = {
        { SKEP_FORMAT_RAW, "12345678" },
        { SKEP_FORMAT_HEX, "b7 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00" },
        { SKEP_FORMAT_ARRAY, "{ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,"
                             "  1, 2, 3, 4, 5, 6, 7, 8 }" },
        { SKEP_FORMAT_ARRAY, "{ { 0x95, 0, 0, 0, 0 } }" },
        { SKEP_FORMAT_ARRAY, "\"12345678\"" },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(samples); i++) {
        struct counter counter = { 0 };
        struct sk_mem mem = { counted, &counter };
        enum skep_code code = SKEP_E_NO_MEMORY;
        uint8_t *slots = NULL;
        size_t bytes = 0;

        for (int step = 1; code == SKEP_E_NO_MEMORY; step++) {
            counter.fail_in = step;
            code = sk_load_slots(&mem, samples[i].format, samples[i].text,
                                 strlen(samples[i].text), &slots, &bytes, NULL);
            assert_int_equal(counter.live, bytes);
        }
        assert_int_equal(code, SKEP_OK);
        sk_mem_free(&mem, slots, bytes, 1);
        assert_int_equal(counter.live, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detect_text),
        cmocka_unit_test(test_detect_bytes),
        cmocka_unit_test(test_text_is_no_instruction),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_no_such_format),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_hex_message),
        cmocka_unit_test(test_array_of_bytes),
        cmocka_unit_test(test_array_of_words),
        cmocka_unit_test(test_array_of_instructions),
        cmocka_unit_test(test_array_of_characters),
        cmocka_unit_test(test_array_refused),
        cmocka_unit_test(test_array_with_nul),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
