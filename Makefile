# Everything a person needs: `make demo` and `make test`. Both set up .venv on first use and need
# only Python (with venv and pip) and make; afterwards neither needs a network.

PYTHON ?= python3
UV ?= uv
WORKERS ?= 2
BIN := .venv/bin
READY := .venv/.ready
DEMO := build/demo

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup demo test coverage lint wheel bench soak lock clean

help: ## this list
	@awk -F ': .*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## create .venv from the lock; every other target does it by itself

# The lock is complete, so nothing is resolved: with resolution, pip takes the newest release of a
# requirement with an extra and then refuses it for having no hash. The stamp is written last, so an interrupted set-up is taken up again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' || { \
	    echo "paikao needs Python 3.11 to 3.14; '$(PYTHON)' is `$(PYTHON) --version 2>&1`." >&2; \
	    echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
	    exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check --quiet
	@touch $@

# One command of the demo: shown as a person would type it, then run.
paikao = @printf '\n$$ paikao %s\n' '$(1)'; $(BIN)/paikao $(1)

demo: $(READY) ## make an example province, plan it, verify and publish the plan
	@rm -rf $(DEMO)
	@mkdir -p $(DEMO)
	$(call paikao,sample --candidates 40000 --seed 1 --out $(DEMO)/example)
	$(call paikao,check $(DEMO)/example/roster.csv --data $(DEMO)/example/data)
	$(call paikao,plan $(DEMO)/example/roster.csv --data $(DEMO)/example/data --out $(DEMO)/plan)
	$(call paikao,verify $(DEMO)/plan $(DEMO)/example/roster.csv)
	$(call paikao,report $(DEMO)/plan)
	$(call paikao,publish $(DEMO)/plan $(DEMO)/example/roster.csv --db sqlite:///$(DEMO)/paikao.db --by demo --published-at 2022-03-31T10:00+08:00)
	@$(BIN)/paikao next-steps $(DEMO)

# A worker takes a file at a time, in the order of tests/conftest.py. Hundreds of tests run commands as
# processes: where bytecode is not kept, each of these would compile paikao anew.
test: $(READY) ## all tests but the soak tests
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

coverage: $(READY) ## the same tests with their coverage, half as long again
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov

lint: $(READY) ## style, types, who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

wheel: $(READY) ## build the wheel and try it in an empty environment
	$(BIN)/python tools/check_wheel.py

bench: $(READY) ## time paikao against floor processes and print the ratios (KATHMANDU=FOLDER: and peers on it)
	@failed=0; for part in benchmarks benchmarks.seats benchmarks.lookups benchmarks.printing \
	    benchmarks.country benchmarks.whole_country \
	    "benchmarks.peers --per-candidate 300 1000 3000 10000 30000" \
	    "benchmarks.peers --country --candidates 250000 --peers fewest_options random_by_distance" \
	    $(if $(KATHMANDU),"benchmarks.peers.kathmandu $(KATHMANDU)"); do \
	    echo $(BIN)/python -m $$part; $(BIN)/python -m $$part || failed=1; done; exit $$failed

soak: $(READY) ## the tests that take minutes
	$(BIN)/python -m pytest -m soak

# `make lock` keeps the versions that still fit pyproject.toml; UPGRADE=--upgrade takes the newest.
LOCK = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-emit-find-links \
    --custom-compile-command 'make lock'

lock: ## write both lock files anew (needs uv; see CONTRIBUTING.md)
	$(LOCK) $(UPGRADE) --group dev --output-file requirements.lock
	$(LOCK) --constraints requirements.lock --output-file requirements-runtime.lock

clean: ## remove what make and the tools have written, .venv included
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .import_linter_cache \
	    .mypy_cache .pytest_cache .ruff_cache
	find . -type d -name __pycache__ -prune -exec rm -rf {} +
