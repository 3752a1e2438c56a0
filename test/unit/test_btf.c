/* Reading BTF: what is good is read as it is, and what is bad is refused, with the type and the
 * place. The numbers L4 to L13 are kinds of bugs that loaders had. */
#include <time.h>

#include "btf/check.h"
#include "btf_builder.h"

/* ---- The header --------------------------------------------------------------------- */

/* An image of an int and a struct of two. */
static void begin_pair(struct btf_builder *m)
{
    begin(m);
    add_int(m, "int", 4, SK_BTF_SIGNED);
    add(m, "pair", SK_BTF_STRUCT, 2, 8);
    member(m, "a", 1, 0, 0);
    member(m, "b", 1, 32, 0);
}

static void test_good(void **state)
{
    struct btf_builder m;
    struct sk_btf_type type;
    struct sk_btf_member b;
    uint64_t size;

    (void)state;
    begin_pair(&m);
    open_good(&m);
    assert_int_equal(sk_btf_count(&m.btf), 3);
    assert_int_equal(sk_btf_find(&m.btf, "pair", SK_BTF_STRUCT, 0), 2);
    assert_int_equal(sk_btf_find(&m.btf, "pair", SK_BTF_UNION, 0), 0);
    type = sk_btf_type(&m.btf, 2);
    assert_int_equal(type.vlen, 2);
    b = sk_btf_member(&m.btf, &type, 1);
    assert_string_equal(b.name, "b");
    assert_int_equal(b.bit_offset, 32);
    assert_true(sk_btf_size(&m.btf, 2, &size));
    assert_int_equal(size, 8);
    assert_false(sk_btf_size(&m.btf, 0, &size));
    end(&m);
}

/* Every length of good bytes but the whole; of 24 bytes and less: L6. */
static void test_truncated(void **state)
{
    struct btf_builder m;
    size_t whole;

    (void)state;
    begin_pair(&m);
    assemble(&m);
    whole = m.len;
    for (m.len = 0; m.len < whole; m.len++) {
        uint8_t *all = m.bytes;

        m.bytes = malloc(m.len ? m.len : 1);
        memcpy(m.bytes, all, m.len);
        refuse_bytes(&m, m.len < BTF_HEADER ? "its header has 24" : "past the end");
        free(m.bytes);
        m.bytes = all;
    }
    m.len = whole;
    assert_int_equal(open_image(&m), SKEP_OK);
    end(&m);
}

/* A header's field, and what is said of a bad value. */
struct field {
    uint32_t at, size, value;
    const char *why;
};

static void test_header(void **state)
{
    static const struct field fields[] = {
        { 0, 2, 0x9feb, "big-endian" },
        { 0, 2, 0x1234, "the magic number is 0x1234" },
        { 2, 1, 2, "version 2" },
        { 2, 1, 0, "version 0" },
        { 3, 1, 1, "flags 0x1" },
        { 4, 4, 0, "a header of 0 bytes" },
        { 4, 4, 23, "a header of 23 bytes" },
        { 4, 4, UINT32_MAX, "a header of 4294967295 bytes" },
        { 8, 4, 32, "past the end" }, /* the types' offset */
        { 8, 4, UINT32_MAX, "past the end" },
        { 12, 4, UINT32_MAX, "past the end" }, /* and length */
        { 16, 4, UINT32_MAX, "past the end" }, /* the strings' */
        { 20, 4, UINT32_MAX, "past the end" },
        { 20, 4, 0, "there are no strings" },
        { 20, 4, 3, "does not end with a NUL" },
        { 12, 4, 13, "cut" }, /* in the second record's head */
        { 12, 4, 20, "cut" }, /* in its members */
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(fields); i++) {
        uint32_t value = sk_le32(fields[i].value);
        struct btf_builder m;

        begin_pair(&m);
        assemble(&m);
        if (SK_BIG_ENDIAN && fields[i].size < 4)
            value >>= 32 - 8 * fields[i].size;
        memcpy(m.bytes + fields[i].at, &value, fields[i].size);
        refuse_bytes(&m, fields[i].why);
        end(&m);
    }
}

