/* JSON, written piece by piece as bpftool lays it out: on one line, or indented by four
 * blanks. A key is NULL within an array.
 *
 * Names and characters are foreign: what is not printable ASCII is escaped, so the text is
 * valid whatever the bytes. */
#ifndef SK_BASE_JSON_H
#define SK_BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/out.h"

struct sk_json {
    struct sk_out *out;
    uint32_t pretty; /* 1: indented */
    uint32_t depth;
    uint32_t empty; /* nothing stands yet in the innermost object or array */
};

void sk_json_open(struct sk_json *j, const char *key, char bracket);
void sk_json_close(struct sk_json *j, char bracket);

/* What stands before a value: a comma, and the key. The value follows as text. */
void sk_json_key(struct sk_json *j, const char *key);

void sk_json_str(struct sk_json *j, const char *key, const char *text, size_t len);
void sk_json_name(struct sk_json *j, const char *key, const char *name);
void sk_json_u64(struct sk_json *j, const char *key, uint64_t value);
void sk_json_i64(struct sk_json *j, const char *key, int64_t value);

#endif
