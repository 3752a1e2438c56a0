/* The program of a run: its text assembled, its marks found, loaded once; and what holds
 * of every program, whatever it computes.
 *
 * A body gets the wrapper around it that the kernel needs, on every engine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/vm.h"
#include "base/bits.h"
#include "engine.h"
#include "text/asm.h"

enum {
    LINE_MAX_BYTES = 4096,
    REPEATED_MAX_BYTES = 64, /* of a line that stands several times */
    TIMES_MAX = 1 << 20,
    LISTED_MAX_BYTES = 128, /* of a slot's line in a listing */
};

static void bad(struct skt_program *p, uint32_t line, const char *why)
{
    p->bad_line = line;
    snprintf(p->why, sizeof(p->why), "%s", why);
}

/* ---- Text and marks --------------------------------------------------------------- */

/* How often a line stands; 0 if that is no sensible number. */
static uint32_t times_of(const struct skt_run *run, const struct skt_line *line)
{
    char buf[32];
    uint64_t n;

    if (!line->times.len)
        return 1;
    if (!skt_substitute(&run->vars, line->times, buf, sizeof(buf)) ||
        !skt_number(skt_str(buf), &n) || n > TIMES_MAX)
        return 0;
    return (uint32_t)n;
}

/* Writes a line to `at` as often as it stands; returns the end, or NULL if it makes no
 * sense. */
static char *put_line(const struct skt_run *run, const struct skt_line *line, char *at)
{
    char buf[LINE_MAX_BYTES];
    uint32_t times = times_of(run, line);
    size_t len;

    if (!times || !skt_substitute(&run->vars, line->text, buf, sizeof(buf) - 1))
        return NULL;
    len = strlen(buf);
    buf[len++] = '\n';
    if (times > 1 && len > REPEATED_MAX_BYTES)
        return NULL;
    for (uint32_t i = 0; i < times; i++, at += len)
        memcpy(at, buf, len);
    return at;
}

/* All lines with their variables replaced, for free(3); NULL and *bad_line if one fails. */
static char *make_text(const struct skt_run *run, uint32_t *bad_line)
{
    size_t room = 1;
    char *text, *at;

    for (size_t i = 0; i < run->test->line_count; i++)
        room += LINE_MAX_BYTES +
                (size_t)times_of(run, &run->test->lines[i]) * REPEATED_MAX_BYTES;
    text = at = malloc(room);
    if (!text)
        abort();
    for (size_t i = 0; i < run->test->line_count; i++) {
        at = put_line(run, &run->test->lines[i], at);
        if (!at) {
            *bad_line = run->test->lines[i].number;
            free(text);
            return NULL;
        }
    }
    *at = 0;
    return text;
}

static enum skep_code code_by_name(const char *name)
{
    for (int code = 1; code < SKEP_CODE_COUNT; code++) {
        if (!strcmp(skep_code_name((enum skep_code)code), name))
            return (enum skep_code)code;
    }
    return SKEP_OK;
}

/* Finds the mark: a line's `! CODE`, where CODE may be `ok` in rows without one. */
static int find_mark(struct skt_program *p, const struct skt_run *run)
{
    uint32_t text_line = 1;

    p->want = SKEP_OK;
    for (size_t i = 0; i < run->test->line_count; i++) {
        const struct skt_line *line = &run->test->lines[i];
        uint32_t at = text_line;
        char name[64];

        text_line += times_of(run, line);
        if (!line->code.len)
            continue;
        if (!skt_substitute(&run->vars, line->code, name, sizeof(name)))
            name[0] = 0;
        if (!strcmp(name, "ok"))
            continue;
        if (p->want || !code_by_name(name)) {
            bad(p, line->number, p->want ? "a second mark" : "the mark is no error code");
            return 0;
        }
        p->want = code_by_name(name);
        p->want_line = at;
        p->want_number = line->number;
    }
    return 1;
}

/* ---- Slots ------------------------------------------------------------------------ */

static void assemble(struct skt_program *p, const struct skt_case *test)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_asm out;
    const struct skep_type *type = NULL;
    char name[64];

    if (test->type.len) {
        snprintf(name, sizeof(name), "%.*s", (int)test->type.len, test->type.at);
        type = skep_vm_find_type(p->vm, name);
        if (!type)
            bad(p, test->number, "the program type is unknown");
    }
    if (sk_asm(&p->vm->env, &mem, p->text, strlen(p->text), type, &out, &p->refusal))
        return;
    p->count = (uint32_t)(out.bytes / SK_SLOT_BYTES);
    p->slots = malloc(out.bytes + 1);
    if (!p->slots)
        abort();
    memcpy(p->slots, out.slots, out.bytes);
    p->want_pc = UINT32_MAX;
    for (uint32_t pc = p->count; pc--;) {
        if (out.lines[pc].line == p->want_line)
            p->want_pc = pc;
    }
    sk_asm_fini(&out, &mem);
}