static void test_first_string(void **state)
{
    struct btf_builder m;

    (void)state;
    begin_pair(&m);
    m.strings[0] = 'x';
    assemble(&m);
    refuse_bytes(&m, "the first string is not empty");
    end(&m);
}

/* Offsets and lengths whose sum is small again in 32 bits. */
static void test_L4(void **state)
{
    static const uint32_t fields[] = { 8, 16 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(fields); i++) {
        for (uint32_t off = 4; off < 64; off += 4) {
            struct btf_builder m;

            begin_pair(&m);
            assemble(&m);
            sk_store32(m.bytes + fields[i], sk_le32(-off));
            sk_store32(m.bytes + fields[i] + 4, sk_le32(off + 8));
            refuse_bytes(&m, "past the end");
            end(&m);
        }
    }
}

static void test_unaligned_types(void **state)
{
    struct btf_builder m;

    (void)state;
    begin_pair(&m);
    assemble(&m);
    sk_store32(m.bytes + 8, sk_le32(2));
    sk_store32(m.bytes + 12, sk_le32(16));
    refuse_bytes(&m, "not aligned");
    end(&m);
}

/* ---- Records alone ------------------------------------------------------------------ */

static void test_kinds(void **state)
{
    static const uint32_t kinds[] = { 0, 20, 31 };
    char what[80];

    (void)state;
    for (size_t i = 0; i < SK_LEN(kinds); i++) {
        struct btf_builder m;

        begin(&m);
        add(&m, "x", kinds[i], 0, 0);
        assemble(&m);
        snprintf(what, sizeof(what),
                 "type 1: its kind is %u, an unknown kind; 1 to 19 were expected",
                 kinds[i]);
        refuse_bytes(&m, what);
        assert_int_equal(m.err.where, BTF_HEADER);
        end(&m);
    }
}

static void test_reserved_bits(void **state)
{
    (void)state;
    for (int bit = 16; bit < 31; bit++) {
        struct btf_builder m;

        if (bit >= 24 && bit < 29) /* the kind */
            continue;
        begin_pair(&m);
        m.words[1] |= sk_le32(UINT32_C(1) << bit);
        refuse(&m, 1, "reserved bits");
    }
}

static void test_int(void **state)
{
    static const struct {
        uint32_t size, word;
        const char *why;
    } ints[] = {
        { 0, INT_WORD(0, 0, 8), "size" },       { 3, INT_WORD(0, 0, 8), "size" },
        { 32, INT_WORD(0, 0, 8), "size" },      { UINT32_MAX, INT_WORD(0, 0, 8), "size" },
        { 4, INT_WORD(0, 0, 0), "its bits" },   { 16, INT_WORD(0, 0, 129), "its bits" },
        { 4, INT_WORD(0, 0, 33), "its bits" },  { 4, INT_WORD(0, 8, 25), "its bits" },
        { 4, INT_WORD(0, 255, 1), "its bits" }, { 4, INT_WORD(8, 0, 32), "encoding" },
        { 4, INT_WORD(16, 0, 32), "encoding" },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(ints); i++) {
        struct btf_builder m;

        begin(&m);
        add(&m, "x", SK_BTF_INT, 0, ints[i].size);
        word(&m, ints[i].word);
        refuse(&m, 1, ints[i].why);
    }
}

static void test_float(void **state)
{
    static const uint32_t good[] = { 2, 4, 8, 12, 16 }, bad[] = { 0, 1, 3, 10, 32 };
    struct btf_builder m;

    (void)state;
    for (size_t i = 0; i < SK_LEN(good); i++) {
        begin(&m);
        add(&m, "x", SK_BTF_FLOAT, 0, good[i]);
        open_good(&m);
        end(&m);
    }
    for (size_t i = 0; i < SK_LEN(bad); i++) {
        begin(&m);
        add(&m, "x", SK_BTF_FLOAT, 0, bad[i]);
        refuse(&m, 1, "size");
    }
}

