/* A program inside another program: rules for orders, written in assembly text, run over
 * orders of the host, with a context and a helper that the host defines. */
#include <skep.h>
#include <stdio.h>
#include <string.h>

struct order {
    uint32_t customer, quantity;
    uint64_t cents; /* the rule may lower it */
};

static uint64_t loyalty(uint64_t customer, uint64_t a2, uint64_t a3, uint64_t a4,
                        uint64_t a5, skep_call *call)
{
    const uint32_t *years = skep_call_user(call);

    (void)a2, (void)a3, (void)a4, (void)a5;
    return customer < 3 ? years[customer] : 0;
}

static const char rule[] =
    ".type order\n"
    "    r6 = r1\n"
    "    r1 = ctx.customer\n"
    "    call loyalty\n"
    "    if r0 < 5 goto out      ; less than five years: full price\n"
    "    r1 = ctx(r6).cents\n"
    "    r1 *= 90\n"
    "    r1 /= 100\n"
    "    ctx(r6).cents = r1\n"
    "out:exit\n";

int main(void)
{
    static const struct skep_field fields[] = {
        { "customer", 0, 4, 0 },
        { "quantity", 4, 4, 0 },
        { "cents", 8, 8, SKEP_FIELD_WRITE },
    };
    static const struct skep_type type = { "order", sizeof(struct order), fields, 3 };
    static const struct skep_helper helper = {
        .id = 1000, .name = "loyalty", .fn = loyalty, .arg = { SKEP_ARG_ANY }
    };
    struct skep_vm_opts vm_opts = { .size = sizeof(vm_opts),
                                    .helpers = &helper,
                                    .helper_count = 1,
                                    .types = &type,
                                    .type_count = 1 };
    uint32_t years[] = { 0, 7, 2 };
    struct order order = { .customer = 1, .quantity = 3, .cents = 6000 };
    struct skep_run_opts run = {
        .size = sizeof(run), .ctx = &order, .ctx_len = sizeof(order), .user = years
    };
    struct skep_result res = { .size = sizeof(res) };
    skep_prog *prog = NULL;
    skep_vm *vm = NULL;
    struct skep_err err;

    if (skep_vm_new(&vm_opts, &vm, &err) ||
        skep_load(vm, rule, strlen(rule), NULL, &prog, &err) ||
        skep_run(prog, &run, &res, &err))
        fprintf(stderr, "%s\n", err.message);
    else
        printf("%llu years a customer: %llu cents\n", (unsigned long long)res.r0,
               (unsigned long long)order.cents);
    skep_prog_free(prog);
    skep_vm_free(vm);
    return order.cents == 5400 ? 0 : 1;
}
