/* Objects that are damaged or made to harm: each is refused, and the message says where
 * and why. The numbers L1 to L24 are kinds of bugs that loaders had. */
#include "object_image.h"

#include <time.h>

static const char header[] = "ELF header";
static const char strtab[] = "section '?' (index 1)"; /* its name is in itself */
static const char symtab[] = "section '.symtab' (index 2)";
static const char text[] = "section '.text' (index 3)";
static const char xdp[] = "section 'xdp' (index 4)";
static const char rel_xdp[] = "section '.relxdp' (index 5)";

/* ---- Files and headers ------------------------------------------------------------ */

static void test_every_truncation(void **state)
{
    struct elf e = sample();
    struct sk_mem mem = sk_mem_default();

    (void)state;
    elf_write(&e);
    for (size_t len = 0; len < e.file_len; len++) {
        uint8_t *part = malloc(len ? len : 1);
        struct skep_err err = { 0 };
        struct sk_object o;

        memcpy(part, e.file, len);
        assert_int_not_equal(sk_object_open(&o, &mem, part, len, NULL, NULL, &err), 0);
        assert_string_not_equal(err.message, "");
        free(part);
    }
    elf_free(&e);
}

static void test_big_endian(void **state)
{
    struct elf e = sample();

    (void)state;
    e.header.e_ident[EI_DATA] = ELFDATA2MSB;
    refused(&e, header, "big-endian objects are not supported");
}

/* L17, L21 */
static void test_section_headers(void **state)
{
    struct elf e = sample();

    (void)state;
    e.header.e_shentsize = 63;
    refused(&e, header, "e_shentsize is 63, 64");
    e = sample();
    e.header.e_shstrndx = 99;
    refused(&e, header, "e_shstrndx is 99");
}

/* Another count of section headers than there are. */
static void test_section_count(void **state)
{
    struct elf e = sample();
    struct sk_mem mem = sk_mem_default();
    struct skep_err err = { 0 };
    struct sk_object o;

    (void)state;
    elf_write(&e);
    ((Elf64_Ehdr *)(void *)e.file)->e_shnum = 0xffff;
    assert_int_not_equal(sk_object_open(&o, &mem, e.file, e.file_len, NULL, NULL, &err),
                         0);
    assert_non_null(strstr(err.message, "there are 65535 section headers"));
    elf_free(&e);
}

/* L19 */
static void test_sections_in_the_file(void **state)
{
    struct elf e = sample();

    (void)state;
    e.parts[XDP].header.sh_size = 1 << 20;
    refused(&e, xdp, "do not lie in the file");
    e = sample();
    e.parts[XDP].header.sh_offset = UINT64_MAX - 7;
    refused(&e, xdp, "do not lie in the file");
    e = sample();
    e.parts[XDP].header.sh_offset = 8;
    refused(&e, xdp, "sh_offset is 8, inside the ELF header");
}

/* L3, L19 */
static void test_sizes_of_entries(void **state)
{
    struct elf e = sample();

    (void)state;
    e.parts[ELF_SYMTAB].header.sh_entsize = 0;
    refused(&e, symtab, "sh_entsize is 0, 24 was expected");
    e = sample();
    e.parts[REL_XDP].header.sh_entsize = 0;
    refused(&e, rel_xdp, "sh_entsize is 0, 16 was expected");
    e = sample();
    e.parts[REL_XDP].header.sh_size = 24;
    refused(&e, rel_xdp, "sh_size is 24, a multiple of 16 was expected");
}

static void test_string_table(void **state)
{
    struct elf e = sample();

    (void)state;
    elf_put(&e.parts[ELF_STRTAB].bytes, "x", 1);
    refused(&e, strtab, "does not end with a NUL");
}

/* ---- Code ------------------------------------------------------------------------- */

static void test_sizes_of_code(void **state)
{
    struct elf e = sample();

    (void)state;
    e.parts[XDP].header.sh_size = 28;
    refused(&e, xdp, "it has 28 bytes, whole instructions of 8 were expected");
    e = sample();
    e.parts[XDP].header.sh_flags |= SHF_WRITE;
    refused(&e, xdp, "it holds code, but is writable");
    e = sample();
    e.parts[XDP].header.sh_flags |= SHF_COMPRESSED;
    refused(&e, xdp, "compressed code is not supported");
    e = sample();
    e.parts[XDP].header.sh_type = SHT_NOBITS;
    refused(&e, xdp, "its type is 8, 1 (program data) was expected of code");
}

