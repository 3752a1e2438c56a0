#!/usr/bin/env python3
"""Machine code: its listing, and the choice of the engine that runs it."""
import os
import re
import resource
import subprocess
from pathlib import Path

from harness import (
    CALLS,
    FAULT,
    FILTER,
    MALFORMED,
    OK,
    RETURN_42,
    SKEP,
    USAGE,
    VERDICTS,
    Test,
    main,
)

DUMP = "prog", "dump", "jited"
NAME = "bpf_prog_a2fb42ce03993d38_device_filter"
TARGETS = "x86_64", "arm64"
KINDS = "--checked", "--unchecked", "--unmetered"
# Of the article's program, on x86-64
UNMETERED_MAX = 260

# Programs for listings: wide loads, what no jump leads to, helpers, loops, what compilers
# write for rotations and byte swaps, and what is one instruction of another machine.
SHAPES = (
    "r1 = 0x1122334455667788 ll\nr2 = 5 ll\nr0 = r1\nr0 += r2\nexit\n",
    "r0 = 1\nexit\nr0 = 2\nr3 = 7 ll\nr0 += r3\nexit\n",
    "r6 = r1\ncall ktime_get_ns\nr7 = r0\ncall f\nr0 += r7\nexit\n"
    "f: r8 = r6\nr8 <<= 3\nr0 = r8\nexit\nr0 = 3\nexit\n",
    "r2 = *(u32 *)(r1 + 4)\na: r2 += 1\n*(u32 *)(r10 - 4) = r2\nif r2 < 9 goto a\n"
    "r3 = *(u32 *)(r10 - 4)\nr0 = r3\nif r0 != 9 goto b\nr0 = 1\nexit\nb: r0 = 0\nexit\n",
    "r2 = *(u32 *)(r1 + 0)\nr3 = r2\nr3 >>= 7\nr2 <<= 57\nr2 |= r3\nr4 = r2\nr4 *= r3\n"
    "r0 = r4\nr0 += r2\nr5 = r2\nr5 <<= 3\nr0 += r5\nr5 = r1\nr5 += r3\nr0 = be32 r0\n"
    "r5 = *(u8 *)(r5 + 0)\nr0 += r5\nif r5 == 3 goto a\ngoto b\na: r0 = 0\nb: exit\n",
    "r2 = *(u64 *)(r1 + 0)\nlock *(u64 *)(r1 + 0) += r2\n"
    "r0 = load_acquire((u64 *)(r1 + 0))\nr0 += 1\nexit\n",
    "r2 = 4\na: may_goto b\nr2 -= 1\ngoto a\nb: r9 = r2\nr0 = 0\nexit\n",
)

JOINED = """
    r0 = 2
    if r1 == 0 goto a
    goto b
a:  r0 = 3
b:  exit
"""

LOOP = """
    r2 = *(u32 *)(r1 + 4)
a:  r2 += 1
    if r2 != 0 goto a
    *(u32 *)(r1 + 0) = r2
    r0 = 0
    exit
"""

CALL_HELPER = "call ktime_get_ns\nr6 = r0\ncall ktime_get_ns\nr0 -= r6\nexit\n"


