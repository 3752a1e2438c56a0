/* Linking of objects that are made to harm: what comes out is bounded by what goes in,
 * and messages are fit to be shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/blob.h"
#include "btf_image.h"
#include "link/link.h"

enum { LONG = 100000, USES = 2000 };

static const uint8_t code[16] = { 0xb7, [8] = 0x95 };

/* An object of one program. */
static struct elf sample(void)
{
    struct elf e = elf_new();
    uint32_t text =
        elf_section(&e, "xdp", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, code, 16);

    elf_symbol(&e, "prog", STB_GLOBAL, STT_FUNC, text, 0, 16);
    return e;
}

/* Puts types into an object. */
static void add_types(struct elf *e, struct btf_image *b)
{
    btf_write(b);
    elf_section(e, ".BTF", SHT_PROGBITS, 0, b->file, b->file_len);
    btf_free(b);
}

/* Links the object alone and drops it; returns the output's length, 0: refused. */
static size_t link_one(struct elf *e, struct skep_err *err)
{
    const struct sk_mem mem = sk_mem_default();
    struct skep_link_input input = { .size = sizeof(input), .name = "one.o" };
    struct sk_blob blob;
    enum skep_code code_of;
    size_t len;

    elf_write(e);
    input.data = e->file;
    input.len = e->file_len;
    *err = (struct skep_err){ .code = SKEP_OK };
    sk_blob_init(&blob, &mem);
    code_of = sk_link(&input, 1, &blob, err);
    assert_int_equal(code_of, err->code);
    len = blob.len;
    assert_int_equal(code_of == SKEP_OK, len != 0);
    sk_blob_fini(&blob);
    elf_free(e);
    return len;
}

/* Where a name of LONG characters is in the strings. */
static uint32_t put_long(struct elf_bytes *strings)
{
    char name[LONG + 1];

    memset(name, 'a', LONG);
    name[LONG] = 0;
    return (uint32_t)elf_put(strings, name, sizeof(name));
}

/* A struct whose members' names are the ends of one long string, `step` characters
 * apart. */
static void add_suffixes(struct btf_image *b, uint32_t count, uint32_t step)
{
    uint32_t type = btf_int(b, "int", 4, 0), at = put_long(&b->strings);

    btf_struct(b, "s", 4, count);
    for (uint32_t i = 0; i < count; i++) {
        btf_word(b, at + i * step);
        btf_word(b, type);
        btf_word(b, 0);
    }
}

static void types_names_are_bounded(void **unused)
{
    struct btf_image b = btf_new();
    struct elf e = sample();
    struct skep_err err;

    (void)unused;
    add_suffixes(&b, USES, 1);
    add_types(&e, &b);
    assert_int_equal(link_one(&e, &err), 0);
    assert_int_equal(err.code, SKEP_E_LINK);
    assert_non_null(strstr(err.message, "one.o: its names have more than 64 times"));
}

/* Fewer: read in time, but written they would be too much. */
static void written_names_are_bounded(void **unused)
{
    struct btf_image b = btf_new();
    struct elf e = sample();
    struct skep_err err;

    (void)unused;
    add_suffixes(&b, 40, 1);
    add_types(&e, &b);
    assert_int_equal(link_one(&e, &err), 0);
    assert_int_equal(err.code, SKEP_E_LINK);
    assert_non_null(strstr(err.message, "the output: its names would have"));
}

static void shared_ends_are_no_fault(void **unused)
{
    struct btf_image b = btf_new();
    struct elf e = sample();
    struct skep_err err;

    (void)unused;
    add_suffixes(&b, 3, LONG / 2 - 8);
    add_types(&e, &b);
    assert_true(link_one(&e, &err) > LONG);
}

static struct elf with_long_symbols(uint32_t count)
{
    struct elf e = sample();
    uint32_t at = put_long(&e.parts[ELF_STRTAB].bytes);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = elf_symbol(&e, "", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0, 0);
        Elf64_Sym *symbol = (Elf64_Sym *)(void *)e.parts[ELF_SYMTAB].bytes.data + number;

        symbol->st_name = at + i;
    }
    return e;
}

static void symbols_names_are_bounded(void **unused)
{
    struct elf e = with_long_symbols(USES);
    struct skep_err err;

    (void)unused;
    assert_int_equal(link_one(&e, &err), 0);
    assert_int_equal(err.code, SKEP_E_LINK);
    assert_non_null(strstr(err.message, "one.o: its names have more than 64 times"));
    e = with_long_symbols(40);
    assert_int_equal(link_one(&e, &err), 0);
    assert_int_equal(err.code, SKEP_E_LINK);
    assert_non_null(strstr(err.message, "the output: its names would have"));
}

/* Two sections of a name with an escape sequence, and a DATASEC of that name. */
static void names_in_messages_are_escaped(void **unused)
{
    static const char name[] = "a\x1b[31m";
    struct btf_image b = btf_new();
    struct elf e = sample();
    uint32_t type = btf_int(&b, "int", 4, 0), var = btf_var(&b, "v", type, 0);
    struct skep_err err;

    (void)unused;
    btf_datasec(&b, name, 1);
    btf_secvar(&b, var, 0, 4);
    elf_section(&e, name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "abcd", 4);
    elf_section(&e, name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "abcd", 4);
    add_types(&e, &b);
    assert_int_equal(link_one(&e, &err), 0);
    assert_non_null(strstr(err.message, "one.o: section '.BTF'"));
    assert_non_null(strstr(err.message, "type 3: section 'a\\x1b[31m': it is there "));
    assert_null(strchr(err.message, 0x1b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_names_are_bounded),
        cmocka_unit_test(written_names_are_bounded),
        cmocka_unit_test(shared_ends_are_no_fault),
        cmocka_unit_test(symbols_names_are_bounded),
        cmocka_unit_test(names_in_messages_are_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
