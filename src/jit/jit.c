/* From a program to code that runs: lower, link, copy out, map, fill in what depends on
 * addresses. */
#include "jit/jit.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <stdio.h>
#include <string.h>
#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include "base/escape.h"
#include "jit/emit.h"
#include "jit/object.h"

/* ---- This machine ------------------------------------------------------------------- */

enum skep_target sk_native_host(void)
{
#if defined(__x86_64__)
    return SKEP_TARGET_X86_64;
#elif defined(__aarch64__)
    return SKEP_TARGET_ARM64;
#else
    return SKEP_TARGET_HOST;
#endif
}

uint32_t sk_native_features(void)
{
    uint32_t features = (uint32_t)SKEP_CPU_BASELINE;

#if defined(__x86_64__)
    unsigned a, b, c, d;

    if (__get_cpuid_count(7, 0, &a, &b, &c, &d))
        features |=
            (b & bit_BMI ? SKEP_CPU_BMI1 : 0u) | (b & bit_BMI2 ? SKEP_CPU_BMI2 : 0u);
    if (__get_cpuid(1, &a, &b, &c, &d) && c & bit_MOVBE)
        features |= SKEP_CPU_MOVBE;
#elif defined(__aarch64__)
    if (getauxval(AT_HWCAP) & HWCAP_ATOMICS)
        features |= SKEP_CPU_LSE;
#endif
    return features;
}

/* ---- Machines ----------------------------------------------------------------------- */

struct machine {
    void (*emit)(const struct sk_prog *prog, const struct sk_jit_opts *opts,
                 const struct sk_live *live, const struct sk_survey *survey,
                 struct sk_code_buf *buf);
    const struct sk_code_target *jumps;
    void (*fill)(uint8_t *at, const uint8_t *place, enum skep_native_reloc_kind kind,
                 uint64_t to);
};

static const struct machine machines[] = {
    [SKEP_TARGET_X86_64] = { sk_x64_emit, &sk_x64_jumps, sk_x64_fill },
    [SKEP_TARGET_ARM64] = { sk_a64_emit, &sk_a64_jumps, sk_a64_fill },
};

/* ---- Compiling ---------------------------------------------------------------------- */

static enum skep_code no_memory(struct skep_err *err, size_t len)
{
    return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), len);
}

static uint32_t offset_of_label(const struct sk_code_buf *buf, uint32_t label)
{
    return sk_code_offset(buf, buf->labels[label].at, buf->labels[label].fixups);
}

/* Stubs of one instruction that follow each other are one line. */
static int is_same_slow_path(const struct skep_native_line *a,
                             const struct skep_native_line *b)
{
    return a->slow_path && b->slow_path && a->pc == b->pc;
}

static enum skep_code take_lines(struct sk_native *native, const struct sk_code_buf *buf,
                                 struct skep_err *err)
{
    struct skep_native_line *lines =
        sk_mem_new(&native->mem, buf->line_count, sizeof(lines[0]));
    size_t count = 0;

    native->lines = lines;
    native->line_cap = buf->line_count;
    if (!lines)
        return no_memory(err, buf->line_count * sizeof(lines[0]));
    for (uint32_t i = 0; i < buf->line_count; i++) {
        const struct sk_code_line *from = &buf->lines[i];
        struct skep_native_line line = { sk_code_offset(buf, from->at, from->fixups),
                                         from->pc, from->slow_path };

        if (count && lines[count - 1].offset == line.offset)
            count--; /* that instruction has no code of its own */
        if (!count || !is_same_slow_path(&lines[count - 1], &line))
            lines[count++] = line;
    }
    native->line_count = count;
    return SKEP_OK;
}

