/* The ground everything stands on: bits, digests, memory, text output, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/blob.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/out.h"
#include "base/sha256.h"
#include "books.h"

/* ---- Bits -------------------------------------------------------------------------- */

static void test_unaligned_access(void **state)
{
    uint8_t bytes[16] = { 0 };

    (void)state;
    for (int at = 0; at < 8; at++) {
        memset(bytes, 0, sizeof(bytes));
        sk_store64(bytes + at, UINT64_C(0x0102030405060708));
        assert_true(sk_load64(bytes + at) == UINT64_C(0x0102030405060708));
        assert_int_equal(sk_load8(bytes + at), SK_BIG_ENDIAN ? 1 : 8);
        sk_store32(bytes + at, 0xdeadbeef);
        assert_int_equal(sk_load32(bytes + at), 0xdeadbeef);
        sk_store16(bytes + at, 0xbeef);
        assert_int_equal(sk_load16(bytes + at), 0xbeef);
        sk_store8(bytes + at, 0xab);
        assert_int_equal(sk_load8(bytes + at), 0xab);
    }
}

static void test_byte_order(void **state)
{
    static const uint8_t little[8] = { 8, 7, 6, 5, 4, 3, 2, 1 };
    static const uint8_t big[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

    (void)state;
    assert_true(sk_le64(sk_load64(little)) == UINT64_C(0x0102030405060708));
    assert_true(sk_be64(sk_load64(big)) == UINT64_C(0x0102030405060708));
    assert_int_equal(sk_le32(sk_load32(little)), 0x05060708);
    assert_int_equal(sk_be32(sk_load32(big)), 0x01020304);
    assert_int_equal(sk_le16(sk_load16(little)), 0x0708);
    assert_int_equal(sk_be16(sk_load16(big)), 0x0102);
}

static void test_sign_extension(void **state)
{
    (void)state;
    assert_true(sk_sext8(0x80) == UINT64_C(0xffffffffffffff80));
    assert_true(sk_sext8(0x17f) == 0x7f);
    assert_true(sk_sext16(0x8000) == UINT64_C(0xffffffffffff8000));
    assert_true(sk_sext16(UINT64_C(0xffffffffffff7fff)) == 0x7fff);
    assert_true(sk_sext32(0x80000000) == UINT64_C(0xffffffff80000000));
    assert_true(sk_sext32(UINT64_C(0x17fffffff)) == 0x7fffffff);
}

/* ---- SHA-256: the examples of FIPS 180, and of NIST's page of them ----------------- */

struct digest {
    const char *message;
    uint32_t times; /* the message that often */
    uint8_t digest[32];
};

static const struct digest digests[] = {
    { "", 1, { 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
               0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
               0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55 } },
    { "abc", 1, { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                  0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                  0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad } },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      1,
      { 0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26,
        0x93, 0x0c, 0x3e, 0x60, 0x39, 0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff,
        0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1 } },
    { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
      "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      1,
      { 0xcf, 0x5b, 0x16, 0xa7, 0x78, 0xaf, 0x83, 0x80, 0x03, 0x6c, 0xe5,
        0x9e, 0x7b, 0x04, 0x92, 0x37, 0x0b, 0x24, 0x9b, 0x11, 0xe8, 0xf0,
        0x7a, 0x51, 0xaf, 0xac, 0x45, 0x03, 0x7a, 0xfe, 0xe9, 0xd1 } },
    { "a", 1000000, { 0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92, 0x81, 0xa1, 0xc7,
                      0xe2, 0x84, 0xd7, 0x3e, 0x67, 0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97,
                      0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11, 0x2c, 0xd0 } },
};

static void test_sha256_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < SK_LEN(digests); i++) {
        struct sk_sha256 sha;
        uint8_t digest[32];

        sk_sha256_init(&sha);
        for (uint32_t k = 0; k < digests[i].times; k++)
            sk_sha256_add(&sha, digests[i].message, strlen(digests[i].message));
        sk_sha256_end(&sha, digest);
        assert_memory_equal(digest, digests[i].digest, sizeof(digest));
    }
}

