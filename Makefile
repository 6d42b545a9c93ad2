# make demo     write a block from start to end, in memory, and show how
# make serve    run the service on port 3000 until Ctrl-C
# make web      build the page that these two show at /
# make test     all checks and all tests
# make lint     the checks alone        make fmt    format the code
# make openapi  write openapi.json
# make deploy   build for AWS and deploy (first time: GUIDED=1)     make destroy   delete the stack
# make e2e      deploy into an emulator of AWS and drive jobs through it
# make lambda   build the deployed functions
# make tools    install what tests and checks need, into .tools
# make screenshots   pictures of every page, light and dark, desktop and phone, into target/screenshots
# make audit    licences and sources of all dependencies (installs cargo-deny)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := demo

FUNCTIONS := $(notdir $(wildcard functions/*))
PACKAGES := $(addprefix -p ,$(FUNCTIONS))
AWS_TOOLS := .tools/aws/bin
PORT ?= 3000
ENV ?= dev
ARCH ?= arm64
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: demo serve web tools test test-rust test-lambda test-web screenshots lint fmt template e2e deploy destroy openapi lambda audit clean

demo:
	cargo run --locked -p local -- demo $(if $(EVIDENCE),--evidence "$(EVIDENCE)") \
	  $(if $(API),--api "$(API)") $(if $(TOKEN),--token "$(TOKEN)")

serve:
	cargo run --locked -p local -- serve --port $(PORT)

test: lint test-rust test-lambda e2e test-web

test-rust: tools
	cargo test --locked --workspace

# Every deployed binary answers its sample event, against an emulator of DynamoDB and SQS.
test-lambda: lambda tools
	cargo test --locked -p local --test binaries -- --nocapture

# The hook and the page: unit tests, then a real browser against the local runner.
test-web: web .tools/chromium/ready
	cargo build --locked -p local
	cd web && npm run --silent lint && npm test && npx playwright test

screenshots: web .tools/chromium/ready
	cargo build --locked -p local
	cd web && SCREENSHOTS="$(CURDIR)/target/screenshots" npx playwright test pages

web: .tools/web/ready
	cd web && npm run --silent types && npm run --silent build

# The template, deployed by the SAM CLI into an emulator of AWS that enforces IAM: real binaries, each under its
# own role, a user who signs in, and jobs from request to block.
e2e: lambda tools
	cargo build --locked -p local
	.tools/emulator/bin/python -m pytest -q -p no:cacheprovider local/tests/e2e

# The first time: make deploy GUIDED=1. Another environment of samconfig.toml: ENV=prod. Without questions: YES=1.
deploy: .tools/aws/ready
	PATH="$(CURDIR)/$(AWS_TOOLS):$$PATH" cargo lambda build --release --locked $(if $(filter x86_64,$(ARCH)),--x86-64,--arm64) $(PACKAGES)
	$(if $(GUIDED),,$(AWS_TOOLS)/python tools/indexes --config-env $(ENV) $(if $(YES),--yes))
	$(AWS_TOOLS)/sam deploy --config-env $(ENV) $(if $(GUIDED),--guided) $(if $(YES),--no-confirm-changeset)
	$(AWS_TOOLS)/python tools/first-call --config-env $(ENV)

# What people have written stays: the table, the user pool, dead letters and the secret.
destroy: .tools/aws/ready
	$(AWS_TOOLS)/sam delete --config-env $(ENV)

lint: template
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked -p local --test binaries -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet
	@tools/one-stack $(FUNCTIONS)

fmt:
	cargo fmt --all

openapi:
	cargo run --locked -p local -- openapi > openapi.json.new && mv openapi.json.new openapi.json

template: .tools/aws/ready .tools/checkov/ready
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(AWS_TOOLS)/sam validate --lint
	.tools/checkov/bin/checkov --config-file .checkov.yml --file template.yaml

# One compilation for all functions.
lambda: .tools/aws/ready
	PATH="$(CURDIR)/$(AWS_TOOLS):$$PATH" cargo lambda build --release --locked $(PACKAGES)

# What tests and checks need beside Rust, pinned.
tools: .tools/aws/ready .tools/emulator/ready .tools/peers/ready .tools/fuzz/ready .tools/node/ready

.tools/node/ready: tools/node/package.json tools/node/package-lock.json tools/node/toon.mjs
	mkdir -p .tools/node
	cp $^ .tools/node
	cd .tools/node && npm ci --silent --no-audit --no-fund
	touch $@

.tools/web/ready: web/package-lock.json web/package.json web/app/package.json web/packages/react/package.json
	cd web && npm ci --silent --no-audit --no-fund
	mkdir -p .tools/web && touch $@

# The browser of the distribution.
.tools/chromium/ready:
	test -x /usr/bin/chromium || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -qq --yes --no-install-recommends chromium; }
	mkdir -p .tools/chromium && touch $@

.tools/%/ready: tools/%.txt
	python3 -m venv .tools/$*
	.tools/$*/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

audit:
	cargo install --locked --version 0.20.2 --root .tools/deny cargo-deny
	PATH="$(CURDIR)/.tools/deny/bin:$$PATH" cargo deny check bans licenses sources

clean:
	rm -rf target .tools .local web/node_modules web/*/dist web/packages/*/dist
