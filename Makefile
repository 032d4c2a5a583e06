# Consent Ledger. `make demo` and `make test` are all a newcomer needs.

# Refuses an import between targets that Package.swift does not declare.
CHECKS = --explicit-target-dependency-import-check error
CODE = Package.swift Sources Tests Benchmarks

.PHONY: demo build test lint bench docs tamper serve

demo: build
	tools/demo

build:
	tools/bootstrap
	swift build -c release --product consent $(CHECKS)

# On a copy of the sample, until Ctrl-C.
serve:
	tools/bootstrap
	swift build --product consentd $(CHECKS)
	tools/serve

test:
	tools/bootstrap --tests
	swift build --build-tests $(CHECKS)
	swift test --skip-build --disable-xctest

lint:
	swift format lint --strict --recursive $(CODE)

bench: build
	tools/bench

docs:
	tools/bootstrap
	tools/documentation

tamper:
	tools/bootstrap --tests
	tools/tamper
