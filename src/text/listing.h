/* What disassemblers print around instructions, so that their listings can be assembled.
 *
 *     prog.o: file format elf64-bpf                 ignored
 *     Disassembly of section xdp:                   ignored; indices begin anew
 *     0000000000000008 <main>:                      a label at byte 8, so index 1
 *     <L0>:                                         ignored: jumps have distances, too
 *            1: b7 00 00 00 01 00 00 00   r0 = 1    index 1, bytes
 *       1: (b7) r0 = 1                              index 1, opcode
 *           b7 00 00 00 01 00 00 00                 bytes of the instruction above
 *     int main(void *ctx):                          ignored */
#ifndef SK_TEXT_LISTING_H
#define SK_TEXT_LISTING_H

#include "text/bind.h"

enum sk_line_kind {
    SK_LINE_STATEMENT,
    SK_LINE_IGNORED,
    SK_LINE_SECTION, /* also ignored */
    SK_LINE_LABEL,
};

/* The beginning of a line. */
struct sk_line {
    enum sk_line_kind kind;
    uint32_t at; /* behind it; of an ignored line its end */
    uint32_t index_at;
    int64_t index; /* in slots; -1: none */
    uint32_t label_at, label_end;
    struct sk_evidence evidence;
};

/* Reads the beginning of the line at `at`. */
enum skep_code sk_line_read(const struct sk_source *source, uint32_t at,
                            struct sk_line *line, struct skep_err *err);

/* If the line at `at` has 8 or 16 bytes and nothing else, fills in the evidence and
 * returns the line's end; else 0. */
uint32_t sk_line_bytes(const struct sk_source *source, uint32_t at,
                       struct sk_evidence *evidence);

#endif
