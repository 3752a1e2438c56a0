/* How an object's maps are made: inside of maps*.c. */
#ifndef SK_LOAD_MAPS_H
#define SK_LOAD_MAPS_H

#include "load/object_parts.h"

enum {
    SK_MAPS_PAGE_BYTES = 4096,
    /* What sections without bytes in the file (.bss) may ask for, all together. */
    SK_MAPS_ZEROS_MAX = 64 << 20,
};

/* What a section holds, by its name. */
enum sk_maps_use {
    SK_USE_OTHER,
    SK_USE_LEGACY,
    SK_USE_DECLARED,
    SK_USE_DATA,
    SK_USE_RODATA,
    SK_USE_BSS,
    SK_USE_ARENA,
    SK_USE_STRUCT_OPS,
    SK_USE_STRUCT_OPS_LINK,
};
enum sk_maps_use sk_maps_use_of(const struct sk_elf_section *section);

/* What a struct in .maps says. */
struct sk_maps_decl {
    struct sk_map_def def;
    uint32_t key_type, value_type;
    uint32_t pinning;
    uint32_t inner;     /* the struct of an inner map; 0: none */
    uint64_t values_at; /* where member `values` is; 0: there is none */
    uint64_t size;      /* of the variable */
};

/* The DATASEC of a section, which no other section may have as well; *id is 0 without one. */
struct sk_maps_maker;
enum skep_code sk_maps_find_datasec(const struct sk_maps_maker *maker,
                                    const struct sk_elf_section *section, uint32_t *id);

/* A variable that is a map. */
struct sk_maps_place {
    const char *name;
    uint64_t offset, size;
    uint32_t type; /* the variable's */
    uint32_t i;    /* its index in the DATASEC */
};

/* Work in progress. */
struct sk_maps_maker {
    struct sk_object *object;
    struct skep_err *err;
    size_t cap;                 /* of object->maps */
    struct sk_maps_decl *decls; /* of maps `first_decl` and following */
    uint32_t decl_count, first_decl;
    uint64_t copied, zeros; /* bytes of contents so far, from the file and not */
    uint32_t arena_section;
};

/* Appends a map. Its kernel_name is made here. */
enum skep_code sk_maps_add(struct sk_maps_maker *maker, const struct sk_obj_map *map);

/* The section must not be compressed. */
enum skep_code sk_maps_check_section(const struct sk_maps_maker *maker,
                                     const struct sk_elf_section *section);

/* Counts `size` bytes of contents that come from `section`, and refuses what is too much. */
enum skep_code sk_maps_reserve(struct sk_maps_maker *maker,
                               const struct sk_elf_section *section, uint64_t size);

/* The variables of a section of maps, all of its DATASEC, checked and sorted by offset: a
 * block of datasec->vlen, which the caller frees. */
enum skep_code sk_maps_find_places(const struct sk_maps_maker *maker,
                                   const struct sk_elf_section *section,
                                   const struct sk_btf_type *datasec,
                                   struct sk_maps_place **places);

/* The last map of a role in a section that begins at the offset or before; -1: none. */
int32_t sk_maps_covering(const struct sk_object *object, enum sk_obj_map_role role,
                         uint32_t section, uint64_t offset);

/* One for each role, in the order of maps; then what needs all maps. */
enum skep_code sk_maps_add_legacy(struct sk_maps_maker *maker);
enum skep_code sk_maps_add_declared(struct sk_maps_maker *maker);
enum skep_code sk_maps_add_data(struct sk_maps_maker *maker);
enum skep_code sk_maps_add_kconfig(struct sk_maps_maker *maker);
enum skep_code sk_maps_add_struct_ops(struct sk_maps_maker *maker);
enum skep_code sk_maps_add_inner(struct sk_maps_maker *maker);
enum skep_code sk_maps_fill_slots(struct sk_maps_maker *maker);

/* Gives programs in slots of struct_ops the index of their member in the kernel's struct. */
enum skep_code sk_maps_number_operations(const struct sk_maps_maker *maker);

/* Reads struct `id`, the type of a variable of .maps or of an inner map of one. */
enum sk_maps_nesting { SK_MAPS_OUTER, SK_MAPS_INNER };
enum skep_code sk_maps_read_decl(const struct sk_btf *btf, const char *name, uint32_t id,
                                 enum sk_maps_nesting nesting, struct sk_maps_decl *decl,
                                 struct skep_err *err);

/* Whether libbpf tells the kernel the types of keys and values of such a map. */
int sk_maps_has_types(uint32_t kind);

/* Gives the maps so far, legacy ones, the types that annotations have of them. */
enum skep_code sk_maps_annotate(const struct sk_maps_maker *maker);

/* Reports a fault of a map. */
__attribute__((format(printf, 3, 4))) enum skep_code
sk_maps_fail(const char *name, struct skep_err *err, const char *format, ...);

#endif
