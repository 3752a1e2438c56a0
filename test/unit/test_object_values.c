/* Values of objects through the public interface, where their types are odd; and files that
 * would have a lot of work done for few bytes. */
#include <time.h>

#include <skep_object.h>

#include "btf_image.h"
#include "object_image.h"

enum {
    WRITE = SHF_ALLOC | SHF_WRITE,
    KIND_FLAG = 0x80,
    SIGNED_ENUM = SK_BTF_ENUM | KIND_FLAG
};

/* An object on the way: one program, `main` in socket, unless the test adds others. */
struct fix {
    struct elf elf;
    struct btf_image btf, kernel;
    uint32_t code; /* its section */
    uint32_t u8, u64;
    skep_vm *vm;
    skep_btf *kernel_btf;
    skep_object *object;
    struct skep_err err;
};

static struct fix fix_new(void)
{
    static const struct insn code[] = { MOV(0), EXIT };
    struct fix f;

    memset(&f, 0, sizeof(f));
    f.elf = elf_new();
    f.btf = btf_new();
    f.kernel = btf_new();
    f.u8 = btf_int(&f.btf, "char", 1, SK_BTF_SIGNED);
    f.u64 = btf_int(&f.btf, "unsigned long long", 8, 0);
    f.code = elf_section(&f.elf, "socket", SHT_PROGBITS, CODE, code, sizeof(code));
    elf_symbol(&f.elf, "main", STB_GLOBAL, STT_FUNC, f.code, 0, sizeof(code));
    assert_int_equal(skep_vm_new(NULL, &f.vm, &f.err), SKEP_OK);
    return f;
}

static void fix_free(struct fix *f)
{
    skep_object_free(f->object);
    skep_btf_free(f->kernel_btf);
    skep_vm_free(f->vm);
    elf_free(&f->elf);
    btf_free(&f->btf);
    btf_free(&f->kernel);
}

/* Opens the object, with the kernel's types if there are any. */
static void open_object(struct fix *f)
{
    struct skep_object_opts opts = { .size = sizeof(opts), .name = "x" };
    const skep_btf *list[1];

    btf_write(&f->btf);
    elf_section(&f->elf, ".BTF", SHT_PROGBITS, 0, f->btf.file, f->btf.file_len);
    elf_write(&f->elf);
    if (f->kernel.count) {
        btf_write(&f->kernel);
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): btf_free gives the file back */
        assert_int_equal(skep_btf_open(f->vm, f->kernel.file, f->kernel.file_len, NULL,
                                       &f->kernel_btf, &f->err),
                         SKEP_OK);
        list[0] = f->kernel_btf;
        opts.btf = list;
        opts.btf_count = 1;
    }
    if (skep_object_open(f->vm, f->elf.file, f->elf.file_len, &opts, &f->object, &f->err))
        fail_msg("%s", f->err.message);
}

/* A section with one variable of all of it. */
static uint32_t add_variable(struct fix *f, const char *name, const char *variable,
                             uint32_t type, const void *data, uint32_t size)
{
    uint32_t var = btf_var(&f->btf, variable, type, SK_BTF_GLOBAL);
    uint32_t section = elf_section(&f->elf, name, SHT_PROGBITS, WRITE, data, size);

    btf_datasec(&f->btf, name, 1);
    btf_secvar(&f->btf, var, 0, size);
    elf_symbol(&f->elf, variable, STB_GLOBAL, STT_OBJECT, section, 0, size);
    return section;
}

static void set_refused(struct fix *f, const char *name, const char *value,
                        const char *why)
{
    assert_int_equal(skep_object_set_text(f->object, name, value, &f->err),
                     SKEP_E_VARIABLE);
    if (!strstr(f->err.message, why))
        fail_msg("not '%s': %s", why, f->err.message);
}

static enum skep_code load(struct fix *f)
{
    struct skep_load_opts opts = { .size = sizeof(opts) };
    skep_prog *prog = NULL;
    enum skep_code code = skep_object_load(f->object, 0, &opts, &prog, &f->err);

    skep_prog_free(prog);
    return code;
}

/* ---- Contents ----------------------------------------------------------------------- */

static uint8_t sum(const struct skep_map_info *map)
{
    const uint8_t *data = map->data;
    uint8_t total = 0;

    for (size_t i = 0; i < map->data_len; i++)
        total = (uint8_t)(total + data[i]);
    return total;
}

