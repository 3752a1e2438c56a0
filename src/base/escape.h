/* Foreign text made fit for a message of one line. */
#ifndef SK_BASE_ESCAPE_H
#define SK_BASE_ESCAPE_H

#include <stddef.h>

/* Copies s into buf, NUL-terminated; quotes, backslashes and all that is not printable
 * ASCII become \xNN. What has no room is cut, and "..." says so; size is at least 8.
 * Returns buf. */
const char *sk_escape(char *buf, size_t size, const char *s, size_t len);

/* The same of a name, of which no more is looked at than has room: it may be long, and there
 * may be many messages. */
enum { SK_SHOWN_MAX = 64 };

const char *sk_shown(char buf[SK_SHOWN_MAX], const char *name);

/* The length of the UTF-8 sequence of more than one byte (RFC 3629, 4) that text begins
 * with; 0 if it is none. */
size_t sk_utf8_length(const void *text, size_t left);

#endif
