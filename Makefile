# Consent Ledger. `make demo` and `make test` are all a newcomer needs.

# Refuses an import between targets that Package.swift does not declare.
CHECKS = --explicit-target-dependency-import-check error
CODE = Package.swift Sources Tests Benchmarks

.PHONY: demo build test lint bench bench-server docs tamper serve soak daemon

demo: build
	tools/demo

build:
	tools/bootstrap
	swift build -c release --product consent $(CHECKS)

daemon: build
	swift build -c release --product consentd $(CHECKS)

# On a copy of the sample, until Ctrl-C.
serve:
	tools/bootstrap
	swift build --product consentd $(CHECKS)
	tools/serve

# All tests at once hold too many files open for Foundation, which may crash then, and take turns until each is late.
WIDTH = 8
test:
	tools/bootstrap --tests
	swift build --build-tests $(CHECKS)
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(WIDTH) swift test --skip-build --disable-xctest

lint:
	swift format lint --strict --recursive $(CODE)

bench: build
	tools/bench

# What consentd answers, beside PostgreSQL.
bench-server: daemon
	tools/bootstrap --benchmarks
	tools/bench-server

# Everything at once while it is killed again and again: for 10 minutes, or `make soak SECONDS_=60`.
SECONDS_ = 600
soak: daemon
	tools/soak $(SECONDS_)

docs:
	tools/bootstrap
	tools/documentation

tamper:
	tools/bootstrap --tests
	tools/tamper
