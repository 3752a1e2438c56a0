/* Cases to runs: variables replaced, values read, memory laid out.
 *
 * A run starts from nothing: no memory, or for a body numbered registers and stack bytes,
 * so that each of them is known by its value:
 *
 *     rN = 0xaNaNaNaNaNaNaNaN      bytes at r10-64 to r10-1: c0 to ff
 *
 * Then all inputs above the run apply, in their order. What is expected starts as a copy
 * of the inputs' memory: results only name what changes. */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "skt.h"

enum { TEXT_MAX = 3 * SKT_MEM_MAX };

static int fail(struct skt_run *run, struct skt_str what, const char *why)
{
    if (!run->bad_line)
        run->bad_line = run->number;
    snprintf(run->why, sizeof(run->why), "'%.*s': %s",
             (int)(what.len < 60 ? what.len : 60), what.at, why);
    return 0;
}

/* ---- Variables -------------------------------------------------------------------- */

static int is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

static const struct skt_str *find_var(const struct skt_vars *vars, struct skt_str name)
{
    for (uint32_t i = 0; i < vars->count; i++) {
        const struct skt_var *v = &vars->var[i];

        if (v->name.len == name.len && !memcmp(v->name.at, name.at, name.len))
            return &v->value;
    }
    return NULL;
}

static int add_var(struct skt_run *run, struct skt_str name, struct skt_str value)
{
    if (run->vars.count == SKT_VARS)
        return fail(run, name, "too many variables");
    run->vars.var[run->vars.count++] = (struct skt_var){ name, value };
    return 1;
}

int skt_substitute(const struct skt_vars *vars, struct skt_str text, char *buf,
                   size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len;) {
        struct skt_str piece = { text.at + i, 1 };

        i++;
        if (piece.at[0] == '$') {
            const struct skt_str *value;

            piece = (struct skt_str){ text.at + i, 0 };
            while (i < text.len && is_name_char(text.at[i]))
                piece.len++, i++;
            value = find_var(vars, piece);
            if (!value)
                return 0;
            piece = *value;
        }
        if (piece.len >= size - len)
            return 0;
        memcpy(buf + len, piece.at, piece.len);
        len += piece.len;
    }
    buf[len] = 0;
    return 1;
}

/* ---- Places and values ------------------------------------------------------------ */

/* Takes what a place begins with off *s: "fp", "ctx", "data", a map's name, or nothing. */
static struct skt_place take_base(const struct skt_run *run, struct skt_str *s)
{
    static const struct {
        const char *name;
        enum skt_base base;
    } bases[] = { { "fp", SKT_FP }, { "ctx", SKT_CTX }, { "data", SKT_DATA } };
    struct skt_str name = { s->at, 0 };
    struct skt_place place = { .base = SKT_ABSOLUTE };

    while (name.len < s->len &&
           (is_name_char(name.at[name.len]) || name.at[name.len] == '.'))
        name.len++;
    for (size_t i = 0; i < SK_LEN(bases); i++) {
        if (skt_is(name, bases[i].name))
            place.base = bases[i].base;
    }
    for (uint32_t i = 0; i < run->maps.count; i++) {
        if (skt_is(name, run->maps.map[i].name))
            place = (struct skt_place){ .base = SKT_MAP, .map = i };
    }
    if (place.base != SKT_ABSOLUTE) {
        s->at += name.len;
        s->len -= name.len;
    }
    return place;
}

/* "ctx+8", "fp-16", "data", or a number. */
static int read_place(const struct skt_run *run, struct skt_str s,
                      struct skt_place *place)
{
    uint64_t off = 0;

    *place = take_base(run, &s);
    if (place->base != SKT_ABSOLUTE) {
        if (!s.len)
            return 1;
        if (s.at[0] != '+' && s.at[0] != '-')
            return 0;
    }
    if (s.len && s.at[0] == '+' && place->base != SKT_ABSOLUTE) {
        s.at++;
        s.len--;
    }
    if (!skt_number(s, &off))
        return 0;
    place->off = (int64_t)off;
    return 1;
}

/* A piece of memory that has a name. */
struct cell {
    uint8_t *at;
    uint32_t room; /* bytes to the memory's end */
    uint32_t size; /* of a number; 0: bytes */
};

/* Where a run keeps the memory that names refer to: its inputs, or what is expected. */
struct store {
    struct skt_memory *ctx, *data, *map;
};

