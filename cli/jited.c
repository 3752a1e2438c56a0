/* skep prog dump jited: a program's machine code, as bpftool lists that of the kernel.
 *
 * The listing walks through the code once. Symbols, lines and relocations are sorted by
 * offset, and each has a cursor that moves along. So do the slots of a function: its code
 * comes in their order, and those that a line passes over have no code of their own. */
#include <inttypes.h>
#include <skep_native.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "machine.h"
#include "output.h"
#include "program.h"
#include "report.h"
#include "text.h"

enum jited_flags {
    JITED_OPCODES = 1,
    JITED_LINUM = 2, /* beside source lines file and number */
    JITED_INTERLEAVE = 4,
};

/* Slots that are to be shown: from `pc` to before `end`. */
struct span {
    uint32_t pc, end;
};

struct listing {
    const struct program *program;
    struct machine machine;
    uint32_t flags; /* enum jited_flags */
    const unsigned char *code;
    const struct skep_native_symbol *symbols;
    const struct skep_native_line *lines;
    const struct skep_native_reloc *relocs;
    size_t symbol_count, line_count, reloc_count;
    size_t line, reloc; /* the first ones that are not shown yet */
    struct span slots;  /* those of the function that are not shown yet */
    int in_body;        /* the function's own code has begun */
    uint32_t source;    /* where the source line begins that was shown last */
};

/* One line: an instruction, and what there is to say about it. */
struct row {
    uint32_t offset;
    struct machine_insn insn;
    struct span silent;                    /* without code, and shown before it */
    const struct skep_native_line *line;   /* begins here, or NULL */
    const struct skep_native_reloc *reloc; /* lies in it, or NULL */
};

#define WORDS "opcodes, linum"

/* Reads the words behind FILE, and behind PROGRAM if `named`. */
static int read_words(const struct args *args, int named, uint32_t *flags)
{
    *flags = args->value[OPT_INTERLEAVE] ? JITED_INTERLEAVE : 0;
    for (size_t i = named ? 2 : 1; i < args->count; i++) {
        if (is_prefix(args->words[i], "opcodes"))
            *flags |= JITED_OPCODES;
        else if (is_prefix(args->words[i], "linum"))
            *flags |= JITED_LINUM;
        else
            return fail(SKEP_KIND_USAGE, NULL, "'%.60s' is none of " WORDS,
                        args->words[i]);
    }
    return 0;
}

/* Which code is meant; without an option, that which runs by default. */
static int read_kind(const struct args *args, uint32_t *flags)
{
    static const struct {
        enum option option;
        uint32_t flag;
    } kinds[] = {
        { OPT_CHECKED, SKEP_NATIVE_CHECKED },
        { OPT_UNCHECKED, SKEP_NATIVE_UNCHECKED },
        { OPT_UNMETERED, SKEP_NATIVE_UNMETERED },
    };
    const char *given = NULL;

    *flags = SKEP_NATIVE_CHECKED;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *name = option_table[kinds[i].option].name;

        if (!args->value[kinds[i].option])
            continue;
        if (given)
            return fail(SKEP_KIND_USAGE, NULL, "--%s and --%s exclude each other", given,
                        name);
        given = name;
        *flags = kinds[i].flag;
    }
    if (args->value[OPT_BLIND])
        *flags |= SKEP_NATIVE_BLIND;
    return 0;
}

enum { HEADING_MAX = 256 };

/* The prototype of a symbol that is a function, or "". */
static const char *proto_of(const struct program *program,
                            const struct skep_native_symbol *symbol)
{
    struct skep_function_note note = { .size = sizeof(note), .proto = "" };

    if (symbol->function != UINT32_MAX)
        skep_prog_function_note(program->prog, symbol->function, &note);
    return note.proto;
}

/* The symbol's heading: the kernel's name of the code, or for what functions share, its
 * own. */
