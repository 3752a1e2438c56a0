/* Colours on a terminal. */
#include "colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct colours colours_stdout(void)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

    if (!isatty(STDOUT_FILENO) || !term || !strcmp(term, "dumb") ||
        (no_color && *no_color))
        return (struct colours){ "", "", "", "", "" };
    return (struct colours){ "\033[2m", "\033[1m", "\033[32m", "\033[31m", "\033[0m" };
}