/* Each line is slots in hexadecimal. */
static void read_raw(struct skt_program *p, const struct skt_case *test)
{
    struct skt_str rest = skt_str(p->text);
    size_t size = strlen(p->text), at = 0, len;

    p->slots = malloc(size + 1);
    if (!p->slots)
        abort();
    for (uint32_t line = 1; rest.len; line++) {
        if (line == p->want_line)
            p->want_pc = (uint32_t)(at / SK_SLOT_BYTES);
        if (!skt_bytes(skt_take(&rest, '\n'), p->slots + at, size - at, &len) ||
            len % SK_SLOT_BYTES)
            bad(p, test->number, "a line is not slots in hexadecimal");
        at += len;
    }
    p->count = (uint32_t)(at / SK_SLOT_BYTES);
}

static void wrap(struct skt_program *p)
{
    uint32_t max = ORACLE_BODY_AT + p->count;
    struct oracle_insn *out = calloc(max, sizeof(*out));

    if (!out)
        abort();
    p->first = ORACLE_BODY_AT;
    p->want_pc += ORACLE_BODY_AT;
    p->count = oracle_wrap(p->slots, p->count, out, max);
    if (!p->count)
        bad(p, p->want_line, "the body does not fit");
    free(p->slots);
    p->slots = (uint8_t *)out;
}

static enum skep_code load_one(struct skt_program *p, const struct skep_load_opts *opts,
                               skep_prog **prog, struct skep_err *err)
{
    if (p->maps.count)
        return skt_maps_load(p, opts->type ? skep_vm_find_type(p->vm, opts->type) : NULL,
                             opts, prog, err);
    return skep_load(p->vm, p->slots, (size_t)p->count * SK_SLOT_BYTES, opts, prog, err);
}

/* With native code for all kinds of runs where the machine has it; the guarded load is for
 * native code only. */
static void load(struct skt_program *p, const struct skt_case *test)
{
    enum {
        PLAIN = SKEP_NATIVE_CHECKED | SKEP_NATIVE_UNCHECKED | SKEP_NATIVE_UNMETERED,
        GUARDED = PLAIN | SKEP_NATIVE_BLIND | SKEP_NATIVE_PADS,
    };
    char type[64];
    struct skep_load_opts opts = { .size = sizeof(opts),
                                   .format = SKEP_FORMAT_RAW,
                                   .engine = SKEP_ENGINE_AUTO,
                                   .native = PLAIN };

    snprintf(type, sizeof(type), "%.*s", (int)test->type.len, test->type.at);
    if (type[0])
        opts.type = type;
    if (load_one(p, &opts, &p->prog, &p->refusal))
        return;
    opts.engine = SKEP_ENGINE_JIT;
    opts.native = GUARDED;
    load_one(p, &opts, &p->guarded, NULL);
}

static void build(struct skt_program *p, const struct skt_run *run)
{
    if (!find_mark(p, run))
        return;
    if (run->test->raw)
        read_raw(p, run->test);
    else
        assemble(p, run->test);
    if (p->refusal.code || p->bad_line)
        return;
    if (p->want && p->want_pc == UINT32_MAX) {
        bad(p, p->want_number, "the marked line has no slot");
        return;
    }
    if (run->test->body)
        wrap(p);
    skt_maps_make(p, run);
    load(p, run->test);
}

void skt_program_init(struct skt_program *program, skep_vm *vm)
{
    memset(program, 0, sizeof(*program));
    program->vm = vm;
    program->fd = -ENOENT;
    for (int i = 0; i < SKT_MAPS; i++)
        program->map_fd[i] = -1;
}

void skt_program_free(struct skt_program *program)
{
    skep_vm *vm = program->vm;

    free(program->text);
    free(program->slots);
    skep_prog_free(program->prog);
    skep_prog_free(program->guarded);
    skt_maps_free(program);
    oracle_close(program->fd);
    skt_program_init(program, vm);
}

/* Whether the program is that text with that mark already. */
static int is_same(const struct skt_program *p, const struct skt_run *run,
                   const char *text)
{
    struct skt_program marks = { .bad_line = 0 };

    if (!p->text || !text || strcmp(p->text, text) || p->bad_line ||
        !skt_maps_same(p, run))
        return 0;
    return find_mark(&marks, run) && marks.want == p->want &&
           marks.want_line == p->want_line;
}

int skt_program_make(struct skt_program *program, const struct skt_run *run)
{
    uint32_t bad_line = 0;
    char *text = make_text(run, &bad_line);

    if (is_same(program, run, text)) {
        free(text);
        return 0;
    }
    skt_program_free(program);
    program->text = text;
    if (text)
        build(program, run);
    else
        bad(program, bad_line,
            "a variable is unknown, a number senseless or the line too long");
    return 1;
}

/* ---- What holds of every program -------------------------------------------------- */

