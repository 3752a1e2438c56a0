/* Help pages as text for the terminal. */
#include "help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

enum { WIDTH = 80, OPTION_COLUMN = 24, COMMAND_COLUMN = 20 };

const char help_title[] = "an eBPF virtual machine for user space";

const char *const help_inputs[] = {
    "FILE may be raw slots, hexadecimal text, a C array, JSON as bpftool prints it, "
    "assembly text, or an ELF object; what it is is found out from its contents, unless "
    "--format says it. FILE - is standard input.",
    "Commands may be cut short, as bpftool's: skep p s FILE is skep prog show FILE. "
    "Options may stand anywhere; -- ends them.",
    NULL,
};

const struct status_row help_statuses[] = {
    { "0", "everything is fine" },
    { "1", "a program was refused by the verifier, or an assertion failed" },
    { "2", "the command was used wrongly" },
    { "3",
      "the input is malformed, or an object needs of the kernel what that does not have" },
    { "4", "a program ended by a run-time fault" },
    { "5", "the system failed: input, output, memory" },
};
const size_t help_status_count = sizeof(help_statuses) / sizeof(help_statuses[0]);

/* Writes text in lines of up to WIDTH columns, from column `indent` on; the cursor stands
 * at column `at`. */
static void put_wrapped(int indent, int at, const char *text)
{
    if (at > indent) {
        putchar('\n');
        at = 0;
    }
    printf("%*s", indent - at, "");
    at = indent;
    while (*text) {
        int len = (int)strcspn(text, " ");

        if (at > indent && at + 1 + len > WIDTH) {
            printf("\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            putchar(' ');
            at++;
        }
        printf("%.*s", len, text);
        at += len;
        text += len;
        text += *text == ' ';
    }
    putchar('\n');
}

static void put_option(const struct option_row *option)
{
    int at = option->letter ? printf("  -%c, --%s", option->letter, option->name)
                            : printf("  --%s", option->name);

    if (option->argument)
        at += printf(" %s", option->argument);
    put_wrapped(OPTION_COLUMN, at + 1 > OPTION_COLUMN ? WIDTH : at, option->text);
}

static void put_options(uint64_t options)
{
    for (unsigned i = 0; i < OPT_COUNT; i++)
        if (options >> i & 1)
            put_option(&option_table[i]);
}

static void put_usage(const struct command *command)
{
    printf("skep [-j|-p] %s%s%s%s\n", command->name, command->operands[0] ? " " : "",
           command->operands, command->options ? " [OPTIONS]" : "");
}

void help_command(const struct command *command)
{
    printf("skep %s - %c%s\n\nusage: ", command->name, tolower(command->summary[0]),
           command->summary + 1);
    put_usage(command);
    for (size_t i = 0; i < COMMAND_PARAGRAPHS && command->about[i]; i++) {
        putchar('\n');
        put_wrapped(0, 0, command->about[i]);
    }
    puts("\nOptions:");
    put_options(command->options | OPTIONS_COMMON);
    if (command->examples[0].command)
        puts("\nExamples:");
    for (size_t i = 0; i < COMMAND_EXAMPLES && command->examples[i].command; i++) {
        printf("  %s\n", command->examples[i].command);
        put_wrapped(6, 0, command->examples[i].what);
    }
}

size_t help_group(char **words, size_t count)
{
    size_t members = 0;

    for (size_t i = 0; i < command_count; i++) {
        if (command_in_group(&command_table[i], words, count)) {
            fputs(members++ ? "       " : "usage: ", stdout);
            put_usage(&command_table[i]);
        }
    }
    return members;
}

void help_all(void)
{
    printf("skep - %s\n\nusage: skep [OPTIONS] COMMAND [OPERANDS]\n\nCommands:\n",
           help_title);
    for (size_t i = 0; i < command_count; i++)
        put_wrapped(COMMAND_COLUMN, printf("  %s", command_table[i].name),
                    command_table[i].summary);
    for (size_t i = 0; help_inputs[i]; i++) {
        putchar('\n');
        put_wrapped(0, 0, help_inputs[i]);
    }
    puts("\nOptions of all commands:");
    put_options(OPTIONS_COMMON | OPT_BIT(VERSION));
    puts("\nExit status:");
    for (size_t i = 0; i < help_status_count; i++)
        printf("  %s  %s\n", help_statuses[i].status, help_statuses[i].meaning);
    puts("\n'skep help COMMAND' has each command's own options and examples.");
}

static void put_list(void)
{
    for (size_t i = 0; i < command_count; i++)
        puts(command_table[i].name);
}

int cmd_help(const struct cli *cli)
{
    char **words = cli->args.words;
    size_t count = cli->args.count, used = 0;
    const struct command *command = command_find(words, count, &used);
    const char *man = cli->args.value[OPT_MAN];

    if (cli->args.value[OPT_LIST])
        put_list();
    else if (count == 0 && man)
        man_all();
    else if (count == 0)
        help_all();
    else if (command && used == count && man)
        man_command(command);
    else if (command && used == count)
        help_command(command);
    else if (command)
        return fail(SKEP_KIND_USAGE, NULL, "'%.60s' is no command of 'skep %s'",
                    words[used], command->name);
    else if (help_group(words, count) == 0)
        return fail(SKEP_KIND_USAGE, NULL, "'%.60s' is no command", words[0]);
    return 0;
}

int cmd_version(const struct cli *cli)
{
    struct jw j = cli_json(cli);

    if (cli->style == STYLE_TEXT) {
        printf("skep %s\n", skep_version());
        return 0;
    }
    jw_open(&j, NULL, '{');
    jw_str(&j, "version", skep_version());
    jw_close(&j, '}');
    jw_end(&j);
    return 0;
}
