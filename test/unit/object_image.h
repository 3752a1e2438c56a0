/* A small object for tests of what is made of objects, and what is to be said of it. */
#ifndef TEST_UNIT_OBJECT_IMAGE_H
#define TEST_UNIT_OBJECT_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "elf_image.h"
#include "load/object.h"

/* One slot: opcode, src << 4 | dst, off, imm. */
struct insn {
    uint8_t opcode, regs;
    int16_t off;
    int32_t imm;
};

#define MOV(imm)                                                                         \
    {                                                                                    \
        0xb7, 0x00, 0, imm                                                               \
    }
#define EXIT                                                                             \
    {                                                                                    \
        0x95, 0x00, 0, 0                                                                 \
    }
#define CALL(imm)                                                                        \
    {                                                                                    \
        0x85, 0x10, 0, imm                                                               \
    }
#define LDDW(src, imm)                                                                   \
    { 0x18, (uint8_t)((src) << 4 | 1), 0, imm },                                         \
    {                                                                                    \
        0, 0, 0, 0                                                                       \
    }
#define SECOND(imm)                                                                      \
    {                                                                                    \
        0, 0, 0, imm                                                                     \
    }

enum { CODE = SHF_ALLOC | SHF_EXECINSTR, R_64 = 1, R_32 = 10 };

/* Sections and symbols of sample(). */
enum { TEXT = 3, XDP = 4, REL_XDP = 5 };
enum { SYM_TEXT = 1, SYM_LEAF, SYM_MAIN };

/*  .text  leaf: r0 = 7          (static)
 *               exit
 *  xdp    main: call leaf       (relocation 0)
 *               r1 = leaf ll    (relocation 1, against the section)
 *               exit                                                    */
static inline struct elf sample(void)
{
    static const struct insn leaf[] = { MOV(7), EXIT };
    static const struct insn entry[] = { CALL(-1), LDDW(0, 0), EXIT };
    struct elf e = elf_new();

    elf_section(&e, ".text", SHT_PROGBITS, CODE, leaf, sizeof(leaf));
    elf_section(&e, "xdp", SHT_PROGBITS, CODE, entry, sizeof(entry));
    elf_symbol(&e, "", STB_LOCAL, STT_SECTION, TEXT, 0, 0);
    elf_symbol(&e, "leaf", STB_LOCAL, STT_FUNC, TEXT, 0, sizeof(leaf));
    elf_symbol(&e, "main", STB_GLOBAL, STT_FUNC, XDP, 0, sizeof(entry));
    elf_reloc(&e, XDP, 0, SYM_LEAF, R_32);
    elf_reloc(&e, XDP, 8, SYM_TEXT, R_64);
    return e;
}

static inline Elf64_Sym *symbol_of(struct elf *e, uint32_t index)
{
    return (Elf64_Sym *)(void *)e->parts[ELF_SYMTAB].bytes.data + index;
}

static inline Elf64_Rel *reloc_of(struct elf *e, uint32_t section, uint32_t index)
{
    return (Elf64_Rel *)(void *)e->parts[section].bytes.data + index;
}

static inline struct insn *code_of(struct elf *e, uint32_t section)
{
    return (struct insn *)(void *)e->parts[section].bytes.data;
}

static inline enum skep_code open_image(struct sk_object *o, struct elf *e,
                                        struct skep_err *err)
{
    struct sk_mem mem = sk_mem_default();

    elf_write(e);
    return sk_object_open(o, &mem, e->file, e->file_len, "dir/some.bpf.o", NULL, err);
}

/* Opens it, which must work. */
static inline void opened(struct sk_object *o, struct elf *e)
{
    struct skep_err err = { 0 };

    if (open_image(o, e, &err))
        fail_msg("%s", err.message);
}

/* It is refused when opened, or when program 0 is built, with a message that begins with
 * `where` and an offset and has `why` behind that. */
static inline void refused(struct elf *e, const char *where, const char *why)
{
    struct skep_err err = { 0 };
    struct sk_object o;
    struct sk_built built = { .count = 77 };
    enum skep_code code = open_image(&o, e, &err);

    if (!code && o.prog_count) {
        code = sk_object_build(&o, 0, &built, &err);
        if (code)
            assert_int_equal(built.count, 77);
        else
            sk_built_fini(&built);
        sk_object_close(&o);
    }
    if (!code)
        fail_msg("it is taken; expected: %s", why);
    if (strncmp(err.message, where, strlen(where)) != 0 ||
        strncmp(err.message + strlen(where), ", offset 0x", 11) != 0 ||
        !strstr(err.message + strlen(where), why))
        fail_msg("not '%s' and '%s': %s", where, why, err.message);
    assert_int_equal(skep_code_kind(code), SKEP_KIND_MALFORMED);
    elf_free(e);
}

/* Program `prog` is built of these slots. */
static inline void builds(struct sk_object *o, uint32_t prog, const struct insn *slots,
                          size_t count)
{
    struct skep_err err = { 0 };
    struct sk_built built;

    if (sk_object_build(o, prog, &built, &err))
        fail_msg("%s", err.message);
    assert_int_equal(built.count, count);
    assert_memory_equal(built.slots, slots, count * sizeof(*slots));
    sk_built_fini(&built);
}

#endif
