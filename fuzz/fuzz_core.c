/* Fuzz target: CO-RE, src/load/core. An input is
 *
 *     length of .BTF.ext:15, split:1 | length of .BTF:16 | .BTF.ext | .BTF | the target's BTF
 *
 * each length little-endian. Without a target the object's own types are it; with `split` it
 * continues them, as a module's continue the kernel's. Each record is applied to instructions
 * that it suits and to others. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "fuzz_mem.h"
#include "load/core_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    FRONT = 4,
    SPLIT = 0x8000,
    SLOT = 8,
    SLOTS = 6,
    RECORDS_MAX = 200,
    MOV_IMM = 0xb7,
    LDDW = 0x18,
    LDX_W = 0x61,
    MOV_REG = 0xbf,
    CALL = 0x85,
    POISON = 0xbad2310,
};

static int check_text(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~')
            abort();
    }
    return 0;
}

static void check_error(enum skep_code code, const struct skep_err *err)
{
    if (err->code != code || !err->message[0])
        abort();
    check_text(NULL, err->message, strlen(err->message));
}

/* ---- Instructions ----------------------------------------------------------------------- */

static void set_slot(uint8_t *slot, uint8_t opcode, uint64_t off, uint64_t imm)
{
    slot[0] = opcode;
    slot[1] = 0;
    sk_store16(slot + 2, sk_le16((uint16_t)off));
    sk_store32(slot + 4, sk_le32((uint32_t)imm));
}

static uint8_t size_bits(uint64_t size)
{
    return size == 8 ? 0x18 : size == 2 ? 0x08 : size == 1 ? 0x10 : 0;
}

/* What a compiler would have written for the object's own types; and, in the last two, what
 * no record suits. */
static void fill(uint8_t slots[SLOTS * SLOT], const struct sk_core_value *here)
{
    set_slot(slots, MOV_IMM, 0, here->value);
    set_slot(slots + SLOT, LDDW, 0, here->value);
    set_slot(slots + 2 * SLOT, 0, 0, here->value >> 32);
    set_slot(slots + 3 * SLOT, LDX_W | size_bits(here->size), here->value, 0);
    set_slot(slots + 4 * SLOT, (here->value & 1 ? MOV_REG : CALL), 0, POISON);
    set_slot(slots + 5 * SLOT, LDDW, 0, here->value);
}

/* The value that the record has in the object; any, if there is none. */
static struct sk_core_value value_here(const struct sk_btf *local,
                                       const struct sk_ext_core *record)
{
    struct sk_core_value none = { .value = record->at }, value;
    struct sk_core_path path;

    if (record->type >= local->count || sk_core_parse(local, record, &path) ||
        sk_core_value(record->kind, &path, &value))
        return none;
    return value;
}

/* ---- Records ------------------------------------------------------------------------------ */

struct side {
    const struct sk_btf *local;
    const struct sk_btf_ext *ext;
    struct sk_core *core;
};

/* What stays true: see sk_core_apply. */
static int apply(const struct side *s, const struct sk_ext_core *record, uint32_t pc,
                 const uint8_t before[SLOTS * SLOT])
{
    uint8_t slots[SLOTS * SLOT];
    enum sk_core_outcome outcome = (enum sk_core_outcome)77;
    struct skep_err err = { 0 };
    enum skep_code code;

    memcpy(slots, before, sizeof(slots));
    code = sk_core_apply(s->core, s->ext, record, slots, SLOTS, pc, &outcome, &err);
    if (code) {
        check_error(code, &err);
        if (memcmp(slots, before, sizeof(slots)) || outcome != (enum sk_core_outcome)77)
            abort();
        return 0;
    }
    if (outcome != SK_CORE_DONE && outcome != SK_CORE_POISONED)
        abort();
    /* only the instruction changes, which has two slots at most */
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (i != pc && i != pc + 1 && memcmp(slots + SLOT * i, before + SLOT * i, SLOT))
            abort();
    }
    return 1;
}

