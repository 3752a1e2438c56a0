/* x86-64 encoders: one function an instruction or family of them, which knows no eBPF.
 *
 * Each writes at `p` and returns where the instruction ends; X64_MOST bytes must be there.
 * Registers are numbers 0 to 15 (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15). `w` is
 * the operand size in bits, 32 or 64 unless said otherwise; a 32-bit result clears the upper
 * half of its register. Names follow the manual's (AMD64 Architecture Programmer's Manual,
 * volume 3); operand order is Intel's: destination first. Immediates and displacements take
 * their shortest form.
 *
 *     [prefix] [REX or VEX] opcode... ModRM [SIB] [disp8 or disp32] [imm]
 *     ModRM: mod:2 reg:3 rm:3      SIB: scale:2 index:3 base:3 */
#ifndef SK_JIT_X64_ENC_H
#define SK_JIT_X64_ENC_H

#include <stdint.h>
#include <string.h>

enum { X64_MOST = 16 };

enum x64_reg {
    X64_RAX,
    X64_RCX,
    X64_RDX,
    X64_RBX,
    X64_RSP,
    X64_RBP,
    X64_RSI,
    X64_RDI,
    X64_R8,
    X64_R9,
    X64_R10,
    X64_R11,
    X64_R12,
    X64_R13,
    X64_R14,
    X64_R15,
    X64_NONE = 0xff
};

/* Memory at base + index << scale + disp; base and index may be X64_NONE, index not rsp. */
struct x64_mem {
    uint8_t base, index, scale;
    int32_t disp;
};

static inline struct x64_mem x64_at(unsigned base, int32_t disp)
{
    return (struct x64_mem){ (uint8_t)base, X64_NONE, 0, disp };
}

/* The eight operations of one encoding: by their digit. */
enum x64_alu { X64_ADD, X64_OR, X64_ADC, X64_SBB, X64_AND, X64_SUB, X64_XOR, X64_CMP };
enum x64_shift { X64_ROL, X64_ROR, X64_SHL = 4, X64_SHR, X64_SAR = 7 };

/* Condition codes; c ^ 1 is the opposite. */
enum x64_cc {
    X64_B = 2,
    X64_AE,
    X64_E,
    X64_NE,
    X64_BE,
    X64_A,
    X64_L = 12,
    X64_GE,
    X64_LE,
    X64_G
};

static inline int x64_is8(int64_t v)
{
    return v == (int8_t)v;
}

static inline uint8_t *x64_b(uint8_t *p, unsigned byte)
{
    *p = (uint8_t)byte;
    return p + 1;
}

static inline uint8_t *x64_d(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, 4);
    return p + 4;
}

/* REX, left out where it says nothing. `byte_reg`: the registers are bytes, of which sil and
 * the like need one. */
static inline uint8_t *x64_rex(uint8_t *p, unsigned w, unsigned reg, unsigned index,
                               unsigned base, unsigned needed)
{
    unsigned rex = (unsigned)(w == 64) << 3 | (reg >> 3 & 1) << 2 |
                   (index >> 3 & 1) << 1 | (base >> 3 & 1);

    return rex || needed ? x64_b(p, 0x40 | rex) : p;
}

