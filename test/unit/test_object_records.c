/* What .BTF.ext says of an object's code: functions' types and callbacks for exceptions, lines,
 * CO-RE; and what of it is refused. */
#include "btf_image.h"
#include "object_image.h"

enum { EXT_HEADER = 32, FUNC_RECORD = 8, LINE_RECORD = 16, CORE_RECORD = 16 };

/* An object in the making: code of section "tc" at 3, of ".text" behind it; its types, and the
 * three tables of .BTF.ext, each of records of section "tc". */
struct scene {
    struct elf elf;
    struct btf_image types;
    uint32_t names[2]; /* "tc" and ".text" among the types' strings */
    struct elf_bytes tables[SK_EXT_TABLES];
    struct elf_bytes kernel; /* BTF; none without bytes */
    struct sk_btf kernel_btf;
    const struct sk_btf *kernel_types[1]; /* the object refers to it */
    struct sk_object object;
    struct skep_err err;
};

static void put_words(struct elf_bytes *to, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t word = sk_le32(words[i]);

        elf_put(to, &word, sizeof(word));
    }
}

#define PUT(to, ...)                                                                     \
    put_words(to, (const uint32_t[]){ __VA_ARGS__ },                                     \
              sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void begin(struct scene *s)
{
    *s = (struct scene){ .elf = elf_new() };
    s->names[0] = btf_string(&s->types, "tc");
    s->names[1] = btf_string(&s->types, ".text");
}

/* The records of a table begin, `count` of one section. */
static void table(struct scene *s, enum sk_ext_table index, uint32_t section,
                  uint32_t count)
{
    static const uint32_t sizes[] = { FUNC_RECORD, LINE_RECORD, CORE_RECORD };

    if (!s->tables[index].len)
        PUT(&s->tables[index], sizes[index]);
    PUT(&s->tables[index], s->names[section], count);
}

static void finish(struct scene *s)
{
    struct elf_bytes ext = { 0 };
    uint32_t at = 0;
    size_t len;
    uint8_t *btf = btf_take(&s->types, &len);

    PUT(&ext, 0x0001eb9f, EXT_HEADER);
    for (int i = 0; i < SK_EXT_TABLES; i++) {
        PUT(&ext, at, (uint32_t)s->tables[i].len);
        at += (uint32_t)s->tables[i].len;
    }
    for (int i = 0; i < SK_EXT_TABLES; i++) {
        if (s->tables[i].len)
            elf_put(&ext, s->tables[i].data, s->tables[i].len);
        free(s->tables[i].data);
    }
    elf_section(&s->elf, ".BTF", SHT_PROGBITS, 0, btf, len);
    elf_section(&s->elf, ".BTF.ext", SHT_PROGBITS, 0, ext.data, ext.len);
    elf_write(&s->elf);
    free(btf);
    free(ext.data);
}

static enum skep_code open_scene(struct scene *s)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_kernel kernel = { .btf = s->kernel_types, .btf_count = s->kernel.len != 0 };

    s->kernel_types[0] = &s->kernel_btf;
    finish(s);
    if (kernel.btf_count)
        assert_int_equal(sk_btf_open(&s->kernel_btf, &mem, s->kernel.data, s->kernel.len,
                                     NULL, NULL, &s->err),
                         SKEP_OK);
    return sk_object_open(&s->object, &mem, s->elf.file, s->elf.file_len, "some", &kernel,
                          &s->err);
}

static void end(struct scene *s)
{
    sk_object_close(&s->object);
    if (s->kernel.len)
        sk_btf_close(&s->kernel_btf);
    free(s->kernel.data);
    elf_free(&s->elf);
}

static void accept(struct scene *s)
{
    if (open_scene(s))
        fail_msg("%s", s->err.message);
}

