/* Which engine runs a program. */
#include "engine.h"

#include "report.h"

int engine_choose(const struct args *args, enum skep_engine *engine)
{
    enum option interp = args->value[OPT_INTERPRET] ? OPT_INTERPRET : OPT_INTERP;

    *engine = SKEP_ENGINE_AUTO;
    if (args->value[interp])
        *engine = SKEP_ENGINE_INTERP;
    if (!args->value[OPT_JIT])
        return 0;
    if (*engine == SKEP_ENGINE_INTERP)
        return fail(SKEP_KIND_USAGE, NULL, "--jit and --%s exclude each other",
                    option_table[interp].name);
    *engine = SKEP_ENGINE_JIT;
    return 0;
}

const char *engine_name(enum skep_engine engine)
{
    return engine == SKEP_ENGINE_JIT ? "jit" : "interp";
}
