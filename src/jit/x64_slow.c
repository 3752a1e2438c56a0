/* What is out of the way: stubs at the end of each function, one for each check that may fail,
 * and routines at the end of the program that all stubs share.
 *
 *     stub:    lea T0, [address]; mov T1d, pc; call routine; jmp back
 *     medium:  is it the stack? return; else
 *     slow:    all registers to run->regs; sk_jit_slow(run, pc, address, what, prog);
 *              leave by the gate, or all registers from run->regs; return, the answer in T0
 *     helper:  take fuel, or a fault; r0 to r5 to run->regs; jmp to the helper in C, which returns
 *              to who called this routine
 *     after:   the pc and r0 to r5 from the run; slow */
#include "jit/x64.h"

uint32_t x64_helper_label(struct x64 *t, uint32_t index)
{
    return sk_label_of(&t->buf, &t->helpers, t->prog->env->helper_count, index);
}

void x64_call_shared(struct x64 *t, enum sk_shared shared)
{
    EMIT(t, mov_ri, T1, t->pc);
    sk_code_jump(&t->buf, X64_CALL, sk_shared_label(&t->buf, t->shared, shared));
}

uint32_t x64_stub(struct x64 *t, enum sk_shared shared, struct x64_mem mem)
{
    int returns = shared != SK_S_FAULT_AT && shared != SK_S_TAIL;

    return sk_stub_add(&t->buf, &t->stubs,
                       (struct sk_stub){ .pc = t->pc,
                                         .back = returns ? 0 : SK_NO_WAY_BACK,
                                         .shared = (uint8_t)shared,
                                         .base = mem.base,
                                         .index = mem.index,
                                         .scale = mem.scale,
                                         .off = mem.disp });
}

static void emit_stub(struct x64 *t, const struct sk_stub *stub)
{
    struct x64_mem mem = { stub->base, stub->index, stub->scale, stub->off };

    sk_code_room(&t->buf);
    sk_code_slow_line(&t->buf, stub->pc);
    sk_code_bind(&t->buf, stub->label);
    if (stub->shared == SK_S_TAIL) {
        x64_unwind(t);
        sk_code_jump(&t->buf, X64_JMP, sk_shared_label(&t->buf, t->shared, SK_S_TAIL));
        x64_unwound(t);
        return;
    }
    if (mem.base != X64_NONE)
        EMIT(t, lea, 64, T0, mem);
    else if (mem.disp) /* the fuel that was too little: x64_charge */
        EMIT(t, alu_ri, X64_ADD, 64, FUEL, mem.disp);
    t->pc = stub->pc;
    x64_call_shared(t, stub->shared);
    if (stub->back != SK_NO_WAY_BACK)
        sk_code_jump(&t->buf, X64_JMP, stub->back);
}

void x64_stubs(struct x64 *t)
{
    for (uint32_t n = 0; n < t->stubs.count && !t->buf.failed; n++)
        emit_stub(t, &t->stubs.list[n]);
    t->stubs.count = 0;
}

/* T0: address, T1: pc; they stay. */
static void medium(struct x64 *t, unsigned size, int write)
{
    struct x64_mem shadow = x64_at(T0, X64_SHADOW);
    uint32_t slow = sk_shared_label(&t->buf, t->shared, SK_S_SLOW),
             below = sk_code_label(&t->buf), above = sk_code_label(&t->buf);

    EMIT(t, alu_rm, X64_SUB, 64, T0, X64_AT_RUN(stack_low));
    sk_code_jump(&t->buf, X64_B, below);
    EMIT(t, alu_ri, X64_ADD, 64, T0, (int32_t)size);
    EMIT(t, alu_rm, X64_CMP, 64, T0, X64_AT_RUN(stack_span));
    sk_code_jump(&t->buf, X64_A, above);
    EMIT(t, alu_ri, X64_SUB, 64, T0, (int32_t)size);
    EMIT(t, alu_rm, X64_ADD, 64, T0, X64_AT_RUN(stack_low));
    if (write) {
        EMIT(t, store_i, size * 8, shadow, 0);
    } else {
        if (size == 2)
            EMIT(t, cmp16_mi8, shadow, 0);
        else
            EMIT(t, alu_mi, X64_CMP, size * 8, shadow, 0);
        sk_code_jump(&t->buf, X64_NE, slow);
    }
    EMIT(t, ret);
    sk_code_bind(&t->buf, above);
    EMIT(t, alu_ri, X64_SUB, 64, T0, (int32_t)size);
    sk_code_bind(&t->buf, below);
    EMIT(t, alu_rm, X64_ADD, 64, T0, X64_AT_RUN(stack_low));
    sk_code_jump(&t->buf, X64_JMP, slow);
}

