/* Reading .BTF.ext: the records of good bytes, and that bad ones are refused. */
#include "btf/ext.h"
#include "btf_builder.h"

enum { WORDS_MAX = 64, EXT_HEADER = 32 };

/* A .BTF.ext of words behind a header that is made for it, and the BTF that it is of: a
 * FUNC_PROTO 1, a FUNC 2, and strings. */
struct ext_image {
    struct btf_builder btf;
    uint32_t section, file, line, access; /* strings */
    uint32_t words[WORDS_MAX];
    uint32_t count;
    uint32_t starts[SK_EXT_TABLES + 1]; /* words at which the tables begin */
    uint8_t *bytes;
    size_t len;
    struct sk_btf_ext ext;
    struct skep_err err;
};

static void begin_ext(struct ext_image *x)
{
    *x = (struct ext_image){ .count = 0 };
    begin(&x->btf);
    add(&x->btf, "", SK_BTF_FUNC_PROTO, 0, 0);
    add(&x->btf, "prog", SK_BTF_FUNC, 1, 1);
    x->section = string(&x->btf, "tc");
    x->file = string(&x->btf, "prog.c");
    x->line = string(&x->btf, "return 0;");
    x->access = string(&x->btf, "0:1");
    open_good(&x->btf);
}

static void put(struct ext_image *x, uint32_t value)
{
    assert_true(x->count < WORDS_MAX);
    x->words[x->count++] = value;
}

static void put_all(struct ext_image *x, uint32_t count, const uint32_t *values)
{
    for (uint32_t i = 0; i < count; i++)
        put(x, values[i]);
}

#define PUT(x, ...)                                                                      \
    put_all(x, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t),             \
            (const uint32_t[]){ __VA_ARGS__ })

/* The next table begins here, with its record size. */
static void table(struct ext_image *x, int index, uint32_t record_size)
{
    x->starts[index] = x->count;
    put(x, record_size);
}

static void assemble_ext(struct ext_image *x)
{
    uint32_t header[EXT_HEADER / 4] = { 0x0001eb9f, EXT_HEADER };

    x->starts[SK_EXT_TABLES] = x->count;
    for (int i = 0; i < SK_EXT_TABLES; i++) {
        header[2 + 2 * i] = 4 * x->starts[i];
        header[3 + 2 * i] = 4 * (x->starts[i + 1] - x->starts[i]);
    }
    x->len = EXT_HEADER + 4 * x->count;
    x->bytes = malloc(x->len);
    for (uint32_t i = 0; i < EXT_HEADER / 4; i++)
        sk_store32(x->bytes + 4 * i, sk_le32(header[i]));
    for (uint32_t i = 0; i < x->count; i++)
        sk_store32(x->bytes + EXT_HEADER + 4 * i, sk_le32(x->words[i]));
}

static enum skep_code open_ext(struct ext_image *x)
{
    const struct sk_btf_source source = { ".BTF.ext", 5, 0x100 };

    return sk_btf_ext_open(&x->ext, &x->btf.btf, x->bytes, x->len, &source, &x->err);
}

static void end_ext(struct ext_image *x)
{
    end(&x->btf);
    free(x->bytes);
}

static void refuse_ext(struct ext_image *x, const char *why)
{
    assert_int_equal(open_ext(x), SKEP_E_SECTION);
    assert_non_null(strstr(x->err.message, "section '.BTF.ext' (index 5), offset 0x1"));
    if (!strstr(x->err.message, why))
        fail_msg("'%s' has no '%s'", x->err.message, why);
}

/* Functions, lines and relocations of one section. */
static void begin_good(struct ext_image *x)
{
    begin_ext(x);
    table(x, SK_EXT_FUNC, 8);
    PUT(x, x->section, 1, 0, 2);
    table(x, SK_EXT_LINE, 16);
    PUT(x, x->section, 2, 0, x->file, x->line, 7 << 10 | 3, 8, x->file, x->line, 9 << 10);
    table(x, SK_EXT_CORE, 16);
    PUT(x, x->section, 1, 16, 1, x->access, 5);
}

static void test_records(void **state)
{
    struct sk_ext_section s = { 0 };
    struct sk_ext_line line;
    struct sk_ext_core core;
    struct ext_image x;

    (void)state;
    begin_good(&x);
    assemble_ext(&x);
    assert_int_equal(open_ext(&x), SKEP_OK);
    assert_true(sk_btf_ext_next(&x.ext, SK_EXT_FUNC, &s));
    assert_string_equal(s.name, "tc");
    assert_int_equal(s.count, 1);
    assert_int_equal(sk_ext_func(&x.ext, &s, 0).type, 2);
    assert_false(sk_btf_ext_next(&x.ext, SK_EXT_FUNC, &s));

    s = (struct sk_ext_section){ 0 };
    assert_true(sk_btf_ext_next(&x.ext, SK_EXT_LINE, &s));
    line = sk_ext_line(&x.ext, &s, 0);
    assert_string_equal(line.file, "prog.c");
    assert_string_equal(line.text, "return 0;");
    assert_int_equal(line.line, 7);
    assert_int_equal(line.column, 3);
    assert_int_equal(sk_ext_line(&x.ext, &s, 1).insn_off, 8);

    s = (struct sk_ext_section){ 0 };
    assert_true(sk_btf_ext_next(&x.ext, SK_EXT_CORE, &s));
    core = sk_ext_core(&x.ext, &s, 0);
    assert_int_equal(core.insn_off, 16);
    assert_string_equal(core.access, "0:1");
    assert_int_equal(core.kind, 5);
    end_ext(&x);
}