/* It is not opened, or program 0 is not built, for a fault at `where` of .BTF.ext. */
static void refuse(struct scene *s, const char *why)
{
    struct sk_built built;
    enum skep_code code = open_scene(s);

    if (!code && sk_object_build(&s->object, 0, &built, &s->err) == SKEP_OK)
        fail_msg("it is taken; expected: %s", why);
    assert_int_equal(s->err.code, SKEP_E_SECTION);
    if (!strstr(s->err.message, why) || !strstr(s->err.message, "offset 0x"))
        fail_msg("not '%s': %s", why, s->err.message);
    end(s);
}

/* ---- Objects ----------------------------------------------------------------------------- */

/*  .text  cleans: r0 = 1       tc  main: r0 = 2
 *                 exit                   exit
 *                                  more: r0 = 3
 *                                        exit
 *
 *  types: 1 (a prototype), 2 cleans, 3 main, 4 more */
enum { CLEANS = 2, MAIN, MORE };

static void put_callback_code(struct scene *s, int bind)
{
    static const struct insn text[] = { MOV(1), EXIT };
    static const struct insn code[] = { MOV(2), EXIT, MOV(3), EXIT };

    begin(s);
    elf_section(&s->elf, ".text", SHT_PROGBITS, CODE, text, sizeof(text));
    elf_section(&s->elf, "tc", SHT_PROGBITS, CODE, code, sizeof(code));
    elf_symbol(&s->elf, "cleans", bind, STT_FUNC, 3, 0, 16);
    elf_symbol(&s->elf, "main", STB_GLOBAL, STT_FUNC, 4, 0, 16);
    elf_symbol(&s->elf, "more", STB_GLOBAL, STT_FUNC, 4, 16, 16);
    btf_type(&s->types, "", SK_BTF_FUNC_PROTO, 1, 0);
    btf_word(&s->types, 0);
    btf_word(&s->types, 0);
    btf_type(&s->types, "cleans", SK_BTF_FUNC, SK_BTF_GLOBAL, 1);
    btf_type(&s->types, "main", SK_BTF_FUNC, SK_BTF_GLOBAL, 1);
    btf_type(&s->types, "more", SK_BTF_FUNC, SK_BTF_GLOBAL, 1);
    table(s, SK_EXT_FUNC, 1, 1);
    PUT(&s->tables[SK_EXT_FUNC], 0, CLEANS);
    table(s, SK_EXT_FUNC, 0, 2);
    PUT(&s->tables[SK_EXT_FUNC], 0, MAIN, 16, MORE);
}

static void put_tag(struct scene *s, const char *text, uint32_t type, uint32_t component)
{
    btf_type(&s->types, text, SK_BTF_DECL_TAG, 0, type);
    btf_word(&s->types, component);
}

/* ---- Callbacks ---------------------------------------------------------------------------- */

static void test_callback(void **state)
{
    static const struct insn main[] = { MOV(2), EXIT, MOV(1), EXIT };
    static const struct insn more[] = { MOV(3), EXIT };
    struct scene s;

    (void)state;
    put_callback_code(&s, STB_GLOBAL);
    put_tag(&s, "other_tag", MORE, UINT32_MAX);
    put_tag(&s, "exception_callback:cleans", MAIN, UINT32_MAX);
    accept(&s);
    builds(&s.object, 0, main, SK_LEN(main));
    builds(&s.object, 1, more, SK_LEN(more));
    end(&s);
}

static void test_no_such_callback(void **state)
{
    static const char *const tags[] = { "exception_callback:clean",
                                        "exception_callback:cleanse",
                                        "exception_callback:", "exception_callback:main",
                                        "exception_callback: cleans" };

    (void)state;
    for (size_t i = 0; i < SK_LEN(tags); i++) {
        static const struct insn more[] = { MOV(3), EXIT };
        struct scene s;
        struct sk_built built;

        put_callback_code(&s, STB_GLOBAL);
        put_tag(&s, tags[i], MAIN, UINT32_MAX);
        accept(&s);
        assert_int_equal(sk_object_build(&s.object, 0, &built, &s.err), SKEP_E_SECTION);
        builds(&s.object, 1, more, SK_LEN(more));
        end(&s);
    }
}

