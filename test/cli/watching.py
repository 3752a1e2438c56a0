#!/usr/bin/env python3
"""What the commands answer that show a program at work and explain instructions."""
import json
import re

from harness import CALLS, FAULT, FILTER, USAGE, VERDICTS, Test, main


class Trace(Test):
    def test_text(self):
        path = self.file("p.s", CALLS)
        lines = self.good("trace", path).text.splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("slot"))
        self.assertEqual(
            [line.split(":")[0].strip() for line in lines[start + 1 : start + 12]],
            ["0", "1", "2", "3", "4", "7", "8", "9", "10", "5", "6"],
        )
        changes = [
            re.sub(r".* (ALU64|STX|LDX|JMP) +", "", re.sub(r"\(0x[0-9a-f]+\)", "", line))
            for line in lines[start + 1 : start + 12]
        ]
        self.assertEqual(changes[0], "r6: 0 -> 5")
        self.assertEqual(changes[1].strip(), "r1: 0 -> r10")
        self.assertEqual(changes[2].strip(), "r1: r10  -> r10-8")
        self.assertEqual(changes[3], "u64 at r10-8: 0 -> 5")
        self.assertIn("calls the function at 7", changes[4])
        self.assertEqual(changes[5], "r0: 0 -> 5")
        self.assertEqual(changes[6], "r0: 5 -> 0xa (10)")
        self.assertEqual(changes[7], "u64 at frame0-8: 5 -> 0xa (10)")
        self.assertIn("returns to 5", changes[8])
        self.assertEqual(changes[9], "r0: 0xa (10) -> 0xf (15)")
        self.assertEqual(changes[10], "the program ends")
        self.assertTrue(lines[start + 6].startswith("   7:   r0 ="), "indented by depth")
        self.assertEqual(
            lines[-2:], ["returned 0xf (15)", "11 instructions executed, 4 of fuel used"]
        )

    def test_context(self):
        lines = self.good("trace", FILTER, "device=c:136:7:r").text
        self.assertIn("access_type = 0x20002 (131074)", lines)
        self.assertIn("major = 0x88 (136)", lines)
        self.assertIn("minor = 7", lines)
        self.assertIn("jumps to 12", lines)
        self.assertIn("does not jump", lines)

    def test_field(self):
        path = self.file("p.s", "*(u32 *)(r1 + 4) = 9\nr0 = 0\nexit\n")
        text = self.good("trace", path, "--type", "cgroup_sysctl").text
        self.assertIn("u32 at ctx+4 file_pos: 0 -> 9", text)
        mem = [
            json.loads(line)
            for line in self.good(
                "trace", path, "--type", "cgroup_sysctl", "--json"
            ).text.splitlines()
        ][1]["mem"]
        self.assertEqual(
            mem,
            {
                "region": "ctx",
                "offset": 4,
                "field": "file_pos",
                "size": 4,
                "old": 0,
                "new": 9,
                "old_hex": "0x0",
                "new_hex": "0x9",
            },
        )

    def test_json(self):
        lines = [
            json.loads(line)
            for line in self.good(
                "trace", "--json", self.file("p.s", CALLS)
            ).text.splitlines()
        ]
        self.assertEqual(lines[0]["event"], "start")
        insns = lines[1:-1]
        self.assertEqual([i["pc"] for i in insns], [0, 1, 2, 3, 4, 7, 8, 9, 10, 5, 6])
        self.assertEqual([i["depth"] for i in insns], [0] * 5 + [1] * 4 + [0] * 2)
        self.assertEqual(
            [i.get("next") for i in insns], [1, 2, 3, 4, 7, 8, 9, 10, 5, 6, None]
        )
        self.assertEqual(
            insns[0]["regs"],
            [{"reg": "r6", "old": 0, "new": 5, "old_hex": "0x0", "new_hex": "0x5"}],
        )
        self.assertEqual(insns[3]["mem"]["new"], 5)
        self.assertEqual(insns[3]["class"], "STX")
        self.assertEqual(
            lines[-1],
            {"event": "end", "insns": 11, "fuel": 4, "retval": 15, "retval_hex": "0xf"},
        )

    def test_big_numbers(self):
        path = self.file("p.s", "r0 = 0xfedcba9876543210 ll\nexit\n")
        line = self.good("trace", "--json", path).text.splitlines()[1]
        self.assertEqual(json.loads(line)["regs"][0]["new"], 0xFEDCBA9876543210)
        self.assertIn(
            "0xfedcba9876543210 (-81985529216486896)", self.good("trace", path).text
        )

    def test_fault(self):
        path = self.file("p.s", "r2 = 1\nr0 = *(u64 *)(r10 + 0)\nexit\n")
        result = self.run_skep("trace", path)
        self.assertEqual(result.status, FAULT)
        self.assertRegex(
            result.text, r"(?m)^   1: r0 = \*\(u64 \*\)\(r10 \+0\) +LDX +FAULT E_ACCESS$"
        )
        self.assertRegex(
            result.text, r"(?m)^ended by a fault at slot 1: read of 8 bytes at "
        )
        self.assertRegex(result.err, rb"\Askep: .*slot 1: read of 8 bytes")
        result = self.run_skep("trace", "--json", path)
        end = json.loads(result.text.splitlines()[-1])
        self.assertEqual((end["event"], end["fault"], end["pc"]), ("end", "E_ACCESS", 1))
        self.assertEqual(json.loads(result.text.splitlines()[-2])["fault"], "E_ACCESS")

    def test_same_answer_as_run(self):
        for device, verdict in VERDICTS:
            text = self.good("trace", FILTER, "device=" + device).text
            self.assertIn(f"\nreturned {verdict}\n", text)


