/* What the command says on standard error, and what it exits with.
 *
 * Each failure is reported once, where it is found, by a function that returns the exit
 * status; callers only pass the status on. A message is one line, "skep: SUBJECT:
 * MESSAGE", whatever the names and the input hold; behind an error in a text come two
 * lines that show the place. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <skep.h>

#include "input.h"

/* Exit statuses are enum skep_kind; 0 is fine. SUBJECT, a file or an option, may be
 * NULL. */
__attribute__((format(printf, 3, 4))) int fail(enum skep_kind kind, const char *subject,
                                               const char *format, ...);

/* A failure of the system: "skep: SUBJECT: <what errno says>". */
int fail_errno(const char *subject);

int fail_memory(void);

/* A failure of the library, which found it in `input` (or NULL: elsewhere). */
int fail_library(const char *subject, const struct skep_err *err,
                 const struct input *input);

/* "slot 5: message", "offset 0x10: message" or "2:7: message". */
size_t error_text(const struct skep_err *err, char *buf, size_t size);

/* Something the user should know although nothing failed. */
__attribute__((format(printf, 2, 3))) void warn(const char *subject, const char *format,
                                                ...);

#endif
