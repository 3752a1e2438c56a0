/* Objects: what clang emits for eBPF, opened and looked at without running anything.
 *
 *     skep_object_open_file(vm, "prog.bpf.o", NULL, &object, &err);
 *     skep_object_set(object, "threshold", &seven, sizeof(seven), &err);
 *     skep_object_load(object, 0, NULL, &prog, &err);
 *     skep_object_free(object);                            prog keeps what it needs
 *
 * An object belongs to one thread at a time. The vm must outlive it, and the BTF that it was
 * opened with. The rules at the head of skep.h hold here too. */
#ifndef SKEP_OBJECT_H
#define SKEP_OBJECT_H

#include "skep_btf.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct skep_object skep_object;

/* The kernel that relocations against types (CO-RE), configuration and symbols are resolved
 * with. */
struct skep_object_opts {
    size_t size;
    /* Of the object; open_file: NULL: from the path. Names of the maps of global data begin with
     * it. */
    const char *name;
    /* vmlinux's, then modules'; must outlive the object. None: the object's own types. */
    const skep_btf *const *btf;
    size_t btf_count;
    const char *kconfig; /* text of a kernel configuration; NULL: none. Copied */
    size_t kconfig_len;
    /* Of LINUX_KERNEL_VERSION: major << 16 | minor << 8 | patch. */
    uint32_t kernel_version;
    /* The address of a kernel symbol: returns 1 if there is one. NULL: there are none. */
    int (*ksym)(void *ctx, const char *name, uint64_t *address);
    void *ksym_ctx;
};

/* Opens the object in `len` bytes at data, which are copied; or in a file, which is read
 * once. Checks it whole; resolves nothing yet. */
SKEP_API enum skep_code skep_object_open(skep_vm *vm, const void *data, size_t len,
                                         const struct skep_object_opts *opts,
                                         skep_object **object, struct skep_err *err);
SKEP_API enum skep_code skep_object_open_file(skep_vm *vm, const char *path,
                                              const struct skep_object_opts *opts,
                                              skep_object **object, struct skep_err *err);
/* Programs that were loaded from it stay. */
SKEP_API void skep_object_free(skep_object *object);

struct skep_object_info {
    size_t size;
    const char *name, *license; /* "" without; live as long as the object */
    uint32_t version;           /* of the section "version" */
    uint32_t programs, maps, variables, externs;
    const skep_btf *btf; /* NULL: none; lives as long as the object */
    uint32_t needs;      /* enum skep_object_needs */
};

/* What of the kernel an object asks for. */
enum skep_object_needs {
    SKEP_NEEDS_BTF = 1,     /* its types */
    SKEP_NEEDS_KCONFIG = 2, /* its configuration, or its version */
    SKEP_NEEDS_KSYMS = 4,   /* addresses of its symbols */
};
/* Of no object (NULL) nothing is told, and *info stays as it is. */
SKEP_API void skep_object_info(const skep_object *object, struct skep_object_info *info);

enum skep_program_flags {
    SKEP_PROGRAM_SLEEPABLE = 1,
    SKEP_PROGRAM_FRAGS = 2,
    SKEP_PROGRAM_OPTIONAL = 4, /* "?" before the section's name */
};

/* An entry program, before it is loaded. */
struct skep_program_info {
    size_t size;
    const char *name, *section;
    const char *type;     /* bpftool's name, "xdp"; "raw" if the section says nothing */
    uint32_t type_number; /* enum bpf_prog_type */
    uint32_t attach_type; /* enum bpf_attach_type; of struct_ops the member's index in the
                            kernel's struct, 0 if its types are not known */
    const char *target;   /* what to attach to; "" without */
    uint32_t flags;       /* enum skep_program_flags */
    uint32_t slots;       /* of its own function */
    const char
        *attach; /* bpftool's name of attach_type, "trace_fentry"; "": none is said */
};

struct skep_map_info {
    size_t size;
    const char *name;        /* as declared, or the section's */
    const char *kernel_name; /* as Linux would show it */
    const char *type;        /* bpftool's name, "array"; NULL: not known */
    uint32_t type_number;    /* enum bpf_map_type */
    uint32_t id;             /* in listings: map[id:N] */
    uint32_t key_size, value_size, max_entries, flags;
    uint64_t extra;
    uint32_t key_type, value_type; /* BTF ids; 0: none */
    const void
        *data; /* contents that the object gives, or its programs have made of them;
                         NULL: none. They move when a program is loaded: not to be kept */
    size_t data_len;
    uint32_t frozen; /* 1: constants, which nobody can write once a program is loaded */
    int32_t inner; /* index of the map that is the pattern of its inner maps; -1: none */
    uint32_t pinning;   /* enum libbpf_pin_type: 1: by its name */
    uint32_t numa_node; /* for its memory; counts if flags say so (BPF_F_NUMA_NODE) */
    uint32_t slots;     /* that the object fills: skep_object_map_slot */
    uint32_t kernel_btf,
        kernel_value_type; /* of struct_ops: index of the BTF in the options,
                            and the id there of the value's type; 0: the kernel has none */
};

/* An element that the object fills: of an array of programs or of maps of maps, or a member of
 * operations (struct_ops). */
