# Shared by the scripts beside it, which source it: they work from the repository's root.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The build folder of preset $1, as in CMakePresets.json.
build_dir() {
    if [ "$1" = release ]; then
        echo build
    else
        echo "build/$1"
    fi
}

# Runs a command at fixed addresses where the system permits it: the sanitizers' shadow
# memory does not fit every random layout that newer kernels deal out.
at_fixed_addresses() {
    if setarch -R true 2>/dev/null; then
        setarch -R "$@"
    else
        "$@"
    fi
}

# The files that are ours and end as the patterns say, without what a build made.
our_files() {
    local pattern expression=()
    for pattern in "$@"; do
        expression+=(-o -name "$pattern")
    done
    find . \( -path ./.git -o -path ./build \) -prune -o \
        -type f \( "${expression[@]:1}" \) -print | sort
}
