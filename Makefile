# Front of the build: each target sets the machine up for its purpose (tools/setup), then
# hands over to CMake. `make help` lists the targets.
PREFIX ?= /usr/local
T ?= 60
N ?= 1000000
# On machines of another kind the tests run for arm64 too, cross-built and under qemu.
CROSS := $(if $(filter aarch64 arm64,$(shell uname -m)),,aarch64)

.PHONY: all demo check check-all lint bench random selftests fuzz fuzz-coverage coverage aarch64 install format \
	docs clean help

all: ## build/skep, build/libskep.a, build/libskep.so (another compiler: CC=clang)
	@tools/setup build
	@tools/build release

demo: ## the article's program: listed, explained, traced, run
	@tools/setup demo
	@tools/build release
	@tools/demo build/skep

check: ## build and run all tests, here and for arm64 under qemu
	@tools/setup check $(CROSS)
	@tools/build release
	@tools/check release $(CROSS)

check-all: ## check, the same with sanitizers and with Clang, and lint
	@tools/setup check lint
	@tools/check release clang asan-ubsan tsan:threads
	@tools/lint
	@cat build/check.total

lint: ## format, warnings, layers, static analysis, exported and writable symbols
	@tools/setup lint
	@tools/lint

bench: ## time the engines on bench/progs
	@tools/setup bench
	@tools/build release -DSKEP_BENCH=ON bench

random: ## N random programs (N=1000000): interpreter, native code, a tenth on the kernel
	@tools/setup check $(CROSS)
	@tools/build release -DSKEP_TESTS=ON random
	@[ -z "$(CROSS)" ] || tools/build $(CROSS) -DSKEP_TESTS=ON random
	@tools/random $(N)

selftests: ## load Linux's BPF selftests with libbpf and with skep (LINUX=source tree)
	@[ -n "$(LINUX)" ] || { echo 'usage: make selftests LINUX=DIR' >&2; exit 2; }
	@tools/setup selftests
	@tools/selftests $(LINUX)

fuzz: ## run each fuzz target for T seconds (T=60)
	@tools/setup fuzz
	@tools/fuzz $(T)

fuzz-coverage: ## the lines of src/load, src/btf and src/link that the fuzz targets reach
	@tools/setup coverage
	@tools/coverage fuzz

coverage: ## the tests' line coverage of each file in src/ and cli/
	@tools/setup coverage
	@tools/coverage

aarch64: ## cross-build for arm64 and test under qemu
	@tools/setup aarch64
	@tools/check aarch64

# Builds only what is not there: `sudo make install` shall leave no file of root's in build/.
install: ## install below PREFIX (/usr/local), staged to DESTDIR if given
	@[ -e build/skep ] || $(MAKE) all
	@DESTDIR=$(DESTDIR) cmake --install build --prefix $(PREFIX)
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" -ne 0 ] || ldconfig

format: ## let clang-format rewrite the sources
	@tools/setup lint
	@tools/lint --fix-format

docs: ## regenerate doc/isa.md from the instruction table
	@tools/setup build
	@tools/build release docs

clean: ## remove build/
	@rm -rf build

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile | expand -t 17