/* A frame of a checked program that tracks nothing: as sk_run_enter. */
static void enter(struct x64 *t)
{
    EMIT(t, alu_mi, X64_ADD, 32, X64_AT_RUN(depth), 1);
    EMIT(t, alu_mi, X64_SUB, 64, X64_AT_RUN(stack_low), SK_STACK_BYTES);
    EMIT(t, alu_mi, X64_ADD, 64, X64_AT_RUN(stack_span), SK_STACK_BYTES);
    EMIT(t, alu_ri, X64_SUB, 64, X64_RBP, SK_STACK_BYTES);
    EMIT(t, ones_xmm0);
    for (int at = -SK_STACK_BYTES; at < 0; at += 16)
        EMIT(t, store_xmm0, x64_at(X64_RBP, at + X64_SHADOW));
    EMIT(t, ret);
}

/* reg = the program's address. */
static void put_prog(struct x64 *t, unsigned reg)
{
    EMIT(t, mov_ri64, reg, 0);
    t->buf.at -= 8;
    sk_code_reloc(&t->buf, SKEP_RELOC_ABS64, SK_SYM_PROG);
    t->buf.at += 8;
}

/* r0 to `last`. */
static void some_registers(struct x64 *t, unsigned last, int store)
{
    for (unsigned r = SK_R0; r <= last; r++) {
        if (store)
            EMIT(t, store, 64, X64_AT_RUN(regs[r]), x64_home[r]);
        else
            EMIT(t, load, 64, x64_home[r], X64_AT_RUN(regs[r]));
    }
}

static void all_registers(struct x64 *t, int store)
{
    some_registers(t, SK_R10, store);
}

/* Fuel, which is C's while C runs. */
void x64_fuel(struct x64 *t, int store)
{
    if (!x64_has(t, SK_JIT_METERED))
        return;
    if (store)
        EMIT(t, store, 64, X64_AT_RUN(fuel), FUEL);
    else
        EMIT(t, load, 64, FUEL, X64_AT_RUN(fuel));
}

/* Registers and T1 as they were at the call of a helper: it has left the others alone. */
static void before_call(struct x64 *t)
{
    some_registers(t, SK_R5, 0);
    x64_fuel(t, 0);
    EMIT(t, load, 32, T1, X64_AT_RUN(call.pc));
}

/* As sk_run_call does where there is nothing to look at. T1: pc. */
static void helper(struct x64 *t, uint32_t index)
{
    uint32_t fault;

    if (x64_has(t, SK_JIT_METERED)) {
        fault = sk_shared_label(&t->buf, t->shared, SK_S_FAULT_AT);
        EMIT(t, test_rr, 64, FUEL, FUEL);
        sk_code_jump(&t->buf, X64_E, fault);
        EMIT(t, load, 64, T0, X64_AT_RUN(stop));
        EMIT(t, alu_mi, X64_CMP, 32, x64_at(T0, 0), 0);
        sk_code_jump(&t->buf, X64_NE, fault);
        EMIT(t, dec, 64, FUEL);
        x64_fuel(t, 1);
    }
    some_registers(t, SK_R5, 1);
    EMIT(t, store, 32, X64_AT_RUN(call.pc), T1);
    if (t->survey.calls_functions) { /* one of them may have left to another program */
        put_prog(t, T0);
        EMIT(t, store, 64, X64_AT_RUN(prog), T0);
    }
    EMIT(t, lea, 64, X64_R9, X64_AT_RUN(call));
    sk_code_reloc(&t->buf, SKEP_RELOC_JUMP, SK_SYM_HELPER + index);
    EMIT(t, mov_ri64, X64_RAX, 0);
    EMIT(t, jmp_r, X64_RAX);
}

static void helpers(struct x64 *t)
{
    for (uint32_t n = 0; t->helpers && n < t->prog->env->helper_count; n++) {
        if (!t->helpers[n])
            continue;
        sk_code_room(&t->buf);
        sk_code_bind(&t->buf, t->helpers[n]);
        helper(t, n);
    }
}

