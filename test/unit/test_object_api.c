/* Objects through the public interface: what is told of them, variables, programs that outlive
 * them and share their maps. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <skep_object.h>

#include "object_image.h"

/* Symbols of object(). */
enum { SYM_BUMP = 1, SYM_LIMIT_OF, SYM_SPOIL, SYM_VALUE, SYM_LIMIT };

/*  xdp  bump:     r1 = value ll; r0 = *(u32 *)(r1 + 0); r0 += 1; *(u32 *)(r1 + 0) = r0; exit
 *       limit_of: r1 = limit ll; r0 = *(u32 *)(r1 + 0); exit
 *  tc   spoil:    r1 = limit ll; *(u32 *)(r1 + 0) = 1; exit
 *
 *  .data value = 40, .rodata limit = 5 */
static struct elf object(void)
{
    static const struct insn xdp[] = {
        LDDW(0, 0), { 0x61, 0x10, 0, 0 }, { 0x07, 0x00, 0, 1 }, { 0x63, 0x01, 0, 0 },
        EXIT,       LDDW(0, 0),           { 0x61, 0x10, 0, 0 }, EXIT
    };
    static const struct insn tc[] = { LDDW(0, 0), { 0x62, 0x01, 0, 1 }, EXIT };
    static const uint32_t value = 40, limit = 5;
    struct elf e = elf_new();
    uint32_t code = elf_section(&e, "xdp", SHT_PROGBITS, CODE, xdp, sizeof(xdp));
    uint32_t more = elf_section(&e, "tc", SHT_PROGBITS, CODE, tc, sizeof(tc));
    uint32_t data = elf_section(&e, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, &value,
                                sizeof(value));
    uint32_t rodata =
        elf_section(&e, ".rodata", SHT_PROGBITS, SHF_ALLOC, &limit, sizeof(limit));
    uint32_t license = elf_section(&e, "license", SHT_PROGBITS, SHF_ALLOC, "GPL", 4);

    (void)license;
    elf_symbol(&e, "bump", STB_GLOBAL, STT_FUNC, code, 0, 48);
    elf_symbol(&e, "limit_of", STB_GLOBAL, STT_FUNC, code, 48, 32);
    elf_symbol(&e, "spoil", STB_GLOBAL, STT_FUNC, more, 0, sizeof(tc));
    elf_symbol(&e, "value", STB_GLOBAL, STT_OBJECT, data, 0, sizeof(value));
    elf_symbol(&e, "limit", STB_GLOBAL, STT_OBJECT, rodata, 0, sizeof(limit));
    elf_reloc(&e, code, 0, SYM_VALUE, R_64);
    elf_reloc(&e, code, 48, SYM_LIMIT, R_64);
    elf_reloc(&e, more, 0, SYM_LIMIT, R_64);
    elf_write(&e);
    return e;
}

struct bench {
    struct elf e;
    skep_vm *vm;
    skep_object *object;
    struct skep_err err;
};

static int set_up(void **state)
{
    static struct bench b;
    struct skep_object_opts opts = { .size = sizeof(opts), .name = "dir/sample.bpf.o" };

    memset(&b, 0, sizeof(b));
    b.e = object();
    assert_int_equal(skep_vm_new(NULL, &b.vm, &b.err), SKEP_OK);
    if (skep_object_open(b.vm, b.e.file, b.e.file_len, &opts, &b.object, &b.err))
        fail_msg("%s", b.err.message);
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    skep_object_free(b->object);
    skep_vm_free(b->vm);
    elf_free(&b->e);
    return 0;
}

static skep_prog *load(struct bench *b, const char *name)
{
    struct skep_load_opts opts = { .size = sizeof(opts), .engine = SKEP_ENGINE_AUTO };
    skep_prog *prog = NULL;
    uint32_t index = 0;

    assert_int_equal(skep_object_find_program(b->object, name, &index, &b->err), SKEP_OK);
    if (skep_object_load(b->object, index, &opts, &prog, &b->err))
        fail_msg("%s", b->err.message);
    return prog;
}

