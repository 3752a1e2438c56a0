/* skep prog show: what a program is, in bpftool's words. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "program.h"
#include "text.h"

static void show_text(const struct skep_prog_info *info)
{
    char tag[TAG_TEXT];

    printf("0: %s  ", type_name(info));
    if (info->name[0]) {
        fputs("name ", stdout);
        text_put(stdout, info->name, strlen(info->name));
        fputs("  ", stdout);
    }
    printf("tag %s\n\txlated %uB  not jited  insns %u  functions %u\n",
           tag_text(info, tag), info->slots * 8, info->insns, info->functions);
}

static void show_json(struct jw j, const struct skep_prog_info *info)
{
    char tag[TAG_TEXT];

    jw_open(&j, NULL, '[');
    jw_open(&j, NULL, '{');
    jw_u64(&j, "id", 0);
    jw_str(&j, "type", type_name(info));
    jw_str(&j, "name", info->name);
    jw_str(&j, "tag", tag_text(info, tag));
    jw_u64(&j, "bytes_xlated", (uint64_t)info->slots * 8);
    jw_false(&j, "jited");
    jw_u64(&j, "insns", info->insns);
    jw_u64(&j, "functions", info->functions);
    jw_close(&j, '}');
    jw_close(&j, ']');
    jw_end(&j);
}

int cmd_prog_show(const struct cli *cli)
{
    struct program program;
    int status = program_open(&cli->args, NULL, &program);

    if (status)
        return status;
    if (cli->style == STYLE_TEXT)
        show_text(&program.info);
    else
        show_json(cli_json(cli), &program.info);
    program_close(&program);
    return 0;
}
