#!/usr/bin/env python3
"""Object files: linked into C programs and run, on this machine and on another."""
import os
import platform
import re
import resource
import shutil
import subprocess
import unittest

from harness import CALLS, FILTER, MALFORMED, REFUSED, RETURN_42, SYSTEM, USAGE, VERDICTS, Test, main

COMPILE = "prog", "compile"
FLAGS = "-O2", "-Wall", "-Wextra", "-Werror", "-Wl,--fatal-warnings,-z,text"
PIE = "-pie", "-fPIE"

# Calls the program with a memory, whose bytes are its argument, and prints r0 and the memory. What
# C functions must preserve has values meanwhile. Helpers follow.
MAIN = r"""
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "p.h"

uint64_t guarded(void *ctx, uint64_t len);
uint64_t clobbered __attribute__((visibility("hidden")));

#if defined(__x86_64__)
__asm__(".text\nguarded:\n"
        "push %rbx\npush %rbp\npush %r12\npush %r13\npush %r14\npush %r15\nsub $8, %rsp\n"
        "mov $1, %rbx\nmov $2, %rbp\nmov $3, %r12\nmov $4, %r13\nmov $5, %r14\n"
        "mov $6, %r15\ncall program\n"
        "sub $1, %rbx\nsub $2, %rbp\nsub $3, %r12\nsub $4, %r13\nsub $5, %r14\n"
        "sub $6, %r15\nor %rbp, %rbx\nor %r12, %rbx\nor %r13, %rbx\nor %r14, %rbx\n"
        "or %r15, %rbx\nmov %rbx, clobbered(%rip)\nadd $8, %rsp\n"
        "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbp\npop %rbx\nret\n");
#define SCRAMBLE() __asm__ volatile("mov $0x5a5a5a5a, %%edi\nmov %%rdi, %%rsi\n" \
    "mov %%rdi, %%rdx\nmov %%rdi, %%rcx\nmov %%rdi, %%r8\nmov %%rdi, %%r9\n" \
    "mov %%rdi, %%r10\nmov %%rdi, %%r11\n" \
    ::: "rdi", "rsi", "rdx", "rcx", "r8", "r9", "r10", "r11", "memory")
#else
__asm__(".text\nguarded:\nstp x29, x30, [sp, #-96]!\n"
        "stp x19, x20, [sp, #16]\nstp x21, x22, [sp, #32]\nstp x23, x24, [sp, #48]\n"
        "stp x25, x26, [sp, #64]\nstp x27, x28, [sp, #80]\n"
        "mov x19, #1\nmov x20, #2\nmov x21, #3\nmov x22, #4\nmov x23, #5\nmov x24, #6\n"
        "mov x25, #7\nmov x26, #8\nmov x27, #9\nmov x28, #10\nmov x29, #11\nbl program\n"
        "sub x19, x19, #1\nsub x20, x20, #2\nsub x21, x21, #3\nsub x22, x22, #4\n"
        "sub x23, x23, #5\nsub x24, x24, #6\nsub x25, x25, #7\nsub x26, x26, #8\n"
        "sub x27, x27, #9\nsub x28, x28, #10\nsub x29, x29, #11\n"
        "orr x19, x19, x20\norr x19, x19, x21\norr x19, x19, x22\norr x19, x19, x23\n"
        "orr x19, x19, x24\norr x19, x19, x25\norr x19, x19, x26\norr x19, x19, x27\n"
        "orr x19, x19, x28\norr x19, x19, x29\n"
        "adrp x1, clobbered\nstr x19, [x1, #:lo12:clobbered]\n"
        "ldp x27, x28, [sp, #80]\nldp x25, x26, [sp, #64]\nldp x23, x24, [sp, #48]\n"
        "ldp x21, x22, [sp, #32]\nldp x19, x20, [sp, #16]\nldp x29, x30, [sp], #96\nret\n");
#define SCRAMBLE() __asm__ volatile("mov x1, #0x5a5a\nmov x2, x1\nmov x3, x1\n" \
    "mov x4, x1\nmov x5, x1\nmov x6, x1\nmov x7, x1\nmov x8, x1\nmov x9, x1\n" \
    "mov x10, x1\nmov x11, x1\nmov x12, x1\nmov x13, x1\nmov x14, x1\nmov x15, x1\n" \
    "mov x16, x1\nmov x17, x1\n" \
    ::: "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", \
    "x13", "x14", "x15", "x16", "x17", "memory")
#endif

#define HELPER(name, body)                                                               \
    __attribute__((noinline)) uint64_t name(uint64_t r1, uint64_t r2, uint64_t r3,       \
                                            uint64_t r4, uint64_t r5)                    \
    {                                                                                    \
        uint64_t r0 = 0;                                                                 \
        (void)r1, (void)r2, (void)r3, (void)r4, (void)r5;                                \
        if ((uintptr_t)__builtin_frame_address(0) & 15)                                  \
            abort();                                                                     \
        body;                                                                            \
        SCRAMBLE();                                                                      \
        return r0;                                                                       \
    }

int main(int argc, char **argv)
{
    unsigned char mem[512] __attribute__((aligned(8)));
    size_t len = argc > 1 ? strlen(argv[1]) / 2 : 0;
    uint64_t r0;

    for (size_t i = 0; i < len; i++) {
        unsigned byte;

        sscanf(argv[1] + 2 * i, "%2x", &byte);
        mem[i] = (unsigned char)byte;
    }
    r0 = guarded(len ? mem : NULL, len);
    if (clobbered)
        puts("registers changed");
    printf("%" PRIu64, r0);
    for (size_t i = 0; i < len; i++)
        printf("%s%02x", i ? "" : " ", mem[i]);
    puts("");
    return 0;
}
"""