/* The same bytes many times over would make programs greater than the file. */
static void test_code_overlaps(void **state)
{
    struct elf e = elf_new();
    uint32_t first = elf_section(&e, "a", SHT_PROGBITS, CODE, NULL, 1 << 16);

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t other = elf_section(&e, "b", SHT_PROGBITS, CODE, NULL, 0);

        e.parts[other].header.sh_offset = sizeof(Elf64_Ehdr);
        e.parts[other].header.sh_size = 1 << 16;
    }
    e.parts[first].header.sh_offset = sizeof(Elf64_Ehdr);
    refused(&e, "section 'b' (index 4)", "more bytes than the file");
}

static void test_name_of_code(void **state)
{
    struct elf e = elf_new();
    char name[5000];

    (void)state;
    memset(name, 'n', sizeof(name));
    name[0] = '\n';
    name[1] = 27;
    name[sizeof(name) - 1] = 0;
    elf_section(&e, name, SHT_PROGBITS, CODE, NULL, 8);
    refused(&e,
            "section '\\x0a\\x1bnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...' "
            "(index 3)",
            "its name is longer than 511 bytes");
}

static void test_wide_at_the_end(void **state)
{
    struct elf e = sample();

    (void)state;
    code_of(&e, XDP)[3].opcode = 0x18;
    refused(&e, xdp, "slot 3 of function 'main': a wide instruction (lddw) has one slot");
}

static void test_no_code(void **state)
{
    struct elf e = elf_new();
    struct sk_object o;

    (void)state;
    elf_section(&e, ".text", SHT_PROGBITS, CODE, NULL, 0);
    opened(&o, &e);
    assert_int_equal(o.func_count, 0);
    assert_int_equal(o.prog_count, 0);
    sk_object_close(&o);
    elf_free(&e);
}

/* ---- License, version, types ------------------------------------------------------ */

static void test_license(void **state)
{
    struct elf e = sample();
    const char *where = "section 'license' (index 6)";
    const char *why = "the license is no text that ends with a NUL byte within 128 bytes";

    (void)state;
    elf_section(&e, "license", SHT_PROGBITS, SHF_ALLOC, "GPL", 3);
    refused(&e, where, why);
    e = sample();
    elf_section(&e, "license", SHT_PROGBITS, SHF_ALLOC, "", 0);
    refused(&e, where, why);
    e = sample();
    elf_section(&e, "license", SHT_NOBITS, SHF_ALLOC, NULL, 4);
    refused(&e, where, why);
    e = sample();
    {
        uint32_t at = elf_section(&e, "license", SHT_PROGBITS, SHF_ALLOC, NULL, 1 << 20);

        memset(e.parts[at].bytes.data, 'L', (1 << 20) - 1);
        refused(&e, where, why);
    }
    e = sample();
    elf_section(&e, "license", SHT_PROGBITS, SHF_ALLOC, "GPL", 4);
    elf_section(&e, "license", SHT_PROGBITS, SHF_ALLOC, "BSD", 4);
    refused(&e, "section 'license' (index 7)", "it is a second section of that name");
}

static void test_version(void **state)
{
    struct elf e = sample();

    (void)state;
    elf_section(&e, "version", SHT_PROGBITS, SHF_ALLOC, NULL, 8);
    refused(&e, "section 'version' (index 6)",
            "the version has 8 bytes, 4 were expected");
}

static void test_types_without_bytes(void **state)
{
    struct elf e = sample();

    (void)state;
    elf_section(&e, ".BTF", SHT_NOBITS, 0, NULL, 64);
    refused(&e, "section '.BTF' (index 6)", "it holds no bytes, types were expected");
    e = sample();
    elf_section(&e, ".BTF", SHT_PROGBITS, 0, "\x9f\xeb", 2);
    refused(&e, "section '.BTF' (index 6)", "");
}

/* ---- Symbols ---------------------------------------------------------------------- */

