/* Blocks and edges, in three walks over the instructions: mark where blocks begin, number
 * them, join them. Between the first walk and the second, block_of holds marks. */
#include "prog/cfg.h"

static int is_jump(uint8_t role)
{
    return role == SK_ROLE_JCOND || role == SK_ROLE_JMAY || role == SK_ROLE_JUMP;
}

/* Marks where blocks begin: at functions, at targets, behind what ends a block. Returns
 * how many there are. */
static uint32_t mark_starts(uint32_t *mark, const struct sk_prog *prog)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < prog->function_count; i++)
        mark[prog->functions[i].first] = 1;
    for (uint32_t pc = 0; pc < prog->count; pc++) {
        const struct sk_insn *insn = &prog->insns[pc];
        uint8_t role;

        if (insn->op == SK_OP_SECOND)
            continue;
        role = sk_isa[insn->op].role;
        if (is_jump(role))
            mark[sk_insn_target(insn, pc)] = 1;
        if ((is_jump(role) || role == SK_ROLE_EXIT) && pc + 1 < prog->count)
            mark[pc + 1] = 1;
    }
    for (uint32_t pc = 0; pc < prog->count; pc++)
        count += mark[pc];
    return count;
}

/* Turns marks into numbers, and fills in where the blocks lie. */
static void number_blocks(struct sk_cfg *cfg, const struct sk_prog *prog)
{
    uint32_t count = 0;

    for (uint32_t pc = 0; pc < prog->count; pc++) {
        struct sk_block *block;

        if (cfg->block_of[pc])
            cfg->blocks[count++].first = pc;
        cfg->block_of[pc] = count - 1;
        block = &cfg->blocks[count - 1];
        block->end = pc + 1;
        if (prog->insns[pc].op != SK_OP_SECOND)
            block->last = pc;
    }
}

static void join_blocks(struct sk_cfg *cfg, const struct sk_prog *prog)
{
    for (uint32_t i = 0; i < cfg->count; i++) {
        struct sk_block *block = &cfg->blocks[i];
        const struct sk_insn *last = &prog->insns[block->last];
        uint8_t role = sk_isa[last->op].role;

        block->next = sk_insn_goes_on(last) ? i + 1 : SK_NO_BLOCK;
        block->jump = is_jump(role) ? cfg->block_of[sk_insn_target(last, block->last)]
                                    : SK_NO_BLOCK;
    }
}

enum skep_code sk_cfg_init(struct sk_cfg *cfg, const struct sk_prog *prog,
                           struct skep_err *err)
{
    struct sk_cfg fresh = { .mem = prog->mem, .slots = prog->count };

    fresh.block_of = sk_mem_new(&fresh.mem, fresh.slots, sizeof(fresh.block_of[0]));
    if (!fresh.block_of)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       fresh.slots * sizeof(fresh.block_of[0]));
    fresh.count = mark_starts(fresh.block_of, prog);
    fresh.blocks = sk_mem_new(&fresh.mem, fresh.count, sizeof(fresh.blocks[0]));
    if (!fresh.blocks) {
        sk_mem_free(&fresh.mem, fresh.block_of, fresh.slots, sizeof(fresh.block_of[0]));
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       fresh.count * sizeof(fresh.blocks[0]));
    }
    number_blocks(&fresh, prog);
    join_blocks(&fresh, prog);
    *cfg = fresh;
    return SKEP_OK;
}

void sk_cfg_fini(struct sk_cfg *cfg)
{
    sk_mem_free(&cfg->mem, cfg->blocks, cfg->count, sizeof(cfg->blocks[0]));
    sk_mem_free(&cfg->mem, cfg->block_of, cfg->slots, sizeof(cfg->block_of[0]));
}
