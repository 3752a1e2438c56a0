/* Programs in JSON. */
#include "json_program.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "report.h"

enum { SLOT = 8 };

/* What is read so far. */
struct reader {
    const struct input *input;
    size_t index; /* of the array's element */
    enum skep_format format;
    unsigned char *data; /* slots or text */
    size_t len;
};

int json_program_like(const struct input *input)
{
    size_t i = strspn(input->data, " \t\r\n");

    if (input->data[i] == '[')
        return 1;
    if (input->data[i] != '{')
        return 0;
    i++;
    i += strspn(input->data + i, " \t\r\n");
    return input->data[i] == '"';
}

static int refuse(const struct reader *reader, const char *what)
{
    return fail(SKEP_KIND_MALFORMED, reader->input->name, "element %zu: %s",
                reader->index, what);
}

/* A number up to `max`, as such or, as bpftool writes it, in a string. */
static int get_number(const json_t *value, uint64_t max, unsigned char *number)
{
    uint64_t read = 0;

    if (json_is_integer(value) && json_integer_value(value) >= 0)
        read = (uint64_t)json_integer_value(value);
    else if (!json_is_string(value) || number_read(json_string_value(value), &read) != 0)
        return -1;
    if (read > max)
        return -1;
    *number = (unsigned char)read;
    return 0;
}

/* Reads an array of exactly `count` bytes. */
static int get_bytes(const json_t *array, size_t count, unsigned char *bytes)
{
    if (json_array_size(array) != count)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (get_number(json_array_get(array, i), 0xff, &bytes[i]) != 0)
            return -1;
    return 0;
}

/* Takes back what Linux marks in its own copy of a program, which bpftool dumps:
 *
 *     85 10 DISTANCE FUNCTION                 a local call: the distance is in imm else
 *     18 d4 0 DISTANCE  00 00 0 FUNCTION      a function's address
 *     bc rr 0 1                               "wN = wN" that clears an upper half */
static void unmark(unsigned char slot[2 * SLOT])
{
    unsigned char dst = slot[1] & 0xf, src = slot[1] >> 4;

    if (slot[0] == 0x85 && src == 1 && (slot[2] || slot[3])) {
        memcpy(slot + 4, slot + 2, 2);
        memset(slot + 6, slot[3] & 0x80 ? 0xff : 0, 2);
        memset(slot + 2, 0, 2);
    } else if (slot[0] == 0x18 && src == 4) {
        memset(slot + SLOT + 4, 0, 4);
    } else if (slot[0] == 0xbc && dst == src && !slot[2] && !slot[3] &&
               !memcmp(slot + 4, "\1\0\0", 4)) {
        memset(slot + 4, 0, 4);
    }
}

/* {"code":"0x18","src_reg":"0x0","dst_reg":"0x1","off":[2 bytes],"imm":[4 or 8 bytes]}. bpftool up
 * to 7.1 writes 12 bytes for a 64-bit load: the whole second slot, where later ones have its
 * immediate. */
static int read_opcodes(struct reader *reader, const json_t *opcodes)
{
    unsigned char *slot = reader->data + reader->len, src, dst, imm[SLOT / 2 + SLOT];
    const json_t *imm_array = json_object_get(opcodes, "imm");
    size_t imm_len = json_array_size(imm_array);

    if (imm_len != SLOT && imm_len != sizeof(imm))
        imm_len = SLOT / 2;
    memset(slot, 0, (size_t)2 * SLOT);
    if (get_number(json_object_get(opcodes, "code"), 0xff, &slot[0]) != 0)
        return refuse(reader, "'code' must be a number up to 0xff");
    if (get_number(json_object_get(opcodes, "src_reg"), 0xf, &src) != 0)
        return refuse(reader, "'src_reg' must be a number up to 0xf");
    if (get_number(json_object_get(opcodes, "dst_reg"), 0xf, &dst) != 0)
        return refuse(reader, "'dst_reg' must be a number up to 0xf");
    if (get_bytes(json_object_get(opcodes, "off"), 2, slot + 2) != 0)
        return refuse(reader, "'off' must be an array of 2 bytes");
    if (get_bytes(imm_array, imm_len, imm) != 0)
        return refuse(reader, "'imm' must be an array of 4 or 8 bytes");
    slot[1] = (unsigned char)(src << 4 | dst);
    memcpy(slot + 4, imm, 4);
    reader->len += SLOT;
    if (imm_len > SLOT / 2) {
        memcpy(slot + SLOT + (imm_len == SLOT ? 4 : 0), imm + 4, imm_len - 4);
        reader->len += SLOT;
    }
    unmark(slot);
    return 0;
}