/* The kernel's value of operations is longer than what the object gives. */
static void test_contents_of_struct_ops(void **state)
{
    static const uint8_t data[16] = { 1, 2, 3, [15] = 4 };
    struct fix f = fix_new();
    struct skep_map_info map = { .size = sizeof(map) };
    uint32_t type = btf_struct(&f.btf, "ops", 16, 1);

    (void)state;
    btf_member(&f.btf, "flags", f.u64, 0);
    add_variable(&f, ".struct_ops", "my_ops", type, data, sizeof(data));
    btf_struct(&f.kernel, "bpf_struct_ops_ops", 4096, 0);
    open_object(&f);
    assert_int_equal(skep_object_map(f.object, 0, &map), SKEP_OK);
    assert_int_equal(map.value_size, 4096);
    assert_int_equal(map.data_len, 16);
    assert_int_equal(sum(&map), 10);
    fix_free(&f);
}

static uint32_t number(struct fix *f, uint32_t value)
{
    return btf_ptr(&f->btf, btf_array(&f->btf, f->u64, value));
}

/* An arena has no value, and what the object puts into it. */
static void test_variables_of_arena(void **state)
{
    struct fix f = fix_new();
    struct skep_map_info map = { .size = sizeof(map) };
    struct skep_variable_info var = { .size = sizeof(var) };
    uint32_t kind = number(&f, SK_MAP_ARENA), pages = number(&f, 1);
    uint32_t type = btf_struct(&f.btf, "", 16, 2);

    (void)state;
    btf_member(&f.btf, "type", kind, 0);
    btf_member(&f.btf, "max_entries", pages, 64);
    add_variable(&f, ".maps", "arena", type, NULL, 16);
    add_variable(&f, ".addr_space.1", "v", f.u64, "\5\0\0\0\0\0\0", 8);
    open_object(&f);
    assert_int_equal(skep_object_map(f.object, 0, &map), SKEP_OK);
    assert_int_equal(map.data_len, 8);
    assert_int_equal(sum(&map), 5);
    assert_int_equal(skep_object_variable(f.object, 0, &var), SKEP_OK);
    assert_string_equal(var.section, ".addr_space.1");
    if (skep_object_set_text(f.object, "v", "7", &f.err))
        fail_msg("%s", f.err.message);
    assert_int_equal(skep_object_map(f.object, 0, &map), SKEP_OK);
    assert_int_equal(sum(&map), 7);
    fix_free(&f);
}

/* ---- Setting ------------------------------------------------------------------------ */

/* clang's enums that are only declared. */
static void test_set_enum_without_size(void **state)
{
    struct fix f = fix_new();
    uint32_t type = btf_type(&f.btf, "e", SIGNED_ENUM, 0, 0);

    (void)state;
    add_variable(&f, ".data", "v", type, NULL, 4);
    open_object(&f);
    set_refused(&f, "v", "-1", "its type has no size");
    set_refused(&f, "v", "1", "its type has no size");
    fix_free(&f);
}

/* Element 8 of 2^61 bytes each would be element 0 again. */
static void test_set_element_far_away(void **state)
{
    struct fix f = fix_new();
    uint32_t first = btf_array(&f.btf, f.u8, UINT32_C(1) << 31);
    uint32_t second = btf_array(&f.btf, first, UINT32_C(1) << 30);
    uint32_t type = btf_struct(&f.btf, "s", 8, 1);
    struct skep_variable_info var = { .size = sizeof(var) };

    (void)state;
    btf_member(&f.btf, "m", f.u64, 0);
    add_variable(&f, ".data", "a", btf_array(&f.btf, second, 9), NULL, 8);
    add_variable(&f, ".data.s", "s", btf_array(&f.btf, type, UINT32_MAX), NULL, 8);
    open_object(&f);
    set_refused(&f, "a[8][0][0]", "7", "it lies outside of its variable");
    set_refused(&f, "a[1][0][0]", "7", "it lies outside of its variable");
    set_refused(&f, "a[0][0][2147483647]", "7", "it lies outside of its variable");
    set_refused(&f, "a[0][0][8]", "7", "it lies outside of its variable");
    set_refused(&f, "s[4294967294].m", "7", "it lies outside of its variable");
    assert_int_equal(skep_object_set_text(f.object, "a[0][0][7]", "7", &f.err), SKEP_OK);
    assert_int_equal(skep_object_variable(f.object, 0, &var), SKEP_OK);
    assert_memory_equal(var.data, "\0\0\0\0\0\0\0\7", 8);
    fix_free(&f);
}

/* ---- Work --------------------------------------------------------------------------- */

enum { LONG = 1 << 20, MANY = 20000 };

/* A text of LONG times the same character, for free(). */
static char *long_text(char c)
{
    char *text = malloc(LONG + 1);

    assert_non_null(text);
    memset(text, c, LONG);
    text[LONG] = 0;
    return text;
}

