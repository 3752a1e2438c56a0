/* The assembler: one pass over the lines, then the labels.
 *
 *     line        listing.c    what a disassembler printed at its beginning
 *     statement   labels, then nothing, a directive (directive.c) or an instruction:
 *       match.c     its text against the tree of all templates (grammar.c)
 *       bind.c      operands to the fields of a row
 *       emit.c      slots; names of labels and helpers are filled in at the end
 *
 * Time and memory are linear in the text; nothing recurses deeper than a constant. */
#include "text/asm.h"

#include <string.h>

#include "text/assembly.h"

/* Defines the label from `at` to `end` here. */
static enum skep_code define_label(struct sk_assembly *a, uint32_t at, uint32_t end,
                                   struct skep_err *err)
{
    SK_TRY(sk_emit_whole(a, err));
    return sk_symbols_define(&a->symbols, a->mem, &a->source, at, end, SK_SYMBOL_LABEL,
                             (sk_int)a->count, err);
}

/* Takes the labels at *at, which moves to the first token that is none: *token. */
static enum skep_code take_labels(struct sk_assembly *a, uint32_t *at,
                                  struct sk_token *token, struct skep_err *err)
{
    for (;;) {
        char quoted[SK_QUOTE_MAX];
        struct sk_token colon;

        sk_lex(&a->source, *at, token);
        if (token->kind != SK_TOKEN_NAME && token->kind != SK_TOKEN_R &&
            token->kind != SK_TOKEN_W)
            return SKEP_OK;
        sk_lex(&a->source, token->end, &colon);
        if (!sk_is_punct(&colon, ':'))
            return SKEP_OK;
        if (token->kind != SK_TOKEN_NAME || sk_token_is(&a->source, token, "pc"))
            return sk_syntax(&a->source, token->at, err, "'%s' cannot be a label",
                             sk_quote(&a->source, token->at, token->end, quoted));
        SK_TRY(define_label(a, token->at, token->end, err));
        *at = colon.end;
    }
}

/* The instruction at `at`. *end moves to the end of its line, or of the line of bytes
 * below. */
static enum skep_code take_insn(struct sk_assembly *a, uint32_t at,
                                struct sk_evidence *evidence, uint32_t *end,
                                struct skep_err *err)
{
    const struct sk_scope scope = { &a->source, &a->symbols, &a->grammar, a->type,
                                    a->env };
    struct sk_match match;
    struct sk_bound bound;

    SK_TRY(sk_match(&scope, at, &match, err));
    *end = match.end;
    if (!evidence->byte_count && match.end < a->source.len) {
        uint32_t below = sk_line_bytes(&a->source, match.end + 1, evidence);

        *end = below ? below : match.end;
    }
    SK_TRY(sk_bind(&scope, &match, evidence, &bound, err));
    return sk_emit_insn(a, &bound, evidence, at, err);
}

/* Compares a listing's index with ours. The first one says how far they are apart. */
static enum skep_code check_index(struct sk_assembly *a, const struct sk_line *line,
                                  struct skep_err *err)
{
    int64_t ours = (int64_t)a->count + a->index_shift;

    if (line->index < 0)
        return SKEP_OK;
    if (!a->has_index) {
        a->has_index = 1;
        a->index_shift = line->index - (int64_t)a->count;
        return SKEP_OK;
    }
    if (line->index == ours)
        return SKEP_OK;
    return sk_syntax(&a->source, line->index_at, err,
                     "slot %lld comes here, but the listing says %lld", (long long)ours,
                     (long long)line->index);
}

static enum skep_code take_statement(struct sk_assembly *a, struct sk_line *line,
                                     uint32_t *end, struct skep_err *err)
{
    struct sk_token token;
    uint32_t at = line->at;

    SK_TRY(take_labels(a, &at, &token, err));
    if (token.kind == SK_TOKEN_END && line->evidence.byte_count)
        return sk_syntax(&a->source, line->evidence.bytes_at, err,
                         "bytes without an instruction");
    if (token.kind == SK_TOKEN_END) {
        *end = token.end;
        return SKEP_OK;
    }
    if (token.kind == SK_TOKEN_NAME && a->source.text[token.at] == '.') {
        *end = token.end;
        return sk_directive(a, &token, end, err);
    }
    if (line->evidence.opcode < 0)
        line->evidence.opcode_at = token.at;
    return take_insn(a, token.at, &line->evidence, end, err);
}

