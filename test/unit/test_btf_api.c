/* Types by the public interface. */
#include <skep_btf.h>

#include "btf_builder.h"

static skep_vm *vm;

static skep_btf *open_btf(struct btf_builder *m, const skep_btf *base)
{
    struct skep_err err;
    skep_btf *btf = NULL;

    assemble(m);
    if (skep_btf_open(vm, m->bytes, m->len, base, &btf, &err))
        fail_msg("%s", err.message);
    memset(m->bytes, 0xff, m->len); /* it has its own copy */
    return btf;
}

/* int 1, enum 2, struct 3, variable 4, section 5, prototype 6, function 7. */
static void build(struct btf_builder *m)
{
    begin(m);
    add_int(m, "int", 4, SK_BTF_SIGNED);
    add(m, "e", SK_BTF_ENUM, KIND_FLAG | 1, 4);
    word(m, string(m, "MINUS"));
    word(m, UINT32_MAX);
    add(m, "s", SK_BTF_STRUCT, KIND_FLAG | 2, 8);
    member(m, "a", 1, 0, 0);
    member(m, "b", 1, 32, 5);
    add_var(m, "v", 3);
    add(m, ".data", SK_BTF_DATASEC, 1, 0x40000000);
    words(m, 4, 0x30000000, 8);
    add(m, "", SK_BTF_FUNC_PROTO, 1, 1);
    word(m, string(m, "x"));
    word(m, 1);
    add(m, "f", SK_BTF_FUNC, 1, 6);
}

static void test_types(void **state)
{
    struct skep_btf_type type = { .size = sizeof(type) };
    struct btf_builder m;
    skep_btf *btf;

    (void)state;
    build(&m);
    btf = open_btf(&m, NULL);
    assert_int_equal(skep_btf_count(btf), 8);
    assert_int_equal(skep_btf_type(btf, 3, &type), SKEP_OK);
    assert_int_equal(type.id, 3);
    assert_int_equal(type.kind, 4);
    assert_string_equal(type.kind_name, "STRUCT");
    assert_string_equal(type.name, "s");
    assert_int_equal(type.parts, 2);
    assert_int_equal(type.bytes, 8);
    assert_int_equal(skep_btf_type(btf, 7, &type), SKEP_OK);
    assert_int_equal(type.parts, 0);
    assert_int_equal(type.type, 6);
    assert_int_equal(type.bytes, 0);
    assert_int_equal(skep_btf_type(btf, 8, &type), SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_find(btf, "s", 0), 3);
    assert_int_equal(skep_btf_find(btf, "s", 5), 0);
    assert_int_equal(skep_btf_find(btf, "nothing", 0), 0);
    skep_btf_free(btf);
    end(&m);
}

/* A caller that knows the first fields only. */
static void test_short_results(void **state)
{
    struct skep_btf_type type = { .size = offsetof(struct skep_btf_type, kind),
                                  .kind = 77 };
    struct skep_btf_part part = { .size = offsetof(struct skep_btf_part, type),
                                  .type = 77 };
    struct btf_builder m;
    skep_btf *btf;

    (void)state;
    build(&m);
    btf = open_btf(&m, NULL);
    assert_int_equal(skep_btf_type(btf, 3, &type), SKEP_OK);
    assert_int_equal(type.id, 3);
    assert_int_equal(type.kind, 77);
    assert_int_equal(skep_btf_part(btf, 3, 1, &part), SKEP_OK);
    assert_string_equal(part.name, "b");
    assert_int_equal(part.type, 77);
    skep_btf_free(btf);
    end(&m);
}

static void test_parts(void **state)
{
    struct skep_btf_part part = { .size = sizeof(part) };
    struct btf_builder m;
    skep_btf *btf;

    (void)state;
    build(&m);
    btf = open_btf(&m, NULL);
    assert_int_equal(skep_btf_part(btf, 3, 1, &part), SKEP_OK);
    assert_string_equal(part.name, "b");
    assert_int_equal(part.bit_offset, 32);
    assert_int_equal(part.bits, 5);
    assert_int_equal(skep_btf_part(btf, 3, 2, &part), SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_part(btf, 2, 0, &part), SKEP_OK);
    assert_string_equal(part.name, "MINUS");
    assert_true(part.value == UINT64_MAX);
    assert_int_equal(skep_btf_part(btf, 5, 0, &part), SKEP_OK);
    assert_string_equal(part.name, "v");
    assert_int_equal(part.type, 4);
    assert_true(part.bit_offset == UINT64_C(0x180000000));
    assert_int_equal(skep_btf_part(btf, 6, 0, &part), SKEP_OK);
    assert_string_equal(part.name, "x");
    assert_int_equal(skep_btf_part(btf, 7, 0, &part), SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_part(btf, 1, 0, &part), SKEP_E_ARGUMENT);
    skep_btf_free(btf);
    end(&m);
}