FIVE = """
    r6 = 6
    r7 = 70
    r8 = 800
    r9 = 9000
    *(u64 *)(r10 - 512) = 1
    *(u64 *)(r10 - 8) = 3
    r1 = 1
    r2 = 2
    r3 = 3
    r4 = 4
    r5 = 0x123456789abcdef0 ll
    call 7777
    r0 += r6
    r0 += r7
    r0 += r8
    r0 += r9
    r1 = *(u64 *)(r10 - 512)
    r0 += r1
    r1 = *(u64 *)(r10 - 8)
    r0 += r1
    exit
"""

LOOP = """
    *(u64 *)(r10 - 8) = 0
    *(u64 *)(r10 - 504) = 1000
    r1 = 10
    r2 = subprog[f]
    r3 = r10
    r3 += -8
    r4 = 0
    call bpf_loop
    r1 = *(u64 *)(r10 - 8)
    r1 <<= 8
    r0 += r1
    r1 = *(u64 *)(r10 - 504)
    r0 += r1
    exit
f:
    r6 = r1
    r7 = r2
    *(u64 *)(r10 - 504) = r6
    *(u64 *)(r10 - 8) = 77
    *(u64 *)(r10 - 16) = 77
    *(u64 *)(r10 - 24) = 77
    call bpf_get_smp_processor_id
    r3 = *(u64 *)(r7 + 0)
    r3 += r6
    r4 = *(u64 *)(r10 - 504)
    r3 += r4
    *(u64 *)(r7 + 0) = r3
    r1 = 99
    r0 = 0
    if r6 != 7 goto out
    r1 = 0
    r0 = 1
out:
    exit
"""
LOOP_HELPERS = """
HELPER(bpf_loop, uint64_t (*f)(uint64_t, uint64_t) = (uint64_t (*)(uint64_t, uint64_t))r2;
       while (r0 < r1 && !f(r0++, r3)) ;)
HELPER(bpf_get_smp_processor_id, )
"""

