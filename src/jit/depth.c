/* A function lies as deep as the deepest of its calls, found by walking over all calls until
 * nothing changes: nine walks at most. The first walks take all code for code that runs. Only if
 * that is too deep is it found out which code runs: code that nothing leads to is part of the
 * function before it, and may call that. */
#include "jit/depth.h"

#include <string.h>

#include "prog/cfg.h"

/* ---- Code that runs ----------------------------------------------------------------- */

struct reach {
    const struct sk_prog *prog;
    const struct sk_cfg *cfg;
    uint8_t *reached; /* one a block */
    uint32_t *todo;   /* blocks reached whose successors are not marked yet */
    uint32_t count;
};

static void mark(struct reach *r, uint32_t block)
{
    if (block == SK_NO_BLOCK || r->reached[block])
        return;
    r->reached[block] = 1;
    r->todo[r->count++] = block;
}

/* What the block leads to: blocks, and functions that it calls or takes the address of. */
static void mark_successors(struct reach *r, uint32_t index)
{
    const struct sk_block *block = &r->cfg->blocks[index];

    mark(r, block->next);
    mark(r, block->jump);
    for (uint32_t pc = block->first; pc < block->end; pc++) {
        const struct sk_insn *insn = &r->prog->insns[pc];

        if (insn->op == SK_OP_CALL_LOCAL || insn->op == SK_OP_LDDW_CODE)
            mark(r, r->cfg->block_of[sk_insn_target(insn, pc)]);
    }
}

static int find_reached(const struct sk_prog *prog, const struct sk_cfg *cfg,
                        uint8_t *reached)
{
    struct reach r = { .prog = prog, .cfg = cfg, .reached = reached };

    r.todo = sk_mem_new(&prog->mem, cfg->count, sizeof(r.todo[0]));
    if (!r.todo)
        return 0;
    mark(&r, 0);
    while (r.count)
        mark_successors(&r, r.todo[--r.count]);
    sk_mem_free(&prog->mem, r.todo, cfg->count, sizeof(r.todo[0]));
    return 1;
}

/* ---- Depths ------------------------------------------------------------------------- */

/* depth[f]: how many frames may lie above function f's; all 0 at first. With cfg == NULL all
 * code runs. */
static struct sk_depth walk(const struct sk_prog *prog, const struct sk_cfg *cfg,
                            const uint8_t *reached, uint8_t *depth)
{
    uint32_t deepest = 0;
    int changed = 1;

    while (changed) {
        uint32_t from = 0;

        changed = 0;
        for (uint32_t pc = 0; pc < prog->count; pc++) {
            const struct sk_insn *insn = &prog->insns[pc];
            uint32_t to;

            if (pc == prog->functions[from].end)
                from++;
            if (insn->op != SK_OP_CALL_LOCAL || (cfg && !reached[cfg->block_of[pc]]))
                continue;
            to = sk_prog_function_of(prog, (uint32_t)sk_insn_target(insn, pc));
            if (depth[to] > depth[from])
                continue;
            depth[to] = (uint8_t)(depth[from] + 1);
            deepest = depth[to] > deepest ? depth[to] : deepest;
            changed = 1;
            if (deepest >= SK_MAX_FRAMES)
                return (struct sk_depth){ SK_MAX_FRAMES + 1, pc };
        }
    }
    return (struct sk_depth){ deepest + 1, UINT32_MAX };
}

static int walk_reached(const struct sk_prog *prog, const struct sk_cfg *cfg,
                        uint8_t *depth, struct sk_depth *out)
{
    uint8_t *reached = sk_mem_new(&prog->mem, cfg->count, 1);
    int found = reached && find_reached(prog, cfg, reached);

    if (found)
        *out = walk(prog, cfg, reached, depth);
    sk_mem_free(&prog->mem, reached, cfg->count, 1);
    return found;
}

int sk_depth_of_calls(const struct sk_prog *prog, struct sk_depth *out)
{
    uint8_t *depth = sk_mem_new(&prog->mem, prog->function_count, 1);
    struct sk_cfg cfg;
    int found = depth != NULL;

    if (found)
        *out = walk(prog, NULL, NULL, depth);
    if (found && out->frames > SK_MAX_FRAMES) {
        memset(depth, 0, prog->function_count);
        found = !sk_cfg_init(&cfg, prog, NULL);
        if (found) {
            found = walk_reached(prog, &cfg, depth, out);
            sk_cfg_fini(&cfg);
        }
    }
    sk_mem_free(&prog->mem, depth, prog->function_count, 1);
    return found;
}
