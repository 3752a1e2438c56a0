/* BTF, the types of C as compilers write them for eBPF (Linux,
 * Documentation/bpf/btf.rst).
 *
 * The bytes are untrusted. sk_btf_open checks everything once: the header, the string
 * section, each record and each type id in it, sizes, and that nothing contains itself
 * (chains of modifiers, typedefs and arrays end; structs, unions and arrays hold
 * themselves through pointers only). What the functions below hand out needs no further
 * checks: ids are below sk_btf_count, names are NUL-terminated ("" without one), and
 * following modifiers or members by value ends. Nothing here recurses.
 *
 * Type 0 is void. A split BTF continues the ids and the strings of its base, as a kernel
 * module's does with vmlinux.
 *
 * An sk_btf borrows the bytes, which must outlive it, and does not change: any thread may
 * read it. */
#ifndef SK_BTF_BTF_H
#define SK_BTF_BTF_H

#include "base/mem.h"

enum sk_btf_kind {
    SK_BTF_VOID = 0,
    SK_BTF_INT,
    SK_BTF_PTR,
    SK_BTF_ARRAY,
    SK_BTF_STRUCT,
    SK_BTF_UNION,
    SK_BTF_ENUM,
    SK_BTF_FWD,
    SK_BTF_TYPEDEF,
    SK_BTF_VOLATILE,
    SK_BTF_CONST,
    SK_BTF_RESTRICT,
    SK_BTF_FUNC,
    SK_BTF_FUNC_PROTO,
    SK_BTF_VAR,
    SK_BTF_DATASEC,
    SK_BTF_FLOAT,
    SK_BTF_DECL_TAG,
    SK_BTF_TYPE_TAG,
    SK_BTF_ENUM64,
    SK_BTF_KINDS,
};

enum { SK_BTF_MAGIC = 0xeb9f }; /* of .BTF and .BTF.ext */

enum sk_btf_linkage { SK_BTF_STATIC, SK_BTF_GLOBAL, SK_BTF_EXTERN };

enum sk_btf_encoding { SK_BTF_SIGNED = 1, SK_BTF_CHAR = 2, SK_BTF_BOOL = 4 };

/* Where the bytes come from, for messages. */
struct sk_btf_source {
    const char *section; /* NULL: the bytes are a whole file */
    uint32_t index;      /* of the section */
    uint64_t offset;     /* of the bytes in the file */
};

struct sk_btf {
    struct sk_mem mem;
    const struct sk_btf *base; /* NULL: not split */
    const uint8_t *data;
    size_t len;
    uint64_t types, types_len;     /* where the records are in data */
    uint64_t strings, strings_len; /* where the strings are */
    uint32_t first;                /* id of the first record: 1, or the base's count */
    uint32_t count;                /* ids are below; without records it is `first` */
    uint32_t string_first; /* offset of the first string: 0, or behind the base's */
    uint32_t pointer_size; /* bytes; as long as the INT "long": 4 or 8, 8 without one */
    uint32_t *at;          /* of record first + i: where it is in data; owned */
    struct sk_btf_source source;
};

/* One type. What `size` and `type` mean depends on the kind. */
struct sk_btf_type {
    uint32_t id;
    enum sk_btf_kind kind;
    const char *name;
    uint32_t vlen; /* members, values, parameters, or variables; of a FUNC its linkage */
    uint32_t flag; /* the record's kind_flag */
    uint32_t size; /* INT, STRUCT, UNION, ENUM, ENUM64, DATASEC, FLOAT: bytes; else 0 */
    uint32_t type; /* the others: the id referred to (an ARRAY's is its element's) */
    const uint8_t *more; /* what follows the 12 bytes of the record's head */
};

struct sk_btf_int {
    uint32_t encoding; /* enum sk_btf_encoding */
    uint32_t offset, bits;
};
struct sk_btf_array {
    uint32_t type, index_type, count;
};
struct sk_btf_member { /* of a STRUCT or UNION */
    const char *name;
    uint32_t type;
    uint32_t bit_offset;
    uint32_t bits; /* 0: no bit field */
};
struct sk_btf_value { /* of an ENUM or ENUM64 */
    const char *name;
    uint64_t value; /* sign-extended if the enum is signed */
};
struct sk_btf_param {
    const char *name;
    uint32_t type; /* 0, as the last one: "..." */
};
struct sk_btf_secvar { /* of a DATASEC */
    uint32_t type, offset, size;
};

