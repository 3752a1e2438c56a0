/* skep isa: which instructions a pattern means, and how to show them. */
#include "isa.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "program.h"
#include "report.h"

enum { EXPLAINED_MAX = 4 }; /* more than that are listed */

/* Forms found: an array as long as the instruction set. */
struct found {
    uint32_t *indexes;
    size_t count;
};

/* "0x0f", "0xf", "0F" */
static int is_opcode(const char *pattern, uint64_t *opcode)
{
    char prefixed[8];

    if (strlen(pattern) == 2 && isxdigit((unsigned char)pattern[0]) &&
        isxdigit((unsigned char)pattern[1])) {
        snprintf(prefixed, sizeof(prefixed), "0x%s", pattern);
        pattern = prefixed;
    }
    return !strncmp(pattern, "0x", 2) && number_read(pattern, opcode) == 0 &&
           *opcode <= 0xff;
}

static int matches(const struct skep_form *form, const char *pattern)
{
    return fnmatch(pattern, form->name, FNM_CASEFOLD) == 0 ||
           !strcasecmp(pattern, form->class_name) || !strcasecmp(pattern, form->group) ||
           !strcasecmp(pattern, form->since) || !strcasecmp(pattern, form->status);
}

/* Finds the forms of an opcode, those that match the pattern, or if that is NULL all. */
static void find(const char *pattern, struct found *found)
{
    uint64_t opcode = 0;
    int by_opcode = pattern && is_opcode(pattern, &opcode);
    struct skep_form form;

    for (uint32_t i = 0; skep_form_get(i, &form) == SKEP_OK; i++)
        if (!pattern || (by_opcode ? form.opcode == opcode : matches(&form, pattern)))
            found->indexes[found->count++] = i;
}

/* Whether the slot's selecting field has the form's value. */
static int is_selected(const struct skep_form *form, const struct isa_fields *fields)
{
    if (!strcmp(form->selector, "off"))
        return fields->off == form->selector_value;
    if (!strcmp(form->selector, "imm"))
        return fields->imm == form->selector_value;
    if (!strcmp(form->selector, "src"))
        return (int32_t)fields->src == form->selector_value;
    return 1;
}

/* The form that assembled slots have; 0 if there is none. */
static int form_of(const uint8_t slots[16], struct skep_form *form)
{
    struct isa_fields fields = isa_fields(slots);

    for (uint32_t i = 0; skep_form_get(i, form) == SKEP_OK; i++)
        if (form->opcode == slots[0] && is_selected(form, &fields))
            return 1;
    return 0;
}

/* Keeps the text of a one-line disassembly, without its index. */
static int keep_text(void *ctx, const char *text, size_t len)
{
    char *buf = ctx;
    size_t used = strlen(buf);

    if (used + len < ISA_TEXT_MAX) {
        memcpy(buf + used, text, len);
        buf[used + len] = 0;
    }
    return 0;
}

/* Behind the index, and the opcode that the kernel's dialect has: "0: (0f) r1 += r2" */
static void disassemble(skep_vm *vm, const void *slots, size_t len,
                        enum skep_dialect dialect, char text[ISA_TEXT_MAX])
{
    const struct skep_disasm_opts opts = {
        .size = sizeof(opts),
        .dialect = dialect,
        .no_check = 1,
    };
    const char *before = dialect == SKEP_KERNEL ? ") " : ": ", *start;
    char line[ISA_TEXT_MAX] = "";

    skep_disasm(vm, slots, len, &opts, keep_text, line, NULL);
    line[strcspn(line, "\n")] = 0;
    start = strstr(line, before);
    snprintf(text, ISA_TEXT_MAX, "%s", start ? start + strlen(before) : line);
}

/* Explains an instruction that is given in assembly. */
static int explain_text(const struct cli *cli, skep_vm *vm, const char *text)
{
    const struct skep_asm_opts opts = { .size = sizeof(opts), .no_check = 1 };
    struct isa_entry entry = { 0 };
    struct skep_err err;
    size_t len;
    void *slots;

    if (skep_asm(vm, text, strlen(text), &opts, &slots, &len, &err) != SKEP_OK)
        return fail(SKEP_KIND_USAGE, NULL,
                    "'%.60s' names no instruction; read as assembly: %s", text,
                    err.message);
    memcpy(entry.slots, slots, len < sizeof(entry.slots) ? len : sizeof(entry.slots));
    disassemble(vm, slots, len, SKEP_KERNEL, entry.text);
    disassemble(vm, slots, len, SKEP_LLVM, entry.llvm);
    skep_release(vm, slots, len);
    if (!form_of(entry.slots, &entry.form) || len != (size_t)entry.form.slots * 8)
        return fail(SKEP_KIND_USAGE, NULL, "'%.60s' is not one instruction", text);
    if (cli->style == STYLE_TEXT)
        isa_explain(&entry);
    else
        isa_json_entry(cli_json(cli), &entry);
    return 0;
}

static int explain_assembly(const struct cli *cli, const char *text)
{
    skep_vm *vm;
    int status = vm_open(&vm);

    if (status)
        return status;
    status = explain_text(cli, vm, text);
    skep_vm_free(vm);
    return status;
}

static void show(const struct found *found, const char *pattern)
{
    struct isa_entry entry;
    uint64_t opcode;

    if (pattern && found->count > 1 && is_opcode(pattern, &opcode)) {
        isa_explain_opcode((uint8_t)opcode, found->indexes, found->count);
    } else if (found->count > EXPLAINED_MAX) {
        isa_table(found->indexes, found->count);
    } else {
        for (size_t i = 0; i < found->count; i++) {
            if (i)
                putchar('\n');
            isa_entry_get(found->indexes[i], &entry);
            isa_explain(&entry);
        }
    }
}

int cmd_isa(const struct cli *cli)
{
    const char *pattern = cli->args.words[0];
    struct found found = { .indexes = calloc(skep_form_count(), sizeof(*found.indexes)) };
    uint64_t opcode;
    int status = 0;

    if (!found.indexes)
        return fail_memory();
    find(pattern, &found);
    if (found.count && cli->style != STYLE_TEXT)
        isa_json(cli_json(cli), found.indexes, found.count);
    else if (found.count)
        show(&found, pattern);
    else if (is_opcode(pattern, &opcode))
        status = fail(SKEP_KIND_USAGE, NULL, "opcode 0x%02x is no instruction",
                      (unsigned)opcode);
    else
        status = explain_assembly(cli, pattern);
    free(found.indexes);
    return status;
}
