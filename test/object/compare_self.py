#!/usr/bin/env python3
"""Whether compare.py sees a change of any line.

    compare_self.py --libbpf DUMP --kernel FOLDER OBJECT..."""

import argparse
import sys

import compare


def changed(line):
    """The line with its last letter or digit another one."""
    other = "1" if line[-1] == "0" else "0"
    return line[:-1] + other


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--libbpf", required=True)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("objects", nargs="+")
    args = parser.parse_args()
    failed = 0

    def found(theirs, lines):
        ours = compare.Dump("\n".join(lines))
        none = compare.Expected()
        return [*compare.compare(theirs, ours, none), *compare.unexpected(theirs, ours, none)]

    for path in args.objects:
        theirs = compare.dump(args.libbpf, args.kernel, path)
        lines = theirs.text
        if theirs.problem or len(lines) < 5 or found(theirs, lines):
            print(f"{path}: {theirs.problem or 'differs from itself'}")
            failed = 1
        for i, line in enumerate(lines):
            for what, other in (("changed", [changed(line)]), ("left out", []),
                                ("twice", [line, line])):
                if "?" not in line and not found(theirs, lines[:i] + other + lines[i + 1:]):
                    print(f"{path}: line {i + 1} {what}, and that is not seen: {line}")
                    failed = 1
    return failed


sys.exit(main())
