/* CO-RE on types made by hand: values computed by hand, and what no compiler would write. What
 * compilers write is compared with libbpf (test/core). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "books.h"
#include "btf_image.h"
#include "load/core.h"

/* ---- A scene ------------------------------------------------------------------------------ */

enum { TARGETS_MAX = 3 };

struct scene {
    struct btf_image types;             /* being made */
    struct sk_btf btf[1 + TARGETS_MAX]; /* the object's, then targets */
    uint8_t *bytes[1 + TARGETS_MAX];
    uint32_t count; /* of them */
    struct sk_core *core;
    struct sk_btf_ext ext;
    uint8_t slots[4][8];
    enum sk_core_outcome outcome;
    struct skep_err err;
};

/* The types that were made are the next BTF. */
static void close_types(struct scene *s, const struct sk_btf *base)
{
    struct sk_mem mem = sk_mem_default();
    size_t len;

    s->bytes[s->count] = btf_take(&s->types, &len);
    if (sk_btf_open(&s->btf[s->count], &mem, s->bytes[s->count], len, base, NULL,
                    &s->err))
        fail_msg("%s", s->err.message);
    s->count++;
}

static void start_with(struct scene *s, const struct sk_mem *mem)
{
    const struct sk_btf *targets[TARGETS_MAX] = { &s->btf[1], &s->btf[2], &s->btf[3] };

    assert_int_equal(
        sk_core_new(&s->core, mem, &s->btf[0], targets, s->count - 1, &s->err), SKEP_OK);
}

static void start(struct scene *s)
{
    struct sk_mem mem = sk_mem_default();

    start_with(s, &mem);
}

static void stop(struct scene *s)
{
    sk_core_free(s->core);
    for (uint32_t i = 0; i < s->count; i++) {
        sk_btf_close(&s->btf[i]);
        free(s->bytes[i]);
    }
}

/* Lets the next types begin with int, type 1. */
static struct btf_image *begin_types(struct scene *s)
{
    btf_int(&s->types, "int", 4, SK_BTF_SIGNED);
    return &s->types;
}

/* Each test has a scene of its own, which is cleared away whatever becomes of the test. */
static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct scene));
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    stop(*state);
    free(*state);
    return 0;
}

#define IN_A_SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void set_slot(struct scene *s, int pc, uint8_t opcode, int16_t off, uint32_t imm)
{
    uint8_t *slot = s->slots[pc];

    slot[0] = opcode;
    slot[1] = 0;
    sk_store16(slot + 2, sk_le16((uint16_t)off));
    sk_store32(slot + 4, sk_le32(imm));
}

static enum skep_code apply(struct scene *s, uint32_t kind, uint32_t type,
                            const char *access)
{
    struct sk_ext_core record = {
        .insn_off = 0x40, .type = type, .access = access, .kind = kind, .at = 0x30
    };

    memset(&s->err, 0, sizeof(s->err));
    return sk_core_apply(s->core, &s->ext, &record, s->slots, (uint32_t)SK_LEN(s->slots),
                         0, &s->outcome, &s->err);
}

enum {
    LDX_W = 0x61,
    LDX_H = 0x69,
    LDX_B = 0x71,
    LDX_DW = 0x79,
    ST_W = 0x62,
    STX_DW = 0x7b,
    MOV64 = 0xb7,
    MOV64_REG = 0xbf,
    LDDW = 0x18,
    CALL = 0x85,
    EXIT = 0x95,
};

static void expect_slot(const struct scene *s, int pc, uint8_t opcode, int16_t off,
                        uint32_t imm)
{
    assert_int_equal(s->slots[pc][0], opcode);
    assert_int_equal((int16_t)sk_le16(sk_load16(s->slots[pc] + 2)), off);
    assert_int_equal(sk_le32(sk_load32(s->slots[pc] + 4)), imm);
}

/* The relocation makes the immediate `from` of a move to `to`. */
static void expect_imm(struct scene *s, uint32_t kind, uint32_t type, const char *access,
                       uint32_t from, uint32_t to)
{
    set_slot(s, 0, MOV64, 0, from);
    if (apply(s, kind, type, access))
        fail_msg("%s", s->err.message);
    assert_int_equal(s->outcome, SK_CORE_DONE);
    expect_slot(s, 0, MOV64, 0, to);
}

/* It makes one load or store, of offset `from`, to another. */
static void expect_access(struct scene *s, uint32_t type, const char *access,
                          uint8_t opcode, int16_t from, uint8_t to_opcode, int16_t to)
{
    set_slot(s, 0, opcode, from, 77);
    if (apply(s, SK_CORE_FIELD_BYTE_OFFSET, type, access))
        fail_msg("%s", s->err.message);
    assert_int_equal(s->outcome, SK_CORE_DONE);
    expect_slot(s, 0, to_opcode, to, 77);
}

static void expect_poison(struct scene *s, uint32_t kind, uint32_t type,
                          const char *access, uint8_t opcode, int16_t off, uint32_t imm)
{
    set_slot(s, 0, opcode, off, imm);
    if (apply(s, kind, type, access))
        fail_msg("%s", s->err.message);
    assert_int_equal(s->outcome, SK_CORE_POISONED);
    expect_slot(s, 0, CALL, 0, 0xbad2310);
}

