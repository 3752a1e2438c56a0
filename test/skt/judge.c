/* Outcomes against what was expected, and against each other. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "engine.h"

struct judge {
    const struct skt_program *program;
    const struct skt_run *run;
    const struct skt_outcome *got;
    struct sk_out *diff;
    int good;
};

static void differ(struct judge *j, const char *what, uint64_t got, uint64_t want)
{
    if (got == want)
        return;
    j->good = 0;
    sk_printf(j->diff,
              "%s: 0x%" PRIx64 " (%" PRId64 "), expected 0x%" PRIx64 " (%" PRId64 ")\n",
              what, got, (int64_t)got, want, (int64_t)want);
}

static void say(struct judge *j, const char *what, const char *more)
{
    j->good = 0;
    sk_printf(j->diff, "%s%s\n", what, more);
}

/* ---- Memory ----------------------------------------------------------------------- */

static void put_bytes(struct sk_out *out, const char *label, const uint8_t *bytes,
                      uint32_t len)
{
    sk_puts(out, label);
    for (uint32_t i = 0; i < len; i++)
        sk_printf(out, " %02x", bytes[i]);
    sk_puts(out, "\n");
}

/* Shows the lines of 16 bytes that differ; `shift` is what the first byte's offset is
 * called. */
static void compare_bytes(struct judge *j, const char *name, int shift,
                          const uint8_t *got, const uint8_t *want, uint32_t len)
{
    for (uint32_t at = 0; at < len; at += 16) {
        uint32_t n = len - at < 16 ? len - at : 16;

        if (!memcmp(got + at, want + at, n))
            continue;
        j->good = 0;
        sk_printf(j->diff, "%s%+d:\n", name, (int)at + shift);
        put_bytes(j->diff, "      got     ", got + at, n);
        put_bytes(j->diff, "      expected", want + at, n);
    }
}

static void compare_state(struct judge *j, const uint8_t *got, const uint8_t *want)
{
    char name[] = "r0";

    for (int i = 0; i < ORACLE_REGS; i++, name[1]++)
        differ(j, name, sk_load64(got + 8 * i), sk_load64(want + 8 * i));
    compare_bytes(j, "fp", -ORACLE_MEM, got + 8 * ORACLE_REGS, want + 8 * ORACLE_REGS,
                  ORACLE_MEM);
}

static void compare_memory(struct judge *j)
{
    const struct skt_want *want = &j->run->want;

    if (j->run->test->body)
        compare_state(j, j->got->ctx.bytes, want->ctx.bytes);
    else
        compare_bytes(j, "ctx", 0, j->got->ctx.bytes, want->ctx.bytes, want->ctx.len);
    compare_bytes(j, "data", 0, j->got->data.bytes, want->data.bytes, want->data.len);
    for (uint32_t i = 0; i < j->run->maps.count; i++)
        compare_bytes(j, j->run->maps.map[i].name, 0, j->got->map[i].bytes,
                      want->map[i].bytes, want->map[i].len);
}

/* ---- Numbers ---------------------------------------------------------------------- */

static uint64_t address_of(const struct skt_outcome *o, struct skt_place place)
{
    switch (place.base) {
    case SKT_FP:
        return o->res.fault.regs[SK_R10] + (uint64_t)place.off;
    case SKT_CTX:
        return o->ctx_at + (uint64_t)place.off;
    case SKT_DATA:
        return o->data_at + (uint64_t)place.off;
    case SKT_MAP:
        return o->map_at[place.map] + (uint64_t)place.off;
    default:
        return (uint64_t)place.off;
    }
}

static void compare_fault(struct judge *j)
{
    const struct skt_want *want = &j->run->want;
    const struct skep_fault *got = &j->got->res.fault;

    if (got->code != j->program->want)
        say(j, "faults with ", skep_code_name(got->code));
    differ(j, "the fault's slot", got->pc, j->program->want_pc - j->program->first);
    if (want->named & SKT_NAMES_ADDR)
        differ(j, "the fault's address", got->addr, address_of(j->got, want->addr));
    if (want->named & SKT_NAMES_LEN)
        differ(j, "the fault's len", got->len, want->len);
    if (want->named & SKT_NAMES_WRITE)
        differ(j, "the fault's write", got->write, want->write);
    if ((want->named & SKT_NAMES_WORDS) && !strstr(j->got->message, want->words))
        say(j, "the fault's message: ", j->got->message);
    if (want->named & SKT_NAMES_DEPTH)
        differ(j, "the fault's depth", got->depth, want->depth);
}