static void test_enum(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "x", SK_BTF_ENUM, 1, 3);
    word(&m, 0);
    word(&m, 1);
    refuse(&m, 1, "size");

    /* only declared, as clang writes it */
    begin(&m);
    add(&m, "x", SK_BTF_ENUM, 0, 0);
    open_good(&m);
    end(&m);

    begin(&m);
    add(&m, "x", SK_BTF_ENUM, 1, 0);
    word(&m, 0);
    word(&m, 1);
    refuse(&m, 1, "size");

    begin(&m);
    add(&m, "x", SK_BTF_ENUM, 65535, 4);
    assemble(&m);
    refuse_bytes(&m, "cut");
    end(&m);
}

/* Values keep their sign. */
static void test_enum_values(void **state)
{
    struct btf_builder m;
    struct sk_btf_type type;

    (void)state;
    begin(&m);
    for (uint32_t flag = 0; flag <= KIND_FLAG; flag += KIND_FLAG) {
        add(&m, "x", SK_BTF_ENUM, flag | 1, 4);
        word(&m, 0);
        word(&m, UINT32_MAX);
        add(&m, "y", SK_BTF_ENUM64, flag | 1, 8);
        words(&m, 0, 1, UINT32_MAX);
    }
    open_good(&m);
    type = sk_btf_type(&m.btf, 1);
    assert_true(sk_btf_value(&m.btf, &type, 0).value == UINT32_MAX);
    type = sk_btf_type(&m.btf, 2);
    assert_true(sk_btf_value(&m.btf, &type, 0).value == UINT64_C(0xffffffff00000001));
    type = sk_btf_type(&m.btf, 3);
    assert_true(sk_btf_value(&m.btf, &type, 0).value == UINT64_MAX);
    end(&m);
}

/* Names and type ids out of range, in each place that has one. */
static void test_L5_names(void **state)
{
    static const struct {
        uint32_t kind, words, at;
    } places[] = {
        { SK_BTF_TYPEDEF, 0, 0 }, { SK_BTF_STRUCT, 3, 3 },     { SK_BTF_UNION, 3, 3 },
        { SK_BTF_ENUM, 2, 3 },    { SK_BTF_FUNC_PROTO, 2, 3 }, { SK_BTF_ENUM64, 3, 3 },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(places); i++) {
        for (int far = 0; far < 2; far++) {
            struct btf_builder m;

            begin(&m);
            add_int(&m, "int", 4, 0);
            add(&m, "x", places[i].kind, places[i].words ? 1 : 0,
                places[i].kind == SK_BTF_TYPEDEF || places[i].kind == SK_BTF_FUNC_PROTO
                    ? 1
                    : 4);
            for (uint32_t w = 0; w < places[i].words; w++)
                word(&m, w == 1 ? 1 : 0);
            if (places[i].words == 3 && places[i].kind != SK_BTF_ENUM64)
                m.words[m.word_count - 1] = 0;
            m.words[4 + places[i].at] =
                sk_le32(far ? UINT32_MAX : (uint32_t)m.string_len);
            refuse(&m, 2, "name");
        }
    }
}

static void test_L5_types(void **state)
{
    static const uint32_t kinds[] = { SK_BTF_PTR,       SK_BTF_TYPEDEF, SK_BTF_VOLATILE,
                                      SK_BTF_CONST,     SK_BTF_FUNC,    SK_BTF_RESTRICT,
                                      SK_BTF_TYPE_TAG,  SK_BTF_VAR,     SK_BTF_DECL_TAG,
                                      SK_BTF_FUNC_PROTO };
    static const uint32_t ids[] = { 3, 100500, UINT32_MAX };

    (void)state;
    for (size_t i = 0; i < SK_LEN(kinds) * SK_LEN(ids); i++) {
        struct btf_builder m;

        begin(&m);
        add_int(&m, "int", 4, 0);
        add(&m, "x", kinds[i % SK_LEN(kinds)], 0, ids[i / SK_LEN(kinds)]);
        if (kinds[i % SK_LEN(kinds)] == SK_BTF_VAR ||
            kinds[i % SK_LEN(kinds)] == SK_BTF_DECL_TAG)
            word(&m, 0);
        refuse(&m, 2, "an id below 3 was expected");
    }
}