/* ModRM with two registers. */
static inline uint8_t *x64_modrm_r(uint8_t *p, unsigned reg, unsigned rm)
{
    return x64_b(p, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

/* ModRM with memory, SIB and displacement. */
static inline uint8_t *x64_modrm_m(uint8_t *p, unsigned reg, struct x64_mem m)
{
    unsigned r = (reg & 7) << 3, mod;

    if (m.base == X64_NONE) {
        p = x64_b(p, r | 4);
        p = x64_b(p, (unsigned)m.scale << 6 |
                         (m.index == X64_NONE ? 4u : m.index & 7u) << 3 | 5);
        return x64_d(p, (uint32_t)m.disp);
    }
    mod = !m.disp && (m.base & 7) != X64_RBP ? 0 : x64_is8(m.disp) ? 0x40 : 0x80;
    if (m.index == X64_NONE && (m.base & 7) != X64_RSP) {
        p = x64_b(p, mod | r | (m.base & 7u));
    } else {
        p = x64_b(p, mod | r | 4);
        p = x64_b(p, (unsigned)m.scale << 6 |
                         (m.index == X64_NONE ? 4u : m.index & 7u) << 3 | (m.base & 7u));
    }
    if (mod == 0x40)
        return x64_b(p, (uint8_t)m.disp);
    return mod ? x64_d(p, (uint32_t)m.disp) : p;
}

static inline unsigned x64_ext(unsigned reg)
{
    return reg == X64_NONE ? 0 : reg;
}

/* opcode with (reg, rm = register) or (reg, memory). */
static inline uint8_t *x64_op_rr(uint8_t *p, unsigned w, unsigned opcode, unsigned reg,
                                 unsigned rm)
{
    p = x64_rex(p, w, reg, 0, rm, 0);
    return x64_modrm_r(x64_b(p, opcode), reg, rm);
}

static inline uint8_t *x64_op_rm(uint8_t *p, unsigned w, unsigned opcode, unsigned reg,
                                 struct x64_mem m)
{
    p = x64_rex(p, w, reg, x64_ext(m.index), x64_ext(m.base), 0);
    return x64_modrm_m(x64_b(p, opcode), reg, m);
}

/* 0F opcode with (reg, rm); `byte_rm`: rm is a byte register. */
static inline uint8_t *x64_0f_rr(uint8_t *p, unsigned w, unsigned opcode, unsigned reg,
                                 unsigned rm, unsigned byte_rm)
{
    p = x64_rex(p, w, reg, 0, rm, byte_rm && rm >= 4);
    return x64_modrm_r(x64_b(x64_b(p, 0x0f), opcode), reg, rm);
}

static inline uint8_t *x64_0f_rm(uint8_t *p, unsigned w, unsigned opcode, unsigned reg,
                                 struct x64_mem m)
{
    p = x64_rex(p, w, reg, x64_ext(m.index), x64_ext(m.base), 0);
    return x64_modrm_m(x64_b(x64_b(p, 0x0f), opcode), reg, m);
}

/* ---- Moves -------------------------------------------------------------------------- */

/* d = s   (MOV r, r) */
static inline uint8_t *x64_mov_rr(uint8_t *p, unsigned w, unsigned d, unsigned s)
{
    return x64_op_rr(p, w, 0x89, s, d);
}

/* d = imm, 64 bits, in the shortest form that keeps the flags; 0 takes 5 bytes. */
static inline uint8_t *x64_mov_ri(uint8_t *p, unsigned d, uint64_t imm)
{
    if (imm == (uint32_t)imm) {
        p = x64_rex(p, 32, 0, 0, d, 0);
        return x64_d(x64_b(p, 0xb8 | (d & 7)), (uint32_t)imm);
    }
    if (imm == (uint64_t)(int32_t)imm) {
        p = x64_rex(p, 64, 0, 0, d, 0);
        return x64_d(x64_modrm_r(x64_b(p, 0xc7), 0, d), (uint32_t)imm);
    }
    p = x64_b(x64_rex(p, 64, 0, 0, d, 0), 0xb8 | (d & 7));
    return x64_d(x64_d(p, (uint32_t)imm), (uint32_t)(imm >> 32));
}

/* d = imm, always 10 bytes (the last 8 are the immediate)   (MOV r64, imm64) */
static inline uint8_t *x64_mov_ri64(uint8_t *p, unsigned d, uint64_t imm)
{
    p = x64_b(x64_rex(p, 64, 0, 0, d, 0), 0xb8 | (d & 7));
    return x64_d(x64_d(p, (uint32_t)imm), (uint32_t)(imm >> 32));
}

/* d = w bits at m, zero-extended; w is 8, 16, 32 or 64   (MOVZX, MOV) */
static inline uint8_t *x64_load(uint8_t *p, unsigned w, unsigned d, struct x64_mem m)
{
    if (w < 32)
        return x64_0f_rm(p, 32, w == 8 ? 0xb6 : 0xb7, d, m);
    return x64_op_rm(p, w, 0x8b, d, m);
}

/* d = w bits at m, sign-extended to 64; w is 8, 16 or 32   (MOVSX, MOVSXD) */
static inline uint8_t *x64_load_sx(uint8_t *p, unsigned w, unsigned d, struct x64_mem m)
{
    if (w == 32)
        return x64_op_rm(p, 64, 0x63, d, m);
    return x64_0f_rm(p, 64, w == 8 ? 0xbe : 0xbf, d, m);
}

/* w bits at m = s; w is 8, 16, 32 or 64   (MOV m, r) */
static inline uint8_t *x64_store(uint8_t *p, unsigned w, struct x64_mem m, unsigned s)
{
    if (w == 16)
        p = x64_b(p, 0x66);
    p = x64_rex(p, w, s, x64_ext(m.index), x64_ext(m.base), w == 8 && s >= 4);
    return x64_modrm_m(x64_b(p, w == 8 ? 0x88 : 0x89), s, m);
}

/* w bits at m = imm, sign-extended from 32 bits   (MOV m, imm) */
static inline uint8_t *x64_store_i(uint8_t *p, unsigned w, struct x64_mem m, int32_t imm)
{
    if (w == 16)
        p = x64_b(p, 0x66);
    p = x64_rex(p, w, 0, x64_ext(m.index), x64_ext(m.base), 0);
    p = x64_modrm_m(x64_b(p, w == 8 ? 0xc6 : 0xc7), 0, m);
    if (w == 8)
        return x64_b(p, (uint8_t)imm);
    if (w == 16)
        return x64_b(x64_b(p, (uint8_t)imm), (uint8_t)(imm >> 8));
    return x64_d(p, (uint32_t)imm);
}

/* d = low bits of s, zero-extended; from is 8 or 16   (MOVZX) */
static inline uint8_t *x64_movzx(uint8_t *p, unsigned from, unsigned d, unsigned s)
{
    return x64_0f_rr(p, 32, from == 8 ? 0xb6 : 0xb7, d, s, from == 8);
}

/* d = low bits of s, sign-extended to w; from is 8, 16 or (w = 64) 32   (MOVSX, MOVSXD) */
static inline uint8_t *x64_movsx(uint8_t *p, unsigned w, unsigned from, unsigned d,
                                 unsigned s)
{
    if (from == 32)
        return x64_op_rr(p, 64, 0x63, d, s);
    return x64_0f_rr(p, w, from == 8 ? 0xbe : 0xbf, d, s, from == 8);
}

/* d = address of m   (LEA) */
static inline uint8_t *x64_lea(uint8_t *p, unsigned w, unsigned d, struct x64_mem m)
{
    return x64_op_rm(p, w, 0x8d, d, m);
}

/* d = the address behind this instruction + disp   (LEA, relative to rip) */
static inline uint8_t *x64_lea_rip(uint8_t *p, unsigned d, uint32_t disp)
{
    p = x64_rex(p, 64, d, 0, 0, 0);
    return x64_d(x64_b(x64_b(p, 0x8d), (d & 7u) << 3 | 5), disp);
}

/* d = bytes at m, reversed; w is 16 (upper bits stay), 32 or 64   (MOVBE) */
static inline uint8_t *x64_movbe(uint8_t *p, unsigned w, unsigned d, struct x64_mem m)
{
    if (w == 16)
        p = x64_b(p, 0x66);
    p = x64_rex(p, w, d, x64_ext(m.index), x64_ext(m.base), 0);
    return x64_modrm_m(x64_b(x64_b(x64_b(p, 0x0f), 0x38), 0xf0), d, m);
}

static inline uint8_t *x64_push(uint8_t *p, unsigned r)
{
    return x64_b(x64_rex(p, 32, 0, 0, r, 0), 0x50 | (r & 7));
}

static inline uint8_t *x64_pop(uint8_t *p, unsigned r)
{
    return x64_b(x64_rex(p, 32, 0, 0, r, 0), 0x58 | (r & 7));
}

/* Pushes an immediate, sign-extended to 64 bits   (PUSH imm32) */
static inline uint8_t *x64_push_i(uint8_t *p, int32_t imm)
{
    return x64_d(x64_b(p, 0x68), (uint32_t)imm);
}

/* PUSH and POP of 64 bits of memory. */
static inline uint8_t *x64_push_m(uint8_t *p, struct x64_mem m)
{
    return x64_op_rm(p, 32, 0xff, 6, m);
}

static inline uint8_t *x64_pop_m(uint8_t *p, struct x64_mem m)
{
    return x64_op_rm(p, 32, 0x8f, 0, m);
}

/* ---- Arithmetic --------------------------------------------------------------------- */

/* d op= s */
static inline uint8_t *x64_alu_rr(uint8_t *p, enum x64_alu op, unsigned w, unsigned d,
                                  unsigned s)
{
    return x64_op_rr(p, w, (unsigned)op << 3 | 1, s, d);
}

/* d op= memory */
static inline uint8_t *x64_alu_rm(uint8_t *p, enum x64_alu op, unsigned w, unsigned d,
                                  struct x64_mem m)
{
    return x64_op_rm(p, w, (unsigned)op << 3 | 3, d, m);
}

/* memory op= s */
static inline uint8_t *x64_alu_mr(uint8_t *p, enum x64_alu op, unsigned w,
                                  struct x64_mem m, unsigned s)
{
    return x64_op_rm(p, w, (unsigned)op << 3 | 1, s, m);
}

/* d op= imm, sign-extended */
static inline uint8_t *x64_alu_ri(uint8_t *p, enum x64_alu op, unsigned w, unsigned d,
                                  int32_t imm)
{
    if (x64_is8(imm)) {
        p = x64_op_rr(p, w, 0x83, op, d);
        return x64_b(p, (uint8_t)imm);
    }
    if (d == X64_RAX)
        return x64_d(x64_b(x64_rex(p, w, 0, 0, 0, 0), (unsigned)op << 3 | 5),
                     (uint32_t)imm);
    return x64_d(x64_op_rr(p, w, 0x81, op, d), (uint32_t)imm);
}

/* memory op= imm; w is 8 (imm of 8 bits), 32 or 64 */
static inline uint8_t *x64_alu_mi(uint8_t *p, enum x64_alu op, unsigned w,
                                  struct x64_mem m, int32_t imm)
{
    if (w == 8)
        return x64_b(x64_op_rm(p, 32, 0x80, op, m), (uint8_t)imm);
    if (x64_is8(imm))
        return x64_b(x64_op_rm(p, w, 0x83, op, m), (uint8_t)imm);
    return x64_d(x64_op_rm(p, w, 0x81, op, m), (uint32_t)imm);
}

/* 16 bits of memory compared with an immediate of 8 bits, sign-extended. */
static inline uint8_t *x64_cmp16_mi8(uint8_t *p, struct x64_mem m, int32_t imm)
{
    return x64_b(x64_op_rm(x64_b(p, 0x66), 32, 0x83, X64_CMP, m), (uint8_t)imm);
}

/* flags of d & s, of d & imm   (TEST); imm of a byte register where its bits permit it */
static inline uint8_t *x64_test_rr(uint8_t *p, unsigned w, unsigned d, unsigned s)
{
    return x64_op_rr(p, w, 0x85, s, d);
}

static inline uint8_t *x64_test_ri(uint8_t *p, unsigned w, unsigned d, int32_t imm)
{
    if (imm >= 0 && imm <= 0x7f) {
        if (d == X64_RAX)
            return x64_b(x64_b(p, 0xa8), (uint8_t)imm);
        p = x64_rex(p, 32, 0, 0, d, d >= 4);
        return x64_b(x64_modrm_r(x64_b(p, 0xf6), 0, d), (uint8_t)imm);
    }
    if (imm >= 0)
        w = 32;
    if (d == X64_RAX)
        return x64_d(x64_b(x64_rex(p, w, 0, 0, 0, 0), 0xa9), (uint32_t)imm);
    return x64_d(x64_op_rr(p, w, 0xf7, 0, d), (uint32_t)imm);
}

/* flags of memory & imm, 8 to 64 bits but 16 */
static inline uint8_t *x64_test_mi(uint8_t *p, unsigned w, struct x64_mem m, int32_t imm)
{
    if (w == 8)
        return x64_b(x64_op_rm(p, 32, 0xf6, 0, m), (uint8_t)imm);
    return x64_d(x64_op_rm(p, w, 0xf7, 0, m), (uint32_t)imm);
}

/* One-operand group: 2 NOT, 3 NEG, 4 MUL (rdx:rax = rax * d), 5 IMUL (the same, signed),
 * 6 DIV, 7 IDIV */
enum x64_unary { X64_NOT = 2, X64_NEG, X64_MUL, X64_IMUL, X64_DIV, X64_IDIV };
static inline uint8_t *x64_unary(uint8_t *p, enum x64_unary op, unsigned w, unsigned d)
{
    return x64_op_rr(p, w, 0xf7, op, d);
}

/* d++, d-- (INC, DEC) */
static inline uint8_t *x64_inc(uint8_t *p, unsigned w, unsigned d)
{
    return x64_op_rr(p, w, 0xff, 0, d);
}

static inline uint8_t *x64_dec(uint8_t *p, unsigned w, unsigned d)
{
    return x64_op_rr(p, w, 0xff, 1, d);
}

/* d *= s, d *= memory, d = s * imm   (IMUL) */
static inline uint8_t *x64_imul_rr(uint8_t *p, unsigned w, unsigned d, unsigned s)
{
    return x64_0f_rr(p, w, 0xaf, d, s, 0);
}

static inline uint8_t *x64_imul_rm(uint8_t *p, unsigned w, unsigned d, struct x64_mem m)
{
    return x64_0f_rm(p, w, 0xaf, d, m);
}

static inline uint8_t *x64_imul_rri(uint8_t *p, unsigned w, unsigned d, unsigned s,
                                    int32_t imm)
{
    if (x64_is8(imm))
        return x64_b(x64_op_rr(p, w, 0x6b, d, s), (uint8_t)imm);
    return x64_d(x64_op_rr(p, w, 0x69, d, s), (uint32_t)imm);
}

/* rdx = sign of rax   (CDQ, CQO) */
static inline uint8_t *x64_cqo(uint8_t *p, unsigned w)
{
    return x64_b(x64_rex(p, w, 0, 0, 0, 0), 0x99);
}

/* d shifted by n, or by cl; w may be 16 for the first */
static inline uint8_t *x64_shift_ri(uint8_t *p, enum x64_shift op, unsigned w, unsigned d,
                                    unsigned n)
{
    if (w == 16)
        p = x64_b(p, 0x66);
    if (n == 1)
        return x64_op_rr(p, w, 0xd1, op, d);
    return x64_b(x64_op_rr(p, w, 0xc1, op, d), n);
}

static inline uint8_t *x64_shift_cl(uint8_t *p, enum x64_shift op, unsigned w, unsigned d)
{
    return x64_op_rr(p, w, 0xd3, op, d);
}

/* d = its bytes reversed   (BSWAP) */
static inline uint8_t *x64_bswap(uint8_t *p, unsigned w, unsigned d)
{
    p = x64_rex(p, w, 0, 0, d, 0);
    return x64_b(x64_b(p, 0x0f), 0xc8 | (d & 7));
}

/* Nothing, in n bytes, 1 to 9   (NOP) */
static inline uint8_t *x64_nop(uint8_t *p, unsigned n)
{
    static const char *const nops[] = { "\x90",
                                        "\x66\x90",
                                        "\x0f\x1f\x00",
                                        "\x0f\x1f\x40\x00",
                                        "\x0f\x1f\x44\x00\x00",
                                        "\x66\x0f\x1f\x44\x00\x00",
                                        "\x0f\x1f\x80\x00\x00\x00\x00",
                                        "\x0f\x1f\x84\x00\x00\x00\x00\x00",
                                        "\x66\x0f\x1f\x84\x00\x00\x00\x00\x00" };

    memcpy(p, nops[n - 1], n);
    return p + n;
}

/* VEX, three bytes (manual, 1.2.4): pp of the mandatory prefix, map, registers inverted. */
static inline uint8_t *x64_vex(uint8_t *p, unsigned w, unsigned map, unsigned pp,
                               unsigned reg, unsigned v, unsigned rm)
{
    p = x64_b(p, 0xc4);
    p = x64_b(p, (~reg >> 3 & 1) << 7 | 0x40 | (~rm >> 3 & 1) << 5 | map);
    return x64_b(p, (unsigned)(w == 64) << 7 | (~v & 15) << 3 | pp);
}

/* d = s shifted by n's low bits   (SHLX, SHRX, SARX; BMI2) */
static inline uint8_t *x64_shiftx(uint8_t *p, enum x64_shift op, unsigned w, unsigned d,
                                  unsigned s, unsigned n)
{
    unsigned pp = op == X64_SHL ? 1 : op == X64_SHR ? 3 : 2;

    return x64_modrm_r(x64_b(x64_vex(p, w, 2, pp, d, n, s), 0xf7), d, s);
}

/* d = ~n & s   (BMI1) */
static inline uint8_t *x64_andn(uint8_t *p, unsigned w, unsigned d, unsigned n,
                                unsigned s)
{
    return x64_modrm_r(x64_b(x64_vex(p, w, 2, 0, d, n, s), 0xf2), d, s);
}

/* d = s rotated right by n   (RORX; BMI2) */
static inline uint8_t *x64_rorx(uint8_t *p, unsigned w, unsigned d, unsigned s,
                                unsigned n)
{
    return x64_b(x64_modrm_r(x64_b(x64_vex(p, w, 3, 3, d, 0, s), 0xf0), d, s), n);
}

/* hi:lo = rdx * s, flags stay   (MULX; BMI2) */
static inline uint8_t *x64_mulx(uint8_t *p, unsigned w, unsigned hi, unsigned lo,
                                unsigned s)
{
    return x64_modrm_r(x64_b(x64_vex(p, w, 2, 3, hi, lo, s), 0xf6), hi, s);
}

/* ---- Atomics: w is 8, 16, 32 or 64 where it says so --------------------------------- */

/* memory op= s   (LOCK op) */
static inline uint8_t *x64_lock_alu(uint8_t *p, enum x64_alu op, unsigned w,
                                    struct x64_mem m, unsigned s)
{
    return x64_alu_mr(x64_b(p, 0xf0), op, w, m, s);
}

/* memory += s, s = old   (LOCK XADD) */
static inline uint8_t *x64_xadd(uint8_t *p, unsigned w, struct x64_mem m, unsigned s)
{
    return x64_0f_rm(x64_b(p, 0xf0), w, 0xc1, s, m);
}

/* swap memory and s   (XCHG, implicitly locked) */
static inline uint8_t *x64_xchg_m(uint8_t *p, unsigned w, struct x64_mem m, unsigned s)
{
    return x64_op_rm(p, w, 0x87, s, m);
}

/* if memory == rax: memory = s; rax = old   (LOCK CMPXCHG) */
static inline uint8_t *x64_cmpxchg(uint8_t *p, unsigned w, struct x64_mem m, unsigned s)
{
    return x64_0f_rm(x64_b(p, 0xf0), w, 0xb1, s, m);
}

/* ---- Control ------------------------------------------------------------------------ */

/* rsp = rbp, pop rbp */
static inline uint8_t *x64_leave(uint8_t *p)
{
    return x64_b(p, 0xc9);
}

static inline uint8_t *x64_ret(uint8_t *p)
{
    return x64_b(p, 0xc3);
}

static inline uint8_t *x64_call_r(uint8_t *p, unsigned r)
{
    return x64_op_rr(p, 32, 0xff, 2, r);
}

static inline uint8_t *x64_jmp_r(uint8_t *p, unsigned r)
{
    return x64_op_rr(p, 32, 0xff, 4, r);
}

static inline uint8_t *x64_endbr64(uint8_t *p)
{
    return x64_d(p, 0xfa1e0ff3);
}

/* All bits of xmm0 become 1; 16 bytes at m = xmm0   (PCMPEQD, MOVUPS) */
static inline uint8_t *x64_ones_xmm0(uint8_t *p)
{
    return x64_d(p, 0xc0760f66);
}

static inline uint8_t *x64_store_xmm0(uint8_t *p, struct x64_mem m)
{
    return x64_0f_rm(p, 32, 0x11, 0, m);
}

#endif
