/* Native code against the checked interpreter, for programs by bytes.
 *
 *     byte 0          0 to 2: mode of the generator, 3: slots as they stand; modulo 4
 *     bytes 1 to 4    seed of start states, fuel, and how native code is made
 *     from byte 5     the generator's decisions, or the slots
 *
 * Generated programs run on all kinds of native code that their mode is safe on. Slots that
 * load run on checked code only, for they may access anything; so the fuzzer can write
 * programs that the generator never would. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "check.h"

enum { HEAD = 5, SLOTS = GEN_WILD + 1, CTX = 64, FUEL = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_checker(struct checker *checker)
{
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = gen_helpers,
                                 .helper_count = GEN_HELPERS };
    struct sk_mem mem = sk_mem_default();

    if (sk_env_init(&checker->env, &mem, &opts, NULL))
        abort();
    checker->builds = 1u << BUILD_CHECKED;
    for (enum build b = BUILD_CHECKED; b < BUILD_COUNT; b++)
        checker->builds |= (uint32_t)!build_infos[b].interp << b;
}

/* Runs the program as checked native code, if there is any, and compares. */
static int agrees(const struct machine *machine, struct checker *checker,
                  const struct start *start, struct source *source)
{
    struct outcome *want = &checker->outcomes[BUILD_CHECKED];
    struct outcome *got = &checker->outcomes[BUILD_NATIVE];
    uint8_t ctx[CTX];
    const char *what;

    if (!(machine->builds >> BUILD_NATIVE & 1))
        return 1;
    for (unsigned i = 0; i < CTX; i += 8)
        sk_store64(ctx + i, source_number(source));
    machine_run(machine, &checker->arena, BUILD_CHECKED, start, ctx, CTX, want);
    machine_run(machine, &checker->arena, BUILD_NATIVE, start, ctx, CTX, got);
    what = got->complaint[0] ? got->complaint : outcome_difference(want, got);
    if (what)
        fprintf(stderr, "they differ in: %s\n", what);
    return !what;
}

static int check_slots(struct checker *checker, uint32_t seed, const uint8_t *slots,
                       size_t size)
{
    static const uint32_t ways[] = { 0, SKEP_NATIVE_PADS, SKEP_NATIVE_BLIND };
    uint32_t count = (uint32_t)(size / SK_SLOT_BYTES);
    struct source source;
    struct machine machine;
    struct start start;
    struct skep_err err;
    int good;

    source_seed(&source, seed);
    if (machine_init(&machine, &checker->env, slots, count,
                     ways[source_below(&source, SK_LEN(ways))], &err))
        return skep_code_kind(err.code) == SKEP_KIND_MALFORMED;
    start = (struct start){ .fuel = 1 + source_below(&source, FUEL),
                            .strict = (uint32_t)source_chance(&source, 30) };
    good = agrees(&machine, checker, &start, &source);
    machine_fini(&machine);
    return good;
}

static int check_generated(struct checker *checker, enum gen_mode mode, uint32_t seed,
                           const uint8_t *data, size_t size)
{
    struct source source;
    struct gen_prog prog;

    source_bytes(&source, data, size);
    gen_program(&source, mode, &prog);
    if (check_program(checker, mode, seed, &prog, stderr) == VERDICT_AGREE)
        return 1;
    check_print(checker, &prog, stderr);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct checker checker; /* without the kernel */
    uint32_t seed;
    int good;

    if (!checker.env.block)
        open_checker(&checker);
    if (size < HEAD)
        return 0;
    seed = sk_load32(data + 1);
    if (data[0] % (SLOTS + 1) == SLOTS)
        good = check_slots(&checker, seed, data + HEAD, size - HEAD);
    else
        good = check_generated(&checker, (enum gen_mode)(data[0] % (SLOTS + 1)), seed,
                               data + HEAD, size - HEAD);
    if (!good)
        abort();
    return 0;
}