static void test_L5_types_of_parts(void **state)
{
    static const uint32_t kinds[] = { SK_BTF_STRUCT, SK_BTF_UNION, SK_BTF_DATASEC,
                                      SK_BTF_FUNC_PROTO, SK_BTF_ARRAY };

    (void)state;
    for (size_t i = 0; i < 2 * SK_LEN(kinds); i++) {
        uint32_t kind = kinds[i / 2], bad = i % 2 ? UINT32_MAX : 3;
        struct btf_builder m;

        begin(&m);
        add_int(&m, "int", 4, 0);
        add(&m, "x", kind, kind == SK_BTF_ARRAY ? 0 : 1,
            kind == SK_BTF_FUNC_PROTO ? 1
            : kind == SK_BTF_ARRAY    ? 0
                                      : 4);
        word(&m, kind == SK_BTF_DATASEC || kind == SK_BTF_ARRAY ? bad : 0);
        word(&m, kind == SK_BTF_DATASEC ? 0 : bad);
        if (kind != SK_BTF_FUNC_PROTO)
            word(&m, 0);
        refuse(&m, 2, "an id below 3 was expected");
    }
}

static void test_L5_func(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add_int(&m, "int", 4, 0);
    add(&m, "f", SK_BTF_FUNC, 1, 1);
    refuse(&m, 2, "no FUNC_PROTO");
    begin(&m);
    add(&m, "f", SK_BTF_FUNC, 1, 0);
    refuse(&m, 1, "no FUNC_PROTO");
    begin(&m);
    add(&m, "", SK_BTF_FUNC_PROTO, 0, 0);
    add(&m, "f", SK_BTF_FUNC, 3, 1);
    refuse(&m, 2, "linkage");
}

/* A section's variable that is none, or lies outside. */
static void test_L10(void **state)
{
    static const struct {
        uint32_t type, offset, size;
        const char *why;
    } vars[] = {
        { 1, 0, 4, "no VAR or FUNC" },
        { 0, 0, 4, "no VAR or FUNC" },
        { 9, 0, 4, "an id below" },
        { 2, 8, 4, "not within the section" },
        { 2, 0, 9, "not within the section" },
        { 2, UINT32_MAX, 4, "not within the section" },
        { 2, 4, UINT32_MAX, "not within the section" },
    };
    struct btf_builder m;

    (void)state;
    for (size_t i = 0; i < SK_LEN(vars); i++) {
        begin(&m);
        add_int(&m, "int", 4, 0);
        add_var(&m, "v", 1);
        add(&m, ".data", SK_BTF_DATASEC, 1, 8);
        words(&m, vars[i].type, vars[i].offset, vars[i].size);
        refuse(&m, 3, vars[i].why);
    }
    /* as clang leaves it, without sizes */
    begin(&m);
    add_int(&m, "int", 4, 0);
    add_var(&m, "v", 1);
    add(&m, ".data", SK_BTF_DATASEC, 1, 0);
    words(&m, 2, 0, 4);
    open_good(&m);
    end(&m);
}

/* Members beyond the record's end. */
static void test_L12(void **state)
{
    static const uint32_t vlens[] = { 3, 4, 65535 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(vlens); i++) {
        struct btf_builder m;

        begin_pair(&m);
        m.words[5] = sk_le32((uint32_t)SK_BTF_STRUCT << 24 | vlens[i]);
        assemble(&m);
        refuse_bytes(&m, "is cut");
        end(&m);
    }
}

/* ---- Members ------------------------------------------------------------------------ */

/* A struct or union of one or two members of a 4-byte int, or another type. */
struct members {
    uint32_t kind, size, count;
    struct {
        uint32_t type, offset, bits;
    } m[2];
    const char *why; /* NULL: it is good */
};

