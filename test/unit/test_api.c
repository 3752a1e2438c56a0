/* The public interface besides running: life cycle, options of other sizes, the caller's
 * allocator, what a failure leaves behind, formats, types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <skep.h>
#include <skep_text.h>

#include "books.h"
#include "host.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const char text[] = ".name sum\n"
                           "    r0 = 0\n"
                           "    r3 = 5\n"
                           "again:\n"
                           "    r0 += r3\n"
                           "    r3 -= 1\n"
                           "    if r3 != 0 goto again\n"
                           "    r1 = 0x100000000 ll\n"
                           "    call twice\n"
                           "    exit\n"
                           "twice:\n"
                           "    r0 = r1\n"
                           "    r0 += r1\n"
                           "    exit\n";

/* ---- Life cycle -------------------------------------------------------------------- */

static void test_life_cycle(void **state)
{
    struct books books = { 0 };
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .alloc = books_alloc,
                                 .alloc_ctx = &books };
    struct skep_result res = { .size = sizeof(res) };
    skep_vm *vm = new_vm(&opts);
    skep_prog *prog = load(vm, text);
    size_t calls = books.calls;
    struct skep_err err;

    (void)state;
    assert_int_equal(skep_run(prog, NULL, &res, &err), SKEP_OK);
    assert_true(res.r0 == UINT64_C(0x200000000));
    assert_int_equal(books.calls, calls); /* runs allocate nothing */
    skep_prog_free(prog);
    skep_vm_free(vm);
    assert_int_equal(books.live, 0);
    assert_int_equal(books.blocks, 0);
    assert_false(books.wrong);
}

static void test_nothing_to_free(void **state)
{
    (void)state;
    skep_prog_free(NULL);
    skep_vm_free(NULL);
}

static void test_malloc_by_default(void **state)
{
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, "r0 = 1\nexit\n");
    struct skep_result res = { .size = sizeof(res) };

    (void)state;
    assert_int_equal(skep_run(prog, NULL, &res, NULL), SKEP_OK);
    assert_int_equal(res.r0, 1);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* Three numbers with dots between. */
static void test_version(void **state)
{
    const char *at = skep_version();
    int dots = 0;

    (void)state;
    assert_true(*at >= '0' && *at <= '9');
    for (; *at; at++) {
        dots += *at == '.';
        assert_true(*at == '.' ? at[1] >= '0' && at[1] <= '9' : *at >= '0' && *at <= '9');
    }
    assert_int_equal(dots, 2);
}

/* ---- Structs of other sizes -------------------------------------------------------- */

/* A caller that was compiled when the struct was longer: what it does not set is 0. */
struct longer {
    struct skep_load_opts known;
    uint64_t unknown[3];
};

static void test_options_from_a_newer_caller(void **state)
{
    struct longer opts = { .known = { .size = sizeof(opts), .format = SKEP_FORMAT_ASM } };
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = NULL;
    struct skep_err err;

    (void)state;
    assert_int_equal(skep_load(vm, "exit", 4, &opts.known, &prog, &err), SKEP_OK);
    skep_prog_free(prog);
    prog = NULL;
    opts.unknown[2] = 1; /* something that this library cannot do */
    assert_int_equal(skep_load(vm, "exit", 4, &opts.known, &prog, &err),
                     SKEP_E_STRUCT_SIZE);
    assert_null(prog);
    skep_vm_free(vm);
}

