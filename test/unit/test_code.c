/* The code buffer with a machine of its own, whose jumps reach little: sizes by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "jit/code.h"

/* A short jump is "s" and the distance, and reaches 9 bytes; a long one has two bytes more and
 * reaches 40. */
enum { SHORT = 2, LONG = 4, NEAR = 9, FAR = 40 };

static uint32_t size(uint16_t kind, int is_long)
{
    (void)kind;
    return is_long ? LONG : SHORT;
}

static int reaches(uint16_t kind, int64_t distance)
{
    (void)kind;
    return distance >= -NEAR && distance <= NEAR;
}

static void encode(uint8_t *out, uint16_t kind, int is_long, int64_t distance)
{
    (void)kind;
    memcpy(out, is_long ? "l..." : "s.", is_long ? LONG : SHORT);
    out[1] = (uint8_t)distance;
}

static const struct sk_code_target machine = { size, reaches, encode, NULL, FAR };

static void emit(struct sk_code_buf *buf, uint32_t bytes)
{
    sk_code_room(buf);
    memset(buf->at, 'a', bytes);
    buf->at += bytes;
}

/* A jump over `bytes` bytes; returns its size, or 0 if the code was refused. */
static size_t jump_over(uint32_t bytes)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_code_buf buf;
    uint8_t out[2 * FAR];
    size_t len = 0;
    enum skep_code code;

    sk_code_begin(&buf, &mem, 1, 0);
    emit(&buf, 1);
    sk_code_jump(&buf, 0, 0);
    emit(&buf, bytes);
    sk_code_bind(&buf, 0);
    code = sk_code_link(&buf, &machine, &len, NULL);
    if (code) {
        assert_int_equal(code, SKEP_E_NO_JIT);
        sk_code_free(&buf);
        return 0;
    }
    sk_code_write(&buf, &machine, out);
    sk_code_free(&buf);
    assert_int_equal(out[0], 'a');
    assert_int_equal(out[1], len - bytes - 1 == SHORT ? 's' : 'l');
    assert_int_equal(out[2], len - 1); /* from the jump's own start */
    return len - bytes - 1;
}

static void test_jumps_have_the_shortest_form_that_reaches(void **state)
{
    (void)state;
    assert_int_equal(jump_over(1), SHORT);
    assert_int_equal(jump_over(NEAR - SHORT), SHORT);
    assert_int_equal(jump_over(NEAR - SHORT + 1), LONG);
}

static void test_code_that_no_jump_can_cross_is_refused(void **state)
{
    (void)state;
    assert_int_equal(jump_over(FAR - LONG - 1), LONG);
    assert_int_equal(jump_over(FAR - LONG), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jumps_have_the_shortest_form_that_reaches),
        cmocka_unit_test(test_code_that_no_jump_can_cross_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
