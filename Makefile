# SPDX-License-Identifier: AGPL-3.0-or-later
# For developers; ./run and ./test are the front door for everyone.

.PHONY: build deps test bench crash night fuzz fmt accept domain screenshots

build: build/build.ninja ## build/entracte
	ninja -C build entracte

build/build.ninja:
	meson setup build

deps: ## whatever ./run, ./test and make bench need
	tools/deps.sh test bench

test: ## everything; make test ONLY=word
	./test $(ONLY)

bench: build ## figures against nginx; BENCH="--db URL --years 5" (bench/README.md)
	bench/run.sh $(BENCH)

crash: build ## 2,000 kills while many write (./test makes 500)
	tests/crash/run build/entracte 2000

night: ## the battery in its long form; results with their date go into docs/proof.md
	ninja -C build entracte entracte-verify entracte-seeded
	tests/proof/run.py build/entracte build/entracte-seeded --night --note docs/proof.md

fuzz: ## ten minutes per target
	FUZZ_SECONDS=600 ./test fuzz

fmt: ## clang-format on every C file
	git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

accept: build ## golden files become what the tests now see: look at the diff
	ninja -C build test_access test_matrix test_api
	ACCEPT=1 TEST_DB=sqlite build/test_access
	ACCEPT=1 TEST_DB=sqlite build/test_matrix
	ACCEPT=1 TEST_DB=sqlite build/test_api

domain: ## make domain NAME=waitlist: a new domain from src/domains/example
	python3 tools/new_domain.py $(NAME)

screenshots: build ## docs/manual/img/
	node tests/e2e/screenshots.mjs
