/* BTF as text: bytes by their type in both forms, declarations, names that would harm a terminal,
 * and that types cannot become endless text. (What bpftool says is compared in test/btf.) */
#include "btf/print.h"
#include "btf_builder.h"

enum { TEXT_MAX = 4096 };

/* ---- Values ------------------------------------------------------------------------- */

static void expect_print(struct btf_builder *m, uint32_t id, const void *data, size_t len,
                         uint32_t flags, const char *expected)
{
    uint8_t *copy = malloc(len ? len : 1); /* exact, so that ASan sees the end */
    char text[TEXT_MAX];
    struct sk_out out;

    memcpy(copy, data, len);
    sk_out_buf(&out, text, sizeof(text));
    assert_int_equal(sk_btf_print(&m->btf, id, copy, len, flags, &out, &m->err), SKEP_OK);
    assert_string_equal(text, expected);
    free(copy);
}

/* On one line, as text and as JSON. */
static void expect_both(struct btf_builder *m, uint32_t id, const void *data, size_t len,
                        const char *as_text, const char *as_json)
{
    expect_print(m, id, data, len, SK_PRINT_COMPACT, as_text);
    expect_print(m, id, data, len, SK_PRINT_COMPACT | SK_PRINT_JSON, as_json);
}

static void test_ints(void **state)
{
    static const uint8_t ones[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    static const struct {
        uint32_t size, encoding;
        const char *text, *json;
    } ints[] = {
        { 1, 0, "255", "255" },
        { 1, SK_BTF_SIGNED, "-1", "-1" },
        { 2, 0, "65535", "65535" },
        { 2, SK_BTF_SIGNED, "-1", "-1" },
        { 4, 0, "4294967295", "4294967295" },
        { 4, SK_BTF_SIGNED, "-1", "-1" },
        { 8, 0, "18446744073709551615", "18446744073709551615" },
        { 8, SK_BTF_SIGNED, "-1", "-1" },
        { 16, 0, "0xffffffffffffffffffffffffffffffff",
          "\"0xffffffffffffffffffffffffffffffff\"" },
        { 1, SK_BTF_BOOL, "true", "true" },
        { 1, SK_BTF_CHAR, "255", "\"\\u00ff\"" },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(ints); i++) {
        struct btf_builder m;

        begin(&m);
        add_int(&m, "x", ints[i].size, ints[i].encoding);
        open_good(&m);
        expect_both(&m, 1, ones, ints[i].size, ints[i].text, ints[i].json);
        end(&m);
    }
}

/* An INT that has some of its bits only. */
static void test_partial_int(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "x", SK_BTF_INT, 0, 4);
    word(&m, INT_WORD(SK_BTF_SIGNED, 4, 5));
    open_good(&m);
    expect_both(&m, 1, "\xf0\x01\0\0", 4, "-1", "\"0x1f\"");
    expect_both(&m, 1, "\x5f\xfe\xff\xff", 4, "5", "\"0x5\"");
    end(&m);
}

static void test_chars(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add_int(&m, "char", 1, SK_BTF_SIGNED);
    add_int(&m, "letter", 1, SK_BTF_CHAR);
    add_array(&m, 1, 4);
    add_array(&m, 2, 4);
    open_good(&m);
    expect_both(&m, 1, "A", 1, "'A'", "65");
    expect_both(&m, 2, "A", 1, "'A'", "\"A\"");
    expect_both(&m, 1, "'", 1, "'\\''", "39");
    expect_both(&m, 1, "\0", 1, "0", "0");
    expect_both(&m, 1, "\x80", 1, "-128", "-128");
    expect_both(&m, 3, "abc\0", 4, "\"abc\"", "\"abc\"");
    expect_both(&m, 3, "a\"\\\0", 4, "\"a\\\"\\\\\"", "\"a\\\"\\\\\"");
    expect_both(&m, 3, "abcd", 4, "\"abcd\"", "[97,98,99,100]");
    expect_both(&m, 4, "abcd", 4, "\"abcd\"", "[\"a\",\"b\",\"c\",\"d\"]");
    expect_both(&m, 3, "a\0b\0", 4, "{ 'a', 0, 'b' }", "\"a\"");
    expect_both(&m, 3, "a\n\0\0", 4, "\"a\\n\"", "[97,10,0,0]");
    expect_both(&m, 3, "a\033\0\0", 4, "{ 'a', 27 }", "[97,27,0,0]");
    expect_both(&m, 3, "\0\0\0\0", 4, "{}", "\"\"");
    end(&m);
}

