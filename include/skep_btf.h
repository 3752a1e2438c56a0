/* BTF: the types of C in eBPF objects and kernels, listed and used to print bytes.
 * The rules at the head of skep.h hold here too. */
#ifndef SKEP_BTF_H
#define SKEP_BTF_H

#include "skep_text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct skep_btf skep_btf; /* constant once opened; any thread may read it */

/* Reads BTF: bytes as /sys/kernel/btf/vmlinux has them, or an ELF object with a section
 * .BTF (of any machine). Everything is checked. The bytes are copied. `base` (or NULL) is
 * what a split BTF, such as a module's, continues; it must outlive *btf. */
SKEP_API enum skep_code skep_btf_open(skep_vm *vm, const void *data, size_t len,
                                      const skep_btf *base, skep_btf **btf,
                                      struct skep_err *err);
SKEP_API void skep_btf_free(skep_btf *btf);

/* Type ids are below this; 0 is void. */
SKEP_API uint32_t skep_btf_count(const skep_btf *btf);

/* Kinds of types, with the numbers of linux/btf.h. */
enum skep_btf_kind {
    SKEP_BTF_KIND_VOID = 0,
    SKEP_BTF_KIND_INT = 1,
    SKEP_BTF_KIND_PTR = 2,
    SKEP_BTF_KIND_ARRAY = 3,
    SKEP_BTF_KIND_STRUCT = 4,
    SKEP_BTF_KIND_UNION = 5,
    SKEP_BTF_KIND_ENUM = 6,
    SKEP_BTF_KIND_FWD = 7,
    SKEP_BTF_KIND_TYPEDEF = 8,
    SKEP_BTF_KIND_VOLATILE = 9,
    SKEP_BTF_KIND_CONST = 10,
    SKEP_BTF_KIND_RESTRICT = 11,
    SKEP_BTF_KIND_FUNC = 12,
    SKEP_BTF_KIND_FUNC_PROTO = 13,
    SKEP_BTF_KIND_VAR = 14,
    SKEP_BTF_KIND_DATASEC = 15,
    SKEP_BTF_KIND_FLOAT = 16,
    SKEP_BTF_KIND_DECL_TAG = 17,
    SKEP_BTF_KIND_TYPE_TAG = 18,
    SKEP_BTF_KIND_ENUM64 = 19,
};

struct skep_btf_type {
    size_t size;
    uint32_t id;
    uint32_t kind;         /* enum skep_btf_kind */
    const char *kind_name; /* "STRUCT" */
    const char *name;      /* "" without one */
    uint32_t parts;        /* members, values, parameters or variables */
    uint32_t type;         /* the type that it refers to */
    uint64_t bytes;        /* of a value; 0: it has none */
};

struct skep_btf_part {
    size_t size;
    const char *name;
    uint32_t type;       /* of a member, parameter or variable */
    uint32_t bits;       /* of a bit field; else 0 */
    uint64_t bit_offset; /* of a member or variable */
    uint64_t value;      /* of an enumerator, sign-extended */
};

/* SKEP_E_ARGUMENT past the last type, or part. */
SKEP_API enum skep_code skep_btf_type(const skep_btf *btf, uint32_t id,
                                      struct skep_btf_type *type);
SKEP_API enum skep_code skep_btf_part(const skep_btf *btf, uint32_t id, uint32_t index,
                                      struct skep_btf_part *part);

/* The first type of that name; kind SKEP_BTF_KIND_VOID: of any. 0: there is none. */
SKEP_API uint32_t skep_btf_find(const skep_btf *btf, const char *name, uint32_t kind);

enum skep_btf_form {
    SKEP_BTF_RAW,         /* one line a type, as bpftool btf dump ... format raw */
    SKEP_BTF_C,           /* definitions in C, as bpftool btf dump ... format c */
    SKEP_BTF_JSON,        /* raw, as bpftool -j, on one line */
    SKEP_BTF_JSON_PRETTY, /* raw, as bpftool -p, indented */
};

/* Of a split BTF the raw forms have its own types, and C the base's too. Text that is out of all
 * proportion to the types (of structs that hold each other many times) is an error as those of
 * opening are: SKEP_E_SECTION where the BTF is an ELF file's, SKEP_E_BTF otherwise. Names are
 * escaped where a terminal or JSON could not bear them. After an error some text may have been
 * written. */
SKEP_API enum skep_code skep_btf_dump(const skep_btf *btf, enum skep_btf_form form,
                                      skep_write_fn write, void *ctx,
                                      struct skep_err *err);

enum skep_btf_print_flags {
    SKEP_PRINT_JSON = 1,     /* as bpftool map dump; else an initialiser of C */
    SKEP_PRINT_COMPACT = 2,  /* on one line */
    SKEP_PRINT_ZEROS = 4,    /* text: also what is all zero, and left out otherwise */
    SKEP_PRINT_NO_NAMES = 8, /* text: without names of members */
};

/* Prints the `len` bytes at data as a value of type `id`, without a newline at the end. A VAR is
 * printed with its name, a DATASEC as all its variables, at their offsets. SKEP_E_ARGUMENT if the
 * type has no values, or needs more bytes than there are: then nothing is written. */
SKEP_API enum skep_code skep_btf_print(const skep_btf *btf, uint32_t id, const void *data,
                                       size_t len, uint32_t flags, skep_write_fn write,
                                       void *ctx, struct skep_err *err);

#ifdef __cplusplus
}
#endif
#endif
