/* Colours on a terminal, sparingly. */
#ifndef CLI_COLOUR_H
#define CLI_COLOUR_H

/* The escape sequences of a terminal, or empty strings. */
struct colours {
    const char *dim, *strong, *good, *bad, *end;
};

/* Those for standard output: empty unless it is a terminal that wants colours (TERM is
 * not dumb, NO_COLOR is not set). */
struct colours colours_stdout(void);

#endif
