/* Making the tree: each template is cut into edges, and these are laid into the tree from
 * its root on.  Siblings stand in the order of enum sk_edge, tokens first, so that the
 * matcher tries what is certain before what can be many things. */
#include "text/grammar.h"

#include <string.h>

#include "base/bits.h"
#include "text/template.h"

enum { MAX_EDGES = 32, FIRST_NODES = 1024, FIRST_FORMS = 512 };

/* A template as edges: nodes that are in no tree yet. */
struct path {
    struct sk_grammar_node edges[MAX_EDGES];
    unsigned count;
};

static uint8_t edge_of(enum sk_hole hole)
{
    switch (hole) {
    case SK_HOLE_D:
    case SK_HOLE_S:
        return SK_EDGE_R;
    case SK_HOLE_WD:
    case SK_HOLE_WS:
        return SK_EDGE_W;
    case SK_HOLE_O:
    case SK_HOLE_IO:
        return SK_EDGE_OFFSET;
    case SK_HOLE_J:
    case SK_HOLE_JL:
        return SK_EDGE_JUMP;
    case SK_HOLE_C:
        return SK_EDGE_FUNCTION;
    case SK_HOLE_F:
    case SK_HOLE_H:
    case SK_HOLE_K:
        return SK_EDGE_CALL;
    case SK_HOLE_NO:
        return SK_EDGE_NEXT_NUMBER;
    default:
        return SK_EDGE_NUMBER;
    }
}

static void add_edge(struct path *path, const struct sk_grammar_node *edge)
{
    path->edges[path->count++] = *edge;
}

static void add_tokens(struct path *path, const char *text, size_t len)
{
    const struct sk_source source = { .text = text, .len = (uint32_t)len };
    struct sk_token token;

    for (sk_lex(&source, 0, &token); token.kind != SK_TOKEN_END;
         sk_lex(&source, token.end, &token))
        add_edge(path, &(struct sk_grammar_node){
                           .edge = SK_EDGE_TOKEN,
                           .text = text + token.at,
                           .len = (uint8_t)(token.end - token.at),
                           .kind = (uint8_t)token.kind,
                           .value = token.value,
                       });
}

/* Cuts a template into edges and notes what its operands are. */
static void cut(const char *text, struct path *path, struct sk_grammar_form *form)
{
    struct sk_piece piece;

    path->count = 0;
    while (sk_template_next(&text, &piece)) {
        if (piece.hole == SK_HOLE_NONE) {
            add_tokens(path, piece.text, piece.len);
            continue;
        }
        form->holes[form->count++] = (uint8_t)piece.hole;
        add_edge(path, &(struct sk_grammar_node){ .edge = edge_of(piece.hole) });
    }
}

/* ---- Context fields ---------------------------------------------------------------- */

/* The bytes that a type's name stands for: u8 to u64; 0 for other words. */
static uint64_t type_bytes(const struct sk_grammar_node *edge)
{
    static const char names[][4] = { "u8", "u16", "u32", "u64" };

    for (unsigned i = 0; i < SK_LEN(names); i++) {
        if (edge->len == strlen(names[i]) && !memcmp(edge->text, names[i], edge->len))
            return UINT64_C(1) << i;
    }
    return 0;
}

/* Whether the edges read *(TYPE *)(r OFFSET). */
static int is_memory(const struct sk_grammar_node *edge, unsigned count)
{
    static const char tokens[] = "*( *)(  )"; /* a blank: looked at below */

    if (count < sizeof(tokens) - 1)
        return 0;
    for (unsigned i = 0; tokens[i]; i++) {
        if (tokens[i] != ' ' &&
            (edge[i].edge != SK_EDGE_TOKEN || edge[i].value != (uint64_t)tokens[i]))
            return 0;
    }
    return edge[2].edge == SK_EDGE_TOKEN && type_bytes(&edge[2]) &&
           edge[6].edge == SK_EDGE_R && edge[7].edge == SK_EDGE_OFFSET;
}

/* Turns the memory operand into a context field. Returns 0 if there is none. */
static int use_field(struct path *path)
{
    enum { LENGTH = 9 };

    for (unsigned i = 0; i < path->count; i++) {
        struct sk_grammar_node *edge = &path->edges[i];

        if (!is_memory(edge, path->count - i))
            continue;
        *edge = (struct sk_grammar_node){ .edge = SK_EDGE_CTX,
                                          .value = type_bytes(edge + 2) };
        path->count -= LENGTH - 1;
        memmove(edge + 1, edge + LENGTH, (path->count - i - 1) * sizeof(*edge));
        return 1;
    }
    return 0;
}

/* ---- The tree ---------------------------------------------------------------------- */

