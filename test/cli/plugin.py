#!/usr/bin/env python3
"""The plugin's two protocols."""
import json
import shutil
import subprocess

from harness import FAULT, MALFORMED, OK, SKEP, SYSTEM, USAGE, RETURN_42, Test, main

LAST_BYTE = bytes.fromhex(
    "0f21000000000000"  # r1 += r2
    "7110ffff00000000"  # r0 = *(u8 *)(r1 - 1)
    "9500000000000000"
)
BUMP = bytes.fromhex(
    "7910000000000000"  # r0 = *(u64 *)(r1 + 0)
    "0700000001000000"  # r0 += 1
    "7b01000000000000"  # *(u64 *)(r1 + 0) = r0
    "9500000000000000"
)
ENDLESS = bytes.fromhex("0500ffff00000000")  # goto pc-1


def spaced(data):
    """As bpf_conformance_runner writes bytes: two blanks behind each."""
    return "".join(f"{byte:02x}  " for byte in data)


class Spawn(Test):
    def r0(self, program, *args):
        result = self.good("plugin", *args, stdin=spaced(program) + "\n")
        self.assertRegex(result.text, r"\A(0x)?[0-9a-f]+\n\Z")
        return int(result.text, 16)

    def test_result(self):
        self.assertEqual(self.r0(RETURN_42), 42)
        self.assertEqual(
            self.r0(bytes.fromhex("b7000000ffffffff" "9500000000000000")), 2**64 - 1
        )

    def test_memory(self):
        self.assertEqual(self.r0(LAST_BYTE, spaced(b"\x01\x02\xfe")), 0xFE)
        self.assertEqual(self.r0(LAST_BYTE, "0102fe"), 0xFE)
        no_memory = bytes.fromhex(
            "bf10000000000000" "4f20000000000000" "9500000000000000"
        )
        self.assertEqual(self.r0(no_memory), 0)

    def test_memory_before_command(self):
        """bpf_conformance_runner with --plugin_path skep --plugin_options plugin"""
        for mem in "be", "01  02  fe  ", "00":
            result = self.good(
                mem, "plugin", "--interpret", stdin=spaced(LAST_BYTE) + "\n"
            )
            self.assertEqual(int(result.text, 16), bytes.fromhex(mem)[-1])

    def test_options(self):
        for options in (
            ("--interpret",),
            ("--debug",),
            ("--checked",),
            ("",),
            ("", "--interpret", ""),
            ("--interpret", "--debug", "--checked"),
            ("--jit",),
            ("--jit", "--checked"),
        ):
            self.assertEqual(self.r0(LAST_BYTE, "07  ", *options), 7)
            self.assertEqual(self.r0(LAST_BYTE, *options, "07  "), 7)
        self.bad(USAGE, r"unknown option '--frob'", "plugin", "--frob")
        self.bad(USAGE, r"is too much", "plugin", "00", "01")
        self.assertIn("usage: ", self.good("plugin", "--help").text)

    def test_program_argument(self):
        self.assertEqual(
            int(self.good("plugin", "--program", spaced(RETURN_42)).text, 16), 42
        )
        self.assertEqual(
            int(self.good("plugin", "07", "--program", LAST_BYTE.hex()).text, 16), 7
        )

    def test_failures(self):
        self.bad(
            MALFORMED,
            r"load: slot 0: opcode 0xff",
            "plugin",
            stdin="ff 00 00 00 00 00 00 00\n",
        )
        self.bad(MALFORMED, r"load: ", "plugin", stdin="\n")
        self.bad(MALFORMED, r"stdin: pairs of hexadecimal", "plugin", stdin="b7 0")
        self.bad(MALFORMED, r"MEM: pairs of hexadecimal", "plugin", "zz", stdin="\n")
        self.bad(MALFORMED, r"--program: pairs", "plugin", "--program", "xyz")
        self.bad(
            FAULT, r"run: slot 1: read of 1 bytes", "plugin", stdin=spaced(LAST_BYTE)
        )
        self.bad(
            FAULT,
            r"run: slot 0: out of fuel",
            "plugin",
            "--fuel",
            "1000",
            stdin=spaced(ENDLESS),
        )

    def test_endless_program_ends(self):
        self.bad(FAULT, r"run: slot 0: out of fuel", "plugin", stdin=spaced(ENDLESS))

    def test_unsafe_programs_run(self):
        """Unreachable code, and arithmetic that makes no pointer."""
        program = bytes.fromhex(
            "b700000007000000"  # r0 = 7
            "0500010000000000"  # goto pc+1
            "b700000009000000"  # r0 = 9
            "bfa1000000000000"  # r1 = r10
            "2701000003000000"  # r1 *= 3
            "9500000000000000"
        )
        self.assertEqual(self.r0(program), 7)

    def test_helper_5(self):
        """bpf_conformance's call_unwind_fail: the call gives a number other than 0."""
        program = bytes.fromhex(
            "b7010000ffffffff" "8500000005000000" "b700000002000000" "9500000000000000"
        )
        self.assertEqual(self.r0(program), 2)
        self.assertNotEqual(self.r0(program[:16] + program[24:]), 0)

    def test_object(self):
        self.bad(MALFORMED, r"load: ", "plugin", "--elf", stdin=spaced(RETURN_42))
        if not shutil.which("clang"):
            self.skipTest("clang is not installed")
        self.file(
            "p.c", "SECTION int main(unsigned char *m, long n) { return m[n - 1]; }"
        )
        for section in "", '__attribute__((section("xdp")))':
            compiler = "clang", "-O2", "-ffreestanding", "-target", "bpf", "-w", "-c"
            subprocess.run(
                [*compiler, "-DSECTION=" + section, "p.c", "-o", "p.o"],
                cwd=self.folder,
                check=True,
            )
            with open(self.path("p.o"), "rb") as f:
                self.assertEqual(self.r0(f.read(), "01  fe  ", "--elf"), 0xFE)