# What skep runs, too: text, memory
PROGRAMS = (
    ("r0 = 42\nexit\n", ""),
    ("r0 = r2\nexit\n", "010203"),
    (CALLS, ""),
    # a loop over memory that it changes
    (
        "r0 = 0\nr3 = 0\nif r2 == 0 goto out\nloop:\nr4 = *(u8 *)(r1 + 0)\nr0 += r4\n"
        "*(u8 *)(r1 + 0) = r3\nr1 += 1\nr3 += 3\nr2 += -1\nif r2 != 0 goto loop\n"
        "out:\nexit\n",
        "0102030405060708090a",
    ),
    # the whole stack, by constants and by a register
    (
        "r1 = r10\nr1 += -512\nr2 = 0\nfill:\n*(u64 *)(r1 + 0) = r2\nr2 += 1\nr1 += 8\n"
        "if r2 != 64 goto fill\nr0 = *(u64 *)(r10 - 512)\nr3 = *(u64 *)(r10 - 8)\n"
        "r0 += r3\nr3 = *(u64 *)(r10 - 264)\nr0 += r3\nr3 = *(u16 *)(r10 - 400)\n"
        "r0 += r3\nexit\n",
        "",
    ),
    # 8 frames, each with its stack and its registers
    (
        "r6 = 1000\n*(u64 *)(r10 - 16) = r6\nr1 = 1\ncall f1\nr0 += r6\n"
        "r1 = *(u64 *)(r10 - 16)\nr0 += r1\nexit\n"
        + "".join(
            f"f{n}:\nr6 = r1\n*(u64 *)(r10 - 16) = r6\n*(u64 *)(r10 - 512) = {n}\n"
            + (f"r1 += 1\ncall f{n + 1}\n" if n < 7 else "r0 = 0\n")
            + "r0 += r6\nr1 = *(u64 *)(r10 - 16)\nr0 += r1\nr1 = *(u64 *)(r10 - 512)\n"
            "r0 += r1\nexit\n"
            for n in range(1, 8)
        ),
        "",
    ),
    # registers that were never written, at the beginning, in functions, after calls
    (
        "r0 += r3\nr0 += r4\nr0 += r5\nr0 += r6\nr0 += r7\nr0 += r8\nr0 += r9\n"
        "r9 = r0\nr6 = 5\nr7 = 6\nr8 = 7\nr1 = 1\ncall f\nr0 += r1\nr0 += r2\n"
        "r0 += r3\nr0 += r4\nr0 += r5\nr0 += r6\nr0 += r7\nr0 += r8\nr0 += r9\nexit\n"
        "f:\nr0 += r6\nr0 += r7\nr0 += r8\nr0 += r9\nr0 += r1\nr2 = 77\nr3 = 77\n"
        "r4 = 77\nr5 = 77\nr1 = 77\nexit\n",
        "0102",
    ),
    ("r6 = r0\nr1 = 9\nr2 = 9\ncall bpf_ktime_get_ns\nr0 = r6\nr0 += r1\nr0 += r2\nexit\n",
     "00"),
    # atomics, byte order, division, sign extension, and wide constants
    (
        "*(u64 *)(r10 - 8) = 40\nr1 = 2\nlock *(u64 *)(r10 - 8) += r1\n"
        "r0 = *(u64 *)(r10 - 8)\nr2 = 0x1122334455667788 ll\nr2 = be32 r2\nr0 += r2\n"
        "r3 = -7\nr3 s/= 2\nr0 += r3\nr0 /= 3\nr4 = (s8)r0\nr0 ^= r4\nexit\n",
        "",
    ),
    # a budget on the machine's stack, below r10's
    (
        "r0 = 0\nr6 = 0\n*(u64 *)(r10 - 8) = 1\nloop:\nr0 += 1\nmay_goto +1\n"
        "goto loop\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\ncall f\nr0 += r6\nexit\n"
        "f:\nr6 = 3\nagain:\nr0 += 1\nmay_goto +1\ngoto again\nr0 = 7\nexit\n",
        "",
    ),
)


# What more than the baseline would make shorter: shifts, and-not, multiplication high, byte order in
# memory, atomics
BEYOND = """
    r3 = *(u64 *)(r1 + 0)
    r4 = 3
    r0 = r3
    r0 <<= r4
    r5 = r0
    r5 >>= r4
    r5 s>>= r4
    w5 <<= w4
    r2 = r3
    r2 ^= -1
    r2 &= r0
    r0 += r2
    r0 += r5
    r6 = r0
    r6 = be64 r6
    *(u64 *)(r1 + 0) = r6
    r7 = *(u32 *)(r1 + 4)
    r7 = be32 r7
    r0 += r7
    r8 = r0
    r8 /= 10
    r8 %= 1000003
    r0 += r8
    r8 = 12345
    lock *(u64 *)(r1 + 0) += r8
    lock *(u64 *)(r1 + 0) |= r4
    lock *(u32 *)(r1 + 4) &= r8
    r8 = atomic64_fetch_xor((u64 *)(r1 + 0), r8)
    r0 ^= r8
    r8 = atomic64_xchg((u64 *)(r1 + 0), r8)
    r0 ^= r8
    r0 = atomic64_cmpxchg((u64 *)(r1 + 0), r0, r8)
    r0 += r8
    exit
"""
FANCY = {
    "x86_64": r"(andn|bextr|bls\w+|tzcnt|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx|movbe)",
    "arm64": r"(ld(add|clr|set|eor|smax|umax)\w*|st(add|clr|set|eor)\w*|swp\w*|casp?(a|l|al)?)",
}