/* The common part. T1: the pc and, in its low bits, what it is about. */
enum { WHAT_BITS = 3 };
_Static_assert(SK_SLOW_LEAVE < 1 << WHAT_BITS, "WHAT_BITS");

static void call_c(struct x64 *t, uint32_t common, uint32_t fault)
{
    sk_code_room(&t->buf);
    sk_code_bind(&t->buf, common);
    all_registers(t, 1);
    x64_fuel(t, 1);
    EMIT(t, lea, 64, X64_RDI, x64_at(RUN, -X64_RUN_AT));
    EMIT(t, mov_rr, 32, X64_RCX, T1);
    EMIT(t, alu_ri, X64_AND, 32, X64_RCX, (1 << WHAT_BITS) - 1);
    EMIT(t, mov_rr, 32, X64_RSI, T1);
    EMIT(t, shift_ri, X64_SHR, 32, X64_RSI, WHAT_BITS);
    EMIT(t, mov_rr, 64, X64_RDX, T0);
    put_prog(t, X64_R8);
    EMIT(t, mov_rr, 64, X64_RBX, X64_RSP);
    sk_code_cfi(&t->buf, SK_CFI_CFA, x64_dwarf(X64_RBX), 8);
    sk_code_cfi(&t->buf, SK_CFI_LOST, x64_dwarf(X64_RBX), 0);
    EMIT(t, alu_ri, X64_AND, 64, X64_RSP, -16);
    sk_code_reloc(&t->buf, SKEP_RELOC_CALL, SK_SYM_SLOW);
    EMIT(t, mov_ri64, X64_RAX, 0);
    EMIT(t, call_r, X64_RAX);
    EMIT(t, mov_rr, 64, X64_RSP, X64_RBX);
    sk_code_cfi(&t->buf, SK_CFI_CFA, x64_dwarf(X64_RSP), 8);
    sk_code_cfi(&t->buf, SK_CFI_REMEMBER, 0, 0);
    EMIT(t, alu_ri, X64_CMP, 32, X64_RAX, SK_END);
    sk_code_jump(&t->buf, X64_E, fault);
    EMIT(t, mov_rr, 32, T0, X64_RAX);
    all_registers(t, 0);
    x64_fuel(t, 0);
    sk_code_cfi(&t->buf, SK_CFI_RESTORED, x64_dwarf(X64_RBX), 0);
    EMIT(t, ret);
    sk_code_cfi(&t->buf, SK_CFI_RECALL, 0, 0);
}

/* Goes on in another program: run->regs has what it begins with, the frame's r6 to r9 are the
 * caller's. */
static void tail(struct x64 *t)
{
    for (unsigned r = 0; r < SK_REGS; r++) {
        if (r <= SK_R5 || r == SK_R10)
            EMIT(t, load, 64, x64_home[r], X64_AT_RUN(regs[r]));
    }
    EMIT(t, load, 64, T0, X64_AT_RUN(native_entry));
    EMIT(t, jmp_r, T0);
}

void x64_shared_code(struct x64 *t)
{
    uint32_t common = 0, fault = 0;

    sk_code_cfi(&t->buf, SK_CFI_START, 0, 0);
    sk_code_bind(&t->buf, sk_label_shared(t->prog));
    helpers(t);

    for (unsigned s = 0; s < SK_S_COUNT; s++) {
        if (!t->shared[s] || t->buf.failed)
            continue;
        sk_code_room(&t->buf);
        sk_code_bind(&t->buf, t->shared[s]);
        if (s < SK_S_SLOW) {
            medium(t, 1u << (s & 3), s >= 4);
        } else if (s == SK_S_ENTER && !t->prog->tracked) {
            enter(t);
        } else if (s == SK_S_TAIL) {
            tail(t);
        } else {
            if (!common) {
                common = sk_code_label(&t->buf);
                fault = sk_code_label(&t->buf);
            }
            if (s == SK_S_AFTER_CALL)
                before_call(t);
            EMIT(t, lea, 32, T1,
                 ((struct x64_mem){ X64_NONE, T1, WHAT_BITS, sk_slow_of[s] }));
            sk_code_jump(&t->buf, X64_JMP, common);
        }
    }
    if (!common)
        return;
    call_c(t, common, fault);
    sk_code_bind(&t->buf, fault);
    EMIT(t, load, 64, X64_RSP, X64_AT_RUN(native_sp));
    x64_in_gate(t);
    sk_code_jump(&t->buf, X64_JMP, t->fault_exit);
}
