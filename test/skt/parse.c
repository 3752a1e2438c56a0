/* .skt files to cases. What a line is, its beginning says:
 *
 *     # ...       a comment
 *     == TITLE    a case begins
 *     @ ...       a property of the case, an input, or the head of a table
 *     -> ...      results: a run
 *     blank       ends a table
 *     the rest    a row of the table that is open, else a line of the program
 *
 * Values are looked at later, when variables are replaced: expand.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "skt.h"

struct parser {
    struct skt_file *file;
    struct skt_case *test; /* the one in progress; NULL before the first */
    uint32_t number;
    int in_table;
};

static int fail(struct parser *p, const char *why)
{
    p->file->bad_line = p->number;
    snprintf(p->file->why, sizeof(p->file->why), "%s", why);
    return 0;
}

static void *one_more(void *array, size_t *cap, size_t len, size_t size)
{
    struct sk_mem mem = sk_mem_default();

    if (sk_mem_grow(&mem, &array, cap, len, 1, size, NULL))
        abort();
    memset((char *)array + len * size, 0, size);
    return array;
}

static int begin_case(struct parser *p, struct skt_str title)
{
    struct skt_file *f = p->file;
    struct skt_str none = { "", 0 };

    f->cases = one_more(f->cases, &f->case_cap, f->case_count, sizeof(*f->cases));
    p->test = &f->cases[f->case_count++];
    p->test->title = title;
    p->test->number = p->number;
    p->test->regs[0] = p->test->regs[1] = p->test->type = none;
    p->test->kernel = p->test->no_kernel = none;
    return title.len ? 1 : fail(p, "the case has no title");
}

/* Where a marker with blanks around it begins, or NULL. */
static const char *find_marker(struct skt_str line, char marker)
{
    for (size_t i = 1; i + 1 < line.len; i++) {
        if (line.at[i] == marker && line.at[i - 1] == ' ' && line.at[i + 1] == ' ')
            return line.at + i;
    }
    return NULL;
}

/* Takes "MARKER REST" off the end of *text. Returns 0 if there is none. */
static int take_marked(struct skt_str *text, char marker, struct skt_str *rest)
{
    const char *at = find_marker(*text, marker);

    if (!at)
        return 0;
    *rest = skt_trim((struct skt_str){ at + 1, (size_t)(text->at + text->len - at - 1) });
    *text = skt_trim((struct skt_str){ text->at, (size_t)(at - text->at) });
    return 1;
}

static int add_line(struct parser *p, struct skt_str text)
{
    struct skt_case *test = p->test;
    struct skt_line line = { .code = { "", 0 }, .times = { "", 0 }, .number = p->number };
    struct skt_str rest;

    test->facts += (uint32_t)take_marked(&text, '?', &rest);
    if (take_marked(&text, '!', &rest))
        line.code = skt_word(&rest);
    take_marked(&text, 'x', &line.times);
    line.text = text;
    test->lines =
        one_more(test->lines, &test->line_cap, test->line_count, sizeof(*test->lines));
    test->lines[test->line_count++] = line;
    return 1;
}

static int add_item(struct parser *p, enum skt_item_kind kind, struct skt_str text)
{
    struct skt_case *test = p->test;

    test->items =
        one_more(test->items, &test->item_cap, test->item_count, sizeof(*test->items));
    test->items[test->item_count++] = (struct skt_item){ kind, text, p->number };
    return 1;
}

/* "syscall" and the like, or ">= 6.15". */
static int set_kernel(struct parser *p, struct skt_str rest)
{
    struct skt_str word = skt_word(&rest), major = skt_take(&rest, '.');
    uint64_t a, b;

    if (!skt_is(word, ">=")) {
        p->test->kernel = word;
        return word.len ? 1 : fail(p, "@ kernel needs a program type or >= VERSION");
    }
    if (!skt_number(major, &a) || !skt_number(rest, &b) || a > 1000 || b > 1000)
        return fail(p, "a kernel's version is MAJOR.MINOR");
    p->test->kernel_major = (uint32_t)a;
    p->test->kernel_minor = (uint32_t)b;
    return 1;
}

