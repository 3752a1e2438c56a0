/* Global variables of objects, with the values that they have now. */
#ifndef CLI_VARIABLE_H
#define CLI_VARIABLE_H

#include "json.h"
#include "object.h"

enum { DECLARATION_MAX = 512 }; /* of a variable, when it is shown */

/* Bytes as a value in C; as bytes if the type is 0 or cannot be. */
void typed_text(const struct object *object, uint32_t type, const void *data,
                uint32_t bytes);
/* The same in JSON, as member `key`, or `bytes_key` for bytes. */
void typed_json(struct jw *j, const char *key, const char *bytes_key,
                const struct object *object, uint32_t type, const void *data,
                uint32_t bytes);

/* A line for each, ".bss+8: u64 calls = 1"; with `writable` not 0 for those that programs may
 * write. */
void variables_text(const struct object *object, int writable);

/* An array "variables" of all that is known of each. */
void variables_json(struct jw *j, const struct object *object);

/* An object of the values, by name, of those that programs may write. One of several of the same
 * name, but the first, is NAME@SECTION+OFFSET. */
void variables_values(struct jw *j, const char *key, const struct object *object);

#endif
