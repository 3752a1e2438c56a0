/* Objects and types by callers who do not read headers: NULL, sizes and indexes that are wrong,
 * an order that is, and memory that runs out at every single allocation. */
#include "books.h"
#include "typed_object.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

struct bench {
    struct elf e;
    struct books books;
    skep_vm *vm;
    skep_object *object;
    skep_btf *btf;
    struct skep_err err;
};

static enum skep_code open_object(struct bench *b, skep_object **object)
{
    struct skep_object_opts opts = { .size = sizeof(opts),
                                     .name = "dir/sample.bpf.o",
                                     .kconfig = "CONFIG_A=y\n",
                                     .kconfig_len = 11 };

    return skep_object_open(b->vm, b->e.file, b->e.file_len, &opts, object, &b->err);
}

static int set_up(void **state)
{
    static struct bench b;
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .alloc = books_alloc,
                                 .alloc_ctx = &b.books };

    memset(&b, 0, sizeof(b));
    b.e = typed_object();
    assert_int_equal(skep_vm_new(&opts, &b.vm, &b.err), SKEP_OK);
    if (open_object(&b, &b.object) ||
        skep_btf_open(b.vm, b.e.file, b.e.file_len, NULL, &b.btf, &b.err))
        fail_msg("%s", b.err.message);
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    skep_btf_free(b->btf);
    skep_object_free(b->object);
    skep_vm_free(b->vm);
    elf_free(&b->e);
    assert_int_equal(b->books.live, 0);
    assert_int_equal(b->books.blocks, 0);
    assert_false(b->books.wrong);
    return 0;
}

static int drop(void *ctx, const char *text, size_t len)
{
    (void)text;
    *(size_t *)ctx += len;
    return 0;
}

/* ---- NULL ----------------------------------------------------------------------------- */

#define REFUSED(call) assert_int_equal(call, SKEP_E_ARGUMENT)

static void test_null_object(void **state)
{
    struct bench *b = *state;
    struct skep_object_info info = { .size = sizeof(info), .programs = 77 };
    struct skep_program_info program = { .size = sizeof(program) };
    struct skep_map_info map = { .size = sizeof(map) };
    struct skep_variable_info variable = { .size = sizeof(variable) };
    struct skep_extern_info ext = { .size = sizeof(ext) };
    skep_prog *prog = NULL;
    uint32_t index = 77;
    char text[8] = "kept";

    skep_object_free(NULL);
    skep_object_info(NULL, &info);
    assert_int_equal(info.programs, 77);
    skep_object_info(b->object, NULL);
    REFUSED(skep_object_program(NULL, 0, &program));
    REFUSED(skep_object_program(b->object, 0, NULL));
    REFUSED(skep_object_map(NULL, 0, &map));
    REFUSED(skep_object_map(b->object, 0, NULL));
    REFUSED(skep_object_variable(NULL, 0, &variable));
    REFUSED(skep_object_variable(b->object, 0, NULL));
    REFUSED(skep_object_extern(NULL, 0, &ext));
    REFUSED(skep_object_extern(b->object, 0, NULL));
    REFUSED(skep_object_find_program(NULL, "bump", &index, &b->err));
    REFUSED(skep_object_find_program(b->object, NULL, &index, &b->err));
    REFUSED(skep_object_find_program(b->object, "bump", NULL, &b->err));
    REFUSED(skep_object_find_map(NULL, ".data", &index, &b->err));
    REFUSED(skep_object_find_map(b->object, NULL, &index, NULL));
    REFUSED(skep_object_find_variable(NULL, "value", &index, &b->err));
    REFUSED(skep_object_find_variable(b->object, "value", NULL, NULL));
    REFUSED(skep_object_choose(NULL, NULL, &index, &b->err));
    REFUSED(skep_object_choose(b->object, NULL, NULL, &b->err));
    REFUSED(skep_object_load(NULL, 0, NULL, &prog, &b->err));
    REFUSED(skep_object_load(b->object, 0, NULL, NULL, &b->err));
    assert_int_equal(skep_object_declaration(NULL, 0, text, sizeof(text)), 0);
    assert_string_equal(text, "");
    assert_true(skep_object_declaration(b->object, 0, NULL, 0) > 0);
    assert_int_equal(index, 77);
    assert_null(prog);
}

