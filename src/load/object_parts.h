/* What the files of the object loader tell each other. The order is that of opening:
 * sections, functions, data types made whole, maps, externs, programs. */
#ifndef SK_LOAD_OBJECT_PARTS_H
#define SK_LOAD_OBJECT_PARTS_H

#include <string.h>

#include "base/escape.h"
#include "load/object.h"

/* ---- object.c -------------------------------------------------------------------------- */

enum { SK_FUNC_NAME_MAX = 512 };

/* The length of a text up to `max`: strnlen(3), which C11 does not have. */
static inline size_t sk_obj_len(const char *text, size_t max)
{
    const char *end = memchr(text, 0, max);

    return end ? (size_t)(end - text) : max;
}

/* Whether a section holds code: some bytes of it, and nothing else. */
int sk_obj_is_code(const struct sk_elf_section *section);

/* ---- marks.c --------------------------------------------------------------------------- */

/* Fills object->marks. Needs functions, and .BTF.ext where there is one. */
enum skep_code sk_obj_find_relocs(struct sk_object *object, struct skep_err *err);
enum skep_code sk_obj_find_records(struct sk_object *object, struct skep_err *err);
void sk_obj_free_marks(struct sk_object *object);

/* The index of the first mark of a kind at or behind a slot. */
size_t sk_obj_mark_from(const struct sk_object *object, enum sk_obj_mark_kind kind,
                        uint32_t section, uint32_t slot);

/* The relocation, line or record of CO-RE of a mark. */
struct sk_elf_reloc sk_obj_reloc(const struct sk_object *object,
                                 const struct sk_obj_mark *mark);
struct sk_ext_line sk_obj_line(const struct sk_object *object,
                               const struct sk_obj_mark *mark);
struct sk_ext_core sk_obj_core(const struct sk_object *object,
                               const struct sk_obj_mark *mark);

/* ---- funcs.c --------------------------------------------------------------------------- */

/* Fills object->funcs and object->progs from symbols and names of sections. */
enum skep_code sk_obj_find_funcs(struct sk_object *object, struct skep_err *err);
enum skep_code sk_obj_find_progs(struct sk_object *object, struct skep_err *err);
void sk_obj_free_funcs(struct sk_object *object);

/* Fills in programs' callbacks for exceptions, from tags. And: refuses a program whose
 * callback is not clear. (exception.c) */
enum skep_code sk_obj_find_callbacks(struct sk_object *object, struct skep_err *err);
enum skep_code sk_obj_check_callback(const struct sk_object *object,
                                     const struct sk_obj_func *func,
                                     struct skep_err *err);

/* The index of the function that begins at slot `first` of a section; -1: there is none.
 * Functions are ordered by section and slot. */
int32_t sk_obj_func_at(const struct sk_object *object, uint32_t section, uint32_t first);

/* ---- names.c --------------------------------------------------------------------------- */

/* Names are compared up to here, which bounds the work; longer ones are refused where they
 * would matter. */
enum { SK_OBJ_NAME_MAX = 1024 };

int sk_obj_name_cmp(const char *a, const char *b);
size_t sk_obj_name_len(const char *name);      /* at most SK_OBJ_NAME_MAX */
size_t sk_obj_essential_len(const char *name); /* without a flavour: core_parts.h */

/* Reads every symbol, and fills object->names. Does nothing the second time. */
enum skep_code sk_obj_index_names(struct sk_object *object, struct skep_err *err);

/* The defined global symbol of that name in a section of that name; 0: none. */
uint32_t sk_obj_symbol_named(const struct sk_object *object, const char *name,
                             const char *section);

/* The first DATASEC of that name; NULL or 0: none. */
struct sk_obj_datasec_name *sk_obj_find_datasec(const struct sk_object *object,
                                                const char *name);
uint32_t sk_obj_datasec_named(const struct sk_object *object, const char *name);

/* ---- vars.c ---------------------------------------------------------------------------- */

/* The place of a variable of the DATASEC `datasec` in its section: compilers leave sizes of
 * DATASECs and offsets of global variables in them 0, the symbol table has them. Returns 0 if
 * the object has no such symbol (an extern). Needs names. */
int sk_obj_var_place(const struct sk_object *object, const struct sk_btf_type *datasec,
                     uint32_t i, uint64_t *offset, uint64_t *size);

/* Fills object->vars. Needs maps. */
enum skep_code sk_obj_find_vars(struct sk_object *object, struct skep_err *err);

/* ---- maps.c ---------------------------------------------------------------------------- */

/* Fills object->maps, in the order in which libbpf creates them: declarations in .maps (and
 * before them those of legacy sections), global data in order of sections, .kconfig,
 * struct_ops; behind them the templates of inner maps, in order of their outer ones. So the
 * index of an ordinary map is what it is for libbpf. And object->vars.
 * Needs functions and types; finds externs first if that was not done. */
enum skep_code sk_obj_find_maps(struct sk_object *object, struct skep_err *err);

/* Frees all that this part of the object has: names, maps, variables, externs. */
void sk_obj_free_maps(struct sk_object *object);

/* The map that the symbol is, or lies in, and where in its value it points to (the symbol's
 * value; 0 for a declared map); -1: none. */
int32_t sk_obj_map_of_symbol(const struct sk_object *object,
                             const struct sk_elf_symbol *symbol, uint64_t *offset);

/* ---- externs.c, kconfig.c --------------------------------------------------------------- */

/* Fills object->externs, in order of symbols, from undefined symbols and the DATASECs .kconfig
 * and .ksyms. Those of .kconfig have their place in that map. One without a declaration in a
 * DATASEC is there as well, and never found. Does nothing the second time. */
enum skep_code sk_obj_find_externs(struct sk_object *object, struct skep_err *err);

/* The extern of a symbol; NULL: none. And: refuses one that is neither found nor weak. */
const struct sk_obj_extern *sk_obj_extern_of(const struct sk_object *object,
                                             uint32_t symbol);
enum skep_code sk_obj_need_extern(const struct sk_object *object,
                                  const struct sk_obj_extern *ext, struct skep_err *err);

#endif
