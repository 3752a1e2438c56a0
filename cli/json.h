/* JSON, written piece by piece as bpftool lays it out: on one line, or indented by four
 * blanks.
 *
 *     struct jw j = jw_new(stdout, JW_PRETTY);
 *     jw_open(&j, NULL, '[');
 *     jw_open(&j, NULL, '{');
 *     jw_str(&j, "name", "prog");
 *     jw_close(&j, '}');
 *     jw_close(&j, ']');
 *     jw_end(&j);                 a newline
 *
 * A key is NULL within an array. Strings are made valid UTF-8: what is not becomes
 * U+FFFD. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum jw_style { JW_COMPACT, JW_PRETTY };

struct jw {
    FILE *file;
    enum jw_style style;
    int depth;
    int empty;   /* nothing stands yet in the innermost object or array */
    int scalars; /* the innermost array has plain values only */
};

struct jw jw_new(FILE *file, enum jw_style style);

void jw_open(struct jw *j, const char *key, char bracket);
void jw_close(struct jw *j, char bracket);
void jw_end(struct jw *j);

/* Ends an array that its first element opened. Without elements there is an empty one if all went
 * well (status 0), and nothing if not. */
void jw_end_list(struct jw *j, uint32_t count, int status);

void jw_str(struct jw *j, const char *key, const char *value);
void jw_u64(struct jw *j, const char *key, uint64_t value);
void jw_i64(struct jw *j, const char *key, int64_t value);
void jw_real(struct jw *j, const char *key, double value);
void jw_true(struct jw *j, const char *key);
void jw_false(struct jw *j, const char *key);
void jw_null(struct jw *j, const char *key);

/* JSON that is there already. */
void jw_raw(struct jw *j, const char *key, const char *text);

/* A number as the string "0x1f". */
void jw_hex(struct jw *j, const char *key, uint64_t value);
/* Bytes as bpftool writes them, an array of "0x1f" with two digits each. */
void jw_bytes(struct jw *j, const char *key, const void *bytes, size_t count);

#endif
