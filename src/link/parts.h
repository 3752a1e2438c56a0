/* What the files of src/link share: the inputs, the output on its way, and the steps from
 * one to the other, in the order in which sk_link takes them. */
#ifndef SK_LINK_PARTS_H
#define SK_LINK_PARTS_H

#include <skep_object.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/escape.h"
#include "base/names.h"
#include "btf/build.h"
#include "btf/ext.h"
#include "load/elf.h"

/* ---- Inputs ---------------------------------------------------------------------- */

enum sk_link_role {
    SK_LINK_LEFT_OUT,
    SK_LINK_KEPT,
    SK_LINK_REPEATED, /* a license or version that an earlier file has */
    SK_LINK_RELOCS,
};

struct sk_link_in_section {
    enum sk_link_role role;
    uint32_t out;    /* KEPT and REPEATED: the output's section */
    uint64_t offset; /* in that */
};

enum { SK_LINK_NAME_MAX = 80 };

struct sk_link_file {
    char name[SK_LINK_NAME_MAX]; /* fit for messages */
    struct sk_elf elf;
    struct sk_btf btf;
    struct sk_btf_ext ext;
    int has_btf, has_ext;
    struct sk_link_in_section *sections;
    uint32_t *symbols;      /* number of each in the output; 0: left out */
    uint32_t *symbol_types; /* of global ones, their VAR or FUNC; 0: none */
    struct sk_names types;  /* VARs and FUNCs that are not static */
    struct sk_names names;  /* kept sections; AMBIGUOUS: there are several */
    uint32_t *datasec;      /* of a VAR or FUNC: the DATASEC that it is in */
    uint32_t shift;         /* type `id` is id + shift of all types */
};

enum { SK_LINK_AMBIGUOUS = UINT32_MAX };

/* ---- Output ---------------------------------------------------------------------- */

struct sk_link_section {
    const char *name;
    uint32_t type; /* SHT_NULL: only types know of it, as of .ksyms */
    uint32_t file; /* the first that has it */
    uint64_t flags, align, entsize, size;
    uint8_t *data;   /* NULL: no bytes */
    uint32_t symbol; /* its own, if any */
    uint32_t index;  /* in the file that is written */
};

enum { SK_LINK_NO_SECTION = UINT32_MAX, SK_LINK_ABSOLUTE = UINT32_MAX - 1 };

struct sk_link_symbol {
    const char *name;
    uint32_t section; /* of the output; NO_SECTION: undefined */
    uint64_t value, size;
    uint8_t type, bind, visibility;
    uint8_t is_weak;     /* its definition is */
    uint8_t is_listed;   /* undefined, and in a DATASEC already */
    uint32_t file;       /* that it is from */
    uint32_t btf;        /* its VAR or FUNC in that file; 0: none */
    const char *place;   /* the section, or DATASEC, that it is in; NULL: any */
    uint32_t first_type; /* among all types: the first VAR or FUNC of that name */
    uint32_t index;      /* in the file that is written */
};

struct sk_link_var {        /* an entry of a DATASEC */
    uint32_t section, type; /* `type` among all types */
    uint32_t offset, size;
};

struct sk_link_reloc {
    uint32_t section, symbol, type;
    uint64_t offset;
};

struct sk_link {
    struct sk_arena arena;
    const struct sk_mem *mem;
    struct sk_link_file *files;
    uint32_t file_count;

    struct sk_link_section *sections;
    uint32_t section_count;
    struct sk_names section_names;
    struct sk_link_symbol *symbols; /* symbol 0 is none */
    uint32_t symbol_count;
    struct sk_names globals; /* symbols by name */
    struct sk_link_var *vars;
    uint32_t var_count;
    struct sk_link_reloc *relocs;
    uint32_t reloc_count;

    struct sk_blob raw; /* all types, one file's behind the other's */
    struct sk_btf all;  /* the same, opened */
    uint8_t *dropped;   /* of each of them: of a repeated section, so left out */
    uint32_t *final;    /* of each of them: its id in the output; 0: left out */
    struct sk_btf_build build;
    struct sk_blob btf, ext; /* as they are written */
    uint64_t patience;       /* comparisons of types that are left */
};

/* ---- Steps ----------------------------------------------------------------------- */

enum skep_code sk_link_open(struct sk_link *l, struct sk_link_file *file,
                            const struct skep_link_input *input,
                            struct skep_err *err);                       /* input.c */
enum skep_code sk_link_gather(struct sk_link *l, struct skep_err *err);  /* types.c */
enum skep_code sk_link_lay_out(struct sk_link *l, struct skep_err *err); /* section.c */
enum skep_code sk_link_symbols(struct sk_link *l, struct skep_err *err); /* symbol.c */
enum skep_code sk_link_relocs(struct sk_link *l, struct skep_err *err);  /* reloc.c */
enum skep_code sk_link_vars(struct sk_link *l, struct skep_err *err);    /* var.c */
enum skep_code sk_link_types(struct sk_link *l, struct skep_err *err);   /* types.c */
enum skep_code sk_link_ext(struct sk_link *l, struct skep_err *err);     /* ext.c */
enum skep_code sk_link_write(struct sk_link *l, struct sk_blob *blob,
                             struct skep_err *err); /* write.c */

/* ---- Between them ---------------------------------------------------------------- */

/* Whether two VARs or FUNCs can be of one symbol, said by types (match.c); in .maps they
 * must declare the same map. *why is set if not. */
struct sk_link_typed {
    const struct sk_btf *btf;
    uint32_t id;
};
int sk_link_match(struct sk_link *l, struct sk_link_typed a, struct sk_link_typed b,
                  const char **why);
int sk_link_match_maps(struct sk_link *l, struct sk_link_typed a, struct sk_link_typed b,
                       const char **why);

/* Whether what comes out can only be a few times as much as what goes in (amount.c):
 * sections of a file do not lie over each other, names are not one long text again and
 * again, and neither are all names of the output, which are `len` bytes. */
enum skep_code sk_link_check_sections(const struct sk_link_file *file,
                                      struct skep_err *err);
enum skep_code sk_link_check_names(const struct sk_link_file *file, struct skep_err *err);
enum skep_code sk_link_check_output(const struct sk_link *l, uint64_t len,
                                    struct skep_err *err);

/* Reports a fault of a file. */
__attribute__((format(printf, 3, 4))) enum skep_code
sk_link_fail(const struct sk_link_file *file, struct skep_err *err, const char *format,
             ...);

/* Of one of its sections, at an offset in the file. */
__attribute__((format(printf, 5, 6))) enum skep_code
sk_link_fail_section(const struct sk_link_file *file,
                     const struct sk_elf_section *section, uint64_t at,
                     struct skep_err *err, const char *format, ...);

/* Puts the file's name before a message that has none. Returns `code`. */
enum skep_code sk_link_named(const struct sk_link_file *file, enum skep_code code,
                             struct skep_err *err);

#endif