/* Appends to a text of at most 1023 characters. */
static int append(void *ctx, const char *text, size_t len)
{
    char *to = ctx;
    size_t have = strlen(to);

    if (have + len > 1023)
        return 1;
    memcpy(to + have, text, len);
    to[have + len] = 0;
    return 0;
}

static void test_texts(void **state)
{
    char text[1024] = "";
    struct btf_builder m;
    struct skep_err err;
    skep_btf *btf;

    (void)state;
    build(&m);
    btf = open_btf(&m, NULL);
    assert_int_equal(skep_btf_dump(btf, SKEP_BTF_RAW, append, text, &err), SKEP_OK);
    assert_non_null(strstr(text, "[7] FUNC 'f' type_id=6 linkage=global\n"));
    text[0] = 0;
    assert_int_equal(skep_btf_dump(btf, SKEP_BTF_C, append, text, &err), SKEP_OK);
    assert_non_null(strstr(text, "struct s {\n\tint a;\n\tint b: 5;\n};"));
    text[0] = 0;
    assert_int_equal(skep_btf_dump(btf, SKEP_BTF_JSON, append, text, &err), SKEP_OK);
    assert_non_null(
        strstr(text, "{\"id\":7,\"kind\":\"FUNC\",\"name\":\"f\",\"type_id\":6"));
    assert_int_equal(skep_btf_dump(btf, SKEP_BTF_JSON_PRETTY, append, text, &err),
                     SKEP_E_OUTPUT);
    text[0] = 0;
    assert_int_equal(skep_btf_print(btf, 3, "\1\0\0\0\x1f\0\0\0", 8, SKEP_PRINT_COMPACT,
                                    append, text, &err),
                     SKEP_OK);
    assert_string_equal(text, "{ .a = 1, .b = -1 }");
    skep_btf_free(btf);
    end(&m);
}

static void test_arguments(void **state)
{
    char text[1024] = "";
    struct btf_builder m;
    struct skep_err err;
    skep_btf *btf, *none = NULL;

    (void)state;
    build(&m);
    btf = open_btf(&m, NULL);
    assert_int_equal(skep_btf_open(NULL, "", 0, NULL, &none, &err), SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_open(vm, NULL, 0, NULL, &none, &err), SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_open(vm, "", 0, NULL, NULL, &err), SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_open(vm, "", 0, NULL, &none, &err), SKEP_E_BTF);
    assert_null(none);
    assert_int_equal(skep_btf_dump(NULL, SKEP_BTF_C, append, text, &err),
                     SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_dump(btf, SKEP_BTF_C, NULL, text, &err), SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_dump(btf, (enum skep_btf_form)4, append, text, &err),
                     SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_print(btf, 8, "", 0, 0, append, text, &err),
                     SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_print(btf, 1, "1234", 4, 16, append, text, &err),
                     SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_print(btf, 1, NULL, 4, 0, append, text, &err),
                     SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_count(NULL), 0);
    assert_int_equal(skep_btf_type(NULL, 0, NULL), SKEP_E_ARGUMENT);
    assert_int_equal(skep_btf_find(NULL, "x", 0), 0);
    skep_btf_free(NULL);
    skep_btf_free(btf);
    end(&m);
}

static int open_vm(void **state)
{
    (void)state;
    return skep_vm_new(NULL, &vm, NULL) != SKEP_OK;
}

static int close_vm(void **state)
{
    (void)state;
    skep_vm_free(vm);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),     cmocka_unit_test(test_short_results),
        cmocka_unit_test(test_parts),     cmocka_unit_test(test_texts),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, open_vm, close_vm);
}
