/* Helpers and program types: names, the caller's tables and what is refused of them, and
 * contexts filled in from text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "base/bits.h"
#include "base/escape.h"
#include "base/num.h"
#include "env/ctx.h"
#include "env/env.h"

/* ---- An allocator that counts, and fails when it is told to ----------------------- */

struct counter {
    size_t live; /* bytes */
    int fail_in; /* the allocation that fails, 1 for the next; 0: none */
};

static void *counted(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct counter *counter = ctx;
    void *block;

    if (new_size && counter->fail_in && !--counter->fail_in)
        return NULL;
    block = new_size ? realloc(ptr, new_size) : NULL;
    if (!new_size)
        free(ptr);
    counter->live += new_size - old_size;
    return block;
}

/* ---- Helpers ---------------------------------------------------------------------- */

static uint64_t nothing(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                        skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return 0;
}

static int64_t id_of(const struct sk_env *env, const char *name)
{
    return sk_env_helper_id(env, name, strlen(name));
}

static void test_linux_helper_names(void **state)
{
    (void)state;
    assert_string_equal(sk_env_helper_name(NULL, BPF_FUNC_map_lookup_elem),
                        "bpf_map_lookup_elem");
    assert_string_equal(sk_env_helper_name(NULL, BPF_FUNC_ktime_get_ns),
                        "bpf_ktime_get_ns");
    assert_string_equal(sk_env_helper_name(NULL, BPF_FUNC_user_ringbuf_drain),
                        "bpf_user_ringbuf_drain");
    assert_string_equal(sk_env_helper_name(NULL, 211), "bpf_cgrp_storage_delete");
    assert_null(sk_env_helper_name(NULL, 212));
    assert_null(sk_env_helper_name(NULL, UINT32_MAX));
}

static void test_linux_helper_ids(void **state)
{
    (void)state;
    assert_int_equal(id_of(NULL, "map_lookup_elem"), BPF_FUNC_map_lookup_elem);
    assert_int_equal(id_of(NULL, "bpf_map_lookup_elem"), BPF_FUNC_map_lookup_elem);
    assert_int_equal(sk_env_helper_id(NULL, "bpf_redirect_map", 12), BPF_FUNC_redirect);
    assert_int_equal(id_of(NULL, "bpf_bpf_redirect"), -1);
    assert_int_equal(id_of(NULL, "bpf_"), -1);
    assert_int_equal(id_of(NULL, ""), -1);
    for (uint32_t id = 1; id <= 211; id++)
        assert_int_equal(id_of(NULL, sk_env_helper_name(NULL, id)), id);
}

static void test_declared_helpers(void **state)
{
    char name[] = "unwind";
    struct skep_helper helpers[] = {
        { .id = 1000, .name = "bpf_last", .fn = nothing },
        { .id = 5, .name = name, .fn = nothing },
        { .id = 0,
          .name = "first",
          .fn = nothing,
          .arg = { SKEP_ARG_MEM_READ, SKEP_ARG_SIZE0, SKEP_ARG_MEM_WRITE },
          .arg_size = { 0, 0, 16 },
          .ret = SKEP_RET_MEM,
          .ret_size = 8 },
    };
    struct skep_vm_opts opts = { .helpers = helpers, .helper_count = 3 };
    struct sk_mem mem = sk_mem_default();
    struct sk_env env;

    (void)state;
    assert_int_equal(sk_env_init(&env, &mem, &opts, NULL), SKEP_OK);
    memset(name, '?', sizeof(name) - 1);
    memset(&helpers[2].arg, 0, sizeof(helpers[2].arg));

    assert_string_equal(sk_env_helper(&env, 0)->name, "first");
    assert_int_equal(sk_env_helper(&env, 0)->arg[1], SKEP_ARG_SIZE0);
    assert_int_equal(sk_env_helper(&env, 0)->arg_size[2], 16);
    assert_null(sk_env_helper(&env, 1));
    assert_string_equal(sk_env_helper_name(&env, 5), "unwind");
    assert_string_equal(sk_env_helper_name(&env, 6), "bpf_trace_printk");
    assert_int_equal(id_of(&env, "unwind"), 5);
    assert_int_equal(id_of(&env, "ktime_get_ns"), -1); /* 5 is another helper here */
    assert_int_equal(id_of(&env, "last"), 1000);
    assert_int_equal(id_of(&env, "trace_printk"), 6);
    sk_env_fini(&env);
}

