# `make` alone prints the targets. Times are for two cores, the first time from nothing.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

FUNCTIONS := $(notdir $(wildcard functions/*))
PACKAGES := $(addprefix -p ,$(FUNCTIONS))
AWS_TOOLS := .tools/aws/bin
NEXTEST := PATH="$(CURDIR)/.tools/nextest/bin:$$PATH" cargo nextest
PORT ?= 3000
ENV ?= dev
ARCH ?= arm64
TARGET := $(if $(filter x86_64,$(ARCH)),x86_64,aarch64)-unknown-linux-gnu
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

# If the release of rust-toolchain.toml is not installed, the stable one takes its place. Nothing is downloaded.
RUST := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
ifeq ($(shell rustc +$(RUST) --version 2> /dev/null),)
export RUSTUP_TOOLCHAIN := stable
endif

.PHONY: help demo serve seed web pack tools check test-fast test test-rust faults test-lambda test-web test-package test-next test-starter screenshots bench lint fmt template e2e deploy destroy openapi lambda audit sbom repro clean

# A target is listed if its line ends in a comment after `##`.
help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## write a block from start to end, in memory (first 3 min, then seconds)
	$(if $(API),\
	  cargo run --locked -p cli -- demo --api "$(API)" $(if $(TOKEN),--token "$(TOKEN)") $(if $(EVIDENCE),--evidence "$(EVIDENCE)"),\
	  cargo run --locked -p local -- demo $(if $(EVIDENCE),--evidence "$(EVIDENCE)"))

serve: ## run the service on port 3000 until Ctrl-C (first 3 min, then seconds)
	cargo run --locked -p local -- serve --port $(PORT)

seed: ## store a sample in the running service (seconds)
	cargo run --locked -p cli -- seed --api http://127.0.0.1:$(PORT)

web: .tools/web/ready ## build the page that serve and demo show at / (1 min)
	cd web && npm run --silent types && npm run --silent build

# The name has no version, so that what installs it stays the same.
pack: web ## pack the npm package into .tools/web/report-builder-jobs.tgz (1 min)
	rm -f .tools/web/*.tgz
	cd web && npm pack --silent -w @report-builder/jobs --pack-destination ../.tools/web
	mv .tools/web/report-builder-jobs-*.tgz .tools/web/report-builder-jobs.tgz
	for example in jest vitest next; do \
	  mkdir -p examples/$$example/vendor && cp .tools/web/report-builder-jobs.tgz examples/$$example/vendor; done

check: .tools/nextest/ready .tools/web/ready ## formatting, clippy, unit tests and TypeScript types (first 10 min, then 30 s)
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	$(NEXTEST) run --locked --workspace --lib
	cd web && npm run --silent types

test-fast: .tools/nextest/ready ## the Rust tests that need no further tools (5 min)
	$(NEXTEST) run --locked --workspace --profile fast

test: lint test-rust test-lambda e2e test-web ## all checks and all tests (50 min)

lint: template .tools/diagrams/ready ## formatting, clippy, dependencies, the template and the documentation (6 min)
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked -p local --test binaries -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet
	@tools/check-deps $(FUNCTIONS)
	@tools/docs/check
	@node .tools/diagrams/parse.mjs README.md CONTRIBUTING.md docs/*.md

# Most tests wait more than they compute.
test-rust: tools ## unit tests, the service on embedded parts, schedules of faults, and the commands of the docs (17 min)
	RUST_TEST_THREADS=4 cargo test --locked --workspace
	cargo run --locked -p faults
	tools/docs/run

# N schedules from SEED on. STORY=1 prints what happened. MUTATION=all finds the seed of each mutation.
faults: ## 10,000 schedules of faults (11 min)
	@N="$(or $(N),10000)" SEED="$(SEED)" STORY="$(STORY)" MUTATION="$(MUTATION)" cargo run --quiet --locked -p faults

test-lambda: lambda tools .tools/valgrind/ready ## every deployed binary on its sample event, against emulators (12 min)
	cargo test --locked -p local --test binaries -- --nocapture
	$(AWS_TOOLS)/python bench/run.py --check

# Real binaries, each under its own role, a user who signs in, and jobs from request to block.
e2e: lambda tools ## deploy into an emulator of AWS and drive jobs through it (5 min)
	cargo build --locked -p local
	.tools/emulator/bin/python -m pytest -q -p no:cacheprovider local/tests/e2e

test-web: web .tools/chromium/ready test-package test-next ## the hook, the page and the examples, in unit tests and in a real browser (9 min)
	cargo build --locked -p local
	cd web && npm run --silent lint && npm test && npx playwright test

test-package: pack ## the npm package: publint, attw, its size, and its use with Jest, Vitest and require (1 min)
	cd web && npm run --silent check-package -w @report-builder/jobs
	for example in jest vitest; do \
	  (cd examples/$$example && npm ci --silent --no-audit --no-fund && npm test --silent) || exit; done

# The build must not know the address of the service. Where CI is set, Next.js warns when .next/cache is missing.
test-next: pack .tools/chromium/ready ## examples/next: ESLint, build, and in a browser against the runner (3 min)
	cargo build --locked -p local
	cd examples/next && npm ci --silent --no-audit --no-fund && npm run --silent lint && mkdir -p .next/cache && \
	  env -u REPORT_BUILDER_API NEXT_TELEMETRY_DISABLED=1 ../../tools/no-warnings npm run --silent build
	cd web && npx playwright test -c tests/next/playwright.config.ts

test-starter: .tools/chromium/ready ## every step of docs/frontend.md in a new Next.js app; not in `make test` (4 min)
	cargo build --locked -p local
	tools/docs/starter

# Ids and ports differ in each run.
screenshots: web .tools/chromium/ready ## the README's pictures and demo, and every page into target/screenshots (2 min)
	cargo build --locked -p local
	mkdir -p docs/images
	cd web && SCREENSHOTS="$(CURDIR)/target/screenshots" PICTURES="$(CURDIR)/docs/images" npx playwright test pages picture
	env -u ANTHROPIC_API_KEY target/debug/local demo \
	  | sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/019f…/g; s/(127\.0\.0\.1):[0-9]+/\1:PORT/g' > docs/images/demo.txt

bench: lambda tools .tools/valgrind/ready .tools/bench/ready ## measure the deployed functions, and write docs/performance.md (15 min)
	RECORD_UNITS=1 cargo test --locked -p local --test suite capacity
	$(AWS_TOOLS)/python bench/run.py

fmt: ## format the Rust code (seconds)
	cargo fmt --all

openapi: ## write openapi.json (seconds)
	cargo run --locked -p local -- openapi > openapi.json.new && mv openapi.json.new openapi.json

# One compilation for all functions.
lambda: .tools/aws/ready ## build the deployed functions (6 min)
	PATH="$(CURDIR)/$(AWS_TOOLS):$$PATH" cargo lambda build --release --locked $(PACKAGES)

template: .tools/aws/ready .tools/checkov/ready ## check the template (1 min)
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(AWS_TOOLS)/sam validate --lint
	@tools/check-template

# The first time: make deploy GUIDED=1. Another environment of samconfig.toml: ENV=prod. Without questions: YES=1.
# With GUIDED, the parameters are asked for later, so check-concurrency stops nothing.
deploy: .tools/aws/ready ## build for AWS and deploy; the first time with GUIDED=1 (10 min)
	PATH="$(CURDIR)/$(AWS_TOOLS):$$PATH" cargo lambda build --release --locked $(if $(filter x86_64,$(ARCH)),--x86-64,--arm64) $(PACKAGES)
	$(AWS_TOOLS)/python tools/check-concurrency --config-env $(ENV) $(if $(GUIDED),|| true)
	$(if $(GUIDED),,$(AWS_TOOLS)/python tools/migrate-indexes --config-env $(ENV) $(if $(YES),--yes))
	$(AWS_TOOLS)/sam deploy --config-env $(ENV) $(if $(GUIDED),--guided) $(if $(YES),--no-confirm-changeset)
	$(AWS_TOOLS)/python tools/smoke-test --config-env $(ENV)

# What people have written stays: the table, the user pool, dead letters and the secret.
destroy: .tools/aws/ready ## delete the stack (5 min)
	$(AWS_TOOLS)/sam delete --config-env $(ENV)

tools: .tools/aws/ready .tools/emulator/ready .tools/peers/ready .tools/fuzz/ready .tools/node/ready ## install what tests need, into .tools (3 min)

# ADVISORIES is a clone of the RustSec advisory database. Without it, cargo-deny fetches one.
audit: .tools/deny/ready ## licences, sources and known vulnerabilities of all dependencies (first 5 min, then seconds)
	PATH="$(CURDIR)/.tools/deny/bin:$$PATH" tools/audit $(ADVISORIES)

sbom: .tools/cyclonedx/ready .tools/sbom/ready ## bills of materials (CycloneDX) of what is shipped, into target/sbom (first 4 min)
	PATH="$(CURDIR)/.tools/cyclonedx/bin:$$PATH" tools/sbom/write $(TARGET) $(FUNCTIONS)

# ONLY names one function, for a faster answer.
repro: .tools/aws/ready ## build the functions in two folders, and compare their bytes (16 min; ONLY=cancel-job 6 min)
	PATH="$(CURDIR)/$(AWS_TOOLS):$$PATH" tools/repro $(or $(ONLY),$(FUNCTIONS))

clean: ## remove what was built or installed here; the data in .local stays (seconds)
	rm -rf target .tools web/node_modules web/*/dist web/packages/*/dist examples/*/{node_modules,vendor,.next}

.tools/node/ready: tools/node/package.json tools/node/package-lock.json tools/node/toon.mjs
	mkdir -p .tools/node
	cp $^ .tools/node
	cd .tools/node && npm ci --silent --no-audit --no-fund
	touch $@

# Without what is optional, it validates nothing, and compiles no C.
.tools/sbom/ready: tools/sbom/package.json tools/sbom/package-lock.json
	mkdir -p .tools/sbom
	cp $^ .tools/sbom
	cd .tools/sbom && npm ci --silent --no-audit --no-fund --omit optional
	touch $@

.tools/deny/ready:
	cargo install --locked --version 0.20.2 --root .tools/deny cargo-deny
	touch $@

.tools/cyclonedx/ready:
	cargo install --locked --version 0.5.9 --root .tools/cyclonedx cargo-cyclonedx
	touch $@

.tools/diagrams/ready: tools/diagrams/package.json tools/diagrams/package-lock.json tools/diagrams/parse.mjs
	mkdir -p .tools/diagrams
	cp $^ .tools/diagrams
	cd .tools/diagrams && npm ci --silent --no-audit --no-fund
	touch $@

.tools/web/ready: web/package-lock.json web/package.json web/app/package.json web/packages/jobs/package.json
	cd web && npm ci --silent --no-audit --no-fund
	mkdir -p .tools/web && touch $@

.tools/bench/ready: bench/node/package.json bench/node/package-lock.json bench/node/handler.mjs bench/node/runtime.mjs
	mkdir -p .tools/bench
	cp $^ .tools/bench
	cd .tools/bench && npm ci --silent --no-audit --no-fund && npm run --silent build
	touch $@

# cargo-nextest, unless the installed one is new enough for .config/nextest.toml.
.tools/nextest/ready: .config/nextest.toml
	cargo nextest show-config version > /dev/null 2>&1 || \
	  cargo install --locked --root .tools/nextest --version 0.9.143 cargo-nextest
	mkdir -p .tools/nextest && touch $@

# The browser of the distribution.
.tools/chromium/ready:
	test -x /usr/bin/chromium || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -qq --yes --no-install-recommends chromium; }
	mkdir -p .tools/chromium && touch $@

.tools/valgrind/ready:
	test -x /usr/bin/valgrind || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -qq --yes --no-install-recommends valgrind; }
	mkdir -p .tools/valgrind && touch $@

.tools/%/ready: tools/requirements/%.txt
	python3 -m venv .tools/$*
	.tools/$*/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	.tools/$*/bin/pip check
	touch $@
