/* Instructions of the instruction set, explained. */
#ifndef CLI_ISA_H
#define CLI_ISA_H

#include <skep_text.h>

#include "command.h"

enum { ISA_TEXT_MAX = 256 };

/* An instruction to be explained: a form, and an instance of it. */
struct isa_entry {
    struct skep_form form;
    uint8_t slots[16];
    char text[ISA_TEXT_MAX]; /* of the instance, in the kernel's dialect */
    char llvm[ISA_TEXT_MAX]; /* in LLVM's, or "" */
};

/* Row `index` of the instruction set with its example. Returns 0 past the last. */
int isa_entry_get(uint32_t index, struct isa_entry *entry);

/* What the bits of the slots say. */
struct isa_fields {
    unsigned dst, src;
    int off;
    int32_t imm, next_imm;
};

struct isa_fields isa_fields(const uint8_t slots[16]);

/* The form's sentence, the fields by their names: "add src to dst". */
void isa_words(const struct skep_form *form, char *buf, size_t size);

/* "off = 1", "imm = 0xf1", "": what tells the form from others of its opcode. */
const char *isa_selector(const struct skep_form *form, char *buf, size_t size);

/* Draws the bits of the instance; the bits of an opcode and what they mean. */
void isa_draw_slots(const struct isa_entry *entry);
void isa_draw_opcode(uint8_t opcode);

/* Write all there is to say about the instruction; about the opcode that `count` forms
 * share; a line for each form. */
void isa_explain(const struct isa_entry *entry);
void isa_explain_opcode(uint8_t opcode, const uint32_t *indexes, size_t count);
void isa_table(const uint32_t *indexes, size_t count);

/* An instruction as an object; forms as an array of them. */
void isa_json_entry(struct jw j, const struct isa_entry *entry);
void isa_json(struct jw j, const uint32_t *indexes, size_t count);

#endif