static void test_members(void **state)
{
    static const struct members all[] = {
        { SK_BTF_STRUCT, 8, 2, { { 1, 0, 0 }, { 1, 32, 0 } }, NULL },
        { SK_BTF_STRUCT, 7, 2, { { 1, 0, 0 }, { 1, 32, 0 } }, "not within it" },
        { SK_BTF_STRUCT, 0, 1, { { 1, 0, 0 } }, "not within it" },
        { SK_BTF_STRUCT, 8, 1, { { 1, 33, 0 } }, "not within it" },
        { SK_BTF_STRUCT, 8, 1, { { 1, 0xffffff, 0 } }, "not within it" },
        { SK_BTF_STRUCT, 8, 2, { { 1, 32, 0 }, { 1, 0, 0 } }, "not in order" },
        { SK_BTF_STRUCT, 8, 2, { { 1, 16, 0 }, { 1, 16, 0 } }, NULL },
        { SK_BTF_STRUCT, 4, 2, { { 1, 0, 31 }, { 1, 31, 1 } }, NULL },
        { SK_BTF_STRUCT, 4, 2, { { 1, 0, 31 }, { 1, 31, 2 } }, "not within it" },
        { SK_BTF_STRUCT, 64, 1, { { 1, 0, 33 } }, "wider than its type" },
        { SK_BTF_STRUCT, 64, 1, { { 1, 0, 255 } }, "wider than its type" },
        { SK_BTF_UNION, 4, 2, { { 1, 0, 0 }, { 1, 0, 5 } }, NULL },
        { SK_BTF_UNION, 8, 1, { { 1, 8, 0 } }, "does not begin at 0" },
        { SK_BTF_UNION, 3, 1, { { 1, 0, 0 } }, "not within it" },
        { SK_BTF_STRUCT, 8, 1, { { 0, 0, 0 } }, "without a size" },
        { SK_BTF_STRUCT, 8, 1, { { 2, 0, 0 } }, "without a size" }, /* FWD */
        { SK_BTF_STRUCT, 8, 1, { { 3, 0, 0 } }, "without a size" }, /* FUNC_PROTO */
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(all); i++) {
        const struct members *s = &all[i];
        struct btf_builder m;

        begin(&m);
        add_int(&m, "int", 4, 0);
        add(&m, "fwd", SK_BTF_FWD, 0, 0);
        add(&m, "", SK_BTF_FUNC_PROTO, 0, 0);
        add(&m, "s", s->kind, KIND_FLAG | s->count, s->size);
        for (uint32_t k = 0; k < s->count; k++)
            member(&m, "m", s->m[k].type, s->m[k].offset, s->m[k].bits);
        if (s->why) {
            refuse(&m, 4, s->why);
        } else {
            open_good(&m);
            end(&m);
        }
    }
}

/* 2^32-1 elements of 2^32-1 elements of 16 bytes. */
static void test_huge_arrays(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add_int(&m, "int", 16, 0);
    add_array(&m, 1, UINT32_MAX);
    add_array(&m, 2, UINT32_MAX);
    refuse(&m, 3, "without a size");

    begin(&m);
    add(&m, "empty", SK_BTF_STRUCT, 0, 0);
    add_array(&m, 1, UINT32_MAX);
    add_array(&m, 2, UINT32_MAX);
    open_good(&m); /* of nothing as much as one likes */
    end(&m);

    begin(&m);
    add_array(&m, 0, 1);
    refuse(&m, 1, "without a size");
}

static void test_tags(void **state)
{
    static const struct {
        uint32_t type;
        int32_t component;
        const char *why;
    } tags[] = {
        { 2, -1, NULL },
        { 2, 0, NULL },
        { 2, 1, "not there" },
        { 2, -2, "not there" },
        { 2, INT32_MAX, "not there" },
        { 2, INT32_MIN, "not there" },
        { 1, -1, "can have none" },
        { 0, -1, "can have none" },
        { 3, -1, NULL },
        { 3, 0, "not there" },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(tags); i++) {
        struct btf_builder m;

        begin(&m);
        add_int(&m, "int", 4, 0);
        add(&m, "s", SK_BTF_STRUCT, 1, 4);
        member(&m, "a", 1, 0, 0);
        add_var(&m, "v", 1);
        add(&m, "tag", SK_BTF_DECL_TAG, 0, tags[i].type);
        word(&m, (uint32_t)tags[i].component);
        if (tags[i].why) {
            refuse(&m, 4, tags[i].why);
        } else {
            open_good(&m);
            end(&m);
        }
    }
}