def context(device):
    """The context that device=TYPE:MAJOR:MINOR:ACCESS stands for."""
    kind, major, minor, access = device.split(":")
    bits = sum({"m": 1, "r": 2, "w": 4}[letter] for letter in access)
    words = bits << 16 | {"b": 1, "c": 2}[kind], int(major), int(minor)
    return b"".join(word.to_bytes(4, "little") for word in words).hex()


class Linked:
    """Programs in C; a class for each machine."""

    target, compiler, runner, old = None, None, (), ()

    @classmethod
    def setUpClass(cls):
        for tool in cls.compiler, *cls.runner[:1]:
            if not shutil.which(tool):
                raise unittest.SkipTest(f"there is no {tool}")

    def link(self, program, helpers="", flags=()):
        """Links a program's object into the C program."""
        self.good(*COMPILE, program, "--target", self.target, "-o", "p.o", "--name",
                  "program", *flags)
        self.file("main.c", MAIN + helpers)
        done = subprocess.run(
            [self.compiler, *FLAGS, *PIE, "main.c", "p.o", "-o", "main"],
            cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def call(self, mem="", runner=()):
        """Runs the C program: r0 and the memory, as it prints them."""
        done = subprocess.run([*(runner or self.runner), self.path("main"),
                               *([mem] if mem else [])],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.rstrip("\n")

    def test_filter(self):
        """The article's program answers as skep runs it."""
        self.link(FILTER)
        for device, verdict in VERDICTS:
            ctx = context(device)
            self.assertEqual(self.call(ctx), f"{verdict} {ctx}", device)
            answer = self.good("-j", "prog", "run", FILTER, f"device={device}").json
            self.assertEqual(answer["retval"], verdict)

    def test_programs(self):
        """Results and memory are those of skep's run."""
        clock = "HELPER(bpf_ktime_get_ns, r0 = 1)\n"
        for text, mem in PROGRAMS:
            for flags in (), ("--blind",):
                with self.subTest(text=text, flags=flags):
                    path = self.file("p.s", text)
                    args = ("--ctx", mem) if mem else ()
                    run = self.run_skep("-j", "prog", "run", path, *args)
                    self.assertEqual(run.status, 0, run.err)
                    out = "".join(byte[2:] for byte in run.json.get("data_out", ()))
                    self.link(path, clock if "ktime" in text else "", flags)
                    said = str(run.json["retval"]) + (" " + out if out else "")
                    self.assertEqual(self.call(mem), said)

    def test_helper(self):
        """Five arguments arrive; r6 to r9, the stack and its alignment are kept."""
        helper = ("HELPER(bpf_helper_7777, r0 = r1 + 10 * r2 + 100 * r3 + 1000 * r4 +"
                  " (r5 == 0x123456789abcdef0) * 100000)\n")
        for pushed in range(4):  # as many registers saved as not to be even, and to be
            text = FIVE
            for r in range(9, 9 - pushed, -1):
                text = text.replace(f"    r{r} = ", "    r5 = ", 1)
                text = text.replace(f"    r0 += r{r}\n", "")
            kept = sum((6, 70, 800, 9000)[: 4 - pushed])
            self.link(self.file("p.s", text), helper)
            self.assertEqual(self.call(), str(104321 + kept + 4))

    def test_helper_without_stack(self):
        """rsp is aligned where there is nothing else to make room for."""
        for text, result in (
            ("call 5\nexit\n", 9),
            ("r6 = 1\ncall 5\nr0 += r6\nexit\n", 10),
            ("r6 = 1\nr7 = 2\ncall f\nr0 += r6\nr0 += r7\nexit\nf:\ncall 5\nexit\n", 12),
            ("r0 = 0\nloop:\nmay_goto +1\ngoto loop\ncall 5\nexit\n", 9),
            # a constant that arm64 keeps in a register, but not over calls
            ("r6 = 1\nr6 += 0x12345678\ncall 5\nr0 += 0x12345678\nr0 += r6\nexit\n",
             10 + 2 * 0x12345678),
            ("r0 = 0\nr6 = 4\nloop:\nmay_goto +1\ngoto loop\ncall f\nr0 += r6\nexit\n"
             "f:\nr6 = 1\ncall 5\nr0 += r6\nexit\n", 14),
        ):
            self.link(self.file("p.s", text), "HELPER(bpf_ktime_get_ns, r0 = 9)\n")
            self.assertEqual(self.call(), str(result), text)

    def test_arguments_die(self):
        """r1 to r5 are 0 after a call, for those that look."""
        self.link(self.file("p.s", "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\ncall 7\n"
                            "call 8\nexit\n"),
                  "HELPER(bpf_get_prandom_u32, r0 = 1)\n"
                  "HELPER(bpf_get_smp_processor_id, r0 = r1 | r2 | r3 | r4 | r5)\n")
        self.assertEqual(self.call(), "0")

    def test_callback(self):
        """Addresses of functions are C functions, with stacks of their own."""
        self.link(self.file("p.s", LOOP), LOOP_HELPERS)
        self.assertEqual(self.call(), str((56 << 8) + 1008))
        # also of one that lies before
        body, f = LOOP.split("f:")
        self.link(self.file("p.s", "call main\nexit\nf:" + f + "main:" + body),
                  LOOP_HELPERS)
        self.assertEqual(self.call(), str((56 << 8) + 1008))


    def disassemble(self):
        """The mnemonics in p.o."""
        objdump = "objdump"
        if self.runner:
            objdump = self.compiler.removesuffix("gcc") + objdump
        if not shutil.which(objdump):
            self.skipTest(f"there is no {objdump}")
        done = subprocess.run([objdump, "-d", "--no-show-raw-insn", self.path("p.o")],
                              capture_output=True, text=True, check=True)
        return re.findall(r"^ +[0-9a-f]+:\t(?:lock )?(\w+)", done.stdout, re.MULTILINE)

    def fancy(self, *flags):
        """What is in the object that not every CPU has."""
        self.link(self.file("p.s", BEYOND), flags=flags)
        return {name for name in self.disassemble() if re.fullmatch(FANCY[self.target], name)}

    def test_features(self):
        """No more than what is asked for."""
        for flags in (), ("--cpu", "baseline"), ("--blind",):
            self.assertEqual(self.fancy(*flags), set())
        for names, expected in self.features:
            self.assertEqual(self.fancy("--cpu", names), expected)

    def test_old_machine(self):
        mem = "0102030405060708"
        run = self.good("-j", "prog", "run", self.file("p.s", BEYOND), "--ctx", mem).json
        expected = f"{run['retval']} " + "".join(byte[2:] for byte in run["data_out"])
        self.link(self.path("p.s"))
        self.assertEqual(self.call(mem), expected)
        if not shutil.which(self.old[0]):
            self.skipTest(f"there is no {self.old[0]}")
        self.assertEqual(self.call(mem, self.old), expected)


class X86(Linked, Test):
    target, compiler = "x86_64", "cc"
    features = (("bmi1", {"andn"}), ("movbe", {"movbe"}),
                ("bmi2", {"shlx", "shrx", "sarx", "mulx"}),
                ("movbe,bmi1", {"movbe", "andn"}))
    old = "qemu-x86_64-static", "-cpu", "qemu64"

    if platform.machine() != "x86_64":
        compiler, runner = "x86_64-linux-gnu-gcc", ("qemu-x86_64-static",)


class Arm64(Linked, Test):
    target, compiler = "arm64", "cc"
    features = (("lse", {"ldaddal", "ldsetal", "ldclral", "ldeoral", "swpal", "casal"}),)
    old = "qemu-aarch64-static", "-cpu", "cortex-a53", "-L", "/usr/aarch64-linux-gnu"

    if platform.machine() != "aarch64":
        compiler = "aarch64-linux-gnu-gcc"
        runner = "qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"


class Files(Test):
    def test_places(self):
        self.good(*COMPILE, FILTER, "-o", "a.o")
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.h", "a.o"])
        whole = self.good(*COMPILE, FILTER, "-o", "-").out
        with open(self.path("a.o"), "rb") as f:
            self.assertEqual(f.read(), whole)
        self.good(*COMPILE, FILTER, "-o", "b", "--header", "c.h")
        self.good(*COMPILE, FILTER, "-o", "d")
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["a.h", "a.o", "b", "c.h", "d", "d.h"])
        text = self.good(*COMPILE, FILTER, "-o", "e.o", "--header", "-").text
        with open(self.path("a.h"), encoding="utf-8") as f:
            self.assertEqual(f.read(), text)
        self.assertIn("\nuint64_t device_filter(void *ctx, uint64_t len);\n", text)

    def test_names(self):
        def named(*args):
            text = self.good(*COMPILE, *args, "-o", "x.o", "--header", "-").text
            return text.split("(void *ctx")[0].split()[-1]

        self.assertEqual(named(self.file("two-words.v2.s", "r0 = 0\nexit\n")), "two_words")
        self.assertEqual(named(self.file("4you", RETURN_42)), "_4you")
        self.assertEqual(named(self.file("p.s", "r0 = 0\nexit\n"), "other"), "other")
        self.assertEqual(named(self.file("q.s", "r0 = 0\nexit\n"), "main"), "q")
        self.assertEqual(named(FILTER, "--name", "mine"), "mine")
        for name, said in (("a-b", "no identifier"), ("int", "C's or C"), ("", "no identi"),
                           ("9a", "no identifier"), ("main", "own function"),
                           ("x" * 256, "longer than"), ("bpf_ktime_get_ns", "helper"),
                           ("wchar_t", "C's or C"), ("linux", "C's or C"),
                           ("_Bool", "compilers"), ("__x", "compilers"),
                           ("uint64_t", "stdint"), ("int_fast8_t", "stdint"),
                           ("INT8_MAX", "stdint"), ("UINTMAX_C", "stdint"),
                           ("SIZE_MAX", "stdint"), ("WCHAR_MIN", "stdint")):
            path = self.file("r.s", "call 5\nexit\n")
            self.bad(USAGE, rf"r\.s: name '.*' is .*{said}", *COMPILE, path, "-o", "z.o",
                     "--name", name)
            self.assertFalse(os.path.exists(self.path("z.o")))
        for name in "_x", "Int", "INT_", "uint", "SIZE_LEAST", "main_", "int8":
            self.assertEqual(named(FILTER, "--name", name), name)

    def test_names_by_default(self):
        """C and C++ take them, whatever the file is called."""
        for name, expected in (
            ("int.s", "int_"), ("main.s", "main_"), ("uint64_t.s", "uint64_t_"),
            ("INT8_MAX.s", "INT8_MAX_"), ("_Bool.s", "Bool"), ("__int.s", "int_"),
            ("-X.s", "X"), ("--.s", "_"), ("_9.s", "_9"), ("4you.s", "_4you"),
            ("bpf_ktime_get_ns.s", "bpf_ktime_get_ns_"), ("x" * 253 + ".s", "x" * 253),
            ("y" * 255, "y" * 253), ("class.s", "class_"), ("wchar_t.s", "wchar_t_"),
        ):
            path = self.file(name, "call 5\nexit\n")
            self.good(*COMPILE, path, "-o", "x.o")
            with open(self.path("x.h"), encoding="utf-8") as f:
                text = f.read()
            self.assertEqual(text.split("(void *ctx")[0].split()[-1], expected)
            for language in ("c",) + (("c++",) if shutil.which("c++") else ()):
                if shutil.which("cc"):
                    subprocess.run(["cc", "-x", language, "-Werror", "-fsyntax-only", "-"],
                                   input=b'#include "x.h"\n', cwd=self.folder, check=True)

    def test_usage(self):
        self.bad(USAGE, "needs -o OUT", *COMPILE, FILTER)
        self.bad(USAGE, "cannot both", *COMPILE, FILTER, "-o", "a", "--header", "a")
        self.bad(USAGE, "cannot both", *COMPILE, FILTER, "-o", "-", "--header", "-")
        self.bad(USAGE, "--header: the file's name is empty", *COMPILE, FILTER, "-o", "a",
                 "--header", "")
        self.bad(USAGE, "neither", *COMPILE, FILTER, "-o", "a", "--target", "vax")
        self.bad(USAGE, "cannot both", *COMPILE, FILTER, "-o", "a", "--header", "./a")
        self.bad(USAGE, r"x\.h: is a header's name", *COMPILE, FILTER, "-o", "x.h")
        for cpu, said in (("avx", "'avx' is neither baseline"), ("", "'' is neither"),
                          ("bmi1,", "'bmi1,' is neither"), ("native,bmi1", "is neither"),
                          ("lse", "x86_64 has no feature lse")):
            self.bad(USAGE, said, *COMPILE, FILTER, "-o", "a", "--target", "x86_64",
                     "--cpu", cpu)
        self.bad(USAGE, "arm64 has no feature bmi2", *COMPILE, FILTER, "-o", "a",
                 "--target", "arm64", "--cpu", "lse,bmi2")
        other = "x86_64" if platform.machine() == "aarch64" else "arm64"
        self.bad(USAGE, "--cpu native", *COMPILE, FILTER, "-o", "a", "--cpu", "native",
                 "--target", other)
        self.assertEqual(os.listdir(self.folder), [])
        self.good(*COMPILE, FILTER, "-o", "a", "--cpu", "native")

    def test_targets(self):
        """Each has several names."""
        for names in ("x86_64", "x86-64", "amd64"), ("arm64", "aarch64"):
            self.assertEqual(len({self.good(*COMPILE, FILTER, "-o", "-", "--target", name).out
                                  for name in names}), 1)

    def test_refusals(self):
        """What needs a run: the slot is named, and nothing is written."""
        fill = "r0 = 0\n"
        deep = "call f1\nexit\n" + "".join(
            f"f{n}:\n" + (f"call f{n + 1}\n" if n < 8 else "r0 = 0\n") + "exit\n"
            for n in range(1, 9))
        for text, slot, said in (
            (fill + "r6 = r1\nr0 = *(u32 *)skb[4]\nexit\n", 2, "a load from the packet"),
            (fill + "r6 = r1\nr0 = *(u8 *)skb[r0 + 4]\nexit\n", 2, "a load from the packet"),
            (fill + "r1 = map[id:7]\nexit\n", 1, "a reference to a map"),
            (fill + "call bpf_tail_call\nexit\n", 1, "a tail call"),
            ("8520000009000000 9500000000000000", 0, "a call of a kernel function"),
            (deep, 14, "calls that nest more than 8"),
            (fill + "call f\nexit\nf:\ncall f\nexit\n", 3, "calls that nest more than 8"),
        ):
            path = self.file("no.s", text)
            for target in "x86_64", "arm64":
                self.bad(REFUSED, rf"\Askep: \S*no\.s: slot {slot}: an object file cannot "
                         rf"hold {said}", *COMPILE, path, "-o", "z.o", "--target", target)
            self.assertEqual(os.listdir(self.folder), ["no.s"])
            if "nest" in said:  # where a run stops
                run = self.run_skep("prog", "run", path)
                self.assertIn(f"slot {slot}: ".encode(), run.err)

    def test_code_that_nothing_calls(self):
        """It is not what makes a program too deep."""
        self.good(*COMPILE, self.file("p.s", "main:\nr0 = 1\nexit\nother:\ncall main\nexit\n"),
                  "-o", "p.o")
        chain = "".join(f"f{n}:\ncall f{n + 1}\nexit\n" for n in range(1, 7))
        for text in (
            f"call f1\nexit\n{chain}f7:\nr0 = 0\nexit\ncall f1\ncall f7\nexit\n",
            f"r0 = 0\nexit\ncall f0\nexit\nf0:\ncall f1\nexit\n{chain}f7:\n"
            "call f8\nexit\nf8:\ncall f0\nexit\n",
        ):
            for target in "x86_64", "arm64":
                path = self.file("p.s", text)
                self.good(*COMPILE, path, "-o", "p.o", "--target", target)

    def test_unwritable(self):
        self.file("a.o", b"old")
        self.bad(SYSTEM, "nowhere", *COMPILE, FILTER, "-o", "a.o", "--header", "nowhere/a.h")
        with open(self.path("a.o"), "rb") as f:
            self.assertEqual(f.read(), b"old")

    def assert_kept(self, **files):
        """These files are in the folder as they were, and no others."""
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(files))
        for name, contents in files.items():
            with open(self.path(name), "rb") as f:
                self.assertEqual(f.read(), contents)

    def test_both_or_none(self):
        """A failure changes neither file, and names the one that it is about."""
        self.file("a.h", b"old")
        os.mkdir(self.path("a.o"))
        self.bad(SYSTEM, r"a\.o: is a directory", *COMPILE, FILTER, "-o", "a.o")
        os.rmdir(self.path("a.o"))
        self.assert_kept(**{"a.h": b"old"})
        self.bad(SYSTEM, r"/dev/full: No space", *COMPILE, FILTER, "-o", "/dev/full",
                 "--header", "a.h")
        self.assert_kept(**{"a.h": b"old"})
        with open("/dev/full", "wb") as full:
            self.bad(SYSTEM, "standard output: No space", *COMPILE, FILTER, "-o", "-",
                     "--header", "a.h", stdout=full)
            self.bad(SYSTEM, "standard output: No space", *COMPILE, FILTER, "-o", "a.o",
                     "--header", "-", stdout=full)
        self.assert_kept(**{"a.h": b"old"})
        os.rename(self.path("a.h"), self.path("b.o"))
        os.mkdir(self.path("b.h"))
        self.bad(SYSTEM, r"b\.h: is a directory", *COMPILE, FILTER, "-o", "b.o")
        os.rmdir(self.path("b.h"))
        self.assert_kept(**{"b.o": b"old"})
        self.bad(SYSTEM, r"nowhere/x\.o: No such file", *COMPILE, FILTER, "-o",
                 "nowhere/x.o")
        self.bad(SYSTEM, r"\.: is a directory", *COMPILE, FILTER, "-o", ".")
        self.assert_kept(**{"b.o": b"old"})

    def test_full_disk(self):
        self.without_sanitizers()
        self.file("a.o", b"old")
        self.bad(SYSTEM, r"a\.o: File too large", *COMPILE, FILTER, "-o", "a.o",
                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600)))
        self.assert_kept(**{"a.o": b"old"})

    def test_no_header(self):
        """None beside what is no file, unless it is asked for."""
        self.good(*COMPILE, FILTER, "-o", "/dev/null")
        os.mkfifo(self.path("pipe"))
        reader = os.open(self.path("pipe"), os.O_RDONLY | os.O_NONBLOCK)
        self.good(*COMPILE, FILTER, "-o", "pipe")
        self.assertEqual(os.read(reader, 4), b"\x7fELF")
        os.close(reader)
        self.assertEqual(os.listdir(self.folder), ["pipe"])
        self.good(*COMPILE, FILTER, "-o", "/dev/null", "--header", "x.h")
        self.assertEqual(sorted(os.listdir(self.folder)), ["pipe", "x.h"])

    def test_input_is_spared(self):
        text = b"r0 = 0\nexit\n"
        self.file("p.h", text)
        said = "the output would overwrite the input"
        os.link(self.path("p.h"), self.path("q"))
        for args in ((*COMPILE, "p.h", "-o", "q"), (*COMPILE, "p.h", "-o", "p.o"),
                     (*COMPILE, "q", "-o", "x", "--header", "p.h"),
                     ("asm", "p.h", "-o", "./p.h"), ("asm", "q", "-o", "p.h"),
                     ("prog", "dump", "jited", "q", "-o", "p.h"),
                     ("prog", "run", "q", "--ctx", "00", "--data-out", "p.h")):
            self.bad(USAGE, said, *args)
            self.assert_kept(**{"p.h": text, "q": text})
        with open(self.path("q"), "rb") as f:
            self.bad(USAGE, said, "asm", "-", "-o", "p.h", stdin=f)
        self.assert_kept(**{"p.h": text, "q": text})
        self.bad(MALFORMED, "no instructions", "asm", "/dev/null", "-o", "/dev/null")

    def test_readable(self):
        """Tools find nothing to say about the objects."""
        path = self.file("p.s", LOOP)
        for target in "x86_64", "arm64":
            self.good(*COMPILE, path, "-o", "p.o", "--target", target, "--name", "looped")
            done = subprocess.run(["readelf", "-aW", "p.o"], cwd=self.folder,
                                  capture_output=True, text=True, check=True)
            self.assertEqual(done.stderr, "")
            for said in (r" FUNC +GLOBAL +DEFAULT +1 looped\n",
                         r" FUNC +LOCAL +DEFAULT +1 subprog_1\n",
                         r" NOTYPE +GLOBAL +DEFAULT +UND bpf_loop\n",
                         r"\.note\.GNU-stack +PROGBITS +0+ \w+ 000000 00 +0 ",
                         "R_X86_64_PLT32" if target == "x86_64" else "R_AARCH64_CALL26",
                         "x86 feature: IBT, SHSTK" if target == "x86_64" else "feature: BTI"):
                self.assertRegex(done.stdout, said)
            path = self.file("p.s", "r6 = 0\ncall 5\nr6 += r0\ncall 5\nexit\n")
            self.good(*COMPILE, path, "-o", "p.o", "--target", target)
            done = subprocess.run(["readelf", "-sW", "p.o"], cwd=self.folder,
                                  capture_output=True, text=True, check=True)
            self.assertEqual(done.stdout.count(" UND bpf_ktime_get_ns\n"), 1)
            path = self.file("p.s", LOOP)


if __name__ == "__main__":
    main()
