# `make` lists the targets. Each makes the environment (.venv) first where it is missing or out of date.
PYTHON ?= python3
BIN := .venv/bin
export DVC_NO_ANALYTICS := 1

.DEFAULT_GOAL := help
.PHONY: help repro test test-extras lint licences lock docs wheel app deps diff sweep splits tables clean

help:  ## List the targets
	@sed -nE 's/^([a-z-]+):.*  ## (.*)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

repro: .venv/installed  ## Run the whole pipeline on the data set that params.yaml names
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc repro

test: .venv/installed  ## Run the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Each test that is skipped says how to install what it needs.
test-extras: .venv/installed  ## Install all that is optional, and run the tests that are skipped without it
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[all]'
	$(BIN)/python -m pytest -rs -n 2 --dist loadfile $$(grep -rl --include='*.py' 'not installed: pip install' tests)

lint: .venv/installed  ## Check style, types (ruff, mypy) and licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m makeweight.tools.licences > /dev/null

licences: .venv/installed  ## List the licence of every package, and fail on one that is unknown or not allowed
	@$(BIN)/python -m makeweight.tools.licences

lock: .venv/installed  ## Write requirements.lock from pyproject.toml; UPGRADE=--upgrade takes the newest versions
	$(PIP) -e '.[lock]'
	$(BIN)/python -m makeweight.tools.lock $(UPGRADE)

docs: .venv/installed  ## Build the documentation into site/; open site/index.html
	$(BIN)/python -m sphinx --fail-on-warning --quiet --fresh-env docs site

# `build/` keeps modules that are no more: it goes first, so that they do not get into the wheel.
wheel: .venv/installed  ## Build the wheel into dist/
	rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	rm -rf build

app: .venv/installed  ## Serve the web application over the last run on http://127.0.0.1:8000
	$(BIN)/python -m makeweight.app

deps: .venv/installed  ## Write the code that each stage imports into dvc.yaml
	$(BIN)/python -m makeweight.tools.deps

BASE ?= main
diff: .venv/installed  ## Summarise what this tree changed against BASE=main, as Markdown for a pull request
	@$(BIN)/python -m makeweight.tools.diff $(BASE)

# Two runs at a time, each on half of the cores.
CORES := $(shell getconf _NPROCESSORS_ONLN)
sweep: export PATH := $(CURDIR)/$(BIN):$(PATH)
sweep: export MAKEWEIGHT_THREADS := $(shell expr \( $(CORES) + 1 \) / 2)
sweep: .venv/installed  ## Run the configurations of experiments/sweep.yaml and write their table
	python -m makeweight.tools.sweep queue
	dvc queue start -j 2
	python -m makeweight.tools.sweep wait; ended=$$?; python -m makeweight.tools.sweep table && exit $$ended

REPEATS ?= 10
splits: .venv/installed  ## Run all that follows cleaning on REPEATS=10 random splits, and pool the scores
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m makeweight.tools.splits --repeats $(REPEATS)

tables: .venv/installed  ## Write the tables of README.md and docs/ from the last run and the benchmarks
	$(BIN)/python -m makeweight.tools.tables

# The lock has the packages of Linux on x86-64 with their hashes; on other platforms pip chooses the files. PyTorch, whose
# build the machine decides on, and what only it needs come with requirements.txt.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED := $(filter Linux-x86_64,$(shell uname -s)-$(shell uname -m))

# The mark is written last: an install that was broken off is started again by the next make.
.venv/installed: requirements.txt requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(if $(LOCKED),$(PIP) --no-deps --require-hashes -r requirements.lock)
	$(PIP) -r requirements.txt
	$(PIP) -e '.[dev]'
	touch $@

clean:  ## Remove the environment, caches, and everything that the pipeline made
	rm -rf .venv .scratch site build dist dvc_plots .pytest_cache .mypy_cache .ruff_cache
	rm -rf data/ingest data/clean data/split data/preprocess data/train_gan data/sample data/fidelity data/classify data/contest data/fewshot data/tsne
