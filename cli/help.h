/* Help texts, written out from the tables of commands and options. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command.h"

/* The page of one command; of the commands that the words name together, which it returns
 * the number of; of the whole. */
void help_command(const struct command *command);
size_t help_group(char **words, size_t count);
void help_all(void);

/* The same as manual pages in roff. */
void man_command(const struct command *command);
void man_all(void);

/* What the overview and its manual page share. */
extern const char help_title[];
extern const char *const help_inputs[]; /* paragraphs, up to a NULL */

struct status_row {
    const char *status, *meaning;
};
extern const struct status_row help_statuses[];
extern const size_t help_status_count;

#endif