static struct skep_native_reloc name_reloc(const struct sk_native *native,
                                           const struct sk_code_reloc *reloc,
                                           uint32_t offset)
{
    static const char *const own[SK_SYM_HELPER] = { "skep:slow", "skep:prog" };
    enum skep_native_reloc_kind kind = (enum skep_native_reloc_kind)reloc->kind;
    const struct skep_helper *helper;

    if (kind == SKEP_RELOC_HELPER)
        return (struct skep_native_reloc){
            offset, kind, sk_env_helper_name(native->prog->env, reloc->symbol),
            reloc->symbol
        };
    if (reloc->symbol < SK_SYM_HELPER)
        return (struct skep_native_reloc){ offset, kind, own[reloc->symbol], -1 };
    helper = &native->prog->env->helpers[reloc->symbol - SK_SYM_HELPER];
    return (struct skep_native_reloc){ offset, kind, helper->name, helper->id };
}

static enum skep_code take_relocs(struct sk_native *native, const struct sk_code_buf *buf,
                                  struct skep_err *err)
{
    native->relocs =
        sk_mem_new(&native->mem, buf->reloc_count, sizeof(native->relocs[0]));
    native->reloc_count = buf->reloc_count;
    if (!native->relocs)
        return no_memory(err, buf->reloc_count * sizeof(native->relocs[0]));
    for (uint32_t i = 0; i < buf->reloc_count; i++)
        native->relocs[i] =
            name_reloc(native, &buf->relocs[i],
                       sk_code_offset(buf, buf->relocs[i].at, buf->relocs[i].fixups));
    return SKEP_OK;
}

static enum skep_code take_functions(struct sk_native *native,
                                     const struct sk_code_buf *buf, uint32_t gated,
                                     struct skep_err *err)
{
    const struct sk_prog *prog = native->prog;

    native->functions = sk_mem_new(&native->mem, prog->function_count, sizeof(uint32_t));
    if (!native->functions)
        return no_memory(err, prog->function_count * sizeof(uint32_t));
    for (uint32_t f = 0; f < prog->function_count; f++)
        native->functions[f] = offset_of_label(buf, sk_label_function(prog, f));
    native->tail = offset_of_label(buf, sk_label_tail(prog));
    native->gate = gated ? offset_of_label(buf, sk_label_gate(prog)) : UINT32_MAX;
    return SKEP_OK;
}

static struct skep_native_symbol *add_symbol(struct sk_native *native, uint32_t offset,
                                             uint32_t function, const char *name)
{
    struct skep_native_symbol *symbol = &native->symbols[native->symbol_count++];

    symbol->offset = offset;
    symbol->function = function;
    snprintf(symbol->name, sizeof(symbol->name), "%s", name);
    return symbol;
}

/* The name of a function: the program's notes', or a number. */
static void name_function(struct sk_native *native, struct skep_native_symbol *symbol,
                          uint32_t function)
{
    const struct sk_prog *prog = native->prog;
    const struct sk_note_function *note =
        sk_notes_function(&prog->notes, prog->functions[function].first);

    if (note && note->name[0])
        sk_escape(symbol->name, sizeof(symbol->name), note->name, strlen(note->name));
    else if (function)
        snprintf(symbol->name, sizeof(symbol->name), "subprog_%u", function);
}

/* Each part of the code, in its order. */
static void add_symbols(struct sk_native *native, uint32_t shared)
{
    if (native->functions[0])
        add_symbol(native, 0, UINT32_MAX, "tail_entry");
    for (uint32_t f = 0; f < native->prog->function_count; f++)
        name_function(native,
                      add_symbol(native, native->functions[f], f, f ? "" : "main"), f);
    if (native->gate == UINT32_MAX)
        return;
    add_symbol(native, native->gate, UINT32_MAX, "gate");
    if (shared < native->len)
        add_symbol(native, shared, UINT32_MAX, "shared");
}

