/* Files, read into memory whole: with read(2), up to a limit, and never mapped, since
 * another process may change a file at any time. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stddef.h>

enum { INPUT_MAX = 64 << 20 }; /* bytes; more is no program and no packet */

struct input {
    const char *name; /* for messages; borrowed */
    char *data;       /* owned; a NUL follows the last byte */
    size_t len;
};

/* What messages call the file: its path, or "stdin" for "-". */
const char *input_name(const char *path);

/* Reads the file, or standard input if the path is "-". Returns the exit status; on
 * failure there is nothing to free. */
int input_read(const char *path, struct input *input);
void input_free(struct input *input);

/* Turns pairs of hexadecimal digits, blanks allowed between them, into bytes (to be
 * freed). Returns -1 if the text has anything else, -2 if memory ran out, else 0. */
int hex_bytes(const char *text, size_t len, unsigned char **bytes, size_t *count);

#endif