class Listing(Test):
    def code(self, *args):
        """The bytes that the listing is of."""
        return self.good(*DUMP, *args, "--output", "-").out

    def test_grammar(self):
        """Headings, instructions with offsets and bytes, and blank lines between parts."""
        for target in TARGETS:
            args = FILTER, "--target", target
            text = self.good(*DUMP, *args, "opcodes").text
            self.assertTrue(text.startswith(f"{NAME}:\n   0:\t"), text[:80])
            code = b""
            for part in text.removesuffix("\n\n").split("\n\n"):
                heading, *lines = part.split("\n")
                self.assertRegex(heading, r"\A\S.*:\Z")
                for insn, opcodes in zip(lines[::2], lines[1::2], strict=True):
                    match = re.fullmatch(r" *([0-9a-f]+):\t(\S.*)", insn)
                    self.assertTrue(match, insn)
                    self.assertEqual(int(match[1], 16), len(code))
                    self.assertRegex(opcodes, r"\A\t([0-9a-f]{2} )+\Z")
                    code += bytes.fromhex(opcodes)
            self.assertEqual(code, self.code(*args))
            plain = [line for line in text.split("\n") if not line.startswith("\t")]
            self.assertEqual(self.good(*DUMP, *args).text, "\n".join(plain))

    def test_json(self):
        """As bpftool: functions with instructions, [null] where there is no operand."""
        for target in TARGETS:
            args = FILTER, "--target", target
            answer = self.good("-j", *DUMP, *args, "opcodes").json
            self.assertEqual(self.good("-p", *DUMP, *args, "opcodes").json, answer)
            self.assertEqual(answer[0]["name"], NAME)
            code = b""
            for function in answer:
                for insn in function["insns"]:
                    self.assertEqual(int(insn["pc"], 16), len(code))
                    self.assertTrue(insn["operation"])
                    self.assertTrue(insn["operands"])
                    code += bytes(int(byte, 16) for byte in insn["opcodes"])
            self.assertEqual(code, self.code(*args))
            rets = [
                insn
                for function in answer
                for insn in function["insns"]
                if insn["operation"].startswith("ret")
            ]
            self.assertEqual(rets[0]["operands"], [None])
            without = self.good("-j", *DUMP, *args).json[0]["insns"][0]
            self.assertEqual(set(without), {"pc", "operation", "operands"})

    def test_operands(self):
        path = self.file("p.s", "r0 = *(u32 *)(r1 + 4)\nexit\n")
        answer = self.good("-j", *DUMP, path, "--target", "x86_64", "--unmetered").json
        operands = [o for insn in answer[0]["insns"] for o in insn["operands"] if o]
        self.assertTrue(any(re.fullmatch(r"4\(%r\w+\)", o) for o in operands), operands)

    def test_everything_is_known(self):
        """No byte of the code is listed as data, but for what is filled in later."""
        for target in TARGETS:
            for kind in KINDS:
                for path in FILTER, self.file("p.s", CALLS):
                    text = self.good(*DUMP, path, kind, "--target", target).text
                    data = re.findall(r"\t(?:\.byte|\.inst) .*", text)
                    self.assertEqual(data, [])

    def test_host(self):
        """Without --target the code is this machine's, and that which show counts."""
        show = self.good("-j", "prog", "show", FILTER).json[0]
        self.assertTrue(show["jited"])
        self.assertEqual(show["bytes_jited"], len(self.code(FILTER)))
        self.assertEqual(self.code(FILTER), self.code(FILTER, "--checked"))
        self.assertIn(
            self.code(FILTER), [self.code(FILTER, "--target", t) for t in TARGETS]
        )

    def test_kinds(self):
        for target in TARGETS:
            checked, unchecked, unmetered = (
                len(self.code(FILTER, kind, "--target", target)) for kind in KINDS
            )
            self.assertLessEqual(unmetered, unchecked)
            self.assertLessEqual(unchecked, checked)
        self.assertLessEqual(
            len(self.code(FILTER, "--unmetered", "--target", "x86_64")), UNMETERED_MAX
        )

    def test_blind(self):
        path = self.file("p.s", "r0 = 0x11223344\nexit\n")
        args = path, "--target", "x86_64"
        constant = bytes.fromhex("44332211")
        for kind in KINDS:
            self.assertIn(constant, self.code(*args, kind))
            self.assertNotIn(constant, self.code(*args, kind, "--blind"))

    def test_interleave(self):
        """Each instruction is there once, in order, whether it has code or not."""
        paths = [FILTER]
        paths += [self.file(f"{n}.s", text) for n, text in enumerate((CALLS, *SHAPES))]
        for path in paths:
            xlated = self.good("prog", "dump", "xlated", path).text
            slots = re.findall(r"^ *(\d+: \(.*)$", xlated, re.M)
            self.assertTrue(slots)
            for target in TARGETS:
                for kind in KINDS:
                    args = path, kind, "--target", target
                    with self.subTest(args=args):
                        self.check_interleaved(args, slots)

    def check_interleaved(self, args, slots):
        text = self.good(*DUMP, *args, "--interleave").text
        for part in text.split("\n\n"):
            heads = re.findall(r"^; .*", part, re.M)
            for head, following in zip(heads, heads[1:], strict=False):
                self.assertNotEqual(head, following)
        lines = text.split("\n")
        heads = [line[2:] for line in lines if line.startswith("; ")]
        shown = [head for head in heads if re.match(r"\d", head)]
        self.assertEqual(shown, slots)
        slow = [head for head in heads if head.startswith("slow path of ")]
        self.assertLessEqual({head[len("slow path of ") :] for head in slow}, set(slots))
        self.assertEqual(set(heads) - set(shown) - set(slow) - {"no instruction"}, set())
        rest = [line for line in lines if not line.startswith("; ")]
        self.assertEqual("\n".join(rest), self.good(*DUMP, *args).text)
        answer = self.good("-j", *DUMP, *args, "--interleave").json
        texts = dict(slot.split(": ", 1) for slot in slots)
        self.assertEqual(list(self.heads_json(answer, texts)), heads)

    def heads_json(self, answer, slots):
        """What the text has as heads, from JSON."""
        for function in answer:
            for row in *function["insns"], {**function, "slot": 0}:
                for insn in row.get("without_code", ()):
                    self.assertEqual(insn["disasm"], slots[str(insn["slot"])])
                    yield f"{insn['slot']}: {insn['disasm']}"
                if "slow_path_of" in row:
                    self.assertIsNone(row["slot"])
                    number = str(row["slow_path_of"])
                    yield f"slow path of {number}: {slots[number]}"
                elif "disasm" in row:
                    yield f"{row['slot']}: {row['disasm']}"
                elif row.get("slot", 0) is None:
                    yield "no instruction"

    def test_joined(self):
        """Where one instruction of the machine is two, it stands under the later one."""
        path = self.file("p.s", JOINED)
        for target in TARGETS:
            args = path, "--unmetered", "--target", target
            answer = self.good("-j", *DUMP, *args, "--interleave").json
            rows = {row["slot"]: row for row in answer[0]["insns"] if "slot" in row}
            self.assertNotIn(1, rows)
            self.assertEqual(rows[2]["without_code"][-1]["slot"], 1)

    def test_slow_paths(self):
        """What is taken when a check fails says whose check it is."""
        path = self.file("p.s", LOOP)
        for target in TARGETS:
            for kind, slots in zip(KINDS, ("023", "2", ""), strict=True):
                args = path, kind, "--target", target, "--interleave"
                text = self.good(*DUMP, *args).text
                found = re.findall(r"^; slow path of (\d+): \(", text, re.M)
                self.assertEqual("".join(found), slots)

    def test_functions(self):
        for target in TARGETS:
            args = self.file("p.s", CALLS), "--target", target
            tag = self.good("-j", "prog", "show", args[0]).json[0]["tag"]
            names = [function["name"] for function in self.good("-j", *DUMP, *args).json]
            self.assertIn(f"bpf_prog_{tag}_main", names)
            self.assertIn(f"bpf_prog_{tag}_subprog_1", names)
            headings = re.findall(r"^(\S.*):$", self.good(*DUMP, *args).text, re.M)
            self.assertEqual(headings, names)

    def test_relocations(self):
        """A call out of the code says what it calls."""
        path = self.file("p.s", CALL_HELPER)
        for target in TARGETS:
            for kind in KINDS:
                args = path, kind, "--target", target
                name = "bpf_ktime_get_ns"
                self.assertIn(f"  # call of {name}\n", self.good(*DUMP, *args).text)
                answer = self.good("-j", *DUMP, *args).json
                called = [
                    insn.get("call_of")
                    for function in answer
                    for insn in function["insns"]
                ]
                self.assertIn(name, called)

    def test_syntax(self):
        att = self.good(*DUMP, FILTER, "--target", "x86_64").text
        intel = self.good(*DUMP, FILTER, "--target", "x86_64", "--intel").text
        self.assertIn("%r", att)
        self.assertNotIn("%", intel)
        self.assertEqual(att.count("\n"), intel.count("\n"))

    def test_words(self):
        whole = self.good(*DUMP, FILTER, "opcodes").out
        self.assertEqual(self.good("p", "d", "j", FILTER, "op", "li").out, whole)
        self.bad(USAGE, r"'visual' is none of opcodes, linum", *DUMP, FILTER, "visual")
        self.bad(USAGE, r"operands are missing", *DUMP)
        self.bad(USAGE, r"'mips' is neither", *DUMP, FILTER, "--target", "mips")
        self.bad(USAGE, r"exclude each other", *DUMP, FILTER, "--checked", "--unmetered")
        self.bad(USAGE, r"exclude each other", *DUMP, FILTER, "--checked", "--unchecked")
        self.bad(USAGE, r"no option --target", "prog", "run", FILTER, "--target", "arm64")

    def test_bad_program(self):
        self.bad(MALFORMED, r"stdin: slot 1", *DUMP, "-", stdin=RETURN_42[:8] + b"\xff" * 8)


