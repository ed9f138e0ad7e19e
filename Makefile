# dat in one screen: each verb is one word, and `make` alone prints them.
# PYTHON=python3.12 chooses the interpreter; nothing is installed outside .venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench specimen lock clean
unexport PYTHONDONTWRITEBYTECODE  # without .pyc files each start would compile pandas and ccxt again

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --python $(BIN)/python
LOCKED := --require-hashes --only-binary :all: -r
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

help:  ## Print this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

setup: .venv/run.stamp  ## Make .venv and install what dat needs to run

demo: .venv/run.stamp  ## Run the sample treasuries and write their reports to reports/out
	$(BIN)/dat demo

test: check  ## Check, then run every test
	$(BIN)/pytest -n 2

check: .venv/dev.stamp  ## Lint, format and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/dev.stamp  ## Time the engine and the books, and print the figures
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.books

specimen: .venv/run.stamp  ## Write the sample report of reports/specimen again
	$(BIN)/dat backtest config/ecosystem_eth.toml --out reports/specimen
	rm -r reports/specimen/run

lock: .venv/dev.stamp  ## Resolve the newest versions into the three lock files
	$(LOCK) --upgrade pyproject.toml -o requirements.lock >/dev/null
	$(LOCK) --upgrade pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock >/dev/null
	$(LOCK) --upgrade --group boot -c requirements-dev.lock -o requirements-boot.lock >/dev/null

clean:  ## Remove .venv, caches and builds; downloaded data and reports stay
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/boot.stamp: requirements-boot.lock
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) here. On Debian or Ubuntu: sudo apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) .ci/make_venv.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(LOCKED) requirements-boot.lock
	@touch $@

.venv/run.stamp: .venv/boot.stamp requirements.lock pyproject.toml
	$(INSTALL) $(LOCKED) requirements.lock
	$(INSTALL) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	$(INSTALL) $(LOCKED) requirements-dev.lock
	@touch $@
