# foreload from a fresh checkout on Debian 12: git, a C++ compiler, CMake, Node 20 or newer with npm, and make.
#
#   make            build the command, the library, the addon and the package's JavaScript
#   make demo       build a demo site without and with foreload, show when each loader runs, and write a report of it
#   make test       build, then run every test; the last line counts them
#   make test-all   the same, the native tests under sanitizers and with each LLVM that is installed, and Astro 5 and 6
#   make bench      the benchmarks
#   make package    dist/foreload-VERSION.tgz, to be installed with npm
#   make clean      remove what was built
#
# The first run sets up what is missing: Debian packages, if it may, and node_modules (scripts/setup.sh).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
.PHONY: build setup native javascript demo test test-all bench package clean

JOBS ?= $(shell nproc)
BUILD := build/release
VERSION := $(shell sed -n 's/^  "version": "\(.*\)",/\1/p' package.json)
say = @printf '== %s\n'
# Each recipe that needs Node begins with this: Astro wants a newer one than many systems have.
with_node = source scripts/environment.sh;
# CMake's own makefiles must not think that they are part of this one.
cmake_build = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL cmake --build
# A build folder keeps the generator that it was configured with.
generator = $(if $(wildcard $(1)/CMakeCache.txt),,$(if $(shell command -v ninja),-G Ninja))

build: native javascript
	@install -D -s $(BUILD)/foreload dist/bin/foreload
	@install -D -s -m 644 $(BUILD)/foreload.node dist/node/foreload.node

setup:
	@scripts/setup.sh

native: setup
	$(say) 'native build (the first takes a few minutes)'
	@cmake -S . -B $(BUILD) $(call generator,$(BUILD)) -DCMAKE_BUILD_TYPE=Release > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@$(cmake_build) $(BUILD) --parallel $(JOBS)

javascript: setup
	$(say) 'JavaScript build'
	@$(with_node) npm run --silent build:js

demo: build
	@$(with_node) node bench/demo.mjs

test: build
	@scripts/setup.sh chromium fonts-dejavu-core abigail-tools libcurl4
	@scripts/setup.sh --unpack nginx nginx
	@$(with_node) node scripts/test.mjs $(BUILD)

test-all: test
	@scripts/test_native_variants.sh $(JOBS)
	@tests/e2e/astro_versions.sh

bench: build
	@scripts/setup.sh wrk valgrind
	@$(with_node) for benchmark in bench/*/run.mjs; do node "$$benchmark"; done

package: build
	$(say) 'packing'
	@$(with_node) npm pack --silent --pack-destination dist > /dev/null
	@ls -l dist/foreload-$(VERSION).tgz

clean:
	rm -rf build dist
