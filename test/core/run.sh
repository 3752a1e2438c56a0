#!/bin/sh
# CO-RE beside libbpf: NAME.bpf.c against itself and each NAME.LAYOUT.c of this folder, by each
# clang that there is.
#
#     run.sh COMPARE
set -eu
compare=$1
here=$(dirname "$0")
compilers=$(for clang in clang clang-14 clang-19 clang-22; do command -v $clang || :; done)
if [ -z "$compilers" ] || ! command -v llvm-objcopy >/dev/null; then
    echo "skipped: clang and llvm-objcopy are needed"
    exit 77
fi

# build COMPILER SOURCE NAME: NAME.o, and its types alone as NAME.btf
build() {
    $1 -target bpf -mcpu=v3 -g -O2 -Wno-everything -c "$2" -o "$3.o"
    llvm-objcopy --dump-section ".BTF=$3.btf" "$3.o" /dev/null
}

status=0
for compiler in $compilers; do
    [ "$(readlink -f "$compiler")" != "${last-}" ] || continue
    last=$(readlink -f "$compiler")
    for program in "$here"/*.bpf.c; do
        name=$(basename "$program" .bpf.c)
        rm -f "$name".*btf
        build "$compiler" "$program" "$name"
        for layout in "$here/$name".*.c; do
            [ "$layout" = "$program" ] || build "$compiler" "$layout" "$(basename "$layout" .c)"
        done
        "$compare" "$name.o" "$name".btf "$name".*.btf || status=1
    done
done
exit $status
