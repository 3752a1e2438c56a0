/* Which engine runs a program. */
#include "engine.h"

#include <string.h>

#include "report.h"

int engine_choose(const struct args *args, enum skep_engine *engine)
{
    enum option interp = args->value[OPT_INTERPRET] ? OPT_INTERPRET : OPT_INTERP;

    *engine = SKEP_ENGINE_AUTO;
    if (args->value[interp])
        *engine = SKEP_ENGINE_INTERP;
    if (*engine == SKEP_ENGINE_INTERP && args->value[OPT_ANNOUNCE])
        return fail(SKEP_KIND_USAGE, NULL, "--announce and --%s exclude each other",
                    option_table[interp].name);
    if (!args->value[OPT_JIT])
        return 0;
    if (*engine == SKEP_ENGINE_INTERP)
        return fail(SKEP_KIND_USAGE, NULL, "--jit and --%s exclude each other",
                    option_table[interp].name);
    *engine = SKEP_ENGINE_JIT;
    return 0;
}

int announce_ways(const struct args *args, uint32_t *flags)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } ways[] = {
        { "perf-map", SKEP_NATIVE_PERF_MAP },
        { "jitdump", SKEP_NATIVE_JITDUMP },
        { "gdb", SKEP_NATIVE_GDB },
    };
    const char *at = args->value[OPT_ANNOUNCE];

    for (; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        size_t len = strcspn(at, ","), i = 0, count = sizeof(ways) / sizeof(ways[0]);

        while (i < count &&
               (strlen(ways[i].name) != len || memcmp(at, ways[i].name, len)))
            i++;
        if (i == count)
            return fail(SKEP_KIND_USAGE, NULL,
                        "--announce: '%.*s' is none of perf-map, jitdump, gdb",
                        len > 60 ? 60 : (int)len, at);
        *flags |= ways[i].flag;
    }
    return 0;
}

const char *engine_name(enum skep_engine engine)
{
    return engine == SKEP_ENGINE_JIT ? "jit" : "interp";
}