/* L1, L14 */
static void test_values_of_functions(void **state)
{
    static const uint64_t values[] = { 4, 32, 1 << 20, UINT64_MAX - 7, 1ull << 63 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(values); i++) {
        struct elf e = sample();

        symbol_of(&e, SYM_MAIN)->st_value = values[i];
        refused(&e, symtab, "a multiple of 8 below 0x20 was expected");
    }
}

/* L18 */
static void test_sizes_of_functions(void **state)
{
    static const uint64_t sizes[] = { 4, 40, UINT64_MAX - 7 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(sizes); i++) {
        struct elf e = sample();

        symbol_of(&e, SYM_MAIN)->st_size = sizes[i];
        refused(&e, symtab, "a multiple of 8 up to 0x20 was expected");
    }
}

static void test_sections_of_functions(void **state)
{
    struct elf e = sample();

    (void)state;
    symbol_of(&e, SYM_MAIN)->st_shndx = 99;
    refused(&e, symtab, "symbol 3 is in section 99, an index below 6 was expected");
    e = sample();
    symbol_of(&e, SYM_MAIN)->st_shndx = ELF_STRTAB;
    refused(&e, symtab, "function 'main' is in section 1, which holds no code");
    e = sample();
    symbol_of(&e, SYM_MAIN)->st_shndx = SHN_ABS;
    refused(&e, symtab, "function 'main' is in no section");
    e = sample();
    symbol_of(&e, SYM_MAIN)->st_shndx = SHN_COMMON;
    refused(&e, symtab, "function 'main' is in no section");
}

/* L20 */
static void test_names_of_symbols(void **state)
{
    struct elf e = sample();

    (void)state;
    symbol_of(&e, SYM_MAIN)->st_name = 1 << 20;
    refused(&e, symtab, "the name of symbol 3 lies outside of the string table");
}