static void compare_numbers(struct judge *j, const struct skt_engine *engine)
{
    const struct skt_want *want = &j->run->want;
    const struct skep_result *got = &j->got->res;
    uint64_t r0 = engine->tells & SKT_TELLS_R0 ? want->r0 : (uint32_t)want->r0;

    if (want->named & SKT_NAMES_R0)
        differ(j, "r0", got->r0, r0);
    if ((want->named & SKT_NAMES_FUEL) && (engine->tells & SKT_TELLS_FUEL))
        differ(j, "fuel_left", got->fuel_left, want->fuel_left);
    if (!(engine->tells & SKT_TELLS_UNINIT))
        return;
    differ(j, "uninit", got->uninit_reads, want->uninit);
    if (want->named & SKT_NAMES_UNINIT_PC)
        differ(j, "uninit_pc", got->uninit_pc, want->uninit_pc);
}

/* ---- Engines against each other --------------------------------------------------- */

/* Whether addresses of two runs are the same place. */
static int same_place(const struct skt_outcome *a, const struct skt_outcome *b)
{
    uint64_t x = a->res.fault.addr, y = b->res.fault.addr;

    return x == y || x - a->ctx_at == y - b->ctx_at || x - a->data_at == y - b->data_at ||
           x - a->res.fault.regs[SK_R10] == y - b->res.fault.regs[SK_R10];
}

static void compare_engines(struct judge *j, const struct skt_engine *engine,
                            const struct skt_outcome *first)
{
    const struct skep_result *a = &j->got->res, *b = &first->res;
    uint64_t r0 = engine->tells & SKT_TELLS_R0 ? b->r0 : (uint32_t)b->r0;
    int good = j->good;

    differ(j, "r0", a->r0, r0);
    if (engine->tells & SKT_TELLS_FUEL)
        differ(j, "fuel_left", a->fuel_left, b->fuel_left);
    if (engine->tells & SKT_TELLS_UNINIT) {
        differ(j, "uninit", a->uninit_reads, b->uninit_reads);
        differ(j, "uninit_pc", a->uninit_pc, b->uninit_pc);
    }
    if (engine->tells & SKT_TELLS_FAULT) {
        differ(j, "the fault's code", a->fault.code, b->fault.code);
        differ(j, "the fault's slot", a->fault.pc, b->fault.pc);
        differ(j, "the fault's depth", a->fault.depth, b->fault.depth);
        differ(j, "the fault's len", a->fault.len, b->fault.len);
        differ(j, "the fault's write", a->fault.write, b->fault.write);
        if (!same_place(j->got, first))
            differ(j, "the fault's address", a->fault.addr, b->fault.addr);
    }
    if (good && !j->good)
        sk_printf(j->diff, "by \"expected\" %s is meant\n", skt_engines[0].name);
}

/* ---- The verdict ------------------------------------------------------------------ */

static void judge_fault(struct judge *j)
{
    const struct skep_fault *got = &j->got->res.fault;

    if (j->program->want) {
        compare_fault(j);
        compare_memory(j);
        return;
    }
    j->good = 0;
    sk_printf(j->diff,
              "faults at slot %u: %s, address 0x%" PRIx64 " (r10%+" PRId64
              "), %u bytes\n",
              got->pc, skep_code_name(got->code), got->addr,
              (int64_t)(got->addr - got->regs[SK_R10]), got->len);
}

int skt_judge(const struct skt_engine *engine, const struct skt_program *program,
              const struct skt_run *run, const struct skt_outcome *outcome,
              const struct skt_outcome *first, struct sk_out *diff)
{
    struct judge j = { program, run, outcome, diff, 1 };

    if (outcome->what == SKT_BROKEN) {
        say(&j, "", outcome->reason);
        return 0;
    }
    if (outcome->what == SKT_REFUSED) {
        if (!program->want)
            say(&j, "refused: ", outcome->reason);
        return j.good;
    }
    if (outcome->what == SKT_FAULTED)
        judge_fault(&j);
    else if (program->want)
        say(&j, "runs to its end, expected ", skep_code_name(program->want));
    else
        compare_memory(&j);
    compare_numbers(&j, engine);
    if (first && first->what == outcome->what)
        compare_engines(&j, engine, first);
    return j.good;
}