static int find_place(const struct skt_run *run, struct store store,
                      struct skt_place place, struct cell *cell)
{
    struct skt_memory *memory = place.base == SKT_MAP    ? &store.map[place.map]
                                : place.base == SKT_DATA ? store.data
                                                         : store.ctx;

    if (place.base == SKT_ABSOLUTE || (place.base == SKT_CTX && run->test->body))
        return 0;
    if (place.base == SKT_FP) {
        if (!run->test->body)
            return 0;
        place.off += (int64_t)sizeof(struct oracle_state);
    }
    if (place.off < 0 || place.off > memory->len)
        return 0;
    cell->at = memory->bytes + place.off;
    cell->room = memory->len - (uint32_t)place.off;
    return 1;
}

/* "r3" of a body, "u32[fp-8]", "ctx+4". */
static int find_cell(const struct skt_run *run, struct store store, struct skt_str name,
                     struct cell *cell)
{
    struct skt_str inner = name, bits;
    struct skt_place place;
    uint64_t n;

    cell->size = 0;
    if (run->test->body && name.len == 2 && name.at[0] == 'r') {
        if (name.at[1] < '0' || name.at[1] > '9')
            return 0;
        *cell = (struct cell){ store.ctx->bytes + 8 * (name.at[1] - '0'), 8, 8 };
        return 1;
    }
    if (name.len && name.at[0] == 'u' && name.at[name.len - 1] == ']') {
        bits = skt_take(&inner, '[');
        bits.at++;
        bits.len--;
        inner.len--;
        if (!skt_number(bits, &n) || n % 8 || !n || n > 64)
            return 0;
        cell->size = (uint32_t)n / 8;
    }
    return read_place(run, inner, &place) && find_place(run, store, place, cell) &&
           cell->room >= cell->size;
}

static int fits(uint64_t value, uint32_t size)
{
    uint32_t unused = 64 - 8 * size;

    return value << unused >> unused == value ||
           (uint64_t)((int64_t)(value << unused) >> unused) == value;
}

static int set_cell(struct skt_run *run, struct store store, struct skt_str name,
                    struct skt_str value)
{
    struct cell cell;
    uint64_t n;
    size_t len;

    if (!find_cell(run, store, name, &cell))
        return fail(run, name, "there is no such input, result or memory");
    if (!cell.size)
        return skt_bytes(value, cell.at, cell.room, &len) ||
               fail(run, value, "these are no bytes, or too many");
    if (!skt_number(value, &n) || !fits(n, cell.size))
        return fail(run, value, "this is no number of that size");
    for (uint32_t i = 0; i < cell.size; i++)
        cell.at[i] = (uint8_t)(n >> 8 * i);
    return 1;
}

/* ---- Inputs ----------------------------------------------------------------------- */

static int set_memory(struct skt_run *run, struct skt_memory *memory,
                      struct skt_str value)
{
    size_t len;

    if (!skt_bytes(value, memory->bytes, SKT_MEM_MAX, &len))
        return fail(run, value, "these are no bytes, or too many");
    memory->len = (uint32_t)len;
    return 1;
}

/* The map of that name, or a new one; NULL if there is no room. */
static struct skt_map *map_named(struct skt_run *run, struct skt_str name)
{
    struct skt_map *map = run->maps.map;

    for (uint32_t i = 0; i < run->maps.count; i++, map++) {
        if (skt_is(name, map->name))
            return map;
    }
    if (run->maps.count == SKT_MAPS || !name.len || name.len >= SKT_NAME_MAX)
        return NULL;
    run->maps.count++;
    memcpy(map->name, name.at, name.len);
    return map;
}

/* "NAME SIZE [ro] [BYTES]" */
static int set_map(struct skt_run *run, struct skt_str value)
{
    struct skt_str name = skt_word(&value), size = skt_word(&value), rest = value;
    struct skt_map *map = map_named(run, name);
    struct skt_memory *memory;
    uint64_t bytes;
    size_t len;

    if (!map || !skt_number(size, &bytes) || !bytes || bytes > SKT_MEM_MAX)
        return fail(run, name, "a map is NAME SIZE [ro] [BYTES], and there are three");
    map->size = (uint32_t)bytes;
    map->readonly = (uint32_t)skt_is(skt_word(&rest), "ro");
    memory = &run->map[map - run->maps.map];
    memory->len = map->size;
    return skt_bytes(map->readonly ? rest : value, memory->bytes, map->size, &len) ||
           fail(run, value, "these are no bytes, or too many");
}

