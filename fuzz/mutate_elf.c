#include "mutate_elf.h"

#include <elf.h>
#include <string.h>

#include "mutate_types.h"

/* libFuzzer's. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

struct object {
    uint8_t *data;
    size_t size;
    Elf64_Ehdr header;
    unsigned count; /* of section headers that are there */
    uint64_t random;
};

/* xorshift64*: the same seed, the same mutation. */
static uint64_t next(struct object *o)
{
    o->random ^= o->random >> 12;
    o->random ^= o->random << 25;
    o->random ^= o->random >> 27;
    return o->random * 0x2545f4914f6cdd1dULL;
}

static unsigned below(struct object *o, uint64_t limit)
{
    return limit ? (unsigned)(next(o) % limit) : 0;
}

static int open_object(struct object *o)
{
    if (o->size < sizeof(o->header) || memcmp(o->data, ELFMAG, SELFMAG))
        return 0;
    memcpy(&o->header, o->data, sizeof(o->header));
    if (o->header.e_shoff >= o->size)
        return 0;
    o->count = (unsigned)((o->size - o->header.e_shoff) / sizeof(Elf64_Shdr));
    if (o->count > o->header.e_shnum)
        o->count = o->header.e_shnum;
    return o->count > 1;
}

static Elf64_Shdr section(const struct object *o, unsigned i)
{
    Elf64_Shdr s;

    memcpy(&s, o->data + o->header.e_shoff + i * sizeof(s), sizeof(s));
    return s;
}

/* Whether the section's bytes are all in the file, at least one. */
static int has_bytes(const struct object *o, const Elf64_Shdr *s)
{
    return s->sh_type != SHT_NOBITS && s->sh_size && s->sh_offset < o->size &&
           s->sh_size <= o->size - s->sh_offset;
}

/* A value for a field of `width` bytes that had `old`. */
static uint64_t pick_value(struct object *o, uint64_t old, unsigned width)
{
    static const uint64_t edges[] = { 0,          1,          2,          7,
                                      8,          0x10,       0x7f,       0xff,
                                      0xfff1,     0xfff2,     0xffff,     0x7fffffff,
                                      0x80000000, 0xfffffff8, 0xffffffff, 1ULL << 63 };

    switch (below(o, 8)) {
    case 0:
        return old + 1;
    case 1:
        return old - 1;
    case 2:
        return old + 8;
    case 3:
        return old ^ 1ULL << below(o, width * 8ULL);
    case 4:
        return o->size - below(o, 3);
    case 5:
        return below(o, 32);
    case 6:
        return ~0ULL - below(o, 16);
    default:
        return edges[below(o, sizeof(edges) / sizeof(edges[0]))];
    }
}

static void change(struct object *o, uint64_t at, unsigned width)
{
    uint64_t value = 0;

    if (at > o->size || width > o->size - at)
        return;
    memcpy(&value, o->data + at, width);
    value = pick_value(o, value, width);
    memcpy(o->data + at, &value, width);
}

/* Widths of the fields of records, from their beginning; 0 ends. */
static const uint8_t header_fields[] = { 4, 1, 1, 1, 1, 1, 7, 2, 2, 4, 8,
                                         8, 8, 4, 2, 2, 2, 2, 2, 2, 0 };
static const uint8_t section_fields[] = { 4, 4, 8, 8, 8, 8, 4, 4, 8, 8, 0 };
static const uint8_t symbol_fields[] = { 4, 1, 1, 2, 8, 8, 0 };
static const uint8_t rel_fields[] = { 8, 4, 4, 0 };
static const uint8_t slot_fields[] = { 1, 1, 2, 4, 0 };
static const uint8_t word_fields[] = { 4, 0 };

/* Changes one field of the record at `at`. */
static void change_field(struct object *o, uint64_t at, const uint8_t *fields)
{
    unsigned count = 0, which;

    while (fields[count])
        count++;
    which = below(o, count);
    for (unsigned i = 0; i < which; i++)
        at += fields[i];
    change(o, at, fields[which]);
}

static unsigned record_bytes(const uint8_t *fields)
{
    unsigned bytes = 0;

    while (*fields)
        bytes += *fields++;
    return bytes;
}

/* The records that a section of this type holds. */
static const uint8_t *fields_of(const Elf64_Shdr *s)
{
    if (s->sh_type == SHT_SYMTAB)
        return symbol_fields;
    if (s->sh_type == SHT_REL)
        return rel_fields;
    return s->sh_flags & SHF_EXECINSTR ? slot_fields : word_fields;
}

/* Changes a record of a section, or copies one over another. */
static void change_record(struct object *o)
{
    Elf64_Shdr s = section(o, below(o, o->count));
    const uint8_t *fields = fields_of(&s);
    unsigned bytes = record_bytes(fields);
    uint64_t count, to, from;

    if (!has_bytes(o, &s) || s.sh_size < bytes)
        return;
    count = s.sh_size / bytes;
    to = s.sh_offset + (uint64_t)below(o, count) * bytes;
    from = s.sh_offset + (uint64_t)below(o, count) * bytes;
    if (below(o, 8) == 0)
        memmove(o->data + to, o->data + from, bytes);
    else
        change_field(o, to, fields);
}

/* libFuzzer's mutation of one section's bytes, in their place. */
static void change_bytes(struct object *o)
{
    Elf64_Shdr s = section(o, below(o, o->count));

    if (has_bytes(o, &s))
        LLVMFuzzerMutate(o->data + s.sh_offset, s.sh_size, s.sh_size);
}

/* Changes the types, as long as they grow no longer. */
static void change_types(struct object *o)
{
    unsigned at = below(o, o->count);

    for (unsigned i = 0; i < o->count; i++) {
        unsigned index = (at + i) % o->count;
        Elf64_Shdr s = section(o, index);
        size_t len;

        if (!has_bytes(o, &s))
            continue;
        len =
            mutate_types(o->data + s.sh_offset, s.sh_size, s.sh_size, below(o, 1u << 31));
        if (!len)
            continue;
        s.sh_size = len;
        memcpy(o->data + o->header.e_shoff + index * sizeof(s), &s, sizeof(s));
        return;
    }
}

/* Lets two section headers change places, or one be the other. */
static void swap_headers(struct object *o)
{
    unsigned a = below(o, o->count), b = below(o, o->count);
    Elf64_Shdr first = section(o, a), second = section(o, b);

    memcpy(o->data + o->header.e_shoff + a * sizeof(first), &second, sizeof(second));
    if (below(o, 2))
        memcpy(o->data + o->header.e_shoff + b * sizeof(first), &first, sizeof(first));
}

size_t mutate_elf(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct object o = { .data = data, .size = size };
    unsigned times;

    o.random = 0x9e3779b97f4a7c15ULL ^ ((uint64_t)seed << 17 | 1);
    if (!open_object(&o) || below(&o, 32) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    times = 1 + below(&o, 3);
    while (times--) {
        switch (below(&o, 10)) {
        case 0:
            change_field(&o, 0, header_fields);
            break;
        case 1:
            change_field(&o, o.header.e_shoff + below(&o, o.count) * sizeof(Elf64_Shdr),
                         section_fields);
            break;
        case 2:
            change_bytes(&o);
            break;
        case 3:
            if (below(&o, 4) == 0)
                swap_headers(&o);
            break;
        case 4:
        case 5:
        case 6:
            change_types(&o);
            break;
        default:
            change_record(&o);
        }
    }
    return size;
}