static void heading(const struct program *program,
                    const struct skep_native_symbol *symbol, char *buf, size_t size)
{
    struct skep_function_note note = { .size = sizeof(note), .symbol = "" };
    const char *name = symbol->name;
    char tag[TAG_TEXT];

    if (symbol->function != UINT32_MAX)
        skep_prog_function_note(program->prog, symbol->function, &note);
    if (symbol->function == UINT32_MAX || note.symbol[0]) {
        snprintf(buf, size, "%s", note.symbol[0] ? note.symbol : name);
        return;
    }
    if (symbol->function == 0 && program->info.name[0])
        name = program->info.name;
    snprintf(buf, size, "bpf_prog_%s_%s", tag_text(&program->info, tag), name);
}

/* Zeros that a call out of the code will fill. */
static size_t blank_call(const struct listing *listing, uint32_t offset, uint32_t end)
{
    uint32_t len = listing->machine.target == SKEP_TARGET_ARM64 ? 20 : 12;

    if (end - offset < len)
        return 0;
    for (uint32_t i = 0; i < len; i++)
        if (listing->code[offset + i])
            return 0;
    return len;
}

static void enter_symbol(struct listing *listing, const struct skep_native_symbol *symbol)
{
    listing->slots = (struct span){ 0, 0 };
    listing->in_body = 0;
    listing->source = UINT32_MAX;
    if (symbol->function != UINT32_MAX)
        skep_prog_function(listing->program->prog, symbol->function, &listing->slots.pc,
                           &listing->slots.end);
}

/* Takes the slots before `pc` that are not shown yet. */
static struct span take_slots(struct listing *listing, uint32_t pc)
{
    struct span taken = { listing->slots.pc, pc };

    listing->slots.pc = pc;
    return taken;
}

/* Which slots are to be shown before a line: those before its own. Behind the function's own
 * code, that is all that are left. */
static struct span slots_before(struct listing *listing,
                                const struct skep_native_line *line)
{
    struct span before;

    if (line->pc == UINT32_MAX || line->slow_path)
        return take_slots(listing,
                          listing->in_body ? listing->slots.end : listing->slots.pc);
    before = take_slots(listing, line->pc);
    listing->slots.pc++;
    listing->in_body = 1;
    return before;
}

/* Passes over the second slots of wide instructions. Returns whether there is an instruction
 * in the span, and takes it. */
static int take_insn(const struct listing *listing, struct span *span,
                     struct skep_insn *insn)
{
    while (span->pc < span->end) {
        if (skep_prog_insn(listing->program->prog, span->pc++, insn) == SKEP_OK &&
            insn->slots)
            return 1;
    }
    return 0;
}

/* The row at an offset of a symbol that ends at `end`. A relocation that begins a row is
 * data, or a call yet to be filled in; others lie within an instruction. */
static struct row next_row(struct listing *listing, uint32_t offset, uint32_t end)
{
    struct row row = { .offset = offset };
    const struct skep_native_reloc *reloc = NULL;
    const unsigned char *code = listing->code + offset;
    size_t data = 0;

    while (listing->reloc < listing->reloc_count &&
           listing->relocs[listing->reloc].offset < offset)
        listing->reloc++;
    if (listing->reloc < listing->reloc_count)
        reloc = &listing->relocs[listing->reloc];
    if (reloc && reloc->offset == offset)
        data = reloc->kind == SKEP_RELOC_ABS64 ? (end - offset >= 8 ? 8 : 0)
                                               : blank_call(listing, offset, end);
    if (data)
        machine_data(code, data, &row.insn);
    else
        machine_decode(&listing->machine, code, end - offset, offset, &row.insn);
    if (reloc && reloc->offset < offset + row.insn.len)
        row.reloc = reloc;
    while (listing->line < listing->line_count &&
           listing->lines[listing->line].offset <= offset)
        row.line = &listing->lines[listing->line++];
    if (row.line)
        row.silent = slots_before(listing, row.line);
    return row;
}

/* The source line of the instruction at pc, if it is another than was shown last; 0: there is none
 * to show. */
