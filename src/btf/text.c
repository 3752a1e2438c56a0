/* What the texts of BTF share. */
#include "btf/text.h"

enum { TEXT_MIN = 1 << 18, TEXT_TIMES = 64 };

void sk_btf_put_name(struct sk_out *out, const char *name)
{
    while (*name && !out->failed) {
        size_t n = 0;

        while (name[n] >= ' ' && name[n] <= '~')
            n++;
        sk_put(out, name, n);
        name += n;
        if (*name)
            sk_printf(out, "\\x%02x", (unsigned char)*name++);
    }
}

static int write_bounded(void *ctx, const char *text, size_t len)
{
    struct sk_bounded *b = ctx;

    if (len > b->left) {
        b->over = 1;
        return 1;
    }
    b->left -= len;
    sk_put(b->to, text, len);
    return b->to->failed;
}

void sk_bounded_init(struct sk_bounded *b, struct sk_out *to, uint64_t most)
{
    *b = (struct sk_bounded){ .to = to, .left = most };
    sk_out_writer(&b->out, write_bounded, b);
}

void sk_bounded_step(struct sk_bounded *b, uint64_t steps)
{
    if (b->left >= steps) {
        b->left -= steps;
    } else {
        b->over = 1;
        b->out.failed = 1;
    }
}

enum skep_code sk_bounded_end(const struct sk_bounded *b, const struct sk_btf *btf,
                              uint32_t id, struct skep_err *err)
{
    if (b->over)
        return sk_btf_fail_type(btf, id,
                                "types are used within each other so often, or are so "
                                "large, that they make too much text",
                                err);
    return b->to->failed ? sk_fail(err, E_OUTPUT, sk_at_nothing()) : SKEP_OK;
}

uint64_t sk_btf_text_max(const struct sk_btf *btf)
{
    uint64_t bytes = TEXT_MIN;

    for (; btf; btf = btf->base)
        bytes += (uint64_t)TEXT_TIMES * btf->len;
    return bytes;
}

enum skep_code sk_btf_fail_type(const struct sk_btf *btf, uint32_t id, const char *what,
                                struct skep_err *err)
{
    while (btf->base && id < btf->first)
        btf = btf->base;
    return sk_btf_fail(btf, id, id < btf->first ? 0 : btf->at[id - btf->first], err, "%s",
                       what);
}