static void test_null_setting(void **state)
{
    struct bench *b = *state;
    int32_t seven = 7;

    REFUSED(skep_object_set(NULL, "value", &seven, 4, &b->err));
    REFUSED(skep_object_set(b->object, NULL, &seven, 4, &b->err));
    REFUSED(skep_object_set(b->object, "value", NULL, 4, &b->err));
    REFUSED(skep_object_set_text(NULL, "value", "7", &b->err));
    REFUSED(skep_object_set_text(b->object, NULL, "7", &b->err));
    REFUSED(skep_object_set_text(b->object, "value", NULL, &b->err));
    REFUSED(skep_object_set_text(b->object, "value", NULL, NULL));
}

static void test_null_opening(void **state)
{
    struct bench *b = *state;
    struct skep_object_opts opts = { .size = sizeof(opts), .kconfig_len = 5 };
    struct skep_object_opts none = { .size = sizeof(none), .btf_count = 1 };
    const skep_btf *absent[1] = { NULL };
    skep_object *object = NULL;
    skep_btf *btf = NULL;

    REFUSED(skep_object_open(NULL, "", 0, NULL, &object, &b->err));
    REFUSED(skep_object_open(b->vm, NULL, 0, NULL, &object, &b->err));
    REFUSED(skep_object_open(b->vm, "", 0, NULL, NULL, &b->err));
    REFUSED(skep_object_open(b->vm, b->e.file, b->e.file_len, &opts, &object, &b->err));
    REFUSED(skep_object_open(b->vm, b->e.file, b->e.file_len, &none, &object, &b->err));
    none.btf = absent;
    REFUSED(skep_object_open(b->vm, b->e.file, b->e.file_len, &none, &object, &b->err));
    REFUSED(skep_object_open_file(NULL, "x", NULL, &object, &b->err));
    REFUSED(skep_object_open_file(b->vm, NULL, NULL, &object, &b->err));
    REFUSED(skep_object_open_file(b->vm, "x", NULL, NULL, NULL));
    REFUSED(skep_btf_open(NULL, "", 0, NULL, &btf, &b->err));
    REFUSED(skep_btf_open(b->vm, NULL, 0, NULL, &btf, &b->err));
    REFUSED(skep_btf_open(b->vm, "", 0, NULL, NULL, NULL));
    assert_null(object);
    assert_null(btf);
}

static void test_null_types(void **state)
{
    struct bench *b = *state;
    struct skep_btf_type type = { .size = sizeof(type), .id = 77 };
    struct skep_btf_part part = { .size = sizeof(part), .type = 77 };
    int32_t value = 5;
    size_t written = 0;

    skep_btf_free(NULL);
    assert_int_equal(skep_btf_count(NULL), 0);
    assert_int_equal(skep_btf_find(NULL, "int", 0), 0);
    assert_int_equal(skep_btf_find(b->btf, NULL, 0), 0);
    assert_int_equal(skep_btf_find(b->btf, "int", UINT32_MAX), 0);
    REFUSED(skep_btf_type(NULL, 1, &type));
    REFUSED(skep_btf_type(b->btf, 1, NULL));
    REFUSED(skep_btf_part(NULL, 1, 0, &part));
    REFUSED(skep_btf_part(b->btf, 1, 0, NULL));
    REFUSED(skep_btf_dump(NULL, SKEP_BTF_C, drop, &written, &b->err));
    REFUSED(skep_btf_dump(b->btf, SKEP_BTF_C, NULL, NULL, &b->err));
    REFUSED(skep_btf_dump(b->btf, (enum skep_btf_form)99, drop, &written, &b->err));
    REFUSED(skep_btf_print(NULL, 1, &value, 4, 0, drop, &written, &b->err));
    REFUSED(skep_btf_print(b->btf, 1, NULL, 4, 0, drop, &written, &b->err));
    REFUSED(skep_btf_print(b->btf, 1, &value, 4, 0, NULL, NULL, NULL));
    REFUSED(skep_btf_print(b->btf, 1, &value, 4, 1u << 31, drop, &written, NULL));
    REFUSED(skep_btf_print(b->btf, 1, &value, 3, 0, drop, &written, NULL));
    REFUSED(skep_btf_print(b->btf, 0, &value, 4, 0, drop, &written, NULL));
    assert_int_equal(written, 0);
    assert_int_equal(type.id, 77);
    assert_int_equal(part.type, 77);
}

