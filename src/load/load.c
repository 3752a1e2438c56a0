/* Which format an input has, and what each becomes:
 *
 *     HEX, ARRAY -> bytes --+--> an object, as it is
 *     RAW, ELF  ------------+--> slots
 */
#include "load/load.h"
#include "isa/isa.h"

#include <string.h>

#include "load/input.h"

static const uint8_t elf_magic[4] = { 0x7f, 'E', 'L', 'F' };

/* ---- Detection -------------------------------------------------------------------- */

int sk_load_is_object(const void *data, size_t len)
{
    return len &&
           !memcmp(data, elf_magic, len < sizeof(elf_magic) ? len : sizeof(elf_magic));
}

/* The length of the text character at the start: ASCII that a text may hold, or UTF-8;
 * 0 if it is none. */
static size_t text_char(const uint8_t *data, size_t len)
{
    uint8_t c = data[0];
    size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;

    if (c < 0x80)
        return (c >= ' ' && c < 0x7f) || (c >= '\t' && c <= '\r');
    if (c < 0xc2 || c > 0xf4 || len <= more)
        return 0;
    for (size_t i = 1; i <= more; i++) {
        if ((data[i] & 0xc0) != 0x80)
            return 0;
    }
    return 1 + more;
}

static int is_text(const uint8_t *data, size_t len)
{
    size_t at = 0;

    while (at < len && at < SK_SLOT_BYTES) {
        size_t step = text_char(data + at, len - at);

        if (!step)
            return 0;
        at += step;
    }
    return at > 0;
}

static int is_hex(const char *text, size_t len)
{
    int digits = 0;

    for (size_t i = 0; i < len; i++) {
        if (memchr("0123456789abcdefABCDEF", text[i], 22))
            digits = 1;
        else if (memchr("xX", text[i], 2) ? !i || text[i - 1] != '0'
                                          : !memchr(", \t\n\v\f\r", text[i], 7))
            return 0;
    }
    return digits;
}

enum skep_format sk_load_detect(const void *data, size_t len)
{
    if (sk_load_is_object(data, len))
        return SKEP_FORMAT_ELF;
    if (!is_text(data, len))
        return SKEP_FORMAT_RAW;
    if (is_hex(data, len))
        return SKEP_FORMAT_HEX;
    return sk_array_is(data, len) ? SKEP_FORMAT_ARRAY : SKEP_FORMAT_ASM;
}

/* ---- Reading ---------------------------------------------------------------------- */

struct sk_pos sk_input_pos(const char *text, size_t at)
{
    uint32_t line = 1, column = 1;

    for (size_t i = 0; i < at; i++) {
        column++;
        if (text[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return sk_at_text(line, column);
}

static enum skep_code copy_bytes(const struct sk_mem *mem, const uint8_t *data,
                                 size_t len, struct sk_block *out, struct skep_err *err)
{
    uint8_t *copy = sk_mem_resize(mem, NULL, 0, len, 1);

    if (!copy)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), len);
    memcpy(copy, data, len);
    *out = (struct sk_block){ .data = copy, .len = len, .cap = len };
    return SKEP_OK;
}

static enum skep_code copy_slots(const struct sk_mem *mem, const uint8_t *data,
                                 size_t len, struct sk_block *out, struct skep_err *err)
{
    if (!len)
        return sk_fail(err, E_EMPTY, sk_at_nothing());
    if (len % SK_SLOT_BYTES)
        return sk_fail(err, E_LENGTH, sk_at_byte(len - len % SK_SLOT_BYTES), len);
    return copy_bytes(mem, data, len, out, err);
}

/* Text to bytes, and those to slots. */
static enum skep_code from_text(const struct sk_mem *mem, enum skep_format format,
                                const char *text, size_t len, struct sk_block *out,
                                struct skep_err *err)
{
    struct sk_block block;
    enum skep_code code;

    if (format == SKEP_FORMAT_HEX)
        SK_TRY(sk_hex_read(mem, text, len, &block, err));
    else
        SK_TRY(sk_array_read(mem, text, len, &block, err));
    if (sk_load_is_object(block.data, block.len))
        code = copy_bytes(mem, block.data, block.len, out, err);
    else
        code = copy_slots(mem, block.data, block.len, out, err);
    sk_mem_free(mem, block.data, block.cap, 1);
    return code;
}

enum skep_code sk_load_slots(const struct sk_mem *mem, enum skep_format format,
                             const void *data, size_t len, uint8_t **slots, size_t *bytes,
                             struct skep_err *err)
{
    struct sk_block block = { .data = NULL };

    switch (format) {
    case SKEP_FORMAT_RAW:
        SK_TRY(copy_slots(mem, data, len, &block, err));
        break;
    case SKEP_FORMAT_HEX:
    case SKEP_FORMAT_ARRAY:
        SK_TRY(from_text(mem, format, data, len, &block, err));
        break;
    case SKEP_FORMAT_ELF:
        SK_TRY(copy_bytes(mem, data, len, &block, err));
        break;
    default:
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                       "the format is none that is known");
    }
    *slots = block.data;
    *bytes = block.len;
    return SKEP_OK;
}
