/* Files that gzip compressed. */
#ifndef CLI_GZIP_H
#define CLI_GZIP_H

#include "input.h"

/* Whether the file begins as gzip's do. */
int gzip_like(const struct input *input);

/* Replaces the contents by what they are uncompressed, INPUT_MAX bytes at most. Returns the
 * exit status; on failure the input stays as it is. */
int gzip_expand(struct input *input);

#endif
