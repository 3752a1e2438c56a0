#!/bin/sh
# Does the runner find what is wrong? "$@" is skt; what it says of wrong.skt is compared with
# wrong.out, but for the kernel's column, which is not everywhere.
set -eu
here=$(dirname "$0")
status=0
out=$("$@" -v "$here/wrong.skt") || status=$?
[ "$status" -eq 1 ] || { echo "exit status $status, expected 1"; exit 1; }
printf '%s\n' "$out" |
    sed -nE 's/^.*wrong\.skt:([0-9]+: (case|text|checked|traced|fast): .*)/\1/p' |
    diff "$here/wrong.out" -