/* ---- Sizes and indexes ------------------------------------------------------------------ */

/* As a caller would pass it that was compiled with an earlier header, and with a later one. */
static void test_sizes_of_results(void **state)
{
    struct bench *b = *state;
    struct {
        struct skep_variable_info info;
        uint8_t more[32];
    } v;

    for (size_t size = 0; size <= sizeof(v); size++) {
        memset(&v, 0xaa, sizeof(v));
        v.info.size = size;
        assert_int_equal(skep_object_variable(b->object, 0, &v.info), SKEP_OK);
        assert_int_equal(v.info.size, size);
        for (size_t i = size < sizeof(size) ? sizeof(size) : size; i < sizeof(v); i++)
            assert_int_equal(((uint8_t *)&v)[i], 0xaa);
        if (size >= offsetof(struct skep_variable_info, type))
            assert_int_equal(v.info.bytes, 4);
        for (size_t i = sizeof(v.info); i < size; i++)
            assert_int_equal(((uint8_t *)&v)[i], 0); /* of a later version: none */
    }
}

static void test_sizes_of_options(void **state)
{
    struct bench *b = *state;
    struct {
        struct skep_object_opts opts;
        uint8_t more[16];
    } o = { .opts = { .size = sizeof(o) } };
    struct skep_load_opts load = { .size = 3 };
    skep_object *object = NULL;
    skep_prog *prog = NULL;

    assert_int_equal(
        skep_object_open(b->vm, b->e.file, b->e.file_len, &o.opts, &object, &b->err),
        SKEP_OK);
    skep_object_free(object);
    object = NULL;
    o.more[15] = 1; /* an option that this library does not know */
    assert_int_not_equal(
        skep_object_open(b->vm, b->e.file, b->e.file_len, &o.opts, &object, &b->err),
        SKEP_OK);
    for (size_t size = 0; size < sizeof(size); size++) {
        o.opts.size = size;
        assert_int_equal(
            skep_object_open(b->vm, b->e.file, b->e.file_len, &o.opts, &object, &b->err),
            SKEP_E_STRUCT_SIZE);
    }
    assert_int_equal(skep_object_load(b->object, 0, &load, &prog, &b->err),
                     SKEP_E_STRUCT_SIZE);
    assert_null(object);
    assert_null(prog);
}

