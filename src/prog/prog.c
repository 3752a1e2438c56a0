/* Making a program: decode every slot, find the functions, check every target.
 *
 * Functions begin at slot 0, at targets of local calls, and at addresses taken of
 * functions; each ends where the next one begins, as Linux divides programs. */
#include "prog/prog.h"

#include <string.h>

#include "base/sha256.h"
#include "base/sort.h"
#include "prog/definite.h"

static int is_slot_of_insn(const struct sk_prog *prog, uint32_t pc)
{
    return prog->insns[pc].op != SK_OP_SECOND;
}

/* Decodes every slot; *references counts instructions that name a function. */
static enum skep_code decode_all(struct sk_prog *prog, uint32_t *references,
                                 struct skep_err *err)
{
    *references = 0;
    for (uint32_t pc = 0; pc < prog->count; pc++) {
        struct sk_insn *insn = &prog->insns[pc];

        SK_TRY(sk_decode(prog->slots, prog->count, pc, insn, err));
        if (sk_insn_names_function(insn))
            ++*references;
        if (sk_insn_slots(insn) == 2)
            prog->insns[++pc] = (struct sk_insn){ .op = SK_OP_SECOND };
    }
    return SKEP_OK;
}

static enum skep_code check_target(const struct sk_prog *prog, uint32_t pc,
                                   int64_t target, struct skep_err *err)
{
    if (target < 0 || target >= prog->count)
        return sk_fail(err, E_JUMP_RANGE, sk_at_slot(pc), (long long)target,
                       prog->count - 1);
    if (!is_slot_of_insn(prog, (uint32_t)target))
        return sk_fail(err, E_JUMP_WIDE, sk_at_slot(pc), (long long)target);
    return SKEP_OK;
}

/* Marks the first slot of each function and counts them. */
static enum skep_code mark_functions(struct sk_prog *prog, struct skep_err *err)
{
    for (uint32_t pc = 0; pc < prog->count; pc++) {
        int64_t target;

        if (!sk_insn_names_function(&prog->insns[pc]))
            continue;
        target = sk_insn_target(&prog->insns[pc], pc);
        SK_TRY(check_target(prog, pc, target, err));
        prog->function_count += !prog->flags[target];
        prog->flags[target] = SK_SLOT_FUNCTION;
    }
    return SKEP_OK;
}

static enum skep_code find_functions(struct sk_prog *prog, uint32_t references,
                                     struct skep_err *err)
{
    struct sk_function *f;

    prog->flags[0] = SK_SLOT_FUNCTION;
    prog->function_count = 1;
    if (references)
        SK_TRY(mark_functions(prog, err));
    f = sk_mem_new(&prog->mem, prog->function_count, sizeof(*f));
    if (!f)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       prog->function_count * sizeof(*f));
    prog->functions = f;
    for (uint32_t pc = 1; references && pc < prog->count; pc++) {
        if (!prog->flags[pc])
            continue;
        f++->end = pc;
        f->first = pc;
    }
    f->end = prog->count;
    return SKEP_OK;
}

static enum skep_code check_jump(struct sk_prog *prog, const struct sk_function *f,
                                 uint32_t pc, struct skep_err *err)
{
    int64_t target = sk_insn_target(&prog->insns[pc], pc);

    SK_TRY(check_target(prog, pc, target, err));
    if (target < f->first || target >= f->end)
        return sk_fail(err, E_JUMP_FUNCTION, sk_at_slot(pc), (long long)target, f->first,
                       f->end - 1);
    prog->flags[target] |= SK_SLOT_TARGET;
    return SKEP_OK;
}

/* Jumps stay inside, and the last instruction does not go on. */
static enum skep_code check_function(struct sk_prog *prog, const struct sk_function *f,
                                     struct skep_err *err)
{
    uint32_t last = f->end - 1;

    for (uint32_t pc = f->first; pc < f->end; pc++) {
        const struct sk_insn *insn = &prog->insns[pc];

        if (insn->op != SK_OP_SECOND && sk_isa[insn->op].target &&
            !sk_insn_names_function(insn))
            SK_TRY(check_jump(prog, f, pc, err));
    }
    last -= !is_slot_of_insn(prog, last);
    if (sk_insn_goes_on(&prog->insns[last]))
        return sk_fail(err, E_FALL_OFF, sk_at_slot(last));
    return SKEP_OK;
}

static enum skep_code build(struct sk_prog *prog, const void *slots, struct skep_err *err)
{
    uint32_t references;

    prog->slots = sk_mem_resize(&prog->mem, NULL, 0, prog->count, SK_SLOT_BYTES);
    prog->insns = sk_mem_resize(&prog->mem, NULL, 0, prog->count, sizeof(prog->insns[0]));
    prog->flags = sk_mem_new(&prog->mem, prog->count, 1);
    if (!prog->slots || !prog->insns || !prog->flags)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       prog->count * sizeof(prog->insns[0]));
    memcpy(prog->slots, slots, (size_t)prog->count * SK_SLOT_BYTES);
    SK_TRY(decode_all(prog, &references, err));
    SK_TRY(find_functions(prog, references, err));
    for (uint32_t i = 0; i < prog->function_count; i++)
        SK_TRY(check_function(prog, &prog->functions[i], err));
    return sk_prog_find_tracked(prog, err);
}