/* It is refused with a message that has `why` in it, and nothing was changed. */
static void expect_refusal(struct scene *s, uint32_t kind, uint32_t type,
                           const char *access, const char *why)
{
    uint8_t before[sizeof(s->slots)];

    memcpy(before, s->slots, sizeof(before));
    s->outcome = (enum sk_core_outcome)99;
    assert_int_equal(apply(s, kind, type, access), SKEP_E_SECTION);
    assert_int_equal(s->outcome, 99);
    assert_memory_equal(before, s->slots, sizeof(before));
    if (!strstr(s->err.message, why) || !strstr(s->err.message, "offset 0x30:"))
        fail_msg("'%s' is not in: %s", why, s->err.message);
}

static void refuse_imm(struct scene *s, uint32_t kind, uint32_t type, const char *access,
                       uint32_t imm, const char *why)
{
    set_slot(s, 0, MOV64, 0, imm);
    expect_refusal(s, kind, type, access, why);
}

/* ---- Fields --------------------------------------------------------------------------------- */

/* struct s { int a; u32 b; } and struct s { u64 b; char pad[4]; int a; }, ids 3 and 5. */
static void open_simple(struct scene *s)
{
    struct btf_image *t = begin_types(s);

    btf_int(t, "u32", 4, 0);
    btf_type(t, "s", SK_BTF_STRUCT, 2, 8);
    btf_member(t, "a", 1, 0);
    btf_member(t, "b", 2, 32);
    close_types(s, NULL);
    begin_types(s);
    btf_int(t, "char", 1, SK_BTF_SIGNED);
    btf_int(t, "u64", 8, 0);
    btf_array(t, 2, 4);
    btf_type(t, "s", SK_BTF_STRUCT, 3, 16);
    btf_member(t, "b", 3, 0);
    btf_member(t, "pad", 4, 64);
    btf_member(t, "a", 1, 96);
    close_types(s, NULL);
    start(s);
}

static void test_field(void **state)
{
    struct scene *s = *state;

    open_simple(s);
    expect_access(s, 3, "0:0", LDX_W, 0, LDX_W, 12);
    expect_access(s, 3, "0:0", ST_W, 0, ST_W, 12);
    expect_access(s, 3, "0:1", LDX_W, 4, LDX_DW, 0);
    expect_access(s, 3, "2:0", LDX_W, 16, LDX_W, 44);
    expect_access(s, 3, "2:1", LDX_W, 20, LDX_DW, 32);
    expect_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0", 0, 12);
    expect_imm(s, SK_CORE_FIELD_BYTE_SIZE, 3, "0:1", 4, 8);
    expect_imm(s, SK_CORE_FIELD_BYTE_SIZE, 3, "0", 8, 16);
    expect_imm(s, SK_CORE_FIELD_EXISTS, 3, "0:1", 1, 1);
    expect_imm(s, SK_CORE_FIELD_SIGNED, 3, "0:0", 1, 1);
    expect_imm(s, SK_CORE_FIELD_SIGNED, 3, "0:1", 0, 0);
    expect_imm(s, SK_CORE_FIELD_LSHIFT_U64, 3, "0:1", 32, 0);
    expect_imm(s, SK_CORE_FIELD_RSHIFT_U64, 3, "0:1", 32, 0);
    expect_imm(s, SK_CORE_TYPE_SIZE, 3, "0", 8, 16);
    expect_imm(s, SK_CORE_TYPE_EXISTS, 3, "0", 1, 1);
    expect_imm(s, SK_CORE_TYPE_MATCHES, 3, "0", 1, 0);
    expect_imm(s, SK_CORE_TYPE_ID_LOCAL, 3, "0", 3, 3);
    expect_imm(s, SK_CORE_TYPE_ID_TARGET, 3, "0", 3, 5);
}

static void test_instruction(void **state)
{
    struct scene *s = *state;

    open_simple(s);
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:1", 5, "own types");
    set_slot(s, 0, LDX_W, 8, 0);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:1", "own types");
    set_slot(s, 0, LDX_W, -4, 0);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:1", "own types");
    set_slot(s, 0, LDX_B, 4, 0);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:1", "size of the access");
    set_slot(s, 0, MOV64_REG, 0, 0);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0", "no immediate");
    set_slot(s, 0, EXIT, 0, 0);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0", "no CO-RE relocation");
    set_slot(s, 0, CALL, 0, 1);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0", "no CO-RE relocation");
    set_slot(s, 0, 0, 0, 0); /* the second slot of a 64-bit load */
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0", "no CO-RE relocation");
    set_slot(s, 0, LDDW, 0, 0);
    set_slot(s, 1, MOV64, 0, 0);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0", "64-bit load");
    set_slot(s, 0, LDDW, 0, 0);
    set_slot(s, 1, 0, 0, 0);
    s->slots[0][1] = 0x10; /* a map's descriptor */
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0", "64-bit load");
}

/* Where the code ends within a 64-bit load, nothing behind it is touched. */
static void test_cut_load(void **state)
{
    struct scene *s = *state;
    struct sk_ext_core record = { .type = 3, .access = "0:0" };

    open_simple(s);
    set_slot(s, 3, LDDW, 0, 0);
    assert_int_equal(
        sk_core_apply(s->core, &s->ext, &record, s->slots, 4, 3, &s->outcome, &s->err),
        SKEP_E_SECTION);
    assert_int_equal(
        sk_core_apply(s->core, &s->ext, &record, s->slots, 4, 4, &s->outcome, &s->err),
        SKEP_E_SECTION);
}

