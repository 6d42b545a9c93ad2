# make demo     write a block from start to end, in memory, and show how
# make serve    run the service on port 3000 until Ctrl-C
# make test     all checks and all tests
# make lint     the checks alone        make fmt    format the code
# make openapi  write openapi.json
# make lambda   build the deployed functions
# make tools    install what tests and checks need, into .tools
# make audit    licences and sources of all dependencies (installs cargo-deny)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := demo

FUNCTIONS := $(notdir $(wildcard functions/*))
PACKAGES := $(addprefix -p ,$(FUNCTIONS))
AWS_TOOLS := .tools/aws/bin
PORT ?= 3000

.PHONY: demo serve tools test test-rust test-lambda lint fmt template openapi lambda audit clean

demo:
	cargo run --locked -p local -- demo $(if $(EVIDENCE),--evidence "$(EVIDENCE)") \
	  $(if $(API),--api "$(API)") $(if $(TOKEN),--token "$(TOKEN)")

serve:
	cargo run --locked -p local -- serve --port $(PORT)

test: lint test-rust test-lambda

test-rust: tools
	cargo test --locked --workspace

# Every deployed binary answers its sample event, against an emulator of DynamoDB and SQS.
test-lambda: lambda tools
	cargo test --locked -p local --test binaries -- --nocapture

lint: template
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet
	@tools/one-stack $(FUNCTIONS)

fmt:
	cargo fmt --all

openapi:
	cargo run --locked -p local -- openapi > openapi.json.new && mv openapi.json.new openapi.json

template: .tools/aws/ready
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(AWS_TOOLS)/sam validate --lint

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

.tools/%/ready: tools/%.txt
	python3 -m venv .tools/$*
	.tools/$*/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

audit:
	cargo install --locked --version 0.20.2 --root .tools/deny cargo-deny
	PATH="$(CURDIR)/.tools/deny/bin:$$PATH" cargo deny check bans licenses sources

clean:
	rm -rf target .tools .local