static int new_source(struct listing *listing, uint32_t pc, struct skep_line *line)
{
    if (pc == UINT32_MAX || skep_prog_line(listing->program->prog, pc, line) != SKEP_OK ||
        line->pc == listing->source)
        return 0;
    listing->source = line->pc;
    return 1;
}

/* The same for a row of code. Slow paths stand apart and have none. */
static int row_source(struct listing *listing, const struct row *row,
                      struct skep_line *line)
{
    return row->line && !row->line->slow_path && new_source(listing, row->line->pc, line);
}

/* ---- Text -------------------------------------------------------------------------- */

/* The eBPF instruction, where bpftool puts source lines. */
static void put_insn(const struct listing *listing, const struct skep_insn *insn)
{
    char text[INSN_TEXT_MAX];

    printf("%u: (%02x) %s\n", insn->pc, insn->opcode,
           insn_text(listing->program->prog, insn->pc, text, sizeof(text)));
}

static void put_source(const struct listing *listing, const struct skep_line *line)
{
    fputs("; ", stdout);
    line_text(stdout, line, listing->flags & JITED_LINUM);
    putchar('\n');
}

static void put_span(struct listing *listing, struct span span)
{
    struct skep_insn insn;
    struct skep_line line = { .size = sizeof(line) };

    while (take_insn(listing, &span, &insn)) {
        if (new_source(listing, insn.pc, &line))
            put_source(listing, &line);
        fputs("; ", stdout);
        put_insn(listing, &insn);
    }
}

static void put_line(const struct listing *listing, const struct skep_native_line *line)
{
    struct skep_insn insn;

    if (line->pc == UINT32_MAX ||
        skep_prog_insn(listing->program->prog, line->pc, &insn) != SKEP_OK) {
        puts("; no instruction");
        return;
    }
    fputs(line->slow_path ? "; slow path of " : "; ", stdout);
    put_insn(listing, &insn);
}

static void put_row(struct listing *listing, const struct row *row)
{
    const struct machine_insn *insn = &row->insn;
    int interleave = row->line && (listing->flags & JITED_INTERLEAVE);
    struct skep_line line = { .size = sizeof(line) };

    if (interleave)
        put_span(listing, row->silent);
    if (row_source(listing, row, &line))
        put_source(listing, &line);
    if (interleave)
        put_line(listing, row->line);
    printf("%4" PRIx32 ":\t", row->offset);
    if (insn->operands[0])
        printf("%-6s %s", insn->operation, insn->operands);
    else
        fputs(insn->operation, stdout);
    if (row->reloc)
        printf("  # %s %s",
               row->reloc->kind == SKEP_RELOC_ABS64 ? "address of" : "call of",
               row->reloc->name);
    if (listing->flags & JITED_OPCODES) {
        fputs("\n\t", stdout);
        for (size_t i = 0; i < insn->len; i++)
            printf("%02x ", listing->code[row->offset + i]);
    }
    putchar('\n');
}

static void list_text(struct listing *listing)
{
    for (size_t i = 0; i < listing->symbol_count && !ferror(stdout); i++) {
        const struct skep_native_symbol *symbol = &listing->symbols[i];
        uint32_t offset = symbol->offset, end = offset + symbol->size;
        char name[HEADING_MAX];
        const char *proto = proto_of(listing->program, symbol);

        heading(listing->program, symbol, name, sizeof(name));
        if (proto[0]) {
            text_put(stdout, proto, strlen(proto));
            puts(":");
        }
        text_put(stdout, name, strlen(name));
        puts(":");
        enter_symbol(listing, symbol);
        while (offset < end) {
            struct row row = next_row(listing, offset, end);

            put_row(listing, &row);
            offset += (uint32_t)row.insn.len;
        }
        if (listing->flags & JITED_INTERLEAVE)
            put_span(listing, listing->slots);
        putchar('\n');
    }
}

/* ---- JSON -------------------------------------------------------------------------- */