static void test_options_from_an_older_caller(void **state)
{
    struct skep_load_opts opts;
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = NULL;

    (void)state;
    memset(&opts, 0xff, sizeof(opts)); /* what lies behind its struct is not ours */
    opts.size = offsetof(struct skep_load_opts, name);
    opts.format = SKEP_FORMAT_ASM;
    assert_int_equal(skep_load(vm, "exit", 4, &opts, &prog, NULL), SKEP_OK);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

static void test_sizes_that_are_none(void **state)
{
    static const size_t sizes[] = { 0, 1, sizeof(size_t) - 1, 65537, SIZE_MAX };
    struct skep_result res = { .size = sizeof(res), .r0 = 77 };
    skep_vm *vm = new_vm(NULL), *other = NULL;
    skep_prog *prog = load(vm, "exit"), *fresh = NULL;
    struct skep_err err;

    (void)state;
    for (size_t i = 0; i < LEN(sizes); i++) {
        struct skep_vm_opts vm_opts = { .size = sizes[i] };
        struct skep_load_opts load_opts = { .size = sizes[i] };
        struct skep_run_opts run_opts = { .size = sizes[i] };

        assert_int_equal(skep_vm_new(&vm_opts, &other, &err), SKEP_E_STRUCT_SIZE);
        assert_int_equal(skep_load(vm, "exit", 4, &load_opts, &fresh, &err),
                         SKEP_E_STRUCT_SIZE);
        assert_int_equal(skep_run(prog, &run_opts, &res, &err), SKEP_E_STRUCT_SIZE);
    }
    assert_null(other);
    assert_null(fresh);
    assert_int_equal(res.r0, 77);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

static void test_result_of_an_older_caller(void **state)
{
    struct skep_result res;
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, "r0 = 5\nexit\n");

    (void)state;
    memset(&res, 0x5a, sizeof(res));
    res.size = offsetof(struct skep_result, fuel_left);
    assert_int_equal(skep_run(prog, NULL, &res, NULL), SKEP_OK);
    assert_int_equal(res.r0, 5);
    assert_int_equal(res.size, offsetof(struct skep_result, fuel_left));
    for (size_t i = res.size; i < sizeof(res); i++)
        assert_int_equal(((uint8_t *)&res)[i], 0x5a);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

static void test_info_of_an_older_caller(void **state)
{
    struct skep_prog_info info;
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, text);

    (void)state;
    memset(&info, 0x5a, sizeof(info));
    info.size = offsetof(struct skep_prog_info, insns);
    skep_prog_info(prog, &info);
    assert_int_equal(info.slots, 12);
    for (size_t i = info.size; i < sizeof(info); i++)
        assert_int_equal(((uint8_t *)&info)[i], 0x5a);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* ---- What a program says of itself ------------------------------------------------- */

static void test_info(void **state)
{
    struct skep_prog_info info = { .size = sizeof(info) };
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = load(vm, text);
    uint32_t first = 99, end = 99;

    (void)state;
    skep_prog_info(prog, &info);
    assert_string_equal(info.name, "sum");
    assert_null(info.type);
    assert_int_equal(info.slots, 12);
    assert_int_equal(info.insns, 11);
    assert_int_equal(info.functions, 2);
    assert_int_equal(skep_prog_function(prog, 0, &first, &end), SKEP_OK);
    assert_int_equal(first, 0);
    assert_int_equal(end, 9);
    assert_int_equal(skep_prog_function(prog, 1, &first, &end), SKEP_OK);
    assert_int_equal(first, 9);
    assert_int_equal(end, 12);
    first = end = 99;
    assert_int_equal(skep_prog_function(prog, 2, &first, &end), SKEP_E_ARGUMENT);
    assert_int_equal(first, 99);
    assert_int_equal(end, 99);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

static void test_name_is_cut(void **state)
{
    char name[100];
    struct skep_load_opts opts = { .size = sizeof(opts),
                                   .format = SKEP_FORMAT_ASM,
                                   .name = name };
    struct skep_prog_info info = { .size = sizeof(info) };
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = NULL;

    (void)state;
    memset(name, 'n', sizeof(name));
    name[99] = 0;
    assert_int_equal(skep_load(vm, "exit", 4, &opts, &prog, NULL), SKEP_OK);
    skep_prog_info(prog, &info);
    assert_int_equal(strlen(info.name), 63);
    skep_prog_free(prog);
    skep_vm_free(vm);
}

/* One program in all formats. */
static void test_formats(void **state)
{
    static const uint8_t slots[16] = { 0xb7, 0, 0, 0, 7, 0, 0, 0, 0x95 };
    static const struct {
        const void *data;
        size_t len;
        enum skep_format format;
    } inputs[] = {
        { slots, 16, SKEP_FORMAT_RAW },
        { "b700000007000000 9500000000000000\n", 34, SKEP_FORMAT_HEX },
        { "r0 = 7\nexit", 11, SKEP_FORMAT_ASM },
        { "{ 0xb7, 0, 0, 0, 7, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0 }", 56,
          SKEP_FORMAT_ARRAY },
    };
    skep_vm *vm = new_vm(NULL);

    (void)state;
    for (size_t i = 0; i < 2 * LEN(inputs); i++) {
        enum skep_format format = i % 2 ? SKEP_FORMAT_AUTO : inputs[i / 2].format;
        struct skep_load_opts opts = { .size = sizeof(opts), .format = format };
        skep_prog *prog = NULL;
        void *out = NULL;
        size_t len = 0;

        assert_int_equal(
            skep_load(vm, inputs[i / 2].data, inputs[i / 2].len, &opts, &prog, NULL),
            SKEP_OK);
        assert_memory_equal(skep_prog_bytes(prog), slots, sizeof(slots));
        skep_prog_free(prog);
        assert_int_equal(skep_read(vm, inputs[i / 2].data, inputs[i / 2].len, NULL,
                                   &format, &out, &len, NULL),
                         SKEP_OK);
        assert_int_equal(format, inputs[i / 2].format);
        assert_int_equal(len, sizeof(slots));
        assert_memory_equal(out, slots, sizeof(slots));
        skep_release(vm, out, len);
    }
    skep_vm_free(vm);
}

/* ---- Failures ---------------------------------------------------------------------- */

static void test_a_failure_leaves_outputs_alone(void **state)
{
    static const uint8_t bad[8] = { 0xff };
    struct skep_load_opts raw = { .size = sizeof(raw), .format = SKEP_FORMAT_RAW };
    enum skep_format format = SKEP_FORMAT_HEX;
    skep_vm *vm = new_vm(NULL), *other = (skep_vm *)&raw;
    skep_prog *prog = (skep_prog *)&raw;
    void *out = &raw;
    size_t len = 123;
    struct skep_err err;
    struct skep_vm_opts no_name = { .size = sizeof(no_name),
                                    .helpers = &(struct skep_helper){ .id = 1 },
                                    .helper_count = 1 };

    (void)state;
    assert_int_equal(skep_vm_new(&no_name, &other, &err), SKEP_E_HELPER_TABLE);
    assert_ptr_equal(other, &raw);
    assert_int_equal(skep_load(vm, bad, sizeof(bad), &raw, &prog, &err),
                     SKEP_E_BAD_OPCODE);
    assert_int_equal(err.at, SKEP_AT_SLOT);
    assert_ptr_equal(prog, &raw);
    assert_int_equal(skep_load(vm, bad, 7, &raw, &prog, NULL), SKEP_E_LENGTH);
    assert_int_equal(skep_load(vm, bad, 0, &raw, &prog, NULL), SKEP_E_EMPTY);
    assert_ptr_equal(prog, &raw);
    assert_int_not_equal(skep_read(vm, "zz", 2, NULL, &format, &out, &len, &err),
                         SKEP_OK);
    assert_int_equal(format, SKEP_FORMAT_HEX);
    assert_int_not_equal(skep_asm(vm, "r0 = ", 5, NULL, &out, &len, &err), SKEP_OK);
    assert_int_equal(err.at, SKEP_AT_TEXT);
    assert_int_equal(err.line, 1);
    assert_ptr_equal(out, &raw);
    assert_int_equal(len, 123);
    skep_vm_free(vm);
}

/* What is wrong with assembled slots is shown in the text. */
static void test_errors_of_slots_point_at_text(void **state)
{
    static const char source[] = "r0 = 0\n\n  r1 = 0x1 ll\n  r2 = 1\n";
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = NULL;
    struct skep_err err;

    (void)state;
    assert_int_equal(skep_load(vm, source, strlen(source), NULL, &prog, &err),
                     SKEP_E_FALL_OFF);
    assert_int_equal(err.at, SKEP_AT_TEXT);
    assert_int_equal(err.line, 4);
    assert_int_equal(err.column, 3);
    skep_vm_free(vm);
}

/* ---- Memory that is not there ------------------------------------------------------ */

/* Something that allocates; puts what it made in *result for the undoing. */
struct deed {
    enum skep_code (*try)(skep_vm *vm, void **result, size_t *len);
    void (*undo)(skep_vm *vm, void *result, size_t len);
};

static enum skep_code try_load(skep_vm *vm, void **result, size_t *len)
{
    (void)len;
    return skep_load(vm, text, strlen(text), NULL, (skep_prog **)result, NULL);
}

static void undo_load(skep_vm *vm, void *result, size_t len)
{
    (void)vm, (void)len;
    skep_prog_free(result);
}

static enum skep_code try_raw(skep_vm *vm, void **result, size_t *len)
{
    static const uint8_t slots[16] = { 0xb7, 0, 0, 0, 7, 0, 0, 0, 0x95 };
    struct skep_load_opts opts = { .size = sizeof(opts), .format = SKEP_FORMAT_RAW };

    (void)len;
    return skep_load(vm, slots, sizeof(slots), &opts, (skep_prog **)result, NULL);
}

static enum skep_code try_hex(skep_vm *vm, void **result, size_t *len)
{
    enum skep_format format = SKEP_FORMAT_AUTO;

    return skep_read(vm, "b7000000070000009500000000000000", 32, NULL, &format, result,
                     len, NULL);
}

static enum skep_code try_array(skep_vm *vm, void **result, size_t *len)
{
    static const char array[] = "{ 0x95, 0, 0, 0, 0, 0, 0, 0 }";
    enum skep_format format = SKEP_FORMAT_ARRAY;

    return skep_read(vm, array, strlen(array), NULL, &format, result, len, NULL);
}

static enum skep_code try_asm(skep_vm *vm, void **result, size_t *len)
{
    return skep_asm(vm, text, strlen(text), NULL, result, len, NULL);
}

static void undo_block(skep_vm *vm, void *result, size_t len)
{
    skep_release(vm, result, len);
}

static const struct deed deeds[] = {
    { try_load, undo_load },   { try_raw, undo_load },  { try_hex, undo_block },
    { try_array, undo_block }, { try_asm, undo_block },
};

/* Each allocation of a deed fails once; nothing is lost, and nothing is said to be
 * made. */
static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(deeds); i++) {
        struct books books = { 0 };
        struct skep_vm_opts opts = { .size = sizeof(opts),
                                     .alloc = books_alloc,
                                     .alloc_ctx = &books };
        skep_vm *vm = new_vm(&opts);
        size_t live = books.live, blocks = books.blocks, len = 5, failures = 0;
        void *result = &books;
        enum skep_code code;

        for (size_t at = 1;; at++) {
            books.calls = 0;
            books.fail_at = at;
            code = deeds[i].try(vm, &result, &len);
            if (!code)
                break;
            failures++;
            assert_int_equal(code, SKEP_E_NO_MEMORY);
            assert_ptr_equal(result, &books);
            assert_int_equal(books.live, live);
            assert_int_equal(books.blocks, blocks);
        }
        assert_true(failures > 0);
        books.fail_at = 0;
        deeds[i].undo(vm, result, len);
        assert_int_equal(books.live, live);
        skep_vm_free(vm);
        assert_int_equal(books.live, 0);
        assert_false(books.wrong);
    }
}

static void test_new_without_memory(void **state)
{
    static const struct skep_field field = { "f", 0, 4, 0 };
    static const struct skep_type type = { "t", 4, &field, 1 };
    struct books books = { .fail_at = 1 };
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .alloc = books_alloc,
                                 .alloc_ctx = &books,
                                 .types = &type,
                                 .type_count = 1 };
    skep_vm *vm = NULL;

    (void)state;
    while (skep_vm_new(&opts, &vm, NULL) == SKEP_E_NO_MEMORY) {
        assert_null(vm);
        assert_int_equal(books.live, 0);
        books.calls = 0;
        books.fail_at++;
    }
    assert_non_null(vm);
    assert_true(books.fail_at > 1);
    skep_vm_free(vm);
    assert_int_equal(books.live, 0);
    assert_false(books.wrong);
}

