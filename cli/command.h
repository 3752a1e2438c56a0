/* The commands: what each is called, takes and does. From this one table come the
 * dispatch, the help texts, the manual pages and the completion. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "args.h"
#include "json.h"

enum style { STYLE_TEXT, STYLE_COMPACT, STYLE_PRETTY };

struct command;

/* What a command runs with. */
struct cli {
    const struct command *command;
    struct args args; /* its words are the operands, without the command's name */
    enum style style;
};

struct example {
    const char *command;
    const char *what;
};

enum { COMMAND_PARAGRAPHS = 10, COMMAND_EXAMPLES = 6 };

struct command {
    const char *name;     /* words that users may cut short: "prog dump xlated" */
    const char *operands; /* "FILE [opcodes]" */
    const char *summary;  /* for lists, without a full stop */
    const char *about[COMMAND_PARAGRAPHS];
    uint64_t options; /* set of OPT_BIT */
    size_t min, max;  /* operands */
    struct example examples[COMMAND_EXAMPLES];
    int (*run)(const struct cli *cli); /* returns the exit status */
};

extern const struct command command_table[];
extern const size_t command_count;

/* Options that every command accepts. */
#define OPTIONS_COMMON (OPT_BIT(JSON) | OPT_BIT(PRETTY) | OPT_BIT(HELP))

/* The command that the words begin with, each cut short or not, and how many words name
 * it. NULL if there is none. */
const struct command *command_find(char **words, size_t count, size_t *used);

/* Whether words of the command's name, cut short or not, are all that is given: "prog".
 * Then the words name a group of commands, and the command belongs to it. */
int command_in_group(const struct command *command, char **words, size_t count);

/* Whether `word` is `whole` or begins it. */
int is_prefix(const char *word, const char *whole);

/* A writer of JSON to standard output. */
struct jw cli_json(const struct cli *cli);

int cmd_prog_show(const struct cli *cli);
int cmd_prog_dump_xlated(const struct cli *cli);
int cmd_prog_dump_jited(const struct cli *cli);
int cmd_prog_compile(const struct cli *cli);
int cmd_prog_run(const struct cli *cli);
int cmd_map_show(const struct cli *cli);
int cmd_object_show(const struct cli *cli);
int cmd_gen_object(const struct cli *cli);
int cmd_asm(const struct cli *cli);
int cmd_disasm(const struct cli *cli);
int cmd_trace(const struct cli *cli);
int cmd_explain(const struct cli *cli);
int cmd_isa(const struct cli *cli);
int cmd_btf_dump(const struct cli *cli);
int cmd_btf_print(const struct cli *cli);
int cmd_bench(const struct cli *cli);
int cmd_plugin(const struct cli *cli);
int cmd_help(const struct cli *cli);
int cmd_version(const struct cli *cli);
int cmd_completion(const struct cli *cli);

#endif
