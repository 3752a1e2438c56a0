/* Constants of C, read from text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/literal.h"

static void test_integers(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
        int negative; /* 2: no number */
    } rows[] = {
        { "0", 0, 0 },
        { "5u", 5, 0 },
        { "5U", 5, 0 },
        { "5L", 5, 0 },
        { "5ul", 5, 0 },
        { "5LU", 5, 0 },
        { "5ll", 5, 0 },
        { "5ULL", 5, 0 },
        { "5llu", 5, 0 },
        { "-7L", 7, 1 },
        { "0x1Ful", 31, 0 },
        { "017u", 15, 0 },
        { "true", 1, 0 },
        { "false", 0, 0 },
        { "'a'", 'a', 0 },
        { "'\\0'", 0, 0 },
        { "'\\xff'", 255, 0 },
        { "'''", '\'', 0 },
        { "", 0, 2 },
        { "u", 0, 2 },
        { "-", 0, 2 },
        { "-u", 0, 2 },
        { "5uu", 0, 2 },
        { "5lll", 0, 2 },
        { "0xul", 0, 2 },
        { "''", 0, 2 },
        { "'", 0, 2 },
        { "'ab'", 0, 2 },
        { "'\\'", 0, 2 },
        { "'\\400'", 0, 2 },
        { "'\\x'", 0, 2 },
        { "5 ", 0, 2 },
        { "18446744073709551615", UINT64_MAX, 0 },
        { "18446744073709551616u", 0, 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 77;
        int negative = 7;

        if (sk_literal_integer(rows[i].text, &value, &negative) !=
            (rows[i].negative != 2))
            fail_msg("%s", rows[i].text);
        if (rows[i].negative == 2)
            continue;
        assert_int_equal(value, rows[i].value);
        assert_int_equal(negative, rows[i].negative);
    }
}

static void test_reals(void **state)
{
    static const struct {
        const char *text;
        double value;
    } rows[] = { { "1", 1 },      { "-1.5", -1.5 }, { "+.25", 0.25 }, { "1e3f", 1000 },
                 { "0x1p4", 16 }, { "2.L", 2 },     { "1e-400", 0 },  { "8F", 8 } };
    static const char *const wrong[] = { "",     "-",      "x",     " 1",
                                         "1 ",   "1.5x",   "1ff",   "infinity",
                                         "inff", "nan(1)", "1e999", "." };
    double value = 77;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(sk_literal_real(rows[i].text, &value), 1);
        assert_true(value == rows[i].value);
    }
    assert_int_equal(sk_literal_real("-inf", &value), 1);
    assert_true(value < -1e308);
    assert_int_equal(sk_literal_real("nan", &value), 1);
    assert_true(value != value);
    value = 77;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (sk_literal_real(wrong[i], &value))
            fail_msg("%s", wrong[i]);
        assert_true(value == 77);
    }
}

/* All of a text, decoded; NULL: one of its escapes is none. */
static const char *decoded(const char *text)
{
    static char buf[32];
    const char *end = text + strlen(text);
    size_t n = 0;

    for (; text && text < end; n++)
        text = sk_literal_char(text, end, (uint8_t *)&buf[n]);
    buf[n] = 0;
    return text ? buf : NULL;
}

static void test_strings(void **state)
{
    (void)state;
    assert_string_equal(decoded("plain"), "plain");
    assert_string_equal(decoded("\\a\\b\\f\\n\\r\\t\\v"), "\a\b\f\n\r\t\v");
    assert_string_equal(decoded("\\\\\\'\\\"\\?"), "\\'\"?");
    assert_string_equal(decoded("\\1018\\x41f\\377"), "A8Af\377");
    assert_null(decoded("\\"));
    assert_null(decoded("a\\"));
    assert_null(decoded("\\q"));
    assert_null(decoded("\\x"));
    assert_null(decoded("\\xg"));
    assert_null(decoded("\\400"));
    assert_null(decoded("\\9"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_reals),
        cmocka_unit_test(test_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