/* ---- Types ------------------------------------------------------------------------- */

static void test_types(void **state)
{
    char name[] = "order", field_name[] = "count";
    struct skep_field field = { field_name, 4, 4, SKEP_FIELD_WRITE };
    struct skep_type type = { name, 8, &field, 1 };
    struct skep_vm_opts opts = { .size = sizeof(opts), .types = &type, .type_count = 1 };
    skep_vm *vm = new_vm(&opts);
    const struct skep_type *found = skep_vm_find_type(vm, "order"), *device;
    uint32_t ctx[2] = { 0, 0 };
    size_t count = 0;

    (void)state;
    name[0] = field_name[0] = 'X'; /* the library has copies */
    field.size = 77;
    assert_non_null(found);
    assert_string_equal(found->name, "order");
    assert_string_equal(found->fields[0].name, "count");
    assert_int_equal(found->fields[0].size, 4);
    assert_int_equal(skep_ctx_set(found, ctx, sizeof(ctx), "count", "-2", NULL), SKEP_OK);
    assert_int_equal(ctx[1], 0xfffffffe);
    assert_int_equal(ctx[0], 0);
    device = skep_vm_find_type(vm, "cgroup_device");
    assert_non_null(device);
    assert_int_equal(device->ctx_size, 12);
    while (skep_vm_type(vm, count))
        count++;
    assert_ptr_equal(skep_vm_type(vm, count - 1), found); /* behind the built-in ones */
    assert_null(skep_vm_find_type(vm, "none"));
    skep_vm_free(vm);
}