/* A helper table that is refused, and why. */
static void refuse_helpers(const struct skep_helper *helpers, size_t count,
                           const char *why)
{
    struct skep_vm_opts opts = { .helpers = helpers, .helper_count = count };
    struct counter counter = { 0 };
    struct sk_mem mem = { counted, &counter };
    struct sk_env env;
    struct skep_err err = { 0 };

    assert_int_equal(sk_env_init(&env, &mem, &opts, &err), SKEP_E_HELPER_TABLE);
    assert_non_null(strstr(err.message, why));
    assert_int_equal(counter.live, 0);
}

static void refuse_helper(struct skep_helper helper, const char *why)
{
    if (!helper.fn)
        helper.fn = nothing;
    refuse_helpers(&helper, 1, why);
}

static void test_refused_helper_names(void **state)
{
    struct skep_helper no_function = { .id = 300, .name = "f" };
    struct skep_helper ids[] = { { .id = 300, .name = "f", .fn = nothing },
                                 { .id = 300, .name = "g", .fn = nothing } };
    struct skep_helper names[] = { { .id = 300, .name = "f", .fn = nothing },
                                   { .id = 301, .name = "bpf_f", .fn = nothing } };

    (void)state;
    refuse_helpers(&no_function, 1, "fn is NULL");
    refuse_helpers(ids, 2, "helper 300 (g): the id is declared twice");
    refuse_helpers(names, 2, "helper 301 (bpf_f): the name is declared twice");
    refuse_helper((struct skep_helper){ .id = 300 },
                  "helper 300 (NULL): the name is NULL");
    refuse_helper((struct skep_helper){ .id = 300, .name = "" }, "begin with a letter");
    refuse_helper((struct skep_helper){ .id = 300, .name = "7up" },
                  "begin with a letter");
    refuse_helper((struct skep_helper){ .id = 300, .name = "a\nb" },
                  "(a\\x0ab): the name may");
    refuse_helper((struct skep_helper){ .id = 300, .name = "[" }, "letters, digits");
    refuse_helper((struct skep_helper){ .id = 300, .name = "trace_printk" },
                  "another id");
    refuse_helper((struct skep_helper){ .id = 0x80000000, .name = "f" }, "immediate");
    refuse_helper(
        (struct skep_helper){
            .id = 300,
            .name = "a234567890123456789012345678901234567890123456789012345678901234" },
        "longer than 63");
}

static void test_refused_prototypes(void **state)
{
    struct skep_helper base = { .id = 300, .name = "f", .fn = nothing }, helper;

    (void)state;
    helper = base, helper.arg[0] = (enum skep_arg)7;
    refuse_helper(helper, "none of enum skep_arg");
    helper = base, helper.arg[1] = SKEP_ARG_ANY;
    refuse_helper(helper, "follows the end");
    helper = base, helper.arg[0] = SKEP_ARG_SIZE;
    refuse_helper(helper, "follows no memory");
    helper = base, helper.arg[0] = SKEP_ARG_ANY, helper.arg[1] = SKEP_ARG_SIZE0;
    refuse_helper(helper, "follows no memory");
    helper = base, helper.arg[0] = SKEP_ARG_MEM_READ;
    refuse_helper(helper, "neither arg_size nor");
    helper.arg[1] = SKEP_ARG_SIZE, helper.arg_size[0] = 8;
    refuse_helper(helper, "both arg_size and");
    helper = base, helper.arg[0] = SKEP_ARG_CTX, helper.arg_size[0] = 8;
    refuse_helper(helper, "no memory");
    helper = base, helper.ret = (enum skep_ret)3;
    refuse_helper(helper, "none of enum skep_ret");
    helper = base, helper.ret = SKEP_RET_MEM;
    refuse_helper(helper, "ret_size 0");
    helper = base, helper.ret_size = 1;
    refuse_helper(helper, "returns no memory");
}

