/* Help pages as manual pages, in roff with the man macros. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <skep.h>

#include "help.h"

/* When what the pages say was changed last. */
#define PAGES_DATE "2026-11-25"

enum { LINE_COLUMNS = 70 };

static void put_char(char c)
{
    if (c == '\\')
        fputs("\\e", stdout);
    else if (c == '-')
        fputs("\\-", stdout);
    else if (c == '\'')
        fputs("\\(aq", stdout);
    else
        putchar(c);
}

/* Text that may begin a line, so that nothing in it is read as a macro or an escape. */
static void put_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    while (*text)
        put_char(*text++);
}

/* A paragraph, in lines that a person can read. */
static void put_line(const char *text)
{
    size_t column = 0;

    for (const char *at = text; *at; at++, column++) {
        if (*at == ' ' && column + strcspn(at + 1, " ") > LINE_COLUMNS) {
            putchar('\n');
            column = 0;
            continue;
        }
        if (column == 0 && (*at == '.' || *at == '\''))
            fputs("\\&", stdout);
        put_char(*at);
    }
    putchar('\n');
}

static void put_upper(const char *text)
{
    for (; *text; text++)
        putchar(*text == ' ' ? '-' : toupper(*text));
}

/* The page's name: "skep-prog-run". */
static void put_page_name(const char *command)
{
    fputs("skep", stdout);
    if (command)
        fputs("\\-", stdout);
    for (; command && *command; command++)
        fputs(*command == ' ' ? "\\-" : (char[]){ *command, 0 }, stdout);
}

static void put_head(const char *command, const char *summary)
{
    fputs(".TH SKEP", stdout);
    if (command) {
        putchar('-');
        put_upper(command);
    }
    printf(" 1 \"" PAGES_DATE "\" \"skep %s\" \"skep\"\n.SH NAME\n", skep_version());
    put_page_name(command);
    printf(" \\- %c", tolower(summary[0]));
    put_line(summary + 1);
}

static void put_options(uint64_t options)
{
    puts(".SH OPTIONS");
    for (unsigned i = 0; i < OPT_COUNT; i++) {
        const struct option_row *option = &option_table[i];

        if (!(options >> i & 1))
            continue;
        fputs(".TP\n", stdout);
        if (option->letter)
            printf("\\fB\\-%c\\fR, ", option->letter);
        fputs("\\fB\\-\\-", stdout);
        put_text(option->name);
        fputs("\\fR", stdout);
        if (option->argument)
            printf(" \\fI%s\\fR", option->argument);
        putchar('\n');
        put_line(option->text);
    }
}

static void put_statuses(void)
{
    puts(".SH EXIT STATUS");
    for (size_t i = 0; i < help_status_count; i++) {
        printf(".TP\n.B %s\n", help_statuses[i].status);
        put_line(help_statuses[i].meaning);
    }
}

static void put_examples(const struct example *examples)
{
    if (!examples[0].command)
        return;
    puts(".SH EXAMPLES");
    for (size_t i = 0; i < COMMAND_EXAMPLES && examples[i].command; i++) {
        puts(".TP");
        fputs("\\fB", stdout);
        put_text(examples[i].command);
        puts("\\fR");
        put_line(examples[i].what);
    }
}

static void put_paragraphs(const char *const *paragraphs, size_t most)
{
    puts(".SH DESCRIPTION");
    for (size_t i = 0; i < most && paragraphs[i]; i++) {
        if (i)
            puts(".PP");
        put_line(paragraphs[i]);
    }
}

void man_command(const struct command *command)
{
    put_head(command->name, command->summary);
    fputs(".SH SYNOPSIS\n\\fBskep ", stdout);
    put_text(command->name);
    fputs("\\fR", stdout);
    if (command->operands[0]) {
        putchar(' ');
        put_text(command->operands);
    }
    puts(command->options ? " [\\fIOPTIONS\\fR]" : "");
    put_paragraphs(command->about, COMMAND_PARAGRAPHS);
    put_options(command->options | OPTIONS_COMMON);
    put_statuses();
    put_examples(command->examples);
    puts(".SH SEE ALSO\n.BR skep (1)");
}

void man_all(void)
{
    put_head(NULL, help_title);
    puts(".SH SYNOPSIS\n"
         "\\fBskep\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIOPERANDS\\fR]");
    put_paragraphs(help_inputs, COMMAND_PARAGRAPHS);
    puts(".SH COMMANDS");
    for (size_t i = 0; i < command_count; i++) {
        fputs(".TP\n\\fBskep\\-", stdout);
        for (const char *c = command_table[i].name; *c; c++)
            putchar(*c == ' ' ? '-' : *c);
        puts("\\fR(1)");
        put_line(command_table[i].summary);
    }
    put_options(OPTIONS_COMMON | OPT_BIT(VERSION));
    put_statuses();
}
