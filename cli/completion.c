/* The completion for bash: the tables of commands and options as shell arrays, and the
 * little shell code that looks things up in them. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "report.h"

static const char head[] =
    "# Completion of skep's command line in bash; 'skep completion bash' prints it.\n"
    "_skep() {\n";

/* `given` is what stands before the cursor, without options and their values. Bash takes --a=b for
 * three words, unless it is told not to: then `before` is what is complete of the word. */
static const char tail[] =
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local given='' options=$common name rest next='' before='' i\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        if [[ $valued == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
    "            [[ ${COMP_WORDS[i + 1]} != '=' ]] || ((i++))\n"
    "            ((i++))\n"
    "        elif [[ ${COMP_WORDS[i]} != -?* ]]; then\n"
    "            given+=\"${COMP_WORDS[i]} \"\n"
    "        fi\n"
    "    done\n"
    "    if [[ $cur == --*=* ]]; then\n"
    "        prev=${cur%%=*} before=${cur%%=*}= cur=${cur#*=}\n"
    "    elif [[ $cur == '=' ]]; then\n"
    "        cur=''\n"
    "    elif [[ $prev == '=' ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    for i in \"${!names[@]}\"; do\n"
    "        name=\"${names[i]} \"\n"
    "        if [[ $given == \"$name\"* ]]; then\n"
    "            options+=\" ${accepted[i]}\"\n"
    "            [[ $given == \"$name\" ]] || next+=\" ${words[i]}\"\n"
    "        elif [[ $name == \"$given\"* ]]; then\n"
    "            rest=${name#\"$given\"}\n"
    "            next+=\" ${rest%% *}\"\n"
    "        fi\n"
    "    done\n"
    "    [[ $valued != *\" $prev \"* ]] || next='' options=''\n"
    "    case $prev in\n"
    "        --format) next=$formats ;;\n"
    "        --type) next=$types ;;\n"
    "        --announce) next='perf-map jitdump gdb' ;;\n"
    "        --target) next='x86_64 arm64' ;;\n"
    "        --cpu) next='baseline native bmi1 bmi2 movbe lse' ;;\n"
    "    esac\n"
    "    [[ $cur != -* || -z $options ]] || next=$options\n"
    "    if [[ -n $next ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$next\" -- \"$cur\" | sort -u)\n"
    "    else\n"
    "        compopt -o default\n"
    "    fi\n"
    "}\n"
    "complete -F _skep skep\n";

static void put_options(uint64_t options)
{
    const char *before = "";

    for (unsigned i = 0; i < OPT_COUNT; i++) {
        if (!(options >> i & 1))
            continue;
        printf("%s--%s", before, option_table[i].name);
        before = " ";
    }
}

/* The options that take a value, as they are typed. */
static void put_valued(void)
{
    for (unsigned i = 0; i < OPT_COUNT; i++) {
        if (!option_table[i].argument)
            continue;
        printf(" --%s", option_table[i].name);
        if (option_table[i].letter)
            printf(" -%c", option_table[i].letter);
    }
    putchar(' ');
}

/* The words that stand for themselves behind FILE: [opcodes]. */
static void put_words(const char *operands)
{
    const char *before = "";

    for (const char *at = operands; (at = strchr(at, '[')); at++) {
        int len = (int)strspn(at + 1, "abcdefghijklmnopqrstuvwxyz");

        if (at[1 + len] != ']')
            continue;
        printf("%s%.*s", before, len, at + 1);
        before = " ";
    }
}

static void put_types(void)
{
    const struct skep_type *type;
    skep_vm *vm;

    if (skep_vm_new(NULL, &vm, NULL) != SKEP_OK)
        return;
    for (size_t i = 0; (type = skep_vm_type(vm, i)); i++)
        printf("%s%s", i ? " " : "", type->name);
    skep_vm_free(vm);
}

int cmd_completion(const struct cli *cli)
{
    if (!is_prefix(cli->args.words[0], "bash"))
        return fail(SKEP_KIND_USAGE, NULL,
                    "there is a completion for bash only, not for '%.60s'",
                    cli->args.words[0]);
    fputs(head, stdout);
    fputs("    local names=(", stdout);
    for (size_t i = 0; i < command_count; i++)
        printf("%s'%s'", i ? " " : "", command_table[i].name);
    fputs(")\n    local accepted=(", stdout);
    for (size_t i = 0; i < command_count; i++) {
        fputs(i ? " '" : "'", stdout);
        put_options(command_table[i].options);
        putchar('\'');
    }
    fputs(")\n    local words=(", stdout);
    for (size_t i = 0; i < command_count; i++) {
        fputs(i ? " '" : "'", stdout);
        put_words(command_table[i].operands);
        putchar('\'');
    }
    fputs(")\n    local valued='", stdout);
    put_valued();
    fputs("' common='", stdout);
    put_options(OPTIONS_COMMON);
    fputs("'\n    local formats='auto raw hex array json asm elf' types='", stdout);
    put_types();
    fputs("'\n", stdout);
    fputs(tail, stdout);
    return 0;
}
