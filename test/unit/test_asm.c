/* The assembler: what texts mean. Expected bytes are those that Linux, LLVM or bpftool
 * show beside the text, or worked out by hand from RFC 9669. What it says of wrong texts
 * is test_asm_errors.c's affair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/num.h"
#include "base/sha256.h"
#include "text/asm.h"
#include "text/text.h"

/* ---- Tools ------------------------------------------------------------------------ */

static const struct sk_env *no_env; /* Linux's helpers and types */

/* Assembles; a failure fails the test and shows the error. */
static struct sk_asm assembled(const char *text, size_t len)
{
    struct sk_mem mem = sk_mem_default();
    struct sk_asm made;
    struct skep_err err;

    if (sk_asm(no_env, &mem, text, len, NULL, &made, &err))
        fail_msg("%u:%u: %s\n%.200s", err.line, err.column, err.message, text);
    return made;
}

static void release(struct sk_asm *made)
{
    struct sk_mem mem = sk_mem_default();

    sk_asm_fini(made, &mem);
}

/* Reads pairs of hexadecimal digits; blanks may stand between them. */
static size_t bytes_of(uint8_t *bytes, size_t size, const char *hex)
{
    size_t count = 0;

    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        assert_true(count < size);
        bytes[count++] =
            (uint8_t)(sk_num_hex_digit(hex[0]) << 4 | sk_num_hex_digit(hex[1]));
        hex++;
    }
    return count;
}

/* The text assembles to these bytes. */
static void check(const char *text, const char *hex)
{
    struct sk_asm made = assembled(text, strlen(text));
    uint8_t bytes[1024];
    size_t count = bytes_of(bytes, sizeof(bytes), hex);
    char shown[2 * sizeof(bytes) + 1] = "";

    if (made.bytes != count || memcmp(made.slots, bytes, count)) {
        for (size_t i = 0; i < made.bytes && i < sizeof(bytes); i++)
            snprintf(shown + 2 * i, 3, "%02x", made.slots[i]);
        fail_msg("%s\n  gives  %s\n  not    %s", text, shown, hex);
    }
    release(&made);
}

#define EXIT "9500000000000000"

/* ---- All rows ---------------------------------------------------------------------- */

static const struct form {
    const char *hex, *kernel, *llvm;
} forms[] = {
#define FORM(hex, kernel, llvm) { hex, kernel, llvm },
#include "text_forms.def"
#undef FORM
};

/* As the kernel prints it: with the opcode, which tells a 64-bit load from a move. */
static void test_kernel_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < SK_LEN(forms); i++) {
        char text[200];

        snprintf(text, sizeof(text), "(%.2s) %s", forms[i].hex, forms[i].kernel);
        check(text, forms[i].hex);
    }
}

static void test_llvm_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < SK_LEN(forms); i++)
        check(forms[i].llvm, forms[i].hex);
}

/* Values of a field that the round trip takes. */
static const int32_t imms[] = { 0, 1, -1, 7, 255, 65536, INT32_MAX, INT32_MIN };
static const int16_t offs[] = { 0, 1, -1, -8, INT16_MAX, INT16_MIN };
static const uint8_t regs[] = { 0, 1, 9, 10 };

enum {
    ALL_VALUES = SK_LEN(imms) * SK_LEN(imms) * SK_LEN(offs) * SK_LEN(regs) * SK_LEN(regs)
};

/* Instruction `n` of a row, or 0 if it is another one again. */
static int instance(enum sk_op op, unsigned n, struct sk_insn *insn)
{
    const struct sk_row *row = &sk_isa[op];
    const unsigned imm = n % SK_LEN(imms), next = n / SK_LEN(imms) % SK_LEN(imms);
    const unsigned rest = n / SK_LEN(imms) / SK_LEN(imms);
    const unsigned off = rest % SK_LEN(offs), d = rest / SK_LEN(offs) % SK_LEN(regs);
    const unsigned s = rest / SK_LEN(offs) / SK_LEN(regs);

    if ((imm && !(row->uses & SKEP_USES_IMM)) ||
        (next && !(row->uses & SKEP_USES_NEXT_IMM)) ||
        (off && !(row->uses & SKEP_USES_OFF)) || (d && !(row->uses & SKEP_USES_DST)) ||
        (s && !(row->uses & SKEP_USES_SRC)))
        return 0;
    *insn = (struct sk_insn){ .op = (uint16_t)op };
    insn->imm = row->field == SK_FIELD_IMM ? row->value : imms[imm];
    if (row->role == SK_ROLE_WIDE)
        insn->imm = (int64_t)((uint64_t)(uint32_t)imms[next] << 32 | (uint32_t)imms[imm]);
    insn->off = row->field == SK_FIELD_OFF ? row->value : offs[off];
    insn->dst = row->uses & SKEP_USES_DST ? regs[d] : 0;
    insn->src = row->uses & SKEP_USES_SRC ? regs[s] : 0;
    if (row->field == SK_FIELD_SRC)
        insn->src = (uint8_t)row->value;
    return 1;
}

