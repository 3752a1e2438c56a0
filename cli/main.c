/* skep: the command. Finds the command that the words name, checks what it is given
 * against its row of the table, runs it, and makes sure that all output has left. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "help.h"
#include "output.h"
#include "report.h"

/* Standard descriptors that are closed would be handed out to the next file opened. Put
 * something in their place that fails when it is used. */
static void guard_descriptors(void)
{
    int fd = 0;

    while (fd <= STDERR_FILENO && fd >= 0) {
        if (fcntl(fd, F_GETFD) < 0)
            fd = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        fd += fd >= 0;
    }
}

/* A reader that went away and a file that must not grow are errors of write(2), not the
 * end. */
static void ignore_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

struct jw cli_json(const struct cli *cli)
{
    return jw_new(stdout, cli->style == STYLE_PRETTY ? JW_PRETTY : JW_COMPACT);
}

/* The words name no command: says what could follow. */
static int unknown_command(const struct args *args)
{
    char list[200] = "";
    const char *second = args->count > 1 ? args->words[1] : "";

    if (args->count == 0)
        return fail(SKEP_KIND_USAGE, NULL, "no command given; 'skep help' lists them");
    for (size_t i = 0; i < command_count; i++) {
        const char *name = command_table[i].name;
        size_t len = strlen(list);

        if (strchr(name, ' ') && command_in_group(&command_table[i], args->words, 1))
            snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : "", name);
    }
    if (!list[0])
        return fail(SKEP_KIND_USAGE, NULL,
                    "'%.60s' is no command; 'skep help' lists them", args->words[0]);
    return fail(SKEP_KIND_USAGE, NULL, "'%.60s%s%.60s' is no command, these are: %s",
                args->words[0], *second ? " " : "", second, list);
}

/* Files must have names, standard input can be read once only, and FILE is not written to. */
static int check_files(const struct cli *cli)
{
    enum { INPUTS = 3 }; /* the first ones in the list */
    const char *const *value = cli->args.value, *ctx = value[OPT_CTX];
    const struct {
        const char *what, *path;
    } files[] = {
        { "FILE",
          strncmp(cli->command->operands, "FILE", 4) ? NULL : cli->args.words[0] },
        { "--ctx", ctx && ctx[0] == '@' ? ctx + 1 : NULL },
        { "--data-in", value[OPT_DATA_IN] },
        { "--data-out", value[OPT_DATA_OUT] },
        { "--output", value[OPT_OUTPUT] },
        { "--header", value[OPT_HEADER] },
    };
    const char *reader = NULL; /* of standard input */

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *path = files[i].path;

        if (path && !*path)
            return fail(SKEP_KIND_USAGE, NULL, "%s: the file's name is empty",
                        files[i].what);
        if (path && i >= INPUTS && files[0].path &&
            output_spares(path, files[0].path) != 0)
            return SKEP_KIND_USAGE;
        if (!path || strcmp(path, "-") != 0 || i >= INPUTS)
            continue;
        if (reader)
            return fail(SKEP_KIND_USAGE, NULL, "standard input cannot be both %s and %s",
                        reader, files[i].what);
        reader = files[i].what;
    }
    return 0;
}

/* No operand may be missing or too much, no option foreign to the command. */
static int check_usage(const struct cli *cli)
{
    const struct command *command = cli->command;
    enum option stranger = args_stranger(&cli->args, command->options | OPTIONS_COMMON);

    if (stranger != OPT_COUNT)
        return fail(SKEP_KIND_USAGE, NULL,
                    "skep %s has no option --%s; see 'skep help %s'", command->name,
                    option_table[stranger].name, command->name);
    if (cli->args.count < command->min)
        return fail(SKEP_KIND_USAGE, NULL, "operands are missing: skep %s %s",
                    command->name, command->operands);
    if (cli->args.count > command->max)
        return fail(SKEP_KIND_USAGE, NULL, "'%.60s' is too much: skep %s %s",
                    cli->args.words[command->max], command->name, command->operands);
    return check_files(cli);
}

/* A conformance runner puts the memory before its fixed options: "skep 00ff plugin". Puts
 * the command's name in front. */
static void put_plugin_first(struct args *args)
{
    char *mem = args->words[0];

    if (args->count < 2 || strcmp(args->words[1], "plugin") != 0 || mem[0] == 0 ||
        mem[strspn(mem, "0123456789abcdefABCDEF ")] != 0)
        return;
    args->words[0] = args->words[1];
    args->words[1] = mem;
}

/* Empty arguments are nothing to the plugin: its callers may pass some. */
static void drop_empty_words(struct args *args)
{
    size_t kept = 0;

    for (size_t i = 0; i < args->count; i++)
        if (args->words[i][0])
            args->words[kept++] = args->words[i];
    args->count = kept;
}

/* "skep prog --help", "skep prog help": the words name several commands. */
static int wants_group_help(const struct args *args)
{
    size_t count = args->count;

    if (count && !args->value[OPT_HELP] && !strcmp(args->words[count - 1], "help"))
        count--;
    else if (!args->value[OPT_HELP])
        return 0;
    return help_group(args->words, count) > 0;
}

/* What needs no command: the overview, the version, the commands of a group. */
static int run_without_command(struct cli *cli)
{
    static const struct command version = { .run = cmd_version };

    if (cli->args.count == 0 && cli->args.value[OPT_VERSION]) {
        cli->command = &version;
        return cmd_version(cli);
    }
    if (cli->args.count == 0 && cli->args.value[OPT_HELP]) {
        help_all();
        return 0;
    }
    return wants_group_help(&cli->args) ? 0 : unknown_command(&cli->args);
}

static int run(struct cli *cli)
{
    size_t used = 0;
    int status;

    put_plugin_first(&cli->args);
    cli->command = command_find(cli->args.words, cli->args.count, &used);
    if (cli->args.value[OPT_JSON])
        cli->style = STYLE_COMPACT;
    if (cli->args.value[OPT_PRETTY])
        cli->style = STYLE_PRETTY;
    if (!cli->command)
        return run_without_command(cli);
    if (cli->args.value[OPT_HELP]) {
        help_command(cli->command);
        return 0;
    }
    args_shift(&cli->args, used);
    if (cli->command->run == cmd_plugin)
        drop_empty_words(&cli->args);
    status = check_usage(cli);
    return status ? status : cli->command->run(cli);
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };
    int status;

    guard_descriptors();
    ignore_signals();
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
    status = args_parse(argc, argv, &cli.args);
    if (!status) {
        status = run(&cli);
        args_free(&cli.args);
    }
    return output_finish(status);
}
