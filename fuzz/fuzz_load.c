/* Fuzz target: containers of bytecode but objects, src/load. The first byte is the format: 0
 * detected, else enum skep_format; the rest is the input. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_mem.h"
#include "load/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Slots, or an object: what an input is that is said to be one comes out when it is opened. */
static int is_sound(enum skep_format format, const uint8_t *slots, size_t bytes,
                    size_t size)
{
    if (format == SKEP_FORMAT_ELF)
        return slots && bytes == size;
    return slots && bytes && bytes <= 8 * size &&
           (bytes % 8 == 0 || sk_load_is_object(slots, bytes));
}

/* What callers rely on: see sk_load_slots. */
static void check(enum skep_code code, enum skep_format format, const uint8_t *slots,
                  size_t bytes, size_t size, const struct skep_err *err)
{
    if (!code && !is_sound(format, slots, bytes, size))
        abort();
    if (code && (slots || bytes || err->code != code || !err->message[0]))
        abort();
    for (const char *c = err->message; *c; c++) {
        if (*c < ' ' || *c > '~')
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_mem books;
    struct sk_mem mem = fuzz_mem_init(&books, data, size);
    struct skep_err err = { 0 };
    enum skep_format format;
    enum skep_code code;
    uint8_t *slots = NULL;
    size_t bytes = 0;

    if (!size)
        return 0;
    format = (enum skep_format)(data[0] & 7);
    data++, size--;
    if (format == SKEP_FORMAT_AUTO)
        format = sk_load_detect(data, size);
    code = sk_load_slots(&mem, format, data, size, &slots, &bytes, &err);
    check(code, format, slots, bytes, size, &err);
    sk_mem_free(&mem, slots, bytes, 1);
    fuzz_mem_check(&books);
    return 0;
}