static void test_long_name(void **state)
{
    struct elf e = sample();
    char name[600];

    (void)state;
    memset(name, 'f', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    symbol_of(&e, SYM_MAIN)->st_name = elf_string(&e, name);
    refused(&e, symtab, "(symbol 3) has a name longer than 511 bytes");
}

static void test_functions_overlap(void **state)
{
    struct elf e = sample();

    (void)state;
    elf_symbol(&e, "inside", STB_LOCAL, STT_FUNC, XDP, 24, 8);
    refused(&e, xdp,
            "functions 'main' (slots 0 to 3) and 'inside' (from slot 3 on) overlap");
    e = sample();
    elf_symbol(&e, "shorter", STB_LOCAL, STT_FUNC, XDP, 0, 8);
    refused(&e, xdp, "functions 'main' (slots 0 to 3) and 'shorter' (from slot 0 on)");
}

/* L15 */
static void test_names_twice(void **state)
{
    struct elf e = sample();

    (void)state;
    symbol_of(&e, SYM_MAIN)->st_size = 24;
    elf_symbol(&e, "main", STB_GLOBAL, STT_FUNC, XDP, 24, 8);
    refused(&e, xdp, "global function 'main' is in the object twice (symbols 3 and 4)");
}

static void test_two_symbol_tables(void **state)
{
    struct elf e = sample();
    uint32_t second = elf_section(&e, ".symtab", SHT_SYMTAB, 0, NULL, sizeof(Elf64_Sym));

    (void)state;
    e.parts[second].header.sh_entsize = sizeof(Elf64_Sym);
    e.parts[second].header.sh_link = ELF_STRTAB;
    refused(&e, "section '.symtab' (index 6)", "it is a second symbol table");
}

/* L7 */
static void test_no_symbol_table(void **state)
{
    struct elf e = sample();

    (void)state;
    e.parts[ELF_SYMTAB].header.sh_type = SHT_PROGBITS;
    refused(&e, rel_xdp, "its symbols are in section 2, the symbol table (index 0)");
}

/* ---- Relocations ------------------------------------------------------------------ */

/* L24: the end itself is outside. */
static void test_offsets_of_relocations(void **state)
{
    static const uint64_t offsets[] = { 4, 32, 1 << 20, UINT64_MAX - 7, 1ull << 35 };

    (void)state;
    for (size_t i = 0; i < SK_LEN(offsets); i++) {
        struct elf e = sample();

        reloc_of(&e, REL_XDP, 1)->r_offset = offsets[i];
        refused(&e, rel_xdp, "a multiple of 8 below 0x20 was expected");
    }
}

static void test_relocation_of_second_slot(void **state)
{
    struct elf e = sample();

    (void)state;
    reloc_of(&e, REL_XDP, 1)->r_offset = 16;
    refused(&e, xdp,
            "slot 1 of function 'main': a relocation is of the second slot of the wide "
            "instruction (lddw) here");
}

static void test_relocation_of_other_instructions(void **state)
{
    struct elf e = sample();

    (void)state;
    reloc_of(&e, REL_XDP, 1)->r_offset = 24;
    refused(&e, xdp, "slot 3 of function 'main': it has a relocation, but opcode 0x95");
    e = sample();
    code_of(&e, XDP)[0].regs = 0;
    refused(&e, xdp, "slot 0 of function 'main': it calls 'leaf' with src 0");
}

static void test_types_of_relocations(void **state)
{
    static const uint32_t types[] = { 0, 2, 3, 4, 5, 11, UINT32_MAX };
    struct elf e;

    (void)state;
    for (size_t i = 0; i < SK_LEN(types); i++) {
        e = sample();
        reloc_of(&e, REL_XDP, 0)->r_info = ELF64_R_INFO(SYM_LEAF, types[i]);
        refused(&e, rel_xdp, "1 (R_BPF_64_64) or 10 (R_BPF_64_32) was expected of code");
    }
    e = sample();
    reloc_of(&e, REL_XDP, 0)->r_info = ELF64_R_INFO((uint64_t)SYM_LEAF, R_64);
    refused(&e, xdp, "it has opcode 0x85 and a relocation of type 1, 10 was expected");
    e = sample();
    reloc_of(&e, REL_XDP, 1)->r_info = ELF64_R_INFO((uint64_t)SYM_LEAF, R_32);
    refused(&e, xdp, "it has opcode 0x18 and a relocation of type 10, 1 was expected");
}

static void test_symbols_of_relocations(void **state)
{
    struct elf e = sample();

    (void)state;
    reloc_of(&e, REL_XDP, 0)->r_info = ELF64_R_INFO(4ull, R_32);
    refused(&e, rel_xdp, "relocation 0 names symbol 4, an index below 4 was expected");
    e = sample();
    reloc_of(&e, REL_XDP, 0)->r_info = ELF64_R_INFO(0ull, R_32);
    refused(&e, xdp,
            "slot 0 of function 'main': it refers to '' (symbol 0), which is in "
            "no section");
    e = sample();
    symbol_of(&e, SYM_LEAF)->st_shndx = SHN_COMMON;
    symbol_of(&e, SYM_LEAF)->st_info = STT_OBJECT;
    refused(&e, xdp, "it refers to 'leaf' (symbol 2), which is in no section (0xfff2)");
    e = sample();
    symbol_of(&e, SYM_LEAF)->st_shndx = ELF_STRTAB;
    symbol_of(&e, SYM_LEAF)->st_info = STT_OBJECT;
    refused(&e, xdp, "it calls 'leaf', which is no code");
    e = sample();
    symbol_of(&e, SYM_TEXT)->st_shndx = ELF_STRTAB;
    refused(&e, xdp, "it refers to '.strtab' (symbol 1), which is no map, global data");
}

static void test_undefined_function(void **state)
{
    struct elf e = sample();
    struct skep_err err = { 0 };
    struct sk_built built;
    struct sk_object o;

    (void)state;
    symbol_of(&e, SYM_LEAF)->st_shndx = SHN_UNDEF;
    symbol_of(&e, SYM_LEAF)->st_info = STB_GLOBAL << 4 | STT_NOTYPE;
    opened(&o, &e);
    assert_int_not_equal(sk_object_build(&o, 0, &built, &err), 0);
    assert_non_null(strstr(err.message, "extern 'leaf'"));
    sk_object_close(&o);
    elf_free(&e);
}

/* Calls and addresses of what is no function. */
static void test_targets(void **state)
{
    struct elf e = sample();

    (void)state;
    code_of(&e, XDP)[0].imm = 0;
    refused(&e, xdp,
            "it refers to offset 8 of section '.text', where no function begins");
    e = sample();
    code_of(&e, XDP)[0].imm = INT32_MIN;
    refused(&e, xdp, "it refers to offset -17179869176 of section '.text'");
    e = sample();
    code_of(&e, XDP)[0].imm = INT32_MAX;
    refused(&e, xdp, "it refers to offset 17179869184 of section '.text'");
    e = sample();
    code_of(&e, XDP)[1].imm = 4;
    refused(&e, xdp,
            "it refers to offset 4 of section '.text', where no function begins");
    e = sample();
    code_of(&e, XDP)[1].imm = -8;
    refused(&e, xdp, "it refers to offset -8 of section '.text'");
    e = sample();
    symbol_of(&e, SYM_TEXT)->st_value = UINT64_MAX - 7;
    refused(&e, xdp, "it refers to offset -1 of section '.text'");
    e = sample();
    code_of(&e, TEXT)[0] = (struct insn)CALL(7);
    refused(&e, text, "it refers to offset 64 of section '.text'");
}

static void test_relocations_with_addends(void **state)
{
    struct elf e = sample();
    uint32_t at = elf_section(&e, ".rela", SHT_RELA, 0, NULL, sizeof(Elf64_Rela));

    (void)state;
    e.parts[at].header.sh_entsize = sizeof(Elf64_Rela);
    e.parts[at].header.sh_link = ELF_SYMTAB;
    e.parts[at].header.sh_info = XDP;
    refused(&e, "section '.rela' (index 6)", "SHT_REL was expected");
}

static void test_relocated_section(void **state)
{
    struct elf e = sample();

    (void)state;
    e.parts[REL_XDP].header.sh_info = 99;
    refused(&e, rel_xdp, "it relocates section 99, an index below 6 was expected");
    e = sample();
    e.parts[REL_XDP].header.sh_link = ELF_STRTAB;
    refused(&e, rel_xdp, "its symbols are in section 1, the symbol table (index 2)");
}

/* L8, L9 */
static void test_relocations_of_nothing(void **state)
{
    struct elf e = elf_new();
    struct sk_object o;
    uint32_t bss = elf_section(&e, ".debug", SHT_NOBITS, 0, NULL, 64);

    (void)state;
    elf_reloc(&e, bss, 1 << 20, 77, 99);
    opened(&o, &e);
    assert_int_equal(o.prog_count, 0);
    sk_object_close(&o);
    elf_free(&e);
}

/* ---- Much of it ------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_million_relocations_of_one_instruction(void **state)
{
    struct elf e = sample();
    Elf64_Rel rel = { 0, ELF64_R_INFO((uint64_t)SYM_LEAF, R_32) };

    (void)state;
    for (int i = 0; i < 1000000; i++)
        elf_add(&e, REL_XDP, &rel, sizeof(rel));
    refused(&e, rel_xdp, "one of each instruction was expected");
}

/* Sections of relocations that share their bytes. */
static void test_relocations_overlap(void **state)
{
    struct elf e = sample();

    (void)state;
    e.parts[REL_XDP].header.sh_offset = sizeof(Elf64_Ehdr);
    e.parts[REL_XDP].header.sh_size = 16 * 64;
    for (int i = 0; i < 8; i++) {
        uint32_t at = elf_section(&e, ".rel", SHT_REL, 0, NULL, 0);

        e.parts[at].header = e.parts[REL_XDP].header;
    }
    refused(&e, "section '.relxdp' (index 6)", "have more bytes than the file");
}

/* In reverse order, and many to a section: sorting takes n log n. */
static void test_many_functions(void **state)
{
    enum { COUNT = 100000 };
    static const struct insn code[] = { EXIT };
    struct elf e = elf_new();
    struct sk_object o;
    uint32_t xdp_section = elf_section(&e, "xdp", SHT_PROGBITS, CODE, NULL, 0);
    double from;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        elf_add(&e, xdp_section, code, sizeof(code));
    for (uint32_t i = COUNT; i-- > 0;) {
        char name[16];

        snprintf(name, sizeof(name), "f%u", i);
        elf_symbol(&e, name, STB_GLOBAL, STT_FUNC, xdp_section, 8ull * i, 8);
    }
    elf_write(&e);
    from = seconds();
    opened(&o, &e);
    assert_int_equal(o.prog_count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        builds(&o, i, code, 1);
    assert_true(seconds() - from < 20);
    sk_object_close(&o);
    elf_free(&e);
}

static void test_many_sections(void **state)
{
    enum { COUNT = 70000 };
    static const struct insn code[] = { EXIT };
    struct elf e = elf_new();
    struct sk_object o;
    double from;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        char name[16];

        snprintf(name, sizeof(name), "s%u", i);
        elf_section(&e, name, SHT_PROGBITS, CODE, code, sizeof(code));
    }
    elf_write(&e);
    from = seconds();
    opened(&o, &e);
    assert_int_equal(o.prog_count, COUNT);
    assert_true(seconds() - from < 20);
    sk_object_close(&o);
    elf_free(&e);
}

/* Names that share a long beginning. */
static void test_names_that_are_alike(void **state)
{
    enum { COUNT = 20000 };
    struct elf e = elf_new();
    struct skep_err err = { 0 };
    struct sk_object o;
    uint32_t at, code;
    char *names = malloc(COUNT + 512);
    double from;

    (void)state;
    memset(names, 'a', COUNT + 511);
    names[COUNT + 511] = 0;
    at = elf_string(&e, names);
    code = elf_section(&e, "xdp", SHT_PROGBITS, CODE, NULL, 8 * COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        Elf64_Sym symbol = { .st_name = at + COUNT + i % 510,
                             .st_info = STT_FUNC,
                             .st_shndx = (uint16_t)code,
                             .st_value = 8ull * i,
                             .st_size = 8 };

        elf_add(&e, ELF_SYMTAB, &symbol, sizeof(symbol));
    }
    elf_write(&e);
    from = seconds();
    if (open_image(&o, &e, &err))
        fail_msg("%s", err.message);
    assert_true(seconds() - from < 20);
    sk_object_close(&o);
    elf_free(&e);
    free(names);
}

/* The program would have more slots than there may be. */
static void test_too_many_slots(void **state)
{
    enum { SLOTS = 4000001 };
    struct elf e = elf_new();

    (void)state;
    elf_section(&e, "xdp", SHT_PROGBITS, CODE, NULL, 8ull * SLOTS);
    elf_symbol(&e, "main", STB_GLOBAL, STT_FUNC, 3, 0, 8ull * SLOTS);
    refused(&e, "section 'xdp' (index 3)",
            "the program and this function have more than 4000000 slots");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_big_endian),
        cmocka_unit_test(test_section_headers),
        cmocka_unit_test(test_section_count),
        cmocka_unit_test(test_sections_in_the_file),
        cmocka_unit_test(test_sizes_of_entries),
        cmocka_unit_test(test_string_table),
        cmocka_unit_test(test_sizes_of_code),
        cmocka_unit_test(test_code_overlaps),
        cmocka_unit_test(test_name_of_code),
        cmocka_unit_test(test_wide_at_the_end),
        cmocka_unit_test(test_no_code),
        cmocka_unit_test(test_license),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_types_without_bytes),
        cmocka_unit_test(test_values_of_functions),
        cmocka_unit_test(test_sizes_of_functions),
        cmocka_unit_test(test_sections_of_functions),
        cmocka_unit_test(test_names_of_symbols),
        cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_functions_overlap),
        cmocka_unit_test(test_names_twice),
        cmocka_unit_test(test_two_symbol_tables),
        cmocka_unit_test(test_no_symbol_table),
        cmocka_unit_test(test_offsets_of_relocations),
        cmocka_unit_test(test_relocation_of_second_slot),
        cmocka_unit_test(test_relocation_of_other_instructions),
        cmocka_unit_test(test_types_of_relocations),
        cmocka_unit_test(test_symbols_of_relocations),
        cmocka_unit_test(test_undefined_function),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_relocations_with_addends),
        cmocka_unit_test(test_relocated_section),
        cmocka_unit_test(test_relocations_of_nothing),
        cmocka_unit_test(test_million_relocations_of_one_instruction),
        cmocka_unit_test(test_relocations_overlap),
        cmocka_unit_test(test_many_functions),
        cmocka_unit_test(test_many_sections),
        cmocka_unit_test(test_names_that_are_alike),
        cmocka_unit_test(test_too_many_slots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
