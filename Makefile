# Everything lives in .venv. The stamp is touched last, so a set-up that broke off is done again.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.set-up
TRAINERS := .venv/.trainers
VERSIONS := $(patsubst tests/versions/%.txt,.venv/versions/%,$(wildcard tests/versions/*.txt))
# Both cores. The tests of a file stay in one process, which makes once what they share.
PARALLEL := --numprocesses=logical --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test quick thorough lint versions bench fuzz mutants snapshots pictures format clean
.DEFAULT_GOAL := help

help:  ## Show this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# torch first: it is most of the download, and stays when what comes after it fails.
# The link gives mypy the package under its name: the repository's own folder may have any name.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "tracetui needs Python 3.10 or newer: make PYTHON=python3.12")'
	@echo "Setting up .venv, once: torch alone takes some minutes."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	$(INSTALL) torch
	$(INSTALL) --editable '.[train,dev,serve]'
	@mkdir -p .venv/types && ln -sfn ../.. .venv/types/tracetui
	@touch $@

# The libraries that bring trainers of their own: only the tests need them.
$(TRAINERS): $(STAMP)
	@$(INSTALL) --editable '.[train,dev,trainers,serve]' && touch $@ || echo "TRL, sentence-transformers, SetFit, Optuna, nbclient can't all be installed: their tests skip."

# One environment for each old transformers: what it needs beside torch differs too much to share one.
.venv/versions/%: tests/versions/%.txt $(STAMP)
	@rm -rf $@ && $(PYTHON) -m venv $@
	@sed -E '/^(transformers|accelerate|tokenizers|huggingface_hub)==/d' constraints.txt | cat - $< > $@/constraints.txt
	$@/bin/python -m pip install --quiet --disable-pip-version-check --constraint $@/constraints.txt --editable '.[train,dev]'
	@touch $@

demo: $(STAMP)  ## Train a small model, record it, open the trace.
	$(BIN)/tracetui demo

lint: $(STAMP)  ## Lint, formatting, types, import rules.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint $(TRAINERS)  ## Lint, and all tests.
	$(BIN)/python -m pytest $(PARALLEL)

# Old versions warn of what came after them: their warnings are no errors. 4.45 resumes by pickles that
# today's torch loads only when told to.
versions: $(VERSIONS)  ## The recorder's tests with older transformers.
	@for version in $^; do echo "transformers $${version##*/}" && \
	  TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 $$version/bin/python -m pytest $(PARALLEL) -q -W default --disable-warnings tests/recorder tests/grid tests/cli/test_record.py || exit 1; done

quick: $(STAMP)  ## The tests that take seconds.
	$(BIN)/python -m pytest $(PARALLEL) -m 'not slow'

# CI takes a sample of the long campaigns, drawn anew in each run; `make test SEED=...` draws one again.
export SEED
thorough: export THOROUGH = 1
thorough: lint $(TRAINERS)  ## All tests, with all cases of the long campaigns. An hour on two idle cores.
	$(BIN)/python -m pytest $(PARALLEL) --timeout=7200

# A corpus grows from run to run; a finding is in .fuzz/NAME-crash-...
TIME ?= 600
fuzz: $(STAMP)  ## Hostile files and conditions, TIME seconds for each target.
	@$(INSTALL) --editable '.[train,fuzz,dev]'
	@$(BIN)/python tests/fuzz/seeds.py .fuzz/seeds
	@for target in reader verify recover condition; do echo "$$target" && mkdir -p .fuzz/$$target && \
	  $(BIN)/python tests/fuzz/fuzz_$$target.py -max_total_time=$(TIME) -artifact_prefix=.fuzz/$$target- -print_final_stats=1 \
	  .fuzz/$$target .fuzz/seeds/$$([ $$target = condition ] && echo conditions || echo traces) || exit 1; done

mutants: $(STAMP)  ## Each condition of the recorder's fast path always true, always false: a test has to fail. Half an hour.
	$(BIN)/python tests/mutants.py

bench: $(STAMP)  ## What recording and a trace of 4.2 million events cost, against their peers (W&B and trackio where installed).
	@$(INSTALL) --editable '.[train,dev,bench]'
	$(BIN)/python benchmarks/run.py

pictures: $(STAMP)  ## Draw the pictures of the documentation anew: look at them before committing.
	$(BIN)/python docs/pictures.py

snapshots: $(STAMP)  ## Take the pictures of the browser anew: look at them before committing.
	$(BIN)/python -m pytest tests/tui --snapshot-update

format: $(STAMP)  ## Put the code into shape.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove what was built, .venv too.
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
