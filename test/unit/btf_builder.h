/* BTF built record by record, good or bad, and opened from a block of just its size.
 *
 *     begin(&m);
 *     add(&m, "int", SK_BTF_INT, 0, 4);      type 1
 *     word(&m, INT_WORD(SK_BTF_SIGNED, 0, 32));
 *     open_good(&m);                         m.btf
 *     end(&m); */
#ifndef TEST_BTF_BUILDER_H
#define TEST_BTF_BUILDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "btf/btf.h"

enum { BTF_HEADER = 24, KIND_FLAG = 1 << 16 };

#define INT_WORD(encoding, offset, bits)                                                 \
    ((uint32_t)(encoding) << 24 | (uint32_t)(offset) << 16 | (uint32_t)(bits))

struct btf_builder {
    uint8_t header[BTF_HEADER];
    uint32_t *words; /* of the records */
    size_t word_count, word_cap;
    char *strings;
    size_t string_len, string_cap;
    uint32_t last; /* id of the last record */
    const struct sk_btf *base;
    uint8_t *bytes; /* all, once it is opened */
    size_t len;
    struct sk_btf btf;
    struct skep_err err;
};

static inline uint32_t string(struct btf_builder *m, const char *s)
{
    size_t len = strlen(s) + 1, at = m->string_len;

    if (!*s)
        return 0;
    if (at + len > m->string_cap) {
        m->string_cap = 2 * (at + len);
        m->strings = realloc(m->strings, m->string_cap);
    }
    memcpy(m->strings + at, s, len);
    m->string_len += len;
    return (uint32_t)at +
           (m->base ? m->base->string_first + (uint32_t)m->base->strings_len : 0);
}

static inline void word(struct btf_builder *m, uint32_t value)
{
    if (m->word_count == m->word_cap) {
        m->word_cap = m->word_cap ? 2 * m->word_cap : 64;
        m->words = realloc(m->words, m->word_cap * sizeof(m->words[0]));
    }
    m->words[m->word_count++] = sk_le32(value);
}

static inline void words(struct btf_builder *m, uint32_t a, uint32_t b, uint32_t c)
{
    word(m, a);
    word(m, b);
    word(m, c);
}

static inline void begin(struct btf_builder *m)
{
    *m = (struct btf_builder){ .string_len = 1, .string_cap = 64 };
    m->strings = calloc(m->string_cap, 1);
}

/* One that continues another, which is open. */
static inline void begin_split(struct btf_builder *m, const struct btf_builder *base)
{
    begin(m);
    m->string_len = 0;
    m->base = &base->btf;
    m->last = sk_btf_count(m->base) - 1;
}

/* A record without what follows its head. `vlen` may have KIND_FLAG. Returns its id. */
static inline uint32_t add(struct btf_builder *m, const char *name, uint32_t kind,
                           uint32_t vlen, uint32_t size_or_type)
{
    uint32_t flag = vlen & KIND_FLAG ? UINT32_C(1) << 31 : 0;

    words(m, string(m, name), flag | kind << 24 | (vlen & 0xffff), size_or_type);
    return ++m->last;
}

static inline uint32_t add_int(struct btf_builder *m, const char *name, uint32_t size,
                               uint32_t encoding)
{
    uint32_t id = add(m, name, SK_BTF_INT, 0, size);

    word(m, INT_WORD(encoding, 0, 8 * size));
    return id;
}

static inline uint32_t add_array(struct btf_builder *m, uint32_t type, uint32_t count)
{
    uint32_t id = add(m, "", SK_BTF_ARRAY, 0, 0);

    words(m, type, type, count);
    return id;
}

static inline void member(struct btf_builder *m, const char *name, uint32_t type,
                          uint32_t bit_offset, uint32_t bits)
{
    words(m, string(m, name), type, bits << 24 | bit_offset);
}

static inline uint32_t add_var(struct btf_builder *m, const char *name, uint32_t type)
{
    uint32_t id = add(m, name, SK_BTF_VAR, 0, type);

    word(m, SK_BTF_GLOBAL);
    return id;
}

/* Makes the bytes, with a good header. */
static inline void assemble(struct btf_builder *m)
{
    const uint32_t header[] = { 0x0001eb9f,
                                BTF_HEADER,
                                0,
                                (uint32_t)(4 * m->word_count),
                                (uint32_t)(4 * m->word_count),
                                (uint32_t)m->string_len };
    uint8_t *at;

    m->len = BTF_HEADER + 4 * m->word_count + m->string_len;
    m->bytes = malloc(m->len);
    for (size_t i = 0; i < SK_LEN(header); i++)
        sk_store32(m->bytes + 4 * i, sk_le32(header[i]));
    at = m->bytes + BTF_HEADER;
    if (m->word_count)
        memcpy(at, m->words, 4 * m->word_count);
    memcpy(at + 4 * m->word_count, m->strings, m->string_len);
}

static inline enum skep_code open_image(struct btf_builder *m)
{
    struct sk_mem mem = sk_mem_default();

    return sk_btf_open(&m->btf, &mem, m->bytes, m->len, m->base, NULL, &m->err);
}

static inline void end(struct btf_builder *m)
{
    if (m->btf.data)
        sk_btf_close(&m->btf);
    free(m->bytes);
    free(m->words);
    free(m->strings);
}

static inline void open_good(struct btf_builder *m)
{
    assemble(m);
    if (open_image(m))
        fail_msg("%s", m->err.message);
}

/* The bytes as they are now are refused, with a message that has `why` in it. */
static inline void refuse_bytes(struct btf_builder *m, const char *why)
{
    const struct sk_btf untouched = { 0 };

    assert_int_equal(open_image(m), SKEP_E_BTF);
    assert_int_equal(m->err.code, SKEP_E_BTF);
    assert_int_equal(m->err.at, SKEP_AT_PART);
    assert_memory_equal(&m->btf, &untouched, sizeof(untouched));
    if (!strstr(m->err.message, why))
        fail_msg("'%s' has no '%s'", m->err.message, why);
}

/* The image is refused because of type `id`. Ends it. */
static inline void refuse(struct btf_builder *m, uint32_t id, const char *why)
{
    char type[24];

    snprintf(type, sizeof(type), "type %u: ", id);
    assemble(m);
    refuse_bytes(m, type);
    refuse_bytes(m, why);
    end(m);
}

#endif