static void test_access_strings(void **state)
{
    struct scene *s = *state;
    char *longest = malloc(200001);
    static const char *const wrong[] = {
        "",
        ":",
        "0:",
        ":0",
        "0::1",
        "-1",
        "0:-1",
        "0x0:1",
        " 0:1",
        "+0",
        "a",
        "0:1a",
        "0;1",
        "0:1 ",
        "0:2",
        "0:1:0",
        "0:9999999999999999999",
        "99999999999999999999999",
        "0:4294967296",
        "4294967296",
        "2147483648",
        "0:18446744073709551616",
    };

    open_simple(s);
    for (size_t i = 0; i < SK_LEN(wrong); i++)
        refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 3, wrong[i], 0,
                   "<byte_off> [3] struct s");
    for (int i = 0; i < 200000; i += 2)
        memcpy(longest + i, "0:", 3);
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 3, longest, 0, "more than 64");
    free(longest);
    refuse_imm(s, SK_CORE_TYPE_EXISTS, 3, "1", 0, "\"0\"");
    refuse_imm(s, SK_CORE_TYPE_EXISTS, 3, "0:0", 0, "\"0\"");
    refuse_imm(s, SK_CORE_TYPE_EXISTS, 3, "00", 0, "\"0\"");
    refuse_imm(s, SK_CORE_ENUMVAL_VALUE, 3, "0", 0, "no enum");
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 1, "0:0", 0, "no parts");
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 0, "0", 0, "no size");
    refuse_imm(s, SK_CORE_FIELD_SIGNED, 3, "0", 0, "element");
}

static void test_kinds(void **state)
{
    struct scene *s = *state;

    open_simple(s);
    refuse_imm(s, SK_CORE_KINDS, 3, "0", 0, "<unknown> [3] struct s");
    refuse_imm(s, UINT32_MAX, 3, "0", 0, "no such kind");
}

/* L22, CVE-2024-49850: a relocation of a type that is not there. */
static void test_L22_type_id_beyond_the_last(void **state)
{
    struct scene *s = *state;
    uint32_t words[] = {
        0x0001eb9f, 32,           /* magic, version, length of the header */
        0,          0,      0, 0, /* no functions, no lines */
        0,          28,           /* relocations */
        16,         0,      1,    /* size of records; section's name, count */
        0,          100500, 0, SK_CORE_TYPE_ID_LOCAL,
    };

    open_simple(s);
    refuse_imm(s, SK_CORE_TYPE_ID_LOCAL, 100500, "0", 0, "type is not there");
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, UINT32_MAX, "0:0", 0, "type is not there");
    refuse_imm(s, SK_CORE_TYPE_ID_LOCAL, 4, "0", 0, "type is not there");
    assert_int_equal(
        sk_btf_ext_open(&s->ext, &s->btf[0], words, sizeof(words), NULL, &s->err),
        SKEP_E_SECTION);
    if (!strstr(s->err.message, "100500"))
        fail_msg("%s", s->err.message);
}

static void test_void(void **state)
{
    struct scene *s = *state;

    open_simple(s);
    expect_imm(s, SK_CORE_TYPE_ID_LOCAL, 0, "0", 0, 0);
    refuse_imm(s, SK_CORE_TYPE_EXISTS, 0, "0", 1, "without a name");
}

/* A kernel of 32 bits: a pointer is loaded in 4 bytes there. */
static void test_short_pointers(void **state)
{
    struct scene *s = *state;
    struct btf_image *t = begin_types(s);

    btf_type(t, "", SK_BTF_PTR, 0, 0);
    btf_type(t, "s", SK_BTF_STRUCT, 2, 16);
    btf_member(t, "p", 2, 0);
    btf_member(t, "q", 2, 64);
    close_types(s, NULL);
    btf_int(t, "long int", 4, SK_BTF_SIGNED);
    btf_type(t, "", SK_BTF_PTR, 0, 0);
    btf_type(t, "s", SK_BTF_STRUCT, 2, 8);
    btf_member(t, "q", 2, 0);
    btf_member(t, "p", 2, 32);
    close_types(s, NULL);
    start(s);
    expect_access(s, 3, "0:0", LDX_DW, 0, LDX_W, 4);
    expect_access(s, 3, "1:1", LDX_DW, 24, LDX_W, 8);
    expect_imm(s, SK_CORE_FIELD_BYTE_SIZE, 3, "0:0", 8, 4);
}

/* What a register would hold otherwise is not loaded: signs, numbers for pointers, floats. */
static void test_unsafe_sizes(void **state)
{
    struct scene *s = *state;
    struct btf_image *t = &s->types;

    for (uint32_t size = 4; size <= 8; size += 4) {
        btf_int(t, "signed", size, SK_BTF_SIGNED);
        btf_int(t, "unsigned", size, 0);
        btf_int(t, "character", size, SK_BTF_SIGNED | SK_BTF_CHAR);
        btf_type(t, "e", SK_BTF_ENUM, 0, size);
        btf_type(t, "f", SK_BTF_FLOAT, 0, size);
        btf_type(t, "s", SK_BTF_STRUCT, 5, 5 * size);
        btf_member(t, "signed", 1, 0);
        btf_member(t, "unsigned", 2, 8 * size);
        btf_member(t, "character", 3, 16 * size);
        btf_member(t, "enum", 4, 24 * size);
        btf_member(t, "float", 5, 32 * size);
        close_types(s, NULL);
    }
    start(s);
    expect_poison(s, SK_CORE_FIELD_BYTE_OFFSET, 6, "0:0", LDX_W, 0, 0);
    expect_access(s, 6, "0:1", LDX_W, 4, LDX_DW, 8);
    /* (an encoding of two bits counts as no signed one for libbpf) */
    expect_access(s, 6, "0:2", LDX_W, 8, LDX_DW, 16);
    expect_poison(s, SK_CORE_FIELD_BYTE_OFFSET, 6, "0:3", LDX_W, 12, 0);
    expect_poison(s, SK_CORE_FIELD_BYTE_OFFSET, 6, "0:4", LDX_W, 16, 0);
    /* the offset alone is fine */
    expect_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 6, "0:4", 16, 32);
}

