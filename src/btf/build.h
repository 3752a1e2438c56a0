/* Writing BTF: types copied from other BTFs, and new sections of data, with one string
 * section in which every string is once.
 *
 * Adding cannot fail on the way: without memory, or where BTF has no room, nothing more
 * is added and sk_btf_build_finish says so. Strings that are given are borrowed until
 * then. */
#ifndef SK_BTF_BUILD_H
#define SK_BTF_BUILD_H

#include "base/blob.h"
#include "base/names.h"
#include "btf/btf.h"

struct sk_btf_build {
    struct sk_blob types, strings;
    struct sk_names names;
    uint32_t count; /* ids are below */
    int failed;
};

void sk_btf_build_init(struct sk_btf_build *build, const struct sk_mem *mem);
void sk_btf_build_fini(struct sk_btf_build *build);

/* The offset of a string. */
uint32_t sk_btf_build_string(struct sk_btf_build *build, const char *string);

/* Copies type `id`. What it refers to becomes map[id]; without a map, id + shift. */
struct sk_btf_ids {
    const uint32_t *map;
    uint32_t shift;
};
static inline uint32_t sk_btf_mapped(const struct sk_btf_ids *ids, uint32_t id)
{
    if (ids->map)
        return ids->map[id];
    return id ? id + ids->shift : 0;
}
void sk_btf_build_copy(struct sk_btf_build *build, const struct sk_btf *from, uint32_t id,
                       const struct sk_btf_ids *ids);

/* A DATASEC, to be followed by `vlen` variables. */
void sk_btf_build_datasec(struct sk_btf_build *build, const char *name, uint32_t size,
                          uint32_t vlen);
void sk_btf_build_secvar(struct sk_btf_build *build, uint32_t type, uint32_t offset,
                         uint32_t size);

/* Adds it all to the blob. */
enum skep_code sk_btf_build_finish(const struct sk_btf_build *build, struct sk_blob *blob,
                                   struct skep_err *err);

#endif