/* The program's result on the interpreter and on the engine that serves by default. */
static uint64_t run(struct bench *b, const skep_prog *prog, uint32_t flags)
{
    struct skep_run_opts opts = { .size = sizeof(opts), .flags = flags };
    struct skep_result res = { .size = sizeof(res) };

    if (skep_run(prog, &opts, &res, &b->err))
        fail_msg("%s", b->err.message);
    return res.r0;
}

/* ---- Looking -------------------------------------------------------------------------- */

static void test_info(void **state)
{
    struct bench *b = *state;
    struct skep_object_info info = { .size = sizeof(info) };
    struct skep_program_info prog = { .size = sizeof(prog) };
    struct skep_map_info map = { .size = sizeof(map) };
    struct skep_variable_info var = { .size = sizeof(var) };
    uint32_t index = 9;

    skep_object_info(b->object, &info);
    assert_string_equal(info.name, "sample");
    assert_string_equal(info.license, "GPL");
    assert_int_equal(info.programs, 3);
    assert_int_equal(info.maps, 2);
    assert_int_equal(info.variables, 2);
    assert_null(info.btf);
    assert_int_equal(skep_object_program(b->object, 2, &prog), SKEP_OK);
    assert_string_equal(prog.name, "spoil");
    assert_string_equal(prog.type, "sched_cls");
    assert_string_equal(prog.section, "tc");
    assert_int_equal(prog.slots, 4);
    assert_int_equal(skep_object_program(b->object, 3, &prog), SKEP_E_ARGUMENT);
    assert_int_equal(skep_object_find_map(b->object, ".rodata", &index, &b->err),
                     SKEP_OK);
    assert_int_equal(skep_object_map(b->object, index, &map), SKEP_OK);
    assert_string_equal(map.kernel_name, "sample.rodata");
    assert_string_equal(map.type, "array");
    assert_int_equal(map.id, index + 1);
    assert_int_equal(map.value_size, 4);
    assert_int_equal(skep_object_find_variable(b->object, "value", &index, &b->err),
                     SKEP_OK);
    assert_int_equal(skep_object_variable(b->object, index, &var), SKEP_OK);
    assert_string_equal(var.section, ".data");
    assert_int_equal(var.bytes, 4);
    assert_memory_equal(var.data, "\x28\0\0\0", 4);
    assert_int_equal(skep_object_find_variable(b->object, "none", &index, &b->err),
                     SKEP_E_NO_VARIABLE);
    assert_int_equal(skep_object_find_map(b->object, "none", &index, &b->err),
                     SKEP_E_NO_MAP);
    assert_int_equal(skep_object_find_program(b->object, "none", &index, &b->err),
                     SKEP_E_NO_FUNCTION);
}

static void test_choose(void **state)
{
    struct bench *b = *state;
    struct skep_load_opts tc = { .size = sizeof(tc), .section = "tc" };
    struct skep_load_opts wrong = { .size = sizeof(wrong), .section = "x" };
    uint32_t index = 9;

    assert_int_equal(skep_object_choose(b->object, NULL, &index, &b->err),
                     SKEP_E_PROGRAMS);
    assert_non_null(strstr(b->err.message, "3 programs, one must be named: bump, "
                                           "limit_of, spoil"));
    assert_int_equal(index, 9);
    assert_int_equal(skep_object_choose(b->object, &tc, &index, &b->err), SKEP_OK);
    assert_int_equal(index, 2);
    assert_int_equal(skep_object_choose(b->object, &wrong, &index, &b->err),
                     SKEP_E_NO_SECTION);
}

static void test_load_of_bytes(void **state)
{
    struct bench *b = *state;
    struct skep_load_opts opts = { .size = sizeof(opts), .name = "limit_of" };
    struct skep_prog_info info = { .size = sizeof(info) };
    skep_prog *prog;

    assert_int_equal(skep_load(b->vm, b->e.file, b->e.file_len, &opts, &prog, &b->err),
                     SKEP_OK);
    skep_prog_info(prog, &info);
    assert_string_equal(info.name, "limit_of");
    assert_string_equal(info.type_name, "xdp");
    assert_int_equal(info.type_number, 6);
    assert_string_equal(info.section, "xdp");
    assert_string_equal(info.license, "GPL");
    assert_int_equal(info.maps, 1);
    assert_int_equal(run(b, prog, 0), 5);
    skep_prog_free(prog);
}

