/* Objects from foes: what a damaged object does to the loader.
 *
 *     object_hostile truncate OBJECT...     every beginning of each object
 *     object_hostile mutate OBJECT...       every other value of every byte of the headers,
 *                                           of string, symbol and relocation tables, and of
 *                                           .BTF and .BTF.ext
 *     object_hostile allocate OBJECT...     every allocation fails once
 *
 * Each damaged object lies in a block of its own length, so that sanitizers see the end. It
 * is opened, looked at and built. Whatever the answer is: an error has its code and one
 * printable line, nothing leaks, a failed build leaves its output alone, and no more memory is
 * used than the limit below. A truncated object must be refused: clang puts the section
 * headers last. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/object.h"

/* ---- An allocator that counts, limits and fails ---------------------------------------- */

enum { FIXED_LIMIT = 1 << 20 }; /* beside 64 bytes a byte of the file */

struct books {
    size_t live, peak, calls;
    size_t fail_at; /* the call that fails, from 1 on; 0: none */
};

static void *counted(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct books *books = ctx;
    void *block;

    /* who gives memory back can do without */
    if (new_size > old_size && ++books->calls == books->fail_at)
        return NULL;
    if (!new_size) {
        books->live -= old_size;
        free(ptr);
        return NULL;
    }
    block = realloc(ptr, new_size);
    if (!block)
        return NULL;
    books->live += new_size - (ptr ? old_size : 0);
    if (books->live > books->peak)
        books->peak = books->live;
    return block;
}

/* ---- One trial --------------------------------------------------------------------------- */

struct trial {
    const char *file; /* for messages */
    char what[96];    /* which damage */
    struct books books;
    size_t trials, accepted, failures;
    size_t letters; /* of names: they are read to their end */
};

static void complain(struct trial *t, const char *why)
{
    if (t->failures++ < 20)
        printf("FAIL %s, %s: %s\n", t->file, t->what, why);
}

static void judge_error(struct trial *t, enum skep_code code, const struct skep_err *err)
{
    if (err->code != code)
        complain(t, "the error has another code than was returned");
    if (!err->message[0])
        complain(t, "the error has no message");
    for (const char *c = err->message; *c; c++)
        if (*c < ' ' || *c > '~') {
            complain(t, "the message is not one printable line");
            return;
        }
}

/* Reads all that an open object tells, and builds each program. */
static enum skep_code use(struct trial *t, struct sk_object *object)
{
    enum skep_code last = SKEP_OK;
    struct sk_obj_var var;

    for (uint32_t i = 0; sk_object_var(object, i, &var); i++)
        t->letters += strlen(var.name);
    for (uint32_t i = 0; i < object->prog_count; i++) {
        struct sk_built built, untouched;
        struct skep_err err = { 0 };
        enum skep_code code;

        memset(&built, 0x5a, sizeof(built));
        untouched = built;
        code = sk_object_build(object, i, &built, &err);
        if (!code) {
            sk_built_fini(&built);
            continue;
        }
        if (last != SKEP_E_NO_MEMORY)
            last = code;
        judge_error(t, code, &err);
        if (built.slots != untouched.slots || built.count != untouched.count ||
            built.funcs != untouched.funcs || built.lines != untouched.lines ||
            built.poisons != untouched.poisons)
            complain(t, "a failed build touched its output");
    }
    return last;
}

/* Opens and uses the bytes; returns the first error. */
static enum skep_code try_object(struct trial *t, const uint8_t *data, size_t len)
{
    const struct sk_mem mem = { counted, &t->books };
    const struct sk_kernel kernel = { 0 };
    struct sk_object object;
    struct skep_err err = { 0 };
    enum skep_code code;

    t->books.live = t->books.peak = t->books.calls = 0;
    t->trials++;
    code = sk_object_open(&object, &mem, data, len, "hostile", &kernel, &err);
    if (code) {
        judge_error(t, code, &err);
    } else {
        t->accepted++;
        code = use(t, &object);
        sk_object_close(&object);
    }
    if (t->books.live)
        complain(t, "memory leaks");
    if (t->books.peak > FIXED_LIMIT + 64 * len)
        complain(t, "more memory than the file justifies");
    return code;
}

/* ---- The ways of damage ------------------------------------------------------------------ */

