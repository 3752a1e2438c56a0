/* How externs are found and resolved: inside of externs.c, ksyms.c and kconfig.c. */
#ifndef SK_LOAD_EXTERNS_H
#define SK_LOAD_EXTERNS_H

#include "load/object_parts.h"

/* Whether the extern of index *a has a name before that of *b, in the array `externs`; for
 * sk_sort. */
int sk_extern_name_before(const void *a, const void *b, const void *externs);

/* The type of an extern behind typedefs and qualifiers; 0: void. */
uint32_t sk_extern_type(const struct sk_object *object, const struct sk_obj_extern *ext);

/* Sets the size of an extern of .kconfig; leaves it 0 if nothing can have its type. */
void sk_kconfig_measure(const struct sk_object *object, struct sk_obj_extern *ext);

/* Gives externs of .kconfig their offsets. `scratch` has room for a number for each extern. */
void sk_kconfig_lay_out(struct sk_object *object, uint32_t *scratch);

/* Fills in the values of externs of .kconfig, and notes which were found. */
enum skep_code sk_kconfig_resolve(struct sk_object *object, struct skep_err *err);

/* Looks up externs of .ksyms. */
enum skep_code sk_ksyms_resolve(struct sk_object *object, struct skep_err *err);

#endif