/* However a message is cut, and at every length around the block's 64 bytes. */
static void test_sha256_pieces(void **state)
{
    uint8_t message[200];

    (void)state;
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)(i * 7);
    for (size_t len = 0; len <= sizeof(message); len++) {
        uint8_t whole[32], cut[32];
        struct sk_sha256 sha;

        sk_sha256_init(&sha);
        sk_sha256_add(&sha, message, len);
        sk_sha256_end(&sha, whole);
        sk_sha256_init(&sha);
        for (size_t at = 0, n = 0; at < len; at += n) {
            n = at % 13 + 1 < len - at ? at % 13 + 1 : len - at;
            sk_sha256_add(&sha, message + at, n);
            sk_sha256_add(&sha, message, 0);
        }
        sk_sha256_end(&sha, cut);
        assert_memory_equal(whole, cut, sizeof(whole));
    }
}

/* ---- Memory ------------------------------------------------------------------------ */

static void test_mem_blocks(void **state)
{
    struct books books = { 0 };
    struct sk_mem mem = { books_alloc, &books };
    uint32_t *block = sk_mem_new(&mem, 10, sizeof(*block));
    void *none = sk_mem_new(&mem, 0, 8);

    (void)state;
    assert_non_null(block);
    for (int i = 0; i < 10; i++)
        assert_int_equal(block[i], 0);
    assert_non_null(none);
    assert_int_equal(books.live, 40 + 8);
    block[9] = 7;
    block = sk_mem_resize(&mem, block, 10, 20, sizeof(*block));
    assert_int_equal(block[9], 7);
    sk_mem_free(&mem, block, 20, sizeof(*block));
    sk_mem_free(&mem, none, 0, 8);
    sk_mem_free(&mem, NULL, 5, 1);
    assert_int_equal(books.live, 0);
    assert_int_equal(books.blocks, 0);
    assert_false(books.wrong);
}

static void test_mem_overflow(void **state)
{
    struct books books = { 0 };
    struct sk_mem mem = { books_alloc, &books };

    (void)state;
    assert_null(sk_mem_new(&mem, SIZE_MAX / 2, 3));
    assert_null(sk_mem_resize(&mem, NULL, 0, SIZE_MAX, 2));
    assert_int_equal(books.calls, 0);
}

