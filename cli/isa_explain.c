/* Explanations of instructions: what they mean, how they are encoded, where they come
 * from. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "isa.h"

static const char *group_text(const char *group)
{
    static const struct {
        const char *group, *text;
    } texts[] = {
        { "base32", "the basics, 32 bits (RFC 9669, 2.4)" },
        { "base64", "the basics, 64 bits (RFC 9669, 2.4)" },
        { "divmul32", "multiplication and division, 32 bits" },
        { "divmul64", "multiplication and division, 64 bits" },
        { "atomic32", "atomic operations, 32 bits" },
        { "atomic64", "atomic operations, 64 bits" },
        { "packet", "loads from a packet, deprecated" },
        { "callx", "calls of an address in a register" },
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!strcmp(texts[i].group, group))
            return texts[i].text;
    return "what only Linux defines";
}

static const char *status_text(const char *status)
{
    if (!strcmp(status, "standard"))
        return "in the standard, RFC 9669";
    if (!strcmp(status, "deprecated"))
        return "in the standard for old programs, not for new ones";
    if (!strcmp(status, "reserved"))
        return "known by name, refused by every verifier";
    return "Linux has it, the standard does not";
}

static void put_property(const char *name, const char *value, const char *text)
{
    printf("  %-9s %-10s %s\n", name, value, text);
}

/* Which fields the instruction uses, and what the others must be. */
static void put_fields(const struct skep_form *form)
{
    static const char *const names[] = { "dst", "src", "off", "imm" };
    char selector[32], zero[64] = "";

    fputs("  fields    ", stdout);
    if (form->selector[0])
        printf("%s selects it  ", isa_selector(form, selector, sizeof(selector)));
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(form->selector, names[i]))
            continue;
        if (form->uses >> i & 1) {
            printf("%s  ", names[i]);
        } else {
            strcat(zero, zero[0] ? ", " : "");
            strcat(zero, names[i]);
        }
    }
    printf("%s%s\n", zero[0] ? "must be 0: " : "", zero);
}

static void put_bytes(const struct isa_entry *entry)
{
    fputs("  bytes    ", stdout);
    for (unsigned i = 0; i < entry->form.slots * 8U; i++)
        printf(" %02x", entry->slots[i]);
    putchar('\n');
}

void isa_explain(const struct isa_entry *entry)
{
    const struct skep_form *form = &entry->form;
    struct colours colours = colours_stdout();
    char words[ISA_TEXT_MAX];

    isa_words(form, words, sizeof(words));
    printf("%s%s%s\n  meaning   %s\n", colours.strong, form->name, colours.end, words);
    printf("  example   %s\n", entry->text);
    if (entry->llvm[0] && strcmp(entry->llvm, entry->text) != 0)
        printf("  in LLVM   %s\n", entry->llvm);
    put_bytes(entry);
    putchar('\n');
    isa_draw_slots(entry);
    putchar('\n');
    isa_draw_opcode(form->opcode);
    putchar('\n');
    put_fields(form);
    put_property("group", form->group, group_text(form->group));
    put_property("since", form->since,
                 strcmp(form->since, "linux") ? "compilers emit it from this version on"
                                              : "");
    put_property("status", form->status, status_text(form->status));
}

void isa_explain_opcode(uint8_t opcode, const uint32_t *indexes, size_t count)
{
    printf("opcode 0x%02x has %zu meanings; another field selects one\n\n", opcode,
           count);
    isa_draw_opcode(opcode);
    putchar('\n');
    isa_table(indexes, count);
    puts("\n'skep isa NAME' explains one of them.");
}
