/* Bytes drive the generator of random programs: every input is a good program of one of
 * its modes, which all builds of the interpreter and the model must run alike.
 *
 *     byte 0          mode
 *     bytes 1 to 4    seed of start states and fuel
 *     from byte 5     the generator's decisions
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "check.h"

enum { HEAD = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_checker(struct checker *checker)
{
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = gen_helpers,
                                 .helper_count = GEN_HELPERS };
    struct sk_mem mem = sk_mem_default();

    if (sk_env_init(&checker->env, &mem, &opts, NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct checker checker; /* without the kernel */
    struct source source;
    struct gen_prog prog;
    enum gen_mode mode;

    if (!checker.env.block)
        open_checker(&checker);
    if (size < HEAD)
        return 0;
    mode = (enum gen_mode)(data[0] % (GEN_WILD + 1));
    source_bytes(&source, data + HEAD, size - HEAD);
    gen_program(&source, mode, &prog);
    if (check_program(&checker, mode, sk_load32(data + 1), &prog, stderr) ==
        VERDICT_AGREE)
        return 0;
    check_print(&checker, &prog, stderr);
    abort();
}
