#!/usr/bin/env python3
"""What the commands answer, in text and in JSON."""
import hashlib
import json
import os
import re
import shutil
import subprocess

from harness import (
    CALLS,
    FAULT,
    FILTER,
    MALFORMED,
    OK,
    RETURN_42,
    USAGE,
    VERDICTS,
    Test,
    main,
)


class Show(Test):
    def test_filter(self):
        text = self.good("prog", "show", FILTER).text
        self.assertRegex(
            text,
            r"\A0: cgroup_device  name device_filter  tag a2fb42ce03993d38\n"
            r"\txlated 512B  jited \d+B  insns 64  functions 1\n"
            r"\tload \d+ns  compile \d+ns\n\Z",
        )
        (answer,) = self.good("-j", "prog", "show", FILTER).json
        for number in "bytes_jited", "load_ns", "compile_ns":
            self.assertGreater(answer.pop(number), 0)
        self.assertEqual(
            answer,
            {
                "id": 0,
                "type": "cgroup_device",
                "name": "device_filter",
                "tag": "a2fb42ce03993d38",
                "bytes_xlated": 512,
                "jited": True,
                "insns": 64,
                "functions": 1,
            },
        )

    def test_functions_of_objects(self):
        """Of an object with several functions each can be shown and listed by its name."""
        if not shutil.which("clang"):
            self.skipTest("clang is not installed")
        self.file(
            "two.c",
            '__attribute__((section("xdp"))) int one(void *c) { return 1; }\n'
            '__attribute__((section("xdp"))) int two(void *c) { return 2; }\n',
        )
        compiler = "clang", "-O2", "-target", "bpf", "-c", "two.c", "-o", "two.o"
        subprocess.run(compiler, cwd=self.folder, check=True)
        path = os.path.join(self.folder, "two.o")
        for command in ("prog", "show"), ("prog", "dump", "xlated"), ("prog", "dump", "jited"):
            text = self.good(*command, path).text
            self.assertRegex(text, r"\A0: xdp  name one ")
            self.assertRegex(text, r"(?m)^1: xdp  name two ")
            self.bad(USAGE, r"no function 'three'", *command, path, "three")
        self.bad(USAGE, r"2 programs, one must be named: one, two", "prog", "run", path)
        self.assertIn("name two", self.good("prog", "show", path, "two").text)
        for name, number in ("one", 1), ("two", 2):
            text = self.good("prog", "dump", "xlated", path, name, "opcodes").text
            self.assertIn(f"   0: (b7) r0 = {number}\n       b7 00 00 00 0{number}", text)
            text = self.good("prog", "dump", "jited", path, name, "--target", "x86_64").text
            self.assertRegex(text, rf"_{name}:\n   0:\tmovl   \${number}, %eax\n")
            text = self.good("explain", path, name).text
            self.assertRegex(text, rf"   0: r0 = {number} +set r0 to {number}\n")

    def test_tag(self):
        """SHA-256 over the slots, its first 8 bytes."""
        path = self.file("p.bin", RETURN_42)
        tag = hashlib.sha256(RETURN_42).hexdigest()[:16]
        self.assertRegex(
            self.good("prog", "show", path).text,
            rf"\A0: raw  tag {tag}\n\txlated 16B  jited \d+B  insns 2  functions 1\n",
        )

    def test_type(self):
        path = self.file("p.bin", RETURN_42)
        answer = self.good("-j", "prog", "show", path, "--type", "cgroup_sysctl").json
        self.assertEqual(answer[0]["type"], "cgroup_sysctl")

    def test_counts(self):
        path = self.file("p.s", CALLS.replace("r6 = 5", "r6 = 0x123456789 ll"))
        answer = self.good("-j", "prog", "show", path).json[0]
        self.assertEqual(
            (answer["bytes_xlated"], answer["insns"], answer["functions"]), (96, 11, 2)
        )


