/* The instance that test programs are loaded in: helpers of Linux's, so that the kernel
 * runs the same programs, and some of our own for what Linux's do not show. */
#include <stdlib.h>

#include "base/bits.h"
#include "skt.h"

/* long bpf_strtoul(const char *buf, size_t buf_len, u64 flags, unsigned long *res):
 * decimal digits only, as far as tests need it. */
static uint64_t strtoul_helper(uint64_t buf, uint64_t len, uint64_t flags, uint64_t res,
                               uint64_t a5, skep_call *call)
{
    const char *digits = (const char *)(uintptr_t)buf;
    uint64_t used = 0, value = 0;

    (void)flags, (void)a5, (void)call;
    for (; used < len && digits[used] >= '0' && digits[used] <= '9'; used++)
        value = value * 10 + (uint64_t)(digits[used] - '0');
    sk_store64((void *)(uintptr_t)res, value);
    return used;
}

/* Which argument is which. */
static uint64_t weigh(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                      skep_call *call)
{
    (void)call;
    return a1 + 10 * a2 + 100 * a3 + 1000 * a4 + 10000 * a5;
}

/* 16 bytes of memory of the host's. */
static uint64_t lend_cell(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                          skep_call *call)
{
    static uint64_t cell[2];

    (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    cell[0] = a1;
    cell[1] = ~a1;
    return a1 ? (uint64_t)(uintptr_t)cell : 0;
}

static uint64_t give_nothing(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                             uint64_t a5, skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return 77;
}

static uint64_t give_up(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                        skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    skep_call_abort(call, "as it was told to");
    return 0;
}

/* The sum of the bytes from a1 to a1 + a2, which may be none. */
static uint64_t sum_bytes(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                          skep_call *call)
{
    uint64_t sum = 0;

    (void)a3, (void)a4, (void)a5, (void)call;
    for (uint64_t i = 0; i < a2; i++)
        sum += ((const uint8_t *)(uintptr_t)a1)[i];
    return sum;
}

static uint64_t check_ctx(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                          skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return 1;
}

/* long bpf_loop(u32 nr_loops, void *callback_fn, void *callback_ctx, u64 flags): calls
 * callback_fn(i, callback_ctx) for i from 0 on, until it returns not 0. */
static uint64_t loop_helper(uint64_t count, uint64_t function, uint64_t context,
                            uint64_t flags, uint64_t a5, skep_call *call)
{
    enum { EINVAL_ = -22, E2BIG_ = -7, MAX_LOOPS = 8 * 1024 * 1024 };
    uint32_t i = 0;

    (void)a5;
    if (flags)
        return (uint64_t)EINVAL_;
    if ((uint32_t)count > MAX_LOOPS)
        return (uint64_t)E2BIG_;
    while (i < (uint32_t)count) {
        uint64_t args[5] = { i, context }, stop = 0;

        if (skep_call_function(call, function, args, &stop))
            return 0;
        i++;
        if (stop)
            break;
    }
    return i;
}

/* What a1(a2, a3, a4, a5, 5) returns. */
static uint64_t call_helper(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    uint64_t args[5] = { a2, a3, a4, a5, 5 }, r0 = 0;

    return skep_call_function(call, a1, args, &r0) ? 0 : r0;
}

/* Goes on with the program that runs, from its beginning. */
static uint64_t tail_helper(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    return (uint64_t)(int64_t)skep_call_tail(call, skep_call_user(call));
}

skep_vm *skt_host_new(void)
{
    static const struct skep_helper helpers[] = {
        { .id = 106,
          .name = "bpf_strtoul",
          .fn = strtoul_helper,
          .arg = { SKEP_ARG_MEM_READ, SKEP_ARG_SIZE, SKEP_ARG_ANY, SKEP_ARG_MEM_WRITE },
          .arg_size = { [3] = 8 } },
        { .id = 181,
          .name = "bpf_loop",
          .fn = loop_helper,
          .arg = { SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY } },
        { .id = 0x10000,
          .name = "skt_weigh",
          .fn = weigh,
          .arg = { SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY,
                   SKEP_ARG_ANY } },
        { .id = 0x10001,
          .name = "skt_cell",
          .fn = lend_cell,
          .arg = { SKEP_ARG_ANY },
          .ret = SKEP_RET_MEM,
          .ret_size = 16 },
        { .id = 0x10002, .name = "skt_void", .fn = give_nothing, .ret = SKEP_RET_VOID },
        { .id = 0x10003, .name = "skt_abort", .fn = give_up },
        { .id = 0x10004,
          .name = "skt_sum",
          .fn = sum_bytes,
          .arg = { SKEP_ARG_MEM_READ, SKEP_ARG_SIZE0 } },
        { .id = 0x10005, .name = "skt_ctx", .fn = check_ctx, .arg = { SKEP_ARG_CTX } },
        { .id = 0x10006,
          .name = "skt_call",
          .fn = call_helper,
          .arg = { SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY,
                   SKEP_ARG_ANY } },
        { .id = 0x10010, .name = "skt_tail", .fn = tail_helper, .arg = { SKEP_ARG_ANY } },
    };
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = helpers,
                                 .helper_count = SK_LEN(helpers) };
    skep_vm *vm = NULL;

    if (skep_vm_new(&opts, &vm, NULL))
        abort();
    return vm;
}
