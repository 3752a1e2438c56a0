/* Objects opened: which functions and programs they have. */
#include "load/section.h"
#include "object_image.h"

static void close_both(struct sk_object *o, struct elf *e)
{
    sk_object_close(o);
    elf_free(e);
}

static void test_sample(void **state)
{
    struct elf e = sample();
    struct sk_object o;

    (void)state;
    elf_section(&e, "license", SHT_PROGBITS, SHF_ALLOC, "GPL", 4);
    elf_section(&e, "version", SHT_PROGBITS, SHF_ALLOC, "\1\2\3", 4);
    opened(&o, &e);
    assert_string_equal(o.name, "some");
    assert_string_equal(o.license, "GPL");
    assert_int_equal(o.version, 0x030201);
    assert_int_equal(o.func_count, 2);
    assert_string_equal(o.funcs[0].name, "leaf");
    assert_int_equal(o.funcs[0].is_program, 0);
    assert_int_equal(o.funcs[0].is_global, 0);
    assert_int_equal(o.funcs[0].section, TEXT);
    assert_int_equal(o.funcs[0].count, 2);
    assert_string_equal(o.funcs[1].name, "main");
    assert_int_equal(o.funcs[1].is_program, 1);
    assert_int_equal(o.funcs[1].count, 4);
    assert_int_equal(o.prog_count, 1);
    assert_int_equal(o.progs[0].func, 1);
    assert_int_equal(o.progs[0].type, SK_TYPE_XDP);
    assert_int_equal(o.progs[0].attach_type, SK_ATTACH_XDP);
    assert_string_equal(o.progs[0].section, "xdp");
    assert_string_equal(o.progs[0].target, "");
    close_both(&o, &e);
}

/* Sections, and what is found of the program in it. */
struct named {
    const char *section;
    uint32_t type, attach, flags;
    const char *shown, *target;
};

static void test_names_of_sections(void **state)
{
    static const struct named rows[] = {
        { "kprobe/do_unlinkat", SK_TYPE_KPROBE, 0, 0, "kprobe/do_unlinkat",
          "do_unlinkat" },
        { "kprobe", SK_TYPE_KPROBE, 0, 0, "kprobe", "" },
        { "tp/a/b", SK_TYPE_TRACEPOINT, 0, 0, "tp/a/b", "a/b" },
        { "?xdp.frags", SK_TYPE_XDP, SK_ATTACH_XDP, SK_PROG_OPTIONAL | SK_PROG_FRAGS,
          "xdp.frags", "" },
        { "lsm.s/file_open", SK_TYPE_LSM, SK_ATTACH_LSM_MAC, SK_PROG_SLEEPABLE,
          "lsm.s/file_open", "file_open" },
        { "xdp/other", 0, 0, 0, "xdp/other", "" },
        { "kprobes", 0, 0, 0, "kprobes", "" },
        { ".text", 0, 0, 0, ".text", "" },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(rows); i++) {
        struct elf e = elf_new();
        struct insn code[] = { EXIT };
        struct sk_object o;

        elf_section(&e, rows[i].section, SHT_PROGBITS, CODE, code, sizeof(code));
        elf_symbol(&e, "main", STB_GLOBAL, STT_FUNC, 3, 0, sizeof(code));
        opened(&o, &e);
        assert_int_equal(o.prog_count, 1);
        assert_int_equal(o.progs[0].type, rows[i].type);
        assert_int_equal(o.progs[0].attach_type, rows[i].attach);
        assert_int_equal(o.progs[0].flags, rows[i].flags);
        assert_string_equal(o.progs[0].section, rows[i].shown);
        assert_string_equal(o.progs[0].target, rows[i].target);
        close_both(&o, &e);
    }
}

/* Which of the functions f (bind, section) become programs. */
struct chosen {
    int text_bind[2], xdp_bind[2]; /* -1: there is none */
    const char *programs;          /* letters: a and b in .text, c and d in xdp */
};