static int set_input(struct skt_run *run, struct skt_str name, struct skt_str value)
{
    if (skt_is(name, "fuel"))
        return skt_number(value, &run->fuel) || fail(run, value, "this is no number");
    if (skt_is(name, "map"))
        return set_map(run, value);
    if (skt_is(name, "data"))
        return set_memory(run, &run->data, value);
    if (skt_is(name, "ctx") && !run->test->body)
        return set_memory(run, &run->ctx, value);
    if (value.len)
        return set_cell(run, (struct store){ &run->ctx, &run->data, run->map }, name,
                        value);
    if (skt_is(name, "strict"))
        run->flags |= SKEP_RUN_STRICT;
    else if (skt_is(name, "readonly"))
        run->flags |= SKEP_RUN_CTX_READONLY;
    else if (skt_is(name, "adjacent"))
        run->maps.adjacent = 1;
    else if (skt_is(name, "stop"))
        run->stop = 1;
    else
        return fail(run, name, "there is no such input");
    return 1;
}

static void start(struct skt_run *run, const struct skt_case *test, uint32_t number)
{
    memset(run, 0, sizeof(*run));
    run->test = test;
    run->number = number;
    if (!test->body)
        return;
    run->ctx.len = sizeof(struct oracle_state);
    for (int i = 0; i < ORACLE_REGS; i++)
        memset(run->ctx.bytes + 8 * i, 0xa0 + i, 8);
    for (int i = 0; i < ORACLE_MEM; i++)
        run->ctx.bytes[8 * ORACLE_REGS + i] = (uint8_t)(0xc0 + i);
}

/* ---- Results ---------------------------------------------------------------------- */

static int set_number(struct skt_run *run, struct skt_str value, uint64_t *number,
                      uint32_t bit)
{
    run->want.named |= bit;
    return skt_number(value, number) || fail(run, value, "this is no number");
}

static int set_words(struct skt_run *run, struct skt_str value)
{
    run->want.named |= SKT_NAMES_WORDS;
    if (value.len >= sizeof(run->want.words))
        return fail(run, value, "this is too long");
    memcpy(run->want.words, value.at, value.len);
    return 1;
}

static int set_result(struct skt_run *run, struct skt_str name, struct skt_str value)
{
    struct skt_want *want = &run->want;

    if (skt_is(name, "accept") && !value.len)
        return 1;
    if (skt_is(name, "r0") && !run->test->body)
        return set_number(run, value, &want->r0, SKT_NAMES_R0);
    if (skt_is(name, "fuel_left"))
        return set_number(run, value, &want->fuel_left, SKT_NAMES_FUEL);
    if (skt_is(name, "uninit"))
        return set_number(run, value, &want->uninit, 0);
    if (skt_is(name, "uninit_pc"))
        return set_number(run, value, &want->uninit_pc, SKT_NAMES_UNINIT_PC);
    if (skt_is(name, "len"))
        return set_number(run, value, &want->len, SKT_NAMES_LEN);
    if (skt_is(name, "write"))
        return set_number(run, value, &want->write, SKT_NAMES_WRITE);
    if (skt_is(name, "depth"))
        return set_number(run, value, &want->depth, SKT_NAMES_DEPTH);
    if (skt_is(name, "says"))
        return set_words(run, value);
    if (!skt_is(name, "addr"))
        return set_cell(run, (struct store){ &want->ctx, &want->data, want->map }, name,
                        value);
    want->named |= SKT_NAMES_ADDR;
    return read_place(run, value, &want->addr) || fail(run, value, "this is no address");
}

/* ---- Names and values, wherever they stand ---------------------------------------- */

typedef int (*set_fn)(struct skt_run *run, struct skt_str name, struct skt_str value);

/* "NAME VALUE" or "NAME = VALUE", with variables. */
static int set_text(struct skt_run *run, struct skt_str text, set_fn set)
{
    char buf[TEXT_MAX];
    struct skt_str name, rest;

    if (!skt_substitute(&run->vars, text, buf, sizeof(buf)))
        return fail(run, text, "a variable is unknown, or the line too long");
    rest = skt_str(buf);
    name = skt_word(&rest);
    if (skt_begins(rest, "=")) {
        rest.at++;
        rest.len--;
    }
    return set(run, name, skt_trim(rest));
}