static void test_enums(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "e", SK_BTF_ENUM, KIND_FLAG | 2, 4);
    word(&m, string(&m, "ONE"));
    word(&m, 1);
    word(&m, string(&m, "MINUS"));
    word(&m, UINT32_MAX);
    add(&m, "u", SK_BTF_ENUM, 1, 1);
    word(&m, string(&m, "HIGH"));
    word(&m, 0xff);
    add(&m, "big", SK_BTF_ENUM64, 1, 8);
    words(&m, string(&m, "BIG"), 1, 1);
    open_good(&m);
    expect_both(&m, 1, "\1\0\0\0", 4, "ONE", "\"ONE\"");
    expect_both(&m, 1, "\xff\xff\xff\xff", 4, "MINUS", "\"MINUS\"");
    expect_both(&m, 1, "\xfe\xff\xff\xff", 4, "-2", "-2");
    expect_both(&m, 2, "\xff", 1, "HIGH", "\"HIGH\"");
    expect_both(&m, 2, "\xfe", 1, "254", "254");
    expect_both(&m, 3, "\1\0\0\0\1\0\0\0", 8, "BIG", "\"BIG\"");
    expect_both(&m, 3, "\1\0\0\0\0\0\0\0", 8, "1", "1");
    end(&m);
}

static void test_reals(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "float", SK_BTF_FLOAT, 0, 4);
    add(&m, "double", SK_BTF_FLOAT, 0, 8);
    add(&m, "half", SK_BTF_FLOAT, 0, 2);
    add(&m, "long double", SK_BTF_FLOAT, 0, 16);
    open_good(&m);
    expect_both(&m, 1, "\0\0\xc0\x3f", 4, "1.5", "1.5");
    expect_both(&m, 2, "\0\0\0\0\0\0\xf8\xbf", 8, "-1.5", "-1.5");
    expect_both(&m, 1, "\0\0\x80\x7f", 4, "inf", "\"inf\"");
    expect_both(&m, 1, "\0\0\x80\xff", 4, "-inf", "\"-inf\"");
    expect_both(&m, 1, "\0\0\xc0\x7f", 4, "nan", "\"nan\"");
    expect_both(&m, 3, "\x34\x12", 2, "0x1234", "\"0x1234\"");
    expect_both(&m, 4, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 16, "0x20000000000000001",
                "\"0x20000000000000001\"");
    end(&m);
}

/* int 1, pointer 2, unsigned 3, and struct 4 of all sorts. */
static void begin_struct(struct btf_builder *m)
{
    begin(m);
    add_int(m, "int", 4, SK_BTF_SIGNED);
    add(m, "", SK_BTF_PTR, 0, 0);
    add_int(m, "unsigned", 4, 0);
    add(m, "s", SK_BTF_STRUCT, KIND_FLAG | 5, 24);
    member(m, "a", 1, 0, 3);
    member(m, "b", 3, 3, 7);
    member(m, "", 5, 32, 0);
    member(m, "p", 2, 64, 0);
    member(m, "list", 6, 128, 0);
    add(m, "", SK_BTF_UNION, 2, 4);
    member(m, "i", 1, 0, 0);
    member(m, "u", 3, 0, 0);
    add_array(m, 1, 2);
}

static const uint8_t struct_bytes[24] = {
    0x2f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xef, 0xbe, 0, 0,
    0,    0, 0, 0, 1,    0,    0,    0,    0,    0,    0, 0,
};