/* ---- Nothing fits ----------------------------------------------------------------------------- */

static void test_poison(void **state)
{
    struct scene *s = *state;
    struct btf_image *t = begin_types(s);

    btf_type(t, "gone", SK_BTF_STRUCT, 1, 4);
    btf_member(t, "a", 1, 0);
    btf_type(t, "e", SK_BTF_ENUM, 1, 4);
    btf_word(t, btf_string(t, "E"));
    btf_word(t, 5);
    close_types(s, NULL);
    begin_types(s);
    close_types(s, NULL);
    start(s);
    expect_poison(s, SK_CORE_FIELD_BYTE_OFFSET, 2, "0:0", LDX_W, 0, 0);
    expect_poison(s, SK_CORE_FIELD_BYTE_OFFSET, 2, "0:0", MOV64, 0, 0);
    expect_poison(s, SK_CORE_FIELD_BYTE_SIZE, 2, "0:0", MOV64, 0, 4);
    expect_poison(s, SK_CORE_FIELD_SIGNED, 2, "0:0", MOV64, 0, 1);
    expect_poison(s, SK_CORE_ENUMVAL_VALUE, 3, "0", MOV64, 0, 5);
    /* once more */
    assert_int_equal(apply(s, SK_CORE_ENUMVAL_VALUE, 3, "0"), SKEP_OK);
    assert_int_equal(s->outcome, SK_CORE_POISONED);
    expect_refusal(s, SK_CORE_ENUMVAL_EXISTS, 3, "0", "no CO-RE relocation");
    set_slot(s, 1, 0, 0, 0);
    expect_poison(s, SK_CORE_ENUMVAL_VALUE, 3, "0", LDDW, 0, 5);
    expect_slot(s, 1, CALL, 0, 0xbad2310);
    expect_imm(s, SK_CORE_FIELD_EXISTS, 2, "0:0", 1, 0);
    expect_imm(s, SK_CORE_TYPE_EXISTS, 2, "0", 1, 0);
    expect_imm(s, SK_CORE_TYPE_MATCHES, 2, "0", 1, 0);
    expect_imm(s, SK_CORE_TYPE_SIZE, 2, "0", 4, 0);
    expect_imm(s, SK_CORE_TYPE_ID_TARGET, 2, "0", 2, 0);
    expect_imm(s, SK_CORE_ENUMVAL_EXISTS, 3, "0", 1, 0);
}

/* ---- Types that match ---------------------------------------------------------------------- */

/* struct s { int a; struct t *p; }, enum e { E }, and typedefs of a prototype and an array, with
 * some things otherwise. */
static void add_shapes(struct btf_image *t, uint32_t int_size, uint32_t int_encoding,
                       const char *behind, uint32_t elements, const char *value)
{
    btf_int(t, "int", int_size, int_encoding);
    btf_type(t, behind, SK_BTF_FWD, 0, 0);
    btf_type(t, "", SK_BTF_PTR, 0, 2);
    btf_type(t, "s", SK_BTF_STRUCT, 2, 16);
    btf_member(t, "a", 1, 0);
    btf_member(t, "p", 3, 64);
    btf_type(t, "e", SK_BTF_ENUM, 1, 4);
    btf_word(t, btf_string(t, value));
    btf_word(t, elements);
    btf_type(t, "", SK_BTF_FUNC_PROTO, 1, 1);
    btf_word(t, 0);
    btf_word(t, 3);
    btf_type(t, "", SK_BTF_PTR, 0, 6);
    btf_type(t, "f", SK_BTF_TYPEDEF, 0, 7);
    btf_array(t, 1, elements);
    btf_type(t, "a", SK_BTF_TYPEDEF, 0, 9);
}

enum {
    SHAPE_INT = 1,
    SHAPE_STRUCT = 4,
    SHAPE_ENUM = 5,
    SHAPE_PROTO = 8,
    SHAPE_ARRAY = 10
};

static void expect_matches(struct scene *s, const uint32_t expected[5])
{
    static const uint32_t ids[] = { SHAPE_INT, SHAPE_STRUCT, SHAPE_ENUM, SHAPE_PROTO,
                                    SHAPE_ARRAY };

    close_types(s, NULL);
    start(s);
    for (size_t i = 0; i < SK_LEN(ids); i++) {
        expect_imm(s, SK_CORE_TYPE_EXISTS, ids[i], "0", 1, 1);
        expect_imm(s, SK_CORE_TYPE_MATCHES, ids[i], "0", 1, expected[i]);
    }
    stop(s);
    memset(s, 0, sizeof(*s));
    add_shapes(&s->types, 4, SK_BTF_SIGNED, "t", 3, "E");
    close_types(s, NULL);
}