static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Where the last string of the types is. */
static uint32_t add_string(struct fix *f, const char *text)
{
    return (uint32_t)elf_put(&f->btf.strings, text, strlen(text) + 1);
}

/* All members have one name, a megabyte long, and so have the variables. */
static void test_set_beside_long_names(void **state)
{
    struct fix f = fix_new();
    char *text = long_text('a');
    uint32_t name = add_string(&f, text), type = btf_struct(&f.btf, "s", 8, MANY), var;
    double from;

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        btf_word(&f.btf, name);
        btf_word(&f.btf, f.u64);
        btf_word(&f.btf, 0);
    }
    var = btf_var(&f.btf, "v", type, SK_BTF_STATIC);
    elf_section(&f.elf, ".data", SHT_PROGBITS, WRITE, NULL, 8);
    btf_datasec(&f.btf, ".data", 1);
    btf_secvar(&f.btf, var, 0, 8);
    open_object(&f);
    from = seconds();
    set_refused(&f, "v.b", "1", "there is no such member");
    assert_true(seconds() - from < 0.2);
    free(text);
    fix_free(&f);
}

/* .BTF.ext with MANY records of one table: all of instruction 0, each of these four words. */
static void add_records(struct fix *f, int table, const uint32_t words[4])
{
    uint32_t section = elf_section(&f->elf, ".BTF.ext", SHT_PROGBITS, 0, NULL, 0);
    uint32_t name = add_string(f, "socket"), len = 12 + MANY * 16;
    uint32_t header[8] = { 0x0001eb9f, 32 };
    uint32_t head[3] = { 16, name, MANY };

    for (int i = 0; i < 3; i++) {
        header[2 + 2 * i] = i > table ? len : 0;
        header[3 + 2 * i] = i == table ? len : 0;
    }
    elf_add(&f->elf, section, header, sizeof(header));
    elf_add(&f->elf, section, head, sizeof(head));
    for (int i = 0; i < MANY; i++)
        elf_add(&f->elf, section, words, 16);
}

/* Access strings of a megabyte: "0" many times is no index. */
static void test_access_string_of_zeros(void **state)
{
    struct fix f = fix_new();
    char *text = long_text('0');
    uint32_t type = btf_struct(&f.btf, "s", 8, 1);
    uint32_t words[4] = { 0, type, 0, SK_CORE_FIELD_EXISTS };
    double from = seconds();

    (void)state;
    btf_member(&f.btf, "m", f.u64, 0);
    words[2] = add_string(&f, text);
    add_records(&f, 2, words);
    open_object(&f);
    assert_int_equal(load(&f), SKEP_E_SECTION);
    assert_non_null(strstr(f.err.message, "a number of the access string is too big"));
    assert_true(seconds() - from < 1);
    free(text);
    fix_free(&f);
}

/* Every line is the same one, of a megabyte of blanks. */
static void test_lines_of_blanks(void **state)
{
    struct fix f = fix_new();
    char *text = long_text(' ');
    uint32_t words[4] = { 0, 0, 0, 1 << 10 };
    uint32_t proto = btf_type(&f.btf, "", SK_BTF_FUNC_PROTO, 0, f.u64);
    double from = seconds();

    (void)state;
    btf_type(&f.btf, "main", SK_BTF_FUNC, SK_BTF_GLOBAL, proto);
    words[1] = add_string(&f, "file.c");
    words[2] = add_string(&f, text);
    add_records(&f, 1, words);
    open_object(&f);
    if (load(&f))
        fail_msg("%s", f.err.message);
    assert_true(seconds() - from < 1);
    free(text);
    fix_free(&f);
}

/* ---- References without relocations --------------------------------------------------- */

/* The number of a map in the file's code is one of another process, and no map of this
 * object's. */
static void test_maps_without_relocations(void **state)
{
    for (unsigned src = 1; src <= 6; src++) {
        const struct insn code[] = { LDDW(src, 1), EXIT };
        struct elf e = elf_new();
        uint32_t section =
            elf_section(&e, "socket", SHT_PROGBITS, CODE, code, sizeof(code));

        elf_symbol(&e, "main", STB_GLOBAL, STT_FUNC, section, 0, sizeof(code));
        if (src == 4) /* a function, which may have no symbol */
            elf_free(&e);
        else
            refused(&e, "section 'socket' (index 3)", "without a relocation");
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents_of_struct_ops),
        cmocka_unit_test(test_variables_of_arena),
        cmocka_unit_test(test_set_enum_without_size),
        cmocka_unit_test(test_set_element_far_away),
        cmocka_unit_test(test_set_beside_long_names),
        cmocka_unit_test(test_access_string_of_zeros),
        cmocka_unit_test(test_lines_of_blanks),
        cmocka_unit_test(test_maps_without_relocations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