class InstructionSet(Test):
    def test_table(self):
        lines = self.good("isa").text.splitlines()
        forms = self.good("-j", "isa").json
        self.assertEqual(len(lines), len(forms) + 1)
        self.assertGreaterEqual(len(forms), 182)
        self.assertGreaterEqual(len({f["opcode"] for f in forms}), 130)

    def test_every_form(self):
        for form in self.good("-j", "isa").json:
            text = self.good("isa", form["name"]).text
            self.assertIn(form["meaning"], text)
            self.assertNotIn("{", text)
            bits = "".join(
                re.findall(
                    r"[01]", "".join(re.findall(r"^    \|([01| ]+)\|$", text, re.M))
                )
            )
            said = "".join(f"{int(byte, 16):08b}" for byte in form["bytes"])
            self.assertEqual(bits, said)

    def test_opcodes(self):
        page = self.good("isa", "0x0f").text
        self.assertEqual(self.good("isa", "0f").text, page)
        self.assertEqual(self.good("isa", "0F").text, page)
        self.assertEqual(self.good("isa", "add64_reg").text, page)
        for line in (
            "0x0f = 0000 1 111",
            "class   ALU64",
            "source  X",
            "code    ADD",
            "RFC 9669",
        ):
            self.assertIn(line, page)
        self.assertIn("meanings", self.good("isa", "0xdb").text)
        self.bad(USAGE, r"opcode 0x00 is no instruction", "isa", "0x00")

    def test_patterns(self):
        names = [f["name"] for f in self.good("-j", "isa", "*xchg*").json]
        self.assertEqual(len(names), 4)
        self.assertTrue(all("xchg" in n for n in names))
        self.assertTrue(
            all(f["class"] == "LDX" for f in self.good("-j", "isa", "ldx").json)
        )
        self.assertTrue(
            all(f["group"] == "divmul64" for f in self.good("-j", "isa", "divmul64").json)
        )
        self.assertTrue(
            all(f["since"] == "v4" for f in self.good("-j", "isa", "v4").json)
        )

    def test_assembly(self):
        answer = self.good("-j", "isa", "if r1 s> -1 goto +4").json
        self.assertEqual(
            (answer["name"], answer["bytes"]),
            (
                "jsgt64_imm",
                ["0x65", "0x01", "0x04", "0x00", "0xff", "0xff", "0xff", "0xff"],
            ),
        )
        self.assertIn("r3 = 0x123456789", self.good("isa", "r3 = 0x123456789 ll").text)
        for text in ("frob", "*frob*", "", "r1 += r2\nexit", "r1 += r11", "; comment"):
            with self.subTest(text=text):
                self.bad(USAGE, r".", "isa", text)


