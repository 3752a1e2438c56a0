/* Files that gzip compressed, uncompressed in memory (RFC 1952): members one after the other. */
#include "gzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "report.h"

enum { FIRST_ROOM = 256 << 10, GZIP_WINDOW = 16 + MAX_WBITS };

int gzip_like(const struct input *input)
{
    return input->len >= 2 && memcmp(input->data, "\x1f\x8b", 2) == 0;
}

/* Doubles the output; the NUL behind it included, it never has more than INPUT_MAX + 2. */
static int grow(struct input *out, size_t *size)
{
    size_t more = *size ? *size * 2 : FIRST_ROOM;
    char *data;

    if (more > INPUT_MAX + 2)
        more = INPUT_MAX + 2;
    data = realloc(out->data, more);
    if (!data)
        return fail_memory();
    out->data = data;
    *size = more;
    return 0;
}

static int fail_damaged(const struct input *input, const char *how)
{
    return fail(SKEP_KIND_MALFORMED, input->name, "is compressed by gzip, but %s", how);
}

/* What follows the end of a member: another one, nothing, or what does not belong there. */
static int next_member(z_stream *z, const struct input *input, int *done)
{
    if (z->avail_in == 0) {
        *done = 1;
        return 0;
    }
    if (z->avail_in < 2 || memcmp(z->next_in, "\x1f\x8b", 2) != 0)
        return fail_damaged(input, "other bytes follow the compressed ones");
    return inflateReset(z) == Z_OK ? 0 : fail_memory();
}

static int expand(z_stream *z, const struct input *input, struct input *out)
{
    size_t size = 0;
    int done = 0, status = grow(out, &size);

    while (!done && !status) {
        int code;

        if (out->len + 1 >= size)
            status = grow(out, &size);
        if (status)
            return status;
        z->next_out = (unsigned char *)out->data + out->len;
        z->avail_out = (unsigned)(size - out->len - 1);
        code = inflate(z, Z_NO_FLUSH);
        out->len = size - 1 - z->avail_out;
        if (out->len > INPUT_MAX)
            return fail(SKEP_KIND_MALFORMED, input->name,
                        "is longer than %d MiB uncompressed, which is the limit",
                        INPUT_MAX >> 20);
        if (code == Z_STREAM_END)
            status = next_member(z, input, &done);
        else if (code == Z_MEM_ERROR)
            status = fail_memory();
        else if (code != Z_OK && !(code == Z_BUF_ERROR && z->avail_out == 0))
            status = fail_damaged(input, code == Z_BUF_ERROR ? "ends too early"
                                         : z->msg            ? z->msg
                                                             : "it is damaged");
    }
    if (!status && out->data)
        out->data[out->len] = 0;
    return status;
}

int gzip_expand(struct input *input)
{
    z_stream z = { .next_in = (unsigned char *)input->data,
                   .avail_in = (unsigned)input->len };
    struct input out = { .name = input->name };
    int status;

    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return fail_memory();
    status = expand(&z, input, &out);
    inflateEnd(&z);
    if (status) {
        free(out.data);
        return status;
    }
    free(input->data);
    *input = out;
    return 0;
}
