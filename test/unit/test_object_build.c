/* Programs built of objects: what is appended, and what calls and addresses become. */
#include "object_image.h"

static void close_both(struct sk_object *o, struct elf *e)
{
    sk_object_close(o);
    elf_free(e);
}

static void test_sample(void **state)
{
    static const struct insn expected[] = { CALL(3), LDDW(4, 2), EXIT, MOV(7), EXIT };
    struct elf e = sample();
    struct sk_object o;

    (void)state;
    opened(&o, &e);
    builds(&o, 0, expected, SK_LEN(expected));
    /* Once more: nothing of the first time is left. */
    builds(&o, 0, expected, SK_LEN(expected));
    close_both(&o, &e);
}

/* Static functions are named by their section, and the immediate says where in it. */
static void test_section_symbols(void **state)
{
    static const struct insn text[] = { MOV(1), EXIT, MOV(2), EXIT };
    static const struct insn code[] = { CALL(1), LDDW(0, 16), EXIT };
    static const struct insn expected[] = { CALL(3), LDDW(4, 2), EXIT, MOV(2), EXIT };
    struct elf e = elf_new();
    struct sk_object o;
    uint32_t section;

    (void)state;
    elf_section(&e, ".text", SHT_PROGBITS, CODE, text, sizeof(text));
    elf_section(&e, "tc", SHT_PROGBITS, CODE, code, sizeof(code));
    section = elf_symbol(&e, "", STB_LOCAL, STT_SECTION, TEXT, 0, 0);
    elf_symbol(&e, "first", STB_LOCAL, STT_FUNC, TEXT, 0, 16);
    elf_symbol(&e, "second", STB_LOCAL, STT_FUNC, TEXT, 16, 16);
    elf_symbol(&e, "main", STB_GLOBAL, STT_FUNC, XDP, 0, sizeof(code));
    elf_reloc(&e, XDP, 0, section, R_32);
    elf_reloc(&e, XDP, 8, section, R_64);
    opened(&o, &e);
    builds(&o, 0, expected, SK_LEN(expected));
    close_both(&o, &e);
}

/* .text  a: call b          xdp  main: call c
 *           exit                       call a
 *        b: call a                     exit
 *           exit
 *        c: call b        the order is main, c, b, a: each where it is first called
 *           exit
 *        d: exit          and what is not called is left out */
static void test_order(void **state)
{
    static const struct insn text[] = { CALL(1),  EXIT, CALL(-3), EXIT,
                                        CALL(-3), EXIT, EXIT };
    static const struct insn code[] = { CALL(-1), CALL(-1), EXIT };
    static const struct insn expected[] = {
        CALL(2),  CALL(5), EXIT, /* main */
        CALL(1),  EXIT,          /* c */
        CALL(1),  EXIT,          /* b */
        CALL(-3), EXIT,          /* a */
    };
    struct elf e = elf_new();
    struct sk_object o;
    uint32_t a, c;

    (void)state;
    elf_section(&e, ".text", SHT_PROGBITS, CODE, text, sizeof(text));
    elf_section(&e, "xdp", SHT_PROGBITS, CODE, code, sizeof(code));
    a = elf_symbol(&e, "a", STB_GLOBAL, STT_FUNC, TEXT, 0, 16);
    elf_symbol(&e, "b", STB_LOCAL, STT_FUNC, TEXT, 16, 16);
    c = elf_symbol(&e, "c", STB_GLOBAL, STT_FUNC, TEXT, 32, 16);
    elf_symbol(&e, "d", STB_GLOBAL, STT_FUNC, TEXT, 48, 8);
    elf_symbol(&e, "main", STB_GLOBAL, STT_FUNC, XDP, 0, sizeof(code));
    elf_reloc(&e, XDP, 8, a, R_32);
    elf_reloc(&e, XDP, 0, c, R_32);
    opened(&o, &e);
    builds(&o, 0, expected, SK_LEN(expected));
    close_both(&o, &e);
}

