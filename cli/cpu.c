/* --cpu: baseline, native, or names of features. */
#include "cpu.h"

#include <string.h>

#include "report.h"

static const struct {
    const char *name;
    uint32_t feature;
    enum skep_target target;
} features_known[] = {
    { "bmi1", SKEP_CPU_BMI1, SKEP_TARGET_X86_64 },
    { "bmi2", SKEP_CPU_BMI2, SKEP_TARGET_X86_64 },
    { "movbe", SKEP_CPU_MOVBE, SKEP_TARGET_X86_64 },
    { "lse", SKEP_CPU_LSE, SKEP_TARGET_ARM64 },
};

static enum skep_target host(void)
{
#if defined(__aarch64__)
    return SKEP_TARGET_ARM64;
#else
    return SKEP_TARGET_X86_64;
#endif
}

/* Adds the feature of that name, a part of `list`. */
static int add_feature(const char *list, const char *name, enum skep_target target,
                       uint32_t *features)
{
    size_t len = strcspn(name, ",");
    size_t i = 0, count = sizeof(features_known) / sizeof(features_known[0]);

    while (i < count && (strlen(features_known[i].name) != len ||
                         memcmp(name, features_known[i].name, len) != 0))
        i++;
    if (i == count)
        return fail(SKEP_KIND_USAGE, NULL,
                    "--cpu: '%.60s' is neither baseline nor native nor a list of bmi1, "
                    "bmi2, movbe, lse",
                    list);
    if (features_known[i].target != target)
        return fail(SKEP_KIND_USAGE, NULL, "--cpu: %s has no feature %s",
                    target == SKEP_TARGET_ARM64 ? "arm64" : "x86_64",
                    features_known[i].name);
    *features |= features_known[i].feature;
    return 0;
}

int cpu_read(const struct args *args, enum skep_target target, uint32_t *features)
{
    const char *at = args->value[OPT_CPU];
    int status = 0;

    *features = (uint32_t)SKEP_CPU_BASELINE;
    if (!at || !strcmp(at, "baseline"))
        return 0;
    if (target == SKEP_TARGET_HOST)
        target = host();
    if (!strcmp(at, "native")) {
        if (target != host())
            return fail(SKEP_KIND_USAGE, NULL,
                        "--cpu native is this machine's, and --target another one");
        *features = SKEP_CPU_NATIVE;
        return 0;
    }
    for (; at && !status; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        status = add_feature(args->value[OPT_CPU], at, target, features);
    return status;
}