enum skep_code sk_prog_init(struct sk_prog *prog, const struct sk_env *env,
                            const struct skep_type *type, const void *slots, size_t len,
                            struct skep_err *err)
{
    struct sk_prog fresh = { .mem = env->mem, .env = env, .type = type };
    enum skep_code code;

    if (!len)
        return sk_fail(err, E_EMPTY, sk_at_nothing());
    if (len % SK_SLOT_BYTES)
        return sk_fail(err, E_LENGTH, sk_at_nothing(), len);
    if (len / SK_SLOT_BYTES > SK_MAX_SLOTS)
        return sk_fail(err, E_TOO_LONG, sk_at_nothing(), len / SK_SLOT_BYTES,
                       (unsigned)SK_MAX_SLOTS);
    fresh.count = (uint32_t)(len / SK_SLOT_BYTES);
    code = build(&fresh, slots, err);
    if (code)
        sk_prog_fini(&fresh);
    else
        *prog = fresh;
    return code;
}

void sk_prog_fini(struct sk_prog *prog)
{
    sk_mem_free(&prog->mem, prog->slots, prog->count, SK_SLOT_BYTES);
    sk_mem_free(&prog->mem, prog->insns, prog->count, sizeof(prog->insns[0]));
    sk_mem_free(&prog->mem, prog->functions, prog->function_count,
                sizeof(prog->functions[0]));
    sk_mem_free(&prog->mem, prog->flags, prog->count, 1);
    sk_notes_free(&prog->notes, &prog->mem);
}

static int begins_upto(const void *item, const void *key)
{
    return ((const struct sk_function *)item)->first <= *(const uint32_t *)key;
}

uint32_t sk_prog_function_of(const struct sk_prog *prog, uint32_t pc)
{
    size_t n = sk_lower_bound(prog->functions, prog->function_count,
                              sizeof(prog->functions[0]), begins_upto, &pc);

    return n ? (uint32_t)n - 1 : 0;
}

/* Whether the tag leaves the immediates out. Linux's does for descriptors, but not for indexes into
 * a list of maps. */
static int is_map_reference(uint16_t op)
{
    return op == SK_OP_LDDW_MAP_FD || op == SK_OP_LDDW_MAP_VALUE;
}

static void tag_add(const struct sk_prog *prog, uint32_t pc, uint32_t n,
                    struct sk_sha256 *sha)
{
    uint8_t pair[16];

    memcpy(pair, prog->slots + (size_t)pc * SK_SLOT_BYTES, n * SK_SLOT_BYTES);
    if (is_map_reference(prog->insns[pc].op)) {
        memset(pair + 4, 0, 4);
        memset(pair + 12, 0, 4);
    }
    sk_sha256_add(sha, pair, n * SK_SLOT_BYTES);
}

/* A local call as Linux has it where it tags a function: off is the callee's index. */
static void tag_add_call(const struct sk_prog *prog, uint32_t pc, struct sk_sha256 *sha)
{
    struct sk_slot slot = sk_slot_read(prog->slots, pc);
    uint32_t target = (uint32_t)sk_insn_target(&prog->insns[pc], pc);
    uint8_t bytes[SK_SLOT_BYTES];

    slot.off = (int16_t)sk_prog_function_of(prog, target);
    slot.imm = 1;
    sk_slot_write(bytes, 0, slot);
    sk_sha256_add(sha, bytes, sizeof(bytes));
}

static void tag_slots(const struct sk_prog *prog, const struct sk_function *f,
                      int rewrite_calls, uint8_t tag[8])
{
    struct sk_sha256 sha;
    uint8_t digest[32];

    sk_sha256_init(&sha);
    for (uint32_t pc = f->first, n; pc < f->end; pc += n) {
        const struct sk_insn *insn = &prog->insns[pc];

        n = insn->op != SK_OP_SECOND ? sk_insn_slots(insn) : 1;
        if (rewrite_calls && insn->op == SK_OP_CALL_LOCAL)
            tag_add_call(prog, pc, &sha);
        else
            tag_add(prog, pc, n, &sha);
    }
    sk_sha256_end(&sha, digest);
    memcpy(tag, digest, 8);
}

void sk_prog_tag(const struct sk_prog *prog, uint8_t tag[8])
{
    tag_slots(prog, &(struct sk_function){ 0, prog->count }, 0, tag);
}

void sk_prog_function_tag(const struct sk_prog *prog, uint32_t function, uint8_t tag[8])
{
    if (!function)
        sk_prog_tag(prog, tag);
    else
        tag_slots(prog, &prog->functions[function], 1, tag);
}