/* A static function beside the program in its section, which libbpf refuses. */
static void test_static_in_section_of_program(void **state)
{
    static const struct insn code[] = { MOV(3), EXIT, CALL(-3), EXIT };
    static const struct insn expected[] = { CALL(1), EXIT, MOV(3), EXIT };
    struct elf e = elf_new();
    struct sk_object o;

    (void)state;
    elf_section(&e, "xdp", SHT_PROGBITS, CODE, code, sizeof(code));
    elf_symbol(&e, "helps", STB_LOCAL, STT_FUNC, 3, 0, 16);
    elf_symbol(&e, "main", STB_GLOBAL, STT_FUNC, 3, 16, 16);
    opened(&o, &e);
    assert_int_equal(o.prog_count, 1);
    builds(&o, 0, expected, SK_LEN(expected));
    close_both(&o, &e);
}

/* A program that calls itself, and one that is called by another. */
static void test_programs_call_programs(void **state)
{
    static const struct insn code[] = { CALL(-1), EXIT, CALL(-3), EXIT };
    static const struct insn second[] = { CALL(1), EXIT, CALL(-1), EXIT };
    struct elf e = elf_new();
    struct sk_object o;

    (void)state;
    elf_section(&e, "xdp", SHT_PROGBITS, CODE, code, sizeof(code));
    elf_symbol(&e, "self", STB_GLOBAL, STT_FUNC, 3, 0, 16);
    elf_symbol(&e, "other", STB_GLOBAL, STT_FUNC, 3, 16, 16);
    opened(&o, &e);
    assert_int_equal(o.prog_count, 2);
    builds(&o, 0, code, 2);
    builds(&o, 1, second, 4);
    close_both(&o, &e);
}

/* 100,000 functions that each call the next one: no recursion, no time to speak of. */
static void test_deep(void **state)
{
    enum { DEPTH = 100000 };
    static const struct insn last[] = { MOV(0), EXIT };
    static const struct insn next[] = { CALL(1), EXIT };
    struct elf e = elf_new();
    struct sk_object o;
    struct sk_built built;
    uint32_t text = elf_section(&e, ".text", SHT_PROGBITS, CODE, NULL, 0);

    (void)state;
    for (uint32_t i = 0; i < DEPTH; i++) {
        elf_add(&e, text, i + 1 < DEPTH ? next : last, sizeof(next));
        elf_symbol(&e, "f", STB_LOCAL, STT_FUNC, text, 16 * (uint64_t)i, 16);
    }
    opened(&o, &e);
    assert_int_equal(o.prog_count, DEPTH);
    assert_int_equal(sk_object_build(&o, 0, &built, NULL), SKEP_OK);
    assert_int_equal(built.count, 2 * DEPTH);
    assert_int_equal(built.func_count, DEPTH);
    sk_built_fini(&built);
    assert_int_equal(sk_object_build(&o, DEPTH - 1, &built, NULL), SKEP_OK);
    assert_int_equal(built.count, 2);
    sk_built_fini(&built);
    close_both(&o, &e);
}

/* Allocation fails at call `left`. */
static void *scarce(void *ctx, void *ptr, size_t old, size_t new)
{
    uint32_t *left = ctx;
    struct sk_mem mem = sk_mem_default();

    if (new && !(*left)--) {
        *left = 0;
        return NULL;
    }
    return mem.fn(mem.ctx, ptr, old, new);
}

static void test_memory_runs_out(void **state)
{
    struct elf e = sample();
    enum skep_code code = SKEP_E_NO_MEMORY;
    uint32_t k;

    (void)state;
    elf_write(&e);
    for (k = 0; code && k < 1000; k++) {
        uint32_t left = k;
        struct sk_mem mem = { scarce, &left };
        struct sk_object o;
        struct sk_built built;

        code = sk_object_open(&o, &mem, e.file, e.file_len, NULL, NULL, NULL);
        if (!code) {
            code = sk_object_build(&o, 0, &built, NULL);
            if (!code)
                sk_built_fini(&built);
            sk_object_close(&o);
        }
        assert_true(!code || code == SKEP_E_NO_MEMORY);
    }
    assert_in_range(k, 8, 100);
    elf_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_section_symbols),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_static_in_section_of_program),
        cmocka_unit_test(test_programs_call_programs),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_memory_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