struct skep_map_slot {
    size_t size;
    uint32_t index;  /* its key, or the index of the member in the object's own struct */
    int32_t program; /* index; -1: it is a map */
    int32_t map;     /* index; -1: it is a program */
    const char *member; /* its name; "" of elements */
};

struct skep_variable_info {
    size_t size;
    const char *name, *section;
    uint32_t map; /* index */
    uint32_t offset, bytes;
    uint32_t type;    /* BTF id of its type */
    const void *data; /* its value now; moves when a program is loaded: not to be kept */
};

struct skep_extern_info {
    size_t size;
    const char *name;
    uint32_t weak, function, kconfig; /* 0 or 1 */
    uint32_t
        found; /* 1: the kernel has it. 0 before skep_object_resolve or the first load */
    uint32_t type; /* BTF id of its type; 0: none */
    uint32_t bytes;
    const void *data; /* of the configuration: its value, if found; NULL: none */
};

/* One of each; SKEP_E_ARGUMENT past the last. Strings live as long as the object. */
SKEP_API enum skep_code skep_object_program(const skep_object *object, uint32_t index,
                                            struct skep_program_info *info);
SKEP_API enum skep_code skep_object_map(const skep_object *object, uint32_t index,
                                        struct skep_map_info *info);
SKEP_API enum skep_code skep_object_variable(const skep_object *object, uint32_t index,
                                             struct skep_variable_info *info);
SKEP_API enum skep_code skep_object_extern(const skep_object *object, uint32_t index,
                                           struct skep_extern_info *info);

/* Element `slot` of those that the object fills in map `index`, by their keys. */
SKEP_API enum skep_code skep_object_map_slot(const skep_object *object, uint32_t index,
                                             uint32_t slot, struct skep_map_slot *info);

/* Looks up the externs in the kernel that the options describe, as loading a program does. Those
 * that are missing are no error; what the configuration says wrong is. */
SKEP_API enum skep_code skep_object_resolve(skep_object *object, struct skep_err *err);

/* Their index by name; SKEP_E_NO_FUNCTION, SKEP_E_NO_MAP, SKEP_E_NO_VARIABLE. */
SKEP_API enum skep_code skep_object_find_program(const skep_object *object,
                                                 const char *name, uint32_t *index,
                                                 struct skep_err *err);
SKEP_API enum skep_code skep_object_find_map(const skep_object *object, const char *name,
                                             uint32_t *index, struct skep_err *err);
SKEP_API enum skep_code skep_object_find_variable(const skep_object *object,
                                                  const char *name, uint32_t *index,
                                                  struct skep_err *err);

/* The program that skep_load would take: the one that opts (NULL: any) name, by name, section or
 * both; the only one; or of those in sections that say nothing (.text) the only global function,
 * or main. SKEP_E_PROGRAMS lists those that there are. */
SKEP_API enum skep_code skep_object_choose(const skep_object *object,
                                           const struct skep_load_opts *opts,
                                           uint32_t *index, struct skep_err *err);

/* Variable `index` as C declares it, "const u32 limit[4]", into buf as snprintf(3) would. "" past
 * the last, or if its type is not known. */
SKEP_API size_t skep_object_declaration(const skep_object *object, uint32_t index,
                                        char *buf, size_t size);

/* Extern `index` the same way, "unsigned int CONFIG_HZ", "int f(int x)". */
SKEP_API size_t skep_object_extern_declaration(const skep_object *object, uint32_t index,
                                               char *buf, size_t size);

/* Sets a variable of .rodata, .data, .bss or an arena, also a constant, for programs that are loaded
 * from then on and were loaded from it before: `len` must be its size. Or from text: a number
 * as C writes it (0x10UL, 1.5f), true, false, an enumerator's name, a character, or for arrays of
 * char a string in double quotes, with C's escapes, which may fill the array; the name may go on
 * into structs and arrays: "conf.limit[3]". A variable without a type is an integer. Refused for
 * constants once a program was loaded. Programs that run at the same time on other threads may
 * see some bytes of the old value and some of the new. */
SKEP_API enum skep_code skep_object_set(skep_object *object, const char *name,
                                        const void *value, size_t len,
                                        struct skep_err *err);
SKEP_API enum skep_code skep_object_set_text(skep_object *object, const char *name,
                                             const char *value, struct skep_err *err);

/* Loads program `index`: its function and those that it reaches, relocated. opts' format,
 * name and section are not looked at; its type overrides what the section says. All programs of
 * an object share its maps. */
SKEP_API enum skep_code skep_object_load(skep_object *object, uint32_t index,
                                         const struct skep_load_opts *opts,
                                         skep_prog **prog, struct skep_err *err);

/* ---- Linking --------------------------------------------------------------------------- */

struct skep_link_input {
    size_t size;      /* the same in all elements of an array, which lie so far apart */
    const char *name; /* for messages */
    const void *data;
    size_t len;
};

/* Links objects into one, as bpftool gen object does. *out has *out_len bytes for
 * skep_release. */
SKEP_API enum skep_code skep_link(skep_vm *vm, const struct skep_link_input *inputs,
                                  size_t count, void **out, size_t *out_len,
                                  struct skep_err *err);

#ifdef __cplusplus
}
#endif
#endif