static void test_programs_are_chosen(void **state)
{
    static const struct chosen rows[] = {
        { { STB_GLOBAL, STB_LOCAL }, { STB_GLOBAL, STB_LOCAL }, "c" },
        { { STB_GLOBAL, STB_LOCAL }, { STB_WEAK, STB_GLOBAL }, "cd" },
        { { STB_GLOBAL, STB_LOCAL }, { STB_LOCAL, STB_LOCAL }, "a" },
        { { STB_LOCAL, STB_LOCAL }, { STB_LOCAL, STB_LOCAL }, "cd" },
        { { STB_GLOBAL, STB_GLOBAL }, { -1, -1 }, "ab" },
        { { STB_LOCAL, STB_LOCAL }, { -1, -1 }, "ab" },
        { { STB_LOCAL, STB_GLOBAL }, { -1, -1 }, "b" },
        { { -1, -1 }, { -1, -1 }, "" },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(rows); i++) {
        static const struct insn code[] = { EXIT, EXIT };
        static const char *const names[] = { "a", "b", "c", "d" };
        struct elf e = elf_new();
        struct sk_object o;
        char found[5] = "";

        elf_section(&e, ".text", SHT_PROGBITS, CODE, code,
                    rows[i].text_bind[0] < 0 ? 0 : sizeof(code));
        elf_section(&e, "xdp", SHT_PROGBITS, CODE, code,
                    rows[i].xdp_bind[0] < 0 ? 0 : sizeof(code));
        for (uint32_t k = 0; k < 4; k++) {
            int bind = k < 2 ? rows[i].text_bind[k] : rows[i].xdp_bind[k - 2];

            if (bind >= 0)
                elf_symbol(&e, names[k], bind, STT_FUNC, k < 2 ? TEXT : XDP, k % 2 * 8,
                           8);
        }
        opened(&o, &e);
        for (uint32_t k = 0; k < o.prog_count; k++)
            strcat(found, o.funcs[o.progs[k].func].name);
        assert_string_equal(found, rows[i].programs);
        close_both(&o, &e);
    }
}

/* Without a symbol table: code alone is taken, what needs symbols is not. */
static void test_stripped(void **state)
{
    static const struct {
        const char *name;
        uint32_t type;
        uint64_t flags;
        const char *where; /* NULL: taken */
    } rows[] = {
        { "license", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, NULL },
        { ".comment", SHT_PROGBITS, SHF_MERGE, NULL },
        { ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "section '.data' (index 4)" },
        { ".rodata.str", SHT_PROGBITS, SHF_ALLOC, "section '.rodata.str' (index 4)" },
        { ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, "section '.bss' (index 4)" },
        { ".maps", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "section '.maps' (index 4)" },
        { "maps", SHT_PROGBITS, 0, "section 'maps' (index 4)" },
        { ".BTF.ext", SHT_PROGBITS, 0, "section '.BTF.ext' (index 4)" },
    };
    /* BTF without types, which for the others are bytes like any */
    static const uint8_t bytes[] = { 0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0,
                                     0,    0,    0, 0, 0,  0, 0, 1, 0, 0, 0, 0 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(rows); i++) {
        static const struct insn code[] = { MOV(1), EXIT };
        const void *content =
            strcmp(rows[i].name, "license") ? (const void *)bytes : "GPL";
        size_t len = content == bytes ? sizeof(bytes) : 4;
        struct elf e = elf_new();
        struct sk_object o;

        elf_section(&e, "xdp", SHT_PROGBITS, CODE, code, sizeof(code));
        elf_section(&e, rows[i].name, rows[i].type, rows[i].flags, content, len);
        e.parts[ELF_SYMTAB].header.sh_type = SHT_PROGBITS;
        if (rows[i].where) {
            refused(&e, rows[i].where,
                    "there is no symbol table: the object was stripped");
            continue;
        }
        opened(&o, &e);
        assert_int_equal(o.prog_count, 1);
        assert_string_equal(o.funcs[0].name, "xdp");
        close_both(&o, &e);
    }
}