static void test_struct(void **state)
{
    struct btf_builder m;

    (void)state;
    begin_struct(&m);
    open_good(&m);
    expect_both(
        &m, 4, struct_bytes, 24,
        "{ .a = -1, .b = 5, .i = -1, .u = 4294967295, .p = 0xbeef, .list = { 1 } }",
        "{\"a\":\"0x7\",\"b\":\"0x5\",\"\":{\"i\":-1,\"u\":4294967295},"
        "\"p\":48879,\"list\":[1,0]}");
    expect_print(&m, 4, struct_bytes, 24, 0,
                 "{\n"
                 "    .a = -1,\n"
                 "    .b = 5,\n"
                 "    .i = -1,\n"
                 "    .u = 4294967295,\n"
                 "    .p = 0xbeef,\n"
                 "    .list = { 1 },\n"
                 "}");
    expect_print(&m, 4, struct_bytes, 24, SK_PRINT_JSON,
                 "{\n"
                 "    \"a\": \"0x7\",\n"
                 "    \"b\": \"0x5\",\n"
                 "    \"\": {\n"
                 "        \"i\": -1,\n"
                 "        \"u\": 4294967295\n"
                 "    },\n"
                 "    \"p\": 48879,\n"
                 "    \"list\": [1,0\n"
                 "    ]\n"
                 "}");
    expect_print(&m, 4, struct_bytes, 24, SK_PRINT_COMPACT | SK_PRINT_ZEROS,
                 "{ .a = -1, .b = 5, .i = -1, .u = 4294967295, .p = 0xbeef, "
                 ".list = { 1, 0 } }");
    expect_print(&m, 4, struct_bytes, 24, SK_PRINT_COMPACT | SK_PRINT_NO_NAMES,
                 "{ -1, 5, { -1, 4294967295 }, 0xbeef, { 1 } }");
    end(&m);
}

static void test_zeros(void **state)
{
    static const uint8_t zeros[24] = { 0 };
    struct btf_builder m;

    (void)state;
    begin_struct(&m);
    open_good(&m);
    expect_print(&m, 4, zeros, 24, 0, "{}");
    expect_print(&m, 4, zeros, 24, SK_PRINT_COMPACT | SK_PRINT_ZEROS,
                 "{ .a = 0, .b = 0, .i = 0, .u = 0, .p = 0x0, .list = { 0, 0 } }");
    end(&m);
}

/* Bit fields across bytes, up to 128 bits, and the sign of each. */
static void test_wide_bits(void **state)
{
    static const uint8_t bytes[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0x3f, 0x40, 0,    0,    0,    0,    0,    0x80 };
    struct btf_builder m;

    (void)state;
    begin(&m);
    add_int(&m, "__int128", 16, SK_BTF_SIGNED);
    add_int(&m, "long", 8, SK_BTF_SIGNED);
    add(&m, "s", SK_BTF_STRUCT, KIND_FLAG | 2, 16);
    member(&m, "a", 1, 0, 70);
    member(&m, "b", 1, 70, 58);
    add(&m, "t", SK_BTF_STRUCT, KIND_FLAG | 2, 16);
    member(&m, "c", 2, 1, 63);
    member(&m, "d", 2, 71, 57);
    open_good(&m);
    expect_both(&m, 3, bytes, 16,
                "{ .a = 0x3fffffffffffffffff, .b = -144115188075855616 }",
                "{\"a\":\"0x3fffffffffffffffff\",\"b\":\"0x200000000000100\"}");
    expect_both(&m, 4, bytes, 16, "{ .c = -1, .d = -72057594037927808 }",
                "{\"c\":\"0x7fffffffffffffff\",\"d\":\"0x100000000000080\"}");
    end(&m);
}

static void test_variables(void **state)
{
    static const uint8_t bytes[16] = {
        7, 0, 0, 0, 9, 9, 9, 9, 'h', 'i', 0, 0, 0, 0, 0, 0
    };
    struct btf_builder m;

    (void)state;
    begin(&m);
    add_int(&m, "int", 4, SK_BTF_SIGNED);
    add_int(&m, "char", 1, SK_BTF_SIGNED);
    add_array(&m, 2, 8);
    add_var(&m, "v", 1);
    add_var(&m, "text", 3);
    add(&m, ".data", SK_BTF_DATASEC, 2, 16);
    words(&m, 4, 0, 4);
    words(&m, 5, 8, 8);
    open_good(&m);
    expect_both(&m, 4, bytes, 16, "int v = 7;", "{\"v\":7}");
    expect_both(&m, 6, bytes, 16, "int v = 7; char text[8] = \"hi\";",
                "{\".data\":[{\"v\":7},{\"text\":\"hi\"}]}");
    expect_print(&m, 6, bytes, 16, 0, "int v = 7;\nchar text[8] = \"hi\";");
    end(&m);
}

