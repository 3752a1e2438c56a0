/* Objects as containers: headers, sections and symbols that are not as they should be, and
 * that no bytes whatever do harm. The numbers L1 to L21 are kinds of bugs that loaders had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "container_image.h"
#include "load/object.h"

/* ---- Loading ---------------------------------------------------------------------- */

/* Opens the first `len` bytes from a block of just that size, and builds what program 0 is.
 * An object without programs gives no slots. */
static enum skep_code load(const void *data, size_t len, struct sk_built *built,
                           struct skep_err *err)
{
    struct sk_mem mem = sk_mem_default();
    uint8_t *copy = malloc(len ? len : 1);
    struct sk_object object;
    enum skep_code code;

    memcpy(copy, data, len);
    code = sk_object_open(&object, &mem, copy, len, NULL, NULL, err);
    if (!code && object.prog_count)
        code = sk_object_build(&object, 0, built, err);
    sk_object_close(&object);
    free(copy);
    return code;
}

static void expect_main_first(const struct image *o)
{
    struct skep_err err = { 0 };
    struct sk_built built = { .count = 0 };

    if (load(o, sizeof(*o), &built, &err))
        fail_msg("%s", err.message);
    assert_int_equal(built.count, sizeof(main_first) / 8);
    assert_memory_equal(built.slots, main_first, sizeof(main_first));
    sk_built_fini(&built);
}

/* The object is refused, with a message that has `why` in it. */
static void refuse(const struct image *o, enum skep_code code, const char *why)
{
    struct skep_err err = { 0 };
    struct sk_built built = { .count = 7 };

    assert_int_equal(load(o, sizeof(*o), &built, &err), code);
    assert_int_equal(built.count, 7);
    if (!strstr(err.message, why))
        fail_msg("'%s' is not in: %s", why, err.message);
}

/* ---- What is taken ---------------------------------------------------------------- */

static void test_only_global_function(void **state)
{
    struct image o = image();

    (void)state;
    expect_main_first(&o);
}

static void test_extended_numbering(void **state)
{
    struct image o = image();

    (void)state;
    o.header.e_shnum = 0;
    o.sections[NONE].sh_size = SECTIONS;
    expect_main_first(&o);
    o.header.e_shstrndx = SHN_XINDEX;
    o.sections[NONE].sh_link = STRTAB;
    expect_main_first(&o);
    o.sections[NONE].sh_link = SECTIONS;
    refuse(&o, SKEP_E_OBJECT, "e_shstrndx is 8");
}

static void test_overlapping_sections(void **state)
{
    struct image o = image();

    (void)state;
    o.sections[DATA].sh_offset = o.header.e_shoff;
    o.sections[DATA].sh_size = sizeof(o.sections);
    expect_main_first(&o);
}

/* ---- Headers ---------------------------------------------------------------------- */

static void test_no_elf(void **state)
{
    struct image o = image();

    (void)state;
    o.header.e_ident[0] = 0;
    refuse(&o, SKEP_E_OBJECT, "no ELF file");
}

static void test_header_fields(void **state)
{
    struct image o;

    (void)state;
    o = image(), o.header.e_ident[EI_CLASS] = ELFCLASS32;
    refuse(&o, SKEP_E_OBJECT,
           "offset 0x4: the class is 1 (32 bits), 2 (64 bits) was expected");
    o = image(), o.header.e_ident[EI_DATA] = ELFDATA2MSB;
    refuse(&o, SKEP_E_OBJECT, "big-endian objects are not supported");
    o = image(), o.header.e_ident[EI_DATA] = 3;
    refuse(&o, SKEP_E_OBJECT, "the data encoding is 3");
    o = image(), o.header.e_ident[EI_VERSION] = 0;
    refuse(&o, SKEP_E_OBJECT, "version is 0");
    o = image(), o.header.e_ident[EI_OSABI] = 97;
    refuse(&o, SKEP_E_OBJECT, "the OS ABI is 97");
    o = image(), o.header.e_machine = EM_X86_64;
    refuse(&o, SKEP_E_OBJECT,
           "offset 0x12: e_machine is 62 (x86-64), 247 (eBPF) was expected");
    o = image(), o.header.e_machine = 0xfffe;
    refuse(&o, SKEP_E_OBJECT, "offset 0x12: e_machine is 65534, 247 (eBPF) was expected");
    o = image(), o.header.e_type = ET_EXEC;
    refuse(&o, SKEP_E_OBJECT, "e_type is 2 (executable), 1 (relocatable)");
    o = image(), o.header.e_version = 0x10001;
    refuse(&o, SKEP_E_OBJECT, "e_version is 65537");
    o = image(), o.header.e_ehsize = 52;
    refuse(&o, SKEP_E_OBJECT, "e_ehsize is 52");
    o = image(), o.header.e_ident[EI_OSABI] = ELFOSABI_GNU;
    expect_main_first(&o);
}