static void test_functions_without_sizes(void **state)
{
    struct elf e = sample();
    struct sk_object o;

    (void)state;
    symbol_of(&e, SYM_LEAF)->st_size = 0;
    symbol_of(&e, SYM_MAIN)->st_size = 0;
    elf_symbol(&e, "behind", STB_LOCAL, STT_FUNC, XDP, 24, 0);
    opened(&o, &e);
    assert_int_equal(o.func_count, 3);
    assert_int_equal(o.funcs[0].count, 2);
    assert_int_equal(o.funcs[1].count, 3);
    assert_int_equal(o.funcs[2].count, 1);
    close_both(&o, &e);
}

/* Two names of one function. */
static void test_alias(void **state)
{
    struct elf e = sample();
    struct sk_object o;

    (void)state;
    elf_symbol(&e, "alias", STB_GLOBAL, STT_FUNC, XDP, 0, 32);
    elf_symbol(&e, "unsized", STB_GLOBAL, STT_FUNC, XDP, 0, 0);
    opened(&o, &e);
    assert_int_equal(o.func_count, 4);
    assert_int_equal(o.prog_count, 3);
    for (uint32_t i = 1; i < 4; i++)
        assert_int_equal(o.funcs[i].count, 4);
    close_both(&o, &e);
}

/* Code that no symbol is of, as assemblers write it. */
static void test_code_without_functions(void **state)
{
    static const struct insn code[] = { CALL(1), EXIT, MOV(1), EXIT };
    struct elf e = elf_new();
    struct sk_object o;

    (void)state;
    elf_section(&e, "socket", SHT_PROGBITS, CODE, code, sizeof(code));
    opened(&o, &e);
    assert_int_equal(o.prog_count, 1);
    assert_string_equal(o.funcs[0].name, "socket");
    assert_int_equal(o.progs[0].type, SK_TYPE_SOCKET_FILTER);
    builds(&o, 0, code, SK_LEN(code));
    close_both(&o, &e);
}

static void test_hidden_functions(void **state)
{
    struct elf e = sample();
    struct sk_object o;

    (void)state;
    symbol_of(&e, SYM_MAIN)->st_other = STV_HIDDEN;
    opened(&o, &e);
    assert_int_equal(o.funcs[1].is_global, 1);
    assert_int_equal(o.funcs[1].is_hidden, 1);
    assert_int_equal(o.funcs[0].is_hidden, 0);
    assert_int_equal(o.prog_count, 1);
    close_both(&o, &e);
}

/* Static functions of different sections may have the same name. */
static void test_same_static_names(void **state)
{
    struct elf e = sample();
    struct sk_object o;

    (void)state;
    symbol_of(&e, SYM_MAIN)->st_size = 24;
    symbol_of(&e, elf_symbol(&e, "leaf", STB_LOCAL, STT_FUNC, XDP, 24, 8));
    opened(&o, &e);
    assert_int_equal(o.func_count, 3);
    close_both(&o, &e);
}

static void test_names_of_objects(void **state)
{
    static const char *const rows[][2] = {
        { "prog.bpf.o", "prog" }, { "/a.b/c.o", "c" }, { "plain", "plain" }, { "x/", "" },
        { ".hidden", "" },
    };
    struct elf e = sample();
    struct sk_mem mem = sk_mem_default();

    (void)state;
    elf_write(&e);
    for (size_t i = 0; i < SK_LEN(rows); i++) {
        struct sk_object o;

        assert_int_equal(
            sk_object_open(&o, &mem, e.file, e.file_len, rows[i][0], NULL, NULL),
            SKEP_OK);
        assert_string_equal(o.name, rows[i][1]);
        sk_object_close(&o);
    }
    elf_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_names_of_sections),
        cmocka_unit_test(test_programs_are_chosen),
        cmocka_unit_test(test_stripped),
        cmocka_unit_test(test_functions_without_sizes),
        cmocka_unit_test(test_alias),
        cmocka_unit_test(test_code_without_functions),
        cmocka_unit_test(test_hidden_functions),
        cmocka_unit_test(test_same_static_names),
        cmocka_unit_test(test_names_of_objects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
