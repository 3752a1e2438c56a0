/* BTF by hand: a few calls make a type each, and give its id. */
#ifndef TEST_TYPES_H
#define TEST_TYPES_H

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "btf/btf.h"

struct types_bytes {
    uint8_t *at;
    size_t len, cap;
};

struct types {
    struct types_bytes records, strings;
    uint32_t last;         /* id; of a split BTF set it to the base's last first, */
    uint32_t first_string; /* and this to the length of its strings */
};

static inline void types_put(struct types_bytes *to, const void *from, size_t more)
{
    if (to->len + more > to->cap) {
        to->cap = 2 * (to->len + more);
        to->at = realloc(to->at, to->cap);
        if (!to->at)
            abort();
    }
    memcpy(to->at + to->len, from, more);
    to->len += more;
}

static inline void types_word(struct types *t, uint32_t word)
{
    word = sk_le32(word);
    types_put(&t->records, &word, sizeof(word));
}

static inline uint32_t types_name(struct types *t, const char *name)
{
    size_t at;

    if (!t->strings.len)
        types_put(&t->strings, "", 1);
    at = t->strings.len;
    if (!*name)
        return 0;
    types_put(&t->strings, name, strlen(name) + 1);
    return t->first_string + (uint32_t)at;
}

/* A record's head: vlen may have FLAG, `third` is its size or type. What follows is put with
 * types_word and types_member. */
#define TYPES_FLAG (1u << 31)
static inline uint32_t types_add(struct types *t, enum sk_btf_kind kind, const char *name,
                                 uint32_t vlen, uint32_t third)
{
    types_word(t, types_name(t, name));
    types_word(t, (uint32_t)kind << 24 | vlen);
    types_word(t, third);
    return ++t->last;
}

static inline uint32_t types_int(struct types *t, const char *name, uint32_t size,
                                 uint32_t encoding)
{
    uint32_t id = types_add(t, SK_BTF_INT, name, 0, size);

    types_word(t, encoding << 24 | 8 * size);
    return id;
}

static inline uint32_t types_array(struct types *t, uint32_t element, uint32_t count)
{
    uint32_t id = types_add(t, SK_BTF_ARRAY, "", 0, 0);

    types_word(t, element);
    types_word(t, 1);
    types_word(t, count);
    return id;
}

/* With vlen of these behind it: */
static inline void types_member(struct types *t, const char *name, uint32_t type,
                                uint32_t bits)
{
    types_word(t, types_name(t, name));
    types_word(t, type);
    types_word(t, bits);
}

/* All of it, for free(). Empties *t. */
static inline uint8_t *types_done(struct types *t, size_t *len)
{
    struct types_bytes all = { 0 };
    uint32_t words[6] = { 0x0001eb9f, 24, 0 };

    types_name(t, "");
    words[3] = words[4] = (uint32_t)t->records.len;
    words[5] = (uint32_t)t->strings.len;
    for (size_t i = 0; i < SK_LEN(words); i++)
        words[i] = sk_le32(words[i]);
    types_put(&all, words, sizeof(words));
    if (t->records.len)
        types_put(&all, t->records.at, t->records.len);
    types_put(&all, t->strings.at, t->strings.len);
    free(t->records.at);
    free(t->strings.at);
    memset(t, 0, sizeof(*t));
    *len = all.len;
    return all.at;
}

#endif
