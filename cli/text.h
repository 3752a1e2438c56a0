/* Foreign text on a terminal: file names, arguments and pieces of input may hold
 * anything, and must not move the cursor or end a line. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* The length in bytes of the character at `text` if it may be shown as it is: printable
 * ASCII, or well-formed UTF-8 that is no control character. 0 otherwise. */
size_t text_printable(const char *text, size_t len);

/* Writes text, and for each byte that may not be shown an escape such as \n or \x1b. */
void text_put(FILE *file, const char *text, size_t len);

/* Whether there are only blanks and ends of lines. */
int text_is_blank(const char *text, size_t len);

#endif