/* Takes the line at *at, which moves to the next one. */
static enum skep_code take_line(struct sk_assembly *a, uint32_t *at, struct skep_err *err)
{
    struct sk_line line;
    uint32_t end;

    SK_TRY(sk_line_read(&a->source, *at, &line, err));
    end = line.at;
    SK_TRY(check_index(a, &line, err));
    if (line.kind == SK_LINE_SECTION)
        a->has_index = 0;
    else if (line.kind == SK_LINE_LABEL)
        SK_TRY(define_label(a, line.label_at, line.label_end, err));
    else if (line.kind == SK_LINE_STATEMENT)
        SK_TRY(take_statement(a, &line, &end, err));
    *at = end + 1;
    return SKEP_OK;
}

static enum skep_code take_text(struct sk_assembly *a, struct skep_err *err)
{
    uint32_t at = a->source.start;

    SK_TRY(sk_grammar_init(&a->grammar, a->mem, err));
    while (at < a->source.len)
        SK_TRY(take_line(a, &at, err));
    return sk_emit_finish(a, err);
}

/* Cuts the arrays to the size that sk_asm_fini will name, and hands them over. */
static enum skep_code hand_over(struct sk_assembly *a, struct sk_asm *out,
                                struct skep_err *err)
{
    size_t bytes = a->count * SK_SLOT_BYTES, line_bytes = a->count * sizeof(*a->lines);
    void *slots, *lines;

    slots = sk_mem_resize(a->mem, a->slots, a->slot_cap, a->count, SK_SLOT_BYTES);
    if (!slots)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), bytes);
    a->slots = slots;
    a->slot_cap = a->count;
    lines = sk_mem_resize(a->mem, a->lines, a->line_cap, a->count, sizeof(*a->lines));
    if (!lines)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), line_bytes);
    out->slots = slots;
    out->bytes = bytes;
    out->lines = lines;
    out->type = a->type;
    memcpy(out->name, a->name, sizeof(out->name));
    a->slots = NULL;
    a->lines = NULL;
    return SKEP_OK;
}

static void clear(struct sk_assembly *a)
{
    sk_mem_free(a->mem, a->slots, a->slot_cap, SK_SLOT_BYTES);
    sk_mem_free(a->mem, a->lines, a->line_cap, sizeof(*a->lines));
    sk_mem_free(a->mem, a->fixups, a->fixup_cap, sizeof(*a->fixups));
    sk_mem_free(a->mem, a->checks, a->check_cap, sizeof(*a->checks));
    sk_symbols_fini(&a->symbols, a->mem);
    sk_grammar_fini(&a->grammar, a->mem);
}

enum skep_code sk_asm(const struct sk_env *env, const struct sk_mem *mem,
                      const char *text, size_t len, const struct skep_type *type,
                      struct sk_asm *out, struct skep_err *err)
{
    struct sk_assembly a = {
        .env = env, .mem = mem, .type = type, .given_type = type, .line = 1
    };
    enum skep_code code;

    SK_TRY(sk_source_init(&a.source, text, len, err));
    a.line_start = a.source.start;
    a.line_end = sk_line_end(&a.source, a.line_start);
    code = take_text(&a, err);
    if (!code)
        code = hand_over(&a, out, err);
    clear(&a);
    return code;
}

void sk_asm_fini(struct sk_asm *out, const struct sk_mem *mem)
{
    sk_mem_free(mem, out->slots, out->bytes, 1);
    sk_mem_free(mem, out->lines, out->bytes / SK_SLOT_BYTES, sizeof(*out->lines));
    out->slots = NULL;
    out->lines = NULL;
}
