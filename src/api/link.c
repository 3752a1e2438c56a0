/* Linking objects. */
#include <skep_object.h>

#include "api/vm.h"
#include "link/link.h"

enum skep_code skep_link(skep_vm *vm, const struct skep_link_input *inputs, size_t count,
                         void **out, size_t *out_len, struct skep_err *err)
{
    struct sk_blob blob;
    enum skep_code code;

    SK_TRY(sk_api_need(vm, "vm", err));
    SK_TRY(sk_api_need(inputs, "inputs", err));
    SK_TRY(sk_api_need(out, "the place of the result", err));
    SK_TRY(sk_api_need(out_len, "out_len", err));
    for (size_t i = 0; i < count; i++)
        SK_TRY(sk_api_need(inputs[i].data, "an input's data", err));
    sk_blob_init(&blob, &vm->mem);
    code = sk_link(inputs, count, &blob, err);
    if (!code)
        code = sk_blob_give(&blob, out, out_len, err);
    sk_blob_fini(&blob);
    return code;
}
