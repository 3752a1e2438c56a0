/* JSON, written piece by piece. */
#include "json.h"

#include <inttypes.h>
#include <string.h>

#include "text.h"

enum { INDENT = 4 };

struct jw jw_new(FILE *file, enum jw_style style)
{
    return (struct jw){ .file = file, .style = style, .empty = 1 };
}

static void put_indent(struct jw *j)
{
    if (j->style == JW_PRETTY)
        fprintf(j->file, "\n%*s", j->depth * INDENT, "");
}

static void put_string(struct jw *j, const char *text)
{
    size_t len = strlen(text), n;

    fputc('"', j->file);
    for (size_t i = 0; i < len; i += n ? n : 1) {
        unsigned char c = (unsigned char)text[i];

        n = text_printable(text + i, len - i);
        if (c == '"' || c == '\\')
            fprintf(j->file, "\\%c", c);
        else if (n)
            fwrite(text + i, 1, n, j->file);
        else if (c < 0x80)
            fprintf(j->file, "\\u%04x", c);
        else
            fputs("\\ufffd", j->file);
    }
    fputc('"', j->file);
}

/* What stands before a value: a comma, and in an object the key on its own line. */
static void put_before(struct jw *j, const char *key)
{
    if (!j->empty)
        fputc(',', j->file);
    j->empty = 0;
    if (!key)
        return;
    put_indent(j);
    put_string(j, key);
    fputs(j->style == JW_PRETTY ? ": " : ":", j->file);
}

void jw_open(struct jw *j, const char *key, char bracket)
{
    put_before(j, key);
    fputc(bracket, j->file);
    j->depth++;
    j->empty = 1;
    j->scalars = 1;
}

void jw_close(struct jw *j, char bracket)
{
    j->depth--;
    if (!j->empty && (bracket == '}' || !j->scalars))
        put_indent(j);
    fputc(bracket, j->file);
    j->empty = 0;
    j->scalars = 0;
}

void jw_end(struct jw *j)
{
    fputc('\n', j->file);
    j->empty = 1;
}

void jw_end_list(struct jw *j, uint32_t count, int status)
{
    if (!count && status)
        return;
    if (!count)
        jw_open(j, NULL, '[');
    jw_close(j, ']');
    jw_end(j);
}

void jw_str(struct jw *j, const char *key, const char *value)
{
    put_before(j, key);
    put_string(j, value);
}

void jw_u64(struct jw *j, const char *key, uint64_t value)
{
    put_before(j, key);
    fprintf(j->file, "%" PRIu64, value);
}

void jw_i64(struct jw *j, const char *key, int64_t value)
{
    put_before(j, key);
    fprintf(j->file, "%" PRId64, value);
}

void jw_real(struct jw *j, const char *key, double value)
{
    put_before(j, key);
    fprintf(j->file, "%.2f", value);
}

void jw_true(struct jw *j, const char *key)
{
    put_before(j, key);
    fputs("true", j->file);
}

void jw_false(struct jw *j, const char *key)
{
    put_before(j, key);
    fputs("false", j->file);
}

void jw_null(struct jw *j, const char *key)
{
    put_before(j, key);
    fputs("null", j->file);
}

void jw_raw(struct jw *j, const char *key, const char *text)
{
    put_before(j, key);
    fputs(text, j->file);
}

void jw_hex(struct jw *j, const char *key, uint64_t value)
{
    put_before(j, key);
    fprintf(j->file, "\"0x%" PRIx64 "\"", value);
}

void jw_bytes(struct jw *j, const char *key, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;

    jw_open(j, key, '[');
    for (size_t i = 0; i < count; i++) {
        put_before(j, NULL);
        fprintf(j->file, "\"0x%02x\"", at[i]);
    }
    jw_close(j, ']');
}