/* Types that no values have, and too few bytes: nothing is written. */
static void test_no_values(void **state)
{
    static const uint8_t bytes[64] = { 0 };
    struct btf_builder m;
    struct sk_out out;
    char buf[8];

    (void)state;
    begin(&m);
    add_int(&m, "int", 4, SK_BTF_SIGNED);    /* 1 */
    add(&m, "", SK_BTF_FUNC_PROTO, 0, 0);    /* 2 */
    add(&m, "f", SK_BTF_FUNC, 0, 2);         /* 3 */
    add(&m, "gone", SK_BTF_FWD, 0, 0);       /* 4 */
    add(&m, "void_t", SK_BTF_TYPEDEF, 0, 0); /* 5 */
    add_array(&m, 1, 3);                     /* 6: 12 bytes */
    add_var(&m, "v", 1);                     /* 7 */
    add(&m, ".data", SK_BTF_DATASEC, 1, 0);  /* 8: without a size */
    words(&m, 7, 9, 4);
    open_good(&m);
    sk_out_buf(&out, buf, sizeof(buf));
    for (uint32_t id = 0; id < 6; id++)
        if (id != 1)
            assert_int_equal(sk_btf_print(&m.btf, id, bytes, 64, 0, &out, &m.err),
                             SKEP_E_ARGUMENT);
    assert_int_equal(sk_btf_print(&m.btf, 1, bytes, 3, 0, &out, &m.err), SKEP_E_ARGUMENT);
    assert_int_equal(sk_btf_print(&m.btf, 6, bytes, 11, 0, &out, &m.err),
                     SKEP_E_ARGUMENT);
    assert_int_equal(sk_btf_print(&m.btf, 8, bytes, 12, 0, &out, &m.err),
                     SKEP_E_ARGUMENT);
    assert_int_equal(out.len, 0);
    assert_int_equal(sk_btf_print(&m.btf, 8, bytes, 13, 0, &out, &m.err), SKEP_OK);
    end(&m);
}

/* A bit field at the end of the bytes is not read beyond them: the second half of L13. */
static void test_L13_bits(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add_int(&m, "long", 8, 0);
    add(&m, "s", SK_BTF_STRUCT, KIND_FLAG | 2, 3);
    member(&m, "a", 1, 0, 13);
    member(&m, "b", 1, 13, 11);
    open_good(&m);
    expect_both(&m, 2, "\xff\xff\xff", 3, "{ .a = 8191, .b = 2047 }",
                "{\"a\":\"0x1fff\",\"b\":\"0x7ff\"}");
    end(&m);
}

/* ---- Types -------------------------------------------------------------------------- */

static size_t dump_c(struct btf_builder *m, char *buf, size_t size)
{
    struct sk_out out;

    sk_out_buf(&out, buf, size);
    if (sk_btf_dump_c(&m->btf, &out, &m->err))
        fail_msg("%s", m->err.message);
    return out.len;
}

/* Many types of one name: the table of names grows while they are in it, the first half of
 * L13. */
static void test_L13_names(void **state)
{
    enum { COUNT = 3000, SIZE = 1 << 20 };
    char *text = malloc(SIZE), last[128];
    struct btf_builder m;

    (void)state;
    begin(&m);
    for (int i = 0; i < COUNT; i++) {
        char name[24];

        snprintf(name, sizeof(name), "s%d", i / 3);
        add(&m, name, SK_BTF_STRUCT, 0, 0);
    }
    open_good(&m);
    assert_in_range(dump_c(&m, text, SIZE), COUNT * 8, SIZE);
    for (int i = 0; i < COUNT; i += 3) {
        snprintf(last, sizeof(last),
                 "struct s%d {};\n\nstruct s%d___2 {};\n\nstruct s%d___3 {};", i / 3,
                 i / 3, i / 3);
        assert_non_null(strstr(text, last));
    }
    end(&m);
    free(text);
}

