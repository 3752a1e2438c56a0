/* An object with types for tests of the library's interface.
 *
 *  xdp  bump:  r1 = value ll; r0 = *(u32 *)(r1 + 0); r0 += 1; *(u32 *)(r1 + 0) = r0; exit
 *       read:  r1 = limit ll; r0 = *(u32 *)(r1 + 0); exit
 *
 *  .data    int value = 40; char word[8] = "hi"
 *  .rodata  const int limit = 5                                                            */
#ifndef TEST_UNIT_TYPED_OBJECT_H
#define TEST_UNIT_TYPED_OBJECT_H

#include <skep_object.h>

#include "btf_image.h"
#include "object_image.h"

struct typed_data {
    int32_t value;
    char word[8];
};

static inline void typed_btf(struct btf_image *b)
{
    uint32_t number = btf_int(b, "int", 4, SK_BTF_SIGNED);
    uint32_t letter = btf_int(b, "char", 1, SK_BTF_SIGNED);
    uint32_t word = btf_array(b, letter, 8);
    uint32_t value_var = btf_var(b, "value", number, 1);
    uint32_t word_var = btf_var(b, "word", word, 1);
    uint32_t limit_var = btf_var(b, "limit", btf_type(b, "", SK_BTF_CONST, 0, number), 1);

    btf_datasec(b, ".data", 2);
    btf_secvar(b, value_var, 0, 4);
    btf_secvar(b, word_var, 4, 8);
    btf_datasec(b, ".rodata", 1);
    btf_secvar(b, limit_var, 0, 4);
    btf_write(b);
}

static inline struct elf typed_object(void)
{
    enum { SYM_BUMP = 1, SYM_READ, SYM_VALUE, SYM_WORD, SYM_LIMIT };
    static const struct insn xdp[] = {
        LDDW(0, 0), { 0x61, 0x10, 0, 0 }, { 0x07, 0x00, 0, 1 }, { 0x63, 0x01, 0, 0 },
        EXIT,       LDDW(0, 0),           { 0x61, 0x10, 0, 0 }, EXIT
    };
    static const struct typed_data data = { 40, "hi" };
    static const int32_t limit = 5;
    struct btf_image b = btf_new();
    struct elf e = elf_new();
    uint32_t code = elf_section(&e, "xdp", SHT_PROGBITS, CODE, xdp, sizeof(xdp));
    uint32_t data_at = elf_section(&e, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE,
                                   &data, sizeof(data));
    uint32_t rodata =
        elf_section(&e, ".rodata", SHT_PROGBITS, SHF_ALLOC, &limit, sizeof(limit));

    elf_section(&e, "license", SHT_PROGBITS, SHF_ALLOC, "GPL", 4);
    typed_btf(&b);
    elf_section(&e, ".BTF", SHT_PROGBITS, 0, b.file, b.file_len);
    btf_free(&b);
    elf_symbol(&e, "bump", STB_GLOBAL, STT_FUNC, code, 0, 48);
    elf_symbol(&e, "read", STB_GLOBAL, STT_FUNC, code, 48, 32);
    elf_symbol(&e, "value", STB_GLOBAL, STT_OBJECT, data_at, 0, 4);
    elf_symbol(&e, "word", STB_GLOBAL, STT_OBJECT, data_at, 4, 8);
    elf_symbol(&e, "limit", STB_GLOBAL, STT_OBJECT, rodata, 0, sizeof(limit));
    elf_reloc(&e, code, 0, SYM_VALUE, R_64);
    elf_reloc(&e, code, 48, SYM_LIMIT, R_64);
    elf_write(&e);
    return e;
}

#endif
