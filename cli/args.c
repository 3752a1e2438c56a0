/* The command line. */
#include "args.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

const struct option_row option_table[OPT_COUNT] = {
#define OPT(id, letter, name, argument, text) { letter, name, argument, text },
#include "options.def"
#undef OPT
};

/* Where the parser stands. */
struct cursor {
    int argc, at;
    char **argv;
};

static enum option find_long(const char *name, size_t len)
{
    unsigned i = 0;

    while (i < OPT_COUNT && (strlen(option_table[i].name) != len ||
                             memcmp(option_table[i].name, name, len) != 0))
        i++;
    return (enum option)i;
}

static enum option find_short(char letter)
{
    unsigned i = 0;

    while (i < OPT_COUNT && (option_table[i].letter != letter || letter == 0))
        i++;
    return (enum option)i;
}

/* Gives the option its argument: `attached` to it, or the next word. */
static int take_value(struct args *args, enum option option, const char *attached,
                      struct cursor *cursor)
{
    const char *name = option_table[option].name;

    if (!attached && cursor->at == cursor->argc)
        return fail(SKEP_KIND_USAGE, NULL, "option --%s needs an argument", name);
    if (args->value[option] && option != OPT_SET)
        return fail(SKEP_KIND_USAGE, NULL, "option --%s is given twice", name);
    args->value[option] = attached ? attached : cursor->argv[cursor->at++];
    if (option == OPT_SET)
        args->sets[args->set_count++] = args->value[option];
    return 0;
}

/* --name, --name=value, or --name value */
static int take_long(struct args *args, const char *word, struct cursor *cursor)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    enum option option = find_long(name, len);

    if (option == OPT_COUNT)
        return fail(SKEP_KIND_USAGE, NULL, "unknown option '%.60s'", word);
    if (option_table[option].argument)
        return take_value(args, option, equals ? equals + 1 : NULL, cursor);
    if (equals)
        return fail(SKEP_KIND_USAGE, NULL, "option --%s takes no argument",
                    option_table[option].name);
    args->value[option] = "";
    return 0;
}

/* -a, -ab, -o value, or -ovalue */
static int take_short(struct args *args, const char *word, struct cursor *cursor)
{
    for (const char *letter = word + 1; *letter; letter++) {
        enum option option = find_short(*letter);

        if (option == OPT_COUNT)
            return fail(SKEP_KIND_USAGE, NULL, "unknown option '-%c' in '%.60s'", *letter,
                        word);
        if (option_table[option].argument)
            return take_value(args, option, letter[1] ? letter + 1 : NULL, cursor);
        args->value[option] = "";
    }
    return 0;
}

static int take_word(struct args *args, char *word, struct cursor *cursor)
{
    if (word[0] != '-' || word[1] == 0) {
        args->words[args->count++] = word;
        return 0;
    }
    return word[1] == '-' ? take_long(args, word, cursor)
                          : take_short(args, word, cursor);
}

int args_parse(int argc, char **argv, struct args *args)
{
    struct cursor cursor = { .argc = argc, .at = 1, .argv = argv };

    *args = (struct args){ 0 };
    args->words = calloc((size_t)argc + 1, sizeof(*args->words));
    args->sets = calloc((size_t)argc + 1, sizeof(*args->sets));
    if (!args->words || !args->sets) {
        args_free(args);
        return fail_memory();
    }
    while (cursor.at < argc) {
        char *word = argv[cursor.at++];
        int status = 0;

        if (!strcmp(word, "--")) {
            while (cursor.at < argc)
                args->words[args->count++] = argv[cursor.at++];
        } else {
            status = take_word(args, word, &cursor);
        }
        if (status) {
            args_free(args);
            return status;
        }
    }
    return 0;
}

void args_free(struct args *args)
{
    free(args->words);
    free(args->sets);
    *args = (struct args){ 0 };
}

void args_shift(struct args *args, size_t n)
{
    args->count -= n;
    memmove(args->words, args->words + n, args->count * sizeof(*args->words));
    args->words[args->count] = NULL;
}

enum option args_stranger(const struct args *args, uint64_t allowed)
{
    unsigned i = 0;

    while (i < OPT_COUNT && (!args->value[i] || (allowed >> i & 1)))
        i++;
    return (enum option)i;
}

int number_read(const char *text, uint64_t *value)
{
    unsigned base = 10;
    uint64_t sum = 0;

    if (text[0] == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        text += 2;
    }
    if (*text == 0)
        return -1;
    for (; *text; text++) {
        unsigned digit = 99;

        if (*text >= '0' && *text <= '9')
            digit = (unsigned)(*text - '0');
        else if ((*text | 0x20) >= 'a' && (*text | 0x20) <= 'f')
            digit = (unsigned)((*text | 0x20) - 'a') + 10;
        if (digit >= base || sum > (UINT64_MAX - digit) / base)
            return -1;
        sum = sum * base + digit;
    }
    *value = sum;
    return 0;
}

int args_number(const struct args *args, enum option option, uint64_t min, uint64_t max,
                uint64_t *value)
{
    const char *text = args->value[option];
    uint64_t number;

    if (!text)
        return 0;
    if (number_read(text, &number) != 0 || number < min || number > max)
        return fail(SKEP_KIND_USAGE, NULL, "--%s: '%.60s' is no number from %llu to %llu",
                    option_table[option].name, text, (unsigned long long)min,
                    (unsigned long long)max);
    *value = number;
    return 0;
}