static void test_indexes(void **state)
{
    static const uint32_t past[] = { 3, 1000, INT32_MAX, UINT32_MAX };
    struct bench *b = *state;
    struct skep_object_info info = { .size = sizeof(info) };
    struct skep_program_info program = { .size = sizeof(program), .slots = 77 };
    struct skep_map_info map = { .size = sizeof(map), .id = 77 };
    struct skep_variable_info variable = { .size = sizeof(variable), .map = 77 };
    struct skep_extern_info ext = { .size = sizeof(ext), .weak = 77 };
    struct skep_btf_type type = { .size = sizeof(type), .id = 77 };
    struct skep_btf_part part = { .size = sizeof(part), .type = 77 };
    skep_prog *prog = NULL;
    char text[8] = "kept";

    skep_object_info(b->object, &info);
    assert_int_equal(info.programs, 2);
    assert_int_equal(info.maps, 2);
    assert_int_equal(info.variables, 3);
    assert_int_equal(info.externs, 0);
    REFUSED(skep_object_program(b->object, 2, &program));
    REFUSED(skep_object_map(b->object, 2, &map));
    REFUSED(skep_object_extern(b->object, 0, &ext));
    for (size_t i = 0; i < LEN(past); i++) {
        REFUSED(skep_object_program(b->object, past[i], &program));
        REFUSED(skep_object_map(b->object, past[i], &map));
        REFUSED(skep_object_variable(b->object, past[i], &variable));
        REFUSED(skep_object_extern(b->object, past[i], &ext));
        REFUSED(skep_object_load(b->object, past[i], NULL, &prog, &b->err));
        assert_int_equal(skep_object_declaration(b->object, past[i], text, 8), 0);
        assert_string_equal(text, "");
        REFUSED(
            skep_btf_type(b->btf, past[i] + 100 < 100 ? past[i] : past[i] + 100, &type));
        REFUSED(skep_btf_part(b->btf, 1, past[i], &part));
        REFUSED(skep_btf_part(b->btf, UINT32_MAX, 0, &part));
    }
    assert_int_equal(program.slots, 77);
    assert_int_equal(map.id, 77);
    assert_int_equal(variable.map, 77);
    assert_int_equal(ext.weak, 77);
    assert_int_equal(type.id, 77);
    assert_int_equal(part.type, 77);
    assert_null(prog);
}

/* ---- Setting ---------------------------------------------------------------------------- */

static void test_set_wrongly(void **state)
{
    static const char *const texts[][2] = {
        { "value", "" },      { "value", "x" },      { "value", "2147483648" },
        { "value", "\"a\"" }, { "word", "5" },       { "word", "\"123456789\"" },
        { "word", "\"" },     { "word[8]", "1" },    { "word[-1]", "1" },
        { "word[", "1" },     { "word[0", "1" },     { "word[0].x", "1" },
        { "value.x", "1" },   { "value[0]", "1" },   { "", "1" },
        { ".", "1" },         { "[0]", "1" },        { "valu", "1" },
        { "value ", "1" },    { "word[0][0]", "1" }, { "bump", "1" },
        { "word[1]", "128" }, { "word[1]", "-129" }, { "word[1]", "'ab'" },
        { "value", "0x" },    { "value", "--1" },    { "limit", "5000000000" },
    };
    struct bench *b = *state;
    struct skep_variable_info var = { .size = sizeof(var) };
    static const uint8_t big[64];

    for (size_t i = 0; i < LEN(texts); i++) {
        b->err.message[0] = 0;
        assert_int_not_equal(
            skep_object_set_text(b->object, texts[i][0], texts[i][1], &b->err), SKEP_OK);
        assert_true(b->err.message[0] != 0);
    }
    for (size_t len = 0; len < sizeof(big); len++) {
        if (len != 4)
            assert_int_equal(skep_object_set(b->object, "value", big, len, &b->err),
                             SKEP_E_VARIABLE);
    }
    assert_int_equal(skep_object_set(b->object, "value", big, SIZE_MAX, &b->err),
                     SKEP_E_VARIABLE);
    assert_int_equal(skep_object_variable(b->object, 0, &var), SKEP_OK);
    assert_memory_equal(var.data, "\x28\0\0\0hi\0\0\0\0\0\0", 12);
}