/* All instructions of a row as text, and their slots. */
struct sheet {
    char *text;
    size_t text_len, text_size;
    uint8_t *slots;
    uint32_t count;
};

static void write_sheet(struct sheet *sheet, enum sk_op op, enum skep_dialect dialect)
{
    sheet->count = 0;
    sheet->text_len = 0;
    for (unsigned n = 0; n < ALL_VALUES; n++) {
        struct sk_insn insn;
        struct sk_out out;

        if (!instance(op, n, &insn))
            continue;
        sk_out_buf(&out, sheet->text + sheet->text_len,
                   sheet->text_size - sheet->text_len);
        if (dialect == SKEP_KERNEL)
            sk_printf(&out, "%u: (%02x) ", sheet->count, sk_isa[op].opcode);
        sk_text_insn(&out, no_env, dialect, &insn, sheet->count);
        sk_puts(&out, "\n");
        sheet->text_len += out.len;
        assert_true(sheet->text_len < sheet->text_size);
        sheet->count += sk_encode(sheet->slots, sheet->count, &insn);
    }
}

/* What the disassembler prints of any instruction assembles to that instruction. */
static void test_round_trip(void **state)
{
    struct sheet sheet = { .text_size = (size_t)ALL_VALUES * 100 };

    (void)state;
    sheet.text = malloc(sheet.text_size);
    sheet.slots = malloc((size_t)ALL_VALUES * 2 * SK_SLOT_BYTES);
    assert_true(sheet.text && sheet.slots);
    for (unsigned op = 0; op < SK_OP_COUNT; op++) {
        for (unsigned dialect = SKEP_KERNEL; dialect <= SKEP_LLVM; dialect++) {
            struct sk_asm made;

            write_sheet(&sheet, (enum sk_op)op, (enum skep_dialect)dialect);
            made = assembled(sheet.text, sheet.text_len);
            assert_int_equal(made.bytes, (size_t)sheet.count * SK_SLOT_BYTES);
            assert_memory_equal(made.slots, sheet.slots, made.bytes);
            release(&made);
        }
    }
    free(sheet.text);
    free(sheet.slots);
}

/* ---- The language ------------------------------------------------------------------ */

static void test_blanks_between_tokens(void **state)
{
    static const char *const same[] = {
        "*(u32*)(r10-8)=r2",        "* ( u32 * ) ( r10 - 8 ) = r2",
        "*(u32 *)(r10 -8)\t=\tr2",  "*(u32 *)(r10 + -8) = r2",
        "*(u32 *)(r10 - 0x8) = w2", "*(u32 *)/* a */(r10 /* b\n */ -8) = r2\r\n"
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(same); i++)
        check(same[i], "632af8ff00000000");
    check("r1=-r1", "8701000000000000");
    check("r1=-1", "b7010000ffffffff");
    check("r1 s>>=3", "c701000003000000");
    check("if r1 s>-5 goto+2", "65010200fbffffff");
    check("*(u64 *)(r10) = r1", "7b1a000000000000");
}

static void test_comments(void **state)
{
    (void)state;
    check("\t exit  ", EXIT);
    check("exit;r0 = 1", EXIT);
    check("; a\n# b\n// c\n/* d\n e */ exit ; f\n", EXIT);
    check("exit#a", EXIT);
    check("exit/**/", EXIT);
    check("; \xc3\xa4 is UTF-8\nexit", EXIT);
    check("/* unbalanced ' and \" */ exit ; ' \"", EXIT);
}

