/* The assembler on any bytes. What it accepts, the disassembler prints; and what that
 * prints must assemble to the same slots, in either dialect. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/asm.h"
#include "text/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int ok, const char *what, const char *text)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n%s\n", what, text);
    abort();
}

/* The slots as text, for free(3); those that are no instructions are data. */
static char *text_of(const struct sk_asm *made, enum skep_dialect dialect)
{
    enum { LINE = 128 };
    const uint32_t count = (uint32_t)(made->bytes / SK_SLOT_BYTES);
    const size_t size = (size_t)count * LINE + 1;
    char *text = malloc(size);
    struct sk_out out;

    check(text != NULL, "no memory", "");
    sk_out_buf(&out, text, size);
    for (uint32_t pc = 0, step; pc < count; pc += step) {
        struct sk_insn insn;

        step = 1;
        if (sk_decode(made->slots, count, pc, &insn, NULL)) {
            unsigned long long slot = 0;

            for (unsigned i = SK_SLOT_BYTES; i--;)
                slot = slot << 8 | made->slots[(size_t)pc * SK_SLOT_BYTES + i];
            sk_printf(&out, ".quad 0x%llx\n", slot);
            continue;
        }
        step = sk_insn_slots(&insn);
        sk_printf(&out, "%u: ", pc);
        if (dialect == SKEP_KERNEL)
            sk_printf(&out, "(%02x) ", sk_isa[insn.op].opcode);
        sk_text_insn(&out, NULL, dialect, &insn, pc);
        sk_puts(&out, "\n");
    }
    check(out.len < size, "line too long", text);
    return text;
}

static void check_again(const struct sk_asm *made, enum skep_dialect dialect)
{
    struct sk_mem mem = sk_mem_default();
    char *text = text_of(made, dialect);
    struct sk_asm again;
    struct skep_err err;

    if (sk_asm(NULL, &mem, text, strlen(text), NULL, &again, &err)) {
        fprintf(stderr, "%u:%u: ", err.line, err.column);
        check(0, err.message, text);
    }
    check(again.bytes == made->bytes && !memcmp(again.slots, made->slots, made->bytes),
          "other bytes", text);
    sk_asm_fini(&again, &mem);
    free(text);
}

static void check_error(const struct skep_err *err)
{
    check(err->code != SKEP_OK && err->at == SKEP_AT_TEXT && err->line && err->column,
          "error without a place", err->message);
    for (const char *c = err->message; *c; c++)
        check(*c >= ' ' && *c <= '~', "message of more than a line", err->message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_asm made;
    struct skep_err err;

    if (sk_asm(NULL, &mem, (const char *)data, size, NULL, &made, &err)) {
        check_error(&err);
        return 0;
    }
    check_again(&made, SKEP_KERNEL);
    check_again(&made, SKEP_LLVM);
    sk_asm_fini(&made, &mem);
    return 0;
}
