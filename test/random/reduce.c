/* Leaving out runs of instructions, long ones first, until no more can go. */
#include "reduce.h"

#include <string.h>

enum { MAX_TRIES = 3000 };

/* The instructions of a program, and by index among them where the jumps lead. */
struct listing {
    struct sk_insn insns[GEN_MAX_SLOTS];
    uint32_t targets[GEN_MAX_SLOTS]; /* UINT32_MAX: none */
    uint32_t count;
};

/* Returns 0 when the program does not decode. */
static int read_program(const struct gen_prog *prog, struct listing *list)
{
    uint32_t index[GEN_MAX_SLOTS + 1] = { 0 }, slot[GEN_MAX_SLOTS];

    list->count = 0;
    for (uint32_t pc = 0; pc < prog->count;) {
        struct sk_insn *insn = &list->insns[list->count];

        if (sk_decode(prog->slots, prog->count, pc, insn, NULL))
            return 0;
        index[pc] = list->count;
        slot[list->count++] = pc;
        pc += sk_insn_slots(insn);
    }
    for (uint32_t i = 0; i < list->count; i++) {
        int64_t target = sk_insn_target(&list->insns[i], slot[i]);

        list->targets[i] =
            target >= 0 && target < prog->count ? index[target] : UINT32_MAX;
    }
    return 1;
}

static void set_distance(struct sk_insn *insn, int32_t distance)
{
    uint8_t role = sk_isa[insn->op].role;

    if (role != SK_ROLE_CALL && role != SK_ROLE_WIDE &&
        sk_isa[insn->op].uses & SKEP_USES_OFF)
        insn->off = (int16_t)distance;
    else
        insn->imm = (int64_t)(uint32_t)distance;
}

/* The program without instructions [from, end); what led to one of them leads to the
 * next. */
static void write_without(const struct listing *list, uint32_t from, uint32_t end,
                          struct gen_prog *prog)
{
    uint32_t slot[GEN_MAX_SLOTS + 1], pc = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        slot[i] = pc;
        pc += i >= from && i < end ? 0 : sk_insn_slots(&list->insns[i]);
    }
    prog->count = pc;
    for (uint32_t i = 0; i < list->count; i++) {
        struct sk_insn insn = list->insns[i];

        if (i >= from && i < end)
            continue;
        if (list->targets[i] != UINT32_MAX)
            set_distance(&insn, (int32_t)slot[list->targets[i]] - (int32_t)slot[i] - 1);
        sk_encode(prog->slots, slot[i], &insn);
    }
}

/* Tries to leave out each run of `length` instructions. Returns 1 if one could go;
 * *tries is how often it may still ask. */
static int pass(struct gen_prog *prog, uint32_t length, reduce_fails_fn fails, void *ctx,
                uint32_t *tries)
{
    struct listing list;
    struct gen_prog trial;
    int done = 0;

    if (!read_program(prog, &list))
        return 0;
    for (uint32_t i = 0; i + length <= list.count && *tries; --*tries) {
        write_without(&list, i, i + length, &trial);
        if (!trial.count || !fails(ctx, &trial)) {
            i++;
            continue;
        }
        *prog = trial;
        done = 1;
        if (!read_program(prog, &list))
            return 0;
    }
    return done;
}

void reduce(struct gen_prog *prog, reduce_fails_fn fails, void *ctx)
{
    uint32_t tries = MAX_TRIES;
    int again = 1;

    while (again) {
        again = 0;
        for (uint32_t length = 32; length; length /= 2)
            again |= pass(prog, length, fails, ctx, &tries);
    }
}
