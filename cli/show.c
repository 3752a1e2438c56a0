/* skep prog show: what a program is, in bpftool's words. */
#include <skep_native.h>
#include <stdio.h>
#include <stdlib.h>
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

static int is_gpl(const char *license)
{
    static const char *const names[] = {
        "GPL",          "GPL v2",       "GPL and additional rights",
        "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!strcmp(license, names[i]))
            return 1;
    return 0;
}

void program_head(const struct program *program)
{
    const struct skep_prog_info *info = &program->info;
    char tag[TAG_TEXT];

    printf("%u: %s", program->index, type_name(info));
    if (info->name[0]) {
        fputs("  name ", stdout);
        text_put(stdout, info->name, strlen(info->name));
    }
    if (!program->prog)
        return;
    printf("  tag %s", tag_text(info, tag));
    if (is_gpl(info->license))
        fputs("  gpl", stdout);
}

void program_head_json(struct jw *j, const struct program *program)
{
    const struct skep_prog_info *info = &program->info;
    char tag[TAG_TEXT];

    jw_u64(j, "id", program->index);
    jw_str(j, "type", type_name(info));
    jw_str(j, "name", info->name);
    if (!program->prog)
        return;
    jw_str(j, "tag", tag_text(info, tag));
    if (!program->object.handle)
        return;
    if (is_gpl(info->license))
        jw_true(j, "gpl_compatible");
    else
        jw_false(j, "gpl_compatible");
}

/* The ids of the maps that the program refers to; NULL: none. The caller frees them. */
static uint32_t *maps_of(const struct program *program)
{
    uint32_t *ids = program->info.maps ? calloc(program->info.maps, sizeof(*ids)) : NULL;

    if (ids)
        skep_prog_maps(program->prog, ids, program->info.maps);
    return ids;
}

static void show_text(const struct program *program, const struct facts *facts)
{
    const struct skep_prog_info *info = &program->info;
    uint32_t *maps = maps_of(program);

    program_head(program);
    printf("\n\txlated %uB  ", info->slots * 8);
    if (facts->jited)
        printf("jited %zuB", facts->jited);
    else
        fputs("not jited", stdout);
    for (uint32_t i = 0; maps && i < info->maps; i++)
        printf("%s%u", i ? "," : "  map_ids ", maps[i]);
    printf("  insns %u  functions %u\n", info->insns, info->functions);
    if (info->section[0]) {
        fputs("\tsection ", stdout);
        text_put(stdout, info->section, strlen(info->section));
        printf("%s%s\n",
               info->program_flags & SKEP_PROGRAM_SLEEPABLE ? "  sleepable" : "",
               info->program_flags & SKEP_PROGRAM_FRAGS ? "  frags" : "");
    }
    printf("\tload %.0fns", facts->load.median);
    if (facts->jited)
        printf("  compile %.0fns", facts->compile.median);
    putchar('\n');
    free(maps);
}

static void show_json(struct jw *j, const struct program *program,
                      const struct facts *facts)
{
    const struct skep_prog_info *info = &program->info;
    uint32_t *maps = maps_of(program);

    jw_u64(j, "bytes_xlated", (uint64_t)info->slots * 8);
    if (facts->jited) {
        jw_true(j, "jited");
        jw_u64(j, "bytes_jited", facts->jited);
    } else {
        jw_false(j, "jited");
    }
    if (maps) {
        jw_open(j, "map_ids", '[');
        for (uint32_t i = 0; i < info->maps; i++)
            jw_u64(j, NULL, maps[i]);
        jw_close(j, ']');
    }
    jw_u64(j, "insns", info->insns);
    jw_u64(j, "functions", info->functions);
    if (info->section[0]) {
        jw_str(j, "section", info->section);
        if (info->target[0])
            jw_str(j, "target", info->target);
        jw_str(j, "license", info->license);
    }
    jw_u64(j, "load_ns", (uint64_t)facts->load.median);
    if (facts->jited)
        jw_u64(j, "compile_ns", (uint64_t)facts->compile.median);
    free(maps);
}

/* What shows programs one after the other. */
struct show {
    const struct cli *cli;
    struct jw j;
    uint32_t count;
};

static int show_one(void *ctx, struct program *program)
{
    struct show *show = ctx;
    struct facts facts = { 0 };
    int status = program->prog ? find_facts(program, &facts) : 0;

    if (status)
        return status;
    if (show->cli->style == STYLE_TEXT) {
        if (program->prog) {
            show_text(program, &facts);
            return 0;
        }
        program_head(program);
        puts("\n\tnot loaded");
        return 0;
    }
    if (show->count++ == 0)
        jw_open(&show->j, NULL, '[');
    jw_open(&show->j, NULL, '{');
    program_head_json(&show->j, program);
    if (program->prog)
        show_json(&show->j, program, &facts);
    else
        jw_str(&show->j, "error", program->failed->message);
    jw_close(&show->j, '}');
    return 0;
}

int cmd_prog_show(const struct cli *cli)
{
    const struct program_want want = { .name = program_operand(&cli->args, NULL),
                                       .native = SKEP_NATIVE_CHECKED };
    struct show show = { .cli = cli, .j = cli_json(cli) };
    int status = programs_each(&cli->args, &want, show_one, &show);

    if (cli->style != STYLE_TEXT)
        jw_end_list(&show.j, show.count, status);
    return status;
}