class Engines(Test):
    def test_verdicts(self):
        for device, verdict in VERDICTS:
            answers = []
            for engine in "interp", "jit":
                answer = self.good(
                    "-j", "prog", "run", FILTER, f"device={device}", f"--{engine}"
                ).json
                self.assertEqual(answer.pop("engine"), engine)
                self.assertEqual(answer["retval"], verdict)
                del answer["duration"]
                answers.append(answer)
            self.assertEqual(answers[0], answers[1])

    def test_default(self):
        answer = self.good("-j", "prog", "run", FILTER, "device=c:1:3:rw").json
        self.assertEqual(answer["engine"], "jit")

    def test_memory(self):
        path = self.file("p.s", "*(u8 *)(r1 + 1) = 7\nr0 = r2\nexit\n")
        for engine in "--interp", "--jit":
            answer = self.good("-j", "prog", "run", path, "--ctx", "010203", engine).json
            self.assertEqual(answer["retval"], 3)
            self.assertEqual(answer["data_out"], ["0x01", "0x07", "0x03"])

    def test_faults(self):
        """Both engines stop at the same place, and say the same about it."""
        for text, said in (
            ("r0 = *(u64 *)(r1 + 8)\nexit\n", rb"slot 0: read of 8 bytes"),
            ("r0 = 0\nloop:\nr0 += 1\ngoto loop\n", rb"slot 2: out of fuel"),
            ("r1 = 1\ncall 99999\nexit\n", rb"slot 1: helper #?99999 ?.*is not there"),
        ):
            path = self.file("p.s", text)
            reports = []
            for engine in "--interp", "--jit":
                result = self.run_skep(
                    "prog", "run", path, "--ctx", "00" * 8, "--fuel", "1000", engine
                )
                self.assertEqual((result.status, result.out), (FAULT, b""))
                reports.append(re.sub(rb"0x[0-9a-f]{6,}", b"ADDRESS", result.err))
            self.assertEqual(reports[0], reports[1])

    def test_uninitialised(self):
        path = self.file("p.s", "r0 = r7\nexit\n")
        for engine in "--interp", "--jit":
            result = self.run_skep("-j", "prog", "run", path, engine)
            self.assertEqual((result.status, result.json["retval"]), (OK, 0))
            self.assertEqual(result.json["uninit_reads"], 1)

    def test_exclusion(self):
        for command in ("prog", "run", FILTER), ("bench", FILTER):
            self.bad(
                USAGE,
                r"--jit and --interp exclude each other",
                *command,
                "--jit",
                "--interp",
            )
        self.bad(
            USAGE,
            r"--jit and --interpret exclude each other",
            "plugin",
            "--jit",
            "--interpret",
        )
        self.bad(USAGE, r"no option --jit", "trace", FILTER, "--jit")


