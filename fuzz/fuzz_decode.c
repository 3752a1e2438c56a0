/* Any bytes as a program: decoded, printed in every way, run. What the library takes
 * must come out of decoding and encoding as it went in, and run alike with and without
 * a trace.
 *
 *     byte 0       fuel, byte 1: bit 0 strict, the rest of the first slot unused
 *     from byte 8  slots
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "machine.h"
#include "text/text.h"

enum { HEAD = 8, CTX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

/* Takes text and forgets it; what it is given must be text. */
static int sink(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    check(!memchr(text, 0, len), "a NUL in text");
    return 0;
}

static void print_any(const struct sk_env *env, const uint8_t *slots, uint32_t count)
{
    struct sk_out out;

    sk_out_writer(&out, sink, NULL);
    sk_text_slots(&out, env, SKEP_KERNEL, slots, count);
    sk_text_slots(&out, env, SKEP_LLVM, slots, count);
}

static void print_program(const struct sk_prog *prog)
{
    struct sk_out out;
    uint8_t slots[2 * SK_SLOT_BYTES], tag[8];

    sk_out_writer(&out, sink, NULL);
    for (uint32_t pc = 0; pc < prog->count; pc++) {
        const struct sk_insn *insn = &prog->insns[pc];
        uint32_t count;

        if (insn->op == SK_OP_SECOND)
            continue;
        sk_text_insn(&out, prog->env, SKEP_KERNEL, insn, pc);
        sk_text_insn(&out, prog->env, SKEP_LLVM, insn, pc);
        sk_text_words_of(&out, prog, pc);
        count = sk_encode(slots, 0, insn);
        check(!memcmp(slots, prog->slots + (size_t)pc * SK_SLOT_BYTES,
                      count * (size_t)SK_SLOT_BYTES),
              "encoding gives other bytes");
    }
    sk_text_list(&out, prog, SKEP_LIST_OPCODES);
    check(!sk_text_visual(&out, prog, NULL), "no graph");
    sk_prog_tag(prog, tag);
}

static void run(const struct machine *machine, struct arena *arena,
                const struct start *start)
{
    static struct outcome checked, traced;
    static const uint8_t ctx[CTX] = { 1, 2, 3, 4, 5, 6, 7, 8, 0xff };
    const char *difference;

    machine_run(machine, arena, BUILD_CHECKED, start, ctx, sizeof(ctx), &checked);
    machine_run(machine, arena, BUILD_TRACED, start, ctx, sizeof(ctx), &traced);
    difference = outcome_difference(&checked, &traced);
    check(!difference, difference);
    check(!traced.complaint[0], traced.complaint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sk_env env;
    static struct arena arena;
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = gen_helpers,
                                 .helper_count = GEN_HELPERS };
    struct sk_mem mem = sk_mem_default();
    struct machine machine;
    struct start start;
    uint32_t count;

    if (!env.block)
        check(!sk_env_init(&env, &mem, &opts, NULL), "no environment");
    if (size < HEAD)
        return 0;
    start = (struct start){ .fuel = 1 + 8u * data[0], .strict = data[1] & 1 };
    count = (uint32_t)((size - HEAD) / SK_SLOT_BYTES);
    print_any(&env, data + HEAD, count);
    if (machine_init(&machine, &env, data + HEAD, count, 0, NULL))
        return 0;
    print_program(&machine.image.prog);
    run(&machine, &arena, &start);
    machine_fini(&machine);
    return 0;
}
