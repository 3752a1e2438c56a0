/* JSON in bpftool's layout. */
#include "base/json.h"

#include <string.h>

enum { INDENT = 4 };

static void put_indent(struct sk_json *j)
{
    if (!j->pretty)
        return;
    sk_put(j->out, "\n", 1);
    sk_put_blanks(j->out, j->depth * INDENT);
}

/* What may stand in a string as it is. */
static size_t plain_len(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && text[n] >= ' ' && text[n] <= '~' && text[n] != '"' &&
           text[n] != '\\')
        n++;
    return n;
}

static void put_special(struct sk_json *j, unsigned char c)
{
    static const char letters[] = "\"\\\n\r\t\b\f", escapes[] = "\"\\nrtbf";
    const char *at = c ? strchr(letters, c) : NULL;

    if (at)
        sk_printf(j->out, "\\%c", escapes[at - letters]);
    else
        sk_printf(j->out, "\\u%04x", c);
}

static void put_string(struct sk_json *j, const char *text, size_t len)
{
    sk_put(j->out, "\"", 1);
    while (len && !j->out->failed) {
        size_t n = plain_len(text, len);

        sk_put(j->out, text, n);
        if (n < len)
            put_special(j, (unsigned char)text[n++]);
        text += n;
        len -= n;
    }
    sk_put(j->out, "\"", 1);
}

void sk_json_key(struct sk_json *j, const char *key)
{
    if (!j->empty)
        sk_put(j->out, ",", 1);
    j->empty = 0;
    if (!key)
        return;
    put_indent(j);
    put_string(j, key, strlen(key));
    sk_puts(j->out, j->pretty ? ": " : ":");
}

void sk_json_open(struct sk_json *j, const char *key, char bracket)
{
    sk_json_key(j, key);
    sk_put(j->out, &bracket, 1);
    j->depth++;
    j->empty = 1;
}

void sk_json_close(struct sk_json *j, char bracket)
{
    j->depth--;
    if (!j->empty)
        put_indent(j);
    sk_put(j->out, &bracket, 1);
    j->empty = 0;
}

void sk_json_str(struct sk_json *j, const char *key, const char *text, size_t len)
{
    sk_json_key(j, key);
    put_string(j, text, len);
}

void sk_json_name(struct sk_json *j, const char *key, const char *name)
{
    sk_json_str(j, key, name, strlen(name));
}

void sk_json_u64(struct sk_json *j, const char *key, uint64_t value)
{
    sk_json_key(j, key);
    sk_printf(j->out, "%llu", (unsigned long long)value);
}

void sk_json_i64(struct sk_json *j, const char *key, int64_t value)
{
    sk_json_key(j, key);
    sk_printf(j->out, "%lld", (long long)value);
}