class Announcing(Test):
    """--announce; what reads the announcements is tested by test/jit."""

    def announce(self, *ways):
        """Runs a program and returns its process' number."""
        path = self.file("p.s", CALLS)
        command = [SKEP, "prog", "run", path, "many", "--announce", *ways]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder
        ) as process:
            out, err = process.communicate()
        self.assertEqual((process.returncode, err), (OK, b""))
        self.assertIn(b"Return value: 15", out)
        return process.pid

    def test_files(self):
        """The names are the program's and the function's."""
        pid = self.announce("perf-map,jitdump")
        mapped = Path(f"/tmp/perf-{pid}.map")
        names = [line.split(" ", 2)[2] for line in mapped.read_text().splitlines()]
        mapped.unlink()
        for name in "many/main", "many/subprog_1", "many/gate", "many/shared":
            self.assertIn(name, names)
        dump = (Path(self.folder) / f"jit-{pid}.dump").read_bytes()
        for name in names:
            self.assertIn(name.encode() + b"\0", dump)

    def test_one(self):
        """Only what is asked for is done."""
        pid = self.announce("gdb")
        self.assertFalse(Path(f"/tmp/perf-{pid}.map").exists())
        self.assertFalse((Path(self.folder) / f"jit-{pid}.dump").exists())

    def test_failed(self):
        """A warning says so, and the program runs; nothing empty is left behind."""
        path = self.file("p.s", "r0 = 42\nexit\n")
        said = rb"skep: \S+p\.s: warning: native code is not announced in jit-\d+\.dump: .+\n"
        places = [("/proc/self", None)]
        if os.geteuid():
            os.mkdir(self.path("closed"), 0o500)
            places.append((self.path("closed"), None))

        def full():
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))

        for place, before in (*places, (self.folder, full)):
            for command in ("prog", "run"), ("bench",):
                done = self.run_skep(*command, path, "--announce", "jitdump,gdb", cwd=place,
                                     preexec_fn=before)
                self.assertEqual(done.status, OK, done.err)
                self.assertIn(b"42" if command[0] == "prog" else b"ns", done.out)
                self.assertRegex(done.err, rb"\A" + said + rb"\Z")
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("jit-")], [])

    def test_refused(self):
        for ways in "", "perf", "gdb,", "gdb,perf map", "perf-mapx":
            self.bad(
                USAGE,
                r"--announce: '.*' is none of perf-map, jitdump, gdb",
                *("prog", "run", FILTER, "--announce", ways),
            )
        for command in ("prog", "run"), ("bench",):
            self.bad(
                USAGE,
                r"--announce and --interp exclude each other",
                *(*command, FILTER, "--announce", "gdb", "--interp"),
            )
        self.bad(USAGE, r"no option --announce", "trace", FILTER, "--announce", "gdb")