static void test_declarations(void **state)
{
    char text[256];
    struct btf_builder m;
    struct sk_out out;

    (void)state;
    begin(&m);
    add_int(&m, "int", 4, SK_BTF_SIGNED);
    add_array(&m, 1, 3);
    add(&m, "", SK_BTF_PTR, 0, 2);
    add(&m, "", SK_BTF_FUNC_PROTO, 1, 3); /* 4 */
    word(&m, string(&m, "n"));
    word(&m, 1);
    add(&m, "f", SK_BTF_FUNC, 0, 4);
    add(&m, "", SK_BTF_STRUCT, 0, 0);
    open_good(&m);
    sk_out_buf(&out, text, sizeof(text));
    sk_btf_put_declaration(&m.btf, 3, "p", &out);
    sk_puts(&out, "; ");
    sk_btf_put_declaration(&m.btf, 3, "", &out);
    sk_puts(&out, "; ");
    sk_btf_put_declaration(&m.btf, 5, "f", &out);
    sk_puts(&out, "; ");
    sk_btf_put_declaration(&m.btf, 6, "s", &out);
    sk_puts(&out, "; ");
    sk_btf_put_prototype(&m.btf, 5, &out);
    assert_string_equal(text, "int (*p)[3]; int(*)[3]; int (*f(int n))[3]; "
                              "struct { ... } s; int [3]* f(int n)");
    end(&m);
}

/* The types of a parameter each, and the whole as bpftool prog dump xlated printed it. */
static void test_prototypes(void **state)
{
    char text[512];
    struct btf_builder m;
    struct sk_out out;

    (void)state;
    begin(&m);
    add_int(&m, "int", 4, SK_BTF_SIGNED);
    add_int(&m, "char", 1, SK_BTF_SIGNED);
    add(&m, "", SK_BTF_CONST, 0, 2);
    add(&m, "", SK_BTF_PTR, 0, 3);          /* 4: const char * */
    add(&m, "__sk_buff", SK_BTF_FWD, 0, 0); /* 5 */
    add(&m, "", SK_BTF_PTR, 0, 5);
    add(&m, "", SK_BTF_CONST, 0, 6); /* 7: struct __sk_buff *const */
    add(&m, "", SK_BTF_PTR, 0, 0);
    add(&m, "", SK_BTF_PTR, 0, 8);        /* 9: void ** */
    add(&m, "", SK_BTF_FUNC_PROTO, 2, 1); /* 10 */
    words(&m, 0, 1, 0);
    word(&m, 4);
    add(&m, "", SK_BTF_PTR, 0, 10); /* 11: int (*)(int, const char *) */
    add(&m, "", SK_BTF_FUNC_PROTO, 0, 0);
    add(&m, "", SK_BTF_PTR, 0, 12); /* 13: void (*)(void) */
    add_array(&m, 1, 3);
    add(&m, "", SK_BTF_PTR, 0, 14);       /* 15: int (*)[3] */
    add(&m, "", SK_BTF_FUNC_PROTO, 7, 1); /* 16 */
    for (uint32_t i = 0; i < 6; i++) {
        static const uint32_t types[] = { 4, 7, 9, 11, 13, 15 };
        static const char *const names[] = {
            "text", "skb", "out", "plain", "none", "grid"
        };

        word(&m, string(&m, names[i]));
        word(&m, types[i]);
    }
    word(&m, 0);
    word(&m, 0);
    add(&m, "all", SK_BTF_FUNC, 0, 16);
    add(&m, "none", SK_BTF_FUNC, 0, 12);
    open_good(&m);
    sk_out_buf(&out, text, sizeof(text));
    sk_btf_put_prototype(&m.btf, 17, &out);
    assert_string_equal(text,
                        "int all(const char * text, const struct __sk_buff * skb, "
                        "void * * out, int (int, const char *)* plain, void ()* none, "
                        "int [3]* grid, ...)");
    sk_out_buf(&out, text, sizeof(text));
    sk_btf_put_prototype(&m.btf, 18, &out);
    assert_string_equal(text, "void none()");
    end(&m);
}

