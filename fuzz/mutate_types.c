#include "mutate_types.h"

#include <string.h>

#include "base/bits.h"
#include "btf/check.h"

enum { HEADER = 24, HEAD = 12 };

/* A BTF, taken apart. */
struct parts {
    uint8_t *btf;
    size_t len, room;
    uint32_t types, types_len; /* offsets in it */
    uint32_t strings_len;
    uint32_t count;
    uint64_t random;
};

static uint32_t chance(struct parts *p, uint32_t below)
{
    p->random = p->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(p->random >> 33) % (below ? below : 1);
}

static uint32_t word_at(const struct parts *p, uint32_t at)
{
    return sk_le32(sk_load32(p->btf + at));
}

static void set_word(struct parts *p, uint32_t at, uint32_t value)
{
    sk_store32(p->btf + at, sk_le32(value));
}

static uint32_t record_len(const struct parts *p, uint32_t at)
{
    const struct sk_btf view = { .data = p->btf, .len = p->len };

    return (uint32_t)sk_btf_record_len(&view, at);
}

/* Finds the records that are whole. The strings must follow them, and end the BTF. */
static int take_apart(struct parts *p)
{
    uint32_t at, end;

    if (p->len < HEADER || p->len > 1 << 20 || word_at(p, 4) != HEADER || word_at(p, 8))
        return 0;
    p->types = HEADER;
    p->types_len = word_at(p, 12);
    p->strings_len = word_at(p, 20);
    if (p->types_len > p->len - HEADER || word_at(p, 16) != p->types_len ||
        p->strings_len != p->len - HEADER - p->types_len)
        return 0;
    end = HEADER + p->types_len;
    for (at = HEADER; end - at >= HEAD; at += record_len(p, at), p->count++) {
        uint32_t len = record_len(p, at);

        if (!len || len > end - at)
            break;
    }
    return p->count != 0;
}

static uint32_t find_record(const struct parts *p, uint32_t index)
{
    uint32_t at = p->types;

    while (index--)
        at += record_len(p, at);
    return at;
}

/* A number that may mean something: an id, a size, an offset, or an extreme. */
static uint32_t some_number(struct parts *p)
{
    static const uint32_t extremes[] = { 0,          1,          2,          4,
                                         8,          16,         64,         128,
                                         0xffff,     0xffffff,   0x01000000, 0x20000000,
                                         0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };

    switch (chance(p, 5)) {
    case 0:
        return extremes[chance(p, SK_LEN(extremes))];
    case 1:
        return chance(p, p->strings_len);
    case 2:
        return 8 * chance(p, 64);
    default:
        return chance(p, p->count + 2);
    }
}

/* Makes the place [at, at + old) be `len` bytes long; 0: there is no room. */
static int resize(struct parts *p, uint32_t at, uint32_t old, uint32_t len)
{
    if (p->len - old + len > p->room)
        return 0;
    memmove(p->btf + at + len, p->btf + at + old, p->len - at - old);
    p->len = p->len - old + len;
    p->types_len = p->types_len - old + len;
    set_word(p, 12, p->types_len);
    set_word(p, 16, p->types_len);
    return 1;
}

/* One record becomes of another kind or length; its words stay as far as there are any. */
static void reshape(struct parts *p, uint32_t at)
{
    uint32_t old = record_len(p, at), info = word_at(p, at + 4), len;

    if (chance(p, 2))
        info = (info & 0x80ffffffu) | (1 + chance(p, SK_BTF_KINDS - 1)) << 24;
    if (chance(p, 2))
        info = (info & 0xffff0000u) | chance(p, 6);
    if (!chance(p, 3))
        info ^= 0x80000000u;
    set_word(p, at + 4, info);
    len = record_len(p, at);
    if (!resize(p, at, old, len))
        return;
    for (uint32_t i = old; i < len; i += 4)
        set_word(p, at + i, some_number(p));
}

static void copy_record(struct parts *p, uint32_t at)
{
    uint32_t len = record_len(p, at), to = find_record(p, chance(p, p->count + 1));
    uint8_t record[256];

    if (len > sizeof(record))
        return;
    memcpy(record, p->btf + at, len);
    if (resize(p, to, 0, len))
        memcpy(p->btf + to, record, len);
}

static void mutate(struct parts *p)
{
    uint32_t at = find_record(p, chance(p, p->count)), len = record_len(p, at), word;

    switch (chance(p, 12)) {
    case 0: /* the header */
        set_word(p, 4 + 4 * chance(p, 5), some_number(p));
        break;
    case 1:
        resize(p, at, len, 0);
        break;
    case 2:
    case 3:
        copy_record(p, at);
        break;
    case 4:
    case 5:
        reshape(p, at);
        break;
    case 6: /* a letter */
        if (p->strings_len > 1)
            p->btf[p->len - 2 - chance(p, p->strings_len - 1)] ^=
                (uint8_t)(1 << chance(p, 8));
        break;
    default: /* any word but the kind's */
        word = 4 * chance(p, len / 4);
        if (word != 4)
            set_word(p, at + word, some_number(p));
    }
}

size_t mutate_types(uint8_t *btf, size_t len, size_t room, unsigned seed)
{
    struct parts p = { .btf = btf, .len = len, .room = room, .random = seed };

    if (!take_apart(&p))
        return 0;
    for (uint32_t n = 1 + chance(&p, 4); n; n--) {
        p.count = 0;
        if (!take_apart(&p))
            break;
        mutate(&p);
    }
    return p.len;
}

uint32_t mutate_types_count(const uint8_t *btf, size_t len)
{
    struct parts p = { .btf = (uint8_t *)(uintptr_t)btf, .len = len };

    return take_apart(&p) ? p.count : 0;
}

uint32_t mutate_add_string(uint8_t *btf, size_t *len, size_t room, const char *text)
{
    struct parts p = { .btf = btf, .len = *len, .room = room };
    size_t more = strlen(text) + 1;

    if (!take_apart(&p) || p.room - p.len < more)
        return 0;
    memcpy(p.btf + p.len, text, more);
    set_word(&p, 20, p.strings_len + (uint32_t)more);
    *len += more;
    return p.strings_len;
}