/* Splits "8(%rdi, %rcx, 4), %rax" at the commas outside of brackets; as in bpftool,
 * [null] if there is none. */
static void put_operands(struct jw *j, const char *operands)
{
    char one[sizeof((struct machine_insn){ 0 }.operands)];
    size_t len = 0;
    int depth = 0;

    jw_open(j, "operands", '[');
    if (!operands[0])
        jw_null(j, NULL);
    for (const char *at = operands; *operands; at++) {
        if ((*at == ',' && depth == 0) || *at == 0) {
            one[len] = 0;
            jw_str(j, NULL, one);
            len = 0;
            if (*at == 0)
                break;
            at += strspn(at + 1, " ");
            continue;
        }
        depth += (strchr("([{", *at) != NULL) - (strchr(")]}", *at) != NULL);
        one[len++] = *at;
    }
    jw_close(j, ']');
}

static void put_insn_json(const struct listing *listing, struct jw *j,
                          const struct skep_insn *insn)
{
    char text[INSN_TEXT_MAX], whole[INSN_TEXT_MAX + 8];

    snprintf(whole, sizeof(whole), "(%02x) %s", insn->opcode,
             insn_text(listing->program->prog, insn->pc, text, sizeof(text)));
    jw_u64(j, "slot", insn->pc);
    jw_str(j, "disasm", whole);
}

/* Nothing, or the instructions in a list. */
static void put_span_json(const struct listing *listing, struct jw *j, struct span span)
{
    struct skep_insn insn;

    if (!take_insn(listing, &span, &insn))
        return;
    jw_open(j, "without_code", '[');
    do {
        jw_open(j, NULL, '{');
        put_insn_json(listing, j, &insn);
        jw_close(j, '}');
    } while (take_insn(listing, &span, &insn));
    jw_close(j, ']');
}

static void put_line_json(const struct listing *listing, struct jw *j,
                          const struct skep_native_line *line)
{
    struct skep_insn insn;

    if (line->pc != UINT32_MAX && !line->slow_path &&
        skep_prog_insn(listing->program->prog, line->pc, &insn) == SKEP_OK) {
        put_insn_json(listing, j, &insn);
        return;
    }
    jw_null(j, "slot");
    if (line->slow_path)
        jw_u64(j, "slow_path_of", line->pc);
}

static void put_row_json(struct listing *listing, struct jw *j, const struct row *row)
{
    struct skep_line line = { .size = sizeof(line) };

    jw_open(j, NULL, '{');
    if (row_source(listing, row, &line))
        line_json(j, &line, listing->flags & JITED_LINUM);
    if (row->line && (listing->flags & JITED_INTERLEAVE)) {
        put_span_json(listing, j, row->silent);
        put_line_json(listing, j, row->line);
    }
    jw_hex(j, "pc", row->offset);
    jw_str(j, "operation", row->insn.operation);
    put_operands(j, row->insn.operands);
    if (row->reloc)
        jw_str(j, row->reloc->kind == SKEP_RELOC_ABS64 ? "address_of" : "call_of",
               row->reloc->name);
    if (listing->flags & JITED_OPCODES)
        jw_bytes(j, "opcodes", listing->code + row->offset, row->insn.len);
    jw_close(j, '}');
}

static void list_json(struct listing *listing, struct jw *json)
{
    struct jw j = *json;

    for (size_t i = 0; i < listing->symbol_count && !ferror(stdout); i++) {
        const struct skep_native_symbol *symbol = &listing->symbols[i];
        uint32_t offset = symbol->offset, end = offset + symbol->size;
        char name[HEADING_MAX];
        const char *proto = proto_of(listing->program, symbol);

        heading(listing->program, symbol, name, sizeof(name));
        jw_open(&j, NULL, '{');
        if (proto[0])
            jw_str(&j, "proto", proto);
        jw_str(&j, "name", name);
        jw_open(&j, "insns", '[');
        enter_symbol(listing, symbol);
        while (offset < end) {
            struct row row = next_row(listing, offset, end);

            put_row_json(listing, &j, &row);
            offset += (uint32_t)row.insn.len;
        }
        jw_close(&j, ']');
        if (listing->flags & JITED_INTERLEAVE)
            put_span_json(listing, &j, listing->slots);
        jw_close(&j, '}');
    }
    *json = j;
}