static void test_L17_L21_section_table(void **state)
{
    static const uint64_t offsets[] = { sizeof(struct image),
                                        sizeof(struct image) - 56,
                                        UINT64_MAX,
                                        UINT64_MAX - 63,
                                        UINT64_MAX -
                                            sizeof(((struct image *)0)->sections),
                                        (uint64_t)1 << 63,
                                        8 * 64 + 4 };
    static const uint16_t sizes[] = { 0, 40, 63, 65, 0xffff };
    struct image o = image();

    (void)state;
    for (size_t i = 0; i < SK_LEN(offsets); i++) {
        o.header.e_shoff = offsets[i];
        refuse(&o, SKEP_E_OBJECT,
               offsets[i] == 8 * 64 + 4
                   ? ", a multiple of 8 was expected"
                   : ": it is cut, or an offset within it was expected");
    }
    o.header.e_shoff = 0;
    refuse(&o, SKEP_E_OBJECT, "e_shoff is 0, section headers were expected");
    for (size_t i = 0; i < SK_LEN(sizes); i++) {
        o = image(), o.header.e_shentsize = sizes[i];
        refuse(&o, SKEP_E_OBJECT, "e_shentsize is");
    }
    o = image(), o.header.e_shnum = SECTIONS + 1;
    refuse(&o, SKEP_E_OBJECT, "there are 9 section headers, 1 to 8 would fit");
    o = image(), o.header.e_shnum = 0;
    refuse(&o, SKEP_E_OBJECT, "there are 0 section headers");
    o.sections[NONE].sh_size =
        ((uint64_t)1 << 58) + SECTIONS; /* times 64 wraps to 8 * 64 */
    refuse(&o, SKEP_E_OBJECT, "there are 288230376151711752 section headers");
    o = image(), o.header.e_shstrndx = SECTIONS;
    refuse(&o, SKEP_E_OBJECT, "e_shstrndx is 8");
    o = image(), o.header.e_shstrndx = 0;
    refuse(&o, SKEP_E_OBJECT, "e_shstrndx is 0");
}

/* ---- Sections --------------------------------------------------------------------- */

static void test_section_places(void **state)
{
    static const struct {
        uint64_t offset, size;
    } cases[] = {
        { sizeof(struct image) - 79, 80 },
        { sizeof(struct image), 1 },
        { 64, UINT64_MAX },
        { 64, UINT64_MAX - 63 },
        { UINT64_MAX, 1 },
        { UINT64_MAX - 79, 80 },
        { (uint64_t)1 << 63, (uint64_t)1 << 63 },
        { 64, (uint64_t)4 << 30 },
    };
    struct image o = image();

    (void)state;
    for (size_t i = 0; i < SK_LEN(cases); i++) {
        o.sections[PROG].sh_offset = cases[i].offset;
        o.sections[PROG].sh_size = cases[i].size;
        refuse(&o, SKEP_E_SECTION, "section 'prog' (index 3)");
    }
    o.sections[PROG].sh_offset = UINT64_MAX;
    o.sections[PROG].sh_size = 0;
    refuse(&o, SKEP_E_SECTION, "a multiple of 8 below 0x0 was expected");
}

static void test_L19_tables(void **state)
{
    static const int tables[] = { REL_DATA, SYMTAB };
    static const uint64_t sizes[] = { 0, 1, 15, 23, 32, (uint64_t)1 << 32, UINT64_MAX };
    struct image o;

    (void)state;
    for (size_t t = 0; t < SK_LEN(tables); t++) {
        Elf64_Shdr *table = &o.sections[tables[t]];

        o = image();

        for (size_t i = 0; i < SK_LEN(sizes); i++) {
            table->sh_entsize = sizes[i];
            refuse(&o, SKEP_E_SECTION, "sh_entsize is");
        }
        o = image(), table->sh_size--;
        refuse(&o, SKEP_E_SECTION, "a multiple of");
        o = image(), table->sh_offset = 0;
        refuse(&o, SKEP_E_SECTION, "sh_offset is 0, inside the ELF header");
    }
    o = image(), o.sections[REL_DATA].sh_type = SHT_RELA;
    refuse(&o, SKEP_E_SECTION, "sh_entsize is 16, 24 was expected");
}

static void test_L3_symbols_without_entry_size(void **state)
{
    struct image o = image();

    (void)state;
    o.sections[SYMTAB].sh_entsize = 0;
    refuse(&o, SKEP_E_SECTION,
           "section '.symtab' (index 7), offset 0x380: sh_entsize is 0, 24 was expected");
}

