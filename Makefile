# Everything lives in .venv. The stamp is touched last: a set-up that broke off is done again.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.set-up
# mypy needs the package under its name in a folder; the repository's own folder may have any name.
TYPES := .venv/types

.PHONY: help demo test quick lint types format bench snapshots clean
.DEFAULT_GOAL := help

help:  ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "tracetui needs Python 3.10 or newer: make PYTHON=python3.12")'
	test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,dev]'
	mkdir -p $(TYPES) && ln -sfn ../.. $(TYPES)/tracetui
	touch $@

demo: $(STAMP)  ## Train a small model, record it, open the trace.
	$(BIN)/tracetui demo

lint: $(STAMP)  ## Formatting, lint, types, import rules.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	MYPYPATH=$(TYPES) $(BIN)/mypy -p tracetui.trace -p tracetui.recorder -p tracetui.replay -p tracetui.tui -p tracetui.cli
	$(BIN)/lint-imports

test: lint  ## Lint, and all tests.
	$(BIN)/python -m pytest

quick: $(STAMP)  ## The tests that take seconds.
	$(BIN)/python -m pytest -m 'not slow'

bench: $(STAMP)  ## What recording costs, against its peers.
	$(BIN)/python benchmarks/run.py

snapshots: $(STAMP)  ## Take the pictures of the browser anew: look at them before committing.
	$(BIN)/python -m pytest tests/tui --snapshot-update

format: $(STAMP)  ## Put the code into shape.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## Remove what was built.
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