static void test_mem_grow(void **state)
{
    struct books books = { 0 };
    struct sk_mem mem = { books_alloc, &books };
    uint64_t *list = NULL;
    size_t cap = 0;

    (void)state;
    for (size_t len = 0; len < 1000; len++) {
        assert_int_equal(sk_mem_grow(&mem, &list, &cap, len, 1, sizeof(*list), NULL),
                         SKEP_OK);
        assert_true(cap > len);
        list[len] = len;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(list[i], i);
    assert_true(books.calls < 20); /* it doubles */
    sk_mem_free(&mem, list, cap, sizeof(*list));
    assert_int_equal(books.live, 0);
    assert_false(books.wrong);
}

static void test_mem_grow_fails(void **state)
{
    struct books books = { 0 };
    struct sk_mem mem = { books_alloc, &books };
    struct skep_err err;
    uint64_t *list = NULL, *before;
    size_t cap = 0;

    (void)state;
    assert_int_equal(sk_mem_grow(&mem, &list, &cap, 0, 3, sizeof(*list), NULL), SKEP_OK);
    before = list;
    books.fail_at = books.calls + 1;
    assert_int_equal(sk_mem_grow(&mem, &list, &cap, cap, 1, sizeof(*list), &err),
                     SKEP_E_NO_MEMORY);
    assert_ptr_equal(list, before);
    assert_int_equal(sk_mem_grow(&mem, &list, &cap, 2, SIZE_MAX, sizeof(*list), &err),
                     SKEP_E_NO_MEMORY);
    assert_int_equal(sk_mem_grow(&mem, &list, &cap, 2, SIZE_MAX / 4, sizeof(*list), &err),
                     SKEP_E_NO_MEMORY);
    assert_int_equal(err.code, SKEP_E_NO_MEMORY);
    assert_ptr_equal(list, before);
    sk_mem_free(&mem, list, cap, sizeof(*list));
    assert_int_equal(books.live, 0);
}

/* ---- Binary data -------------------------------------------------------------------- */

/* The examples of DWARF 5, tables 7.5 and 7.6, and the ends of the ranges. */
static void test_blob_leb128(void **state)
{
    static const struct {
        int64_t value;
        uint8_t is_signed, len, bytes[10];
    } cases[] = {
        { 2, 0, 1, { 0x02 } },
        { 127, 0, 1, { 0x7f } },
        { 128, 0, 2, { 0x80, 0x01 } },
        { 12857, 0, 2, { 0xb9, 0x64 } },
        { -1, 0, 10, { 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 } },
        { 2, 1, 1, { 0x02 } },
        { -2, 1, 1, { 0x7e } },
        { 127, 1, 2, { 0xff, 0x00 } },
        { -127, 1, 2, { 0x81, 0x7f } },
        { 128, 1, 2, { 0x80, 0x01 } },
        { -128, 1, 2, { 0x80, 0x7f } },
        { -129, 1, 2, { 0xff, 0x7e } },
        { INT64_MAX, 1, 10, { 255, 255, 255, 255, 255, 255, 255, 255, 255, 0 } },
        { INT64_MIN, 1, 10, { 128, 128, 128, 128, 128, 128, 128, 128, 128, 0x7f } },
    };
    struct sk_mem mem = sk_mem_default();
    struct sk_blob blob;

    (void)state;
    for (size_t i = 0; i < SK_LEN(cases); i++) {
        sk_blob_init(&blob, &mem);
        if (cases[i].is_signed)
            sk_blob_sleb(&blob, cases[i].value);
        else
            sk_blob_uleb(&blob, (uint64_t)cases[i].value);
        assert_int_equal(blob.len, cases[i].len);
        assert_memory_equal(blob.data, cases[i].bytes, cases[i].len);
        sk_blob_fini(&blob);
    }
}

static void test_blob_grows(void **state)
{
    static const uint8_t want[] = { 1, 'a', 0, 7, 7, 7, 7, 7, 9 };
    struct sk_mem mem = sk_mem_default();
    struct sk_blob blob;

    (void)state;
    sk_blob_init(&blob, &mem);
    sk_blob_8(&blob, 0x1ff);
    sk_blob_text(&blob, "a");
    sk_blob_align(&blob, 1, 7, 7);
    sk_blob_align(&blob, 0, 4, 7);
    sk_blob_8(&blob, 9);
    sk_blob_patch(&blob, 0, want, 1);
    assert_int_equal(blob.len, sizeof(want));
    assert_memory_equal(blob.data, want, sizeof(want));
    for (uint32_t i = 0; i < 1000; i++)
        sk_blob_64(&blob, i);
    assert_int_equal(blob.len, sizeof(want) + 8000);
    assert_int_equal(sk_load64(blob.data + blob.len - 8), 999);
    assert_int_equal(sk_blob_check(&blob, NULL), SKEP_OK);
    sk_blob_fini(&blob);
    assert_null(blob.data);
}

/* What did not fit is remembered; nothing after it is added. */
static void test_blob_without_memory(void **state)
{
    struct books books = { .fail_at = 2 };
    struct sk_mem mem = { books_alloc, &books };
    struct sk_blob blob;

    (void)state;
    sk_blob_init(&blob, &mem);
    sk_blob_64(&blob, 1);
    for (int i = 0; i < 3; i++)
        sk_blob_add(&blob, &(uint64_t[4]){ 0 }, 32);
    sk_blob_8(&blob, 1);
    sk_blob_align(&blob, 0, 64, 0);
    sk_blob_patch(&blob, 100, "x", 1);
    assert_int_equal(blob.len, 8);
    assert_int_equal(sk_blob_check(&blob, NULL), SKEP_E_NO_MEMORY);
    sk_blob_fini(&blob);
    assert_int_equal(books.blocks, 0);
    assert_false(books.wrong);
}

/* ---- Text output ------------------------------------------------------------------- */

static void test_out_buffer(void **state)
{
    struct sk_out out;
    char buf[8];

    (void)state;
    memset(buf, 'x', sizeof(buf));
    sk_out_buf(&out, buf, sizeof(buf));
    assert_string_equal(buf, "");
    sk_puts(&out, "abc");
    sk_printf(&out, "%d", 12);
    assert_string_equal(buf, "abc12");
    sk_puts(&out, "defgh");
    assert_string_equal(buf, "abc12de");
    sk_puts(&out, "i");
    assert_string_equal(buf, "abc12de");
    assert_int_equal(out.len, 11);
}

static void test_out_no_room(void **state)
{
    struct sk_out out;
    char one = 'x';

    (void)state;
    sk_out_buf(&out, &one, 0);
    sk_puts(&out, "abc");
    assert_int_equal(one, 'x');
    assert_int_equal(out.len, 3);
    sk_out_buf(&out, &one, 1);
    sk_puts(&out, "abc");
    assert_int_equal(one, 0);
    sk_out_buf(&out, NULL, 0);
    sk_puts(&out, "abcd");
    assert_int_equal(out.len, 4);
}

/* Keeps what it is given, until it refuses. */
struct writer {
    char text[64];
    size_t len;
    int calls, refuse_at;
};

static int take(void *ctx, const char *text, size_t len)
{
    struct writer *writer = ctx;

    if (++writer->calls == writer->refuse_at)
        return 1;
    memcpy(writer->text + writer->len, text, len);
    writer->len += len;
    return 0;
}

static void test_out_writer(void **state)
{
    struct writer writer = { .refuse_at = 3 };
    struct sk_out out;

    (void)state;
    sk_out_writer(&out, take, &writer);
    sk_puts(&out, "ab");
    sk_puts(&out, "");
    sk_printf(&out, "%s-%d", "c", 4);
    assert_false(out.failed);
    sk_puts(&out, "refused");
    assert_true(out.failed);
    sk_puts(&out, "not even offered");
    assert_int_equal(writer.calls, 3);
    assert_int_equal(writer.len, 5);
    assert_memory_equal(writer.text, "abc-4", 5);
}

/* ---- Foreign text ------------------------------------------------------------------ */

static const char *escaped(char *buf, size_t size, const char *s)
{
    return sk_escape(buf, size, s, strlen(s));
}

static void test_escape(void **state)
{
    char buf[32];

    (void)state;
    assert_string_equal(escaped(buf, sizeof(buf), "plain text"), "plain text");
    assert_string_equal(escaped(buf, sizeof(buf), "a\nb"), "a\\x0ab");
    assert_string_equal(escaped(buf, sizeof(buf), "'\"\\"), "\\x27\\x22\\x5c");
    assert_string_equal(escaped(buf, sizeof(buf), "\x7f\xc3\xa4"), "\\x7f\\xc3\\xa4");
    assert_string_equal(sk_escape(buf, sizeof(buf), "a\0b", 3), "a\\x00b");
    assert_string_equal(escaped(buf, sizeof(buf), ""), "");
}

static void test_escape_cuts(void **state)
{
    char buf[9];

    (void)state;
    assert_string_equal(escaped(buf, 9, "12345678"), "12345678");
    assert_string_equal(escaped(buf, 9, "123456789"), "12345...");
    assert_string_equal(escaped(buf, 9, "1234\n"), "1234\\x0a");
    assert_string_equal(escaped(buf, 9, "12\n\n"), "12...");
    assert_string_equal(escaped(buf, 8, "\n\n"), "\\x0a...");
}

/* ---- Numbers ----------------------------------------------------------------------- */

static void assert_number(const char *text, uint64_t value, size_t used)
{
    uint64_t got = 99;
    size_t length;

    assert_int_equal(sk_num_read(text, strlen(text), &length, &got), SK_NUM_OK);
    assert_true(got == value);
    assert_int_equal(length, used);
}

static void assert_no_number(const char *text, enum sk_num answer, size_t used)
{
    uint64_t got = 99;
    size_t length;

    assert_int_equal(sk_num_read(text, strlen(text), &length, &got), answer);
    assert_true(got == 99);
    assert_int_equal(length, used);
}

static void test_numbers(void **state)
{
    (void)state;
    assert_number("0", 0, 1);
    assert_number("42", 42, 2);
    assert_number("0x1F", 31, 4);
    assert_number("0Xff", 255, 4);
    assert_number("0b101", 5, 5);
    assert_number("017", 15, 3);
    assert_number("00", 0, 2);
    assert_number("12, 13", 12, 2);
    assert_number("7)", 7, 1);
    assert_number("18446744073709551615", UINT64_MAX, 20);
    assert_number("0xffffffffffffffff", UINT64_MAX, 18);
    assert_number("0x0000000000000000000001", 1, 24);
}

static void test_no_numbers(void **state)
{
    (void)state;
    assert_no_number("", SK_NUM_NONE, 0);
    assert_no_number("-1", SK_NUM_NONE, 0);
    assert_no_number("x1", SK_NUM_NONE, 2);
    assert_no_number("0x", SK_NUM_NONE, 2);
    assert_no_number("0b", SK_NUM_NONE, 2);
    assert_no_number("0b12", SK_NUM_NONE, 4);
    assert_no_number("08", SK_NUM_NONE, 2);
    assert_no_number("12a", SK_NUM_NONE, 3);
    assert_no_number("1_000", SK_NUM_NONE, 5);
    assert_no_number("18446744073709551616", SK_NUM_TOO_BIG, 20);
    assert_no_number("0x10000000000000000", SK_NUM_TOO_BIG, 19);
    assert_no_number("99999999999999999999999", SK_NUM_TOO_BIG, 23);
    assert_no_number("99999999999999999999999z", SK_NUM_NONE, 24);
}

static void test_number_stops_at_the_end(void **state)
{
    uint64_t value;
    size_t used;

    (void)state;
    assert_int_equal(sk_num_read("1234", 2, &used, &value), SK_NUM_OK);
    assert_int_equal(value, 12);
    assert_int_equal(used, 2);
}

static void test_hex_digits(void **state)
{
    (void)state;
    for (int c = -1; c < 300; c++) {
        const char *digits = "0123456789abcdef", *upper = "0123456789ABCDEF";
        const char *at = c > 0 && c < 128 ? strchr(digits, c) : NULL;

        if (!at && c > 0 && c < 128 && (at = strchr(upper, c)))
            at = digits + (at - upper);
        assert_int_equal(sk_num_hex_digit(c), at ? at - digits : -1);
    }
}

/* ---- Errors ------------------------------------------------------------------------ */

static void test_error(void **state)
{
    struct skep_err err;

    (void)state;
    assert_int_equal(sk_fail(&err, E_BAD_OPCODE, sk_at_slot(7), 0xffu),
                     SKEP_E_BAD_OPCODE);
    assert_int_equal(err.code, SKEP_E_BAD_OPCODE);
    assert_int_equal(err.at, SKEP_AT_SLOT);
    assert_int_equal(err.where, 7);
    assert_string_equal(err.message, "opcode 0xff is no instruction");
    assert_int_equal(sk_fail(NULL, E_EMPTY, sk_at_nothing()), SKEP_E_EMPTY);
    assert_int_equal(sk_fail(&err, E_EMPTY, sk_at_text(3, 4)), SKEP_E_EMPTY);
    assert_int_equal(err.at, SKEP_AT_TEXT);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 4);
}