/* ---- Variables ------------------------------------------------------------------------ */

static void test_set(void **state)
{
    struct bench *b = *state;
    uint32_t seven = 7, hundred = 100;
    skep_prog *limit_of, *bump;

    assert_int_equal(skep_object_set(b->object, "limit", &seven, 4, &b->err), SKEP_OK);
    assert_int_equal(skep_object_set(b->object, "limit", &seven, 3, &b->err),
                     SKEP_E_VARIABLE);
    limit_of = load(b, "limit_of");
    assert_int_equal(run(b, limit_of, 0), 7);
    /* a constant is one from then on; others may be set also for what is loaded */
    assert_int_equal(skep_object_set(b->object, "limit", &seven, 4, &b->err),
                     SKEP_E_VARIABLE);
    bump = load(b, "bump");
    assert_int_equal(run(b, bump, 0), 41);
    assert_int_equal(skep_object_set(b->object, "value", &hundred, 4, &b->err), SKEP_OK);
    assert_int_equal(run(b, bump, SKEP_RUN_INTERP), 101);
    skep_prog_free(bump);
    skep_prog_free(limit_of);
}

static void test_shared_maps(void **state)
{
    struct bench *b = *state;
    struct skep_variable_info var = { .size = sizeof(var) };
    skep_prog *one = load(b, "bump"), *two = load(b, "bump");
    uint32_t index = 0;

    assert_int_equal(run(b, one, 0), 41);
    assert_int_equal(run(b, two, SKEP_RUN_INTERP), 42);
    assert_int_equal(run(b, one, 0), 43);
    skep_object_find_variable(b->object, "value", &index, &b->err);
    assert_int_equal(skep_object_variable(b->object, index, &var), SKEP_OK);
    assert_memory_equal(var.data, "\x2b\0\0\0", 4); /* its value now */
    skep_prog_free(one);
    skep_prog_free(two);
}

static void test_constants_are_readonly(void **state)
{
    struct bench *b = *state;
    struct skep_result res = { .size = sizeof(res) };
    struct skep_run_opts interp = { .size = sizeof(interp), .flags = SKEP_RUN_INTERP };
    skep_prog *prog = load(b, "spoil");

    assert_int_equal(skep_run(prog, NULL, &res, &b->err), SKEP_E_ACCESS);
    assert_non_null(strstr(b->err.message, "sample.rodata is read-only"));
    assert_int_equal(skep_run(prog, &interp, &res, &b->err), SKEP_E_ACCESS);
    assert_int_equal(res.fault.pc, 2);
    skep_prog_free(prog);
}

/* ---- Lives ---------------------------------------------------------------------------- */

static void test_program_outlives_object(void **state)
{
    struct bench *b = *state;
    skep_prog *one = load(b, "bump"), *two = load(b, "bump");

    skep_object_free(b->object);
    b->object = NULL;
    assert_int_equal(run(b, one, 0), 41);
    skep_prog_free(one);
    assert_int_equal(run(b, two, 0), 42);
    skep_prog_free(two);
}

static void *free_prog(void *prog)
{
    skep_prog_free(prog);
    return NULL;
}

static void test_freed_by_threads(void **state)
{
    enum { PROGS = 8 };
    struct bench *b = *state;
    skep_prog *progs[PROGS];
    pthread_t threads[PROGS];

    for (int i = 0; i < PROGS; i++)
        progs[i] = load(b, "bump");
    skep_object_free(b->object);
    b->object = NULL;
    for (int i = 0; i < PROGS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, free_prog, progs[i]), 0);
    for (int i = 0; i < PROGS; i++)
        pthread_join(threads[i], NULL);
}

