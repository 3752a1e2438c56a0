/* Objects: ELF files as clang emits them for eBPF, read whole.
 *
 * Two steps, as a loader of Linux has them. sk_object_open reads and checks the file:
 * sections, symbols, programs, maps, variables, types. Nothing is resolved yet, and
 * variables may be set. sk_object_build then makes one program of it: its own function and
 * those that it reaches, relocated against the kernel that the options describe. Programs
 * are built one by one, so that one that cannot be does not hinder the others.
 *
 * The file is untrusted. Work and memory are bounded by its size; nothing recurses as deep as
 * the input says. Errors name section, index and offset. The bytes are borrowed and must
 * outlive the sk_object. */
#ifndef SK_LOAD_OBJECT_H
#define SK_LOAD_OBJECT_H

#include "btf/ext.h"
#include "env/map.h"
#include "load/core.h"
#include "load/elf.h"

/* ---- What there is ----------------------------------------------------------------- */

enum sk_prog_flag {
    SK_PROG_SLEEPABLE = 1,
    SK_PROG_FRAGS = 2,    /* XDP with fragments */
    SK_PROG_OPTIONAL = 4, /* "?" before the section's name: not loaded unless asked for */
};

/* A row of section.def: what a section's name says about its programs. */
struct sk_section_rule {
    const char *prefix;
    uint32_t type;        /* enum bpf_prog_type */
    uint32_t attach_type; /* enum bpf_attach_type; 0 for types without */
    uint32_t flags;       /* enum sk_prog_flag, and whether a target follows the prefix */
    uint32_t has_attach;  /* it says an attach type: the first one is 0, too */
};

/* A function of the object that is a program, or that programs call. */
struct sk_obj_func {
    const char *name;
    uint32_t section; /* index of its ELF section */
    uint32_t symbol;
    uint32_t first, count; /* slots within the section */
    uint32_t btf_id;       /* a FUNC; 0: none */
    uint32_t callback;     /* 1 + index of its callback for exceptions; 0: none */
    uint32_t bad_callback; /* the DECL_TAG that it cannot follow: one of several, or of no
                              function that can be one; 0: none */
    uint8_t
        is_callback_static; /* bad_callback names a function that is static or hidden */
    uint8_t is_program;     /* an entry */
    uint8_t is_global;
    uint8_t is_hidden; /* global, but static for a verifier (STV_HIDDEN, STV_INTERNAL) */
};

/* A program: an entry function with what its section's name says. */
struct sk_obj_prog {
    uint32_t func; /* index */
    const char *section;
    uint32_t type, attach_type,
        flags;               /* as of the rule; type 0: unspecified. For struct_ops
                              the attach type is the index of the member in the kernel's
                              struct, once that is known */
    uint8_t has_attach_type; /* the rule says one */
    uint8_t is_operation;    /* attach_type is of a member of the kernel's */
    const char *target;      /* what to attach to, behind the prefix; "" without */
};

/* What the file says of instructions, each kind ordered by section and slot. */
struct sk_obj_mark {
    uint32_t section, slot;
    uint64_t where; /* for the kind's user: see marks.c */
};
enum sk_obj_mark_kind {
    SK_OBJ_RELOC,
    SK_OBJ_LINE,
    SK_OBJ_CORE,
    SK_OBJ_MARK_KINDS,
};

enum sk_obj_map_role {                    /* in the order that object->maps has them in */
                       SK_OBJ_MAP_LEGACY, /* declared in a section "maps" or "maps/..." */
                       SK_OBJ_MAP_BTF,    /* declared in .maps */
                       SK_OBJ_MAP_DATA, /* global data, a section .data*, .rodata*, .bss* */
                       SK_OBJ_MAP_KCONFIG,
                       SK_OBJ_MAP_STRUCT_OPS,
                       SK_OBJ_MAP_INNER, /* the template of the inner map of a map of maps */
};

/* An element that the object puts into a prog array or map of maps. */
struct sk_obj_slot {
    uint32_t index;
    uint32_t target; /* of a prog array the function's index, else the map's. Of a map of
                        struct_ops `index` is that of the member of the object's own struct
                        that points to function `target` */
};

/* The section of the globals that are in an arena. */
#define SK_ARENA_SECTION ".addr_space.1"

/* What the kernel has for a map of struct_ops. */
struct sk_obj_ops {
    uint32_t btf;        /* index in kernel.btf */
    uint32_t value_type; /* its struct around the operations, bpf_struct_ops_NAME */
    uint32_t operations; /* its struct of them, NAME; 0: there is none */
};

struct sk_obj_map {
    const char *name; /* as declared; of global data the section's name */
    char kernel_name[SK_MAP_NAME_MAX]; /* as libbpf would create it: "prog.rodata" */
    enum sk_obj_map_role role;
    struct sk_map_def def;
    uint32_t key_type, value_type; /* BTF ids that the kernel is told; 0: none */
    uint32_t ops_type;             /* of struct_ops: the object's own struct */
    uint32_t
        is_in_kernel; /* of struct_ops: def.value_size is the kernel's, whose types have
                              such operations; else it is the object's own */
    struct sk_obj_ops kernel_ops; /* then what they have */
    uint32_t section;             /* index of the ELF section */
    uint64_t offset;              /* of the declaration in its section */
    uint32_t pinning;             /* enum libbpf_pin_type */
    int32_t inner;                /* index of the inner map's template; -1: none */
    uint8_t *data;             /* contents: of global data, of struct_ops, of an arena the
                                  globals in it; lies in object->contents. NULL: none */
    uint32_t data_size;        /* def.value_size; of an arena what its section has */
    struct sk_obj_slot *slots; /* by index; in object->slots */
    uint32_t slot_count;
};

