/* Hexadecimal text to bytes. */
#include "load/input.h"

#include <string.h>

#include "base/escape.h"
#include "base/num.h"

enum { SHOWN_MAX = 32 };

static int is_gap(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == ',';
}

static int is_hex(const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (sk_num_hex_digit(word[i]) < 0)
            return 0;
    }
    return 1;
}

/* Appends the bytes of a word. Returns 0 if it is none. */
static int put_word(struct sk_block *out, const char *word, size_t len)
{
    if (len > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
        word += 2;
        len -= 2;
        if (len > 2 || !is_hex(word, len))
            return 0;
        if (len == 1) {
            out->data[out->len++] = (uint8_t)sk_num_hex_digit(word[0]);
            return 1;
        }
    }
    if (len % 2 || !is_hex(word, len))
        return 0;
    for (; len; word += 2, len -= 2)
        out->data[out->len++] =
            (uint8_t)(sk_num_hex_digit(word[0]) << 4 | sk_num_hex_digit(word[1]));
    return 1;
}

enum skep_code sk_hex_read(const struct sk_mem *mem, const char *text, size_t len,
                           struct sk_block *out, struct skep_err *err)
{
    struct sk_block block = { .cap = len / 2 + 1 };
    size_t at = 0;

    block.data = sk_mem_new(mem, block.cap, 1);
    if (!block.data)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), block.cap);
    while (at < len) {
        size_t start = at;

        while (at < len && !is_gap(text[at]))
            at++;
        if (!put_word(&block, text + start, at - start)) {
            char shown[SHOWN_MAX];

            sk_mem_free(mem, block.data, block.cap, 1);
            return sk_fail(err, E_HEX, sk_input_pos(text, start),
                           sk_escape(shown, sizeof(shown), text + start, at - start));
        }
        at += at < len;
    }
    *out = block;
    return SKEP_OK;
}
