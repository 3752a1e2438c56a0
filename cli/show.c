/* skep prog show: what a program is, in bpftool's words. */
#include <skep_native.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "cost.h"
#include "program.h"
#include "text.h"

/* The code that runs by default, and the times, in ns. */
struct facts {
    size_t jited; /* bytes of code; 0: the interpreter runs it */
    struct timing load, compile;
};

static int find_facts(const struct program *program, struct facts *facts)
{
    const skep_native *native = skep_prog_native(program->prog, SKEP_NATIVE_CHECKED);
    int status = cost_load(program, 1, &facts->load);

    if (status || !native)
        return status;
    skep_native_code(native, &facts->jited);
    return cost_compile(program, SKEP_NATIVE_CHECKED, 1, &facts->compile);
}

static void show_text(const struct skep_prog_info *info, const struct facts *facts)
{
    char tag[TAG_TEXT];

    printf("0: %s  ", type_name(info));
    if (info->name[0]) {
        fputs("name ", stdout);
        text_put(stdout, info->name, strlen(info->name));
        fputs("  ", stdout);
    }
    printf("tag %s\n\txlated %uB  ", tag_text(info, tag), info->slots * 8);
    if (facts->jited)
        printf("jited %zuB", facts->jited);
    else
        fputs("not jited", stdout);
    printf("  insns %u  functions %u\n\tload %.0fns", info->insns, info->functions,
           facts->load.median);
    if (facts->jited)
        printf("  compile %.0fns", facts->compile.median);
    putchar('\n');
}

static void show_json(struct jw j, const struct skep_prog_info *info,
                      const struct facts *facts)
{
    char tag[TAG_TEXT];

    jw_open(&j, NULL, '[');
    jw_open(&j, NULL, '{');
    jw_u64(&j, "id", 0);
    jw_str(&j, "type", type_name(info));
    jw_str(&j, "name", info->name);
    jw_str(&j, "tag", tag_text(info, tag));
    jw_u64(&j, "bytes_xlated", (uint64_t)info->slots * 8);
    if (facts->jited) {
        jw_true(&j, "jited");
        jw_u64(&j, "bytes_jited", facts->jited);
    } else {
        jw_false(&j, "jited");
    }
    jw_u64(&j, "insns", info->insns);
    jw_u64(&j, "functions", info->functions);
    jw_u64(&j, "load_ns", (uint64_t)facts->load.median);
    if (facts->jited)
        jw_u64(&j, "compile_ns", (uint64_t)facts->compile.median);
    jw_close(&j, '}');
    jw_close(&j, ']');
    jw_end(&j);
}

int cmd_prog_show(const struct cli *cli)
{
    const struct program_want want = { .name = program_operand(&cli->args, NULL),
                                       .native = SKEP_NATIVE_CHECKED };
    struct facts facts = { 0 };
    struct program program;
    int status = program_open(&cli->args, &want, &program);

    if (status)
        return status;
    status = find_facts(&program, &facts);
    if (!status && cli->style == STYLE_TEXT)
        show_text(&program.info, &facts);
    else if (!status)
        show_json(cli_json(cli), &program.info, &facts);
    program_close(&program);
    return status;
}
