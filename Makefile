# Two commands: `make demo` runs the whole system, `make test` proves it. Everything goes into this checkout
# (.venv, .tapewire); nothing else on the machine is touched.
PYTHON ?= python3
BIN := .venv/bin
# More words for the command, e.g. make demo ARGS="--seed 11"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: kernels crash help install demo demo-check test bench numbers check lint format lock clean install-demo install-test

help:
	@echo "make demo        install, then run the whole system on a simulated market day"
	@echo "make demo-check  the same without a screen: one JSON line, exit code 0 when all tiers got a thread"
	@echo "make test        install, then run every test"
	@echo "make bench       Tapewire beside a bare loop, quixstreams, Kafka Streams and naive Faust; ARGS=--help says what can be chosen"
	@echo "make numbers     compare every number with its reference and write docs/numbers.md"
	@echo "make crash       kill processes of a running system 200 times and audit everything it wrote: one JSON line"
	@echo "make check       lint, types, import rules, generated files, dead code, secrets"
	@echo "make install     create .venv with everything that tests and checks need"
	@echo "make lint        lint alone; make format puts the imports and what else is mechanical in order"
	@echo "make lock        resolve the dependencies anew and rewrite the lock files"
	@echo "make clean       end local stacks, delete .venv and .tapewire"

install-demo:
	@$(PYTHON) infra/bootstrap.py demo

install-test:
	@$(PYTHON) infra/bootstrap.py test

demo: install-demo
	@exec $(BIN)/tapewire demo $(ARGS)

demo-check: install-demo
	@exec $(BIN)/tapewire demo --check $(ARGS)

# Once, before four test processes each do it at the same time.
kernels: install-test
	@$(BIN)/python -m infra.compile_kernels

# The tests that run a whole system come last and by themselves: each of them fills a machine.
test: install-test kernels
	@command -v chromium >/dev/null || echo "note: no chromium, so the page tests skip; apt-get install chromium" >&2
	@command -v promtool >/dev/null || echo "note: no promtool, so the tests of the alert rules skip; apt-get install prometheus" >&2
ifeq ($(ARGS),)
	$(BIN)/python -m pytest -n 4 --dist loadfile -m "not e2e and not crash"
	$(BIN)/python -m pytest -m "e2e or crash"
else
	$(BIN)/python -m pytest $(ARGS)
endif

bench: install-demo
	@exec $(BIN)/python -m benchmarks $(ARGS)

numbers: install-test
	@exec $(BIN)/python -m benchmarks.numbers $(ARGS)

install: install-test

lint: install-test
	$(BIN)/ruff check .

format: install-test
	$(BIN)/ruff check --fix .

# Twenty minutes and more; e.g. make crash KILLS=20 ARGS="--seed 3"
KILLS ?= 200
crash: install-demo
	@exec $(BIN)/tapewire crash --kills $(KILLS) $(ARGS)

check: install-test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tapewire schemas check
	$(BIN)/tapewire metrics check
	$(BIN)/vulture
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --exclude-files '(requirements/.*\.txt|infra/local/artifacts\.lock\.json|benchmarks/java\.lock\.json)$$'

# Names, versions and hashes; never an address. The demo's lock holds the same versions as the whole one.
COMPILE = .tapewire/uv/bin/uv pip compile --quiet --generate-hashes --python-version 3.11 --custom-compile-command "make lock"
lock: install-test
	$(COMPILE) --all-extras pyproject.toml --output-file requirements/all.txt
	$(COMPILE) --extra stages --extra feeds --extra ibkr --extra channels --extra dashboard --extra observability --extra research --extra local \
		--constraint requirements/all.txt pyproject.toml --output-file requirements/demo.txt
	$(COMPILE) --extra stages --extra feeds --extra ibkr --extra channels --extra dashboard --extra observability \
		--constraint requirements/all.txt pyproject.toml --output-file requirements/production.txt
	echo "uv==$$(.tapewire/uv/bin/uv --version | cut -d' ' -f2)" | $(COMPILE) - --output-file requirements/uv.txt
	$(COMPILE) requirements/bench.in --output-file requirements/bench.txt
	$(BIN)/python -m infra.local.artifacts --lock
	$(BIN)/python -m benchmarks.java_build --lock

clean:
	@for stack in .tapewire/stacks/*; do \
		if [ -d "$$stack" ] && [ -x $(BIN)/tapewire ]; then $(BIN)/tapewire down --stack "$$(basename "$$stack")" || true; fi; \
	done
	rm -rf .venv .tapewire .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