/* Names with escape sequences, quotes and the like. */
static void test_names_are_escaped(void **state)
{
    char text[TEXT_MAX];
    struct btf_builder m;
    struct sk_out out;

    (void)state;
    begin(&m);
    add_int(&m, "i\033[31m", 4, 0);
    add(&m, "s\"\n", SK_BTF_STRUCT, 1, 4);
    member(&m, "m\xc3\x9f", 1, 0, 0);
    open_good(&m);
    dump_c(&m, text, sizeof(text));
    assert_non_null(strstr(text, "struct s\"\\x0a {\n\ti\\x1b[31m m\\xc3\\x9f;\n};"));
    sk_out_buf(&out, text, sizeof(text));
    assert_int_equal(sk_btf_dump_raw(&m.btf, 0, &out, &m.err), SKEP_OK);
    assert_non_null(strstr(text, "[2] STRUCT 's\"\\x0a' size=4 vlen=1\n\t'm\\xc3\\x9f'"));
    sk_out_buf(&out, text, sizeof(text));
    assert_int_equal(
        sk_btf_dump_raw(&m.btf, SK_PRINT_JSON | SK_PRINT_COMPACT, &out, &m.err), SKEP_OK);
    assert_non_null(strstr(text, "\"name\":\"i\\u001b[31m\""));
    assert_non_null(strstr(text, "\"name\":\"s\\\"\\n\""));
    expect_both(&m, 2, "\1\0\0\0", 4, "{ .m\\xc3\\x9f = 1 }", "{\"m\\u00c3\\u009f\":1}");
    end(&m);
}

/* ---- Endless ------------------------------------------------------------------------ */

static int count_text(void *ctx, const char *text, size_t len)
{
    (void)text;
    *(size_t *)ctx += len;
    return 0;
}

/* The text ends with an error, and not too late. */
static void expect_too_much(struct btf_builder *m, uint32_t id, const void *data,
                            size_t len)
{
    size_t written = 0;
    struct sk_out out;
    enum skep_code code;

    sk_out_writer(&out, count_text, &written);
    code = id ? sk_btf_print(&m->btf, id, data, len, SK_PRINT_ZEROS, &out, &m->err)
              : sk_btf_dump_c(&m->btf, &out, &m->err);
    assert_int_equal(code, SKEP_E_BTF);
    assert_non_null(strstr(m->err.message, "too much text"));
    assert_in_range(written, 0, 1 << 20);
    if (!id)
        return;
    code = sk_btf_print(&m->btf, id, data, len, SK_PRINT_JSON, &out, &m->err);
    assert_int_equal(code, SKEP_E_BTF);
}

/* A union of two unions of two unions ... of an int: 2^60 of them. */
static void test_wide(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add_int(&m, "int", 4, 0);
    for (uint32_t i = 1; i < 60; i++) {
        add(&m, "", SK_BTF_UNION, 2, 4);
        member(&m, "a", i, 0, 0);
        member(&m, "b", i, 0, 0);
    }
    add(&m, "t", SK_BTF_TYPEDEF, 0, 60);
    open_good(&m);
    expect_too_much(&m, 0, NULL, 0);
    expect_too_much(&m, 60, "\1\0\0\0", 4);
    end(&m);
}

/* The same of structs of nothing, and of arrays of them. */
static void test_wide_nothing(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "", SK_BTF_STRUCT, 0, 0);
    for (uint32_t i = 1; i < 60; i++) {
        add(&m, "", SK_BTF_STRUCT, 2, 0);
        member(&m, "a", i, 0, 0);
        member(&m, "b", i, 0, 0);
    }
    add_array(&m, 1, UINT32_MAX);
    add(&m, "t", SK_BTF_TYPEDEF, 0, 60);
    open_good(&m);
    expect_too_much(&m, 0, NULL, 0);
    expect_too_much(&m, 60, "", 0);
    expect_too_much(&m, 61, "", 0);
    end(&m);
}

