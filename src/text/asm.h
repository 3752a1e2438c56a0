/* The assembler: text of either dialect to slots. doc/asm.md has the language. */
#ifndef SK_TEXT_ASM_H
#define SK_TEXT_ASM_H

#include "env/env.h"
#include "isa/isa.h"

/* What an assembly text makes. */
struct sk_asm {
    uint8_t *slots; /* from `mem`, for sk_mem_free with count `bytes` and size 1 */
    size_t bytes;
    const struct skep_type *type; /* the given one, or that of a .type line */
    char name[64];                /* of a .name line, or "" */
    /* the line and column of each slot, for messages about the assembled program */
    struct sk_asm_line {
        uint32_t line, column;
    } * lines; /* from `mem`, bytes / 8 of them */
};

/* Assembles `len` bytes of text. Each instruction's fields fit; that the whole is a
 * well-formed program is sk_prog_init's affair. On failure *out is left alone. Errors are
 * SKEP_AT_TEXT. */
enum skep_code sk_asm(const struct sk_env *env, const struct sk_mem *mem,
                      const char *text, size_t len, const struct skep_type *type,
                      struct sk_asm *out, struct skep_err *err);
void sk_asm_fini(struct sk_asm *out, const struct sk_mem *mem);

#endif