static void test_memory_argument_in_last_place(void **state)
{
    struct skep_helper helper = { .id = 300, .name = "f", .fn = nothing };

    (void)state;
    for (int i = 0; i < 4; i++)
        helper.arg[i] = SKEP_ARG_ANY;
    helper.arg[4] = SKEP_ARG_MEM_WRITE;
    refuse_helper(helper, "neither arg_size nor");
}

static void test_tables_without_measure(void **state)
{
    struct skep_vm_opts opts[] = {
        { .helper_count = 1 },
        { .type_count = 1 },
        { .helper_count = SIZE_MAX },
        { .type_count = SK_ENV_MAX + 1 },
    };
    struct sk_mem mem = sk_mem_default();
    struct sk_env env;

    (void)state;
    for (size_t i = 0; i < SK_LEN(opts); i++)
        assert_int_equal(sk_env_init(&env, &mem, &opts[i], NULL), SKEP_E_ARGUMENT);
}

static void test_most_helpers(void **state)
{
    struct skep_helper *helpers = calloc(SK_ENV_MAX, sizeof(*helpers));
    char(*names)[16] = calloc(SK_ENV_MAX, sizeof(*names));
    struct skep_vm_opts opts = { .helpers = helpers, .helper_count = SK_ENV_MAX };
    struct sk_mem mem = sk_mem_default();
    struct sk_env env;

    (void)state;
    for (uint32_t i = 0; i < SK_ENV_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "helper_%u", i);
        helpers[i] = (struct skep_helper){ .id = 3 * (SK_ENV_MAX - i),
                                           .name = names[i],
                                           .fn = nothing };
    }
    assert_int_equal(sk_env_init(&env, &mem, &opts, NULL), SKEP_OK);
    for (uint32_t i = 0; i < SK_ENV_MAX; i++) {
        assert_string_equal(sk_env_helper(&env, 3 * (SK_ENV_MAX - i))->name, names[i]);
        assert_null(sk_env_helper(&env, 3 * i + 1));
    }
    sk_env_fini(&env);
    free(names);
    free(helpers);
}

/* ---- Program types ---------------------------------------------------------------- */

static void check_field(const struct skep_type *type, const char *name, size_t offset,
                        size_t size, uint32_t flags)
{
    const struct skep_field *field = sk_type_field(type, name, strlen(name));

    assert_non_null(field);
    assert_int_equal(field->offset, offset);
    assert_int_equal(field->size, size);
    assert_int_equal(field->flags, flags);
}

#define CHECK_FIELD(type, c_struct, name, flags)                                         \
    check_field(type, #name, offsetof(c_struct, name), sizeof(((c_struct *)0)->name),    \
                flags)

static void test_builtin_types(void **state)
{
    const struct skep_type *device = sk_env_find_type(NULL, "cgroup_device");
    const struct skep_type *sysctl = sk_env_find_type(NULL, "cgroup_sysctl");
    const struct skep_type *point = sk_env_find_type(NULL, "raw_tracepoint");
    const struct skep_type *call = sk_env_find_type(NULL, "syscall");

    (void)state;
    assert_int_equal(device->ctx_size, sizeof(struct bpf_cgroup_dev_ctx));
    CHECK_FIELD(device, struct bpf_cgroup_dev_ctx, access_type, 0);
    CHECK_FIELD(device, struct bpf_cgroup_dev_ctx, major, 0);
    CHECK_FIELD(device, struct bpf_cgroup_dev_ctx, minor, 0);
    assert_int_equal(device->field_count, 3);
    assert_int_equal(sysctl->ctx_size, sizeof(struct bpf_sysctl));
    CHECK_FIELD(sysctl, struct bpf_sysctl, write, 0);
    CHECK_FIELD(sysctl, struct bpf_sysctl, file_pos, SKEP_FIELD_WRITE);
    assert_int_equal(point->ctx_size, 12 * 8);
    check_field(point, "arg11", 88, 8, 0);
    assert_int_equal(call->ctx_size, 0);
    assert_int_equal(call->field_count, 0);
    assert_null(sk_env_find_type(NULL, "raw"));
    assert_null(sk_type_field(device, "major", 4));
}

