/* The built-in program types: progtype.def as C. */
#ifndef SK_ENV_PROGTYPE_H
#define SK_ENV_PROGTYPE_H

#include <skep.h>

enum {
#define PROGTYPE(name, ctx_size, ...) SK_PROGTYPE_##name,
#define PROGTYPE_ANY(name) SK_PROGTYPE_##name,
#include "env/progtype.def"
#undef PROGTYPE_ANY
#undef PROGTYPE
    SK_PROGTYPE_COUNT
};

extern const struct skep_type sk_progtypes[SK_PROGTYPE_COUNT];

#endif