/* libbpf takes global functions only. */
static void test_static_callback(void **state)
{
    (void)state;
    for (int hidden = 0; hidden < 2; hidden++) {
        static const struct insn more[] = { MOV(3), EXIT };
        struct scene s;
        struct sk_built built;

        put_callback_code(&s, hidden ? STB_GLOBAL : STB_LOCAL);
        if (hidden)
            symbol_of(&s.elf, 1)->st_other = STV_HIDDEN;
        put_tag(&s, "exception_callback:cleans", MAIN, UINT32_MAX);
        accept(&s);
        assert_int_equal(sk_object_build(&s.object, 0, &built, &s.err), SKEP_E_SECTION);
        assert_non_null(strstr(s.err.message, "a static or hidden callback"));
        builds(&s.object, 1, more, SK_LEN(more));
        end(&s);
    }
}

/* A tag of a parameter is another matter. */
static void test_callback_of_parameter(void **state)
{
    static const struct insn alone[] = { MOV(2), EXIT };
    struct scene s;

    (void)state;
    put_callback_code(&s, STB_GLOBAL);
    put_tag(&s, "exception_callback:cleans", MAIN, 0);
    accept(&s);
    builds(&s.object, 0, alone, SK_LEN(alone));
    end(&s);
}

/* A callback that is called as well is there once. */
static void test_callback_that_is_called(void **state)
{
    static const struct insn text[] = { MOV(1), EXIT };
    static const struct insn code[] = { CALL(-1), EXIT };
    static const struct insn expected[] = { CALL(1), EXIT, MOV(1), EXIT };
    struct scene s;
    uint32_t cleans;

    (void)state;
    begin(&s);
    elf_section(&s.elf, ".text", SHT_PROGBITS, CODE, text, sizeof(text));
    elf_section(&s.elf, "tc", SHT_PROGBITS, CODE, code, sizeof(code));
    cleans = elf_symbol(&s.elf, "cleans", STB_GLOBAL, STT_FUNC, 3, 0, 16);
    elf_symbol(&s.elf, "main", STB_GLOBAL, STT_FUNC, 4, 0, 16);
    elf_reloc(&s.elf, 4, 0, cleans, R_32);
    btf_type(&s.types, "", SK_BTF_FUNC_PROTO, 0, 0);
    btf_type(&s.types, "main", SK_BTF_FUNC, SK_BTF_GLOBAL, 1);
    table(&s, SK_EXT_FUNC, 0, 1);
    PUT(&s.tables[SK_EXT_FUNC], 0, 2);
    put_tag(&s, "exception_callback:cleans", 2, UINT32_MAX);
    accept(&s);
    builds(&s.object, 0, expected, SK_LEN(expected));
    end(&s);
}

/* ---- Records of functions and lines -------------------------------------------------------- */

/* One that begins no function is of nothing, as with libbpf. */
static void test_function_record_of_nothing(void **state)
{
    struct scene s;

    (void)state;
    put_callback_code(&s, STB_GLOBAL);
    table(&s, SK_EXT_FUNC, 0, 1);
    PUT(&s.tables[SK_EXT_FUNC], 8, MAIN);
    accept(&s);
    assert_int_equal(s.object.func_count, 3);
    assert_int_equal(s.object.funcs[0].btf_id, CLEANS);
    assert_int_equal(s.object.funcs[1].btf_id, MAIN);
    assert_int_equal(s.object.funcs[2].btf_id, MORE);
    end(&s);
}