static void test_declared_types(void **state)
{
    char field_name[] = "mark";
    struct skep_field fields[] = { { field_name, 8, 4, SKEP_FIELD_WRITE },
                                   { "mac", 0, 6, 0 } };
    struct skep_type types[] = { { "packet", 12, fields, 2 }, { "blob", 0, NULL, 0 } };
    struct skep_vm_opts opts = { .types = types, .type_count = 2 };
    struct sk_mem mem = sk_mem_default();
    struct sk_env env;
    size_t count = 0;

    (void)state;
    assert_int_equal(sk_env_init(&env, &mem, &opts, NULL), SKEP_OK);
    memset(field_name, '?', sizeof(field_name) - 1);
    memset(fields, 0, sizeof(fields));
    while (sk_env_type(&env, count))
        count++;
    assert_int_equal(count, 4 + 2);
    assert_string_equal(sk_env_type(&env, 0)->name, "cgroup_device");
    assert_string_equal(sk_env_type(&env, 5)->name, "blob");
    check_field(sk_env_find_type(&env, "packet"), "mark", 8, 4, SKEP_FIELD_WRITE);
    check_field(sk_env_find_type(&env, "packet"), "mac", 0, 6, 0);
    assert_ptr_equal(sk_env_find_type(&env, "syscall"),
                     sk_env_find_type(NULL, "syscall"));
    sk_env_fini(&env);
}

static void refuse_type(struct skep_type type, enum skep_code code, const char *why)
{
    struct skep_vm_opts opts = { .types = &type, .type_count = 1 };
    struct sk_mem mem = sk_mem_default();
    struct sk_env env;
    struct skep_err err = { 0 };

    assert_int_equal(sk_env_init(&env, &mem, &opts, &err), code);
    assert_non_null(strstr(err.message, why));
}

static void test_refused_types(void **state)
{
    const struct skep_field fields[] = { { "a", 0, 4, 0 } };
    struct skep_type twice[] = { { "t", 4, fields, 1 }, { "t", 4, fields, 1 } };
    struct skep_vm_opts opts = { .types = twice, .type_count = 2 };
    struct sk_mem mem = sk_mem_default();
    struct sk_env env;

    (void)state;
    assert_int_equal(sk_env_init(&env, &mem, &opts, NULL), SKEP_E_TYPE_TABLE);
    refuse_type((struct skep_type){ NULL, 4, fields, 1 }, SKEP_E_TYPE_TABLE, "NULL");
    refuse_type((struct skep_type){ "a b", 4, fields, 1 }, SKEP_E_TYPE_TABLE, "letters");
    refuse_type((struct skep_type){ "raw", 4, fields, 1 }, SKEP_E_TYPE_TABLE, "built-in");
    refuse_type((struct skep_type){ "syscall", 4, fields, 1 }, SKEP_E_TYPE_TABLE,
                "built-in");
    refuse_type((struct skep_type){ "t", 4, NULL, 1 }, SKEP_E_TYPE_TABLE,
                "fields is NULL");
    refuse_type((struct skep_type){ "t", 0, fields, 1 }, SKEP_E_TYPE_TABLE, "any size");
    refuse_type((struct skep_type){ "t", 4, fields, 4097 }, SKEP_E_TYPE_TABLE,
                "4096 fields");
}

static void refuse_field(struct skep_field field, const char *why)
{
    struct skep_field fields[] = { { "a", 0, 4, 0 }, field };

    refuse_type((struct skep_type){ "t", 8, fields, 2 }, SKEP_E_FIELD_TABLE, why);
}

static void test_refused_fields(void **state)
{
    (void)state;
    refuse_field((struct skep_field){ "a", 4, 4, 0 }, "type 't', field 'a': the name is");
    refuse_field((struct skep_field){ NULL, 4, 4, 0 }, "field 'NULL'");
    refuse_field((struct skep_field){ "b", 4, 0, 0 }, "size is 0");
    refuse_field((struct skep_field){ "b", 5, 4, 0 }, "outside");
    refuse_field((struct skep_field){ "b", UINT32_MAX, 2, 0 }, "outside");
    refuse_field((struct skep_field){ "b", 4, 4, 2 }, "flags");
}

