/* Files that the command writes: whole or not at all. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stddef.h>

/* Writes the bytes to a file, or to standard output if the path is "-". A regular file
 * gets its new contents in one step, by renaming a temporary one beside it; on failure
 * nothing is left behind and an old file stays. Devices and pipes are written to
 * directly. Returns the exit status. */
int output_write(const char *path, const void *data, size_t len);

/* Several files, OUTPUTS_MAX at most, so that none is changed unless all can be written: the
 * regular ones get their names when all else is done, the first one last. A failure is that of
 * the first one that fails. */
enum { OUTPUTS_MAX = 2 };
struct output {
    const char *path;
    const void *data;
    size_t len;
};
int output_write_all(const struct output *outputs, size_t count);

/* Whether the paths, neither of them "-", are of the same regular file, which need not be
 * there. */
int output_same(const char *a, const char *b);

/* Whether the path is, or will be, a regular file. */
int output_is_regular(const char *path);

/* Fails if writing to the path would overwrite the file that the input is read from. Returns
 * the exit status. */
int output_spares(const char *path, const char *input);

/* A skep_write_fn to standard output; it ends the call when nobody reads any more. */
int write_stdout(void *ctx, const char *text, size_t len);

/* Writes out what standard output still buffers. Returns `status`, or the failure's if
 * that was 0. A reader that went away is nothing to speak of. */
int output_finish(int status);

#endif