class Explain(Test):
    def test_text(self):
        text = self.good("explain", FILTER).text
        for line in (
            "  64 instructions in 64 slots of 8 bytes: 512 bytes",
            "  type cgroup_device, tag a2fb42ce03993d38, 1 function",
            "      -- reached from 6, 9",
        ):
            self.assertIn("\n" + line + "\n", text)
        self.assertRegex(text, r"(?m)^   3: w3 >>= 16 +shift w3 right by 16 bits")
        self.assertRegex(
            text, r"(?m)^      74 03 00 00 10 00 00 00 +ALU\|RSH\|K dst=r3 imm=16$"
        )
        self.assertRegex(text, r"(?m)^  ALU +18 +28%")

    def test_json(self):
        answer = self.good("-j", "explain", FILTER).json
        self.assertEqual(
            (answer["insns"], answer["classes"]), (64, {"LDX": 4, "ALU": 18, "JMP": 42})
        )
        self.assertEqual(answer["instructions"][12]["from"], [6, 9])
        self.assertEqual(answer["instructions"][6]["target"], 12)
        bytes_ = "".join(b[2:] for i in answer["instructions"] for b in i["bytes"])
        self.assertEqual(bytes_, self.good("asm", FILTER, "-o", "-").out.hex())

    def test_functions(self):
        text = self.good("explain", self.file("p.s", CALLS)).text
        self.assertIn("\nFunction 0, slots 0 to 6\n", text)
        self.assertIn("\nFunction 1, slots 7 to 10\n      -- reached from 4\n", text)

    def test_wide(self):
        text = self.good(
            "explain", self.file("p.s", "r1 = 0x1122334455667788 ll\nr0 = 0\nexit\n")
        ).text
        self.assertIn("18 01 00 00 88 77 66 55 00 00 00 00 44 33 22 11", text)
        self.assertIn("3 instructions in 4 slots of 8 bytes: 32 bytes", text)


class Bench(Test):
    def test_json(self):
        path = self.file("p.s", CALLS)
        for options, engine in (
            (("--interp",), "interp"),
            (("--interp", "--checked"), "interp-checked"),
            (("--interp", "--unchecked"), "interp"),
        ):
            answer = self.good(
                "-j", "bench", path, "prog1", "--repeat", "1000", *options
            ).json
            self.assertEqual(
                set(answer),
                {
                    "program",
                    "engine",
                    "ns_min",
                    "ns_median",
                    "retval",
                    "insns",
                    "code_bytes",
                    "load_ns",
                    "verify_ns",
                    "compile_ns",
                },
            )
            self.assertEqual(
                (answer["program"], answer["engine"], answer["retval"], answer["insns"]),
                ("prog1", engine, 15, 11),
            )
            self.assertTrue(0 < answer["ns_min"] <= answer["ns_median"])
            self.assertGreater(answer["load_ns"], 0)

    def test_text(self):
        text = self.good("bench", self.file("p.s", CALLS)).text
        self.assertIn("(11 executed)", text)
        self.assertIn("returns 15", text)

    def test_data(self):
        path = self.file("p.s", "r0 = *(u8 *)(r1 + 1)\nr0 += r2\nexit\n")
        packet = self.file("packet", b"\x01\x02\x03")
        self.assertEqual(
            self.good("-j", "bench", path, "--data-in", packet, "--repeat", "1").json[
                "retval"
            ],
            5,
        )

    def test_bad_programs_do_not_run_unchecked(self):
        path = self.file("p.s", "r0 = *(u64 *)(r1 + 0)\nexit\n")
        result = self.run_skep("bench", path)
        self.assertEqual((result.status, result.out), (FAULT, b""))

    def test_options(self):
        path = self.file("p.s", CALLS)
        self.bad(USAGE, r"exclude each other", "bench", path, "--checked", "--unchecked")
        self.bad(USAGE, r"--strict needs --checked", "bench", path, "--strict")


if __name__ == "__main__":
    main()
