/* Linking objects. */
#include <skep_object.h>

#include <string.h>

#include "api/vm.h"
#include "link/link.h"

/* The caller's inputs as this library has them. */
static enum skep_code take_inputs(const struct skep_link_input *inputs, size_t count,
                                  struct skep_link_input *to, struct skep_err *err)
{
    for (size_t i = 0; i < count; i++) {
        const char *from = (const char *)inputs + i * inputs->size;
        size_t size;

        memcpy(&size, from, sizeof(size));
        if (size != inputs->size)
            return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                           "the elements of inputs have different sizes");
        SK_TRY(sk_api_options(from, &to[i], sizeof(to[i]), "skep_link_input", err));
        SK_TRY(sk_api_need(to[i].data, "an input's data", err));
    }
    return SKEP_OK;
}

static enum skep_code link_inputs(const struct sk_mem *mem,
                                  const struct skep_link_input *inputs, size_t count,
                                  void **out, size_t *out_len, struct skep_err *err)
{
    struct sk_blob blob;
    enum skep_code code;

    sk_blob_init(&blob, mem);
    code = sk_link(inputs, count, &blob, err);
    if (!code)
        code = sk_blob_give(&blob, out, out_len, err);
    sk_blob_fini(&blob);
    return code;
}

enum skep_code skep_link(skep_vm *vm, const struct skep_link_input *inputs, size_t count,
                         void **out, size_t *out_len, struct skep_err *err)
{
    struct skep_link_input *taken;
    enum skep_code code;

    SK_TRY(sk_api_need(vm, "vm", err));
    SK_TRY(sk_api_need(inputs, "inputs", err));
    SK_TRY(sk_api_need(out, "the place of the result", err));
    SK_TRY(sk_api_need(out_len, "out_len", err));
    if (count > UINT32_MAX)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "there are too many inputs");
    taken = sk_mem_new(&vm->mem, count, sizeof(*taken));
    if (!taken)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), count * sizeof(*taken));
    code = take_inputs(inputs, count, taken, err);
    if (!code)
        code = link_inputs(&vm->mem, taken, count, out, out_len, err);
    sk_mem_free(&vm->mem, taken, count, sizeof(*taken));
    return code;
}