static int is_same(const struct sk_grammar_node *a, const struct sk_grammar_node *b)
{
    return a->edge == b->edge && a->kind == b->kind && a->value == b->value &&
           a->len == b->len && !(a->len && memcmp(a->text, b->text, a->len));
}

/* The child of a node along an edge; a new one if there is none. */
static enum skep_code step(struct sk_grammar *grammar, const struct sk_mem *mem,
                           const struct sk_grammar_node *edge, uint16_t *node,
                           struct skep_err *err)
{
    uint16_t *link;

    SK_TRY(sk_mem_grow(mem, &grammar->nodes, &grammar->node_cap, grammar->node_count, 1,
                       sizeof(*edge), err));
    link = &grammar->nodes[*node].child;
    while (*link && grammar->nodes[*link].edge <= edge->edge) {
        if (is_same(&grammar->nodes[*link], edge)) {
            *node = *link;
            return SKEP_OK;
        }
        link = &grammar->nodes[*link].next;
    }
    grammar->nodes[grammar->node_count] = *edge;
    grammar->nodes[grammar->node_count].next = *link;
    *link = *node = (uint16_t)grammar->node_count++;
    return SKEP_OK;
}

/* Makes the row one of those whose text ends at a node. */
static enum skep_code add_form(struct sk_grammar *grammar, const struct sk_mem *mem,
                               const struct sk_grammar_form *form, uint16_t node,
                               struct skep_err *err)
{
    uint16_t last = 0;

    for (uint16_t at = grammar->nodes[node].form; at; at = grammar->forms[at].next) {
        if (grammar->forms[at].op == form->op)
            return SKEP_OK;
        last = at;
    }
    SK_TRY(sk_mem_grow(mem, &grammar->forms, &grammar->form_cap, grammar->form_count, 1,
                       sizeof(*form), err));
    grammar->forms[grammar->form_count] = *form;
    if (last)
        grammar->forms[last].next = (uint16_t)grammar->form_count;
    else
        grammar->nodes[node].form = (uint16_t)grammar->form_count;
    grammar->form_count++;
    return SKEP_OK;
}

static enum skep_code add_path(struct sk_grammar *grammar, const struct sk_mem *mem,
                               const struct path *path,
                               const struct sk_grammar_form *form, struct skep_err *err)
{
    uint16_t node = 0;

    for (unsigned i = 0; i < path->count; i++)
        SK_TRY(step(grammar, mem, &path->edges[i], &node, err));
    return add_form(grammar, mem, form, node, err);
}

static enum skep_code add_row(struct sk_grammar *grammar, const struct sk_mem *mem,
                              enum sk_op op, enum skep_dialect dialect,
                              struct skep_err *err)
{
    struct sk_grammar_form form = { .op = (uint16_t)op };
    struct path path;

    cut(sk_template(op, dialect), &path, &form);
    SK_TRY(add_path(grammar, mem, &path, &form, err));
    if (use_field(&path))
        SK_TRY(add_path(grammar, mem, &path, &form, err));
    return SKEP_OK;
}

static enum skep_code add_rows(struct sk_grammar *grammar, const struct sk_mem *mem,
                               struct skep_err *err)
{
    SK_TRY(sk_mem_grow(mem, &grammar->nodes, &grammar->node_cap, 0, FIRST_NODES,
                       sizeof(*grammar->nodes), err));
    SK_TRY(sk_mem_grow(mem, &grammar->forms, &grammar->form_cap, 0, FIRST_FORMS,
                       sizeof(*grammar->forms), err));
    grammar->nodes[0] = (struct sk_grammar_node){ .edge = SK_EDGE_TOKEN };
    grammar->forms[0] = (struct sk_grammar_form){ .next = 0 };
    grammar->node_count = grammar->form_count = 1;
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        SK_TRY(add_row(grammar, mem, (enum sk_op)op, SKEP_KERNEL, err));
        SK_TRY(add_row(grammar, mem, (enum sk_op)op, SKEP_LLVM, err));
    }
    return SKEP_OK;
}

enum skep_code sk_grammar_init(struct sk_grammar *grammar, const struct sk_mem *mem,
                               struct skep_err *err)
{
    struct sk_grammar made = { 0 };
    enum skep_code code = add_rows(&made, mem, err);

    if (code)
        sk_grammar_fini(&made, mem);
    else
        *grammar = made;
    return code;
}

void sk_grammar_fini(struct sk_grammar *grammar, const struct sk_mem *mem)
{
    sk_mem_free(mem, grammar->nodes, grammar->node_cap, sizeof(*grammar->nodes));
    sk_mem_free(mem, grammar->forms, grammar->form_cap, sizeof(*grammar->forms));
}