static int check_encoding(const struct skt_program *p, struct sk_out *diff)
{
    for (uint32_t pc = 0; pc < p->count;) {
        uint8_t again[2 * SK_SLOT_BYTES];
        struct sk_insn insn;
        uint32_t slots;

        if (sk_decode(p->slots, p->count, pc, &insn, NULL)) {
            sk_printf(diff, "slot %u of a loaded program does not decode\n", pc);
            return 0;
        }
        slots = sk_encode(again, 0, &insn);
        if (memcmp(again, p->slots + (size_t)pc * SK_SLOT_BYTES, slots * SK_SLOT_BYTES)) {
            sk_printf(diff, "slot %u decoded and encoded is another\n", pc);
            return 0;
        }
        pc += slots;
    }
    return 1;
}

static int append(void *out, const char *text, size_t len)
{
    sk_put(out, text, len);
    return 0;
}

static int check_listing(const struct skt_program *p, enum skep_dialect dialect,
                         struct sk_out *listing, struct sk_out *diff)
{
    struct skep_disasm_opts opts = { .size = sizeof(opts), .dialect = dialect };
    size_t bytes = (size_t)p->count * SK_SLOT_BYTES, again_len;
    const char *name = dialect == SKEP_LLVM ? "LLVM's" : "the kernel's";
    struct skep_err err;
    void *again;
    int same;

    if (skep_disasm(p->vm, p->slots, bytes, &opts, append, listing, &err)) {
        sk_printf(diff, "%s listing: %s\n", name, err.message);
        return 0;
    }
    if (skep_asm(p->vm, listing->buf, listing->len, NULL, &again, &again_len, &err)) {
        sk_printf(diff, "%s listing does not assemble: line %u: %s\n%s", name, err.line,
                  err.message, listing->buf);
        return 0;
    }
    same = again_len == bytes && !memcmp(again, p->slots, bytes);
    if (!same)
        sk_printf(diff, "%s listing assembles to other slots:\n%s", name, listing->buf);
    skep_release(p->vm, again, again_len);
    return same;
}

static int check_text(const struct skt_program *p, struct sk_out *diff)
{
    size_t size = ((size_t)p->count + 1) * LISTED_MAX_BYTES;
    char *buf = malloc(size);
    int good = buf != NULL;

    for (int dialect = SKEP_KERNEL; good && dialect <= SKEP_LLVM; dialect++) {
        struct sk_out listing;

        sk_out_buf(&listing, buf, size);
        good = check_listing(p, (enum skep_dialect)dialect, &listing, diff);
    }
    free(buf);
    return good;
}

/* The text is refused where the mark stands. */
static int check_text_refusal(const struct skt_program *p, const struct skt_case *test,
                              struct sk_out *diff)
{
    struct skep_load_opts opts = { .size = sizeof(opts), .format = SKEP_FORMAT_ASM };
    skep_prog *prog = NULL;
    struct skep_err err = { .code = SKEP_OK };

    if (test->raw)
        return 1;
    if (skep_load(p->vm, p->text, strlen(p->text), &opts, &prog, &err) == p->want &&
        err.at == SKEP_AT_TEXT && err.line == p->want_line)
        return 1;
    sk_printf(diff, "loaded as text: %s in line %u, expected %s in line %u\n",
              skep_code_name(err.code), err.line, skep_code_name(p->want), p->want_line);
    skep_prog_free(prog);
    return 0;
}

static int is_at_mark(const struct skt_program *p)
{
    if (p->refusal.at == SKEP_AT_TEXT)
        return p->refusal.line == p->want_line;
    return p->refusal.at == SKEP_AT_SLOT && p->refusal.where == p->want_pc;
}

static int check_refusal(const struct skt_program *p, const struct skt_case *test,
                         struct sk_out *diff)
{
    const struct skep_err *r = &p->refusal;

    if (r->code != p->want) {
        sk_printf(diff, "refused: %s: %s\n  expected %s\n", skep_code_name(r->code),
                  r->message, p->want ? skep_code_name(p->want) : "that it loads");
        return 0;
    }
    if (!is_at_mark(p)) {
        sk_printf(diff, "%s is at slot %llu, line %u, expected slot %u, line %u\n",
                  skep_code_name(r->code), (unsigned long long)r->where, r->line,
                  p->want_pc, p->want_line);
        return 0;
    }
    return check_text_refusal(p, test, diff);
}

int skt_program_check(const struct skt_program *program, const struct skt_case *test,
                      struct sk_out *diff)
{
    if (program->refusal.code)
        return check_refusal(program, test, diff);
    if (program->want && skep_code_kind(program->want) == SKEP_KIND_MALFORMED) {
        sk_printf(diff, "loads, expected %s\n", skep_code_name(program->want));
        return 0;
    }
    return check_encoding(program, diff) && check_text(program, diff);
}