/* Nothing is made of what is no type of C. */
static void test_no_types(void **state)
{
    static const uint32_t kinds[] = {
        SK_BTF_PTR,      SK_BTF_TYPEDEF,  SK_BTF_CONST,      SK_BTF_VOLATILE,
        SK_BTF_RESTRICT, SK_BTF_TYPE_TAG, SK_BTF_VAR,        SK_BTF_ARRAY,
        SK_BTF_STRUCT,   SK_BTF_UNION,    SK_BTF_FUNC_PROTO,
    };

    (void)state;
    for (size_t i = 0; i < 4 * SK_LEN(kinds); i++) {
        uint32_t kind = kinds[i / 4], bad = 3 + (uint32_t)(i % 4);
        struct btf_builder m;

        begin(&m);
        add_int(&m, "int", 4, 0);
        add(&m, "", SK_BTF_FUNC_PROTO, 0, 0);
        add_var(&m, "v", 1);
        add(&m, "f", SK_BTF_FUNC, 0, 2);
        add(&m, "tag", SK_BTF_DECL_TAG, 0, 3);
        word(&m, UINT32_MAX);
        add(&m, ".data", SK_BTF_DATASEC, 0, 4);
        if (kind == SK_BTF_STRUCT || kind == SK_BTF_UNION) {
            add(&m, "x", kind, 1, 8);
            member(&m, "m", bad, 0, 0);
        } else if (kind == SK_BTF_ARRAY) {
            add_array(&m, bad, 1);
        } else {
            add(&m, "x", kind, kind == SK_BTF_FUNC_PROTO ? 1 : 0, bad);
            word(&m, 0);
            word(&m, kind == SK_BTF_FUNC_PROTO ? bad : 0);
        }
        if (kind != SK_BTF_FUNC_PROTO && kind != SK_BTF_VAR && kind != SK_BTF_ARRAY &&
            kind != SK_BTF_STRUCT && kind != SK_BTF_UNION)
            m.word_count -= 2;
        if (kind == SK_BTF_VAR)
            m.word_count--;
        refuse(&m, 7, "no type of C");
    }
}

/* ---- Circles and depth -------------------------------------------------------------- */

static void test_circle_of_one(void **state)
{
    static const uint32_t kinds[] = { SK_BTF_TYPEDEF,   SK_BTF_CONST,    SK_BTF_VOLATILE,
                                      SK_BTF_RESTRICT,  SK_BTF_TYPE_TAG, SK_BTF_PTR,
                                      SK_BTF_ARRAY,     SK_BTF_STRUCT,   SK_BTF_UNION,
                                      SK_BTF_FUNC_PROTO };

    (void)state;
    for (size_t i = 0; i < SK_LEN(kinds); i++) {
        struct btf_builder m;
        uint32_t parts = kinds[i] == SK_BTF_STRUCT || kinds[i] == SK_BTF_UNION;

        begin(&m);
        add(&m, "x", kinds[i], parts, parts ? 8 : kinds[i] == SK_BTF_ARRAY ? 0 : 1);
        if (parts)
            member(&m, "m", 1, 0, 0);
        if (kinds[i] == SK_BTF_ARRAY)
            words(&m, 1, 1, 2);
        refuse(&m, 1, "contains itself");
    }
}

/* A circle of `kind` and typedefs, `len` types long, which ends where it began. */
static void test_circle_of_many(void **state)
{
    (void)state;
    for (uint32_t len = 2; len < 5; len++) {
        struct btf_builder m;

        begin(&m);
        add(&m, "s", SK_BTF_STRUCT, 1, 8);
        member(&m, "m", 2, 0, 0);
        for (uint32_t i = 2; i < len; i++)
            add(&m, "t", SK_BTF_TYPEDEF, 0, i + 1);
        add_array(&m, 1, 1);
        refuse(&m, 1, "contains itself");
    }
}

