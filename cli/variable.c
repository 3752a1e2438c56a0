/* Global variables of objects, with their values. */
#include "variable.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "text.h"

static void put(const char *text)
{
    text_put(stdout, text, strlen(text));
}

/* "u32 limit", or its name if the type is not known. */
static const char *declaration(const struct object *object, uint32_t index,
                               const struct skep_variable_info *var,
                               char buf[DECLARATION_MAX])
{
    if (!skep_object_declaration(object->handle, index, buf, DECLARATION_MAX))
        snprintf(buf, DECLARATION_MAX, "%s", var->name);
    return buf;
}

void typed_text(const struct object *object, uint32_t type, const void *data,
                uint32_t bytes)
{
    if (object->info.btf && type &&
        skep_btf_print(object->info.btf, type, data, bytes, SKEP_PRINT_COMPACT,
                       write_stdout, NULL, NULL) == SKEP_OK)
        return;
    for (uint32_t i = 0; i < bytes; i++)
        printf("%s%02x", i ? " " : "", ((const unsigned char *)data)[i]);
}

static void value_text(const struct object *object, const struct skep_variable_info *var)
{
    if (!var->data)
        return;
    fputs(" = ", stdout);
    typed_text(object, var->type, var->data, var->bytes);
}

/* Whether programs may write it. */
static int is_writable(const struct object *object, const struct skep_variable_info *var)
{
    struct skep_map_info map = { .size = sizeof(map) };

    return var->data && skep_object_map(object->handle, var->map, &map) == SKEP_OK &&
           !map.frozen;
}

void variables_text(const struct object *object, int writable)
{
    struct skep_variable_info var = { .size = sizeof(var) };
    char text[DECLARATION_MAX];

    for (uint32_t i = 0; skep_object_variable(object->handle, i, &var) == SKEP_OK; i++) {
        if (writable && !is_writable(object, &var))
            continue;
        put(var.section);
        printf("+%" PRIu32 ": ", var.offset);
        put(declaration(object, i, &var, text));
        value_text(object, &var);
        putchar('\n');
    }
}

/* JSON that the library writes, kept to be put in whole. */
struct piece {
    char *text;
    size_t len, cap;
};

static int keep(void *ctx, const char *text, size_t len)
{
    struct piece *piece = ctx;

    if (piece->cap - piece->len <= len) {
        size_t cap = 2 * (piece->len + len + 1);
        char *more = realloc(piece->text, cap);

        if (!more)
            return 1;
        piece->text = more;
        piece->cap = cap;
    }
    memcpy(piece->text + piece->len, text, len);
    piece->text[piece->len += len] = 0;
    return 0;
}

void typed_json(struct jw *j, const char *key, const char *bytes_key,
                const struct object *object, uint32_t type, const void *data,
                uint32_t bytes)
{
    struct piece piece = { 0 };

    if (object->info.btf && type &&
        skep_btf_print(object->info.btf, type, data, bytes,
                       SKEP_PRINT_JSON | SKEP_PRINT_COMPACT, keep, &piece,
                       NULL) == SKEP_OK &&
        piece.len)
        jw_raw(j, key, piece.text);
    else
        jw_bytes(j, bytes_key, data, bytes);
    free(piece.text);
}

static void value_json(struct jw *j, const char *key, const char *bytes,
                       const struct object *object, const struct skep_variable_info *var)
{
    typed_json(j, key, bytes, object, var->type, var->data, var->bytes);
}

void variables_json(struct jw *j, const struct object *object)
{
    struct skep_variable_info var = { .size = sizeof(var) };
    char text[DECLARATION_MAX];

    jw_open(j, "variables", '[');
    for (uint32_t i = 0; skep_object_variable(object->handle, i, &var) == SKEP_OK; i++) {
        jw_open(j, NULL, '{');
        jw_str(j, "name", var.name);
        jw_str(j, "declaration", declaration(object, i, &var, text));
        jw_str(j, "section", var.section);
        jw_u64(j, "map_id", var.map + 1);
        jw_u64(j, "offset", var.offset);
        jw_u64(j, "size", var.bytes);
        if (var.data)
            value_json(j, "value", "bytes_of_value", object, &var);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

void variables_values(struct jw *j, const char *key, const struct object *object)
{
    struct skep_variable_info var = { .size = sizeof(var) };
    char name[DECLARATION_MAX];

    jw_open(j, key, '{');
    for (uint32_t i = 0; skep_object_variable(object->handle, i, &var) == SKEP_OK; i++) {
        uint32_t first = i;

        if (!is_writable(object, &var))
            continue;
        skep_object_find_variable(object->handle, var.name, &first, NULL);
        if (first == i)
            snprintf(name, sizeof(name), "%s", var.name);
        else
            snprintf(name, sizeof(name), "%s@%s+%" PRIu32, var.name, var.section,
                     var.offset);
        value_json(j, name, name, object, &var);
    }
    jw_close(j, '}');
}