/* A variable that is not part of the object. */
struct sk_obj_extern {
    const char *name;
    uint32_t symbol, btf_id; /* a VAR or FUNC */
    uint8_t is_weak, is_func, is_kconfig;
    uint8_t is_found;
    uint8_t is_incompatible; /* the kernel has it with another type: not found */
    uint64_t offset, size;   /* kconfig: in the map's data; size 0: of no type that it can
                               have */
    uint64_t address;        /* of an untyped kernel symbol */
    uint32_t kernel_btf_id;  /* of a typed one, and of functions */
    uint32_t kernel_btf;     /* index of the BTF that this id is of in the kernel's */
    uint32_t section_id; /* the DATASEC that declares it; 0: none does, and it cannot be
                               resolved */
};

/* The kernel that an object is resolved against; all borrowed. */
struct sk_kernel {
    const struct sk_btf *const
        *btf; /* vmlinux first, then modules; count 0: the object's own
                                        types stand for the kernel's */
    uint32_t btf_count;
    const char *config; /* text of a .config; NULL: none */
    size_t config_len;
    uint32_t version; /* LINUX_KERNEL_VERSION */
    int (*symbol)(void *ctx, const char *name,
                  uint64_t *address); /* 1: found; may be NULL */
    void *ctx;
};

/* A variable of global data. */
struct sk_obj_var {
    const char *name;
    uint32_t map; /* index */
    uint32_t offset, size;
    uint32_t btf_id; /* a VAR; 0: only the symbol table knows it */
};

/* What is looked up by name, sorted: defined global symbols that are no functions, by their
 * name and their section's; and DATASECs. */
struct sk_obj_symbol_name {
    const char *name, *section;
    uint32_t symbol;
};
struct sk_obj_datasec_name {
    const char *name;
    uint32_t id;
    uint32_t section; /* the one that it is of; 0: not looked at yet, or none */
};
struct sk_obj_names {
    struct sk_obj_symbol_name *symbols;
    struct sk_obj_datasec_name *datasecs;
    uint32_t symbol_count, datasec_count;
};

struct sk_object {
    struct sk_mem mem;
    struct sk_elf elf;
    struct sk_btf btf; /* count 0: there is none */
    struct sk_btf_ext ext;
    int has_btf, has_ext;
    char name[64];       /* as libbpf derives it from the file's name */
    const char *license; /* "" without one */
    uint32_t version;    /* section "version" */
    struct sk_obj_func *funcs;
    struct sk_obj_prog *progs;
    struct sk_obj_map *maps;
    struct sk_obj_extern *externs;
    uint32_t func_count, prog_count, map_count, extern_count;
    size_t map_cap; /* of the block of maps */
    struct sk_obj_names names;
    struct sk_obj_var *vars; /* by map and offset */
    uint32_t var_count;
    struct sk_obj_slot *slots; /* of all maps */
    uint32_t slot_count;
    uint32_t arena_map; /* 1 + index of the arena that SK_ARENA_SECTION is in; 0: none */
    uint8_t *contents;  /* of all maps */
    size_t contents_size;
    int has_resolved_externs;
    struct sk_core *core; /* made when first needed */
    struct sk_kernel kernel;
    uint32_t func_cap, prog_cap;
    uint32_t
        *placed; /* of each function, while a program is built: 1 + its slot; else 0 */
    struct {
        struct sk_obj_mark *list;
        size_t count, cap;
    } marks[SK_OBJ_MARK_KINDS];
};

/* `name`: the object's, or its file's; NULL: none.  The object may not be moved afterwards.
 * On failure it holds nothing. */
enum skep_code sk_object_open(struct sk_object *object, const struct sk_mem *mem,
                              const void *data, size_t len, const char *name,
                              const struct sk_kernel *kernel, struct skep_err *err);
void sk_object_close(struct sk_object *object);

/* The index of the program whose own function that is; -1: none is. */
int32_t sk_obj_prog_of(const struct sk_object *object, uint32_t func);

/* Looks externs up in object->kernel, once, and fills in the values of the map of .kconfig.
 * A strong one that is not there is no error yet: see sk_obj_need_extern. */
enum skep_code sk_obj_resolve_externs(struct sk_object *object, struct skep_err *err);

/* ---- Variables --------------------------------------------------------------------- */

/* Variable `index` of all in global data, in order of maps and offsets: 0 past the last. */
int sk_object_var(const struct sk_object *object, uint32_t index, struct sk_obj_var *var);

/* ---- Building a program ------------------------------------------------------------- */

struct sk_built_func {
    uint32_t first; /* slot in the program */
    uint32_t func;  /* index in the object */
};
struct sk_built_line {
    uint32_t pc;
    struct sk_ext_line line;
};
struct sk_built_extern {
    uint32_t pc;
    uint32_t ext; /* index in the object: a function or variable of the kernel's types */
};
struct sk_built_poison {
    uint32_t pc;
    char *why; /* owned */
};

/* A program as it would be submitted to Linux. References to maps (LDDW_MAP_FD and
 * LDDW_MAP_VALUE) have 1 + the map's index for its descriptor. */
struct sk_built {
    struct sk_mem mem;
    uint8_t *slots;
    uint32_t count;
    struct sk_built_func *funcs; /* the entry first, in order of slots */
    struct sk_built_line *lines; /* in order of slots */
    struct sk_built_poison *poisons;
    struct sk_built_extern *externs; /* in order of slots */
    uint32_t func_count, line_count, poison_count, extern_count;
    uint32_t func_cap, line_cap, poison_cap, extern_cap;
};

enum skep_code sk_object_build(struct sk_object *o, uint32_t prog, struct sk_built *out,
                               struct skep_err *err);
void sk_built_fini(struct sk_built *built);

#endif