/* Through pointers a struct may hold itself. */
static void test_list(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "list", SK_BTF_STRUCT, 1, 8);
    member(&m, "next", 2, 0, 0);
    add(&m, "", SK_BTF_PTR, 0, 1);
    open_good(&m);
    end(&m);
}

/* A prototype whose parameter is a pointer to it. */
static void test_circle_of_prototypes(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "", SK_BTF_FUNC_PROTO, 1, 0);
    word(&m, 0);
    word(&m, 2);
    add(&m, "", SK_BTF_PTR, 0, 1);
    refuse(&m, 1, "contains itself");
}

static void add_level(struct btf_builder *m, uint32_t kind, uint32_t below)
{
    switch (kind) {
    case SK_BTF_STRUCT:
        add(m, "", kind, 1, 4);
        member(m, "m", below, 0, 0);
        break;
    case SK_BTF_ARRAY:
        add_array(m, below, 1);
        break;
    case SK_BTF_FUNC_PROTO:
        add(m, "", kind, 1, 0);
        word(m, 0);
        word(m, below);
        break;
    default:
        add(m, kind == SK_BTF_TYPEDEF ? "t" : "", kind, 0, below);
    }
}

/* So many levels around an int, listed inside out or outside in. */
static void begin_deep(struct btf_builder *m, uint32_t kind, uint32_t levels,
                       int outside_in)
{
    begin(m);
    add_int(m, "int", 4, 0);
    for (uint32_t i = 0; i < levels; i++) {
        uint32_t below = !outside_in ? m->last : i + 1 < levels ? m->last + 2 : 1;

        add_level(m, kind, below);
    }
}

static void test_depth(void **state)
{
    static const uint32_t kinds[] = { SK_BTF_TYPEDEF, SK_BTF_CONST, SK_BTF_PTR,
                                      SK_BTF_STRUCT,  SK_BTF_ARRAY, SK_BTF_FUNC_PROTO };

    (void)state;
    for (size_t i = 0; i < 2 * SK_LEN(kinds); i++) {
        struct btf_builder m;

        begin_deep(&m, kinds[i / 2], SK_BTF_DEPTH_MAX - 1, i % 2);
        open_good(&m);
        end(&m);

        begin_deep(&m, kinds[i / 2], SK_BTF_DEPTH_MAX, i % 2);
        assemble(&m);
        refuse_bytes(&m, "nested too deeply");
        end(&m);

        begin_deep(&m, kinds[i / 2], 100000, i % 2);
        assemble(&m);
        refuse_bytes(&m, "nested too deeply");
        end(&m);
    }
}

/* ---- Much --------------------------------------------------------------------------- */

static double seconds_to_open(uint32_t count)
{
    clock_t start;
    struct btf_builder m;

    begin(&m);
    add_int(&m, "int", 4, 0);
    for (uint32_t i = 1; i < count; i++)
        add_level(&m, i % 2 ? SK_BTF_STRUCT : SK_BTF_PTR, i % 2 ? 1 : m.last);
    assemble(&m);
    start = clock();
    assert_int_equal(open_image(&m), SKEP_OK);
    assert_int_equal(sk_btf_count(&m.btf), count + 1);
    end(&m);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* Ten times the types take not much more than ten times as long. */
static void test_million(void **state)
{
    double few = seconds_to_open(100000), many = seconds_to_open(1000000);

    (void)state;
    if (many > 40 * few + 1)
        fail_msg("%g s for 10^5 types, %g s for 10^6", few, many);
}

/* All types that share members by value: each is walked once. */
static void test_shared(void **state)
{
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "", SK_BTF_STRUCT, 0, 0);
    for (uint32_t i = 1; i < SK_BTF_DEPTH_MAX; i++) {
        add(&m, "", SK_BTF_STRUCT, 2, 0);
        member(&m, "a", i, 0, 0);
        member(&m, "b", i, 0, 0);
    }
    open_good(&m);
    end(&m);
}

/* ---- Split -------------------------------------------------------------------------- */

