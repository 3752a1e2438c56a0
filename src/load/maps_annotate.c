/* Types of legacy maps. Objects had BTF before they had .maps, and told it which types map NAME
 * has by a variable of
 *
 *     struct ____btf_map_NAME {
 *         KEY key;
 *         VALUE value;
 *     };
 *
 * which is of no other use. As the loaders of that time did, those whose sizes are not the
 * map's are passed over. */
#include "base/sort.h"
#include "load/maps.h"

static const char prefix[] = "____btf_map_";

/* Indices of the maps, by name. */
struct by_name {
    uint32_t *maps;
    uint32_t count;
};

static int name_before(const void *a, const void *b, const void *ctx)
{
    const struct sk_object *o = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    int order = sk_obj_name_cmp(o->maps[i].name, o->maps[k].name);

    return order ? order < 0 : i < k;
}

/* A name, and the object whose maps it is looked for among. */
struct wanted {
    const struct sk_object *object;
    const char *name;
};

static int is_before_wanted(const void *item, const void *key)
{
    const struct wanted *wanted = key;

    return sk_obj_name_cmp(wanted->object->maps[*(const uint32_t *)item].name,
                           wanted->name) < 0;
}

/* The first map of that name; NULL: none. */
static struct sk_obj_map *map_named(struct sk_object *o, const struct by_name *by_name,
                                    const char *name)
{
    const struct wanted wanted = { o, name };
    size_t i = sk_lower_bound(by_name->maps, by_name->count, sizeof(by_name->maps[0]),
                              is_before_wanted, &wanted);
    struct sk_obj_map *map = i < by_name->count ? &o->maps[by_name->maps[i]] : NULL;

    return map && !sk_obj_name_cmp(map->name, name) ? map : NULL;
}

static int is_annotation(const struct sk_btf_type *type)
{
    return type->kind == SK_BTF_STRUCT && type->vlen == 2 &&
           !strncmp(type->name, prefix, sizeof(prefix) - 1);
}

/* Whether member i has the name and size; *type is its type then. */
static int read_member(const struct sk_btf *btf, const struct sk_btf_type *annotation,
                       uint32_t i, const char *name, uint32_t size, uint32_t *type)
{
    struct sk_btf_member member = sk_btf_member(btf, annotation, i);
    uint64_t bytes;

    if (strcmp(member.name, name) || !sk_btf_size(btf, member.type, &bytes) ||
        bytes != size)
        return 0;
    *type = member.type;
    return 1;
}

static void annotate(struct sk_object *o, const struct by_name *by_name,
                     const struct sk_btf_type *type)
{
    struct sk_obj_map *map = map_named(o, by_name, type->name + sizeof(prefix) - 1);
    uint32_t key, value;

    if (!map || map->key_type || map->value_type || !sk_maps_has_types(map->def.kind) ||
        !read_member(&o->btf, type, 0, "key", map->def.key_size, &key) ||
        !read_member(&o->btf, type, 1, "value", map->def.value_size, &value))
        return;
    map->key_type = key;
    map->value_type = value;
}

static enum skep_code sort_names(const struct sk_maps_maker *maker,
                                 struct by_name *by_name)
{
    const struct sk_object *o = maker->object;

    by_name->count = o->map_count;
    by_name->maps = sk_mem_new(&o->mem, o->map_count, sizeof(by_name->maps[0]));
    if (!by_name->maps)
        return sk_fail(maker->err, E_NO_MEMORY, sk_at_nothing(),
                       o->map_count * sizeof(by_name->maps[0]));
    for (uint32_t i = 0; i < o->map_count; i++)
        by_name->maps[i] = i;
    sk_sort(by_name->maps, o->map_count, sizeof(by_name->maps[0]), name_before, o);
    return SKEP_OK;
}

enum skep_code sk_maps_annotate(const struct sk_maps_maker *maker)
{
    struct sk_object *o = maker->object;
    struct by_name by_name = { NULL, 0 };

    for (uint32_t id = 1; o->has_btf && id < sk_btf_count(&o->btf); id++) {
        struct sk_btf_type type = sk_btf_type(&o->btf, id);

        if (!is_annotation(&type))
            continue;
        if (!by_name.maps)
            SK_TRY(sort_names(maker, &by_name));
        annotate(o, &by_name, &type);
    }
    sk_mem_free(&o->mem, by_name.maps, by_name.count, sizeof(by_name.maps[0]));
    return SKEP_OK;
}
