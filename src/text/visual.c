/* The control-flow graph in Graphviz's language, laid out as bpftool does:
 *
 *     digraph "DOT graph for eBPF program" {
 *     subgraph "cluster_F" {                  one a function
 *             fn_F_bb_0 ENTRY                 a diamond
 *             fn_F_bb_2 ...                   records, one a basic block; a field a line
 *             fn_F_bb_1 EXIT                  a diamond
 *             edges; an invisible one keeps ENTRY above EXIT
 *     }
 *     }
 *
 * Indices begin at 0 in each function. Blocks that leave the function lead to EXIT, also
 * those that are not its last: there bpftool draws an edge to the block behind. */
#include "text/text.h"

#include <inttypes.h>
#include <string.h>

#include "prog/cfg.h"

/* The nodes of a function: its blocks are numbered from 2 on. */
enum { NODE_ENTRY, NODE_EXIT, NODE_BLOCKS };

/* A function being drawn. */
struct drawing {
    struct sk_out *out;
    const struct sk_prog *prog;
    const struct sk_cfg *cfg;
    uint32_t function;
    uint32_t first_block, end_block;
};

/* ---- Nodes ----------------------------------------------------------------------- */

/* Passes text on to the sk_out `ctx`, with a backslash before what has a meaning in
 * labels of records. */
static int write_escaped(void *ctx, const char *text, size_t len)
{
    struct sk_out *out = ctx;
    size_t done = 0;

    for (size_t i = 0; i < len; i++) {
        if (!text[i] || !strchr("<>{}|&\"", text[i]))
            continue;
        sk_put(out, text + done, i - done);
        sk_puts(out, "\\");
        done = i;
    }
    sk_put(out, text + done, len - done);
    return out->failed;
}

/* The same for source text, of which bpftool also escapes blanks and backslashes. */
static int write_source(void *ctx, const char *text, size_t len)
{
    struct sk_out *out = ctx;

    for (size_t i = 0; i < len; i++) {
        if (strchr("\\\"{}<>| ", text[i]) && text[i])
            sk_puts(out, "\\");
        sk_put(out, text + i, 1);
    }
    return out->failed;
}

/* A line of a node that is a comment. */
static void put_comment(const struct drawing *d, const char *text, const char *end)
{
    struct sk_out escaped;

    sk_puts(d->out, "; ");
    sk_out_writer(&escaped, write_source, d->out);
    sk_text_foreign(&escaped, text);
    sk_puts(d->out, end);
    sk_puts(d->out, "\\l\\\n");
}

/* The function that begins at pc, and the source line that does. */
static void put_notes(const struct drawing *d, uint32_t pc)
{
    const struct sk_note_function *function = sk_notes_function(&d->prog->notes, pc);
    const struct sk_note_line *line = sk_notes_line_at(&d->prog->notes, pc);

    if (function && function->proto)
        put_comment(d, function->proto, ":");
    if (line)
        put_comment(d, line->text, "");
}

static void put_diamond(const struct drawing *d, uint32_t node, const char *label)
{
    sk_printf(d->out, "\tfn_%" PRIu32 "_bb_%" PRIu32, d->function, node);
    sk_printf(d->out, " [shape=Mdiamond,style=filled,label=\"%s\"];\n\n", label);
}

static void put_insn(const struct drawing *d, uint32_t pc)
{
    const struct sk_insn *insn = &d->prog->insns[pc];
    struct sk_out escaped;

    put_notes(d, pc);
    sk_printf(d->out, "%4" PRIu32 ": (%02x) ", pc - d->prog->functions[d->function].first,
              sk_isa[insn->op].opcode);
    sk_out_writer(&escaped, write_escaped, d->out);
    sk_text_of(&escaped, d->prog, SKEP_KERNEL, pc);
    sk_puts(d->out, "\\l\\\n");
}

static void put_block(const struct drawing *d, uint32_t index)
{
    const struct sk_block *block = &d->cfg->blocks[index];

    sk_printf(d->out, "\tfn_%" PRIu32 "_bb_%" PRIu32, d->function,
              index - d->first_block + NODE_BLOCKS);
    sk_puts(d->out, " [shape=record,style=filled,label=\"{");
    for (uint32_t pc = block->first; pc < block->end; pc++) {
        if (d->prog->insns[pc].op == SK_OP_SECOND)
            continue;
        if (pc != block->first)
            sk_puts(d->out, " | ");
        put_insn(d, pc);
    }
    sk_puts(d->out, "}\"];\n\n");
}

/* ---- Edges ----------------------------------------------------------------------- */

static void put_edge(const struct drawing *d, uint32_t from, uint32_t to,
                     const char *style)
{
    sk_printf(d->out,
              "\tfn_%" PRIu32 "_bb_%" PRIu32 ":s -> fn_%" PRIu32 "_bb_%" PRIu32 ":n",
              d->function, from, d->function, to);
    sk_printf(d->out, " [style=%s, constraint=true];\n", style);
}

static void put_edges(const struct drawing *d)
{
    static const char visible[] = "\"solid,bold\", color=black, weight=10";
    uint32_t base = NODE_BLOCKS - d->first_block;

    put_edge(d, NODE_ENTRY, NODE_BLOCKS, visible);
    for (uint32_t i = d->first_block; i < d->end_block; i++) {
        const struct sk_block *block = &d->cfg->blocks[i];

        if (block->next != SK_NO_BLOCK)
            put_edge(d, base + i, base + block->next, visible);
        if (block->jump != SK_NO_BLOCK)
            put_edge(d, base + i, base + block->jump, visible);
        if (block->next == SK_NO_BLOCK && block->jump == SK_NO_BLOCK)
            put_edge(d, base + i, NODE_EXIT, visible);
    }
    put_edge(d, NODE_ENTRY, NODE_EXIT, "\"invis\"");
}

/* ---- Functions ------------------------------------------------------------------- */

static void put_function(const struct drawing *d)
{
    sk_printf(d->out, "subgraph \"cluster_%" PRIu32 "\" {\n", d->function);
    sk_puts(d->out, "\tstyle=\"dashed\";\n\tcolor=\"black\";\n");
    sk_printf(d->out, "\tlabel=\"func_%" PRIu32 " ()\";\n", d->function);
    put_diamond(d, NODE_ENTRY, "ENTRY");
    for (uint32_t i = d->first_block; i < d->end_block; i++)
        put_block(d, i);
    put_diamond(d, NODE_EXIT, "EXIT");
    put_edges(d);
    sk_puts(d->out, "}\n");
}

enum skep_code sk_text_visual(struct sk_out *out, const struct sk_prog *prog,
                              struct skep_err *err)
{
    struct drawing d = { .out = out, .prog = prog };
    struct sk_cfg cfg;

    SK_TRY(sk_cfg_init(&cfg, prog, err));
    d.cfg = &cfg;
    sk_puts(out, "digraph \"DOT graph for eBPF program\" {\n");
    for (d.function = 0; d.function < prog->function_count; d.function++) {
        d.first_block = cfg.block_of[prog->functions[d.function].first];
        d.end_block = cfg.block_of[prog->functions[d.function].end - 1] + 1;
        put_function(&d);
    }
    sk_puts(out, "}\n");
    sk_cfg_fini(&cfg);
    return SKEP_OK;
}