class Dump(Test):
    def test_plain(self):
        lines = self.good("prog", "dump", "xlated", FILTER).text.splitlines()
        self.assertEqual(len(lines), 64)
        self.assertEqual(
            lines[:2], ["   0: (61) r2 = *(u32 *)(r1 +0)", "   1: (54) w2 &= 65535"]
        )
        self.assertEqual(lines[63], "  63: (95) exit")

    def test_opcodes(self):
        path = self.file("p.s", "r1 = 0x1122334455667788 ll\nr0 = -1\nexit\n")
        self.assertEqual(
            self.good("prog", "dump", "xlated", path, "opcodes").text,
            "   0: (18) r1 = 0x1122334455667788\n"
            "       18 01 00 00 88 77 66 55 00 00 00 00 44 33 22 11\n"
            "   2: (b7) r0 = -1\n       b7 00 00 00 ff ff ff ff\n"
            "   3: (95) exit\n       95 00 00 00 00 00 00 00\n",
        )
        self.assertEqual(
            self.good("-j", "prog", "dump", "xlated", path, "opcodes").json[0],
            {
                "disasm": "(18) r1 = 0x1122334455667788",
                "opcodes": {
                    "code": "0x18",
                    "src_reg": "0x0",
                    "dst_reg": "0x1",
                    "off": ["0x00", "0x00"],
                    "imm": [
                        "0x88",
                        "0x77",
                        "0x66",
                        "0x55",
                        "0x44",
                        "0x33",
                        "0x22",
                        "0x11",
                    ],
                },
            },
        )

    def test_json(self):
        plain = self.good("prog", "dump", "xlated", FILTER).text
        answer = self.good("-j", "prog", "dump", "xlated", FILTER).json
        self.assertEqual(
            [a["disasm"] for a in answer], re.findall(r"^ *\d+: (.*)$", plain, re.M)
        )
        self.assertEqual(self.good("-p", "prog", "dump", "xlated", FILTER).json, answer)

    def test_indented_as_bpftool_does(self):
        """Measured on bpftool 7.1, but for the brackets behind plain numbers."""
        path = self.file("p.bin", RETURN_42)
        self.assertEqual(
            self.good("-p", "prog", "dump", "xlated", path).text,
            '[{\n        "disasm": "(b7) r0 = 42"\n    },{\n'
            '        "disasm": "(95) exit"\n    }\n]\n',
        )

    def test_visual(self):
        text = self.good("prog", "dump", "xlated", FILTER, "visual").text
        self.assertTrue(text.startswith('digraph "DOT graph for eBPF program" {\n'))
        self.assertTrue(text.endswith("}\n"))


