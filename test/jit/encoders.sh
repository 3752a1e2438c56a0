#!/bin/sh
# No encoder is forgotten: each function of a machine's headers of encoders is named in the
# tests that compare them with llvm-mc, or is one of the PARTs that they are made of.
#
#     encoders.sh MACHINE PART...
set -eu
machine=$1
shift
cd "$SKEP_SOURCE"
parts=" $* " encoders=0 forgotten=0

names=$(for header in enc branch mem; do
    header=src/jit/${machine}_$header.h
    [ ! -f "$header" ] || cat "$header"
done | sed -nE "s/^static inline [a-z0-9_ ]+ \*?${machine}_([a-z0-9_]+)\(.*/\1/p")
for name in $names; do
    case $parts in
        *" $name "*) continue ;;
    esac
    encoders=$((encoders + 1))
    if ! cat test/jit/test_"$machine"_*.c | grep -qw "${machine}_$name"; then
        echo "no test names ${machine}_$name"
        forgotten=$((forgotten + 1))
    fi
done
echo "$encoders encoders, $forgotten of them without a test"
[ $forgotten -eq 0 ] && [ $encoders -ge 40 ]