/* Records of tables of functions and of lines: { offset, ... } of a section of 32 bytes. */
static void refuse_offsets(enum sk_ext_table index, uint32_t first, uint32_t second,
                           const char *why)
{
    struct scene s;

    put_callback_code(&s, STB_GLOBAL);
    table(&s, index, 0, 2);
    if (index == SK_EXT_FUNC)
        PUT(&s.tables[index], first, MAIN, second, MORE);
    else if (index == SK_EXT_LINE)
        PUT(&s.tables[index], first, 0, 0, 1 << 10, second, 0, 0, 2 << 10);
    else
        PUT(&s.tables[index], first, 1, 0, 0, second, 1, 0, 0);
    refuse(&s, why);
}

static void test_record_between_slots(void **state)
{
    (void)state;
    for (int table = 0; table < SK_EXT_TABLES; table++) {
        refuse_offsets((enum sk_ext_table)table, 0, 12,
                       "the record is of offset 0xc of section 'tc', a multiple of 8 "
                       "below 0x20 was expected");
        refuse_offsets((enum sk_ext_table)table, 1, 8,
                       "is of offset 0x1 of section 'tc'");
    }
}

static void test_record_beyond_code(void **state)
{
    (void)state;
    for (int table = 0; table < SK_EXT_TABLES; table++) {
        refuse_offsets((enum sk_ext_table)table, 0, 0x20,
                       "is of offset 0x20 of section 'tc'");
        refuse_offsets((enum sk_ext_table)table, 0, 0xfffffff8,
                       "is of offset 0xfffffff8 of section 'tc'");
    }
}

static void test_records_out_of_order(void **state)
{
    static const char why[] = "the record is of offset 0x8 of section 'tc', after one of "
                              "0x10, records in order were expected";

    (void)state;
    refuse_offsets(SK_EXT_FUNC, 16, 8, why);
    refuse_offsets(SK_EXT_LINE, 16, 8, why);
}

/* ---- CO-RE ---------------------------------------------------------------------------------- */

/*  tc  main: r0 = 4                     types: 1 int, 2 struct s { int a }
 *            r1 = 4 ll
 *            exit
 *
 *  Records ask for the size of s, and the kernel has `name`, if any. */
static void put_core_code(struct scene *s, const char *name)
{
    static const struct insn code[] = { MOV(4), LDDW(0, 4), EXIT };
    struct btf_image kernel = { 0 };

    begin(s);
    elf_section(&s->elf, "tc", SHT_PROGBITS, CODE, code, sizeof(code));
    elf_symbol(&s->elf, "main", STB_GLOBAL, STT_FUNC, 3, 0, sizeof(code));
    btf_int(&s->types, "int", 4, SK_BTF_SIGNED);
    btf_type(&s->types, "s", SK_BTF_STRUCT, 1, 4);
    btf_member(&s->types, "a", 1, 0);
    btf_int(&kernel, "int", 4, SK_BTF_SIGNED);
    btf_type(&kernel, name, SK_BTF_STRUCT, 1, 8);
    btf_member(&kernel, "a", 1, 32);
    s->kernel.data = btf_take(&kernel, &s->kernel.len);
}

static void core_record(struct scene *s, uint32_t off, uint32_t type, const char *access,
                        uint32_t kind)
{
    PUT(&s->tables[SK_EXT_CORE], off, type, btf_string(&s->types, access), kind);
}

static void test_core(void **state)
{
    static const struct insn expected[] = { MOV(8), LDDW(0, 8), EXIT };
    struct scene s;

    (void)state;
    put_core_code(&s, "s");
    table(&s, SK_EXT_CORE, 0, 2);
    core_record(&s, 8, 2, "0", SK_CORE_TYPE_SIZE);
    core_record(&s, 0, 2, "0", SK_CORE_TYPE_SIZE);
    accept(&s);
    builds(&s.object, 0, expected, SK_LEN(expected));
    end(&s);
}

