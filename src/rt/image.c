/* The values of maps that a program refers to, as memory that it may use. */
#include "rt/image.h"

#include "base/sort.h"
#include "rt/map.h"

/* By address. */
static int before(const void *a, const void *b, const void *ctx)
{
    const struct sk_region *x = a, *y = b;

    (void)ctx;
    return x->base < y->base;
}

static void add(struct sk_image *image, const struct sk_map *map)
{
    image->values[image->value_count++] =
        (struct sk_region){ (uint64_t)(uintptr_t)map->values, map->bytes, map->name,
                            map->readonly ? SK_WRITE_NONE : SK_WRITE_ALL };
}

/* Marks the maps whose values are referred to; returns how many they are. */
static uint32_t mark(const struct sk_prog *prog, uint8_t *used)
{
    uint32_t count = 0;

    for (uint32_t pc = 0; pc < prog->count; pc++) {
        uint32_t index = (uint32_t)prog->insns[pc].imm - 1;

        if (!sk_map_of_value(prog, &prog->insns[pc]) || used[index])
            continue;
        used[index] = 1;
        count++;
    }
    return count;
}

enum skep_code sk_image_find_values(struct sk_image *image, struct skep_err *err)
{
    const struct sk_prog *prog = &image->prog;
    const struct sk_notes *notes = &prog->notes;
    uint8_t *used;
    uint32_t count;

    if (!notes->map_count)
        return SKEP_OK;
    used = sk_mem_new(&prog->mem, notes->map_count, 1);
    if (!used)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), (size_t)notes->map_count);
    count = mark(prog, used);
    if (count)
        image->values = sk_mem_new(&prog->mem, count, sizeof(image->values[0]));
    for (uint32_t i = 0; image->values && i < notes->map_count; i++) {
        if (used[i])
            add(image, notes->maps[i]);
    }
    sk_mem_free(&prog->mem, used, notes->map_count, 1);
    if (image->value_count != count)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       count * sizeof(image->values[0]));
    sk_sort(image->values, count, sizeof(image->values[0]), before, NULL);
    return SKEP_OK;
}

void sk_image_free_values(struct sk_image *image)
{
    sk_mem_free(&image->prog.mem, image->values, image->value_count,
                sizeof(image->values[0]));
    image->values = NULL;
    image->value_count = 0;
}

static int begins_up_to(const void *item, const void *key)
{
    return ((const struct sk_region *)item)->base <= *(const uint64_t *)key;
}

const struct sk_region *sk_image_value_at(const struct sk_image *image, uint64_t addr)
{
    size_t count = sk_lower_bound(image->values, image->value_count,
                                  sizeof(image->values[0]), begins_up_to, &addr);

    return count ? &image->values[count - 1] : NULL;
}