static void test_out_of_memory(void **state)
{
    const struct skep_helper helper = { .id = 300, .name = "f", .fn = nothing };
    const struct skep_field field = { "a", 0, 4, 0 };
    const struct skep_type type = { "t", 4, &field, 1 };
    struct skep_vm_opts opts = {
        .helpers = &helper, .helper_count = 1, .types = &type, .type_count = 1
    };
    struct counter counter = { 0 };
    struct sk_mem mem = { counted, &counter };
    struct sk_env env;
    enum skep_code code = SKEP_E_NO_MEMORY;

    (void)state;
    for (int fail = 1; code == SKEP_E_NO_MEMORY; fail++) {
        counter.fail_in = fail;
        code = sk_env_init(&env, &mem, &opts, NULL);
        assert_true(code == SKEP_OK || (code == SKEP_E_NO_MEMORY && !counter.live));
        assert_true(fail < 100);
    }
    assert_true(counter.live > 0);
    sk_env_fini(&env);
    assert_int_equal(counter.live, 0);
}

/* ---- Contexts from text ----------------------------------------------------------- */

static const struct skep_field wide_fields[] = {
    { "u8", 0, 1, 0 },  { "u16", 2, 2, 0 },  { "u32", 4, 4, 0 },
    { "u64", 8, 8, 0 }, { "mac", 16, 6, 0 },
};
static const struct skep_type wide = { "wide", 22, wide_fields, SK_LEN(wide_fields) };

/* Sets a field of a context of 0xee and returns what its bytes then are. */
static uint64_t set(const char *field, const char *value)
{
    uint8_t ctx[22], before[22];
    const struct skep_field *found = sk_type_field(&wide, field, strlen(field));
    uint64_t number = 0;

    memset(ctx, 0xee, sizeof(ctx));
    memset(before, 0xee, sizeof(before));
    assert_int_equal(sk_ctx_set(&wide, ctx, sizeof(ctx), field, value, NULL), SKEP_OK);
    memcpy(&number, ctx + found->offset, found->size);
    memset(ctx + found->offset, 0xee, found->size);
    assert_memory_equal(ctx, before, sizeof(ctx));
    return number;
}

static void test_ctx_numbers(void **state)
{
    (void)state;
    assert_int_equal(set("u8", "255"), 255);
    assert_int_equal(set("u8", "-128"), 0x80);
    assert_int_equal(set("u16", "0xBeEf"), 0xbeef);
    assert_int_equal(set("u32", "017"), 15);
    assert_int_equal(set("u32", "0b101"), 5);
    assert_int_equal(set("u32", "-1"), 0xffffffff);
    assert_int_equal(set("u32", "-0"), 0);
    assert_int_equal(set("u64", "18446744073709551615"), UINT64_MAX);
    assert_int_equal(set("u64", "-9223372036854775808"), (uint64_t)1 << 63);
    assert_int_equal(set("mac", "0002FFa05501"), 0x0155a0ff0200);
}

