/* Files that the command writes: whole or not at all. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stddef.h>

/* Writes the bytes to a file, or to standard output if the path is "-". A regular file
 * gets its new contents in one step, by renaming a temporary one beside it; on failure
 * nothing is left behind and an old file stays. Devices and pipes are written to
 * directly. Returns the exit status. */
int output_write(const char *path, const void *data, size_t len);

/* A skep_write_fn to standard output; it ends the call when nobody reads any more. */
int write_stdout(void *ctx, const char *text, size_t len);

/* Writes out what standard output still buffers. Returns `status`, or the failure's if
 * that was 0. A reader that went away is nothing to speak of. */
int output_finish(int status);

#endif