class Batch(Test):
    def answers(self, *requests, options=()):
        lines = "".join(
            (r if isinstance(r, str) else json.dumps(r)) + "\n" for r in requests
        )
        out = self.good("plugin", *options, "--batch", stdin=lines).text
        return [json.loads(line) for line in out.splitlines()]

    def test_answers(self):
        self.assertEqual(
            self.answers(
                {"id": "a", "insns": RETURN_42.hex()},
                {"id": "b", "insns": BUMP.hex(), "mem": "ff00000000000000"},
                {
                    "id": "c",
                    "insns": BUMP.hex(),
                    "mem": "0000000000000000",
                    "unknown": [1, {"x": None}],
                },
                {"id": "d", "insns": LAST_BYTE.hex(), "mem": ""},
            )[:3],
            [
                {"id": "a", "r0": "0x2a"},
                {"id": "b", "r0": "0x100", "mem": "0001000000000000"},
                {"id": "c", "r0": "0x1", "mem": "0100000000000000"},
            ],
        )

    def test_errors(self):
        load, run, fuel = self.answers(
            {"id": "1", "insns": "ff" * 8},
            {"id": "2", "insns": LAST_BYTE.hex()},
            {"id": "3", "insns": ENDLESS.hex()},
            options=("--fuel", "9"),
        )
        self.assertRegex(load["error"], r"\Aload: slot 0: opcode 0xff")
        self.assertRegex(run["error"], r"\Arun: slot 1: read")
        self.assertRegex(fuel["error"], r"\Arun: slot 0: out of fuel")

    def test_usage(self):
        digits = RETURN_42.hex()
        said = r"\Askep: --batch does not go with %s\n"
        self.bad(USAGE, said % "MEM", "plugin", "--batch", "00")
        self.bad(USAGE, said % "MEM", "00", "plugin", "--batch")
        self.bad(USAGE, said % "--program", "plugin", "--batch", "--program", digits)
        self.bad(USAGE, said % "--elf", "plugin", "--batch", "--elf")

    def test_ids(self):
        insns = RETURN_42.hex()
        for given in 7, 0, -1, 2**63 - 1, -(2**63), "", "7", "\u00fc\n":
            self.assertEqual(
                self.answers({"id": given, "insns": insns}), [{"id": given, "r0": "0x2a"}]
            )
        self.assertEqual(self.answers({"insns": insns}), [{"id": "", "r0": "0x2a"}])
        (answer,) = self.answers({"id": 7, "insns": "00"})
        self.assertEqual(answer["id"], 7)
        self.assertIn("error", answer)
        for given in 1.5, [1], {}, True, None:
            (answer,) = self.answers({"id": given, "insns": insns})
            self.assertEqual(
                answer,
                {"id": "", "error": "request: id must be a string or an integer"},
            )

    def test_no_memory(self):
        no_memory = bytes.fromhex(
            "bf10000000000000" "4f20000000000000" "9500000000000000"
        )
        for mem in {}, {"mem": ""}, {"mem": None}:
            self.assertEqual(
                self.answers({"id": "a", "insns": no_memory.hex(), **mem}),
                [{"id": "a", "r0": "0x0"}],
            )
        (answer,) = self.answers({"id": "a", "insns": None})
        self.assertIn("insns", answer["error"])

    def test_bad_requests(self):
        bad = (
            "x",
            "[1]",
            "{",
            '{"id":"a","insns":"0"}',
            '{"id":"b","insns":5}',
            '{"id":"c"}',
            '{"id":7}',
            '{"id":"d","insns":"","insns":""}',
            '{"id":"e","insns":"%s","mem":"0g"}' % RETURN_42.hex(),
        )
        answers = self.answers(*bad, {"id": "z", "insns": RETURN_42.hex()})
        self.assertEqual(len(answers), len(bad) + 1)
        for answer in answers[:-1]:
            self.assertIn("error", answer)
            self.assertNotIn("r0", answer)
        self.assertEqual(answers[-1], {"id": "z", "r0": "0x2a"})
        self.assertEqual([a["id"] for a in answers[3:6]], ["a", "b", "c"])

    def test_blank_lines_and_missing_newline(self):
        out = self.good(
            "plugin", "--batch", stdin='\n  \n{"id":"a","insns":"%s"}' % RETURN_42.hex()
        ).text
        self.assertEqual(out, '{"id":"a","r0":"0x2a"}\n')
        self.assertEqual(self.good("plugin", "--batch", stdin="").out, b"")

    def test_long_program(self):
        insns = "b700000001000000" * 200000 + "9500000000000000"
        self.assertEqual(
            self.answers({"id": "long", "insns": insns}), [{"id": "long", "r0": "0x1"}]
        )

    def test_each_answer_comes_at_once(self):
        with subprocess.Popen(
            [SKEP, "plugin", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as p:
            for i in range(3):
                p.stdin.write(
                    json.dumps({"id": str(i), "insns": RETURN_42.hex()}).encode() + b"\n"
                )
                p.stdin.flush()
                self.assertEqual(
                    json.loads(p.stdout.readline()), {"id": str(i), "r0": "0x2a"}
                )
            p.stdin.close()
            self.assertEqual(p.wait(timeout=10), OK)

    def test_endless_line(self):
        with open("/dev/zero", "rb") as zero:
            self.bad(
                SYSTEM, r"stdin: a request is too long", "plugin", "--batch", stdin=zero
            )


if __name__ == "__main__":
    main()