class Measures(Test):
    def bench(self, *options):
        path = self.file("p.s", CALLS)
        return self.good("-j", "bench", path, "--repeat", "1000", *options).json

    def test_engines(self):
        for options, engine in (
            ((), "jit"),
            (("--jit",), "jit"),
            (("--jit", "--unchecked"), "jit"),
            (("--jit", "--fuel", "100000"), "jit"),
            (("--jit", "--checked"), "jit-checked"),
            (("--checked",), "jit-checked"),
            (("--interp",), "interp"),
            (("--interp", "--checked"), "interp-checked"),
        ):
            answer = self.bench(*options)
            self.assertEqual((answer["engine"], answer["retval"]), (engine, 15))
            self.assertEqual(answer["insns"], 11)
            native = engine.startswith("jit")
            self.assertEqual(answer["code_bytes"] > 0, native)
            self.assertEqual(answer["compile_ns"] > 0, native)
            self.assertIsNone(answer["verify_ns"])

    def test_sizes(self):
        """What is measured is the code that the listing shows."""
        path = self.file("p.s", CALLS)
        for options, kind in (
            (("--checked",), "--checked"),
            (("--fuel", "100000"), "--unchecked"),
            ((), "--unmetered"),
        ):
            self.assertEqual(
                self.bench("--jit", *options)["code_bytes"],
                len(self.good(*DUMP, path, kind, "-o", "-").out),
            )

    def test_text(self):
        path = self.file("p.s", CALLS)
        text = self.good("bench", path, "--jit", "--repeat", "1000").text
        self.assertIn("engine jit\n", text)
        self.assertRegex(text, r"ns to compile +min +\d+ +median +\d+ ")
        self.assertRegex(text, r"\n  \d+ bytes of code\n")
        text = self.good("bench", path, "--interp", "--repeat", "1000").text
        self.assertNotIn("code", text)

    def test_show(self):
        text = self.good("prog", "show", FILTER).text
        self.assertRegex(
            text, r"\txlated 512B  jited \d+B  .*\n\tload \d+ns  compile \d+ns\n\Z"
        )
        answer = self.good("-j", "prog", "show", FILTER).json[0]
        self.assertGreater(answer["load_ns"], 0)
        self.assertGreater(answer["compile_ns"], 0)


if __name__ == "__main__":
    main()
