/* The built-in program types, and fields by name. */
#include "env/progtype.h"

#include <string.h>

#include "base/bits.h"
#include "env/env.h"

enum { WRITE = SKEP_FIELD_WRITE };

#define FIELD(name, offset, size, flags) { #name, offset, size, flags },
#define PROGTYPE(name, ctx_size, ...)                                                    \
    static const struct skep_field name##_fields[] = { __VA_ARGS__ };
#define PROGTYPE_ANY(name)
#include "env/progtype.def"
#undef PROGTYPE_ANY
#undef PROGTYPE

#define PROGTYPE(name, ctx_size, ...)                                                    \
    { #name, ctx_size, name##_fields, SK_LEN(name##_fields) },
#define PROGTYPE_ANY(name) { #name, 0, NULL, 0 },
const struct skep_type sk_progtypes[SK_PROGTYPE_COUNT] = {
#include "env/progtype.def"
};
#undef PROGTYPE_ANY
#undef PROGTYPE
#undef FIELD

const struct skep_field *sk_type_field(const struct skep_type *type, const char *name,
                                       size_t len)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct skep_field *field = &type->fields[i];

        if (strlen(field->name) == len && !memcmp(field->name, name, len))
            return field;
    }
    return NULL;
}