/* Libbpf's words, in the order of slots. */
static void test_poisons(void **state)
{
    enum { POISON = 0xbad2310 };
    struct scene s;
    struct sk_built built;

    (void)state;
    put_core_code(&s, "other");
    table(&s, SK_EXT_CORE, 0, 2);
    core_record(&s, 8, 2, "0:0", SK_CORE_FIELD_BYTE_OFFSET);
    core_record(&s, 0, 2, "0:0", SK_CORE_FIELD_BYTE_SIZE);
    accept(&s);
    assert_int_equal(sk_object_build(&s.object, 0, &built, &s.err), SKEP_OK);
    assert_int_equal(built.count, 4);
    assert_int_equal(built.poison_count, 2);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(built.slots[8 * i], 0x85);
        assert_int_equal(sk_le32(sk_load32(built.slots + 8 * i + 4)), POISON);
    }
    assert_int_equal(built.poisons[0].pc, 0);
    assert_string_equal(built.poisons[0].why,
                        "failed to resolve CO-RE relocation <byte_sz> [2] struct s.a "
                        "(0:0 @ offset 0)");
    assert_int_equal(built.poisons[1].pc, 1);
    assert_string_equal(built.poisons[1].why,
                        "failed to resolve CO-RE relocation <byte_off> [2] struct s.a "
                        "(0:0 @ offset 0)");
    sk_built_fini(&built);
    end(&s);
}

/* A record of CO-RE at `off` that is refused. */
static void refuse_core(uint32_t off, uint32_t type, const char *access, uint32_t kind,
                        const char *why)
{
    struct scene s;

    put_core_code(&s, "s");
    table(&s, SK_EXT_CORE, 0, 1);
    core_record(&s, off, type, access, kind);
    refuse(&s, why);
}

static void test_core_in_second_slot(void **state)
{
    (void)state;
    refuse_core(16, 2, "0", SK_CORE_TYPE_SIZE,
                "a CO-RE relocation is of the second slot of the wide instruction");
}

static void test_bad_core(void **state)
{
    (void)state;
    refuse_core(0, 3, "0", SK_CORE_TYPE_SIZE,
                "a relocation of type 3, an id below 3 was expected");
    refuse_core(0, 2, "0:1", SK_CORE_FIELD_BYTE_SIZE, "CO-RE at offset 0x0 of the code");
    refuse_core(0, 2, "0:", SK_CORE_FIELD_BYTE_SIZE,
                "the access string is not numbers with colons between them");
    refuse_core(0, 2, "0", SK_CORE_KINDS, "CO-RE at offset 0x0 of the code");
    refuse_core(24, 2, "0", SK_CORE_TYPE_SIZE,
                "the instruction can have no CO-RE relocation");
}

/* A wide instruction that the function cuts. */
static void test_core_in_cut_instruction(void **state)
{
    static const struct insn code[] = { MOV(0), LDDW(0, 4), EXIT };
    struct scene s;

    (void)state;
    put_core_code(&s, "s");
    elf_section(&s.elf, ".text", SHT_PROGBITS, CODE, code, sizeof(code));
    symbol_of(&s.elf, 1)->st_size = 16;
    table(&s, SK_EXT_CORE, 0, 1);
    core_record(&s, 8, 2, "0", SK_CORE_TYPE_SIZE);
    refuse(&s, "a wide instruction (lddw) has one slot left to the function's end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_callback),
        cmocka_unit_test(test_no_such_callback),
        cmocka_unit_test(test_static_callback),
        cmocka_unit_test(test_callback_of_parameter),
        cmocka_unit_test(test_callback_that_is_called),
        cmocka_unit_test(test_function_record_of_nothing),
        cmocka_unit_test(test_record_between_slots),
        cmocka_unit_test(test_record_beyond_code),
        cmocka_unit_test(test_records_out_of_order),
        cmocka_unit_test(test_core),
        cmocka_unit_test(test_poisons),
        cmocka_unit_test(test_core_in_second_slot),
        cmocka_unit_test(test_bad_core),
        cmocka_unit_test(test_core_in_cut_instruction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