static void test_split(void **state)
{
    struct btf_builder base, m;
    struct sk_btf_type type;

    (void)state;
    begin_pair(&base);
    open_good(&base);
    begin_split(&m, &base);
    assert_int_equal(add(&m, "more", SK_BTF_TYPEDEF, 0, 2), 3);
    assert_int_equal(add(&m, "again", SK_BTF_TYPEDEF, 0, 3), 4);
    open_good(&m);
    assert_int_equal(sk_btf_count(&m.btf), 5);
    type = sk_btf_type(&m.btf, 4);
    assert_string_equal(type.name, "again");
    type = sk_btf_skip_aliases(&m.btf, 4);
    assert_int_equal(type.id, 2);
    assert_string_equal(type.name, "pair");
    end(&m);

    begin_split(&m, &base);
    add(&m, "self", SK_BTF_TYPEDEF, 0, 3);
    refuse(&m, 3, "contains itself");
    end(&base);
}

/* A way that goes on in the base counts as a whole. */
static void test_split_depth(void **state)
{
    struct btf_builder base, m;

    (void)state;
    begin_deep(&base, SK_BTF_CONST, SK_BTF_DEPTH_MAX - 1, 0);
    open_good(&base);
    begin_split(&m, &base);
    add(&m, "", SK_BTF_CONST, 0, SK_BTF_DEPTH_MAX);
    assemble(&m);
    refuse_bytes(&m, "nested too deeply");
    end(&m);
    end(&base);
}

/* ---- Memory ------------------------------------------------------------------------- */

/* Refuses the k-th request. */
struct miser {
    uint32_t left;
};

static void *miser_alloc(void *ctx, void *block, size_t old, size_t size)
{
    struct miser *miser = ctx;

    (void)old;
    if (!size) {
        free(block);
        return NULL;
    }
    return miser->left-- ? realloc(block, size) : NULL;
}

static void test_memory(void **state)
{
    struct btf_builder m;
    uint32_t k;

    (void)state;
    begin_pair(&m);
    assemble(&m);
    for (k = 0;; k++) {
        struct miser miser = { k };
        struct sk_mem mem = { miser_alloc, &miser };
        enum skep_code code =
            sk_btf_open(&m.btf, &mem, m.bytes, m.len, NULL, NULL, &m.err);

        if (code == SKEP_OK)
            break;
        assert_int_equal(code, SKEP_E_NO_MEMORY);
        assert_null(m.btf.data);
    }
    assert_in_range(k, 2, 10);
    sk_btf_close(&m.btf);
    end(&m);
}

/* Where the bytes are a section, errors name it, escaped. */
static void test_source(void **state)
{
    const struct sk_btf_source source = { ".BTF\n", 7, 0x1000 };
    struct sk_mem mem = sk_mem_default();
    struct btf_builder m;

    (void)state;
    begin(&m);
    add(&m, "x", SK_BTF_PTR, 0, 5);
    assemble(&m);
    assert_int_equal(sk_btf_open(&m.btf, &mem, m.bytes, m.len, NULL, &source, &m.err),
                     SKEP_E_SECTION);
    assert_non_null(
        strstr(m.err.message, "section '.BTF\\x0a' (index 7), offset 0x1018: "));
    assert_int_equal(m.err.where, 0x1018);
    end(&m);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_first_string),
        cmocka_unit_test(test_L4),
        cmocka_unit_test(test_unaligned_types),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_reserved_bits),
        cmocka_unit_test(test_int),
        cmocka_unit_test(test_float),
        cmocka_unit_test(test_enum),
        cmocka_unit_test(test_enum_values),
        cmocka_unit_test(test_L5_names),
        cmocka_unit_test(test_L5_types),
        cmocka_unit_test(test_L5_types_of_parts),
        cmocka_unit_test(test_L5_func),
        cmocka_unit_test(test_L10),
        cmocka_unit_test(test_L12),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_huge_arrays),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_no_types),
        cmocka_unit_test(test_circle_of_one),
        cmocka_unit_test(test_circle_of_many),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_circle_of_prototypes),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_million),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_split_depth),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
