/* Forms of the instruction set: their examples, words, and tables of them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "isa.h"

int isa_entry_get(uint32_t index, struct isa_entry *entry)
{
    *entry = (struct isa_entry){ 0 };
    if (skep_form_get(index, &entry->form) != SKEP_OK)
        return 0;
    skep_form_example(index, SKEP_LLVM, entry->slots, entry->llvm, sizeof(entry->llvm));
    skep_form_example(index, SKEP_KERNEL, entry->slots, entry->text, sizeof(entry->text));
    return 1;
}

struct isa_fields isa_fields(const uint8_t slots[16])
{
    struct isa_fields fields = { .dst = slots[1] & 0xf, .src = slots[1] >> 4 };
    int16_t off;

    /* RFC 9669, 3: little-endian, as are the machines that this is built for */
    memcpy(&off, slots + 2, sizeof(off));
    memcpy(&fields.imm, slots + 4, sizeof(fields.imm));
    memcpy(&fields.next_imm, slots + 12, sizeof(fields.next_imm));
    fields.off = off;
    return fields;
}

/* The name of the field that a placeholder stands for. */
static const char *hole_name(const char *hole, size_t len)
{
    static const struct {
        const char *hole, *name;
    } names[] = {
        { "d", "dst" },
        { "wd", "dst" },
        { "s", "src" },
        { "ws", "src" },
        { "o", "+ off" },
        { "q", "the 64-bit immediate" },
        { "n", "the second imm" },
        { "no", "the second imm" },
        { "da", "imm >> 16" },
        { "sa", "imm & 0xffff" },
        { "t", "the target" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i].hole) == len && !memcmp(names[i].hole, hole, len))
            return names[i].name;
    return "imm";
}

void isa_words(const struct skep_form *form, char *buf, size_t size)
{
    const char *words = form->words;
    size_t at = 0;

    buf[0] = 0;
    while (*words && at + 1 < size) {
        size_t len = strcspn(words, *words == '{' ? "}" : "{");
        int n;

        if (*words == '{') {
            n = snprintf(buf + at, size - at, "%s", hole_name(words + 1, len - 1));
            len++;
        } else {
            n = snprintf(buf + at, size - at, "%.*s", (int)len, words);
        }
        at += n > 0 ? (size_t)n : 0;
        words += len;
    }
}

const char *isa_selector(const struct skep_form *form, char *buf, size_t size)
{
    if (!form->selector[0])
        snprintf(buf, size, "%s", "");
    else if (!strcmp(form->selector, "imm"))
        snprintf(buf, size, "imm = 0x%" PRIx32, (uint32_t)form->selector_value);
    else
        snprintf(buf, size, "%s = %" PRId32, form->selector, form->selector_value);
    return buf;
}

void isa_table(const uint32_t *indexes, size_t count)
{
    struct colours colours = colours_stdout();

    printf("%sop    selected by  name                class  group     since  example%s\n",
           colours.strong, colours.end);
    for (size_t i = 0; i < count; i++) {
        struct isa_entry entry;
        char selector[32];

        isa_entry_get(indexes[i], &entry);
        printf("0x%02x  %-11s  %-18s  %-5s  %-8s  %-5s  %s%s\n", entry.form.opcode,
               isa_selector(&entry.form, selector, sizeof(selector)), entry.form.name,
               entry.form.class_name, entry.form.group, entry.form.since, entry.text,
               strcmp(entry.form.status, "reserved") ? "" : "  (refused)");
    }
}

static void put_uses(struct jw *j, unsigned uses)
{
    static const char *const names[] = { "dst", "src", "off", "imm", "next_imm" };

    jw_open(j, "fields", '[');
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (uses >> i & 1)
            jw_str(j, NULL, names[i]);
    jw_close(j, ']');
}

static void put_object(struct jw *j, const struct isa_entry *entry)
{
    const struct skep_form *form = &entry->form;
    char opcode[8], words[ISA_TEXT_MAX];

    snprintf(opcode, sizeof(opcode), "0x%02x", form->opcode);
    isa_words(form, words, sizeof(words));
    jw_open(j, NULL, '{');
    jw_str(j, "name", form->name);
    jw_str(j, "opcode", opcode);
    if (form->selector[0]) {
        jw_str(j, "selector", form->selector);
        jw_i64(j, "selector_value", form->selector_value);
    }
    jw_str(j, "class", form->class_name);
    jw_str(j, "group", form->group);
    jw_str(j, "since", form->since);
    jw_str(j, "status", form->status);
    jw_u64(j, "width", form->width);
    jw_u64(j, "slots", form->slots);
    put_uses(j, form->uses);
    jw_str(j, "meaning", words);
    jw_str(j, "example", entry->text);
    if (entry->llvm[0])
        jw_str(j, "example_llvm", entry->llvm);
    jw_bytes(j, "bytes", entry->slots, (size_t)form->slots * 8);
    jw_close(j, '}');
}

void isa_json_entry(struct jw j, const struct isa_entry *entry)
{
    put_object(&j, entry);
    jw_end(&j);
}

void isa_json(struct jw j, const uint32_t *indexes, size_t count)
{
    jw_open(&j, NULL, '[');
    for (size_t i = 0; i < count; i++) {
        struct isa_entry entry;

        isa_entry_get(indexes[i], &entry);
        put_object(&j, &entry);
    }
    jw_close(&j, ']');
    jw_end(&j);
}