static void test_line_ends_and_byte_order_mark(void **state)
{
    (void)state;
    check("\xef\xbb\xbf"
          "exit",
          EXIT);
    check("exit\r\nexit\r\n", EXIT EXIT);
    check("\n\n\nexit\n\n", EXIT);
}

static void test_labels(void **state)
{
    (void)state;
    check("goto out\nr0 = 1\nout:exit", "0500010000000000 b700000001000000" EXIT);
    check("a: b:\nc: if r1 == 0 goto a\nif w1 & 1 goto c\ngoto b",
          "1501ffff00000000 4601feff01000000 0500fdff00000000");
    check("may_goto .L1\n.L1: gotol .L1", "e500000000000000 06000000ffffffff");
    check("exit: goto exit", "0500ffff00000000");
    check("x: r1 = 0x1 ll\ngoto x", "18010000010000000000000000000000 0500fdff00000000");
    check("u32:goto u32", "0500ffff00000000");
    check("goto pc+1\ngoto +1\ngoto pc-1\ngoto -0x1",
          "0500010000000000 0500010000000000 0500ffff00000000 0500ffff00000000");
}

static void test_calls(void **state)
{
    (void)state;
    check("call f\nexit\nf: exit", "8510000001000000" EXIT EXIT);
    check("call bpf_ktime_get_ns", "8500000005000000");
    check("call ktime_get_ns ; 5", "8500000005000000");
    check("call bpf_ktime_get_ns#5", "8500000005000000");
    check("call bpf_ktime_get_ns#269488", "85000000b01c0400"); /* the number counts */
    check("call unknown#-1", "85000000ffffffff");
    check("call 5", "8500000005000000");
    check("call 0x5", "8500000005000000");
    check("call (2+3)", "8500000005000000");
    check("call ktime_get_ns # 7", "8500000005000000"); /* a comment */
    check("call pc+3", "8510000003000000");
    check("call pc-3#bpf_prog_9117985edf26226c_cb", "85100000fdffffff");
    check("call #65470", "85200000beff0000");
    check("call bpf_rcu_read_lock#65470", "85200000beff0000"); /* no name of a helper */
    check("call bpf_rcu_read_lock#65470@-2", "8520feffbeff0000");
    check("call bpf_rcu_read_lock#5", "8500000005000000"); /* the number counts */
    check("call bpf_rcu_read_lock#5@0", "8520000005000000");
    check("call #65470@-2", "8520feffbeff0000");
    check("call #0xffbe@0x5", "85200500beff0000");
    check(".equ TIME, 5\ncall TIME", "8500000005000000");
}

/* A label goes before a helper of its name. */
static void test_labels_win(void **state)
{
    (void)state;
    check("call ktime_get_ns\nexit\nktime_get_ns: exit", "8510000001000000" EXIT EXIT);
    check("ktime_get_ns: call bpf_ktime_get_ns", "8500000005000000");
}

static void test_function_addresses(void **state)
{
    (void)state;
    check("r1 = subprog[f]\nexit\nf: exit", "18410000020000000000000000000000" EXIT EXIT);
    check("r1 = subprog[+37]", "18410000250000000000000000000000");
    check("f: r1 = subprog[f]", "18410000ffffffff0000000000000000");
}

/* Which instruction a number in a 64-bit register becomes. */
static void test_moves_and_64_bit_loads(void **state)
{
    (void)state;
    check("r1 = 0x7", "b701000007000000");
    check("r1 = 0x7 ll", "18010000070000000000000000000000");
    check("(18) r1 = 0x7", "18010000070000000000000000000000");
    check("r1 = 2147483647", "b7010000ffffff7f");
    check("r1 = -2147483648", "b701000000000080");
    check("r1 = 0x80000000", "18010000000000800000000000000000");
    check("(b7) r1 = 0x80000000", "b701000000000080");
    check("r1 = -2147483649", "18010000ffffff7f00000000ffffffff");
    check("r1 = 0xffffffffffffffff", "18010000ffffffff00000000ffffffff");
    check("r1 = -9223372036854775808", "18010000000000000000000000000080");
    check("r1 = -1 ll", "18010000ffffffff00000000ffffffff");
}

