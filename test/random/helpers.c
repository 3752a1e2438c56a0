/* The helpers that random programs call: pure, or over memory that the run gave them. */
#include <string.h>

#include "base/bits.h"
#include "generate.h"

static uint64_t mix_numbers(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    (void)call;
    return a1 * 3 + (a2 ^ a3) * 5 - (a4 >> 7) + (a5 << 9);
}

/* Memory that the run may then use: the caller's `user`. */
static uint64_t give_memory(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    (void)a2, (void)a3, (void)a4, (void)a5;
    return a1 % 5 ? (uint64_t)(uintptr_t)skep_call_user(call) : 0;
}

static uint64_t sum_memory(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                           uint64_t a5, skep_call *call)
{
    const uint8_t *at = (const uint8_t *)(uintptr_t)a1;
    uint64_t sum = 0;

    (void)a3, (void)a4, (void)a5, (void)call;
    for (uint64_t i = 0; i < a2; i++)
        sum = sum * 31 + at[i];
    return sum;
}

static uint64_t fill_memory(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                            uint64_t a5, skep_call *call)
{
    (void)a4, (void)a5, (void)call;
    if (a2)
        memset((void *)(uintptr_t)a1, (int)(uint8_t)a3, a2 / 2 + 1);
    return 0;
}

/* Looks at 8 bytes of memory, and ends the run by what it sees. */
static uint64_t judge_memory(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                             uint64_t a5, skep_call *call)
{
    uint64_t value = sk_load64((const void *)(uintptr_t)a1);

    (void)a3, (void)a4, (void)a5;
    if (value % 3 == 0)
        skep_call_abort(call, "the number is divisible by 3");
    return (uint64_t)skep_call_readable(call, a1, a2) << 1 |
           (uint64_t)skep_call_writable(call, a1 - 8, a2);
}

/* Calls the function a1 once or twice. */
static uint64_t call_function(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                              uint64_t a5, skep_call *call)
{
    uint64_t args[5] = { a2, a3, a4, a5, 5 }, r0 = 0;

    for (uint64_t i = 0; i <= a5 % 2; i++) {
        if (skep_call_function(call, a1, args, &r0))
            return 0;
        args[4] = r0;
    }
    return r0;
}

const struct skep_helper gen_helpers[GEN_HELPERS] = {
    { .id = 1,
      .name = "mix_numbers",
      .fn = mix_numbers,
      .arg = { SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY } },
    { .id = 2,
      .name = "give_memory",
      .fn = give_memory,
      .arg = { SKEP_ARG_ANY },
      .ret = SKEP_RET_MEM,
      .ret_size = 64 },
    { .id = 3,
      .name = "sum_memory",
      .fn = sum_memory,
      .arg = { SKEP_ARG_MEM_READ, SKEP_ARG_SIZE } },
    { .id = 4,
      .name = "fill_memory",
      .fn = fill_memory,
      .arg = { SKEP_ARG_MEM_WRITE, SKEP_ARG_SIZE0, SKEP_ARG_ANY },
      .ret = SKEP_RET_VOID },
    { .id = 5,
      .name = "judge_memory",
      .fn = judge_memory,
      .arg = { SKEP_ARG_MEM_READ },
      .arg_size = { 8 } },
    { .id = GEN_CALLS_BACK,
      .name = "call_function",
      .fn = call_function,
      .arg = { SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY, SKEP_ARG_ANY } },
};
