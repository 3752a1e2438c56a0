/* Relocations: their places and symbols are those of the output. Where the symbol is a
 * section, what the instruction or datum has is an offset in it, and grows by what came
 * before in that section. */

#include "base/bits.h"
#include "isa/isa.h"
#include "link/parts.h"

enum { IMM = 4, RELOC_BYTES = 16 };

/* A relocation under way. */
struct incoming {
    struct sk_link_file *file;
    struct sk_elf_section section; /* the relocations' */
    struct sk_elf_section target;  /* what they change */
    struct sk_elf_reloc reloc;
};

static enum skep_code fail(const struct incoming *in, const char *what,
                           struct skep_err *err)
{
    return sk_link_fail_section(in->file, &in->section, in->reloc.at, err, "%s", what);
}

/* ---- Checks ---------------------------------------------------------------------- */

static int lies_within(const struct incoming *in, uint64_t bytes)
{
    return in->reloc.offset <= in->target.size &&
           bytes <= in->target.size - in->reloc.offset;
}

static enum skep_code check_code(const struct incoming *in, const uint8_t *bytes,
                                 struct skep_err *err)
{
    uint64_t slots = in->reloc.type == SK_R_BPF_64_64 ? 2 : 1;
    uint8_t opcode = in->reloc.type == SK_R_BPF_64_64 ? sk_isa[SK_OP_LDDW].opcode
                                                      : sk_isa[SK_OP_CALL].opcode;

    if (in->reloc.type != SK_R_BPF_64_64 && in->reloc.type != SK_R_BPF_64_32)
        return fail(in, "R_BPF_64_64 or R_BPF_64_32 was expected of code", err);
    if (in->reloc.offset % SK_SLOT_BYTES || !lies_within(in, slots * SK_SLOT_BYTES))
        return fail(in, "what it changes is no instruction of its section", err);
    if (bytes[in->reloc.offset] != opcode)
        return fail(in,
                    in->reloc.type == SK_R_BPF_64_64
                        ? "it changes no 64-bit load, one was expected"
                        : "it changes no call, one was expected",
                    err);
    return SKEP_OK;
}

static enum skep_code check_data(const struct incoming *in, struct skep_err *err)
{
    int is_known =
        in->reloc.type >= SK_R_BPF_64_64 && in->reloc.type <= SK_R_BPF_64_NODYLD32;

    if (!is_known)
        return fail(in, "R_BPF_64_ABS64 or the like was expected of data", err);
    if (!lies_within(in, in->reloc.type <= SK_R_BPF_64_ABS64 ? 8 : 4))
        return fail(in, "what it changes does not lie within its section", err);
    return SKEP_OK;
}

static enum skep_code check_reloc(const struct incoming *in, const uint8_t *bytes,
                                  struct skep_err *err)
{
    if (!in->reloc.symbol || in->reloc.symbol >= in->file->elf.symbol_count)
        return fail(in, "its symbol is not there", err);
    if (!in->file->symbols[in->reloc.symbol])
        return fail(in, "its symbol is in a section that is not linked", err);
    return in->target.flags & SK_SHF_EXECINSTR ? check_code(in, bytes, err)
                                               : check_data(in, err);
}

/* ---- Changes --------------------------------------------------------------------- */

static void grow32(uint8_t *at, uint32_t by)
{
    sk_store32(at, sk_le32(sk_le32(sk_load32(at)) + by));
}

/* Moves the offset in what is changed up by `by`. */
static void move(const struct incoming *in, uint8_t *at, uint32_t by)
{
    if (in->reloc.type == SK_R_BPF_64_32)
        grow32(at + IMM, by / SK_SLOT_BYTES);
    else if (in->target.flags & SK_SHF_EXECINSTR)
        grow32(at + IMM, by);
    else if (in->reloc.type <= SK_R_BPF_64_ABS64)
        sk_store64(at, sk_le64(sk_le64(sk_load64(at)) + by));
    else
        grow32(at, by);
}

static enum skep_code add_reloc(struct sk_link *l, const struct incoming *in,
                                struct skep_err *err)
{
    const struct sk_link_in_section *target = &in->file->sections[in->target.index];
    struct sk_link_section *out = &l->sections[target->out];
    uint8_t *bytes = out->data + target->offset;
    uint32_t symbol;

    SK_TRY(check_reloc(in, bytes, err));
    symbol = in->file->symbols[in->reloc.symbol];
    if (l->symbols[symbol].type == SK_STT_SECTION) {
        struct sk_elf_symbol s;

        SK_TRY(sk_elf_symbol(&in->file->elf, in->reloc.symbol, &s, err));
        move(in, bytes + in->reloc.offset,
             (uint32_t)in->file->sections[s.section].offset);
    }
    l->relocs[l->reloc_count++] =
        (struct sk_link_reloc){ target->out, symbol, in->reloc.type,
                                target->offset + in->reloc.offset };
    return SKEP_OK;
}

/* ---- All ------------------------------------------------------------------------- */

/* Whether the relocations change what is linked. */
static enum skep_code check_section(const struct incoming *in, int *kept,
                                    struct skep_err *err)
{
    *kept = in->file->sections[in->target.index].role == SK_LINK_KEPT && in->section.size;
    if (!*kept)
        return SKEP_OK;
    if (in->section.type == SK_SHT_RELA)
        return fail(in, "relocations with addends (SHT_RELA) are not supported", err);
    if (in->section.link != in->file->elf.symbol_table)
        return fail(in, "its symbols are not in the symbol table", err);
    if (in->target.type != SK_SHT_PROGBITS)
        return fail(in, "what it changes has no bytes", err);
    return SKEP_OK;
}

static enum skep_code add_section(struct sk_link *l, struct incoming *in,
                                  struct skep_err *err)
{
    int kept;

    in->target = sk_elf_section(&in->file->elf, in->section.info);
    in->reloc.at = in->section.offset;
    SK_TRY(check_section(in, &kept, err));
    for (uint32_t i = 0; kept && i < in->section.size / in->section.entsize; i++) {
        in->reloc = sk_elf_reloc(&in->file->elf, &in->section, i);
        SK_TRY(add_reloc(l, in, err));
    }
    return SKEP_OK;
}

static enum skep_code add_file(struct sk_link *l, struct sk_link_file *file,
                               struct skep_err *err)
{
    struct incoming in = { .file = file };

    for (uint32_t i = 1; i < file->elf.section_count; i++) {
        if (file->sections[i].role != SK_LINK_RELOCS)
            continue;
        in.section = sk_elf_section(&file->elf, i);
        SK_TRY(add_section(l, &in, err));
    }
    return SKEP_OK;
}

enum skep_code sk_link_relocs(struct sk_link *l, struct skep_err *err)
{
    size_t most = 0;

    for (uint32_t f = 0; f < l->file_count; f++) {
        const struct sk_link_file *file = &l->files[f];

        for (uint32_t i = 1; i < file->elf.section_count; i++) {
            if (file->sections[i].role == SK_LINK_RELOCS)
                most += sk_elf_section(&file->elf, i).size / RELOC_BYTES;
        }
    }
    SK_TRY(sk_arena_new(&l->arena, &l->relocs, most, sizeof(l->relocs[0]), err));
    for (uint32_t f = 0; f < l->file_count; f++)
        SK_TRY(add_file(l, &l->files[f], err));
    return SKEP_OK;
}
