/* What the public handle of an object is.
 *
 * An object is shared by who opened it and by the programs that were loaded from it: their
 * notes refer to its strings, and their code to its maps. The last of them frees it. */
#ifndef SK_API_OBJECT_H
#define SK_API_OBJECT_H

#include <skep_object.h>

#include "api/btf.h"
#include "api/vm.h"
#include "base/bits.h"
#include "load/object.h"
#include "rt/map.h"

struct skep_object {
    struct sk_mem mem;
    struct skep_vm *vm;
    uint32_t users;  /* atomic: the handle and the programs */
    uint32_t loaded; /* 1: a program was; constants are frozen */
    uint8_t *bytes;
    size_t len;
    char *kconfig;
    size_t kconfig_len;
    const struct sk_btf **btf; /* the kernel's */
    size_t btf_count;
    struct sk_object object;
    struct skep_btf types; /* object.btf for callers */
    struct sk_map **maps; /* one for each of object.maps; NULL until a program needs it */
};

/* Opens the object in `len` bytes of take_bytes (for sk_mem_free with size 1), which are taken over
 * in any case. opts may be NULL. */
enum skep_code sk_api_object_open(struct skep_vm *vm, uint8_t *take_bytes, size_t len,
                                  const struct skep_object_opts *opts,
                                  struct skep_object **object, struct skep_err *err);

/* One user more; one less. */
void sk_api_object_hold(struct skep_object *object);
void sk_api_object_drop(struct skep_object *object);

/* A program's name. */
const char *sk_api_program_name(const struct skep_object *object, uint32_t index);

/* Reports that no program has the name, and which there are. */
enum skep_code sk_api_no_program(const struct skep_object *object, const char *name,
                                 struct skep_err *err);

/* The program that opts' name and section ask for: see skep_load. */
enum skep_code sk_api_object_choose(const struct skep_object *object,
                                    const struct skep_load_opts *opts, uint32_t *index,
                                    struct skep_err *err);

/* Loads program `index`; see skep_object_load. */
enum skep_code sk_api_object_load(struct skep_object *object, uint32_t index,
                                  const struct skep_load_opts *opts,
                                  struct skep_prog **prog, struct skep_err *err);

/* The map of that index, made if it is not there; with contents if it has values. */
enum skep_code sk_api_object_map(struct skep_object *object, uint32_t index, int values,
                                 struct skep_err *err);

/* A map's contents: what programs see, or what they will begin with; NULL: none. */
uint8_t *sk_api_map_data(const struct skep_object *object, uint32_t index);

/* Notes for a program that was built of the object. */
enum skep_code sk_api_notes(struct skep_object *object, const struct sk_built *built,
                            struct sk_prog *prog, struct skep_err *err);

#endif
