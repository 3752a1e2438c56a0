/* Hostile objects: each truncation of an object, and each byte of it changed in several ways,
 * linked alone and with a good one. What links must link again. Sanitizers look on, where there
 * are any.
 *
 *     link_hostile OBJECT OTHER */
#include <skep_object.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "link/link.h"

enum { FILE_MAX = 1 << 20 };

struct file {
    uint8_t *data;
    size_t len;
};

static int read_file(const char *path, struct file *file)
{
    FILE *f = fopen(path, "rb");

    file->data = f ? malloc(FILE_MAX) : NULL;
    file->len = file->data ? fread(file->data, 1, FILE_MAX, f) : 0;
    if (f)
        fclose(f);
    if (!file->len)
        printf("%s cannot be read\n", path);
    return file->len != 0;
}

/* ---- Linking --------------------------------------------------------------------------- */

static unsigned long linked, refused;

static void complain(const char *what, const struct skep_err *err)
{
    printf("%s: %s\n", what, err->message);
    exit(1);
}

/* One line of printable characters. */
static int is_good_message(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c < ' ' || *c > '~')
            return 0;
    }
    return *text != 0;
}

static void link_again(const struct sk_blob *from, struct sk_blob *to)
{
    const struct skep_link_input input = { sizeof(input), "linked", from->data,
                                           from->len };
    struct skep_err err;

    sk_blob_init(to, from->mem);
    if (sk_link(&input, 1, to, &err))
        complain("what was linked does not link", &err);
}

/* Once more, sections are in the order of DATASECs; after that nothing changes. */
static void check_linked(const struct sk_blob *first)
{
    struct sk_blob second, third;

    link_again(first, &second);
    link_again(&second, &third);
    if (second.len != third.len || memcmp(second.data, third.data, third.len) != 0)
        complain("linking again changes something",
                 &(struct skep_err){ .code = SKEP_OK });
    sk_blob_fini(&second);
    sk_blob_fini(&third);
}

/* Links a copy, in a block of just its size, with `other` if there is one. */
static void try_link(const uint8_t *data, size_t len, const struct file *other)
{
    struct sk_mem mem = sk_mem_default();
    struct skep_err err = { 0 };
    uint8_t *copy = malloc(len ? len : 1);
    struct skep_link_input inputs[2] = {
        { .name = "changed", .data = copy, .len = len }
    };
    struct sk_blob blob;
    enum skep_code code;

    if (!copy)
        abort();
    memcpy(copy, data, len);
    if (other)
        inputs[1] = (struct skep_link_input){ .name = "other",
                                              .data = other->data,
                                              .len = other->len };
    sk_blob_init(&blob, &mem);
    code = sk_link(inputs, other ? 2 : 1, &blob, &err);
    if (code && (err.code != code || !is_good_message(err.message)))
        complain("an odd message", &err);
    if (code) {
        refused++;
    } else {
        linked++;
        check_linked(&blob);
    }
    sk_blob_fini(&blob);
    free(copy);
}

/* ---- Changes --------------------------------------------------------------------------- */

static void truncate_all(const struct file *file, const struct file *other)
{
    for (size_t len = 0; len < file->len; len++)
        try_link(file->data, len, len % 16 ? NULL : other);
}

static void change_all(const struct file *file, const struct file *other)
{
    static const uint8_t flips[] = { 0x01, 0x80, 0xff };

    for (size_t at = 0; at < file->len; at++) {
        uint8_t was = file->data[at];

        for (size_t i = 0; i < sizeof(flips); i++) {
            file->data[at] = was ^ flips[i];
            try_link(file->data, file->len, (at + i) % 4 ? NULL : other);
        }
        file->data[at] = was;
    }
}

/* ---- Memory ---------------------------------------------------------------------------- */

/* An allocator that refuses one request. */
struct meagre {
    unsigned long left;
};

static void *allocate(void *ctx, void *block, size_t old, size_t size)
{
    struct meagre *meagre = ctx;
    struct sk_mem mem = sk_mem_default();

    if (size && meagre->left-- == 0)
        return NULL;
    return mem.fn(mem.ctx, block, old, size);
}

static void starve(const struct file *file, const struct file *other)
{
    enum skep_code code = SKEP_E_NO_MEMORY;

    for (unsigned long k = 0; code; k++) {
        struct meagre meagre = { k };
        const struct sk_mem mem = { allocate, &meagre };
        struct skep_err err = { 0 };
        struct sk_blob blob;

        sk_blob_init(&blob, &mem);
        code = sk_link(
            (const struct skep_link_input[]){
                { .name = "a", .data = file->data, .len = file->len },
                { .name = "b", .data = other->data, .len = other->len } },
            2, &blob, &err);
        if (code && code != SKEP_E_NO_MEMORY)
            complain("without memory", &err);
        sk_blob_fini(&blob);
    }
}

int main(int argc, char **argv)
{
    struct file file, other;

    if (argc != 3 || !read_file(argv[1], &file) || !read_file(argv[2], &other))
        return 1;
    truncate_all(&file, &other);
    change_all(&file, &other);
    starve(&file, &other);
    printf("%lu linked, %lu refused\n", linked, refused);
    free(file.data);
    free(other.data);
    return linked && refused ? 0 : 1;
}
