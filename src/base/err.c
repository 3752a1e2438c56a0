/* The error table, and filling in an error. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    OK = SKEP_KIND_OK,
    REFUSED = SKEP_KIND_REFUSED,
    USAGE = SKEP_KIND_USAGE,
    MALFORMED = SKEP_KIND_MALFORMED,
    FAULT = SKEP_KIND_FAULT,
    SYSTEM = SKEP_KIND_SYSTEM,
};

static const struct {
    const char *name;
    enum skep_kind kind;
} codes[SKEP_CODE_COUNT] = {
    { "OK", SKEP_KIND_OK },
#define SKEP_ERR(id, kind, text) { #id, (enum skep_kind)(kind) },
#include <skep_err.def>
#undef SKEP_ERR
};

const char *skep_code_name(enum skep_code code)
{
    if ((unsigned)code >= SKEP_CODE_COUNT)
        return "?";
    return codes[code].name;
}

enum skep_kind skep_code_kind(enum skep_code code)
{
    if ((unsigned)code >= SKEP_CODE_COUNT)
        return SKEP_KIND_SYSTEM;
    return codes[code].kind;
}

enum skep_code sk_err_set(struct skep_err *err, enum skep_code code, struct sk_pos pos,
                          const char *format, ...)
{
    va_list args;

    if (!err)
        return code;
    err->code = code;
    err->at = pos.at;
    err->where = pos.where;
    err->line = pos.line;
    err->column = pos.column;
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    return code;
}
