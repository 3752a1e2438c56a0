#!/bin/sh
# Does the runner find what is wrong? "$@" is skt; what it says of wrong.skt is compared with
# wrong.out, but for the columns that are not everywhere: the kernel's, and those of native
# code, which must find what the interpreter's do or nothing at all.
set -eu
here=$(dirname "$0")
status=0
out=$("$@" -v "$here/wrong.skt") || status=$?
[ "$status" -eq 1 ] || { echo "exit status $status, expected 1"; exit 1; }

# What the columns $1 (a regular expression) failed at.
failed() {
    printf '%s\n' "$out" | sed -nE "s/^.*wrong\.skt:([0-9]+: ($1): .*)/\1/p"
}

failed 'case|text|checked|traced|fast' | diff "$here/wrong.out" -
for pair in checked:native checked:native-blind fast:native-fast fast:native-fast-blind; do
    native=$(failed "${pair#*:}" | sed "s/: ${pair#*:}: /: ${pair%:*}: /")
    [ -z "$native" ] || [ "$native" = "$(failed "${pair%:*}")" ] ||
        { echo "$pair: the columns find different things"; exit 1; }
done