static void try_record(const struct side *s, const struct sk_ext_core *record)
{
    struct sk_core_value here = value_here(s->local, record);
    uint8_t slots[SLOTS * SLOT];
    struct sk_out out;

    fill(slots, &here);
    sk_out_writer(&out, check_text, NULL);
    sk_core_put(s->local, record, &out);
    apply(s, record, 0, slots);
    apply(s, record, 1, slots);
    apply(s, record, 3, slots);
    apply(s, record, record->at / 4 % 2 ? 4 : 5, slots);
    slots[0] ^= (uint8_t)record->at;
    slots[4] ^= 1;
    apply(s, record, record->at / 8 % 8, slots);
}

static void try_records(const struct side *s)
{
    struct sk_ext_section section = { 0 };
    uint32_t count = 0;

    while (sk_btf_ext_next(s->ext, SK_EXT_CORE, &section)) {
        for (uint32_t i = 0; i < section.count && count < RECORDS_MAX; i++, count++) {
            struct sk_ext_core record = sk_ext_core(s->ext, &section, i);

            try_record(s, &record);
        }
    }
}

/* ---- Inputs -------------------------------------------------------------------------------- */

/* A piece of the input in a block of just its size, so that a read beyond it is seen. */
struct piece {
    uint8_t *data;
    size_t len;
};

static struct piece take(const uint8_t **data, size_t *size, size_t len)
{
    struct piece piece = { NULL, len < *size ? len : *size };

    piece.data = malloc(piece.len ? piece.len : 1);
    if (piece.len)
        memcpy(piece.data, *data, piece.len);
    *data += piece.len;
    *size -= piece.len;
    return piece;
}

static enum skep_code use(const struct sk_mem *mem, const struct sk_btf *local,
                          const struct sk_btf_ext *ext, const struct sk_btf *target,
                          struct skep_err *err)
{
    const struct sk_btf *targets[2] = { target->base ? local : target, target };
    struct side side = { local, ext, NULL };

    SK_TRY(sk_core_new(&side.core, mem, local, targets, target->base ? 2 : 1, err));
    try_records(&side);
    sk_core_free(side.core);
    return SKEP_OK;
}

/* What is opened, in its order. */
struct pieces {
    struct piece ext, local, target;
    int is_split;
};

static enum skep_code use_target(const struct sk_mem *mem, const struct pieces *p,
                                 const struct sk_btf *local, const struct sk_btf_ext *ext,
                                 struct skep_err *err)
{
    struct sk_btf target;
    enum skep_code code;

    if (!p->target.len)
        return use(mem, local, ext, local, err);
    SK_TRY(sk_btf_open(&target, mem, p->target.data, p->target.len,
                       p->is_split ? local : NULL, NULL, err));
    code = use(mem, local, ext, &target, err);
    sk_btf_close(&target);
    return code;
}

static enum skep_code run(const struct sk_mem *mem, const struct pieces *p,
                          struct skep_err *err)
{
    const struct sk_btf_source source = { ".BTF.ext", 3, 64 };
    struct sk_btf local;
    struct sk_btf_ext ext;
    enum skep_code code;

    SK_TRY(sk_btf_open(&local, mem, p->local.data, p->local.len, NULL, NULL, err));
    code = sk_btf_ext_open(&ext, &local, p->ext.data, p->ext.len, &source, err);
    if (!code)
        code = use_target(mem, p, &local, &ext, err);
    sk_btf_close(&local);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_mem books;
    struct sk_mem mem = fuzz_mem_init(&books, data, size);
    struct skep_err err = { 0 };
    struct pieces p;
    uint32_t ext_len, local_len;
    enum skep_code code;

    if (size < FRONT)
        return 0;
    ext_len = sk_le16(sk_load16(data));
    local_len = sk_le16(sk_load16(data + 2));
    data += FRONT;
    size -= FRONT;
    p.ext = take(&data, &size, ext_len & ~(uint32_t)SPLIT);
    p.local = take(&data, &size, local_len);
    p.target = take(&data, &size, size);
    p.is_split = (ext_len & SPLIT) != 0;
    code = run(&mem, &p, &err);
    if (code)
        check_error(code, &err);
    fuzz_mem_check(&books);
    free(p.ext.data);
    free(p.local.data);
    free(p.target.data);
    return 0;
}
