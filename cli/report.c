/* Messages on standard error. */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum {
    SUBJECT_SHOWN = 200, /* bytes of a name */
    MESSAGE_MAX = 600,
    WINDOW = 76,      /* columns of a source line that are shown */
    WINDOW_LEFT = 50, /* of them to the left of the caret */
};

/* A name, its middle left out when it is very long. */
static void put_subject(const char *subject)
{
    size_t len = strlen(subject);

    if (!len) {
        fputs("''", stderr);
    } else if (len <= SUBJECT_SHOWN) {
        text_put(stderr, subject, len);
    } else {
        text_put(stderr, subject, SUBJECT_SHOWN / 2);
        fputs("...", stderr);
        text_put(stderr, subject + len - SUBJECT_SHOWN / 2, SUBJECT_SHOWN / 2);
    }
}

/* "skep: SUBJECT" and `between`. */
static void put_head(const char *subject, const char *between)
{
    fputs("skep: ", stderr);
    if (subject) {
        put_subject(subject);
        fputs(between, stderr);
    }
}

static void put_message(const char *format, va_list args)
{
    char message[MESSAGE_MAX];

    vsnprintf(message, sizeof(message), format, args);
    text_put(stderr, message, strlen(message));
    fputc('\n', stderr);
}

int fail(enum skep_kind kind, const char *subject, const char *format, ...)
{
    va_list args;

    put_head(subject, ": ");
    va_start(args, format);
    put_message(format, args);
    va_end(args);
    return (int)kind;
}

void warn(const char *subject, const char *format, ...)
{
    va_list args;

    put_head(subject, ": ");
    fputs("warning: ", stderr);
    va_start(args, format);
    put_message(format, args);
    va_end(args);
}

int fail_errno(const char *subject)
{
    return fail(SKEP_KIND_SYSTEM, subject, "%s", strerror(errno));
}

int fail_memory(void)
{
    return fail(SKEP_KIND_SYSTEM, NULL, "out of memory");
}

/* Whether the error is at a place in a text: one without instructions has none that is
 * wrong. */
static int has_place(const struct skep_err *err)
{
    return err->at == SKEP_AT_TEXT && err->code != SKEP_E_EMPTY;
}

size_t error_text(const struct skep_err *err, char *buf, size_t size)
{
    unsigned long long where = err->where;
    int n;

    if (err->at == SKEP_AT_SLOT)
        n = snprintf(buf, size, "slot %llu: %s", where, err->message);
    else if (err->at == SKEP_AT_BYTE)
        n = snprintf(buf, size, "offset 0x%llx: %s", where, err->message);
    else if (has_place(err))
        n = snprintf(buf, size, "%u:%u: %s", err->line, err->column, err->message);
    else
        n = snprintf(buf, size, "%s", err->message);
    return n < 0 ? 0 : (size_t)n;
}

/* A piece of a text. */
struct span {
    const char *text;
    size_t len;
};

/* Line `number` of the input, from 1, without its end; empty past the last. */
static struct span find_line(const struct input *input, uint32_t number)
{
    const char *at = input->data, *end = input->data + input->len, *stop;

    for (uint32_t line = 1; line < number && at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        at = newline ? newline + 1 : end;
    }
    stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    if (!stop)
        stop = end;
    if (stop > at && stop[-1] == '\r')
        stop--;
    return (struct span){ at, (size_t)(stop - at) };
}

/* Writes the line with blanks for what may not be shown; returns the columns that it
 * took. */
static int put_blanked(const char *text, size_t len)
{
    int columns = 0;

    for (size_t i = 0; i < len; columns++) {
        size_t n = text_printable(text + i, len - i);

        if (n)
            fwrite(text + i, 1, n, stderr);
        else
            fputc(' ', stderr);
        i += n ? n : 1;
    }
    return columns;
}

/* The line and below it a caret at the column; of a long line the part around it. */
static void put_place(struct span line, uint32_t column)
{
    size_t at = column ? column - 1 : 0, first = 0, last = line.len;
    int left;

    if (at > line.len)
        at = line.len;
    if (at > WINDOW_LEFT && line.len > WINDOW)
        first = at - WINDOW_LEFT;
    if (last > first + WINDOW)
        last = first + WINDOW;
    fputs(first ? " ..." : "    ", stderr);
    left = put_blanked(line.text + first, at - first);
    put_blanked(line.text + at, last - at);
    fprintf(stderr, "%s\n%*s^\n", last < line.len ? "..." : "", left + 4, "");
}

int fail_library(const char *subject, const struct skep_err *err,
                 const struct input *input)
{
    int placed = has_place(err);
    char text[SKEP_MESSAGE_MAX + 64];
    struct span line;

    error_text(err, text, sizeof(text));
    put_head(subject, placed ? ":" : ": ");
    text_put(stderr, text, strlen(text));
    fputc('\n', stderr);
    if (placed && input) {
        line = find_line(input, err->line);
        if (!text_is_blank(line.text, line.len))
            put_place(line, err->column);
    }
    return (int)skep_code_kind(err->code);
}