/* ---- Memory --------------------------------------------------------------------------- */

/* An allocator that fails at call number `at`, and counts what it gave. */
struct failing {
    uint64_t calls, at;
    int64_t live;
};

static void *fail_at(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct failing *f = ctx;
    void *block;

    if (!new_size) {
        f->live -= (int64_t)old_size;
        free(ptr);
        return NULL;
    }
    if (++f->calls == f->at)
        return NULL;
    block = realloc(ptr, new_size);
    f->live += (int64_t)new_size - (int64_t)(ptr ? old_size : 0);
    return block;
}

static void test_out_of_memory(void **state)
{
    struct bench *b = *state;
    struct failing f = { .at = 0 };
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .alloc = fail_at,
                                 .alloc_ctx = &f };
    struct skep_load_opts load_opts = { .size = sizeof(load_opts), .name = "bump" };
    enum skep_code code = SKEP_E_NO_MEMORY;
    int64_t before;
    skep_vm *vm;

    assert_int_equal(skep_vm_new(&opts, &vm, &b->err), SKEP_OK);
    before = f.live;
    for (uint64_t k = 1; code; k++) {
        skep_prog *prog = NULL;

        f.calls = 0;
        f.at = k;
        code = skep_load(vm, b->e.file, b->e.file_len, &load_opts, &prog, &b->err);
        if (code)
            assert_int_equal(code, SKEP_E_NO_MEMORY);
        else
            skep_prog_free(prog);
        assert_int_equal(f.live, before);
    }
    skep_vm_free(vm);
    assert_int_equal(f.live, 0);
}

/* ---- Files ---------------------------------------------------------------------------- */

static void test_file(void **state)
{
    struct bench *b = *state;
    struct skep_object_info info = { .size = sizeof(info) };
    char folder[] = "/tmp/skep-test-XXXXXX", path[64];
    skep_object *object = NULL;
    int fd;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/prog.bpf.o", folder);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b->e.file, b->e.file_len), (ssize_t)b->e.file_len);
    close(fd);
    assert_int_equal(skep_object_open_file(b->vm, path, NULL, &object, &b->err), SKEP_OK);
    skep_object_info(object, &info);
    assert_string_equal(info.name, "prog");
    skep_object_free(object);
    object = NULL;
    assert_int_equal(skep_object_open_file(b->vm, folder, NULL, &object, &b->err),
                     SKEP_E_FILE);
    assert_non_null(strstr(b->err.message, "neither a file nor a FIFO"));
    unlink(path);
    assert_int_equal(skep_object_open_file(b->vm, path, NULL, &object, &b->err),
                     SKEP_E_FILE);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(skep_object_open_file(b->vm, path, NULL, &object, &b->err),
                     SKEP_E_FILE);
    assert_non_null(strstr(b->err.message, "nobody writes to"));
    unlink(path);
    rmdir(folder);
    assert_null(object);
    assert_int_equal(skep_object_open_file(b->vm, "/dev/zero", NULL, &object, &b->err),
                     SKEP_E_FILE);
}

static void test_arguments(void **state)
{
    struct bench *b = *state;
    struct skep_object_opts odd = { .size = 3 };
    skep_object *object = NULL;
    skep_prog *prog = NULL;

    assert_int_equal(skep_object_open(NULL, "", 0, NULL, &object, &b->err),
                     SKEP_E_ARGUMENT);
    assert_int_equal(skep_object_open(b->vm, "", 0, &odd, &object, &b->err),
                     SKEP_E_STRUCT_SIZE);
    assert_int_not_equal(skep_object_open(b->vm, "", 0, NULL, &object, &b->err), SKEP_OK);
    assert_int_equal(skep_object_load(b->object, 3, NULL, &prog, &b->err),
                     SKEP_E_ARGUMENT);
    assert_null(object);
    assert_null(prog);
    skep_object_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_info, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_choose, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_load_of_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shared_maps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_constants_are_readonly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_program_outlives_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_freed_by_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_arguments, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