static void test_immediates_of_32_bits(void **state)
{
    (void)state;
    check("w1 = 0xffffffff", "b4010000ffffffff");
    check("w1 = -1", "b4010000ffffffff");
    check("w1 += 4294967295", "04010000ffffffff");
    check("if r1 == 0xffffffff goto +0", "15010000ffffffff");
    check("if r1 == -1 goto +0", "15010000ffffffff");
    check("if w1 s< 10 goto +0", "c60100000a000000");
    check("*(u32 *)(r10 -8) = 0x80000000", "620af8ff00000080");
}

static void test_data(void **state)
{
    (void)state;
    check(".word 0x000000b7, 1\nexit", "b700000001000000" EXIT);
    check(".long 1,2,3\n.word -1", "0100000002000000 03000000ffffffff");
    check(".quad 0x95, -1, 0xffffffffffffffff", EXIT "ffffffffffffffff ffffffffffffffff");
}

static void test_context_fields(void **state)
{
    (void)state;
    check(".type cgroup_device\nr2 = ctx.major", "6112040000000000");
    check(".type cgroup_device\nw2 = ctx.minor", "6112080000000000");
    check(".type cgroup_device\nr3 = ctx(r6).access_type", "6163000000000000");
    check(".type cgroup_device\nr3 = ctx ( r6 ) .minor", "6163080000000000");
    check(".type cgroup_sysctl\nctx.file_pos = 7\nctx(r7).file_pos = r3",
          "6201040007000000 6337040000000000");
    check(".type raw_tracepoint\nr1 = ctx.arg11", "7911580000000000");
    check(".type raw_tracepoint\nlock ctx(r2).arg1 += r3", "db32080000000000");
}

static void test_given_type_goes_before_the_text_s(void **state)
{
    static const char text[] = ".type cgroup_device\nr1 = ctx.write";
    const struct skep_type *type = sk_env_find_type(no_env, "cgroup_sysctl");
    struct sk_mem mem = sk_mem_default();
    struct sk_asm made;

    (void)state;
    assert_int_equal(sk_asm(no_env, &mem, text, strlen(text), type, &made, NULL),
                     SKEP_OK);
    assert_ptr_equal(made.type, type);
    release(&made);
}

static void test_names(void **state)
{
    static const char both[] = ".name filter\n.type \"cgroup_device\"\nexit";
    static const char spaced[] = ".name \"a b\"\nexit";
    struct sk_asm made = assembled(both, strlen(both));

    (void)state;
    assert_string_equal(made.name, "filter");
    assert_string_equal(made.type->name, "cgroup_device");
    release(&made);
    made = assembled(spaced, strlen(spaced));
    assert_string_equal(made.name, "a b");
    assert_null(made.type);
    release(&made);
}

static void test_places_of_slots(void **state)
{
    static const char text[] =
        "exit\n  a: r1 = 5 ll ; x\n/*\n\n*/ exit\n 9: (95) exit\n.quad 1, 2\n";
    static const uint32_t places[][2] = { { 1, 1 },  { 2, 6 }, { 2, 6 }, { 5, 4 },
                                          { 6, 10 }, { 7, 7 }, { 7, 10 } };
    struct sk_asm made = assembled(text, strlen(text));

    (void)state;
    assert_int_equal(made.bytes, sizeof(places));
    for (size_t i = 0; i < SK_LEN(places); i++) {
        assert_int_equal(made.lines[i].line, places[i][0]);
        assert_int_equal(made.lines[i].column, places[i][1]);
    }
    release(&made);
}

/* ---- Expressions ------------------------------------------------------------------- */