static void test_error_message_is_cut(void **state)
{
    char text[2 * SKEP_MESSAGE_MAX];
    struct skep_err err;

    (void)state;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = 0;
    sk_fail(&err, E_ARGUMENT, sk_at_byte(5), text);
    assert_int_equal(strlen(err.message), SKEP_MESSAGE_MAX - 1);
    assert_int_equal(err.at, SKEP_AT_BYTE);
}

static void test_codes(void **state)
{
    (void)state;
    assert_string_equal(skep_code_name(SKEP_OK), "OK");
    assert_string_equal(skep_code_name(SKEP_E_FUEL), "E_FUEL");
    assert_string_equal(skep_code_name(SKEP_CODE_COUNT), "?");
    assert_string_equal(skep_code_name((enum skep_code) - 1), "?");
    assert_int_equal(skep_code_kind(SKEP_OK), SKEP_KIND_OK);
    assert_int_equal(skep_code_kind(SKEP_E_ARGUMENT), SKEP_KIND_USAGE);
    assert_int_equal(skep_code_kind(SKEP_E_NO_MEMORY), SKEP_KIND_SYSTEM);
    assert_int_equal(skep_code_kind(SKEP_E_BAD_OPCODE), SKEP_KIND_MALFORMED);
    assert_int_equal(skep_code_kind(SKEP_E_ACCESS), SKEP_KIND_FAULT);
    for (unsigned i = 1; i < SKEP_CODE_COUNT; i++) {
        assert_int_equal(strncmp(skep_code_name((enum skep_code)i), "E_", 2), 0);
        assert_in_range(skep_code_kind((enum skep_code)i), SKEP_KIND_REFUSED,
                        SKEP_KIND_SYSTEM);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unaligned_access),
        cmocka_unit_test(test_byte_order),
        cmocka_unit_test(test_sign_extension),
        cmocka_unit_test(test_sha256_vectors),
        cmocka_unit_test(test_sha256_pieces),
        cmocka_unit_test(test_mem_blocks),
        cmocka_unit_test(test_mem_overflow),
        cmocka_unit_test(test_mem_grow),
        cmocka_unit_test(test_mem_grow_fails),
        cmocka_unit_test(test_blob_leb128),
        cmocka_unit_test(test_blob_grows),
        cmocka_unit_test(test_blob_without_memory),
        cmocka_unit_test(test_out_buffer),
        cmocka_unit_test(test_out_no_room),
        cmocka_unit_test(test_out_writer),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_cuts),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_no_numbers),
        cmocka_unit_test(test_number_stops_at_the_end),
        cmocka_unit_test(test_hex_digits),
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_error_message_is_cut),
        cmocka_unit_test(test_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
