# SPDX-License-Identifier: Apache-2.0
# A thin front of Meson; every target does what is still to be done before it.
#   make run PORT=8119 HIKESHI_DATA=/some/directory
PORT ?= 8119
HIKESHI_DATA ?=
FUZZ_SECONDS ?= 300

.PHONY: setup setup-test build run test bench lint fuzz clean

setup:
	@scripts/setup

setup-test:
	@scripts/setup test

build: setup
	@scripts/build-web
	@test -e build/build.ninja || meson setup build
	@ninja -C build hikeshi

run: build
	@exec build/hikeshi demo --listen 127.0.0.1:$(PORT) $(if $(HIKESHI_DATA),--data "$(HIKESHI_DATA)")

test: setup-test build
	@tests/run

bench: setup-test build
	@bench/run

lint: setup-test
	@scripts/lint

fuzz: setup-test
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run fuzz

clean:
	rm -rf build build-asan build-tsan build-fuzz build-lint web/dist