/* The values are those that C gives. */
static const struct {
    const char *text;
    uint64_t value;
} values[] = {
    { "1 + 2 * 3", 7 },
    { "(1 + 2) * 3", 9 },
    { "10 - 4 - 3", 3 },
    { "100 / 7 / 2", 7 },
    { "100 % 7 * 2", 4 },
    { "-7 / 2", (uint64_t)-3 },
    { "-7 % 3", (uint64_t)-1 },
    { "1 << 4 + 1", 32 },
    { "1 | 2 ^ 7 & 6", 5 },
    { "0xff00 >> 4", 0xff0 },
    { "-256 >> 4", (uint64_t)-16 },
    { "~5", (uint64_t)-6 },
    { "!5", 0 },
    { "!0", 1 },
    { "---5", (uint64_t)-5 },
    { "+5", 5 },
    { "-~5", 6 },
    { "1 < 2 == 1", 1 },
    { "3 > 2 > 1", 0 },
    { "2 <= 2", 1 },
    { "1 >= 2", 0 },
    { "4 != 4", 0 },
    { "4 == 4", 1 },
    { "1 && 0 || 1", 1 },
    { "0 || 0 && 1", 0 },
    { "2 && 4", 1 },
    { "1 ? 2 : 3 ? 4 : 5", 2 },
    { "0 ? 2 : 0 ? 4 : 5", 5 },
    { "0 || 0 ? 1 : 2", 2 },
    { "3 & 2 == 2", 1 },
    { "0x10 + 010 + 10", 34 },
    { "0xFFFFFFFFFFFFFFFF", UINT64_MAX },
    { "18446744073709551615", UINT64_MAX },
    { "'a'", 97 },
    { "'\\n'", 10 },
    { "'\\\\'", 92 },
    { "'\\''", 39 },
    { "'\\x41'", 65 },
    { "'\\0'", 0 },
    { "'z' - 'a' + 1", 26 },
};

static void check_value(const char *expression, uint64_t value)
{
    char text[200], hex[17];

    snprintf(text, sizeof(text), ".quad %s", expression);
    snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)sk_be64(sk_le64(value)));
    check(text, hex);
}

static void test_expressions(void **state)
{
    (void)state;
    for (size_t i = 0; i < SK_LEN(values); i++)
        check_value(values[i].text, values[i].value);
}

/* Where the numbers of the language go further than C's. */
static void test_exact_expressions(void **state)
{
    (void)state;
    check_value("0b1010", 10);
    check_value("0xffffffffffffffff / 3", 0x5555555555555555);
    check_value("0xffffffffffffffff - 1 - 0xffffffffffffffff", UINT64_MAX);
    check_value("~0xffffffffffffffff", 0);
    check_value("1 << 63", UINT64_C(1) << 63);
    check_value("-1 < 0xffffffffffffffff", 1);
    check_value("-9223372036854775808", UINT64_C(1) << 63);
    check_value("4294967296 * 4294967295", UINT64_C(0xffffffff00000000));
}

static void test_constants(void **state)
{
    (void)state;
    check(".equ A, 2\n.equ B, A * 8\nr1 = B + 1\n*(u8 *)(r10 - B + A) = A",
          "b701000011000000 720af2ff02000000");
    check(".equ _a.b$1, -5\nif r1 s> _a.b$1 goto +1", "65010100fbffffff");
    check(".equ le16, 3\nr1 = le16\nr2 = le16 r2", "b701000003000000 d402000010000000");
}

/* ---- Listings ---------------------------------------------------------------------- */

static void test_bpftool_listing(void **state)
{
    (void)state;
    check("int prog(struct xdp_md * ctx):\n"
          "; long x = f(); [file:k.bpf.c line_num:14 line_col:12]\n"
          "   0: (85) call bpf_ktime_get_ns#269488\n"
          "   1: (18) r1 = map[id:110]\n"
          "   3: (bc) w0 = (s8)w2\n"
          "   4: (85) call pc+1#bpf_prog_656ae60d35f0aa71_f2\n"
          "   5: (95) exit\n"
          "long f2(int a, long * p):\n"
          "   6: (05) goto pc-2\n",
          "85000000b01c0400 181100006e0000000000000000000000 bc20080000000000"
          "8510000001000000" EXIT "0500feff00000000");
}

/* Beside local calls, function addresses and some moves bpftool shows what the kernel has
 * marked in its copy of the program. */
