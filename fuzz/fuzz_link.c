/* Fuzz target: linking, src/link and src/btf. The input is two objects, of which the second may be
 * empty:
 *
 *     length of the first:32, little-endian | first | second
 *
 * What links must link again, alone, to something that no longer changes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "fuzz_mem.h"
#include "link/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(enum skep_code code, const struct skep_err *err)
{
    if (err->code != code || !err->message[0])
        abort();
    for (const char *c = err->message; *c; c++) {
        if (*c < ' ' || *c > '~')
            abort();
    }
}

static void link_again(const struct sk_mem *mem, const struct sk_blob *from,
                       struct sk_blob *to)
{
    const struct skep_link_input input = { .name = "linked",
                                           .data = from->data,
                                           .len = from->len };

    sk_blob_init(to, mem);
    if (sk_link(&input, 1, to, NULL))
        abort();
}

static void check_linked(const struct sk_blob *first)
{
    const struct sk_mem mem = sk_mem_default();
    struct sk_blob second, third;

    link_again(&mem, first, &second);
    link_again(&mem, &second, &third);
    if (second.len != third.len || memcmp(second.data, third.data, third.len) != 0)
        abort();
    sk_blob_fini(&second);
    sk_blob_fini(&third);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_mem books;
    struct sk_mem mem = fuzz_mem_init(&books, data, size);
    struct skep_link_input inputs[2] = { { .name = "first" }, { .name = "second" } };
    struct skep_err err = { 0 };
    struct sk_blob blob;
    enum skep_code code;
    uint32_t first;

    if (size < sizeof(first))
        return 0;
    first = sk_le32(sk_load32(data));
    data += sizeof(first);
    size -= sizeof(first);
    if (first > size)
        first = (uint32_t)size;
    inputs[0].data = data;
    inputs[0].len = first;
    inputs[1].data = data + first;
    inputs[1].len = size - first;
    sk_blob_init(&blob, &mem);
    code = sk_link(inputs, inputs[1].len ? 2 : 1, &blob, &err);
    if (code)
        check_message(code, &err);
    else
        check_linked(&blob);
    sk_blob_fini(&blob);
    fuzz_mem_check(&books);
    return 0;
}
