/* Call frame information (DWARF 5, 6.4): one CIE, which says what holds at the start of
 * each function, and an FDE for each symbol, whose instructions are its rows. Every piece
 * is
 *
 *     length (4) | what it is (4) | ... | DW_CFA_nop up to a multiple of 8
 *
 * in the form of section .debug_frame: addresses stand there as they are. */
#include "jit/announce_ways.h"

enum {
    DW_CFA_nop = 0x00,
    DW_CFA_advance_loc1 = 0x02,
    DW_CFA_advance_loc4 = 0x04,
    DW_CFA_undefined = 0x07,
    DW_CFA_same_value = 0x08,
    DW_CFA_remember_state = 0x0a,
    DW_CFA_restore_state = 0x0b,
    DW_CFA_def_cfa = 0x0c,
    DW_CFA_def_cfa_offset = 0x0e,
    DW_CFA_offset_extended_sf = 0x11,
    DW_CFA_advance_loc = 0x40, /* and the distance in the low 6 bits */
};

enum { DATA_ALIGN = -8 }; /* offsets of saved registers are multiples of it */

static size_t begin_piece(struct sk_blob *blob)
{
    size_t start = blob->len;

    sk_blob_32(blob, 0);
    return start;
}

/* The length does not count itself. */
static void end_piece(struct sk_blob *blob, size_t start)
{
    uint32_t len;

    sk_blob_align(blob, start, 8, DW_CFA_nop);
    len = (uint32_t)(blob->len - start - sizeof(len));
    sk_blob_patch(blob, start, &len, sizeof(len));
}

static void saved(struct sk_blob *blob, unsigned reg, int32_t offset)
{
    sk_blob_8(blob, DW_CFA_offset_extended_sf);
    sk_blob_uleb(blob, reg);
    sk_blob_sleb(blob, offset / DATA_ALIGN);
}

static void cfa(struct sk_blob *blob, unsigned reg, int32_t offset)
{
    sk_blob_8(blob, DW_CFA_def_cfa);
    sk_blob_uleb(blob, reg);
    sk_blob_uleb(blob, (uint32_t)offset);
}

static void add_cie(struct sk_blob *blob)
{
    size_t start = begin_piece(blob);

    sk_blob_32(blob, UINT32_MAX); /* a CIE */
    sk_blob_8(blob, 4);           /* version */
    sk_blob_text(blob, "");       /* augmentation: none */
    sk_blob_8(blob, 8);           /* bytes of an address */
    sk_blob_8(blob, 0);           /* bytes of a segment selector */
    sk_blob_uleb(blob, 1);        /* distances in the code are bytes */
    sk_blob_sleb(blob, DATA_ALIGN);
    sk_blob_uleb(blob, SK_DWARF_RETURN);
#if defined(__x86_64__)
    cfa(blob, SK_DWARF_SP, 8);
    saved(blob, SK_DWARF_RETURN, -8);
#else
    cfa(blob, SK_DWARF_SP, 0);
#endif
    end_piece(blob, start);
}

static void advance(struct sk_blob *blob, uint32_t distance)
{
    if (!distance)
        return;
    if (distance < 64) {
        sk_blob_8(blob, DW_CFA_advance_loc | distance);
    } else if (distance <= UINT8_MAX) {
        sk_blob_8(blob, DW_CFA_advance_loc1);
        sk_blob_8(blob, distance);
    } else {
        sk_blob_8(blob, DW_CFA_advance_loc4);
        sk_blob_32(blob, distance);
    }
}

static void add_row(struct sk_blob *blob, const struct sk_cfi *row)
{
    switch ((enum sk_cfi_what)row->what) {
    case SK_CFI_CFA:
        cfa(blob, row->reg, row->value);
        break;
    case SK_CFI_CFA_OFFSET:
        sk_blob_8(blob, DW_CFA_def_cfa_offset);
        sk_blob_uleb(blob, (uint32_t)row->value);
        break;
    case SK_CFI_SAVED:
        saved(blob, row->reg, row->value);
        break;
    case SK_CFI_RESTORED:
        sk_blob_8(blob, DW_CFA_same_value);
        sk_blob_uleb(blob, row->reg);
        break;
    case SK_CFI_LOST:
        sk_blob_8(blob, DW_CFA_undefined);
        sk_blob_uleb(blob, row->reg);
        break;
    case SK_CFI_REMEMBER:
        sk_blob_8(blob, DW_CFA_remember_state);
        break;
    case SK_CFI_RECALL:
        sk_blob_8(blob, DW_CFA_restore_state);
        break;
    case SK_CFI_START:
        break;
    }
}

static void add_fde(struct sk_blob *blob, const struct sk_announce_symbol *symbol,
                    uint64_t address)
{
    size_t start = begin_piece(blob);
    uint32_t at = 0;

    sk_blob_32(blob, 0); /* where its CIE is: the section's start */
    sk_blob_64(blob, address);
    sk_blob_64(blob, symbol->size);
    for (size_t i = 0; i < symbol->row_count; i++) {
        advance(blob, symbol->rows[i].offset - at);
        at = symbol->rows[i].offset;
        add_row(blob, &symbol->rows[i]);
    }
    end_piece(blob, start);
}

void sk_announce_frame(struct sk_blob *blob, const struct sk_announce_code *code)
{
    uint64_t base = (uint64_t)(uintptr_t)code->address;

    add_cie(blob);
    for (size_t i = 0; i < code->symbol_count; i++)
        add_fde(blob, &code->symbols[i], base + code->symbols[i].offset);
}
