#!/usr/bin/env python3
"""Compares what libbpf and skep make of objects.

    compare.py --libbpf DUMP --skep DUMP --kernel FOLDER [--expected FOLDER] OBJECT...

Both programs print text in the form of canon.h. Of an object or program that libbpf accepts,
skep's text must be the same, and what libbpf refuses, skep must refuse as well. Exceptions,
and what holds instead, are in expected/NAME, which has the reason:

    prog NAME section ...   instead of libbpf's line, if libbpf does not know the section
    instead THIS THAT       where libbpf has the line THIS, THAT is as good
    alike OBJECT            libbpf's text is that for another object beside this one, whose
                            types are not compared
    accepted NAME           skep accepts a program that libbpf refuses
    refused NAME REASON     skep refuses a program that libbpf accepts
    newer NAME              libbpf has to be newer for this program: it is not compared
    any other line          is in skep's text, "?" for any word"""

import argparse
import difflib
import pathlib
import subprocess
import sys

SHOWN = 30  # lines of a difference


class Dump:
    """One program's text about an object, taken apart."""

    def __init__(self, text, problem=None):
        self.problem = problem
        self.refused = None  # the object: why
        self.facts = []  # of the object
        self.progs = {}  # name: lines, the first says what it is
        self.reasons = {}  # name: why it was refused
        self.text = text.splitlines()
        self.take_apart()

    def take_apart(self):
        lines = self.facts
        for line in self.text:
            words = line.split(" ", 3)
            if line.startswith("object refused: "):
                self.refused = line.removeprefix("object refused: ")
            elif words[0] == "prog" and words[2] == "refused:":
                self.reasons[words[1]] = words[3]
            else:
                if words[0] == "prog":
                    lines = self.progs.setdefault(words[1], [])
                lines.append(line)

    def leave_types_out(self):
        self.facts = [line for line in self.facts if line.split(" ")[0] not in ("type", "var")]

    def why_not(self, name):
        return self.problem or self.refused or self.reasons.get(name)


def dump(command, kernel, path):
    """What a program prints about an object."""
    try:
        made = subprocess.run([command, "--kernel", kernel, path], capture_output=True,
                              timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return Dump("", "timeout")
    if made.returncode != 0:
        last = made.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return Dump("", f"exit status {made.returncode}: {' '.join(last)[:200]}")
    return Dump(made.stdout.decode(errors="replace"))


def alike(theirs, ours):
    """Whether a line of libbpf's is skep's, up to what libbpf's side cannot know."""
    if theirs == ours:
        return True
    theirs, ours = theirs.split(" "), ours.split(" ")
    return len(theirs) == len(ours) and all(
        a == b or a in ("?", '"?"') for a, b in zip(theirs, ours))


def difference(theirs, ours):
    """A difference as text, or None."""
    if len(theirs) == len(ours) and all(map(alike, theirs, ours)):
        return None
    # Let what is alike be equal.
    shown = [a if i < len(ours) and alike(b, a) else b
             for i, (a, b) in enumerate(zip(ours + [""] * len(theirs), theirs))]
    lines = list(difflib.unified_diff(shown, ours, "libbpf", "skep", lineterm="", n=2))
    if len(lines) > SHOWN:
        lines[SHOWN:] = [f"... and {len(lines) - SHOWN} more lines"]
    return "\n".join(lines)


class Expected:
    """Exceptions from being alike."""

    def __init__(self, path=None):
        text = path.read_text() if path and path.exists() else ""
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        self.accepted = {line.split()[1] for line in lines if line.startswith("accepted ")}
        self.newer = {line.split()[1] for line in lines if line.startswith("newer ")}
        self.refused = dict(line.split(" ", 2)[1:] for line in lines
                            if line.startswith("refused "))
        self.instead = [line.split(" ")[1:] for line in lines if line.startswith("instead ")]
        self.progs = {line.split()[1]: line for line in lines if line.startswith("prog ")}
        self.alike = [line.split()[1] for line in lines if line.startswith("alike ")]
        self.lines = [line for line in lines
                      if line.split()[0] not in ("accepted", "alike", "instead", "newer",
                                                 "refused")]

    def corrected(self, name, theirs, ours):
        """libbpf's lines of a program, as they should be."""
        theirs = list(theirs)
        if name in self.progs and " type 0 " in theirs[0]:
            theirs[0] = self.progs[name]
        for i, line in enumerate(theirs[:len(ours)]):
            if [line, ours[i]] in self.instead:
                theirs[i] = ours[i]
        return theirs


def compare(theirs, ours, expected):
    """What differs, as pairs of the program's name ('' for the object) and text."""
    if theirs.problem or ours.problem:
        yield "", f"libbpf_dump: {theirs.problem}; skep_dump: {ours.problem}"
        return
    if not theirs.refused and ours.refused:
        yield "", f"libbpf accepts the object, skep refuses: {ours.refused}"
        return
    if not theirs.refused:
        # Maps that libbpf did not make since the kernel has no such structure of operations.
        absent = {line.split()[1] for line in theirs.facts if line.endswith(" is not made")}
        text = difference(*([line for line in facts if not absent.intersection(line.split()[1:2])]
                            for facts in (theirs.facts, ours.facts)))
        if text:
            yield "", text
        order = [name for name in theirs.progs if name in ours.progs]
        if order != [name for name in ours.progs if name in theirs.progs]:
            yield "", f"order of programs: {' '.join(order)}; {' '.join(ours.progs)}"
    for name, lines in theirs.progs.items():
        if name in expected.newer or name in expected.refused:
            continue
        if name not in ours.progs:
            yield name, f"libbpf accepts it, skep refuses: {ours.why_not(name) or 'no program'}"
            continue
        text = difference(expected.corrected(name, lines, ours.progs[name]), ours.progs[name])
        if text:
            yield name, text


def unexpected(theirs, ours, expected):
    """What skep does where libbpf refuses and it should not, and what is not as expected."""
    for name in ours.progs:
        if theirs.why_not(name) and name not in expected.accepted:
            yield name, f"skep accepts it, libbpf refuses: {theirs.why_not(name)}"
    for name in expected.accepted:
        if name not in ours.progs:
            yield name, f"skep refuses it, against expectation: {ours.why_not(name)}"
    for name, reason in expected.refused.items():
        if not (ours.why_not(name) or "").endswith(reason):
            yield name, f"skep should refuse it ({reason}): {ours.why_not(name)}"
    for line in expected.lines:
        if not any(alike(line, other) for lines in (ours.facts, *ours.progs.values())
                   for other in lines):
            yield "", f"expected of skep: {line}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--libbpf", required=True)
    parser.add_argument("--skep", required=True)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--expected", type=pathlib.Path)
    parser.add_argument("objects", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    failed = 0
    for path in args.objects:
        expected = Expected(args.expected and args.expected / path.name.split(".")[0])
        other = path.with_name(f"{expected.alike[0]}.bpf.o") if expected.alike else path
        theirs = dump(args.libbpf, args.kernel, other)
        ours = dump(args.skep, args.kernel, path)
        if expected.alike:
            theirs.leave_types_out()
            ours.leave_types_out()
        for name, text in [*compare(theirs, ours, expected),
                           *unexpected(theirs, ours, expected)]:
            print(f"{path}: {name}\n{text}")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
