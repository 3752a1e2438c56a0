/* Numbers of a running program as people read them. */
#include "place.h"

#include <inttypes.h>
#include <stdio.h>

enum { STACK_BYTES = 512, SMALL = 10 };

/* Whether the address lies in a block or right behind it, where pointers that walk it end
 * up. */
static int within(uint64_t value, const void *block, size_t len)
{
    uint64_t first = (uint64_t)(uintptr_t)block;

    return block && value >= first && value - first <= len;
}

static const char *offset_text(char *buf, size_t size, const char *region, int64_t offset)
{
    snprintf(buf, size, "%s%+" PRId64, region, offset);
    return buf;
}

/* An address in one of the stack's frames, which lie below their r10. */
static const char *stack_text(const struct places *places, uint64_t value, char *buf,
                              size_t size)
{
    for (uint32_t i = places->depth + 1; i-- > 0;) {
        uint64_t top = places->frames[i];
        char region[16] = "r10";

        if (top == 0 || value > top || top - value > STACK_BYTES)
            continue;
        if (i != places->depth)
            snprintf(region, sizeof(region), "frame%u", i);
        if (value == top)
            return snprintf(buf, size, "%s", region) < 0 ? NULL : buf;
        return offset_text(buf, size, region, (int64_t)(value - top));
    }
    return NULL;
}

/* An address in a map's values, or right behind them if no other map's are there. */
static const char *map_text(const struct places *places, uint64_t value, char *buf,
                            size_t size)
{
    struct skep_map_info map = { .size = sizeof(map) };
    const skep_object *handle = places->object->handle;
    const char *text = NULL;

    for (uint32_t i = 0; skep_object_map(handle, i, &map) == SKEP_OK; i++) {
        uint64_t offset = value - (uint64_t)(uintptr_t)map.data;

        if (!within(value, map.data, map.data_len) || (text && offset == map.data_len))
            continue;
        text = offset_text(buf, size, map.kernel_name, (int64_t)offset);
        if (offset < map.data_len)
            break;
    }
    return text;
}

const char *variable_at(const struct places *places, uint64_t addr)
{
    struct skep_variable_info var = { .size = sizeof(var) };
    const skep_object *handle = places->object->handle;

    for (uint32_t i = 0; skep_object_variable(handle, i, &var) == SKEP_OK; i++)
        if (var.data && addr - (uint64_t)(uintptr_t)var.data < var.bytes)
            return var.name;
    return NULL;
}

const char *place_text(const struct places *places, uint64_t value, char *buf,
                       size_t size)
{
    const struct context *context = places->context;
    uint64_t ctx = (uint64_t)(uintptr_t)context->ctx,
             data = (uint64_t)(uintptr_t)context->data;

    if (within(value, context->ctx, context->ctx_len))
        return offset_text(buf, size, "ctx", (int64_t)(value - ctx));
    if (within(value, context->data, context->data_len))
        return offset_text(buf, size, "data", (int64_t)(value - data));
    return stack_text(places, value, buf, size) ? buf
                                                : map_text(places, value, buf, size);
}

const char *value_text(const struct places *places, uint64_t value,
                       char buf[VALUE_TEXT_MAX])
{
    char place[VALUE_TEXT_MAX / 2];

    if (value < SMALL)
        snprintf(buf, VALUE_TEXT_MAX, "%" PRIu64, value);
    else if (place_text(places, value, place, sizeof(place)))
        snprintf(buf, VALUE_TEXT_MAX, "%s (0x%" PRIx64 ")", place, value);
    else
        snprintf(buf, VALUE_TEXT_MAX, "0x%" PRIx64 " (%" PRId64 ")", value,
                 (int64_t)value);
    return buf;
}

const char *field_at(const struct skep_type *type, uint64_t offset)
{
    for (size_t i = 0; type && i < type->field_count; i++)
        if (type->fields[i].offset == offset)
            return type->fields[i].name;
    return NULL;
}