/* ---- The command ------------------------------------------------------------------- */

/* What lists programs one after the other. */
struct jited {
    const struct cli *cli;
    struct skep_compile_opts opts;
    uint32_t flags;
    struct jw j;
    uint32_t count;
};

/* Several programs have heads, as those that one name fits have in bpftool. */
static void list_program(struct jited *jited, const struct program *program,
                         struct listing *listing)
{
    int several = program->shown > 1, first = jited->count++ == 0;
    struct jw *j = &jited->j;

    if (jited->cli->style == STYLE_TEXT) {
        if (several) {
            program_head(program);
            putchar('\n');
        }
        list_text(listing);
        return;
    }
    if (first)
        jw_open(j, NULL, '[');
    if (several) {
        jw_open(j, NULL, '{');
        program_head_json(j, program);
        jw_open(j, "insns", '[');
    }
    list_json(listing, j);
    if (several) {
        jw_close(j, ']');
        jw_close(j, '}');
    }
}

static int list(struct jited *jited, const struct program *program,
                const skep_native *native)
{
    const struct args *args = &jited->cli->args;
    enum machine_syntax syntax = args->value[OPT_INTEL] ? MACHINE_INTEL : MACHINE_ATT;
    struct listing listing = { .program = program, .flags = jited->flags };
    size_t len;
    int status = machine_open(&listing.machine, skep_native_target(native), syntax);

    if (status)
        return status;
    listing.code = skep_native_code(native, &len);
    listing.symbols = skep_native_symbols(native, &listing.symbol_count);
    listing.lines = skep_native_lines(native, &listing.line_count);
    listing.relocs = skep_native_relocs(native, &listing.reloc_count);
    list_program(jited, program, &listing);
    machine_close(&listing.machine);
    return 0;
}

/* Writes the bytes to --output, or lists them. */
static int show_native(struct jited *jited, const struct program *program,
                       const skep_native *native)
{
    const char *path = jited->cli->args.value[OPT_OUTPUT];
    const void *code;
    size_t len;

    if (!path)
        return list(jited, program, native);
    if (program->shown > 1)
        return fail(SKEP_KIND_USAGE, NULL,
                    "--output: the object holds %u programs, one must be named",
                    program->shown);
    code = skep_native_code(native, &len);
    return output_write(path, code, len);
}

static int show_program(void *ctx, struct program *program)
{
    struct jited *jited = ctx;
    struct skep_err err;
    skep_native *native;
    int status;

    if (!program->prog)
        return 0;
    if (skep_compile(program->prog, &jited->opts, &native, &err) != SKEP_OK)
        return fail_library(program->input.name, &err, NULL);
    status = show_native(jited, program, native);
    skep_native_free(native);
    return status;
}

int cmd_prog_dump_jited(const struct cli *cli)
{
    static const char *const words[] = { "opcodes", "linum", NULL };
    const struct program_want want = { .name = program_operand(&cli->args, words),
                                       .words = WORDS,
                                       .engine = SKEP_ENGINE_INTERP };
    struct jited jited = { .cli = cli,
                           .opts = { .size = sizeof(jited.opts) },
                           .j = cli_json(cli) };
    int status = read_words(&cli->args, want.name != NULL, &jited.flags);

    if (!status)
        status = target_read(&cli->args, &jited.opts.target);
    if (!status)
        status = read_kind(&cli->args, &jited.opts.flags);
    if (!status)
        status = programs_each(&cli->args, &want, show_program, &jited);
    if (cli->style != STYLE_TEXT)
        jw_end_list(&jited.j, jited.count, status);
    return status;
}