static enum skep_code take_symbols(struct sk_native *native,
                                   const struct sk_code_buf *buf, struct skep_err *err)
{
    const struct sk_prog *prog = native->prog;
    uint32_t end = (uint32_t)native->len, shared = end;

    native->symbol_cap = prog->function_count + 3;
    native->symbols =
        sk_mem_new(&native->mem, native->symbol_cap, sizeof(native->symbols[0]));
    if (!native->symbols)
        return no_memory(err, native->symbol_cap * sizeof(native->symbols[0]));
    if (native->gate != UINT32_MAX)
        shared = offset_of_label(buf, sk_label_shared(prog));
    add_symbols(native, shared);
    for (size_t i = native->symbol_count; i-- > 0; end = native->symbols[i].offset)
        native->symbols[i].size = end - native->symbols[i].offset;
    return SKEP_OK;
}

/* How to unwind: each SK_CFI_START begins the next symbol's rows. */
static enum skep_code take_rows(struct sk_native *native, const struct sk_code_buf *buf,
                                struct skep_err *err)
{
    uint32_t symbol = UINT32_MAX, count = 0;

    native->row_cap = buf->cfi_count;
    native->rows = sk_mem_new(&native->mem, native->row_cap, sizeof(native->rows[0]));
    native->row_end = sk_mem_new(&native->mem, native->symbol_cap, sizeof(uint32_t));
    if (!native->rows || !native->row_end)
        return no_memory(err, native->row_cap * sizeof(native->rows[0]));
    for (uint32_t i = 0; i < buf->cfi_count; i++) {
        const struct sk_code_cfi *cfi = &buf->cfi[i];

        if (cfi->what == SK_CFI_START) {
            symbol++;
        } else {
            native->rows[count++] =
                (struct sk_cfi){ sk_code_offset(buf, cfi->at, cfi->fixups) -
                                     native->symbols[symbol].offset,
                                 cfi->what, cfi->reg, cfi->value };
        }
        native->row_end[symbol] = count;
    }
    return SKEP_OK;
}

static enum skep_code take(struct sk_native *native, struct sk_code_buf *buf,
                           uint32_t gated, struct skep_err *err)
{
    const struct sk_code_target *jumps = machines[native->target].jumps;

    SK_TRY(sk_code_link(buf, jumps, &native->len, err));
    native->bytes = sk_mem_resize(&native->mem, NULL, 0, native->len, 1);
    if (!native->bytes)
        return no_memory(err, native->len);
    sk_code_write(buf, jumps, native->bytes);
    SK_TRY(take_lines(native, buf, err));
    SK_TRY(take_relocs(native, buf, err));
    SK_TRY(take_functions(native, buf, gated, err));
    SK_TRY(take_symbols(native, buf, err));
    return take_rows(native, buf, err);
}

static enum skep_code lower(struct sk_native *native, const struct sk_jit_opts *opts,
                            struct skep_err *err)
{
    const struct sk_prog *prog = native->prog;
    struct sk_live *live =
        sk_mem_resize(&native->mem, NULL, 0, prog->count, sizeof(*live));
    struct sk_survey survey;
    struct sk_code_buf buf;
    enum skep_code code;

    if (!live)
        return no_memory(err, prog->count * sizeof(*live));
    sk_code_begin(&buf, &prog->mem, sk_label_count(prog), (size_t)prog->count * 8);
    if (sk_survey_program(prog, opts->mode, live, &survey))
        machines[opts->target].emit(prog, opts, live, &survey, &buf);
    else
        buf.failed = 1;
    sk_mem_free(&native->mem, live, prog->count, sizeof(*live));
    code = take(native, &buf, survey.gated, err);
    sk_code_free(&buf);
    return code;
}

enum skep_code sk_native_compile(const struct sk_prog *prog,
                                 const struct sk_jit_opts *opts,
                                 struct sk_native **native, struct skep_err *err)
{
    struct sk_native *fresh;
    enum skep_code code;