/* Prototypes of prototypes. */
static void test_wide_prototypes(void **state)
{
    char text[TEXT_MAX * 2];
    struct btf_builder m;
    struct sk_out out;

    (void)state;
    begin(&m);
    add_int(&m, "int", 4, 0);
    for (uint32_t i = 1; i < 60; i++) {
        add(&m, "", SK_BTF_FUNC_PROTO, 2, i);
        for (int k = 0; k < 2; k++) {
            word(&m, 0);
            word(&m, i);
        }
    }
    add(&m, "f", SK_BTF_FUNC, 0, 60);
    add(&m, "t", SK_BTF_TYPEDEF, 0, 60);
    open_good(&m);
    expect_too_much(&m, 0, NULL, 0);
    sk_out_buf(&out, text, sizeof(text));
    sk_btf_put_declaration(&m.btf, 61, "f", &out);
    assert_in_range(out.len, 100, 5000);
    assert_string_equal(text + out.len - 3, "...");
    sk_out_buf(&out, text, sizeof(text));
    sk_btf_put_prototype(&m.btf, 61, &out);
    assert_in_range(out.len, 100, 1023);
    end(&m);
}

/* Gaps of gigabytes. */
static void test_wide_gap(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "s", SK_BTF_STRUCT, 0, UINT32_MAX);
    open_good(&m);
    expect_too_much(&m, 0, NULL, 0);
    end(&m);
}

/* A name of a megabyte that every member has. */
static void test_wide_names(void **state)
{
    enum { NAME = 1 << 20, MEMBERS = 60000 };
    char *name = malloc(NAME + 1);
    struct btf_builder m;
    struct sk_out out;
    size_t written = 0;
    uint32_t at;

    (void)state;
    memset(name, 'x', NAME);
    name[NAME] = 0;
    begin(&m);
    at = string(&m, name);
    add_int(&m, "int", 4, 0);
    add(&m, "s", SK_BTF_STRUCT, MEMBERS, 4 * MEMBERS);
    for (uint32_t i = 0; i < MEMBERS; i++)
        words(&m, at, 1, 32 * i);
    open_good(&m);
    sk_out_writer(&out, count_text, &written);
    assert_int_equal(sk_btf_dump_raw(&m.btf, 0, &out, &m.err), SKEP_E_BTF);
    assert_int_equal(sk_btf_dump_c(&m.btf, &out, &m.err), SKEP_E_BTF);
    assert_in_range(written, 0, 1 << 28);
    end(&m);
    free(name);
}

/* A union that points to itself and has no name: C cannot say it. */
static void test_nameless_circle(void **state)
{
    struct btf_builder m;
    size_t written = 0;
    struct sk_out out;
    char text[256];

    (void)state;
    begin(&m);
    add(&m, "", SK_BTF_STRUCT, 1, 8);
    member(&m, "self", 2, 0, 0);
    add(&m, "", SK_BTF_PTR, 0, 1);
    add(&m, "t", SK_BTF_TYPEDEF, 0, 1);
    open_good(&m);
    sk_out_writer(&out, count_text, &written);
    assert_int_equal(sk_btf_dump_c(&m.btf, &out, &m.err), SKEP_E_BTF);
    assert_non_null(strstr(m.err.message, "type 1: "));
    sk_out_buf(&out, text, sizeof(text));
    sk_btf_put_declaration(&m.btf, 2, "p", &out);
    assert_string_equal(text, "struct { ... } *p");
    end(&m);
}

/* Structs without names that point to each other in a row, longer than any way may be. */
static void test_nameless_row(void **state)
{
    enum { LENGTH = 5000 };
    struct btf_builder m;
    size_t written = 0;
    struct sk_out out;

    (void)state;
    begin(&m);
    for (uint32_t i = 0; i < LENGTH; i++) {
        add(&m, "", SK_BTF_STRUCT, 1, 8);
        member(&m, "p", 2 * i + 2, 0, 0);
        add(&m, "", SK_BTF_PTR, 0, i + 1 < LENGTH ? 2 * i + 3 : 0);
    }
    open_good(&m);
    sk_out_writer(&out, count_text, &written);
    assert_int_equal(sk_btf_dump_c(&m.btf, &out, &m.err), SKEP_E_BTF);
    assert_non_null(strstr(m.err.message, "nested too deeply"));
    end(&m);
}

static int refuse_text(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    (void)text;
    (void)len;
    return 1;
}

