/* The completion for bash: the tables of commands and options as shell arrays, and the
 * little shell code that looks things up in them. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "report.h"

static const char head[] =
    "# Completion of skep's command line in bash; 'skep completion bash' prints it.\n"
    "_skep() {\n";

/* `given` is what stands before the cursor, without options. */
static const char tail[] =
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local given='' options=$common name rest next='' i\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        [[ ${COMP_WORDS[i]} == -* ]] || given+=\"${COMP_WORDS[i]} \"\n"
    "    done\n"
    "    for i in \"${!names[@]}\"; do\n"
    "        name=\"${names[i]} \"\n"
    "        if [[ $given == \"$name\"* ]]; then\n"
    "            options+=\" ${accepted[i]}\"\n"
    "        elif [[ $name == \"$given\"* ]]; then\n"
    "            rest=${name#\"$given\"}\n"
    "            next+=\" ${rest%% *}\"\n"
    "        fi\n"
    "    done\n"
    "    case $prev in\n"
    "        --format) next=$formats options= ;;\n"
    "        --type) next=$types options= ;;\n"
    "        --announce) next='perf-map jitdump gdb' options= ;;\n"
    "        --target) next='x86_64 arm64' options= ;;\n"
    "    esac\n"
    "    [[ $cur != -* || -z $options ]] || next=$options\n"
    "    if [[ -n $next ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$next\" -- \"$cur\" | sort -u)\n"
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
    fputs(")\n    local common='", stdout);
    put_options(OPTIONS_COMMON);
    fputs("'\n    local formats='auto raw hex array json asm elf' types='", stdout);
    put_types();
    fputs("'\n", stdout);
    fputs(tail, stdout);
    return 0;
}
