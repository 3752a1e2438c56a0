/* Linking: the steps. */
#include "link/link.h"

#include "link/parts.h"

static void begin(struct sk_link *l)
{
    sk_arena_init(&l->arena, l->mem);
    sk_names_init(&l->section_names, l->mem);
    sk_names_init(&l->globals, l->mem);
    sk_blob_init(&l->raw, l->mem);
    sk_blob_init(&l->btf, l->mem);
    sk_blob_init(&l->ext, l->mem);
    sk_btf_build_init(&l->build, l->mem);
}

static void end(struct sk_link *l)
{
    for (uint32_t f = 0; f < l->file_count; f++) {
        sk_btf_close(&l->files[f].btf);
        sk_names_fini(&l->files[f].types);
        sk_names_fini(&l->files[f].names);
    }
    sk_btf_close(&l->all);
    sk_btf_build_fini(&l->build);
    sk_blob_fini(&l->raw);
    sk_blob_fini(&l->btf);
    sk_blob_fini(&l->ext);
    sk_names_fini(&l->section_names);
    sk_names_fini(&l->globals);
    sk_arena_fini(&l->arena);
}

static enum skep_code open_all(struct sk_link *l, const struct skep_link_input *inputs,
                               size_t count, struct skep_err *err)
{
    if (!count || count >= UINT32_MAX)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "there is nothing to link");
    SK_TRY(sk_arena_new(&l->arena, &l->files, count, sizeof(l->files[0]), err));
    for (size_t i = 0; i < count; i++) {
        sk_names_init(&l->files[i].types, l->mem);
        sk_names_init(&l->files[i].names, l->mem);
        l->file_count++;
        SK_TRY(sk_link_open(l, &l->files[i], &inputs[i], err));
    }
    return SKEP_OK;
}

static enum skep_code link_all(struct sk_link *l, const struct skep_link_input *inputs,
                               size_t count, struct sk_blob *blob, struct skep_err *err)
{
    SK_TRY(open_all(l, inputs, count, err));
    SK_TRY(sk_link_gather(l, err));
    SK_TRY(sk_link_lay_out(l, err));
    SK_TRY(sk_link_symbols(l, err));
    SK_TRY(sk_link_relocs(l, err));
    SK_TRY(sk_link_vars(l, err));
    SK_TRY(sk_link_types(l, err));
    SK_TRY(sk_link_ext(l, err));
    return sk_link_write(l, blob, err);
}

enum skep_code sk_link(const struct skep_link_input *inputs, size_t count,
                       struct sk_blob *blob, struct skep_err *err)
{
    struct sk_link l = { .mem = blob->mem };
    enum skep_code code;

    begin(&l);
    code = link_all(&l, inputs, count, blob, err);
    end(&l);
    return code;
}