    if (opts->target == SKEP_TARGET_HOST)
        return sk_fail(err, E_NO_JIT, sk_at_nothing(),
                       "there is no compiler for this machine");
    if (opts->mode & SK_JIT_OBJECT)
        SK_TRY(sk_object_check(prog, err));
    fresh = sk_mem_new(&prog->mem, 1, sizeof(*fresh));
    if (!fresh)
        return no_memory(err, sizeof(*fresh));
    fresh->mem = prog->mem;
    fresh->prog = prog;
    fresh->target = opts->target;
    fresh->mode = opts->mode;
    code = lower(fresh, opts, err);
    if (code)
        sk_native_free(fresh);
    else
        *native = fresh;
    return code;
}

void sk_native_free(struct sk_native *native)
{
    struct sk_mem mem;

    if (!native)
        return;
    mem = native->mem;
    sk_announce_end(&mem, &native->announced);
    sk_exec_unmap(&native->exec);
    sk_mem_free(&mem, native->bytes, native->len, 1);
    sk_mem_free(&mem, native->functions, native->prog->function_count, sizeof(uint32_t));
    sk_mem_free(&mem, native->lines, native->line_cap, sizeof(native->lines[0]));
    sk_mem_free(&mem, native->symbols, native->symbol_cap, sizeof(native->symbols[0]));
    sk_mem_free(&mem, native->rows, native->row_cap, sizeof(native->rows[0]));
    sk_mem_free(&mem, native->row_end, native->symbol_cap, sizeof(uint32_t));
    sk_mem_free(&mem, native->relocs, native->reloc_count, sizeof(native->relocs[0]));
    sk_mem_free(&mem, native, 1, sizeof(*native));
}

/* ---- Loading ------------------------------------------------------------------------ */

/* Where what a relocation names lies in this process. */
static uint64_t address_of(const struct sk_native *native,
                           const struct skep_native_reloc *reloc)
{
    if (reloc->helper >= 0)
        return (uint64_t)(uintptr_t)sk_env_helper(native->prog->env,
                                                  (uint32_t)reloc->helper)
            ->fn;
    return reloc->kind == SKEP_RELOC_ABS64 ? (uint64_t)(uintptr_t)native->prog
                                           : (uint64_t)(uintptr_t)&sk_jit_slow;
}

/* Fills in addresses; the code will run where it lies. */
static void relocate(const struct sk_native *native, uint8_t *code)
{
    for (size_t i = 0; i < native->reloc_count; i++) {
        const struct skep_native_reloc *reloc = &native->relocs[i];
        uint8_t *at = code + reloc->offset;
        uint64_t to = address_of(native, reloc);

        if (reloc->kind == SKEP_RELOC_ABS64)
            memcpy(at, &to, 8);
        else
            machines[native->target].fill(at, at, reloc->kind, to);
    }
}

static const char *name_of(const struct sk_prog *prog)
{
    return prog->name[0] ? prog->name : "prog";
}

/* A symbol as perf and GDB shall see it. `name` is the room for its name. */
static void show(const struct sk_native *native, size_t i, struct sk_announce_symbol *out,
                 char *name, size_t size)
{
    const struct skep_native_symbol *symbol = &native->symbols[i];
    uint32_t first = i ? native->row_end[i - 1] : 0;

    snprintf(name, size, "%s/%s", name_of(native->prog), symbol->name);
    *out =
        (struct sk_announce_symbol){ symbol->offset, symbol->size, name,
                                     native->rows + first, native->row_end[i] - first };
}