static void test_string_tables(void **state)
{
    struct image o = image();

    (void)state;
    o.strings[sizeof(o.strings) - 1] = 'x';
    refuse(&o, SKEP_E_SECTION, "does not end with a NUL byte");
    o = image(), o.sections[STRTAB].sh_size = 0;
    refuse(&o, SKEP_E_SECTION, "does not end with a NUL byte");
    o = image(), o.sections[STRTAB].sh_offset = 1 << 20;
    refuse(&o, SKEP_E_SECTION, "do not lie in the file");
    o = image(), o.header.e_shstrndx = PROG;
    refuse(&o, SKEP_E_SECTION,
           "section '?' (index 3), offset 0x24c: its type is 1, 3 (string");
    o = image(), o.sections[SYMTAB].sh_link = SYMTAB;
    refuse(&o, SKEP_E_SECTION,
           "section '.symtab' (index 7), offset 0x34c: its type is 2, 3 (");
    o = image(), o.sections[SYMTAB].sh_link = SECTIONS;
    refuse(&o, SKEP_E_SECTION, "its names are in section 8");
    o = image(), o.sections[PROG].sh_name = sizeof(o.strings);
    refuse(&o, SKEP_E_SECTION,
           "section '?' (index 3), offset 0x248: its name lies outside");
    o = image(), o.sections[DATA].sh_type = SHT_SYMTAB, o.sections[DATA].sh_entsize = 24;
    o.sections[DATA].sh_size = 24, o.sections[DATA].sh_link = STRTAB;
    refuse(&o, SKEP_E_SECTION,
           "'.symtab' (index 7), offset 0x34c: it is a second symbol table");
}

static void test_names_are_escaped(void **state)
{
    struct image o = image();

    (void)state;
    memcpy(o.strings + name_of("prog"), "\x1b\n'\xc3", 4);
    o.sections[PROG].sh_flags |= SHF_WRITE;
    refuse(&o, SKEP_E_SECTION, "section '\\x1b\\x0a\\x27\\xc3' (index 3)");
}

static void test_code_sections(void **state)
{
    struct image o;

    (void)state;
    o = image(), o.sections[PROG].sh_size = 76;
    o.symbols[SYM_TAIL].st_size = 0;
    refuse(&o, SKEP_E_SECTION, "it has 76 bytes, whole instructions of 8");
    o = image(), o.sections[PROG].sh_flags |= SHF_WRITE;
    refuse(&o, SKEP_E_SECTION, "it holds code, but is writable");
    o = image(), o.sections[PROG].sh_flags |= SHF_COMPRESSED;
    refuse(&o, SKEP_E_SECTION, "compressed code is not supported");
    o = image(), o.sections[PROG].sh_type = SHT_NOBITS;
    refuse(&o, SKEP_E_SECTION, "its type is 8, 1 (program data) was expected of code");
}

/* ---- Symbols ---------------------------------------------------------------------- */

static void test_L1_symbol_value_wraps(void **state)
{
    static const uint64_t values[] = { 80, 88, UINT64_MAX - 7, (uint64_t)1 << 63,
                                       UINT64_MAX - 63 /* the file's start */ };
    struct image o = image();

    (void)state;
    for (size_t i = 0; i < SK_LEN(values); i++) {
        o.symbols[SYM_MAIN].st_value = values[i];
        refuse(&o, SKEP_E_SECTION, "function 'main' is at 0x");
    }
}

static void test_L14_symbol_value_between_slots(void **state)
{
    struct image o = image();

    (void)state;
    for (uint64_t value = 17; value < 24; value++) {
        o.symbols[SYM_MAIN].st_value = value;
        refuse(&o, SKEP_E_SECTION, "a multiple of 8 below 0x50 was expected");
    }
}

static void test_L18_symbol_size_beyond_section(void **state)
{
    static const uint64_t sizes[] = { 72, 44, UINT64_MAX, UINT64_MAX - 15,
                                      (uint64_t)1 << 63 };
    struct image o = image();

    (void)state;
    for (size_t i = 0; i < SK_LEN(sizes); i++) {
        o.symbols[SYM_MAIN].st_size = sizes[i];
        refuse(&o, SKEP_E_SECTION, "a multiple of 8 up to 0x40 was expected");
    }
}

static void test_L20_symbol_name_outside(void **state)
{
    struct image o = image();

    (void)state;
    o.symbols[SYM_VALUE].st_name = sizeof(o.strings);
    refuse(&o, SKEP_E_SECTION, "the name of symbol 4 lies outside");
    o.symbols[SYM_VALUE].st_name = UINT32_MAX;
    refuse(&o, SKEP_E_SECTION, "the name of symbol 4 lies outside");
}