static int set_results(struct skt_run *run, struct skt_str text)
{
    while (text.len) {
        if (!set_text(run, skt_take(&text, ';'), set_result))
            return 0;
    }
    return 1;
}

/* The part of a head or row before, and with `set_result` behind, the word "->". */
static struct skt_str half_of(struct skt_str line, set_fn set)
{
    struct skt_str before = { line.at, 0 };

    while (line.len) {
        struct skt_str word = skt_word(&line);

        if (skt_is(word, "->"))
            return set == set_result ? line : before;
        before.len = (size_t)(word.at + word.len - before.at);
    }
    return set == set_result ? line : before;
}

static int add_variable(struct skt_run *run, struct skt_str name, struct skt_str value)
{
    if (name.at[0] != '$')
        return 1;
    return add_var(run, (struct skt_str){ name.at + 1, name.len - 1 }, value);
}

static int set_column(struct skt_run *run, struct skt_str name, struct skt_str value,
                      set_fn set)
{
    char buf[TEXT_MAX];

    if (set == add_variable)
        return add_variable(run, name, value);
    if (name.at[0] == '$' && set == set_input)
        return 1;
    if (!skt_substitute(&run->vars, name, buf, sizeof(buf)))
        return fail(run, name, "a variable is unknown");
    return set(run, skt_str(buf), value);
}

/* Goes through the columns of a head and the values of a row side by side. */
static int set_columns(struct skt_run *run, struct skt_str head, struct skt_str row,
                       set_fn set)
{
    struct skt_str names = half_of(head, set), values = half_of(row, set);

    while (names.len) {
        struct skt_str name = skt_word(&names), value = skt_word(&values);

        if (!value.len)
            return fail(run, row, "the row has too few values");
        if (!set_column(run, name, value, set))
            return 0;
    }
    return !values.len || fail(run, values, "the row has too many values");
}

/* ---- Runs ------------------------------------------------------------------------- */

/* Values of the variables of `@ regs`. */
struct regs {
    const char *value[2];
};

static int set_regs(struct skt_run *run, const struct regs *regs)
{
    for (int i = 0; i < 2; i++) {
        if (run->test->regs[i].len &&
            !add_var(run, run->test->regs[i], skt_str(regs->value[i])))
            return 0;
    }
    return 1;
}

/* Fills in a run: that of items[at], in a table under items[head]. */
static int fill(struct skt_run *run, size_t at, size_t head, const struct regs *regs)
{
    const struct skt_item *items = run->test->items;
    struct skt_str names = items[head].text, row = items[at].text;
    int is_row = items[at].kind == SKT_ROW;

    if (!set_regs(run, regs) || (is_row && !set_columns(run, names, row, add_variable)))
        return 0;
    for (size_t i = 0; i < at; i++) {
        if (items[i].kind != SKT_INPUT)
            continue;
        run->bad_line = items[i].number;
        if (!set_text(run, items[i].text, set_input))
            return 0;
    }
    run->bad_line = 0;
    if (is_row && !set_columns(run, names, row, set_input))
        return 0;
    run->want.ctx = run->ctx;
    run->want.data = run->data;
    memcpy(run->want.map, run->map, sizeof(run->map));
    return is_row ? set_columns(run, names, row, set_result) : set_results(run, row);
}

static void make_run(const struct skt_case *test, size_t at, size_t head,
                     const struct regs *regs,
                     void (*each)(void *user, struct skt_run *run), void *user)
{
    struct skt_run run;

    start(&run, test, test->items[at].number);
    fill(&run, at, head, regs);
    each(user, &run);
}

void skt_expand(const struct skt_case *test,
                void (*each)(void *user, struct skt_run *run), void *user)
{
    static const char *const numbers[] = { "0", "1", "2", "3", "4",
                                           "5", "6", "7", "8", "9" };
    size_t first = test->regs[0].len ? SK_LEN(numbers) : 1;
    size_t second = test->regs[1].len ? SK_LEN(numbers) : 1, head = 0;

    for (size_t at = 0; at < test->item_count; at++) {
        if (test->items[at].kind == SKT_HEAD)
            head = at;
        if (test->items[at].kind != SKT_RESULT && test->items[at].kind != SKT_ROW)
            continue;
        for (size_t a = 0; a < first; a++) {
            for (size_t b = 0; b < second; b++) {
                struct regs regs = { { numbers[a], numbers[b] } };

                if (second == 1 || a != b)
                    make_run(test, at, head, &regs, each, user);
            }
        }
    }
}