/* Tells perf and GDB. That it cannot is no reason not to run, and kept for those that ask. */
static void announce(struct sk_native *native, uint32_t ways)
{
    enum { NAME = SK_NAME_MAX + sizeof(native->symbols[0].name) };
    size_t count = native->symbol_count;
    struct sk_announce_symbol *symbols;
    char *names;

    if (!(ways & (SKEP_NATIVE_PERF_MAP | SKEP_NATIVE_JITDUMP | SKEP_NATIVE_GDB)))
        return;
    symbols = sk_mem_new(&native->mem, count, sizeof(*symbols));
    names = sk_mem_new(&native->mem, count, NAME);
    if (!symbols || !names) {
        no_memory(&native->announce_err, count * (sizeof(*symbols) + NAME));
    } else {
        for (size_t i = 0; i < count; i++)
            show(native, i, &symbols[i], names + i * NAME, NAME);
        sk_announce(&native->mem,
                    &(struct sk_announce_code){ .address = native->exec.code,
                                                .len = native->len,
                                                .symbols = symbols,
                                                .symbol_count = count,
                                                .lines = native->lines,
                                                .line_count = native->line_count,
                                                .source = name_of(native->prog) },
                    ways, &native->announced, &native->announce_err);
    }
    sk_mem_free(&native->mem, symbols, count, sizeof(*symbols));
    sk_mem_free(&native->mem, names, count, NAME);
}

enum skep_code sk_native_map(struct sk_native *native, struct skep_err *err)
{
    SK_TRY(sk_exec_map(&native->exec, native->len, (const void *)(uintptr_t)&sk_jit_slow,
                       err));
    memcpy(native->exec.code, native->bytes, native->len);
    relocate(native, native->exec.code);
    return sk_exec_seal(&native->exec, err);
}

enum skep_code sk_native_load(const struct sk_prog *prog, enum sk_code_kind kind,
                              uint32_t flags, struct sk_native **native,
                              struct skep_err *err)
{
    struct sk_jit_opts opts = { sk_native_host(), 0, prog->env->cpu };
    struct sk_native *fresh = NULL;
    enum skep_code code;

    if (kind == SK_CODE_NATIVE_CHECKED)
        opts.mode = SK_JIT_CHECKED | SK_JIT_METERED;
    else if (kind == SK_CODE_NATIVE_UNCHECKED)
        opts.mode = SK_JIT_METERED;
    if (flags & SKEP_NATIVE_PADS)
        opts.mode |= SK_JIT_PADS;
    if (flags & SKEP_NATIVE_BLIND)
        opts.mode |= SK_JIT_BLIND;
    SK_TRY(sk_native_compile(prog, &opts, &fresh, err));
    if (!fresh)
        sk_unreachable("what was compiled is there");
    code = sk_native_map(fresh, err);
    if (code) {
        sk_native_free(fresh);
        return code;
    }
    announce(fresh, flags);
    *native = fresh;
    return SKEP_OK;
}

/* ---- Running ------------------------------------------------------------------------ */

typedef void (*gate_fn)(struct sk_run *run, const void *function);

/* C has no conversion from data to functions; the bytes are the same. */
static gate_fn gate_of(const struct sk_native *native)
{
    const void *at = native->exec.code + native->gate;
    gate_fn gate;

    memcpy(&gate, &at, sizeof(gate));
    return gate;
}

static const struct sk_native *running(const struct sk_run *run)
{
    return sk_image_of(run->prog)->code[run->kind];
}

skep_native_fn sk_native_function(const struct sk_native *native)
{
    skep_native_fn function;
    const void *at;

    if (!native->exec.code || native->gate != UINT32_MAX)
        return NULL;
    at = native->exec.code + native->functions[0];
    memcpy(&function, &at, sizeof(function));
    return function;
}

enum skep_code sk_native_enter(struct sk_run *run, uint32_t pc)
{
    const struct sk_native *native = running(run);
    uint32_t function = pc ? sk_prog_function_of(run->prog, pc) : 0;
    const void *at = native->exec.code + native->functions[function];

    if (native->gate != UINT32_MAX) {
        run->fault.code = SKEP_OK;
        gate_of(native)(run, at);
        return run->fault.code;
    }
    run->regs[SK_R0] =
        sk_native_function(native)((void *)(uintptr_t)run->regs[SK_R1], run->regs[SK_R2]);
    return SKEP_OK;
}
