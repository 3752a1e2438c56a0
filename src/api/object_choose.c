/* Which program of an object is meant: the one that is named, the only one, or of those whose
 * sections say nothing the one that other objects could see. */
#include <stdio.h>
#include <string.h>

#include "api/object.h"
#include "base/escape.h"

const char *sk_api_program_name(const struct skep_object *object, uint32_t index)
{
    return object->object.funcs[object->object.progs[index].func].name;
}

static int is_asked_for(const struct skep_object *object,
                        const struct skep_load_opts *opts, uint32_t index)
{
    return (!opts->name || !strcmp(sk_api_program_name(object, index), opts->name)) &&
           (!opts->section ||
            !strcmp(object->object.progs[index].section, opts->section));
}

/* "a, b, c", cut where there is no room. */
static void list_names(const struct skep_object *object,
                       const struct skep_load_opts *opts, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = 0;
    for (uint32_t i = 0; i < object->object.prog_count; i++) {
        char text[SK_SHOWN_MAX];
        size_t n;

        if (!is_asked_for(object, opts, i))
            continue;
        n = strlen(sk_shown(text, sk_api_program_name(object, i)));
        if (len + n + sizeof(", ...") >= size) {
            snprintf(buf + len, size - len, ", ...");
            return;
        }
        len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "", text);
    }
}

/* The object may have other functions of that name, which are no programs. */
enum skep_code sk_api_no_program(const struct skep_object *object, const char *name,
                                 struct skep_err *err)
{
    const struct skep_load_opts all = { .size = sizeof(all) };
    char text[SK_SHOWN_MAX], list[128];

    list_names(object, &all, list, sizeof(list));
    return sk_fail(err, E_NO_FUNCTION, sk_at_nothing(), sk_shown(text, name),
                   list[0] ? list : "none");
}

/* Of several programs whose sections say nothing the only global one, or `main`. */
static enum skep_code choose_plain(const struct skep_object *object,
                                   const struct skep_load_opts *opts, uint32_t *index)
{
    uint32_t globals = 0, global = 0, named = UINT32_MAX;

    for (uint32_t i = 0; i < object->object.prog_count; i++) {
        const struct sk_obj_prog *prog = &object->object.progs[i];

        if (!is_asked_for(object, opts, i))
            continue;
        if (prog->type)
            return SKEP_E_PROGRAMS;
        if (object->object.funcs[prog->func].is_global) {
            globals++;
            global = i;
        }
        if (!strcmp(sk_api_program_name(object, i), "main"))
            named = i;
    }
    if (globals != 1 && named == UINT32_MAX)
        return SKEP_E_PROGRAMS;
    *index = globals == 1 ? global : named;
    return SKEP_OK;
}

enum skep_code sk_api_object_choose(const struct skep_object *object,
                                    const struct skep_load_opts *opts, uint32_t *index,
                                    struct skep_err *err)
{
    uint32_t count = 0, found = 0;
    char text[160];

    for (uint32_t i = 0; i < object->object.prog_count; i++) {
        if (!is_asked_for(object, opts, i))
            continue;
        found = i;
        count++;
    }
    if (!count && opts->name)
        return sk_api_no_program(object, opts->name, err);
    if (!count && opts->section)
        return sk_fail(err, E_NO_SECTION, sk_at_nothing(), sk_shown(text, opts->section));
    if (!count)
        return sk_fail(err, E_FORMAT, sk_at_nothing(),
                       "no section of the object holds code");
    if (count > 1 && choose_plain(object, opts, &found)) {
        list_names(object, opts, text, sizeof(text));
        return sk_fail(err, E_PROGRAMS, sk_at_nothing(), count, text);
    }
    *index = found;
    return SKEP_OK;
}

enum skep_code skep_object_choose(const skep_object *object,
                                  const struct skep_load_opts *opts, uint32_t *index,
                                  struct skep_err *err)
{
    struct skep_load_opts o;

    SK_TRY(sk_api_need(object, "object", err));
    SK_TRY(sk_api_need(index, "index", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_load_opts", err));
    return sk_api_object_choose(object, &o, index, err);
}