struct object {
    uint8_t *data;
    size_t len;
};

static void truncate_all(struct trial *t, const struct object *o)
{
    for (size_t len = 0; len < o->len; len++) {
        uint8_t *part = malloc(len ? len : 1);

        memcpy(part, o->data, len);
        snprintf(t->what, sizeof(t->what), "its first %zu bytes", len);
        if (!try_object(t, part, len))
            complain(t, "accepted");
        free(part);
    }
}

/* Whether the loader reads more of a section than copies. */
static int is_read(const Elf64_Shdr *section, const char *name)
{
    switch (section->sh_type) {
    case SHT_SYMTAB:
    case SHT_STRTAB:
    case SHT_REL:
        return 1;
    default:
        return !strncmp(name, ".BTF", 4);
    }
}

static void mutate_bytes(struct trial *t, const struct object *o, size_t from, size_t len,
                         const char *where)
{
    for (size_t at = from; at < from + len; at++) {
        uint8_t good = o->data[at];

        for (unsigned value = 0; value < 256; value++) {
            if (value == good)
                continue;
            o->data[at] = (uint8_t)value;
            snprintf(t->what, sizeof(t->what), "byte 0x%zx (%s) 0x%02x for 0x%02x", at,
                     where, value, good);
            try_object(t, o->data, o->len);
        }
        o->data[at] = good;
    }
}

static void mutate_all(struct trial *t, const struct object *o)
{
    Elf64_Ehdr header;
    Elf64_Shdr names, section;

    memcpy(&header, o->data, sizeof(header));
    mutate_bytes(t, o, 0, sizeof(header), "ELF header");
    memcpy(&names, o->data + header.e_shoff + header.e_shstrndx * sizeof(names),
           sizeof(names));
    for (unsigned i = 0; i < header.e_shnum; i++) {
        size_t at = header.e_shoff + i * sizeof(section);
        const char *name;

        mutate_bytes(t, o, at, sizeof(section), "section header");
        memcpy(&section, o->data + at, sizeof(section));
        name = (const char *)o->data + names.sh_offset + section.sh_name;
        if (is_read(&section, name))
            mutate_bytes(t, o, section.sh_offset, section.sh_size, name);
    }
}

static void fail_allocations(struct trial *t, const struct object *o)
{
    enum skep_code whole, code;

    snprintf(t->what, sizeof(t->what), "undamaged");
    whole = try_object(t, o->data, o->len);
    if (!whole && t->books.calls < 4)
        complain(t, "fewer than 4 allocations: the test does not see them");
    do {
        t->books.fail_at++;
        snprintf(t->what, sizeof(t->what), "allocation %zu failed", t->books.fail_at);
        code = try_object(t, o->data, o->len);
        if (code != SKEP_E_NO_MEMORY && t->books.calls >= t->books.fail_at)
            complain(t, "another answer than E_NO_MEMORY");
    } while (t->books.calls >= t->books.fail_at);
    if (code != whole)
        complain(t, "without failures the answer is another at the end");
    t->books.fail_at = 0;
}

static int read_object(const char *path, struct object *o)
{
    FILE *file = fopen(path, "rb");
    long len;

    if (!file || fseek(file, 0, SEEK_END) || (len = ftell(file)) < 64)
        return -1;
    rewind(file);
    o->len = (size_t)len;
    o->data = malloc(o->len);
    len = (long)fread(o->data, 1, o->len, file);
    fclose(file);
    return (size_t)len == o->len ? 0 : -1;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(struct trial *t, const struct object *o);
    } ways[] = { { "truncate", truncate_all },
                 { "mutate", mutate_all },
                 { "allocate", fail_allocations } };
    struct trial t = { 0 };

    for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        if (argc < 3 || strcmp(argv[1], ways[way].name))
            continue;
        for (int i = 2; i < argc; i++) {
            struct object o;

            t.file = argv[i];
            if (read_object(argv[i], &o)) {
                perror(argv[i]);
                return 1;
            }
            ways[way].run(&t, &o);
            free(o.data);
        }
        printf("%zu trials, %zu accepted, %zu failures\n", t.trials, t.accepted,
               t.failures);
        return t.failures || !t.trials;
    }
    fprintf(stderr, "usage: object_hostile truncate|mutate|allocate OBJECT...\n");
    return 2;
}