static void test_matches(void **state)
{
    struct scene *s = *state;

    add_shapes(&s->types, 4, SK_BTF_SIGNED, "t", 3, "E");
    close_types(s, NULL);
    add_shapes(&s->types, 4, SK_BTF_SIGNED, "t", 3, "E");
    expect_matches(s, (uint32_t[]){ 1, 1, 1, 1, 1 });
    add_shapes(&s->types, 8, SK_BTF_SIGNED, "t", 3, "E");
    expect_matches(s, (uint32_t[]){ 0, 0, 1, 0, 0 });
    add_shapes(&s->types, 4, 0, "t", 3, "E");
    expect_matches(s, (uint32_t[]){ 0, 0, 1, 0, 0 });
    add_shapes(&s->types, 4, SK_BTF_SIGNED, "t___flavour", 3, "E");
    expect_matches(s, (uint32_t[]){ 1, 1, 1, 1, 1 });
    add_shapes(&s->types, 4, SK_BTF_SIGNED, "other", 3, "E");
    expect_matches(s, (uint32_t[]){ 1, 0, 1, 0, 1 });
    add_shapes(&s->types, 4, SK_BTF_SIGNED, "t", 4, "E___x");
    expect_matches(s, (uint32_t[]){ 1, 1, 1, 1, 0 });
    add_shapes(&s->types, 4, SK_BTF_SIGNED, "t", 3, "F");
    expect_matches(s, (uint32_t[]){ 1, 1, 0, 1, 1 });
}

/* ---- Bit fields --------------------------------------------------------------------------------- */

static void add_bits(struct btf_image *t, uint32_t a, uint32_t a_at, uint32_t b,
                     uint32_t b_at)
{
    btf_int(t, "int", 4, SK_BTF_SIGNED);
    btf_int(t, "u64", 8, 0);
    btf_type(t, "bits", SK_BTF_STRUCT, BTF_FLAG | 2, 16);
    btf_member(t, "a", 1, a << 24 | a_at);
    btf_member(t, "b", 2, b << 24 | b_at);
}

static void test_bit_fields(void **state)
{
    struct scene *s = *state;

    add_bits(&s->types, 3, 5, 40, 20);
    close_types(s, NULL);
    add_bits(&s->types, 9, 30, 33, 64);
    close_types(s, NULL);
    start(s);
    /* bits 30 to 38 are in no 4 bytes, but in the first 8 */
    expect_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0", 123, 0);
    expect_imm(s, SK_CORE_FIELD_BYTE_SIZE, 3, "0:0", 4, 8);
    expect_imm(s, SK_CORE_FIELD_LSHIFT_U64, 3, "0:0", 56, 64 - 39);
    expect_imm(s, SK_CORE_FIELD_RSHIFT_U64, 3, "0:0", 61, 64 - 9);
    expect_imm(s, SK_CORE_FIELD_SIGNED, 3, "0:0", 1, 1);
    refuse_imm(s, SK_CORE_FIELD_RSHIFT_U64, 3, "0:0", 60, "own types");
    expect_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:1", 0, 8);
    expect_imm(s, SK_CORE_FIELD_BYTE_SIZE, 3, "0:1", 8, 8);
    expect_imm(s, SK_CORE_FIELD_LSHIFT_U64, 3, "0:1", 4, 64 - 33);
    /* a load of a bit field keeps its size */
    expect_access(s, 3, "0:1", LDX_B, 2, LDX_B, 8);
}

static void test_bit_field_across_8_bytes(void **state)
{
    struct scene *s = *state;

    add_bits(&s->types, 3, 5, 40, 20);
    close_types(s, NULL);
    add_bits(&s->types, 9, 30, 33, 60);
    close_types(s, NULL);
    start(s);
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:1", 0, "no 8 bytes");
}

/* ---- Enums of 64 bits ------------------------------------------------------------------------------ */

static void test_enum64(void **state)
{
    struct scene *s = *state;
    struct btf_image *t = &s->types;

    btf_type(t, "e", SK_BTF_ENUM, 1, 4);
    btf_word(t, btf_string(t, "E___old"));
    btf_word(t, 0xfffffffe); /* -2 */
    close_types(s, NULL);
    btf_type(t, "e___new", SK_BTF_ENUM64, 1, 8);
    btf_word(t, btf_string(t, "E"));
    btf_word(t, 0x9abcdef0);
    btf_word(t, 0x12345678);
    close_types(s, NULL);
    start(s);
    set_slot(s, 0, LDDW, 0, 0xfffffffe);
    set_slot(s, 1, 0, 0, 0xffffffff);
    assert_int_equal(apply(s, SK_CORE_ENUMVAL_VALUE, 1, "0"), SKEP_OK);
    expect_slot(s, 0, LDDW, 0, 0x9abcdef0);
    expect_slot(s, 1, 0, 0, 0x12345678);
    refuse_imm(s, SK_CORE_ENUMVAL_VALUE, 1, "0", 0xfffffffe, "more than 32 bits");
    refuse_imm(s, SK_CORE_ENUMVAL_VALUE, 1, "1", 0, "one of the enum's values");
    refuse_imm(s, SK_CORE_ENUMVAL_VALUE, 1, "0:0", 0, "one of the enum's values");
}