static void test_unknown_type(void **state)
{
    struct skep_load_opts opts = { .size = sizeof(opts), .type = "none" };
    skep_vm *vm = new_vm(NULL);
    skep_prog *prog = NULL;
    struct skep_err err;

    (void)state;
    assert_int_equal(skep_load(vm, "exit", 4, &opts, &prog, &err), SKEP_E_UNKNOWN_TYPE);
    assert_string_equal(err.message, "program type 'none' is not known");
    assert_null(prog);
    skep_vm_free(vm);
}

/* Linux's types without a layout are types too. */
static void test_type_without_a_layout(void **state)
{
    static const struct {
        const char *given, *name;
        uint32_t number;
    } rows[] = {
        { "xdp", "xdp", 6 }, { "netfilter", "netfilter", 32 }, { "raw", "", 0 },
        { "unspec", "", 0 }, { "syscall", "syscall", 31 },
    };
    skep_vm *vm = new_vm(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct skep_prog_info info = { .size = sizeof(info) };
        skep_prog *prog = load_typed(vm, rows[i].given, "r0 = 0\nexit\n");

        skep_prog_info(prog, &info);
        assert_string_equal(info.type_name, rows[i].name);
        assert_int_equal(info.type_number, rows[i].number);
        assert_ptr_equal(info.type, skep_vm_find_type(vm, rows[i].given));
        skep_prog_free(prog);
    }
    assert_string_equal(skep_vm_type_name(vm, 0), "raw");
    assert_string_equal(skep_vm_type_name(NULL, 6), "xdp");
    assert_string_equal(skep_vm_type_name(vm, 32), "netfilter");
    assert_null(skep_vm_type_name(vm, 33));
    skep_vm_free(vm);
}

