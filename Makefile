# `make repro` rebuilds everything, `make test` proves it; both make the environment first.
PYTHON ?= python3
BIN := .venv/bin
export DVC_NO_ANALYTICS := 1

.PHONY: repro test test-extras lint app deps diff sweep readme clean

repro: .venv/installed
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc repro

test: .venv/installed
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Install all that is optional, and run the tests that are skipped without it: each says how to install what it needs.
test-extras: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[all]'
	$(BIN)/python -m pytest -rs -n 2 --dist loadfile $$(grep -rl --include='*.py' 'not installed: pip install' tests)

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

app: .venv/installed
	$(BIN)/python -m makeweight.app

# Write the code that each stage imports into dvc.yaml.
deps: .venv/installed
	$(BIN)/python -m makeweight.tools.deps

# What this tree changed against BASE, as Markdown for a pull request.
BASE ?= main
diff: .venv/installed
	@$(BIN)/python -m makeweight.tools.diff $(BASE)

# Queue the configurations of experiments/sweep.yaml, run them two at a time on half of the cores each, tabulate.
CORES := $(shell getconf _NPROCESSORS_ONLN)
sweep: export PATH := $(CURDIR)/$(BIN):$(PATH)
sweep: export MAKEWEIGHT_THREADS := $(shell expr \( $(CORES) + 1 \) / 2)
sweep: .venv/installed
	python -m makeweight.tools.sweep queue
	dvc queue start -j 2
	python -m makeweight.tools.sweep wait; ended=$$?; python -m makeweight.tools.sweep table && exit $$ended

# Write the numbers of the last run and of the benchmarks into README.md.
readme: .venv/installed
	$(BIN)/python -m makeweight.tools.readme

# Left behind where an install was broken off: the mark is written last, so the next make starts it again.
.venv/installed: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

clean:
	rm -rf .venv .scratch dvc_plots .pytest_cache .mypy_cache .ruff_cache
	rm -rf data/ingest data/clean data/split data/preprocess data/train_gan data/sample data/fidelity data/classify data/contest data/fewshot data/tsne
