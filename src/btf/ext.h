/* .BTF.ext: what the types have to do with instructions (Documentation/bpf/btf.rst):
 * which function begins where, which source line an instruction is of, and which
 * instructions depend on the layout of a type (CO-RE).
 *
 * The bytes are untrusted. sk_btf_ext_open checks the header, the tables and their
 * headers, record sizes and counts; names and strings are in the BTF's string section,
 * and type ids of functions are FUNCs. Where in the code a record lies, and the type and
 * access string of a CO-RE record, are for the user to check: they need the code, or what
 * kind of record it is.
 *
 * Nothing is allocated; the bytes and the BTF must outlive the sk_btf_ext. */
#ifndef SK_BTF_EXT_H
#define SK_BTF_EXT_H

#include "btf/btf.h"

enum sk_ext_table { SK_EXT_FUNC, SK_EXT_LINE, SK_EXT_CORE, SK_EXT_TABLES };

struct sk_btf_ext {
    const struct sk_btf *btf;
    const uint8_t *data;
    size_t len;
    struct {
        uint64_t at, len;     /* of the table's sections in data; len 0: no table */
        uint32_t record_size; /* as the file says: may be more than is known */
    } tables[SK_EXT_TABLES];
    struct sk_btf_source source;
};

/* The records of one section of code. */
struct sk_ext_section {
    const char *name;
    uint32_t count;
    uint64_t head; /* where it begins in data */
    uint64_t at;   /* of the first record in data; 0: not begun yet */
    uint64_t next;
};

struct sk_ext_func {
    uint64_t insn_off; /* bytes from the section's start */
    uint32_t type;     /* a FUNC */
    uint64_t at;       /* of the record in data */
};
struct sk_ext_line {
    uint64_t insn_off;
    const char *file, *text;
    uint32_t file_off, text_off; /* of the same in the string section */
    uint32_t line, column;
    uint32_t line_col; /* both, as the record has them */
    uint64_t at;       /* of the record in data */
};
struct sk_ext_core {
    uint64_t insn_off;
    uint32_t type;
    const char *access;
    uint32_t kind; /* enum bpf_core_relo_kind */
    uint64_t at;   /* of the record in data */
};

enum skep_code sk_btf_ext_open(struct sk_btf_ext *ext, const struct sk_btf *btf,
                               const void *data, size_t len,
                               const struct sk_btf_source *source, struct skep_err *err);

/* Steps to the next section of a table. *section is all 0 at first. Returns 0 at the
 * end. */
int sk_btf_ext_next(const struct sk_btf_ext *ext, enum sk_ext_table table,
                    struct sk_ext_section *section);

/* Record i of a section, i below its count. */
struct sk_ext_func sk_ext_func(const struct sk_btf_ext *ext,
                               const struct sk_ext_section *section, uint32_t i);
struct sk_ext_line sk_ext_line(const struct sk_btf_ext *ext,
                               const struct sk_ext_section *section, uint32_t i);
struct sk_ext_core sk_ext_core(const struct sk_btf_ext *ext,
                               const struct sk_ext_section *section, uint32_t i);

/* Reports a fault at `at`, an offset in data. */
__attribute__((format(printf, 4, 5))) enum skep_code
sk_btf_ext_fail(const struct sk_btf_ext *ext, uint64_t at, struct skep_err *err,
                const char *format, ...);

#endif