static void test_bpftool_listing_with_bytes(void **state)
{
    (void)state;
    check("int prog(struct xdp_md * ctx):\n"
          "   0: (18) r2 = subprog[+4]\n"
          "       18 42 00 00 04 00 00 00 00 00 00 00 01 00 00 00\n"
          "   2: (85) call pc+2#bpf_prog_656ae60d35f0aa71_f2\n"
          "       85 10 02 00 02 00 00 00\n"
          "   3: (bc) w0 = w0\n"
          "       bc 00 00 00 01 00 00 00\n"
          "   4: (95) exit\n"
          "       95 00 00 00 00 00 00 00\n"
          "int f2(void):\n"
          "   5: (95) exit\n"
          "       95 00 00 00 00 00 00 00\n",
          "18420000040000000000000000000000 8510000002000000 bc00000000000000" EXIT EXIT);
}

/* The kernel's log, whose states are comments, with a kernel function by name. */
static void test_verifier_log(void **state)
{
    (void)state;
    check("0: (b7) r0 = 1                        ; R0_w=1\n"
          "1: (18) r1 = 0x7                      ; R1_w=7\n"
          "3: (85) call bpf_rcu_read_lock#65470  ; R0_w=scalar()\n"
          "       85 20 03 00 be ff 00 00\n"
          "4: (95) exit",
          "b700000001000000 18010000070000000000000000000000 85200300beff0000" EXIT);
}

static const char llvm_listing[] =
    "\n"
    "k.o:\tfile format elf64-bpf\n"
    "\n"
    "Disassembly of section .text:\n"
    "\n"
    "0000000000000000 <cb>:\n"
    "; static long cb(__u64 i, void*c){ return i>3; }\n"
    "       0:\tb4 00 00 00 01 00 00 00\tw0 = 0x1\n"
    "       1:\t25 01 01 00 03 00 00 00\tif r1 > 0x3 goto +0x1 <cb+0x18>\n"
    "<L0>:\n"
    "       2:\tb4 00 00 00 00 00 00 00\tw0 = 0x0\n"
    "\n"
    "0000000000000018 <LBB0_2>:\n"
    "       3:\t95 00 00 00 00 00 00 00\texit\n"
    "\n"
    "Disassembly of section xdp:\n"
    "\n"
    "0000000000000000 <prog>:\n"
    "       0:\t18 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00\tr1 = 0x0 ll\n"
    "       2:\t18 21 00 00 07 00 00 00 00 00 00 00 03 00 00 00\tld_pseudo\tr1, 2, 0x7\n"
    "       4:\t85 10 00 00 05 00 00 00\tcall 0x5\n"
    "       5:\t85 00 00 00 05 00 00 00\tcall 0x5\n"
    "       6:\t85 20 01 00 05 00 00 00\tcall 0x5\n"
    "       7:\t50 20 00 00 07 00 00 00\tr0 = *(u8 *)skb[r2]\n"
    "       8:\t85 10 00 00 ff ff ff ff\tcall -0x1 <prog+0x40>\n";

/* The bytes settle what the text leaves open: kinds of calls, numbers not shown. */
static void test_llvm_listing(void **state)
{
    (void)state;
    check(llvm_listing,
          "b400000001000000 2501010003000000 b400000000000000" EXIT
          "18010000000000000000000000000000 18210000070000000000000003000000"
          "8510000005000000 8500000005000000 8520010005000000"
          "5020000007000000 85100000ffffffff");
}

/* Labels beside bytes are compared once they are known. */
static void test_bytes_beside_labels(void **state)
{
    (void)state;
    check("85 10 00 00 01 00 00 00 call f\nexit\n95 00 00 00 00 00 00 00\nf: exit",
          "8510000001000000" EXIT EXIT);
    check("a:\n05 00 ff ff 00 00 00 00 goto a", "0500ffff00000000");
}

/* A listing may begin anywhere, and have other lines between its own. */
static void test_indices(void **state)
{
    (void)state;
    check("100: (b7) r0 = 1\n101: (95) exit", "b700000001000000" EXIT);
    check("exit\n0: (18) r1 = 0x1\n2: a: exit\n3:\n",
          EXIT "18010000010000000000000000000000" EXIT);
}

/* ---- Examples ---------------------------------------------------------------------- */

/* The path of a file of the repository. */
static const char *path_of(char path[4096], const char *name)
{
    char here[] = __FILE__;

    snprintf(path, 4096, "%s/../../%s", dirname(here), name);
    return path;
}