static void test_type_of_a_program(void **state)
{
    struct skep_prog_info info = { .size = sizeof(info) };
    skep_vm *vm = new_vm(NULL);
    skep_prog *by_option = load_typed(vm, "cgroup_device", "r0 = 0\nexit\n");
    skep_prog *by_text = load(vm, ".type cgroup_device\nr0 = ctx.major\nexit\n");

    (void)state;
    skep_prog_info(by_option, &info);
    assert_ptr_equal(info.type, skep_vm_find_type(vm, "cgroup_device"));
    skep_prog_info(by_text, &info);
    assert_ptr_equal(info.type, skep_vm_find_type(vm, "cgroup_device"));
    skep_prog_free(by_option);
    skep_prog_free(by_text);
    skep_vm_free(vm);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life_cycle),
        cmocka_unit_test(test_nothing_to_free),
        cmocka_unit_test(test_malloc_by_default),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_options_from_a_newer_caller),
        cmocka_unit_test(test_options_from_an_older_caller),
        cmocka_unit_test(test_sizes_that_are_none),
        cmocka_unit_test(test_result_of_an_older_caller),
        cmocka_unit_test(test_info_of_an_older_caller),
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_name_is_cut),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_a_failure_leaves_outputs_alone),
        cmocka_unit_test(test_errors_of_slots_point_at_text),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_new_without_memory),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_unknown_type),
        cmocka_unit_test(test_type_without_a_layout),
        cmocka_unit_test(test_type_of_a_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
