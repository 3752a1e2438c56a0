/* The command line: options, which may stand anywhere, and the words between them. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stddef.h>
#include <stdint.h>

enum option {
#define OPT(id, ...) OPT_##id,
#include "options.def"
#undef OPT
    OPT_COUNT
};

struct option_row {
    char letter;
    const char *name;
    const char *argument; /* NULL: a flag */
    const char *text;
};

extern const struct option_row option_table[OPT_COUNT];

/* A set of options, bit 1 << OPT_x. */
#define OPT_BIT(id) ((uint64_t)1 << OPT_##id)

struct args {
    const char
        *value[OPT_COUNT]; /* NULL: not given; "" for a flag; of several the last */
    const char **sets;     /* all arguments of --set, in order; owned */
    size_t set_count;
    char **words; /* borrowed from argv; the array is owned */
    size_t count;
};

/* Takes the command line apart. Returns the exit status. */
int args_parse(int argc, char **argv, struct args *args);
void args_free(struct args *args);

/* Removes the first n words. */
void args_shift(struct args *args, size_t n);

/* An option that is given but not in the set, or OPT_COUNT. */
enum option args_stranger(const struct args *args, uint64_t allowed);

/* Reads an unsigned number, decimal or hexadecimal with 0x. Returns 0, or -1 if it is
 * none. */
int number_read(const char *text, uint64_t *value);

/* The number that an option has, which must lie between min and max; *value stays if the
 * option is not given. Returns the exit status. */
int args_number(const struct args *args, enum option option, uint64_t min, uint64_t max,
                uint64_t *value);

#endif