static void test_symbol_sections(void **state)
{
    struct image o = image();

    (void)state;
    o.symbols[SYM_VALUE].st_shndx = SECTIONS;
    refuse(&o, SKEP_E_SECTION, "symbol 4 is in section 8, an index below 8");
    o.symbols[SYM_VALUE].st_shndx = SHN_XINDEX;
    refuse(&o, SKEP_E_SECTION, "symbol 4 has an extended section index");
    o.symbols[SYM_VALUE].st_shndx = SHN_ABS;
    expect_main_first(&o);
    o.symbols[SYM_TAIL].st_shndx = SHN_COMMON;
    refuse(&o, SKEP_E_SECTION, "function 'tail' is in no section");
    o.symbols[SYM_TAIL].st_shndx = DATA;
    refuse(&o, SKEP_E_SECTION, "function 'tail' is in section 4, which holds no code");
}

/* ---- All that may come ------------------------------------------------------------ */

/* Loads what may be good or bad. Either way it must come back in order. */
static void try_load(const struct image *o, size_t len)
{
    struct skep_err err = { 0 };
    struct sk_built built = { .count = 0 };

    if (load(o, len, &built, &err)) {
        assert_true(err.code != SKEP_OK && err.message[0]);
        assert_int_equal(built.count, 0);
        return;
    }
    assert_true(built.count <= len / 8);
    sk_built_fini(&built);
}

static void test_truncations(void **state)
{
    struct image o = image();
    struct sk_built built;
    struct skep_err err;

    (void)state;
    for (size_t len = 0; len < sizeof(o); len++) {
        assert_int_equal(load(&o, len, &built, &err), SKEP_E_OBJECT);
        if (len >= 4)
            assert_true(strstr(err.message, "too short") ||
                        strstr(err.message, "fit in") || strstr(err.message, "e_shoff"));
    }
    expect_main_first(&o);
}

/* The section table in front of the data, so that truncations hit the sections. */
static void test_truncations_of_data(void **state)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Shdr sections[SECTIONS];
        struct image rest;
    } o;
    const struct image plain = image();
    size_t shift = offsetof(__typeof__(o), rest);
    size_t end = shift + offsetof(struct image, sections);

    (void)state;
    memcpy(&o.header, &plain.header, sizeof(o.header));
    memcpy(o.sections, plain.sections, sizeof(o.sections));
    o.rest = plain;
    o.header.e_shoff = sizeof(o.header);
    for (int i = 1; i < SECTIONS; i++)
        o.sections[i].sh_offset += shift;
    for (size_t len = sizeof(o.header) + sizeof(o.sections); len <= end; len++) {
        struct sk_built built = { .count = 0 };

        assert_int_equal(load(&o, len, &built, NULL),
                         len < end ? SKEP_E_SECTION : SKEP_OK);
        sk_built_fini(&built);
    }
}

static void test_byte_mutations(void **state)
{
    struct image o = image();
    uint8_t *byte = (uint8_t *)&o;

    (void)state;
    for (size_t at = 0; at < sizeof(o); at++) {
        uint8_t good = byte[at];

        for (unsigned value = 0; value < 256; value++) {
            byte[at] = (uint8_t)value;
            try_load(&o, sizeof(o));
        }
        byte[at] = good;
    }
}

/* Several fields at once, with values near to limits. */
static void test_random_mutations(void **state)
{
    static const uint64_t values[] = { 0,          1,           7,         8,
                                       64,         80,          255,       0xffff,
                                       0x10000,    0x7fffffff,  1024,      0xffffffff,
                                       0x80000000, 0x100000000, UINT64_MAX };
    const struct image good = image();

    (void)state;
    srand(1);
    for (int i = 0; i < 100000; i++) {
        struct image o = good;

        for (int n = 1 + rand() % 4; n; n--) {
            size_t at = (size_t)rand() % (sizeof(o) / 4 - 1) * 4;
            uint64_t value = values[(size_t)rand() % SK_LEN(values)];

            memcpy((uint8_t *)&o + at, &value, rand() % 2 ? 8 : 4);
        }
        try_load(&o, sizeof(o));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_global_function),
        cmocka_unit_test(test_extended_numbering),
        cmocka_unit_test(test_overlapping_sections),
        cmocka_unit_test(test_no_elf),
        cmocka_unit_test(test_header_fields),
        cmocka_unit_test(test_L17_L21_section_table),
        cmocka_unit_test(test_section_places),
        cmocka_unit_test(test_L19_tables),
        cmocka_unit_test(test_L3_symbols_without_entry_size),
        cmocka_unit_test(test_string_tables),
        cmocka_unit_test(test_names_are_escaped),
        cmocka_unit_test(test_code_sections),
        cmocka_unit_test(test_L1_symbol_value_wraps),
        cmocka_unit_test(test_L14_symbol_value_between_slots),
        cmocka_unit_test(test_L18_symbol_size_beyond_section),
        cmocka_unit_test(test_L20_symbol_name_outside),
        cmocka_unit_test(test_symbol_sections),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_truncations_of_data),
        cmocka_unit_test(test_byte_mutations),
        cmocka_unit_test(test_random_mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