/* Checks what a file or a command gives: Linux's tag of the program is well-known. */
static void check_filter(FILE *file)
{
    static const uint8_t tag[8] = { 0xa2, 0xfb, 0x42, 0xce, 0x03, 0x99, 0x3d, 0x38 };
    static char text[16384];
    size_t len = fread(text, 1, sizeof(text), file);
    struct sk_asm made = assembled(text, len);
    struct sk_sha256 sha;
    uint8_t digest[32];

    assert_int_equal(made.bytes, 512);
    assert_string_equal(made.type->name, "cgroup_device");
    assert_string_equal(made.name, "device_filter");
    sk_sha256_init(&sha);
    sk_sha256_add(&sha, made.slots, made.bytes);
    sk_sha256_end(&sha, digest);
    assert_memory_equal(digest, tag, sizeof(tag));
    release(&made);
}

static void test_device_filter(void **state)
{
    char path[4096];
    FILE *file = fopen(path_of(path, "examples/device-filter.s"), "r");

    (void)state;
    assert_non_null(file);
    check_filter(file);
    fclose(file);
}

static void test_generated_device_filter(void **state)
{
    char script[4096], rules[4096], command[9000];
    FILE *pipe;

    (void)state;
    snprintf(command, sizeof(command), "sh '%s' '%s'",
             path_of(script, "examples/gen-device-filter.sh"),
             path_of(rules, "examples/device-rules"));
    pipe = popen(command, "r"); /* NOLINT(cert-env33-c): names of ours */
    assert_non_null(pipe);
    check_filter(pipe);
    assert_int_equal(pclose(pipe), 0);
}

/* ---- Size -------------------------------------------------------------------------- */

/* Many labels, each used once before and once behind its place. */
static void test_many_labels(void **state)
{
    enum { LABELS = 100000, LINE = 64 };
    char *text = malloc((size_t)LABELS * LINE);
    size_t len = 0;
    struct sk_asm made;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < LABELS; i++)
        len += (size_t)snprintf(text + len, LINE, "gotol b%d\na%d: gotol a%d\nb%d: ", i,
                                i, i ? i - 1 : 0, i);
    len += (size_t)snprintf(text + len, LINE, "exit");
    made = assembled(text, len);
    assert_int_equal(made.bytes, (size_t)(2 * LABELS + 1) * SK_SLOT_BYTES);
    assert_int_equal(sk_slot_read(made.slots, 2 * (LABELS - 1)).imm, 1);
    assert_int_equal(sk_slot_read(made.slots, 2 * LABELS - 1).imm, -3);
    release(&made);
    free(text);
}

static void test_long_lines(void **state)
{
    enum { LEN = 10 << 20 };
    char *text = malloc(LEN);
    struct sk_asm made;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', LEN);
    memcpy(text + LEN - 4, "exit", 4);
    made = assembled(text, LEN);
    assert_int_equal(made.bytes, 8);
    assert_int_equal(made.lines[0].column, LEN - 3);
    release(&made);
    memset(text, '+', LEN); /* .quad 1+1+1... */
    memcpy(text, ".quad ", 6);
    for (size_t i = 6; i < LEN; i += 2)
        text[i] = '1';
    made = assembled(text, LEN - 1);
    assert_int_equal(sk_load64(made.slots), sk_le64((LEN - 6) / 2));
    release(&made);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_text),
        cmocka_unit_test(test_llvm_text),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_blanks_between_tokens),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_line_ends_and_byte_order_mark),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_labels_win),
        cmocka_unit_test(test_function_addresses),
        cmocka_unit_test(test_moves_and_64_bit_loads),
        cmocka_unit_test(test_immediates_of_32_bits),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_context_fields),
        cmocka_unit_test(test_given_type_goes_before_the_text_s),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_places_of_slots),
        cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_exact_expressions),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_bpftool_listing),
        cmocka_unit_test(test_bpftool_listing_with_bytes),
        cmocka_unit_test(test_verifier_log),
        cmocka_unit_test(test_llvm_listing),
        cmocka_unit_test(test_bytes_beside_labels),
        cmocka_unit_test(test_indices),
        cmocka_unit_test(test_device_filter),
        cmocka_unit_test(test_generated_device_filter),
        cmocka_unit_test(test_many_labels),
        cmocka_unit_test(test_long_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