static int set_regs(struct parser *p, struct skt_str rest)
{
    p->test->regs[0] = skt_word(&rest);
    p->test->regs[1] = skt_word(&rest);
    if (!p->test->regs[0].len || rest.len)
        return fail(p, "@ regs takes one name or two");
    return 1;
}

/* A property with a text, which must not be empty. */
static int set_text(struct parser *p, struct skt_str *property, struct skt_str text)
{
    *property = text;
    return text.len ? 1 : fail(p, "the line ends too early");
}

static int add_property(struct parser *p, struct skt_str text)
{
    struct skt_case *test = p->test;
    struct skt_str rest = text, word = skt_word(&rest);

    if (skt_is(word, "table")) {
        p->in_table = 1;
        return add_item(p, SKT_HEAD, rest);
    }
    if (skt_is(word, "kernel"))
        return set_kernel(p, rest);
    if (skt_is(word, "regs"))
        return set_regs(p, rest);
    if (skt_is(word, "no-kernel"))
        return set_text(p, &test->no_kernel, rest);
    if (skt_is(word, "type"))
        return set_text(p, &test->type, rest);
    if (skt_is(text, "raw"))
        test->raw = 1;
    else if (skt_is(text, "body"))
        test->body = 1;
    else
        return add_item(p, SKT_INPUT, text);
    return 1;
}

/* The line from its character `from` on, without the comment at its end. */
static struct skt_str content(struct skt_str line, size_t from)
{
    struct skt_str text = { line.at + from, line.len - from };

    return skt_take(&text, '#');
}

static int parse_line(struct parser *p, struct skt_str line)
{
    struct skt_str text = content(line, 0);

    if (!text.len) {
        p->in_table &= memchr(line.at, '#', line.len) != NULL;
        return 1;
    }
    if (p->in_table && line.at[0] == ' ')
        return add_item(p, SKT_ROW, text);
    p->in_table = 0;
    if (skt_begins(line, "=="))
        return begin_case(p, skt_trim((struct skt_str){ line.at + 2, line.len - 2 }));
    if (!p->test)
        return fail(p, "a line before the first case");
    if (skt_begins(line, "@"))
        return add_property(p, content(line, 1));
    if (skt_begins(line, "->"))
        return add_item(p, SKT_RESULT, content(line, 2));
    return add_line(p, line);
}

static char *read_all(const char *name)
{
    FILE *in = fopen(name, "rb");
    char *text = NULL;
    size_t size = 0, len = 0, got;

    if (!in)
        return NULL;
    do {
        size = size ? size * 2 : 65536;
        text = realloc(text, size);
        if (!text)
            abort();
        got = fread(text + len, 1, size - len - 1, in);
        len += got;
    } while (got && len == size - 1);
    text[len] = 0;
    if (ferror(in)) {
        free(text);
        text = NULL;
    }
    fclose(in);
    return text;
}

int skt_file_read(struct skt_file *file, const char *name)
{
    struct parser p = { .file = file };
    struct skt_str rest;

    *file = (struct skt_file){ .name = name, .text = read_all(name) };
    if (!file->text)
        return fail(&p, strerror(errno));
    rest = skt_str(file->text);
    while (rest.len) {
        const char *end = memchr(rest.at, '\n', rest.len);
        struct skt_str line = { rest.at, end ? (size_t)(end - rest.at) : rest.len };

        p.number++;
        if (!parse_line(&p, line))
            return 0;
        rest.at += line.len + (end != NULL);
        rest.len -= line.len + (end != NULL);
    }
    return file->case_count ? 1 : fail(&p, "the file has no case");
}

void skt_file_free(struct skt_file *file)
{
    for (size_t i = 0; i < file->case_count; i++) {
        free(file->cases[i].lines);
        free(file->cases[i].items);
    }
    free(file->cases);
    free(file->text);
}