static void test_refused_output(void **state)
{
    struct btf_builder m;
    struct sk_out out;

    (void)state;
    begin_struct(&m);
    open_good(&m);
    sk_out_writer(&out, refuse_text, NULL);
    assert_int_equal(sk_btf_dump_raw(&m.btf, 0, &out, &m.err), SKEP_E_OUTPUT);
    sk_out_writer(&out, refuse_text, NULL);
    assert_int_equal(sk_btf_dump_c(&m.btf, &out, &m.err), SKEP_E_OUTPUT);
    sk_out_writer(&out, refuse_text, NULL);
    assert_int_equal(sk_btf_print(&m.btf, 4, struct_bytes, 24, 0, &out, &m.err),
                     SKEP_E_OUTPUT);
    end(&m);
}

/* Refuses requests from the k-th on. */
static void *miser_alloc(void *ctx, void *block, size_t old, size_t size)
{
    uint32_t *left = ctx;

    (void)old;
    if (!size) {
        free(block);
        return NULL;
    }
    if (!*left)
        return NULL;
    --*left;
    return realloc(block, size);
}

/* Without memory at any point: no leak, and the error says so. */
static void test_dump_without_memory(void **state)
{
    enum skep_code code = SKEP_E_NO_MEMORY;
    struct btf_builder m;
    struct sk_mem mem;
    uint32_t k;

    (void)state;
    begin(&m);
    for (int i = 0; i < 100; i++) {
        char name[16];

        snprintf(name, sizeof(name), "s%d", i);
        add(&m, name, SK_BTF_STRUCT, 0, 0);
        add(&m, name, SK_BTF_TYPEDEF, 0, m.last);
    }
    open_good(&m);
    mem = m.btf.mem;
    for (k = 0; code; k++) {
        uint32_t left = k;
        size_t written = 0;
        struct sk_out out;

        m.btf.mem = (struct sk_mem){ miser_alloc, &left };
        sk_out_writer(&out, count_text, &written);
        code = sk_btf_dump_c(&m.btf, &out, &m.err);
        if (code)
            assert_int_equal(code, SKEP_E_NO_MEMORY);
    }
    assert_in_range(k, 5, 30);
    m.btf.mem = mem;
    end(&m);
}

/* What fails first is what is reported, also where memory ends behind it. */
static void test_dump_first_error(void **state)
{
    struct btf_builder m;
    struct sk_mem mem;
    uint32_t left = 1; /* for the table of types, none for the queue */
    size_t written = 0;
    struct sk_out out;

    (void)state;
    begin(&m);
    add(&m, "outer", SK_BTF_STRUCT, 1, 8);
    word(&m, string(&m, "inner")), word(&m, 2), word(&m, 0);
    add(&m, "", SK_BTF_STRUCT, 1, 8);
    word(&m, string(&m, "self")), word(&m, 3), word(&m, 0);
    add(&m, "", SK_BTF_PTR, 0, 2);
    open_good(&m);
    mem = m.btf.mem;
    m.btf.mem = (struct sk_mem){ miser_alloc, &left };
    sk_out_writer(&out, count_text, &written);
    assert_int_equal(sk_btf_dump_c(&m.btf, &out, &m.err), SKEP_E_BTF);
    assert_int_equal(m.err.code, SKEP_E_BTF);
    assert_non_null(strstr(m.err.message, "it has no name"));
    m.btf.mem = mem;
    end(&m);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ints),
        cmocka_unit_test(test_partial_int),
        cmocka_unit_test(test_chars),
        cmocka_unit_test(test_enums),
        cmocka_unit_test(test_reals),
        cmocka_unit_test(test_struct),
        cmocka_unit_test(test_zeros),
        cmocka_unit_test(test_wide_bits),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_no_values),
        cmocka_unit_test(test_L13_bits),
        cmocka_unit_test(test_L13_names),
        cmocka_unit_test(test_declarations),
        cmocka_unit_test(test_prototypes),
        cmocka_unit_test(test_names_are_escaped),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_wide_nothing),
        cmocka_unit_test(test_wide_prototypes),
        cmocka_unit_test(test_wide_gap),
        cmocka_unit_test(test_wide_names),
        cmocka_unit_test(test_nameless_circle),
        cmocka_unit_test(test_nameless_row),
        cmocka_unit_test(test_refused_output),
        cmocka_unit_test(test_dump_without_memory),
        cmocka_unit_test(test_dump_first_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