class Bpftool(Test):
    """bpftool's own listing of a program that went through the kernel."""

    # Nothing that the kernel rewrites when it loads a program
    SOURCE = """
        unsigned long long prog(unsigned int *ctx)
        {
            unsigned long long x = ctx[3] | 0x123456789000ULL;
            if (x > 5)
                x ^= ~0ULL >> 7;
            return (x * 77) & 3;
        }
    """

    def load(self):
        for tool in "bpftool", "clang":
            if not shutil.which(tool):
                self.skipTest(f"{tool} is not installed")
        source = '__attribute__((section("xdp"), used))' + self.SOURCE
        self.file(
            "p.c", source + 'char _license[] __attribute__((section("license"))) = "GPL";'
        )
        subprocess.run(
            ["clang", "-O2", "-mcpu=v2", "-target", "bpf", "-c", "p.c", "-o", "p.o"],
            cwd=self.folder,
            check=True,
        )
        pin = f"/sys/fs/bpf/skep-test-{os.getpid()}"
        done = subprocess.run(
            ["bpftool", "prog", "load", "p.o", pin],
            cwd=self.folder,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            self.skipTest("the kernel does not let bpftool load programs")
        self.addCleanup(os.unlink, pin)
        return pin

    def bpftool(self, *args):
        return subprocess.run(
            ["bpftool", *args], stdout=subprocess.PIPE, check=True
        ).stdout

    def test_listings(self):
        pin = self.load()
        dump = "prog", "dump", "xlated"
        answer = self.bpftool("-j", *dump, "pinned", pin, "opcodes")
        path = self.file("p.json", answer)
        self.assertEqual(self.good("-j", *dump, path, "opcodes").json, json.loads(answer))
        self.assertEqual(self.good("-p", *dump, path, "opcodes").json, json.loads(answer))
        for words in (), ("opcodes",):
            listing = self.bpftool(*dump, "pinned", pin, *words)
            self.assertEqual(self.good(*dump, path, *words).out, listing)

    def test_tag(self):
        """The kernel tags what was given to it, before it rewrites anything."""
        show = json.loads(self.bpftool("-j", "prog", "show", "pinned", self.load()))
        self.assertEqual(
            self.good("-j", "prog", "show", "p.o").json[0]["tag"], show["tag"]
        )


class Inputs(Test):
    """The same program in every format gives the same listing."""

    def setUp(self):
        super().setUp()
        slots = self.good("asm", self.file("p.s", CALLS), "-o", "-").out
        self.expected = self.good("disasm", "p.s").out
        self.slots = slots

    def check(self, contents, *options):
        path = self.file("p", contents)
        self.assertEqual(self.good("disasm", path, *options).out, self.expected)
        self.assertEqual(
            self.good("disasm", "-", *options, stdin=contents).out, self.expected
        )

    def test_raw(self):
        self.check(self.slots)
        self.check(self.slots, "--format", "raw")

    def test_hex(self):
        for text in (
            self.slots.hex(),
            self.slots.hex(" ") + "\n",
            self.slots.hex().upper(),
        ):
            self.check(text)
            self.check(text, "--format", "hex")

    def test_array(self):
        text = "{ " + ", ".join(f"0x{b:02x}" for b in self.slots) + " }"
        self.check(text)
        self.check(text, "--format", "array")

    def test_bpftool_json(self):
        for style in "-j", "-p":
            text = self.good(style, "prog", "dump", "xlated", "p.s", "opcodes").out
            self.check(text)
            self.check(b" \n" + text)
            self.check(text, "--format", "json")

    def test_texts_in_json(self):
        """Without opcodes the texts are assembled."""
        dump = "prog", "dump", "xlated", "p.s"
        for words in dump, ("disasm", "p.s"), ("disasm", "--llvm", "p.s"):
            for style in "-j", "-p":
                text = self.good(style, *words).out
                self.check(text)
                self.check(text, "--format", "json")
        # Other keys, as bpftool writes for programs with debug information
        lines = [{"src": "x", **line} for line in self.good("-j", *dump).json]
        lines[0]["proto"] = "int prog(void * ctx)"
        self.check(json.dumps(lines))

    def test_wide_texts_in_json(self):
        path = self.file("w.s", "goto +3\nr1 = 0x1122334455667788 ll\nr0 = 1\nexit\n")
        text = self.good("-j", "prog", "dump", "xlated", path).out
        shown = self.good("disasm", "-", stdin=text).out
        self.assertEqual(shown, self.good("disasm", path).out)

    def test_other_json(self):
        self.check(json.dumps(list(self.slots)))
        self.check(json.dumps([f"0x{b:x}" for b in self.slots]))
        self.check(json.dumps({"id": "x", "insns": self.slots.hex(), "mem": ""}))

    def test_llvm(self):
        self.check(self.good("disasm", "--llvm", "p.s").text)

    def test_bad_json(self):
        opcodes = {
            "code": "0xb7",
            "src_reg": "0x0",
            "dst_reg": "0x0",
            "off": ["0x00"] * 2,
            "imm": ["0x00"] * 4,
        }

        def element(**changes):
            return json.dumps([{"disasm": "x", "opcodes": {**opcodes, **changes}}])

        for text, said in (
            ("[", r"stdin:1:\d+: JSON: "),
            ("[1,]", r"stdin:1:\d+: JSON: "),
            ('[\n {"a":1,"a":2}]', r"stdin:2:\d+: JSON: "),
            ("[" * 100000, r"JSON: "),
            ("[]", r"stdin: "),
            ("[256]", r"element 0: is no byte"),
            ("[-1]", r"no byte"),
            ('["x"]', r"element 0: is no byte"),
            ("[1.5]", r"element 0: "),
            ("[null]", r"element 0: "),
            ('[{"disasm":"x"}]', r"stdin: element 0: "),
            ('[{"disasm":1}]', r"element 0: has neither 'opcodes' nor 'disasm'"),
            ("[{}]", r"element 0: has neither"),
            ('[{"disasm":"exit"},{}]', r"element 1: an object with 'disasm' and without"),
            ('[{"disasm":"exit"},7]', r"element 1: an object with 'disasm'"),
            (
                json.dumps([{"disasm": "exit"}, {"disasm": "exit", "opcodes": opcodes}]),
                r"element 1: an object with 'disasm' and without 'opcodes'",
            ),
            (
                json.dumps([{"disasm": "exit", "opcodes": opcodes}, {"disasm": "exit"}]),
                r"element 1: has neither 'opcodes' nor",
            ),
            ('[{"disasm":"exit\\nexit"}]', r"element 0: 'disasm' has more than one line"),
            ('[{"disasm":"r0 = 1"},{"disasm":"frob"}]', r"stdin: element 1: "),
            ('[{"slot":0,"disasm":"r0 = 1"},{"slot":2,"disasm":"exit"}]', r"element 1: "),
            ('[{"disasm":"BUG_alu64_ff"}]', r"element 0: "),
            ('{"insns":1}', r"string 'insns'"),
            ('{"insns":"b"}', r"pairs of hexadecimal"),
            ('{"a":"\x01"}', r"JSON: "),
            ('["\ud800"]'.encode("utf-8", "surrogatepass"), r"JSON: "),
            (element(code="0x100"), r"'code'"),
            (element(code=None), r"'code'"),
            (element(src_reg=16), r"'src_reg'"),
            (element(dst_reg="r1"), r"'dst_reg'"),
            (element(off=["0x00"]), r"'off'"),
            (element(imm=[0] * 5), r"'imm'"),
            (element(imm=[0, 0, 0, "0x1ff"]), r"'imm'"),
            (json.dumps([1, 2, 3]), r"slot"),
        ):
            with self.subTest(text=text[:40]):
                lines = 3 if "JSON" in said else 1
                self.bad(
                    MALFORMED,
                    said,
                    "prog",
                    "show",
                    "-",
                    "--format",
                    "json",
                    stdin=text,
                    lines=lines,
                )

    def test_caret(self):
        result = self.bad(
            MALFORMED, r"stdin:2:", "disasm", "-", stdin="[1,\n 2 3]\n", lines=3
        )
        where, line, caret = result.err.decode().splitlines()
        self.assertEqual(line, "     2 3]")
        self.assertEqual(len(caret), 4 + int(where.split(":")[3]))

    def test_no_caret_in_empty_lines(self):
        self.bad(MALFORMED, r"stdin:3:1: JSON: ", "disasm", "-", stdin="[1,\n2\n")
        self.bad(MALFORMED, r"stdin:3:\d+: JSON: ", "disasm", "-", stdin="[1,\n2\n \t")
        for text in "; comment\n", "; comment", "\n\n", "":
            for command in ("prog", "show", "-", "--format", "asm"), ("asm", "-", "-o-"):
                self.bad(
                    MALFORMED, r"\Askep: stdin: no instructions\n", *command, stdin=text
                )


class Run(Test):
    def retval(self, text, *options):
        return self.good("-j", "prog", "run", self.file("p.s", text), *options).json[
            "retval"
        ]

    def test_verdicts(self):
        for device, verdict in VERDICTS:
            with self.subTest(device=device):
                answer = self.good("-j", "prog", "run", FILTER, "device=" + device).json
                self.assertEqual(answer["retval"], verdict)
                self.assertNotIn("data_out", answer)

    def test_text(self):
        self.assertRegex(
            self.good("prog", "run", FILTER, "device=c:1:3:rw").text,
            r"\AReturn value: 1, duration: \d+ns\n\Z",
        )
        self.assertRegex(
            self.good("prog", "run", FILTER, "--repeat", "100").text,
            r"\AReturn value: 0, duration \(average\): \d+ns\n\Z",
        )

    def test_fields(self):
        run = ("-j", "prog", "run", FILTER)
        fields = ("access_type=0x60002", "major=1", "minor=3")
        self.assertEqual(self.good(*run, *fields).json["retval"], 1)
        self.assertEqual(self.good(*run, "name", *fields).json["retval"], 1)
        self.assertEqual(
            self.good(*run, "--ctx", "020006000100000004000000", "minor=3").json[
                "retval"
            ],
            1,
        )
        # The last one counts
        self.assertEqual(self.good(*run, *fields, "minor=4").json["retval"], 0)

    def test_bad_fields(self):
        for operand, said in (
            ("major=", r"major: '' is no number"),
            ("major=x", r"major: 'x'"),
            ("major=4294967296", r"major: "),
            ("frob=1", r"no context field 'frob'"),
            ("=1", r"no context field ''"),
            ("device=", r"TYPE:MAJOR:MINOR:ACCESS"),
            ("device=c:1:3", r"TYPE:"),
            ("device=x:1:3:r", r"TYPE:"),
            ("device=c:1:3:rx", r"TYPE:"),
            ("device=c:1:3:r:", r"TYPE:"),
            ("device=c:*:3:r", r"major: '\*'"),
            ("device=c:1::r", r"TYPE:"),
        ):
            with self.subTest(operand=operand):
                self.bad(USAGE, said, "prog", "run", FILTER, operand)
        self.bad(USAGE, r"'b' is no FIELD=VALUE", "prog", "run", FILTER, "a", "b")
        raw = self.file("p.bin", RETURN_42)
        self.bad(
            USAGE, r"a raw program's context has no fields", "prog", "run", raw, "major=1"
        )
        self.bad(
            USAGE,
            r"device",
            "prog",
            "run",
            raw,
            "--type",
            "cgroup_sysctl",
            "device=c:1:3:r",
        )

    def test_widths(self):
        """Raw programs return 64 bits, typed ones an int as bpf(2) does."""
        self.assertEqual(self.retval("r0 = -1\nexit\n"), 2**64 - 1)
        self.assertEqual(
            self.retval("r0 = -1\nexit\n", "--type", "cgroup_device"), 2**32 - 1
        )
        self.assertEqual(self.retval("r0 = 0x8000000000000001 ll\nexit\n"), 2**63 + 1)
        self.assertEqual(
            self.retval("r0 = 0x8000000000000001 ll\nexit\n", "--type", "cgroup_device"),
            1,
        )

    def test_memory(self):
        swap = (
            "r3 = *(u8 *)(r1 + 0)\nr4 = *(u8 *)(r1 + 1)\n*(u8 *)(r1 + 0) = r4\n"
            "*(u8 *)(r1 + 1) = r3\nr0 = r2\nexit\n"
        )
        path = self.file("swap.s", swap)
        answer = self.good("-j", "prog", "run", path, "--ctx", "aa bb cc").json
        self.assertEqual(
            (answer["retval"], answer["data_out"]), (3, ["0xbb", "0xaa", "0xcc"])
        )
        packet = self.file("packet", bytes(range(20)))
        text = self.good("prog", "run", path, "--data-in", packet).text.splitlines()
        self.assertEqual(text[0], "data_out:")
        self.assertEqual(
            text[1],
            "000000  01 00 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  ................",
        )
        self.assertEqual(
            text[2], "000010  10 11 12 13                                       ...."
        )
        self.assertRegex(text[3], r"^Return value: 20, ")

    def test_written_context(self):
        path = self.file("p.s", "*(u32 *)(r1 + 4) = 9\nr0 = 0\nexit\n")
        run = ("prog", "run", path, "--type", "cgroup_sysctl", "write=1")
        self.assertEqual(
            self.good("-j", *run).json["ctx_out"],
            ["0x01", *["0x00"] * 3, "0x09", *["0x00"] * 3],
        )
        self.assertTrue(
            self.good(*run).text.startswith("ctx_out:\n000000  01 00 00 00 09 00 00 00")
        )
        self.bad(USAGE, r"the program was given no data", *run, "--data-out", "out")

    def test_packet_of_typed_program(self):
        packet = self.file("packet", bytes(12))
        for command in ("prog", "run"), ("trace",), ("bench",):
            self.bad(
                USAGE,
                r"--data-in: programs of type cgroup_device are given no packet",
                *command,
                FILTER,
                "--data-in",
                packet,
            )

    def test_memory_keeps_between_runs(self):
        count = "r0 = *(u64 *)(r1 + 0)\nr0 += 1\n*(u64 *)(r1 + 0) = r0\nexit\n"
        self.assertEqual(self.retval(count, "--ctx", "00" * 8, "--repeat", "1000"), 1000)

    def test_no_memory(self):
        self.assertEqual(self.retval("r0 = r1\nr0 |= r2\nexit\n"), 0)

    def test_fault(self):
        path = self.file("p.s", "r3 = 7\nr0 = *(u32 *)(r1 + 6)\nexit\n")
        result = self.run_skep("prog", "run", path, "--ctx", "00" * 8)
        self.assertEqual((result.status, result.out), (FAULT, b""))
        lines = result.err.decode().splitlines()
        self.assertRegex(
            lines[0], r"^skep: .*p\.s: slot 1: read of 4 bytes at 0x[0-9a-f]+: "
        )
        self.assertIn("ctx", lines[0])
        self.assertEqual(lines[1], "     1: r0 = *(u32 *)(r1 +6)")
        self.assertRegex(result.err.decode(), r"(?m)^    r1   ctx\+0 \(0x[0-9a-f]+\)")
        self.assertRegex(result.err.decode(), r"(?m)^    r3   7 ")
        self.assertEqual(len(lines), 8)

    def test_columns_of_a_fault(self):
        """The widest values do not run into the second column."""
        path = self.file(
            "p.s", "r2 = 0x8000000000000001 ll\nr7 = r2\nr0 = *(u64 *)(r2 + 0)\nexit\n"
        )
        result = self.run_skep("prog", "run", path)
        self.assertEqual(result.status, FAULT)
        self.assertRegex(
            result.err.decode(),
            r"(?m)^    r2   0x8000000000000001 \(-9223372036854775807\) {2,}r8   0$",
        )

    def test_fuel(self):
        path = self.file("p.s", "loop:\nr0 = 1\ngoto loop\n")
        result = self.run_skep("prog", "run", path, "--fuel", "100")
        self.assertEqual(result.status, FAULT)
        self.assertRegex(result.err, rb"slot 1: out of fuel")
        forward = self.file("q.s", "goto +0\nr0 = 1\nexit\n")
        self.assertEqual(
            self.good("-j", "prog", "run", forward, "--fuel", "1").json["fuel"], 0
        )

    def test_uninitialised(self):
        path = self.file("p.s", "r0 = r7\nexit\n")
        result = self.run_skep("-j", "prog", "run", path)
        self.assertEqual((result.status, result.json["retval"]), (OK, 0))
        self.assertEqual(
            (result.json["uninit_reads"], result.json["uninit_slot"]), (1, 0)
        )
        self.assertRegex(result.err, rb"\Askep: .*p\.s: warning: slot 0: .*\n\Z")
        result = self.run_skep("-j", "prog", "run", path, "--strict")
        self.assertEqual((result.status, result.out), (FAULT, b""))
        self.assertIn(b"r7 is read, but nothing was written to it", result.err)

    def test_options(self):
        self.good("prog", "run", FILTER, "--interp", "--strict")
        self.bad(
            USAGE,
            r"skep prog run has no option --unchecked",
            "prog",
            "run",
            FILTER,
            "--unchecked",
        )

    def test_helper(self):
        self.assertGreater(self.retval("call ktime_get_ns\nexit\n"), 0)
        result = self.run_skep("prog", "run", self.file("p.s", "call 99999\nexit\n"))
        self.assertEqual(result.status, FAULT)
        self.assertIn(b"#99999 is not there", result.err)


class Assemble(Test):
    def error(self, text, lines=3):
        result = self.bad(
            MALFORMED,
            r"p\.s:\d+:\d+: ",
            "asm",
            self.file("p.s", text),
            "-o",
            "out",
            lines=lines,
        )
        self.assertNotIn("out", os.listdir(self.folder))
        return result.err.decode().splitlines()

    def test_output(self):
        self.assertEqual(
            self.good("asm", FILTER, "-o", "-").out, self.good("asm", FILTER, "-o-").out
        )
        self.bad(USAGE, r"needs -o OUT", "asm", FILTER)

    def test_caret(self):
        head, line, caret = self.error("r0 = 1\n\tr0 = frob\nexit\n")
        column = int(head.split(":")[3])
        self.assertEqual((line, caret), ("     r0 = frob", " " * (3 + column) + "^"))
        self.assertEqual(column, 7)

    def test_caret_counts_characters(self):
        head, line, caret = self.error("r0 = 1 /* äöü€ */ frob\n")
        self.assertIn("äöü€", line)
        self.assertEqual(caret.index("^"), line.index("frob"))
        self.assertIn(":1:", head)

    def test_control_characters(self):
        lines = self.error("r0 = 1 \x1b[31m\x07 frob\r\n")
        self.assertNotIn("\x1b", "".join(lines))
        lines = self.error(b"r0 = \xff\xfe\n")
        self.assertEqual(lines[1], "    r0 =   ")

    def test_long_line(self):
        head, line, caret = self.error(
            "r0 = 1 /* " + "x" * 10000000 + " */ frob " + "y" * 10000 + "\n"
        )
        self.assertLess(len(line), 100)
        self.assertEqual(line[caret.index("^") :][:4], "frob")
        self.assertTrue(line.startswith(" ...") and line.endswith("..."))

    def test_error_at_end(self):
        self.error("r0 = 1\nr0 =")
        self.error("r0 = 1\n/* open")

    def test_no_check(self):
        path = self.file("p.s", "goto +5\n")
        self.bad(MALFORMED, r":1:\d+: ", "asm", path, "-o", "-", lines=3)
        self.assertEqual(
            self.good("asm", "--no-check", path, "-o", "-").out.hex(), "0500050000000000"
        )

    def test_fields(self):
        path = self.file("p.s", "r0 = ctx.minor\nexit\n")
        self.assertEqual(
            self.good("asm", path, "--type", "cgroup_device", "-o", "-").out.hex(),
            "6110080000000000" "9500000000000000",
        )
        self.bad(MALFORMED, r"p\.s:1:\d+: ", "asm", path, "-o", "-", lines=3)


class Disassemble(Test):
    def test_round_trip(self):
        slots = self.good("asm", FILTER, "-o", "-").out
        for dialect in (), ("--llvm",):
            text = self.good("disasm", *dialect, "-", stdin=slots).text
            text = re.sub(r"^\d+: (\(..\) )?", "", text, flags=re.M)
            self.assertEqual(self.good("asm", "-", "-o", "-", stdin=text).out, slots)

    def test_llvm(self):
        text = self.good(
            "disasm",
            "--llvm",
            "-",
            stdin=bytes.fromhex("07090000ffffffff" "9500000000000000"),
        ).text
        self.assertEqual(text, "0: r9 += -0x1\n1: exit\n")

    def test_no_check(self):
        bad = bytes.fromhex("b700000001000000" "ff00000000000000")
        self.bad(MALFORMED, r"stdin: slot 1: opcode 0xff", "disasm", "-", stdin=bad)
        self.bad(MALFORMED, r"slot 1", "-j", "disasm", "-", stdin=bad)
        lines = self.good("disasm", "--no-check", "-", stdin=bad).text.splitlines()
        self.assertEqual(lines[0], "0: (b7) r0 = 1")
        self.assertEqual(lines[1], "1: BUG_alu64_ff")
        self.assertRegex(self.good("help", "disasm").text, r"BUG_")
        self.bad(MALFORMED, r":1:", "asm", "-", "-o", "-", stdin=lines[1], lines=3)
        self.bad(
            MALFORMED,
            r"12 bytes",
            "disasm",
            "--no-check",
            "--format",
            "raw",
            "-",
            stdin=bad[:12],
        )

    def test_json(self):
        self.assertEqual(
            self.good("-j", "disasm", "-", stdin=RETURN_42).json,
            [{"slot": 0, "disasm": "(b7) r0 = 42"}, {"slot": 1, "disasm": "(95) exit"}],
        )


if __name__ == "__main__":
    main()