/* A failed load freezes nothing; a good one freezes constants, whoever frees it. */
static void test_set_after_load(void **state)
{
    struct bench *b = *state;
    struct skep_load_opts wrong = { .size = sizeof(wrong), .type = "nosuch" };
    struct skep_result res = { .size = sizeof(res) };
    skep_prog *prog = NULL, *read = NULL;

    assert_int_equal(skep_object_load(b->object, 1, &wrong, &prog, &b->err),
                     SKEP_E_UNKNOWN_TYPE);
    assert_null(prog);
    assert_int_equal(skep_object_set_text(b->object, "limit", "6", &b->err), SKEP_OK);
    assert_int_equal(skep_object_load(b->object, 0, NULL, &prog, &b->err), SKEP_OK);
    skep_prog_free(prog);
    assert_int_equal(skep_object_set_text(b->object, "limit", "7", &b->err),
                     SKEP_E_VARIABLE);
    assert_int_equal(skep_object_set_text(b->object, "value", "8", &b->err), SKEP_OK);
    assert_int_equal(skep_object_load(b->object, 0, NULL, &prog, &b->err), SKEP_OK);
    assert_int_equal(skep_object_load(b->object, 1, NULL, &read, &b->err), SKEP_OK);
    assert_int_equal(skep_run(prog, NULL, &res, &b->err), SKEP_OK);
    assert_int_equal(res.r0, 9);
    assert_int_equal(skep_run(read, NULL, &res, &b->err), SKEP_OK);
    assert_int_equal(res.r0, 6);
    skep_prog_free(prog);
    skep_prog_free(read);
}

/* ---- The order of freeing --------------------------------------------------------------- */

static void test_orders(void **state)
{
    struct bench *b = *state;
    struct skep_result res = { .size = sizeof(res) };
    struct skep_prog_info info = { .size = sizeof(info) };

    /* three things to free, in all six orders: 0 the object, 1 and 2 programs */
    for (int order = 0; order < 6; order++) {
        int first = order / 2, second = (first + 1 + order % 2) % 3;
        int turn[3] = { first, second, 3 - first - second };
        skep_object *object = NULL;
        skep_prog *progs[3] = { NULL };
        size_t live = b->books.live;

        assert_int_equal(open_object(b, &object), SKEP_OK);
        for (uint32_t i = 0; i < 2; i++)
            assert_int_equal(skep_object_load(object, i, NULL, &progs[1 + i], &b->err),
                             SKEP_OK);
        for (int i = 0; i < 3; i++) {
            for (int p = 1; p < 3; p++) {
                if (!progs[p])
                    continue;
                assert_int_equal(skep_run(progs[p], NULL, &res, &b->err), SKEP_OK);
                skep_prog_info(progs[p], &info); /* has strings of the object */
                assert_string_equal(info.license, "GPL");
            }
            if (turn[i] == 0) {
                skep_object_free(object);
            } else {
                skep_prog_free(progs[turn[i]]);
                progs[turn[i]] = NULL;
            }
        }
        assert_int_equal(b->books.live, live);
    }
}

/* The types that an object was opened with are asked for when it is loaded, not after. */
static void test_types_before_programs(void **state)
{
    struct bench *b = *state;
    const skep_btf *list[] = { b->btf };
    struct skep_object_opts opts = { .size = sizeof(opts), .btf = list, .btf_count = 1 };
    struct skep_result res = { .size = sizeof(res) };
    skep_object *object = NULL;
    skep_prog *prog = NULL;

    assert_int_equal(
        skep_object_open(b->vm, b->e.file, b->e.file_len, &opts, &object, &b->err),
        SKEP_OK);
    assert_int_equal(skep_object_load(object, 0, NULL, &prog, &b->err), SKEP_OK);
    skep_object_free(object);
    skep_btf_free(b->btf);
    b->btf = NULL;
    assert_int_equal(skep_run(prog, NULL, &res, &b->err), SKEP_OK);
    assert_int_equal(res.r0, 41);
    skep_prog_free(prog);
}

/* ---- Memory that runs out --------------------------------------------------------------- */

/* What may fail, and undoing what it made if it did not. */
struct deed {
    const char *name;
    enum skep_code (*todo)(struct bench *b, void **made);
    void (*undo)(void *made);
};

static enum skep_code do_open(struct bench *b, void **made)
{
    return open_object(b, (skep_object **)made);
}

static void undo_open(void *made)
{
    skep_object_free(made);
}