/* Records that are longer than is known are read all the same. */
static void test_long_records(void **state)
{
    struct sk_ext_section s = { 0 };
    struct ext_image x;

    (void)state;
    begin_ext(&x);
    table(&x, SK_EXT_FUNC, 16);
    PUT(&x, x.section, 2, 0, 2, 77, 77, 24, 2, 77, 77);
    x.starts[SK_EXT_LINE] = x.starts[SK_EXT_CORE] = x.count;
    assemble_ext(&x);
    assert_int_equal(open_ext(&x), SKEP_OK);
    assert_true(sk_btf_ext_next(&x.ext, SK_EXT_FUNC, &s));
    assert_int_equal(sk_ext_func(&x.ext, &s, 1).insn_off, 24);
    assert_false(sk_btf_ext_next(&x.ext, SK_EXT_LINE, &s));
    end_ext(&x);
}

static void test_ext_truncated(void **state)
{
    struct ext_image x;
    size_t whole;

    (void)state;
    begin_good(&x);
    assemble_ext(&x);
    whole = x.len;
    for (x.len = 0; x.len < whole; x.len++) {
        uint8_t *all = x.bytes;

        x.bytes = malloc(x.len ? x.len : 1);
        memcpy(x.bytes, all, x.len);
        refuse_ext(&x, "");
        free(x.bytes);
        x.bytes = all;
    }
    end_ext(&x);
}

static void test_ext_header(void **state)
{
    static const struct {
        uint32_t at, size, value;
        const char *why;
    } fields[] = {
        { 0, 2, 0x9feb, "magic number is 0x9feb" },
        { 2, 1, 2, "version 2" },
        { 3, 1, 8, "flags 0x8" },
        { 4, 4, 0, "a header of 0 bytes" },
        { 4, 4, 23, "a header of 23 bytes" },
        { 4, 4, UINT32_MAX, "a header of 4294967295 bytes" },
        { 8, 4, 2, "aligned to 4" },
        { 8, 4, UINT32_MAX - 3, "aligned to 4" },
        { 12, 4, 2, "4 or more" },
        { 12, 4, UINT32_MAX, "within" },
        { 16, 4, 0x1000, "within" },
        { 28, 4, 0x1000, "within" },
        { 12, 4, 12, "records" }, /* the table ends within a record */
        { 12, 4, 8, "cut" },      /* and within a section's head */
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(fields); i++) {
        uint32_t value = sk_le32(fields[i].value);
        struct ext_image x;

        begin_good(&x);
        assemble_ext(&x);
        if (SK_BIG_ENDIAN && fields[i].size < 4)
            value >>= 32 - 8 * fields[i].size;
        memcpy(x.bytes + fields[i].at, &value, fields[i].size);
        refuse_ext(&x, fields[i].why);
        end_ext(&x);
    }
}

/* A word of the good image, and what is said of a bad value. */
static void test_ext_words(void **state)
{
    static const struct {
        uint32_t word, value;
        const char *why;
    } all[] = {
        { 0, 0, "function records of 0 bytes" },
        { 0, 4, "function records of 4 bytes" },
        { 0, 7, "function records of 7 bytes" },
        { 0, 9, "function records of 9 bytes" },
        { 0, UINT32_MAX, "function records of 4294967295 bytes" },
        { 0, UINT32_MAX - 3, "1 to 0 would fit" },
        { 1, 0xffff, "section's name" },
        { 2, 0, "0 function records" },
        { 2, 2, "1 to 1 would fit" },
        { 2, UINT32_MAX, "1 to 1 would fit" },
        { 4, 0, "a FUNC was expected" },
        { 4, 1, "a FUNC was expected" },
        { 4, 3, "a FUNC was expected" },
        { 4, UINT32_MAX, "a FUNC was expected" },
        { 5, 12, "line records of 12 bytes" },
        { 7, 3, "1 to 2 would fit" },
        { 9, UINT32_MAX, "file name" },
        { 10, 1000, "a line at" },
        { 16, 12, "CO-RE records of 12 bytes" },
        { 20, 100500, "an id below 3 was expected" },
        { 21, 1000, "access string" },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(all); i++) {
        struct ext_image x;

        begin_good(&x);
        x.words[all[i].word] = all[i].value;
        assemble_ext(&x);
        refuse_ext(&x, all[i].why);
        end_ext(&x);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),       cmocka_unit_test(test_long_records),
        cmocka_unit_test(test_ext_truncated), cmocka_unit_test(test_ext_header),
        cmocka_unit_test(test_ext_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
