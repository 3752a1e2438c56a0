/* Foreign text made fit for a message of one line. */
#ifndef SK_BASE_ESCAPE_H
#define SK_BASE_ESCAPE_H

#include <stddef.h>

/* Copies s into buf, NUL-terminated; quotes, backslashes and all that is not printable
 * ASCII become \xNN. What has no room is cut, and "..." says so; size is at least 8.
 * Returns buf. */
const char *sk_escape(char *buf, size_t size, const char *s, size_t len);

#endif