static enum skep_code do_load(struct bench *b, void **made)
{
    struct skep_load_opts opts = { .size = sizeof(opts), .engine = SKEP_ENGINE_INTERP };

    return skep_object_load(b->object, 0, &opts, (skep_prog **)made, &b->err);
}

static void undo_load(void *made)
{
    skep_prog_free(made);
}

static enum skep_code do_set_text(struct bench *b, void **made)
{
    (void)made;
    return skep_object_set_text(b->object, "word", "\"yes\"", &b->err);
}

static enum skep_code do_set_part(struct bench *b, void **made)
{
    (void)made;
    return skep_object_set_text(b->object, "word[7]", "'x'", &b->err);
}

static enum skep_code do_btf_open(struct bench *b, void **made)
{
    return skep_btf_open(b->vm, b->e.file, b->e.file_len, NULL, (skep_btf **)made,
                         &b->err);
}

static void undo_btf_open(void *made)
{
    skep_btf_free(made);
}

static enum skep_code do_dump(struct bench *b, enum skep_btf_form form)
{
    size_t written = 0;

    return skep_btf_dump(b->btf, form, drop, &written, &b->err);
}

static enum skep_code do_dump_raw(struct bench *b, void **made)
{
    (void)made;
    return do_dump(b, SKEP_BTF_RAW);
}

static enum skep_code do_dump_c(struct bench *b, void **made)
{
    (void)made;
    return do_dump(b, SKEP_BTF_C);
}

static enum skep_code do_dump_json(struct bench *b, void **made)
{
    (void)made;
    return do_dump(b, SKEP_BTF_JSON_PRETTY);
}

static enum skep_code do_print(struct bench *b, void **made)
{
    static const struct typed_data data = { 1, "abc" };
    size_t written = 0;
    uint32_t id = skep_btf_find(b->btf, ".data", 0);

    (void)made;
    return skep_btf_print(b->btf, id, &data, sizeof(data), 0, drop, &written, &b->err);
}

static const struct deed deeds[] = {
    { "open", do_open, undo_open },
    { "load", do_load, undo_load },
    { "set_text", do_set_text, NULL },
    { "set_part", do_set_part, NULL },
    { "btf_open", do_btf_open, undo_btf_open },
    { "dump raw", do_dump_raw, NULL },
    { "dump c", do_dump_c, NULL },
    { "dump json", do_dump_json, NULL },
    { "print", do_print, NULL },
};

/* The first time on an object that is opened for it, as loading makes its maps. */
static void fail_at_all(struct bench *b, const struct deed *deed)
{
    enum skep_code code = SKEP_E_NO_MEMORY;

    for (size_t k = 1; code; k++) {
        void *made = NULL;
        size_t live, opened;

        opened = b->books.live;
        assert_int_equal(open_object(b, &b->object), SKEP_OK);
        live = b->books.live;
        b->books.calls = 0;
        b->books.fail_at = k;
        code = deed->todo(b, &made);
        b->books.fail_at = 0;
        if (code) {
            if (code != SKEP_E_NO_MEMORY || made || !b->err.message[0])
                fail_msg("%s, allocation %zu: %s", deed->name, k, b->err.message);
            /* once more, with what is left of the failure */
            assert_int_equal(deed->todo(b, &made), SKEP_OK);
        }
        if (deed->undo)
            deed->undo(made);
        if (deed->todo != do_load) /* an object keeps its maps */
            assert_int_equal(b->books.live, live);
        skep_object_free(b->object);
        assert_int_equal(b->books.live, opened);
    }
    b->object = NULL;
}

static void test_out_of_memory(void **state)
{
    struct bench *b = *state;

    skep_object_free(b->object);
    for (size_t i = 0; i < LEN(deeds); i++)
        fail_at_all(b, &deeds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_null_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_null_setting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_null_opening, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_null_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes_of_results, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes_of_options, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_indexes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set_wrongly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set_after_load, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_orders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_types_before_programs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