/* ---- Candidates ------------------------------------------------------------------------------------- */

static void add_one(struct btf_image *t, const char *name, const char *member,
                    uint32_t at)
{
    btf_type(t, name, SK_BTF_STRUCT, 1, 64);
    btf_member(t, member, 1, 8 * at);
}

static void test_ambiguity(void **state)
{
    struct scene *s = *state;

    begin_types(s);
    add_one(&s->types, "s", "a", 0);
    add_one(&s->types, "t___mine", "a", 0);
    close_types(s, NULL);
    begin_types(s);
    add_one(&s->types, "s", "a", 4);
    add_one(&s->types, "s___2", "a", 8);
    add_one(&s->types, "t___theirs", "a", 12);
    add_one(&s->types, "t___a___b", "a", 16); /* essentially t___a */
    close_types(s, NULL);
    start(s);
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 2, "0:0", 0, "different offsets");
    refuse_imm(s, SK_CORE_TYPE_ID_TARGET, 2, "0", 0, "different values");
    refuse_imm(s, SK_CORE_FIELD_EXISTS, 2, "0:0", 1, "different offsets");
    expect_imm(s, SK_CORE_TYPE_EXISTS, 2, "0", 1, 1);
    expect_access(s, 3, "0:0", LDX_W, 0, LDX_W, 12);
}

/* A candidate that did not have one field is not asked for others. */
static void test_candidates_are_left_out(void **state)
{
    struct scene *s = *state;
    struct btf_image *t = begin_types(s);

    btf_type(t, "s", SK_BTF_STRUCT, 3, 12);
    btf_member(t, "a", 1, 0);
    btf_member(t, "b", 1, 32);
    btf_member(t, "none", 1, 64);
    close_types(s, NULL);
    begin_types(s);
    add_one(t, "s", "b", 4);
    btf_type(t, "s___2", SK_BTF_STRUCT, 2, 64);
    btf_member(t, "b", 1, 8 * 20);
    btf_member(t, "a", 1, 8 * 24);
    close_types(s, NULL);
    start(s);
    set_slot(s, 0, LDX_W, 4, 0);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 2, "0:1", "different offsets");
    expect_imm(s, SK_CORE_FIELD_EXISTS, 2, "0:2", 1, 0);
    set_slot(s, 0, LDX_W, 4, 0);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 2, "0:1", "different offsets");
    expect_access(s, 2, "0:0", LDX_W, 0, LDX_W, 24);
    expect_access(s, 2, "0:1", LDX_W, 4, LDX_W, 20);
}

/* Modules are asked for what vmlinux does not have. */
static void test_modules(void **state)
{
    struct scene *s = *state;

    begin_types(s);
    add_one(&s->types, "s", "a", 0);
    add_one(&s->types, "t", "a", 0);
    add_one(&s->types, "u", "a", 0);
    close_types(s, NULL);
    begin_types(s);
    add_one(&s->types, "s", "a", 4);
    close_types(s, NULL);
    s->types.first_string = (uint32_t)s->btf[1].strings_len;
    add_one(&s->types, "s", "a", 8);
    add_one(&s->types, "t", "a", 12);
    close_types(s, &s->btf[1]);
    s->types.first_string = (uint32_t)s->btf[1].strings_len;
    add_one(&s->types, "t", "a", 12);
    add_one(&s->types, "u", "a", 16);
    close_types(s, &s->btf[1]);
    start(s);
    expect_access(s, 2, "0:0", LDX_W, 0, LDX_W, 4);
    expect_access(s, 3, "0:0", LDX_W, 0, LDX_W, 12);
    expect_access(s, 4, "0:0", LDX_W, 0, LDX_W, 16);
    expect_imm(s, SK_CORE_TYPE_ID_TARGET, 4, "0", 0, 4);
}

/* Of members of one name, which C does not allow, that which fits is taken; behind one that
 * does not, its own struct has no more. */
static void test_twins(void **state)
{
    struct scene *s = *state;
    struct btf_image *t = begin_types(s);

    add_one(t, "s", "a", 0);
    close_types(s, NULL);
    begin_types(s);
    btf_type(t, "", SK_BTF_PTR, 0, 0);
    btf_type(t, "", SK_BTF_STRUCT, 2, 16);
    btf_member(t, "a", 2, 0);
    btf_member(t, "a", 1, 64);
    btf_type(t, "s", SK_BTF_STRUCT, 3, 64);
    btf_member(t, "", 3, 0);
    btf_member(t, "", 1, 8 * 20); /* an anonymous int: nothing is in it */
    btf_member(t, "a", 1, 8 * 24);
    close_types(s, NULL);
    start(s);
    expect_access(s, 2, "0:0", LDX_W, 0, LDX_W, 24);
}

/* ---- Too far, too small -------------------------------------------------------------------------------- */