/* Checks `len` bytes at data. base and source may be NULL; base must outlive *btf.
 * Errors are SKEP_AT_PART and name the type. On failure *btf is left alone. */
enum skep_code sk_btf_open(struct sk_btf *btf, const struct sk_mem *mem, const void *data,
                           size_t len, const struct sk_btf *base,
                           const struct sk_btf_source *source, struct skep_err *err);
void sk_btf_close(struct sk_btf *btf);

/* Ids are below this. */
static inline uint32_t sk_btf_count(const struct sk_btf *btf)
{
    return btf->count;
}

/* The type `id`, which is below sk_btf_count. */
struct sk_btf_type sk_btf_type(const struct sk_btf *btf, uint32_t id);

/* The string at `offset`; NULL if that lies outside. */
const char *sk_btf_string(const struct sk_btf *btf, uint32_t offset);

/* Parts of a type of the fitting kind; i is below vlen. */
struct sk_btf_int sk_btf_int(const struct sk_btf_type *type);
struct sk_btf_array sk_btf_array(const struct sk_btf_type *type);
struct sk_btf_member sk_btf_member(const struct sk_btf *btf,
                                   const struct sk_btf_type *type, uint32_t i);
struct sk_btf_value sk_btf_value(const struct sk_btf *btf, const struct sk_btf_type *type,
                                 uint32_t i);
struct sk_btf_param sk_btf_param(const struct sk_btf *btf, const struct sk_btf_type *type,
                                 uint32_t i);
struct sk_btf_secvar sk_btf_secvar(const struct sk_btf_type *type, uint32_t i);
enum sk_btf_linkage sk_btf_var_linkage(const struct sk_btf_type *type);
/* Of a DECL_TAG: the member or parameter that it is of; -1: the whole. */
int32_t sk_btf_component(const struct sk_btf_type *type);

/* The name of a kind in bpftool's raw form: "INT", "FUNC_PROTO". */
const char *sk_btf_kind_name(enum sk_btf_kind kind);

/* Whether a kind is one of VOLATILE, CONST, RESTRICT, TYPE_TAG; or a TYPEDEF as well. */
int sk_btf_is_modifier(enum sk_btf_kind kind);
int sk_btf_is_alias(enum sk_btf_kind kind);

/* Behind all modifiers; behind all modifiers and typedefs. */
struct sk_btf_type sk_btf_skip_modifiers(const struct sk_btf *btf, uint32_t id);
struct sk_btf_type sk_btf_skip_aliases(const struct sk_btf *btf, uint32_t id);

/* Whether it declares a name without saying what that is: FWD, or an ENUM without
 * values. */
static inline int sk_btf_is_forward(const struct sk_btf_type *type)
{
    return type->kind == SK_BTF_FWD || (type->kind == SK_BTF_ENUM && !type->vlen);
}

/* The size in bytes of a value of the type: 1 and *size is set; 0: it has none (void,
 * FWD, FUNC, FUNC_PROTO, DECL_TAG). Of a pointer pointer_size. */
int sk_btf_size(const struct sk_btf *btf, uint32_t id, uint64_t *size);

/* The first type of that name and kind from id `from` on (SK_BTF_VOID: any kind); 0 if
 * there is none. Takes time in proportion to the number of types. */
uint32_t sk_btf_find(const struct sk_btf *btf, const char *name, enum sk_btf_kind kind,
                     uint32_t from);

/* Reports a fault of type `id` at `at`, an offset in data. */
__attribute__((format(printf, 5, 6))) enum skep_code sk_btf_fail(const struct sk_btf *btf,
                                                                 uint32_t id, uint64_t at,
                                                                 struct skep_err *err,
                                                                 const char *format, ...);

#endif