static int read_element(struct reader *reader, const json_t *element)
{
    const json_t *opcodes = json_object_get(element, "opcodes");

    if (json_is_integer(element) || json_is_string(element)) {
        if (get_number(element, 0xff, reader->data + reader->len++) != 0)
            return refuse(reader, "is no byte");
        return 0;
    }
    if (!json_is_object(element))
        return refuse(reader, "an object with 'opcodes', or a byte, was expected");
    if (!json_is_object(opcodes))
        return refuse(reader, "has neither 'opcodes' nor 'disasm'");
    return read_opcodes(reader, opcodes);
}

/* {"disasm":"(b7) r0 = 1"}; with "slot", its number, as skep -j disasm prints it. */
static int read_text(struct reader *reader, const json_t *element, FILE *text)
{
    const char *disasm = json_string_value(json_object_get(element, "disasm"));
    const json_t *slot = json_object_get(element, "slot");

    if (!disasm || json_object_get(element, "opcodes"))
        return refuse(reader, "an object with 'disasm' and without 'opcodes', as the "
                              "first, was expected");
    if (strpbrk(disasm, "\r\n"))
        return refuse(reader, "'disasm' has more than one line");
    if (json_is_integer(slot))
        fprintf(text, "%" JSON_INTEGER_FORMAT ": ", json_integer_value(slot));
    fprintf(text, "%s\n", disasm);
    return 0;
}

/* Joins the elements' texts. */
static int read_texts(struct reader *reader, const json_t *array)
{
    char *joined = NULL;
    FILE *text = open_memstream(&joined, &reader->len);
    int status = 0, failed;

    if (!text)
        return fail_memory();
    reader->format = SKEP_FORMAT_ASM;
    for (; reader->index < json_array_size(array) && !status; reader->index++)
        status = read_text(reader, json_array_get(array, reader->index), text);
    failed = ferror(text);
    failed |= fclose(text);
    reader->data = (unsigned char *)joined;
    return failed && !status ? fail_memory() : status;
}

/* Whether the elements are to be read as text: the first one decides. */
static int has_texts(const json_t *array)
{
    const json_t *first = json_array_get(array, 0);

    return json_is_string(json_object_get(first, "disasm")) &&
           !json_object_get(first, "opcodes");
}

static int read_slots(struct reader *reader, const json_t *array)
{
    size_t count = json_array_size(array);
    int status = 0;

    reader->data = malloc(count * 2 * SLOT + 1);
    if (!reader->data)
        return fail_memory();
    for (; reader->index < count && !status; reader->index++)
        status = read_element(reader, json_array_get(array, reader->index));
    return status;
}

static int read_array(struct reader *reader, const json_t *array)
{
    return has_texts(array) ? read_texts(reader, array) : read_slots(reader, array);
}

/* {"insns": "b700000001000000..."} */
static int read_object(struct reader *reader, const json_t *object)
{
    const json_t *insns = json_object_get(object, "insns");
    int problem;

    if (!json_is_string(insns))
        return fail(SKEP_KIND_MALFORMED, reader->input->name,
                    "an array, or an object with a string 'insns', was expected");
    problem = hex_bytes(json_string_value(insns), json_string_length(insns),
                        &reader->data, &reader->len);
    if (problem == -2)
        return fail_memory();
    if (problem)
        return fail(SKEP_KIND_MALFORMED, reader->input->name,
                    "'insns' must be pairs of hexadecimal digits");
    return 0;
}

/* What jansson says, at its place in the text. */
static int refuse_text(const struct input *input, const json_error_t *error)
{
    struct skep_err err = { .code = SKEP_E_FORMAT, .at = SKEP_AT_TEXT };

    if (json_error_code(error) == json_error_out_of_memory)
        return fail_memory();
    err.line = error->line > 0 ? (uint32_t)error->line : 1;
    err.column = error->column > 0 ? (uint32_t)error->column : 1;
    snprintf(err.message, sizeof(err.message), "JSON: %.*s", JSON_ERROR_TEXT_LENGTH,
             error->text);
    return fail_library(input->name, &err, input);
}

int json_program_read(const struct input *input, struct json_program *program)
{
    struct reader reader = { .input = input, .format = SKEP_FORMAT_RAW };
    json_error_t error;
    json_t *root = json_loadb(input->data, input->len, JSON_REJECT_DUPLICATES, &error);
    int status;

    if (!root)
        return refuse_text(input, &error);
    status = json_is_array(root) ? read_array(&reader, root) : read_object(&reader, root);
    json_decref(root);
    if (status) {
        free(reader.data);
        return status;
    }
    *program = (struct json_program){ reader.format, reader.data, reader.len };
    return 0;
}