static void test_offsets(void **state)
{
    struct scene *s = *state;
    struct btf_image *t = begin_types(s);

    btf_type(t, "s", SK_BTF_STRUCT, 1, 4);
    btf_member(t, "a", 1, 0);
    btf_array(t, 2, 0x3fffffff);
    btf_type(t, "big", SK_BTF_STRUCT, 1, 0xfffffffc);
    btf_member(t, "array", 3, 0);
    btf_type(t, "far", SK_BTF_STRUCT, 2, 0x10000);
    btf_member(t, "a", 1, 0);
    btf_member(t, "b", 1, 32);
    close_types(s, NULL);
    begin_types(s);
    btf_type(t, "s", SK_BTF_STRUCT, 1, 0xfffffffc);
    btf_member(t, "a", 1, 0x7fff * 8);
    btf_type(t, "far", SK_BTF_STRUCT, 2, 0x10000);
    btf_member(t, "a", 1, 0x7fff * 8);
    btf_member(t, "b", 1, 0x8000 * 8);
    close_types(s, NULL);
    start(s);
    expect_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 2, "0:0", 0, 0x7fff);
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 2, "2:0", 8, "too far away");
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 2, "2147483647:0", 0, "offset is too big");
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 4, "0:0:1073741823:0", 0, "does not have");
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 4, "1:0:1073741822:0", 0, "too big");
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 4, "2147483647:0:0:0", 0, "too big");
    expect_access(s, 5, "0:0", LDX_W, 0, LDX_W, 0x7fff);
    set_slot(s, 0, LDX_W, 4, 0);
    expect_refusal(s, SK_CORE_FIELD_BYTE_OFFSET, 5, "0:1", "16 bits");
    expect_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 5, "0:1", 4, 0x8000);
}

static void test_nothing_inside(void **state)
{
    struct scene *s = *state;
    struct btf_image *t = begin_types(s);

    btf_type(t, "empty", SK_BTF_STRUCT, 0, 0);
    btf_array(t, 2, 0);
    btf_type(t, "s", SK_BTF_STRUCT, 2, 0);
    btf_member(t, "e", 2, 0);
    btf_member(t, "list", 3, 0);
    close_types(s, NULL);
    begin_types(s);
    btf_type(t, "empty", SK_BTF_STRUCT, 0, 0);
    btf_array(t, 2, 0);
    btf_type(t, "s", SK_BTF_STRUCT, 2, 0);
    btf_member(t, "e", 2, 0);
    btf_member(t, "list", 3, 0);
    close_types(s, NULL);
    start(s);
    expect_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 4, "7:0", 0, 0);
    expect_imm(s, SK_CORE_FIELD_BYTE_SIZE, 4, "0:0", 0, 0);
    expect_imm(s, SK_CORE_FIELD_LSHIFT_U64, 4, "0:0", 64, 64);
    expect_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 4, "0:1:2000000000", 0, 0);
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 4, "0:0:0", 0, "does not have");
    refuse_imm(s, SK_CORE_FIELD_BYTE_OFFSET, 2, "0:0", 0, "does not have");
}

/* ---- Too much ---------------------------------------------------------------------------------------- */

/* struct s: 28 storeys of unions, each with two members that are the next storey. `name` is
 * theirs, and `last` that of the int at the bottom. */
static uint32_t add_tower(struct btf_image *t, const char *name, const char *last)
{
    uint32_t id = btf_int(t, "int", 4, SK_BTF_SIGNED);

    for (int i = 0; i < 28; i++) {
        uint32_t next = btf_type(t, i < 27 ? "" : "s", SK_BTF_UNION, 2, 4);

        btf_member(t, i ? name : last, id, 0);
        btf_member(t, i ? name : last, id, 0);
        id = next;
    }
    return id;
}

static void test_anonymous_tower(void **state)
{
    struct scene *s = *state;

    begin_types(s);
    btf_type(&s->types, "s", SK_BTF_UNION, 1, 4);
    btf_member(&s->types, "a", 1, 0);
    close_types(s, NULL);
    add_tower(&s->types, "", "b");
    close_types(s, NULL);
    start(s);
    refuse_imm(s, SK_CORE_FIELD_EXISTS, 2, "0:0", 1, "too much work");
    refuse_imm(s, SK_CORE_FIELD_EXISTS, 2, "0:0", 1, "too much work"); /* at once */
}

static void test_matching_tower(void **state)
{
    struct scene *s = *state;
    uint32_t id = add_tower(&s->types, "same", "a");

    close_types(s, NULL);
    add_tower(&s->types, "same", "b");
    close_types(s, NULL);
    start(s);
    refuse_imm(s, SK_CORE_TYPE_MATCHES, id, "0", 1, "too much work");
}

/* 20,000 types of one name, each asked for. */
static void test_many_of_a_name(void **state)
{
    struct scene *s = *state;
    uint32_t refused = 0;

    for (int i = 0; i < 2; i++) {
        begin_types(s);
        for (int j = 0; j < 20000; j++)
            add_one(&s->types, "s", "a", 0);
        close_types(s, NULL);
    }
    start(s);
    for (uint32_t id = 2; id < 20000; id++) {
        set_slot(s, 0, MOV64, 0, 1);
        refused += apply(s, SK_CORE_TYPE_EXISTS, id, "0") != SKEP_OK;
    }
    assert_true(refused > 10000);
    assert_non_null(strstr(s->err.message, "too much work"));
}

static void test_deep_pointers(void **state)
{
    struct scene *s = *state;
    uint32_t id = 0;

    for (int side = 0; side < 2; side++) {
        begin_types(s);
        id = 1;
        for (int i = 0; i < 32; i++)
            id = btf_type(&s->types, "", SK_BTF_PTR, 0, id);
        btf_type(&s->types, "p31", SK_BTF_TYPEDEF, 0, id - 1);
        btf_type(&s->types, "p32", SK_BTF_TYPEDEF, 0, id);
        close_types(s, NULL);
    }
    start(s);
    expect_imm(s, SK_CORE_TYPE_EXISTS, id + 1, "0", 1, 1);
    expect_imm(s, SK_CORE_TYPE_MATCHES, id + 1, "0", 1, 1);
    refuse_imm(s, SK_CORE_TYPE_EXISTS, id + 2, "0", 1, "too deep");
    refuse_imm(s, SK_CORE_TYPE_MATCHES, id + 2, "0", 1, "too deep");
}