static void test_ctx_refused(void **state)
{
    static const struct {
        const char *field, *value;
        enum skep_code code;
    } cases[] = {
        { "u8", "256", SKEP_E_FIELD_VALUE },
        { "u8", "-129", SKEP_E_FIELD_VALUE },
        { "u32", "4294967296", SKEP_E_FIELD_VALUE },
        { "u32", "-2147483649", SKEP_E_FIELD_VALUE },
        { "u64", "18446744073709551616", SKEP_E_FIELD_VALUE },
        { "u64", "36893488147419103233", SKEP_E_FIELD_VALUE },
        { "u64", "-9223372036854775809", SKEP_E_FIELD_VALUE },
        { "u32", "", SKEP_E_FIELD_VALUE },
        { "u32", "-", SKEP_E_FIELD_VALUE },
        { "u32", "--1", SKEP_E_FIELD_VALUE },
        { "u32", "0x", SKEP_E_FIELD_VALUE },
        { "u32", "08", SKEP_E_FIELD_VALUE },
        { "u32", "10k", SKEP_E_FIELD_VALUE },
        { "u32", "1e5", SKEP_E_FIELD_VALUE },
        { "u32", " 1", SKEP_E_FIELD_VALUE },
        { "u32", "1 ", SKEP_E_FIELD_VALUE },
        { "mac", "0002ffa055", SKEP_E_FIELD_BYTES },
        { "mac", "0002ffa0550102", SKEP_E_FIELD_BYTES },
        { "mac", "0002ffa0550g", SKEP_E_FIELD_BYTES },
        { "U8", "1", SKEP_E_UNKNOWN_FIELD },
        { "", "1", SKEP_E_UNKNOWN_FIELD },
    };
    uint8_t ctx[22] = { 0 }, before[22] = { 0 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(cases); i++) {
        assert_int_equal(
            sk_ctx_set(&wide, ctx, sizeof(ctx), cases[i].field, cases[i].value, NULL),
            cases[i].code);
        assert_memory_equal(ctx, before, sizeof(ctx));
    }
    assert_int_equal(sk_ctx_set(&wide, ctx, 15, "u64", "1", NULL), SKEP_E_CTX_SIZE);
    assert_int_equal(sk_ctx_set(&wide, ctx, 16, "u64", "1", NULL), SKEP_OK);
}

static void test_ctx_message(void **state)
{
    uint8_t ctx[22];
    struct skep_err err;

    (void)state;
    sk_ctx_set(&wide, ctx, sizeof(ctx), "u8", "\x1b[31m'\xc3\xa4", &err);
    assert_string_equal(
        err.message,
        "context field u8: '\\x1b[31m\\x27\\xc3\\xa4' is no number of 8 bits");
}

/* ---- What both stand on ----------------------------------------------------------- */

static void test_escape_cuts(void **state)
{
    char buf[8];

    (void)state;
    assert_string_equal(sk_escape(buf, sizeof(buf), "1234567", 7), "1234567");
    assert_string_equal(sk_escape(buf, sizeof(buf), "12345678", 8), "1234...");
    assert_string_equal(sk_escape(buf, sizeof(buf), "\n\n", 2), "\\x0a...");
    assert_string_equal(sk_escape(buf, sizeof(buf), "12\n", 3), "12\\x0a");
    assert_string_equal(sk_escape(buf, sizeof(buf), "a\0b", 3), "a\\x00b");
    assert_string_equal(sk_escape(buf, sizeof(buf), "", 0), "");
}

static void test_numbers(void **state)
{
    uint64_t value = 7;
    size_t used;

    (void)state;
    assert_int_equal(sk_num_read("12,3", 4, &used, &value), SK_NUM_OK);
    assert_int_equal(value, 12);
    assert_int_equal(used, 2);
    assert_int_equal(sk_num_read("0xffz", 5, &used, &value), SK_NUM_NONE);
    assert_int_equal(used, 5);
    assert_int_equal(sk_num_read("0x1234", 3, &used, &value), SK_NUM_OK);
    assert_int_equal(value, 1);
    assert_int_equal(sk_num_read("99999999999999999999", 20, &used, &value),
                     SK_NUM_TOO_BIG);
    assert_int_equal(value, 1);
    assert_int_equal(sk_num_read("", 0, &used, &value), SK_NUM_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linux_helper_names),
        cmocka_unit_test(test_linux_helper_ids),
        cmocka_unit_test(test_declared_helpers),
        cmocka_unit_test(test_refused_helper_names),
        cmocka_unit_test(test_refused_prototypes),
        cmocka_unit_test(test_memory_argument_in_last_place),
        cmocka_unit_test(test_tables_without_measure),
        cmocka_unit_test(test_most_helpers),
        cmocka_unit_test(test_builtin_types),
        cmocka_unit_test(test_declared_types),
        cmocka_unit_test(test_refused_types),
        cmocka_unit_test(test_refused_fields),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_ctx_numbers),
        cmocka_unit_test(test_ctx_refused),
        cmocka_unit_test(test_ctx_message),
        cmocka_unit_test(test_escape_cuts),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