/* Prototypes, each the parameter of the next by a pointer: gone into 32 times. */
static void test_deep_parameters(void **state)
{
    struct scene *s = *state;
    uint32_t id = 0, first;

    for (int side = 0; side < 2; side++) {
        begin_types(s);
        id = 1;
        for (int i = 0; i < 33; i++) {
            id = btf_type(&s->types, "", SK_BTF_FUNC_PROTO, 1, 0);
            btf_word(&s->types, 0);
            btf_word(&s->types, id - 1);
            id = btf_type(&s->types, "", SK_BTF_PTR, 0, id);
        }
        first = btf_type(&s->types, "f32", SK_BTF_TYPEDEF, 0, id - 2);
        btf_type(&s->types, "f33", SK_BTF_TYPEDEF, 0, id);
        close_types(s, NULL);
    }
    start(s);
    expect_imm(s, SK_CORE_TYPE_EXISTS, first, "0", 1, 1);
    refuse_imm(s, SK_CORE_TYPE_EXISTS, first + 1, "0", 1, "too deep");
}

static void test_no_memory(void **state)
{
    struct scene *s = *state;
    struct books books = { 0 };
    struct sk_mem mem = { books_alloc, &books };
    const struct sk_btf *targets[] = { &s->btf[1] };

    open_simple(s);
    sk_core_free(s->core);
    s->core = NULL;
    for (size_t fail_at = 1;; fail_at++) {
        enum skep_code code;

        books = (struct books){ .fail_at = fail_at };
        set_slot(s, 0, LDX_W, 0, 0);
        code = sk_core_new(&s->core, &mem, &s->btf[0], targets, 1, &s->err);
        if (!code) {
            code = apply(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0");
            sk_core_free(s->core);
            s->core = NULL;
        }
        assert_int_equal(books.blocks, 0);
        assert_int_equal(books.wrong, 0);
        if (!code)
            break;
        assert_int_equal(code, SKEP_E_NO_MEMORY);
        assert_true(fail_at < 100);
    }
    expect_slot(s, 0, LDX_W, 12, 0);
}

/* ---- Text ----------------------------------------------------------------------------------------------- */

static void expect_text(struct scene *s, uint32_t kind, uint32_t type, const char *access,
                        const char *expected)
{
    struct sk_ext_core record = { .type = type, .access = access, .kind = kind };
    char text[200];
    struct sk_out out;

    sk_out_buf(&out, text, sizeof(text));
    sk_core_put(&s->btf[0], &record, &out);
    assert_string_equal(text, expected);
}

static void test_text(void **state)
{
    struct scene *s = *state;
    struct btf_image *t = begin_types(s);

    btf_array(t, 1, 4);
    btf_type(t, "s\n", SK_BTF_STRUCT, BTF_FLAG | 2, 24);
    btf_member(t, "a", 2, 0);
    btf_member(t, "b", 1, 3 << 24 | 133);
    close_types(s, NULL);
    expect_text(s, SK_CORE_FIELD_BYTE_OFFSET, 3, "0:0:2",
                "<byte_off> [3] struct s\\x0a.a[2] (0:0:2 @ offset 8)");
    expect_text(s, SK_CORE_FIELD_EXISTS, 3, "1:1",
                "<field_exists> [3] struct s\\x0a[1].b (1:1 @ offset 40.5)");
    expect_text(s, SK_CORE_TYPE_SIZE, 2, "0", "<type_size> [2] array <anon>");
    expect_text(s, SK_CORE_FIELD_SIGNED, 1, "0\x01", "<signed> [1] int int (0\\x01)");
    expect_text(s, 77, 0, "", "<unknown> [0] void <anon> ()");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_SCENE(test_field),
        IN_A_SCENE(test_instruction),
        IN_A_SCENE(test_cut_load),
        IN_A_SCENE(test_access_strings),
        IN_A_SCENE(test_kinds),
        IN_A_SCENE(test_L22_type_id_beyond_the_last),
        IN_A_SCENE(test_void),
        IN_A_SCENE(test_short_pointers),
        IN_A_SCENE(test_unsafe_sizes),
        IN_A_SCENE(test_poison),
        IN_A_SCENE(test_matches),
        IN_A_SCENE(test_bit_fields),
        IN_A_SCENE(test_bit_field_across_8_bytes),
        IN_A_SCENE(test_enum64),
        IN_A_SCENE(test_ambiguity),
        IN_A_SCENE(test_candidates_are_left_out),
        IN_A_SCENE(test_modules),
        IN_A_SCENE(test_twins),
        IN_A_SCENE(test_offsets),
        IN_A_SCENE(test_nothing_inside),
        IN_A_SCENE(test_anonymous_tower),
        IN_A_SCENE(test_matching_tower),
        IN_A_SCENE(test_many_of_a_name),
        IN_A_SCENE(test_deep_pointers),
        IN_A_SCENE(test_deep_parameters),
        IN_A_SCENE(test_no_memory),
        IN_A_SCENE(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
